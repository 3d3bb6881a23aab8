import fs from "node:fs";
import path from "node:path";
import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { SignIn, signedInAt } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { encrypted, manyRoots, serverCertificate } from "../support/material.ts";
import { OUT, pictures } from "../support/pictures.ts";
import type { Page } from "@playwright/test";

/** Other journeys have made these. */
const KEPT = /^acme-/;

test("Every page and state has its picture, at three widths, light and dark", async ({ page, context, ca }) => {
  test.setTimeout(300_000);
  fs.mkdirSync(OUT, { recursive: true });
  for (const name of fs.readdirSync(OUT)) if (!KEPT.test(name)) fs.rmSync(path.join(OUT, name));
  await new SignIn(page).open();
  await pictures(page, "sign-in");
  const check = await Check.open(page);
  await pictures(page, "check-empty");
  await check.panel.give("Server certificate", "server.pem", serverCertificate(ca, { commonName: "expe1", names: ["DNS:expe1", "IP:192.0.2.1"] }).certificate);
  await check.panel.judged();
  await pictures(page, "check-refused");

  const frame = await signedInAt(page, "/", "Overview");
  await expect(page.getByRole("heading", { name: "Chain of trust" })).toBeVisible();
  await pictures(page, "overview-temporary");
  await frame.goTo("Server certificate");
  const pages = new ServerCertificate(page);
  await pages.slot("Active: served now").waitFor();
  await pictures(page, "server-certificate-temporary");
  await pages.give(serverCertificate(ca));
  await pictures(page, "server-certificate-warning");
  await pages.upload();
  await expect(pages.outcome).toBeVisible();
  await pictures(page, "server-certificate-pending");

  await frame.goTo("Trusted CA certificate");
  const cas = new TrustedCas(page, frame);
  await cas.grid.waitFor();
  await pictures(page, "trusted-cas-one");
  await cas.give(ca.certificate + manyRoots(40).join(""));
  await pictures(page, "trusted-cas-append");
  await cas.append();
  await expect(frame.notice(/^41 added/)).toBeVisible();
  await pictures(page, "trusted-cas-many");
  await cas.row("Many Roots 0003").getByRole("button", { name: "View (decoded)" }).click();
  await expect(page.getByRole("dialog").getByText("-----BEGIN CERTIFICATE-----")).toBeVisible();
  await pictures(page, "trusted-ca-decoded");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

  await frame.goTo("Server certificate");
  await expect(pages.slot("Pending: stored, not loaded")).toHaveCount(0);
  await pages.give(serverCertificate(ca));
  await pictures(page, "server-certificate-loadable");
  const csr = page.getByRole("region", { name: "Certificate signing request" });
  await csr.getByText("Generate CSR").first().click();
  await pictures(page, "csr-form");
  await csr.getByRole("button", { name: "Generate CSR" }).click();
  await expect(page.getByRole("region", { name: "Certificate signing request in progress" })).toBeVisible();
  await pictures(page, "csr-in-progress");
  await pages.agree("Discard CSR", "Discard the certificate signing request", "Discard");
  const pair = serverCertificate(ca);
  await pages.give({ ...pair, key: encrypted(pair.key) });
  await pages.panel.button("Repair in this browser").click();
  await expect(page.getByLabel("Passphrase of the file")).toBeVisible();
  await pictures(page, "repair");
  await frame.goTo("Client certificate");
  await page.getByRole("region", { name: "Active: shown now" }).waitFor();
  await pictures(page, "client-certificate");
  await frame.goTo("Client certificate testing");
  const attempt = page.getByRole("region", { name: "Connection test" });
  await attempt.getByLabel("Host").fill("127.0.0.1");
  await attempt.getByLabel("Port").fill("1");
  await attempt.getByRole("button", { name: "Test the connection" }).click();
  await expect(attempt.getByText("The server did not take the connection.")).toBeVisible();
  await page.getByLabel("Client certificate: paste").fill(serverCertificate(ca, { usages: "serverAuth" }).certificate);
  await expect(page.getByText("its extended key usage does not allow clientAuth")).toBeVisible();
  await pictures(page, "client-certificate-testing");
  await frame.goTo("Backup and restore");
  await pictures(page, "backup-and-restore");
  await frame.goTo("Security level");
  await page.getByRole("heading", { name: "Standard, 112 bits" }).waitFor();
  await pictures(page, "security-level");
  await frame.goTo("Verify a path");
  await page.getByLabel(/^Certificate/).setInputFiles({ name: "a.pem", mimeType: "text/plain", buffer: Buffer.from(serverCertificate(ca).certificate) });
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("It chains to a trusted CA.")).toBeVisible();
  await pictures(page, "verify");
  await frame.goTo("What happens when");
  await page.getByRole("heading", { name: "The clock" }).waitFor();
  await page.getByRole("button", { name: "To the next turn" }).click();
  await pictures(page, "what-happens-when");
  await frame.goTo("CRL management");
  await page.getByRole("region", { name: "Revocation lists" }).waitFor();
  await pictures(page, "crl-management");
  await frame.goTo("Overview");
  await expect(page.getByRole("heading", { name: "Chain of trust" })).toBeVisible();
  await pictures(page, "overview-loaded");
  await context.setOffline(true);
  await expect(frame.notice("This browser has no network.")).toBeVisible();
  await pictures(page, "overview-offline");
  await context.setOffline(false);
  await contactSheet(page);
});

/** All pictures on one sheet, to be looked at. */
async function contactSheet(page: Page): Promise<void> {
  const figures = fs.readdirSync(OUT).filter((name) => name.endsWith(".jpg")).sort().map((name) => {
    const data = fs.readFileSync(path.join(OUT, name)).toString("base64");
    return `<figure><img src="data:image/jpeg;base64,${data}"><figcaption>${name}</figcaption></figure>`;
  });
  const sheet = await page.context().newPage();
  const style = "body{display:flex;flex-wrap:wrap;gap:8px;font:11px sans-serif}figure{margin:0}img{height:340px;max-width:420px;object-fit:cover;object-position:top;border:1px solid #888}";
  await sheet.setViewportSize({ width: 2400, height: 1200 });
  await sheet.setContent(`<style>${style}</style>${figures.join("")}`);
  await sheet.screenshot({ path: path.join(OUT, "../contact-sheet.png"), fullPage: true });
  await sheet.close();
}
