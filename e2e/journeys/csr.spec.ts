import { expect, test } from "../support/test.ts";
import { Frame } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { servedNow } from "../support/https.ts";
import { fingerprint, serverCertificate, signed } from "../support/material.ts";
import { NAME } from "../support/node.ts";

test.describe("A certificate signing request", () => {
  test("is generated, signed by openssl, and its certificate served without a key having been uploaded", async ({ page, node, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const pages = new ServerCertificate(page);
    const form = page.getByRole("region", { name: "Certificate signing request" });
    await form.getByText("Generate CSR").first().click();
    await expect(form.getByLabel("Common name")).toHaveValue(NAME);
    await form.getByLabel("Alternative names, one a line").fill("cluster.example.com\n192.0.2.1");
    await expect(form.getByText(/^Line 2: it is an IP address/)).toBeVisible();
    await expect(form.getByRole("button", { name: "Generate CSR" })).toBeDisabled();
    await form.getByLabel("Alternative names, one a line").fill("cluster.example.com");
    await expect(form.getByRole("listitem")).toHaveText([NAME, "cluster.example.com"]);
    await form.getByRole("combobox", { name: /^Key/ }).selectOption("ECDSA P-256");
    await form.getByRole("button", { name: "Generate CSR" }).click();

    const progress = page.getByRole("region", { name: "Certificate signing request in progress" });
    await expect(progress.getByText(`${NAME}, cluster.example.com`)).toBeVisible();
    await progress.getByText("PEM file").click();
    const request = await progress.locator("pre").innerText();
    const certificate = signed(ca, request);

    // A key has no business here while the request, which has its own, is in progress.
    const other = serverCertificate(ca);
    await pages.give(other);
    await expect(pages.panel.finding("You cannot upload a server private key if a certificate signing request is in progress")).toBeVisible();
    await page.reload();
    await pages.slot("Active: served now").waitFor();
    await pages.panel.give("Server certificate", "signed.pem", certificate);
    await expect(pages.panel.verdict(/^Will be stored and loaded at once\./)).toBeVisible();
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
    const leaf = (await servedNow(node.port, NAME)).leaf.fingerprint256.replaceAll(":", "").toLowerCase();
    expect(leaf).toBe(fingerprint(certificate));
    await expect(progress).toHaveCount(0);
  });

  test("is discarded only after a question", async ({ page }) => {
    const pages = await ServerCertificate.open(page);
    const form = page.getByRole("region", { name: "Certificate signing request" });
    await form.getByText("Generate CSR").first().click();
    await form.getByRole("button", { name: "Generate CSR" }).click();
    const progress = page.getByRole("region", { name: "Certificate signing request in progress" });
    await expect(progress).toBeVisible();
    await pages.agree("Discard CSR", "Discard the certificate signing request", "Discard");
    await expect(new Frame(page).notice("The certificate signing request and its key are discarded.")).toBeVisible();
    await expect(progress).toHaveCount(0);
  });
});
