import type { Page } from "@playwright/test";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { PASSWORD } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";
import { serverCertificate } from "../support/material.ts";

test.use({ locale: "de-DE" });

test("The page speaks German where the browser does, findings included, and English when it is chosen", async ({ page, ca }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Anmelden" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await page.getByLabel("Benutzer").fill("admin");
  await page.getByLabel("Passwort").fill("not the password");
  await page.getByRole("button", { name: "Anmelden" }).click();
  // What the node says, too.
  await expect(page.getByRole("alert")).toContainText(/Passwort/);
  await page.getByLabel("Passwort").fill(PASSWORD);
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.getByRole("link", { name: "Serverzertifikat", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Serverzertifikat" })).toBeVisible();

  // A finding, with names out of the file as they are.
  const { certificate, key } = serverCertificate(ca, { commonName: "expe1", names: ["DNS:expe1"] });
  const upload = (box: string, name: string, text: string) =>
    page.getByLabel(box).setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await upload("Serverzertifikat: durchsuchen", "server.pem", certificate);
  await upload("Privater Schlüssel des Servers: durchsuchen", "server.key", key);
  await expect(page.getByText(/^Hochladen fehlgeschlagen/).first()).toBeVisible();
  await expect(page.getByText("expe1").first()).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  await pictures(page, "german");

  // Nothing stays English but what comes out of the file.
  expect(await english(page)).toEqual([]);

  await page.getByLabel("Sprache").selectOption("English");
  await expect(page.getByRole("heading", { level: 1, name: "Server certificate" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("The page is drawn in English if its German does not come", async ({ page }) => {
  await page.route("**/german-*.json", () => undefined);
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
});

/** Texts with words that only English has, but for those out of files. */
function english(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode() as Text | null; text; text = texts.nextNode() as Text | null) {
      if (text.parentElement?.closest("bdi, code, pre, .text-view")) continue;
      if (/\b(the|and|with|node|is|are|of)\b/i.test(text.data)) found.push(text.data);
    }
    return found;
  });
}
