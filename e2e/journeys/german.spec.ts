import type { Page, Request } from "@playwright/test";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { PASSWORD } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";
import { type Pair, rootCa, serverCertificate } from "../support/material.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";

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

test.describe("With English in the browser", () => {
  test.use({ locale: "en-GB" });

  test("Every page speaks German once it is chosen, and names out of certificates stay as they are", async ({ page }) => {
    test.setTimeout(120_000);
    const cas = await TrustedCas.open(page);
    const [first, second] = NAMES.map((name) => rootCa(name, 20)) as [Pair, Pair];
    await cas.give(first.certificate + second.certificate);
    await cas.append();
    await cas.frame.notice(/^2 added/).waitFor();
    await cas.frame.goTo("Alarms");
    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    await delivery.getByLabel("Deliver by webhook").check();
    // Nobody listens there.
    await delivery.getByLabel("URL").fill("http://127.0.0.1:1/");
    await delivery.getByLabel(/^Secret that messages are signed with/).fill("a secret of enough characters");
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    await cas.frame.confirm();
    await cas.frame.notice("The settings are saved.").waitFor();
    await delivery.getByLabel("Deliver by webhook").uncheck();
    const off = page.waitForResponse((answer) => answer.request().method() === "PUT");
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    expect((await off).ok()).toBe(true);
    await cas.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await certificate.give(serverCertificate(first));
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();
    await page.getByLabel("Language").selectOption("Deutsch");
    await expect(page.getByRole("heading", { level: 1, name: "Serverzertifikat" })).toBeVisible();

    const asked = new Set<Request>();
    page.on("request", (request) => asked.add(request));
    page.on("requestfinished", (request) => asked.delete(request));
    page.on("requestfailed", (request) => asked.delete(request));
    const links = page.getByRole("navigation", { name: "Seiten" }).getByRole("link");
    await expect(links.first()).toBeVisible();
    const standing: Record<string, string[]> = {};
    for (const link of await links.all()) {
      await link.click();
      const name = await link.innerText();
      await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
      await expect.poll(() => asked.size).toBe(0);
      await LOOKED_AT[name]?.(page);
      const found = await english(page);
      if (found.length > 0) standing[name] = found;
    }
    expect(standing).toEqual({});
  });
});

/** Names with words that are translated elsewhere. */
const NAMES = ["Bank of America Root at Work", "Nodes with the Root: of. Trust"] as const;

/** What is to be seen on some pages, by their German names. */
const LOOKED_AT: Record<string, (page: Page) => Promise<void>> = {
  "Alarme": async (page) => {
    const log = page.getByRole("region", { name: "Zustellprotokoll" });
    await log.getByRole("button").first().click();
    await expect(log.getByText("Verworfen: der Kanal wurde ausgeschaltet.").first()).toBeVisible();
  },
  "Vertrauenswürdige CA-Zertifikate": async (page) => {
    for (const name of NAMES) await expect(page.getByRole("checkbox", { name: `${name} auswählen`, exact: true })).toBeVisible();
  },
  "Was wann geschieht": async (page) => {
    for (const name of NAMES) await expect(page.locator("svg title").filter({ hasText: `„${name}“` })).toHaveCount(1);
    await page.getByRole("slider").fill("18");
    await expect(page.getByText(/“ läuft in .* Ebenso laufen ab: '.*' in \d Tag/).first()).toBeVisible();
    await page.getByRole("slider").fill("31");
    await expect(page.getByText(/ist abgelaufen, am .* Ebenfalls abgelaufen: /).first()).toBeVisible();
  },
};

/** Texts with words that only English has, but for names, and for what is written in English throughout. */
function english(page: Page): Promise<string[]> {
  return page.evaluate((names) => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode() as Text | null; text; text = walker.nextNode() as Text | null) {
      if (!text.parentElement?.closest("code, pre, .text-view, [lang=en]")) texts.push(text.data);
    }
    for (const element of document.body.querySelectorAll("*")) {
      for (const name of ["alt", "aria-label", "data-label", "label", "placeholder", "title"]) texts.push(element.getAttribute(name) ?? "");
    }
    const plain = (text: string) => names.reduce((text, name) => text.replaceAll(name, ""), text.replace(/Certway temporary CA \w+ of [\w.]+|ecdsa-with-\w+/g, ""));
    // A word by itself is a name.
    return texts.filter((text) => text.trim().includes(" ") && /\b(the|and|with|node|is|are|of|at|has|for|to|no|by|it|they)\b/i.test(plain(text)));
  }, [...NAMES]);
}
