import type { Page } from "@playwright/test";
import { expect, test } from "../support/test.ts";
import { Frame } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { UploadPanel } from "../pages/upload-panel.ts";
import { type Pair, revocationList, rootCa, serverCertificate } from "../support/material.ts";
import { https, multipart } from "../support/https.ts";
import { listServer, responder } from "../support/revocation.ts";
import type { Node } from "../support/node.ts";
import { session } from "../support/session.ts";

/** The page of a node that trusts `ca` and serves `pair`. */
async function served(page: Page, node: Node, ca: Pair, pair: Pair): Promise<ServerCertificate> {
  const cookie = await session(node);
  const { headers, body } = multipart([{ name: "file", value: ca.certificate }]);
  const appended = await https(node.port, "POST", "/api/v1/trusted-cas", { headers: { ...cookie, ...headers }, body });
  expect(appended.status).toBe(200);

  const certificate = await ServerCertificate.open(page);
  await certificate.give(pair);
  await certificate.upload();
  await expect(certificate.outcome).toBeVisible();
  return certificate;
}

test.describe("Revocation lists", () => {
  test("are kept; what they revoke is told before it is sent and raises an alarm; one is removed", async ({ page, node }) => {
    const ca = rootCa("Revoking Root");
    const pair = serverCertificate(ca);
    const certificate = await served(page, node, ca, pair);

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

  test("come by themselves from where they are set, and a responder is asked", async ({ page, node }) => {
    const ca = rootCa("Downloading Root");
    const pair = serverCertificate(ca);
    await served(page, node, ca, pair);

    const frame = new Frame(page);
    await frame.goTo("CRL management");
    const updates = page.getByRole("region", { name: "Automatic CRL updates" });
    await expect(updates.getByText("Nobody was asked yet.")).toBeVisible();
    const web = await listServer(revocationList(ca, [], 1));
    const ocsp = await responder(ca, [pair]);
    try {
      await updates.getByLabel("Download from, one URL a line").fill(`${web.url}\n${web.url}.missing`);
      await updates.getByLabel("Daily at, HH:MM, UTC").fill("04:30");
      await updates.getByRole("button", { name: "Save" }).click();
      await frame.confirm();
      await expect(frame.notice("The settings are saved.")).toBeVisible();
      await updates.getByRole("button", { name: "Download now" }).click();
      await expect(updates.getByText("1 new, 0 replaced, 0 known")).toBeVisible();
      await expect(updates.getByText("the server answered 404 Not Found")).toBeVisible();
      const lists = page.getByRole("region", { name: "Revocation lists" });
      await expect(lists.getByText("CN=Downloading Root,O=Example")).toBeVisible();
      await expect(frame.bell).toHaveAccessibleName(/1 alarm/);

      await updates.getByLabel("Download from, one URL a line").fill(web.url);
      await updates.getByLabel("Ask responders (OCSP) about the node's own certificates").check();
      await updates.getByLabel("Responder to ask in place of those that certificates name (optional)").fill(ocsp.url);
      await updates.getByLabel("While no responder answers").selectOption("treat as revoked");
      await updates.getByRole("button", { name: "Save" }).click();
      await expect(frame.bell).toHaveAccessibleName(/No alarms/);
      await updates.getByRole("button", { name: "Download now" }).click();
      await expect(updates.getByText(/it was revoked at .* \(keyCompromise\)/)).toBeVisible();
      await expect(frame.bell).toHaveAccessibleName(/1 alarm/);
    } finally {
      web.stop();
      ocsp.stop();
    }
  });
});
