import { expect, test } from "../support/test.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { servedNow } from "../support/https.ts";
import { encrypted, type Leaf, serverCertificate } from "../support/material.ts";
import { NAME } from "../support/node.ts";

const SAN = "File upload failed.: Subject alternative name must be a valid FQDN";
const CN = "File upload failed.: Common name must be a valid FQDN";

const names: { what: string; leaf: Leaf; messages: string[] }[] = [
  { what: "a host name among its alternative names", leaf: { names: [`DNS:${NAME}`, "DNS:expe1"] }, messages: [SAN] },
  { what: "an IP address among its alternative names", leaf: { names: [`DNS:${NAME}`, "IP:192.0.2.1"] }, messages: [SAN] },
  { what: "a host name as its common name", leaf: { commonName: "expe1" }, messages: [CN] },
  { what: "an IP address as its common name", leaf: { commonName: "192.0.2.1" }, messages: [CN] },
  { what: "a host name in both places", leaf: { commonName: "expe1", names: ["DNS:expe1"] }, messages: [SAN, CN] },
];

test.describe("A bad upload is refused before anything is sent:", () => {
  for (const { what, leaf, messages } of names) {
    test(`a certificate with ${what}`, async ({ page, node, ca, sent }) => {
      const pages = await ServerCertificate.open(page);
      const before = await servedNow(node.port, NAME);
      sent.length = 0;
      await pages.give(serverCertificate(ca, leaf));
      for (const message of messages) await expect(pages.panel.finding(message).first()).toBeVisible();
      await expect(pages.panel.verdict(/^Will be refused: \d+ errors?\.$/)).toBeVisible();
      const button = pages.panel.button("Upload server certificate data");
      await expect(button).toHaveAttribute("aria-disabled", "true");
      await button.click({ force: true });
      await expect(pages.panel.region.getByText("Nothing was sent.")).toBeVisible();
      expect(sent, "requests that carried something").toEqual([]);
      expect((await servedNow(node.port, NAME)).leaf.fingerprint256).toBe(before.leaf.fingerprint256);
    });
  }

  test("a private key that is password protected", async ({ page, ca, sent }) => {
    const pages = await ServerCertificate.open(page);
    const pair = serverCertificate(ca);
    sent.length = 0;
    await pages.give({ certificate: pair.certificate, key: encrypted(pair.key) });
    await expect(pages.panel.findings.first()).toContainText("password protected");
    await expect(pages.panel.findings.first()).toContainText("Refused");
    await expect(pages.panel.button("Upload server certificate data")).toHaveAttribute("aria-disabled", "true");
    expect(sent).toEqual([]);
  });

  test("a private key that belongs to another certificate, with both fingerprints", async ({ page, ca, sent }) => {
    const pages = await ServerCertificate.open(page);
    sent.length = 0;
    await pages.give({ certificate: serverCertificate(ca).certificate, key: serverCertificate(ca).key });
    const finding = pages.panel.findings.first();
    await expect(finding).toContainText("Refused");
    await expect(finding.getByText(/[0-9a-f]{64}|([0-9A-F]{2}:){31}/).first()).toBeVisible();
    expect(sent).toEqual([]);
  });

  test("a private key that is dropped into the box of the certificate moves to its own, and is never shown", async ({ page, ca }) => {
    const pages = await ServerCertificate.open(page);
    const pair = serverCertificate(ca);
    await pages.panel.give("Server certificate", "server.key", pair.key);
    await expect(pages.panel.box("Server private key").getByText("server.key", { exact: true })).toBeVisible();
    const secret = pair.key.split("\n")[1] ?? "";
    await pages.panel.give("Server certificate", "server.pem", pair.certificate);
    await pages.panel.judged();
    expect(await page.content()).not.toContain(secret);
  });

  test("and its line is shown in the text of the file", async ({ page, ca }) => {
    const pages = await ServerCertificate.open(page);
    await pages.give(serverCertificate(ca, { commonName: "expe1" }));
    await pages.panel.finding(CN).getByRole("button", { name: /Certificate file, line 1\b/ }).click();
    await expect(page.getByRole("region", { name: "Text of server.pem" }).locator("[aria-current=true]")).toContainText("BEGIN CERTIFICATE");
  });
});
