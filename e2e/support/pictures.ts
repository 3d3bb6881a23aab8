import fs from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { PICTURES } from "./folder.ts";
import { expect } from "./test.ts";

const WIDTHS = [390, 1024, 1600];
/** Pictures are for people: a run that nobody looks at makes none. */
const WANTED = process.env.CERTWAY_PICTURES !== undefined;

/** A state at three widths: nothing may stick out of any. With `CERTWAY_PICTURES` there are pictures of it, light and dark. */
export async function pictures(page: Page, state: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    if (WANTED) await take(page, `${state}-${width}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wide, `${state} is too wide for ${width} pixels, by`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function take(page: Page, name: string): Promise<void> {
  fs.mkdirSync(PICTURES, { recursive: true });
  // The bar above is part of what is seen first.
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: path.join(PICTURES, `${name}-${colorScheme}.jpg`), type: "jpeg", quality: 80, fullPage: true });
  }
}

/** All pictures of the run so far on one sheet, to be looked at. */
export async function contactSheet(page: Page): Promise<void> {
  if (!WANTED) return;
  const figures = fs.readdirSync(PICTURES).sort().map((name) => {
    const data = fs.readFileSync(path.join(PICTURES, name)).toString("base64");
    return `<figure><img src="data:image/jpeg;base64,${data}"><figcaption>${name}</figcaption></figure>`;
  });
  const sheet = await page.context().newPage();
  const style = "body{display:flex;flex-wrap:wrap;gap:8px;font:11px sans-serif}figure{margin:0}img{height:340px;max-width:420px;object-fit:cover;object-position:top;border:1px solid #888}";
  await sheet.setViewportSize({ width: 2400, height: 1200 });
  await sheet.setContent(`<style>${style}</style>${figures.join("")}`);
  await sheet.screenshot({ path: path.join(PICTURES, "../contact-sheet.png"), fullPage: true });
  await sheet.close();
}
