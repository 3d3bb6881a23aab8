import { expect, test } from "../support/test.ts";
import { Frame } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { isTrusted, servedNow } from "../support/https.ts";
import { fingerprint, serverCertificate } from "../support/material.ts";
import { NAME } from "../support/node.ts";
import type { Node } from "../support/node.ts";

async function served(node: Node): Promise<string> {
  return (await servedNow(node.port, NAME)).leaf.fingerprint256.replaceAll(":", "").toLowerCase();
}

test.describe("A certificate is served", () => {
  test("as soon as its CA is in the list: unknown CA, pending, appended, seen by a TLS client", async ({ page, node, ca }) => {
    const pair = serverCertificate(ca);
    const pages = await ServerCertificate.open(page);
    const temporary = await served(node);
    await pages.give(pair);
    await expect(pages.panel.verdict(/Will be stored, not loaded: its CA is not in the trusted CA list\./)).toBeVisible();
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored, not loaded/)).toBeVisible();
    await expect(pages.slot("Pending: stored, not loaded").getByText(NAME).first()).toBeVisible();
    expect(await served(node)).toBe(temporary);

    await new Frame(page).goTo("Trusted CA certificate");
    const cas = new TrustedCas(page, new Frame(page));
    await cas.give(ca.certificate);
    await expect(cas.panel.verdict(/The pending server certificate will then load by itself\./)).toBeVisible();
    await cas.append();
    await expect(cas.frame.notice("The pending server certificate was loaded: every new connection gets it.")).toBeVisible();
    expect(await served(node)).toBe(fingerprint(pair.certificate));
    expect(await isTrusted(node.port, NAME, ca.certificate)).toBe(true);

    await cas.frame.goTo("Server certificate");
    await expect(pages.slot("Active: served now").getByText(NAME).first()).toBeVisible();
    await expect(pages.slot("Pending: stored, not loaded")).toHaveCount(0);
  });

  test("at once when its CA is there already, and the one before can be brought back", async ({ page, node, ca }) => {
    const cas = await TrustedCas.with(page, ca);

    const [first, second] = [serverCertificate(ca), serverCertificate(ca)];
    const pages = new ServerCertificate(page);
    await cas.frame.goTo("Server certificate");
    for (const pair of [first, second]) {
      await pages.give(pair);
      await expect(pages.panel.verdict(/^Will be stored and loaded at once\./)).toBeVisible();
      await pages.upload();
      await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
      expect(await served(node)).toBe(fingerprint(pair.certificate));
      await pages.outcome.getByRole("button", { name: "Put this message away" }).click();
    }
    await pages.agree("Bring back", "Bring the previous certificate back", "Bring back");
    await expect(cas.frame.notice("The previous certificate is loaded again")).toBeVisible();
    expect(await served(node)).toBe(fingerprint(first.certificate));
  });

  test("with the key that the node has already, when it is re-used", async ({ page, node, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const pages = new ServerCertificate(page);
    const first = serverCertificate(ca);
    await pages.give(first);
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
    await page.getByRole("checkbox", { name: /^Re-use current private key/ }).check();
    await pages.panel.give("Server certificate", "again.pem", first.certificate);
    await expect(pages.panel.verdict(/^Will be stored and loaded at once\./)).toBeVisible();
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
    expect(await served(node)).toBe(fingerprint(first.certificate));
  });

  test("although its CA is unknown, when the administrator insists; with an alarm, and back to the temporary one", async ({ page, node, ca }) => {
    const pages = await ServerCertificate.open(page);
    const temporary = await served(node);
    const pair = serverCertificate(ca);
    await pages.give(pair);
    await pages.upload();
    await expect(pages.outcome).toBeVisible();
    await pages.agree("Load anyway", "Load anyway", "Load anyway");
    const frame = new Frame(page);
    await expect(frame.notice("The certificate is loaded: new connections get it.")).toBeVisible();
    expect(await served(node)).toBe(fingerprint(pair.certificate));
    await expect(frame.bell).toHaveAccessibleName(/[1-9]\d* alarms?/);

    await pages.agree("Reset to the temporary certificate", "Reset to the temporary certificate", "Reset");
    await expect(frame.notice("The temporary certificate is loaded")).toBeVisible();
    expect(await served(node)).toBe(temporary);
  });

  test("without a common name, with a warning and an alarm that names the three services", async ({ page, node, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Server certificate");
    const pages = new ServerCertificate(page);
    const pair = serverCertificate(ca, { commonName: null });
    await pages.give(pair);
    const finding = pages.panel.findings.first();
    await expect(finding).toContainText("Warning");
    for (const service of ["MRA", "Jabber Guest", "Web Proxy for Cisco Meeting Server"]) await expect(finding).toContainText(service);
    await expect(finding).toContainText("The node raises an alarm as well.");
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored and loaded/)).toBeVisible();
    expect(await served(node)).toBe(fingerprint(pair.certificate));
    await cas.frame.goTo("Overview");
    const alarms = page.getByRole("region", { name: "Alarms" });
    for (const service of ["MRA", "Jabber Guest", "Web Proxy for Cisco Meeting Server"]) await expect(alarms).toContainText(service);
  });
});
