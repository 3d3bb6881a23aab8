import { expect, test } from "../support/test.ts";
import { Frame } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { encrypted, pkcs12, serverCertificate } from "../support/material.ts";

test.describe("Repair in the browser", () => {
  test("opens a PKCS#12 file, appends its CA first, and fills the boxes; a wrong passphrase says so", async ({ page, ca }) => {
    const pages = await ServerCertificate.open(page);
    const sent: string[] = [];
    page.on("request", (request) => {
      if (request.method() !== "GET") sent.push(request.url());
    });
    const pair = serverCertificate(ca);
    await pages.panel.give("Server certificate", "server.pfx", pkcs12(pair, ca, "open sesame"));
    await pages.panel.judged();
    await pages.panel.button("Repair in this browser").click();
    const repair = page.getByRole("region", { name: "Repair", exact: true });
    await repair.getByLabel("Passphrase of the file").fill("wrong");
    await repair.getByRole("button", { name: "Open" }).click();
    await expect(repair.getByText(/passphrase/i).first()).toBeVisible();
    await repair.getByLabel("Passphrase of the file").fill("open sesame");
    await repair.getByRole("button", { name: "Open" }).click();
    await expect(repair.getByText(/1 CA certificate for the trusted CA list/)).toBeVisible();
    expect(sent).toEqual([]);
    await repair.getByRole("button", { name: "Append CA certificate" }).click();
    await expect(new Frame(page).notice("1 CA certificate appended.")).toBeVisible();
    await repair.getByRole("button", { name: "Put the repaired files into the boxes" }).click();
    await expect(pages.panel.verdict(/^Will be stored and loaded at once\./)).toBeVisible();
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
  });

  test("decrypts a password-protected key", async ({ page, ca }) => {
    const pages = await ServerCertificate.open(page);
    const pair = serverCertificate(ca);
    await pages.give({ ...pair, key: encrypted(pair.key) });
    await pages.panel.button("Repair in this browser").click();
    const repair = page.getByRole("region", { name: "Repair", exact: true });
    await repair.getByLabel("Passphrase of the file").fill("secret");
    await repair.getByRole("button", { name: "Open" }).click();
    await repair.getByRole("button", { name: "Put the repaired files into the boxes" }).click();
    await expect(pages.panel.verdict(/^Will be stored, not loaded/)).toBeVisible();
  });
});
