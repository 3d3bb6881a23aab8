import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { AcmeService } from "../pages/acme.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { freePort, Pebble } from "../support/acme.ts";
import { isTrusted, servedNow } from "../support/https.ts";
import { fingerprint } from "../support/material.ts";
import { NAME } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";

const OTHER = "other.example.com";

/** A pebble that looks for the node; the browser trusts what it issues. */
const test = base.extend<{ pebble: Pebble; looksAt: "the node" | "nobody" }>({
  looksAt: ["the node", { option: true }],
  pebble: async ({ node, looksAt }, use) => {
    const pebble = await Pebble.start(looksAt === "the node" ? node.httpPort : await freePort());
    await use(pebble);
    pebble.stop();
  },
  authorities: async ({ pebble }, use) => use({ pebble: await pebble.root() }),
});

/** What the page shows as the PEM file of the signed certificate: the leaf comes first. */
async function signedLeaf(acme: AcmeService): Promise<string> {
  const text = await acme.signed.locator("pre.pem").first().textContent();
  return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text ?? "")?.[0] ?? "";
}

async function servedFingerprint(port: number): Promise<string> {
  return (await servedNow(port, NAME)).leaf.fingerprint256.replaceAll(":", "").toLowerCase();
}

test.describe("The ACME certificate service", () => {
  test("leads from the provider to a certificate that TLS clients get; a lost name is overruled; it is discarded and revoked", async ({ page, node, pebble }) => {
    test.setTimeout(300_000);
    const acme = await AcmeService.open(page);
    await expect(acme.status.getByText("Nothing is signed: no provider is chosen.")).toBeVisible();
    await expect(acme.button("Sign")).toHaveAttribute("aria-disabled", "true");
    const providers = acme.section.getByLabel("Provider", { exact: true }).getByRole("option");
    await expect(providers).toContainText(["None", "Let's Encrypt", "ZeroSSL", "Other"]);
    await pictures(page, "acme-none");

    await acme.chooseOther(pebble);
    await expect(acme.section.getByRole("link", { name: /^data:|^https?:/ }).first()).toBeVisible();
    await expect(acme.section.getByText(`Changes no provider to ${pebble.directory}.`)).toBeVisible();
    await acme.button("Save provider").click();
    await expect(acme.frame.notice("The settings of the ACME certificate service are saved.")).toBeVisible();

    // Without the tick nothing is registered, and what was typed stays.
    await acme.account.getByLabel("E-mail (optional)").fill("admin@example.com");
    await acme.account.getByRole("button", { name: "Register" }).click();
    await expect(acme.account.getByRole("alert").getByText(/tick that you accept them/)).toBeVisible();
    await expect(acme.account.getByLabel("E-mail (optional)")).toHaveValue("admin@example.com");
    await acme.register("admin@example.com");
    await expect(acme.account.getByText("admin@example.com")).toBeVisible();
    await expect(acme.account.getByText(/\/my-account\//)).toBeVisible();
    await acme.agree("Change the account's key", "Change the account's key", "Change the account's key");
    await expect(acme.frame.notice("The account has another key.")).toBeVisible();

    await expect(acme.order.getByText(`Empty: the node's own name is asked for: ${NAME}.`)).toBeVisible();
    await acme.names.fill(`${NAME}\n${OTHER}`);
    await expect(acme.order.getByText(`Changes names: ${NAME}, ${OTHER}. Saving signs nothing.`)).toBeVisible();
    await acme.save();
    await expect(acme.status.getByText(`for ${NAME}, ${OTHER}. It is shown here first, and not served.`)).toBeVisible();

    const before = await servedFingerprint(node.port);
    await acme.sign();
    await expect(acme.status.getByText("Signed", { exact: true })).toBeVisible();
    expect(await servedFingerprint(node.port), "it is looked at first").toBe(before);
    const names = acme.signed.getByRole("table", { name: "Old against new" }).getByRole("row", { name: /^Names/ });
    await expect(names).toContainText(`${NAME}, ${OTHER}`);

    // Its root is not trusted yet, which nobody may overrule.
    await expect(acme.signed.getByText("Its chain does not end in the trusted CA list.")).toBeVisible();
    await expect(acme.button("Deploy")).toHaveCount(0);
    await expect(acme.button("Deploy anyway")).toHaveCount(0);
    await pictures(page, "acme-held-back");
    await acme.button("Append to the trusted CA list").click();
    await expect(acme.frame.notice(/added to the trusted CA list/)).toBeVisible();
    await acme.frame.goTo("Trusted CA certificate");
    const cas = new TrustedCas(page, acme.frame);
    await cas.give(await pebble.root());
    await cas.append();
    await expect(acme.frame.notice(/^1 added/)).toBeVisible();
    await acme.frame.goTo("Server certificate");
    await expect(acme.signed.getByText("Nothing stands against it")).toBeVisible();
    await pictures(page, "acme-signed");
    expect(await accessibilityFaults(page)).toEqual([]);

    const first = await signedLeaf(acme);
    await acme.button("Deploy").focus();
    await page.keyboard.press("Enter");
    await expect(acme.frame.notice(/^The certificate is deployed/)).toBeVisible();
    await expect(acme.signed).toHaveCount(0);
    expect(await servedFingerprint(node.port)).toBe(fingerprint(first));
    expect(await isTrusted(node.port, NAME, await pebble.root()), "a TLS client that knows the provider's root").toBe(true);
    expect(await isTrusted(node.port, OTHER, await pebble.root())).toBe(true);
    await expect(page.getByText(/procedure for changing a server certificate does not apply/)).toBeVisible();

    // A name is lost: that is overruled only after the reasons were read.
    await acme.names.fill(NAME);
    await acme.save();
    await acme.sign();
    await expect(acme.signed.getByText(`It is without names that the active certificate has: ${OTHER}.`)).toBeVisible();
    await expect(acme.button("Deploy")).toHaveCount(0);
    await pictures(page, "acme-overrule");
    const second = await signedLeaf(acme);
    await acme.button("Deploy anyway").click();
    const dialog = page.getByRole("dialog", { name: "Deploy anyway" });
    await expect(dialog.getByText(OTHER)).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Deploy anyway" }).click();
    await expect(acme.signed).toHaveCount(0);
    expect(await servedFingerprint(node.port)).toBe(fingerprint(second));

    await acme.sign();
    await acme.agree("Discard", "Discard the signed certificate", "Discard");
    await expect(acme.signed).toHaveCount(0);
    expect(await servedFingerprint(node.port)).toBe(fingerprint(second));

    const revoke = acme.section.getByRole("region", { name: "Revoke a certificate" });
    await revoke.getByText("Revoke a certificate").click();
    await expect(revoke.getByLabel("Certificate", { exact: true }).getByRole("option")).toHaveText([/^Active: /, /^Previous: /]);
    await revoke.getByLabel("Certificate", { exact: true }).selectOption({ index: 1 });
    await revoke.getByLabel("Reason").selectOption("Another certificate is in its place");
    await pictures(page, "acme-revoke");
    await revoke.getByRole("button", { name: "Revoke" }).click();
    const question = page.getByRole("dialog", { name: "Revoke the certificate" });
    await expect(question.getByText("It cannot be taken back.")).toBeVisible();
    await question.getByRole("button", { name: "Revoke" }).click();
    await expect(acme.frame.notice("The provider has revoked the certificate.")).toBeVisible();
    expect([await pebble.status(first), await pebble.status(second)]).toEqual(["Revoked", "Valid"]);

    await acme.agree("Give the account up", "Give the account up", "Give the account up");
    await expect(acme.account.getByText(/^There is no account with /)).toBeVisible();
    await expect(acme.status.getByText("Nothing is signed: register with the provider first.")).toBeVisible();
  });

  test("says before it is saved what it will do by itself, and loses nothing typed to an error", async ({ page, pebble }) => {
    const acme = await AcmeService.open(page);
    await acme.section.getByLabel("Provider", { exact: true }).selectOption("Other");
    await acme.section.getByLabel("Directory URL (https://)").fill("http://localhost/dir");
    await acme.button("Look up").click();
    await acme.frame.confirm();
    await expect(acme.section.getByRole("alert").getByText(/a directory is only reached over https:/)).toBeVisible();
    await expect(acme.section.getByLabel("Directory URL (https://)")).toHaveValue("http://localhost/dir");
    await acme.section.getByLabel("Directory URL (https://)").fill(pebble.directory);
    await acme.button("Look up").click();
    await expect(acme.section.getByRole("alert").getByText(/give the CA of its server/)).toBeVisible();

    await acme.names.fill("expe1");
    await acme.order.getByLabel("Sign and deploy by itself").check();
    await acme.order.getByLabel("Monday").check();
    await acme.order.getByLabel("Deploy at, HH:MM, UTC").fill("25:00");
    await acme.order.getByLabel("Kind of a new private key").selectOption("RSA 3072");
    await expect(acme.order.getByText("Changes names: expe1; key: RSA 3072; signs by itself, and deploys on Monday at 25:00 UTC. From then on the node does by itself what is due.")).toBeVisible();
    await acme.button("Save").click();
    await expect(acme.order.getByRole("alert").getByText(/the time is to be HH:MM/)).toBeVisible();
    await acme.order.getByLabel("Deploy at, HH:MM, UTC").fill("04:30");
    await acme.button("Save").click();
    await expect(acme.order.getByRole("alert").getByText(/expe1|fully qualified/)).toBeVisible();
    await expect(acme.names).toHaveValue("expe1");
    await acme.order.getByLabel("tls-alpn-01").check();
    await acme.names.fill("");
    await acme.save();
    await page.reload();
    await expect(acme.order.getByLabel("Monday")).toBeChecked();
    await expect(acme.order.getByLabel("tls-alpn-01")).toBeChecked();
    await expect(acme.order.getByLabel("Deploy at, HH:MM, UTC")).toHaveValue("04:30");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
  });
});

test.describe("A provider that cannot reach the node", () => {
  test.use({ looksAt: "nobody" });

  test("is told in words, with what to do", async ({ page, pebble }) => {
    test.setTimeout(120_000);
    const acme = await AcmeService.open(page);
    await acme.setUp(pebble);
    await acme.sign();
    await expect(acme.status.getByText("Failed", { exact: true })).toBeVisible();
    await expect(acme.status.getByText(/^The provider could not connect to the node to see that the name is its own\. It said: /)).toBeVisible();
    await expect(acme.status.getByText(/port 80 of every name must lead to the node's plain HTTP port/)).toBeVisible();
    await expect(acme.signed).toHaveCount(0);
    await expect(acme.frame.bell).toHaveAccessibleName(/alarm/);
    await pictures(page, "acme-failed");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect(await accessibilityFaults(page), colorScheme).toEqual([]);
    }
  });
});
