import type { Browser, BrowserContext } from "@playwright/test";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { ClientTesting } from "../pages/client-testing.ts";
import { SignIn } from "../pages/frame.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { Connection } from "../support/http2.ts";
import { fingerprint, type Pair, revocationList, rootCa, serverCertificate } from "../support/material.ts";
import { type Node, PASSWORD } from "../support/node.ts";
import { https, multipart } from "../support/https.ts";
import { responder } from "../support/revocation.ts";
import { session } from "../support/session.ts";

/** The client certificate of a person. */
function person(issuer: Pair, name: string, usages = "clientAuth"): Pair {
  return serverCertificate(issuer, { commonName: name, names: [`email:${name}@example.com`], usages });
}

async function upload(node: Node, path: string, pem: string): Promise<void> {
  const { headers, body } = multipart([{ name: "file", value: pem, fileName: "file.pem" }]);
  const answer = await https(node.port, "POST", path, { headers: { ...(await session(node)), ...headers }, body });
  expect(answer.status, answer.body).toBe(200);
}

/** A browser's window that shows a certificate to both ports of the node, or none. */
function windowShowing(browser: Browser, node: Node, pair?: Pair): Promise<BrowserContext> {
  const shown = (port: number) => ({
    origin: `https://localhost:${port}`, cert: Buffer.from(pair?.certificate ?? ""), key: Buffer.from(pair?.key ?? ""),
  });
  return browser.newContext({
    baseURL: `https://localhost:${node.port}`,
    reducedMotion: "reduce",
    // Playwright shows the certificate in the browser's place, and does not know the node's CA.
    ignoreHTTPSErrors: true,
    ...(pair ? { clientCertificates: [shown(node.port), shown(node.ownCertificatePort)] } : {}),
  });
}

test.describe("Client certificate testing", () => {
  test("tells every reason against a certificate, and nothing of it is kept", async ({ page, ca, node }) => {
    const cas = await TrustedCas.with(page, ca);
    const [good, revoked] = [person(ca, "admin"), person(ca, "former")];
    await upload(node, "/api/v1/crls", revocationList(ca, [revoked], 1));
    await cas.frame.goTo("Client certificate testing");
    const testing = new ClientTesting(page, cas.frame);
    await testing.paste(good.certificate);
    await expect(testing.result.getByText("It chains to the trusted CA list, and nothing stands against it.")).toBeVisible();
    await expect(testing.result.getByRole("list", { name: /^Chain of trust/ }).getByText("Root, in the trusted CA list")).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);

    await testing.paste(revoked.certificate);
    await expect(testing.result.getByText(/revoked/).first()).toBeVisible();
    await testing.file.getByLabel("Revocation lists").selectOption("off");
    await expect(testing.result.getByText("Valid", { exact: true })).toBeVisible();

    await testing.paste(person(rootCa("A CA of Nobody"), "stranger", "serverAuth").certificate);
    await expect(testing.result.getByText("2 reasons stand against it.")).toBeVisible();
    await expect(testing.result.getByText("its extended key usage does not allow clientAuth")).toBeVisible();
    await expect(testing.result.getByText(/^no certificate of its issuer/).first()).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    const events = await https(node.port, "GET", "/api/v1/events?limit=1000", { headers: await session(node) });
    expect(events.body).not.toContain("stranger");
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth), "nothing sticks out of a telephone").toBeLessThanOrEqual(390);
  });

  test("asks the responder, which may speak against a certificate", async ({ page, ca, node }) => {
    const cas = await TrustedCas.with(page, ca);
    const revoked = person(ca, "former");
    const ocsp = await responder(ca, [revoked]);
    try {
      const headers = { ...(await session(node)), "content-type": "application/json" };
      for (const [method, path, message] of [
        ["POST", "/api/v1/session/confirm", { password: PASSWORD }],
        ["PUT", "/api/v1/crls/settings", { time: "03:00", ocsp: true, ocsp_responder: ocsp.url }],
      ] as const) {
        const body = JSON.stringify(message);
        const answer = await https(node.port, method, path, { headers: { ...headers, "content-length": body.length }, body });
        expect(answer.status, answer.body).toBeLessThan(300);
      }
      await cas.frame.goTo("Client certificate testing");
      const testing = new ClientTesting(page, cas.frame);
      await testing.paste(revoked.certificate);
      await expect(testing.result.getByText("One reason stands against it.")).toBeVisible();
      await expect(testing.result.getByText(/it was revoked at .* \(keyCompromise\)/).first()).toBeVisible();
      // Nobody has told the responder of this one, and that is not held against it.
      await testing.paste(person(ca, "admin").certificate);
      await expect(testing.result.getByText("Valid", { exact: true })).toBeVisible();
      await expect(testing.result.getByText(/the responder does not know it/)).toBeVisible();
    } finally {
      ocsp.stop();
    }
  });

  test("reads a user name while the expression is typed", async ({ page, ca }) => {
    const cas = await TrustedCas.with(page, ca);
    await cas.frame.goTo("Client certificate testing");
    const testing = new ClientTesting(page, cas.frame);
    await testing.file.getByLabel("Client certificate: browse").setInputFiles({
      name: "admin.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(person(ca, "admin").certificate),
    });
    const [expression, template] = [testing.file.getByLabel("Regular expression"), testing.file.getByLabel("Template")];
    await expect(expression).toHaveValue("^Common name: (?<captureCommonName>.+)$");
    await expect(testing.result.getByText("User", { exact: true })).toBeVisible();
    await expect(testing.result.getByText("admin", { exact: true }).first()).toBeVisible();

    await expression.fill("^SAN rfc822Name: (?<user>[^@]+)@(?<domain>.+)$");
    await expect(testing.result.getByText(/names a group 'captureCommonName'; the expression has user, domain/)).toBeVisible();
    await template.fill("#user#.#domain#");
    await expect(testing.result.getByText("No such user", { exact: true })).toBeVisible();
    await expect(testing.result.getByText("admin.example.com", { exact: true })).toBeVisible();
    await expect(testing.result.getByText("example.com", { exact: true })).toBeVisible();
    await expression.fill("^SAN rfc822Name: (?<user>");
    await expect(testing.result.getByText(/unclosed group/)).toBeVisible();
    await testing.result.getByText("What the expression is matched against").click();
    await expect(testing.result.getByText(/SAN rfc822Name: admin@example\.com/)).toBeVisible();
  });

  test("tells a browser about its own certificate", async ({ browserOfTest, node, ca }) => {
    await upload(node, "/api/v1/trusted-cas", ca.certificate);
    const known = await windowShowing(browserOfTest, node, person(ca, "admin"));
    const page = await known.newPage();
    const testing = await ClientTesting.open(page);
    const opened = known.waitForEvent("page");
    await testing.page.getByRole("link", { name: "Test this browser's certificate" }).click();
    const told = await opened;
    await expect(told.getByText("It is valid")).toBeVisible();
    await expect(told.getByText("It names the user admin.")).toBeVisible();
    expect(await accessibilityFaults(told)).toEqual([]);
    await known.close();

    const unknown = await windowShowing(browserOfTest, node, person(rootCa("A CA of Nobody"), "<b>admin"));
    const other = await unknown.newPage();
    await other.goto(`https://localhost:${node.ownCertificatePort}/`);
    await expect(other.getByText("It is not valid.")).toBeVisible();
    await expect(other.getByText(/no certificate of its issuer/)).toBeVisible();
    await expect(other.getByText(/Common name: <b>admin/)).toBeVisible();
    await unknown.close();

    const none = await windowShowing(browserOfTest, node);
    const empty = await none.newPage();
    await empty.goto(`https://localhost:${node.ownCertificatePort}/`);
    await expect(empty.getByText("Your browser showed no certificate.")).toBeVisible();
    await none.close();
  });
});

test.describe("Administrators sign in with a client certificate", () => {
  test("beside the password, then in its place, and nobody locks himself out", async ({ browserOfTest, node, ca }) => {
    test.setTimeout(120_000);
    await upload(node, "/api/v1/trusted-cas", ca.certificate);
    const known = await windowShowing(browserOfTest, node, person(ca, "admin"));
    const page = await known.newPage();
    const testing = await ClientTesting.open(page);
    const { settings, frame } = testing;
    await testing.choose("validation");
    await settings.getByRole("button", { name: "Make these settings permanent" }).click();
    await frame.confirm();
    await expect(settings.getByText(/You could not sign in again, since the connection showed no client certificate/)).toBeVisible();
    await settings.getByRole("button", { name: "Try them for ten minutes" }).click();
    await expect(frame.notice(/tried for 10 minutes/)).toBeVisible();
    await expect(settings.getByText(/^Validation is being tried\. NotRequired returns at/)).toBeVisible();
    await expect(frame.bell).toHaveAccessibleName(/2 alarms/);
    expect(await accessibilityFaults(page)).toEqual([]);
    await frame.signOut();
    await new SignIn(page).as("admin", PASSWORD);
    await settings.getByRole("button", { name: "Keep these settings" }).click();
    await expect(frame.notice("The settings are permanent.")).toBeVisible();

    // Another browser has the password and no certificate.
    const none = await windowShowing(browserOfTest, node);
    const form = new SignIn(await none.newPage());
    await form.open();
    await expect(form.page.getByText("This node asks your browser for a client certificate.")).toBeVisible();
    await form.as("admin", PASSWORD);
    await expect(form.page.getByRole("alert").getByText(/asks administrators for a client certificate: the connection showed no/)).toBeVisible();
    await none.close();

    await testing.choose("authentication");
    await settings.getByRole("button", { name: "Make these settings permanent" }).click();
    await frame.confirm();
    await expect(frame.notice("The settings are permanent.").first()).toBeVisible();
    await frame.signOut();
    await expect(page.getByLabel("Password")).toHaveCount(0);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(settings).toBeVisible();
    await known.close();
  });

  test("and are refused on their open connections as soon as their CA is removed", async ({ node, ca }) => {
    const others = rootCa("Another CA");
    await upload(node, "/api/v1/trusted-cas", ca.certificate + others.certificate);
    const headers = { ...(await session(node)), "content-type": "application/json" };
    const call = async (method: string, path: string, message: object) => {
      const body = JSON.stringify(message);
      const answer = await https(node.port, method, path, { headers: { ...headers, "content-length": body.length }, body });
      expect(answer.status, answer.body).toBeLessThan(300);
    };
    const settings = { mode: "validation", expression: "^Common name: (?<user>.+)$", template: "#user#", try_for_minutes: 10 };
    await call("POST", "/api/v1/session/confirm", { password: PASSWORD });
    await call("PUT", "/api/v1/client-certificate-test/settings", settings);

    const own = await Connection.signedIn(node, person(ca, "admin"));
    const other = await Connection.signedIn(node, person(others, "admin"));
    expect((await other.call("GET", "/api/v1/session")).status).toBe(200);
    expect((await own.call("POST", "/api/v1/session/confirm", { password: PASSWORD })).status).toBe(204);
    expect((await own.call("DELETE", "/api/v1/trusted-cas", { fingerprints: [fingerprint(others.certificate)] })).status).toBe(200);
    const removed = Date.now();
    const refused = await other.call("GET", "/api/v1/session");
    expect(refused.status).toBe(401);
    expect(Date.now() - removed).toBeLessThan(1000);
    expect(refused.body).toContain("no certificate of its issuer");
    expect((await own.call("GET", "/api/v1/session")).status).toBe(200);
    // And nobody removes the CA of his own certificate.
    const mine = await own.call("DELETE", "/api/v1/trusted-cas", { fingerprints: [fingerprint(ca.certificate)] });
    expect([mine.status, (JSON.parse(mine.body) as { type: string }).type]).toEqual([409, "/problems/would-lock-out"]);
    own.close();
    other.close();
  });
});
