import { expect, test } from "../support/test.ts";
import { Frame } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { UploadPanel } from "../pages/upload-panel.ts";
import { revocationList, rootCa, serverCertificate } from "../support/material.ts";
import { https, multipart } from "../support/https.ts";
import { session } from "../support/session.ts";

test.describe("Revocation lists", () => {
  test("are kept; what they revoke is told before it is sent and raises an alarm; one is removed", async ({ page, node }) => {
    const ca = rootCa("Revoking Root");
    const pair = serverCertificate(ca);
    const cookie = await session(node);
    const { headers, body } = multipart([{ name: "file", value: ca.certificate }]);
    const appended = await https(node.port, "POST", "/api/v1/trusted-cas", { headers: { ...cookie, ...headers }, body });
    expect(appended.status).toBe(200);

    const certificate = await ServerCertificate.open(page);
    await certificate.give(pair);
    await certificate.upload();
    await expect(certificate.outcome).toBeVisible();

    const frame = new Frame(page);
    await frame.goTo("CRL management");
    await expect(page.getByText("There is none: whether a certificate was revoked is not looked at.")).toBeVisible();
    const panel = new UploadPanel(page.getByRole("region", { name: "Upload revocation list (CRL)" }));
    await panel.give("Revocation list (CRL)", "root.crl", revocationList(ca, [pair], 1));
    await panel.judged();
    await panel.button("Upload revocation list (CRL)").click();
    await expect(frame.notice("1 new, 0 replaced, 0 known already. 1 kept now.")).toBeVisible();
    const lists = page.getByRole("region", { name: "Revocation lists" });
    await expect(lists.getByText("CN=Revoking Root,O=Example")).toBeVisible();
    await expect(lists.getByText("Revokes 1 certificate.")).toBeVisible();
    await expect(frame.bell).toHaveAccessibleName(/1 alarm/);

    // The judge in the browser knows the list too.
    await frame.goTo("Server certificate");
    await certificate.give(pair);
    await expect(certificate.panel.findings.filter({ hasText: /is revoked/ })).toHaveCount(1);

    await frame.goTo("CRL management");
    await lists.getByRole("button", { name: "Remove revocation list" }).click();
    const dialog = page.getByRole("dialog", { name: "Remove revocation list" });
    await dialog.getByRole("button", { name: "Remove revocation list" }).click();
    await frame.confirm();
    await expect(frame.notice("The list was removed. 0 kept now.")).toBeVisible();
    await expect(frame.bell).toHaveAccessibleName(/No alarms/);
  });
});
