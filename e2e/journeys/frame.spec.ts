import { accessibilityFaults, expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { Frame, SignIn, signedInAt } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { rootCa, serverCertificate } from "../support/material.ts";
import { PASSWORD } from "../support/node.ts";
import type { Page } from "@playwright/test";

test("The menu leads everywhere, and an unknown address is named as such", async ({ page }) => {
  const frame = await signedInAt(page, "/", "Overview");
  for (const name of ["Server certificate", "Client certificate", "Trusted CA certificate", "CRL management", "Backup and restore", "Check", "Overview"] as const) await frame.goTo(name);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "Check" })).toBeVisible();
  await page.goto("/no/such/page");
  await expect(page.getByRole("heading", { level: 1, name: "No such page" })).toBeVisible();
});

test("The keyboard alone signs in, uploads a certificate by paste and loads it", async ({ page, ca }) => {
  await new SignIn(page).open("/maintenance/security/trusted-ca-certificate");
  await page.getByLabel("User").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.insertText(PASSWORD);
  await page.keyboard.press("Enter");
  const cas = new TrustedCas(page, new Frame(page));
  await cas.grid.waitFor();
  await reach(page, "CA certificates: paste");
  await page.keyboard.insertText(ca.certificate);
  await expect(cas.panel.verdict(/1 CA certificate will be appended/)).toBeVisible();
  await reach(page, "Append CA certificate");
  await page.keyboard.press("Enter");
  await expect(cas.frame.notice(/^1 added/)).toBeVisible();
  await reach(page, "Server certificate");
  await page.keyboard.press("Enter");
  const pages = new ServerCertificate(page);
  await pages.slot("Active: served now").waitFor();
  const pair = serverCertificate(ca);
  await reach(page, "Server certificate: paste");
  await page.keyboard.insertText(pair.certificate);
  await expect(pages.panel.box("Server certificate").getByRole("button", { name: /Remove/ })).toBeVisible();
  await reach(page, "Server private key: paste");
  await page.keyboard.insertText(pair.key);
  await expect(pages.panel.verdict(/^Will be stored and loaded at once\./)).toBeVisible();
  await reach(page, "Upload server certificate data");
  await page.keyboard.press("Enter");
  await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
});

/** Presses Tab until what has the focus bears this name. */
async function reach(page: Page, name: string): Promise<void> {
  const focused = () =>
    page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "";
    });
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await focused()) === name) return;
  }
  throw new Error(`'${name}' cannot be reached with the keyboard`);
}

test.describe("axe finds nothing", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`on any page, ${colorScheme}`, async ({ page, ca }) => {
      test.slow();
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const clean = async (state: string) => expect(await accessibilityFaults(page), state).toEqual([]);
      await new SignIn(page).open();
      await clean("sign in");
      const check = await Check.open(page);
      await clean("check");
      await check.panel.give("Server certificate", "server.pem", serverCertificate(ca, { commonName: "expe1" }).certificate);
      await check.panel.judged();
      await clean("check, refused");

      const frame = await signedInAt(page, "/", "Overview");
      await expect(page.getByRole("heading", { name: "Chain of trust" })).toBeVisible();
      await clean("overview, temporary certificate");
      await frame.goTo("Server certificate");
      const pages = new ServerCertificate(page);
      await pages.give(serverCertificate(ca));
      await clean("server certificate, with a warning");
      await pages.upload();
      await expect(pages.outcome).toBeVisible();
      await clean("server certificate, pending");
      await page.getByRole("button", { name: "Load anyway" }).click();
      await clean("load anyway?");
      await page.getByRole("dialog", { name: "Load anyway" }).getByRole("button", { name: "Cancel" }).click();
      const csr = page.getByRole("region", { name: "Certificate signing request" });
      await csr.getByText("Generate CSR").first().click();
      await clean("generate CSR");
      await csr.getByRole("button", { name: "Generate CSR" }).click();
      await expect(page.getByRole("region", { name: "Certificate signing request in progress" })).toBeVisible();
      await clean("CSR in progress");
      await frame.goTo("Client certificate");
      await page.getByRole("region", { name: "Active: shown now" }).waitFor();
      await clean("client certificate");
      await frame.goTo("Client certificate testing");
      await page.getByRole("region", { name: "Connection test" }).waitFor();
      await clean("client certificate testing");
      await frame.goTo("Backup and restore");
      await clean("backup and restore");
      await frame.goTo("CRL management");
      await page.getByRole("region", { name: "Revocation lists" }).waitFor();
      await clean("CRL management");

      await frame.goTo("Trusted CA certificate");
      const cas = new TrustedCas(page, frame);
      await cas.give(rootCa("Alpha Root").certificate + rootCa("Beta Root").certificate);
      await cas.append();
      await expect(frame.notice(/^2 added/)).toBeVisible();
      await clean("trusted CA certificate");
      await cas.row("Alpha Root").getByRole("button", { name: "View (decoded)" }).click();
      await expect(page.getByRole("dialog", { name: "Alpha Root" }).getByText("-----BEGIN CERTIFICATE-----")).toBeVisible();
      await clean("one CA, decoded");
    });
  }
});
