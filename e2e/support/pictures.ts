import fs from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { expect } from "./test.ts";

export const OUT = path.resolve(import.meta.dirname, "../out/pictures");
const WIDTHS = [390, 1024, 1600];

/** Pictures of a state at three widths, light and dark; nothing may stick out of any. */
export async function pictures(page: Page, state: string): Promise<void> {
  fs.mkdirSync(OUT, { recursive: true });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    // The bar above is part of what is seen first.
    await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: path.join(OUT, `${state}-${width}-${colorScheme}.jpg`), type: "jpeg", quality: 80, fullPage: true });
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(wide, `${state} is too wide for ${width} pixels, by`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}
