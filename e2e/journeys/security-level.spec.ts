import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { serverCertificate } from "../support/material.ts";

/** For how many days a certificate that begins today may be valid at most: CA/Browser Forum, ballot SC-081v3. */
function longest(): number {
  const today = new Date().toISOString();
  return today < "2027-03-15" ? 200 : today < "2029-03-15" ? 100 : 47;
}

test.describe("The level of security", () => {
  test("is written down, chosen, and counts in the browser and on the node at once; the weakest link is named", async ({ page, ca }) => {
    const { frame } = await TrustedCas.with(page, ca);
    await frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    const pair = serverCertificate(ca);
    await certificate.give(pair);
    await expect(certificate.panel.findings.filter({ hasText: "acceptable level of security" })).toHaveCount(0);
    await expect(page.getByText(/^Weakest link: .*: its key, P-256, 128 bits of strength\.$/)).toBeVisible();

    await frame.goTo("Security level");
    const standard = page.getByRole("region", { name: "Standard, 112 bits" });
    await expect(standard.getByText("In force")).toBeVisible();
    const level = page.getByRole("region", { name: "Public, 112 bits and short lives" });
    await expect(level.getByText("47 days, if they begin on or after 15 Mar 2029")).toBeVisible();
    await expect(level.getByText("200 days, if they begin on or after 15 Mar 2026")).toBeVisible();
    await level.getByRole("button", { name: "Ask this level" }).click();
    await frame.confirm();
    await expect(frame.notice("The level 'Public, 112 bits and short lives' is in force. What is served is served on.")).toBeVisible();
    await expect(level.getByText("In force")).toBeVisible();
    await expect(standard.getByText("In force")).toHaveCount(0);

    await frame.goTo("Server certificate");
    await certificate.give(pair);
    const finding = certificate.panel.findings.filter({ hasText: "The certificate does not have an acceptable level of security: it is valid for 366 days" });
    await expect(finding).toHaveCount(1);
    await expect(finding).toContainText(`at most ${longest()} days`);
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();
    await frame.goTo("Check");
    await expect(page.getByRole("heading", { level: 1, name: "Check" })).toBeVisible();
  });
});
