import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { Frame, signedInAt } from "../pages/frame.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { serverCertificate } from "../support/material.ts";

const SECOND_MODULE = /\/deferred-[0-9a-f]+\.wasm$/;

test.describe("Without the page's second module", () => {
  // What the service worker fetches could not be held back.
  test.beforeEach(({ page }) => page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "serviceWorker")));

  test("one signs in, sees the overview, checks, and uploads a server certificate; it is fetched again when asked for", async ({ page, ca }) => {
    await page.route(SECOND_MODULE, (route) => route.abort());
    const check = await Check.open(page);
    await check.panel.give("Server certificate", "server.pem", serverCertificate(ca).certificate);
    await check.panel.judged();
    const frame = await signedInAt(page, "/", "Overview");
    await expect(page.getByRole("heading", { name: "Chain of trust" })).toBeVisible();
    await frame.goTo("Client certificate");
    await page.getByRole("region", { name: "Active: shown now" }).waitFor();
    await frame.goTo("Server certificate");
    const pages = new ServerCertificate(page);
    await pages.give(serverCertificate(ca));
    await pages.upload();
    await expect(pages.outcome.getByText(/^Stored, not loaded/)).toBeVisible();

    await frame.goTo("Server certificate");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Trusted CA certificate" }).click();
    await expect(page.getByRole("alert").getByText("The trusted CA list is missing: the node did not give this part of the page.")).toBeVisible();
    await page.unroute(SECOND_MODULE);
    await page.getByRole("button", { name: "Fetch it again" }).click();
    await new TrustedCas(page, frame).grid.waitFor();
  });

  test("because the node has a newer page, one is told to load it again", async ({ page }) => {
    await page.route(SECOND_MODULE, (route) => route.fulfill({ status: 404 }));
    const frame = await signedInAt(page, "/", "Overview");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Trusted CA certificate" }).click();
    await expect(page.getByRole("alert").getByText("The node has a newer page by now. Load this one again to go on.")).toBeVisible();
    await page.unroute(SECOND_MODULE);
    await page.reload();
    await new TrustedCas(page, frame).grid.waitFor();
  });
});

test("The page's second module comes by itself, before it is asked for", async ({ page }) => {
  const coming = page.waitForResponse((response) => SECOND_MODULE.test(new URL(response.url()).pathname));
  await page.goto("/");
  const answer = await coming;
  expect(answer.headers()["cache-control"]).toContain("immutable");
  await expect(new Frame(page).page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
});
