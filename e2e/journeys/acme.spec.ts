import type { Locator, Page } from "@playwright/test";
import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { AcmeService } from "../pages/acme.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { AcmeCalls, freePort, Pebble } from "../support/acme.ts";
import { isTrusted, servedNow } from "../support/https.ts";
import { NAME } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";

const OTHER = "other.example.com";
const SAVED = "The settings of the ACME certificate service are saved.";
/** As pebble names its terms of service: no link. */
const TERMS = "data:text/plain,Do%20what%20thou%20wilt";

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

async function servedSerial(port: number): Promise<string> {
  return asNumber((await servedNow(port, NAME)).leaf.serialNumber);
}

/** The page shows the bytes, of which the first may be zero. */
function asNumber(serial: string): string {
  return serial.replaceAll(/[^0-9a-f]/gi, "").toLowerCase().replace(/^0+/, "");
}

/** The serial number of the signed certificate, as the page shows it decoded. */
async function signedSerial(acme: AcmeService): Promise<string> {
  await acme.signed.getByText("Decoded, and PEM file").click();
  const serial = acme.signed.locator("dl > div").filter({ has: acme.page.getByText("Serial number", { exact: true }) }).locator("dd");
  return asNumber((await serial.first().textContent()) ?? "");
}

/** No fault by axe, light or dark. */
async function isAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect(await accessibilityFaults(page), colorScheme).toEqual([]);
  }
}

/** Whether nothing lies over it, from its upper to its lower edge. */
function isUncovered(field: Locator): Promise<boolean> {
  return field.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const heights = [box.top + 3, box.top + box.height / 2, box.bottom - 3].filter((y) => y < innerHeight);
    return heights.every((y) => element.contains(document.elementFromPoint(box.left + box.width / 2, y)));
  });
}

test.describe("The ACME certificate service", () => {
  test("leads from the provider to the served certificate", async ({ page, node, pebble, sent }) => {
    const acme = await AcmeService.open(page);
    await expect(acme.status.getByText("Nothing is signed: no provider is chosen.")).toBeVisible();
    await expect(acme.button("Sign")).toHaveAttribute("aria-disabled", "true");
    await expect(acme.provider.getByRole("option")).toContainText(["None", "Let's Encrypt", "ZeroSSL", "Other"]);
    await acme.chooseOther(pebble);
    await expect(acme.section.getByText(`Changes no provider to ${pebble.directory}.`)).toBeVisible();
    await acme.saveProvider();

    // Without the tick nothing is registered, and what was typed stays.
    await expect(acme.account.getByText("Do what thou wilt"), "a text in a URL is shown as text").toBeVisible();
    await acme.email.fill("admin@example.com");
    await acme.account.getByRole("button", { name: "Register", exact: true }).click();
    await expect(acme.account.getByRole("alert").getByText(/tick that you accept them/)).toBeVisible();
    await expect(acme.email).toHaveValue("admin@example.com");
    await acme.register("admin@example.com");
    const registrations = sent.filter((request) => request.method() === "POST" && request.url().endsWith("/api/v1/acme/accounts"));
    expect(registrations.map((request) => request.postDataJSON().terms_of_service), "word for word").toEqual([TERMS]);
    await expect(acme.account.getByText("admin@example.com")).toBeVisible();
    await expect(acme.account.getByRole("heading", { name: "Account" }), "the form is gone, the focus is not").toBeFocused();

    await expect(acme.order.getByText(`Empty: the node's own name is asked for: ${NAME}.`)).toBeVisible();
    await acme.names.fill(`${NAME}\n${OTHER}`);
    await expect(acme.order.getByText(`Changes names: ${NAME}, ${OTHER}. Saving signs nothing.`)).toBeVisible();
    await acme.save();
    await expect(acme.status.getByText(`for ${NAME}, ${OTHER}. It is shown here first, and not served.`)).toBeVisible();

    const before = await servedSerial(node.port);
    await acme.sign();
    await expect(acme.status.getByText("Signed", { exact: true })).toBeVisible();
    expect(await servedSerial(node.port), "it is looked at first").toBe(before);
    await expect(acme.difference("Names")).toContainText(`${NAME}, ${OTHER}`);
    const signed = await signedSerial(acme);
    expect(signed).not.toBe(before);

    // Its root is not trusted yet, which nobody may overrule.
    await expect(acme.signed.getByText("Its chain does not end in the trusted CA list.")).toBeVisible();
    await expect(acme.button("Deploy")).toHaveCount(0);
    await expect(acme.button("Deploy anyway")).toHaveCount(0);
    await acme.button("Append to the trusted CA list").click();
    await expect(acme.frame.notice(/added to the trusted CA list/)).toBeVisible();
    await acme.frame.goTo("Trusted CA certificate");
    const cas = new TrustedCas(page, acme.frame);
    await cas.give(await pebble.root());
    await cas.append();
    await expect(acme.frame.notice(/^1 added/)).toBeVisible();
    await acme.frame.goTo("Server certificate");
    await expect(acme.signed.getByText("Nothing stands against it")).toBeVisible();

    await acme.button("Deploy").focus();
    await page.keyboard.press("Enter");
    await expect(acme.frame.notice(/^The certificate is deployed/)).toBeVisible();
    await expect(acme.signed).toHaveCount(0);
    await expect(acme.status.getByRole("heading", { name: "Status" })).toBeFocused();
    expect(await servedSerial(node.port)).toBe(signed);
    for (const name of [NAME, OTHER]) {
      expect(await isTrusted(node.port, name, await pebble.root()), `a TLS client that knows the provider's root, at ${name}`).toBe(true);
    }
    await expect(page.getByText(/procedure for changing a server certificate does not apply/)).toBeVisible();
  });

  test("overrules what may be overruled, discards and revokes", async ({ page, node, pebble }) => {
    const calls = await AcmeCalls.registered(node, pebble, { names: [NAME, OTHER] });
    const first = await calls.deployed();
    await calls.set({ names: [NAME] });
    const acme = await AcmeService.open(page);
    const csr = page.getByRole("region", { name: "Certificate signing request" });
    await csr.getByText("Generate CSR").first().click();
    await csr.getByLabel("Organisational unit").fill("Typed before");

    // A name is lost: that is overruled only after the reasons were read.
    await acme.sign();
    await expect(acme.signed.getByText(`It is without names that the active certificate has: ${OTHER}.`)).toBeVisible();
    await expect(acme.button("Deploy")).toHaveCount(0);
    const before = await servedSerial(node.port);
    const signed = await signedSerial(acme);
    await acme.button("Deploy anyway").click();
    const dialog = page.getByRole("dialog", { name: "Deploy anyway" });
    await expect(dialog.getByText(OTHER)).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(acme.button("Deploy anyway")).toBeFocused();
    expect(await servedSerial(node.port)).toBe(before);
    await acme.agree("Deploy anyway", "Deploy anyway", "Deploy anyway");
    await expect(acme.signed).toHaveCount(0);
    expect(await servedSerial(node.port)).toBe(signed);

    await expect(csr.getByLabel("Organisational unit"), "typed beside what was deployed").toHaveValue("Typed before");

    await acme.sign();
    await acme.agree("Discard", "Discard the signed certificate", "Discard");
    await expect(acme.signed).toHaveCount(0);
    expect(await servedSerial(node.port)).toBe(signed);

    const revoke = acme.section.getByRole("region", { name: "Revoke a certificate" });
    await revoke.getByText("Revoke a certificate").click();
    const which = revoke.getByRole("combobox", { name: "Certificate", exact: true });
    await expect(which.getByRole("option")).toHaveText([/^Active: /, /^Previous: /]);
    await which.selectOption({ index: 1 });
    await revoke.getByRole("combobox", { name: "Reason", exact: true }).selectOption("Another certificate is in its place");
    await revoke.getByRole("button", { name: "Revoke" }).click();
    const question = page.getByRole("dialog", { name: "Revoke the certificate" });
    await expect(question.getByText(/revokes the previous certificate: /)).toBeVisible();
    await expect(question.getByText("It cannot be taken back.")).toBeVisible();
    await question.getByRole("button", { name: "Revoke" }).click();
    await acme.frame.confirm();
    await expect(acme.frame.notice("The provider has revoked the certificate.")).toBeVisible();
    expect(await pebble.status(first)).toBe("Revoked");
    expect(await servedSerial(node.port), "what is served is another").toBe(signed);
  });

  test("changes the account's key, registers again, and gives the account up", async ({ page, node, pebble }) => {
    await AcmeCalls.registered(node, pebble);
    const acme = await AcmeService.open(page);
    const url = acme.account.getByText(/\/my-account\//);
    const first = await url.textContent();
    await acme.agree("Change the account's key", "Change the account's key", "Change the account's key");
    await acme.frame.confirm();
    await expect(acme.frame.notice("The account has another key.")).toBeVisible();
    await expect(url).toHaveText(first ?? "");

    await acme.button("Register again").click();
    await expect(acme.acceptsTerms).not.toBeChecked();
    await acme.account.getByRole("button", { name: "Cancel" }).click();
    await expect(acme.email).toHaveCount(0);
    await acme.button("Register again").click();
    await acme.register("other@example.com");
    await expect(acme.account.getByText("other@example.com")).toBeVisible();
    await expect(url).not.toHaveText(first ?? "");
    await expect(acme.email).toHaveCount(0);

    await acme.agree("Give the account up", "Give the account up", "Give the account up");
    await expect(acme.status.getByText("Nothing is signed: register with the provider first.")).toBeVisible();
    await expect(acme.acceptsTerms, "what was accepted was accepted once").not.toBeChecked();
  });

  test("loses nothing typed in one form when another is saved", async ({ page, pebble }) => {
    const acme = await AcmeService.open(page);
    const time = acme.order.getByLabel("Deploy at, HH:MM, UTC");
    await expect(time, "nothing is done by itself yet").toBeHidden();
    await acme.names.fill(OTHER);
    await acme.order.getByLabel("Sign and deploy by itself").check();
    await time.fill("05:45");
    await acme.chooseOther(pebble);
    await acme.saveProvider();
    await expect(acme.names).toHaveValue(OTHER);
    await expect(time).toHaveValue("05:45");
    await expect(acme.order.getByText(`Changes names: ${OTHER}; schedule: signs by itself, and deploys on any day at 05:45 UTC.`)).toBeVisible();

    await acme.email.fill("admin@example.com");
    await acme.directory.fill("https://elsewhere.example.com/dir");
    await acme.save();
    await expect(acme.directory).toHaveValue("https://elsewhere.example.com/dir");
    await expect(acme.email).toHaveValue("admin@example.com");
    await expect(acme.names).toHaveValue(OTHER);

    // What is typed between pressing and the answer stays too.
    await page.route("**/api/v1/acme/settings", async (route) => {
      await acme.names.fill(NAME);
      await route.continue();
    });
    await acme.order.getByLabel("Make a new private key each time").uncheck();
    await acme.button("Save").click();
    await expect(acme.order.getByText(`Changes names: ${NAME}.`)).toBeVisible();
    await expect(acme.names).toHaveValue(NAME);
    await expect(acme.order.getByLabel("Make a new private key each time")).not.toBeChecked();
  });

  test("covers nothing that is worked in with a message, and a button that is off stays readable", async ({ page, pebble }) => {
    const acme = await AcmeService.open(page);
    await acme.chooseOther(pebble);
    await acme.saveProvider();
    const off = acme.button("Save provider");
    await expect(off).toHaveAttribute("aria-disabled", "true");
    await page.mouse.move(0, 0);
    const colours = () => off.evaluate((button) => [getComputedStyle(button).color, getComputedStyle(button).backgroundColor]);
    const before = await colours();
    await off.hover();
    expect(await colours()).toEqual(before);

    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await acme.names.evaluate((field) => field.scrollIntoView());
      await expect(acme.frame.notice(SAVED)).toBeVisible();
      expect(await isUncovered(acme.names), `gone to, at ${width}`).toBe(true);
      await acme.names.focus();
      // Directly below the bar, where the message would be.
      await acme.names.evaluate((field) => scrollBy({ top: field.getBoundingClientRect().top - 60, behavior: "instant" }));
      expect(await isUncovered(acme.names), `typed in, at ${width}`).toBe(true);
      await acme.names.blur();
    }
  });

  test("says before it is saved what it will do by itself, and loses nothing typed to an error", async ({ page, pebble }) => {
    const acme = await AcmeService.open(page);
    await acme.provider.selectOption("Other");
    await acme.directory.fill("http://localhost/dir");
    await acme.button("Look up").click();
    await acme.frame.confirm();
    await expect(acme.section.getByRole("alert").getByText(/a directory is only reached over https:/)).toBeVisible();
    await expect(acme.directory).toHaveValue("http://localhost/dir");
    await acme.directory.fill(pebble.directory);
    await acme.button("Look up").click();
    await expect(acme.section.getByRole("alert").getByText(/give the CA of its server/)).toBeVisible();

    await acme.names.fill("expe1");
    await acme.order.getByLabel("Sign and deploy by itself").check();
    await acme.order.getByLabel("Monday").check();
    await acme.order.getByLabel("Deploy at, HH:MM, UTC").fill("25:00");
    await acme.order.getByLabel("Kind of a new private key").selectOption("RSA 3072");
    await expect(acme.order.getByText("Changes names: expe1; key: RSA 3072; schedule: signs by itself, and deploys on Monday at 25:00 UTC. From then on the node does by itself what is due.")).toBeVisible();
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
    await isAccessible(page);
  });

  test("has its pictures before anything is set, and when something is signed", async ({ page, node, pebble }) => {
    const acme = await AcmeService.open(page);
    await pictures(page, "acme-none");
    await AcmeCalls.registered(node, pebble, { names: [NAME, OTHER] });
    await page.reload();
    await acme.sign();
    await acme.signed.waitFor();
    await acme.button("Register again").click();
    await acme.frame.confirm();
    await acme.acceptsTerms.waitFor();
    await acme.order.getByLabel("Sign and deploy by itself").check();
    await pictures(page, "acme-signed");
    await isAccessible(page);
  });

  test("has its pictures when something stands against a certificate", async ({ page, node, pebble }) => {
    const calls = await AcmeCalls.registered(node, pebble, { names: [NAME, OTHER] });
    await calls.deployed();
    await calls.set({ names: [NAME] });
    const acme = await AcmeService.open(page);
    await acme.sign();
    await acme.signed.waitFor();
    await acme.section.getByRole("region", { name: "Revoke a certificate" }).getByText("Revoke a certificate").click();
    await pictures(page, "acme-overrule");
    await isAccessible(page);
  });
});

test.describe("A provider that cannot reach the node", () => {
  test.use({ looksAt: "nobody" });

  test("is told in words, with what to do", async ({ page, node, pebble }) => {
    await AcmeCalls.registered(node, pebble);
    const acme = await AcmeService.open(page);
    await acme.sign();
    await expect(acme.status.getByText("Failed", { exact: true })).toBeVisible();
    await expect(acme.status.getByText(new RegExp(`^${NAME}: The provider could not connect to the node to see that the name is its own\\. It said: `))).toBeVisible();
    await expect(acme.status.getByText(/port 80 of every name must lead to the node's plain HTTP port/)).toBeVisible();
    await expect(acme.signed).toHaveCount(0);
    await expect(acme.frame.bell).toHaveAccessibleName(/alarm/);
    await pictures(page, "acme-failed");
    await isAccessible(page);
  });
});
