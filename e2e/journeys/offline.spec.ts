import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { signedInAt } from "../pages/frame.ts";
import { serverCertificate } from "../support/material.ts";
import { NAME } from "../support/node.ts";

test.describe("With the network cut", () => {
  test("Check still judges, against the list of the last sign-in", async ({ page, context, ca }) => {
    const frame = await signedInAt(page, "/", "Overview");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await expect
      .poll(() => page.evaluate(async () => (await (await caches.open("certway-page")).keys()).map((request) => request.url).join(" ")))
      .toContain("judge_bg.wasm");
    // The last thing that is kept at a sign-in.
    await expect
      .poll(() => page.evaluate(async () => (await (await caches.open("certway-trusted-cas")).keys()).map((request) => request.url).join(" ")))
      .toContain("/crls.pem");
    await context.setOffline(true);
    await frame.goTo("Check");
    await page.reload();
    const check = new Check(page);
    await expect(page.getByRole("heading", { level: 1, name: "Check" })).toBeVisible();
    await expect(page.getByText(/Judged against the trusted CA list of .*, as this browser last saw it/)).toBeVisible();
    // The samples stand in the page's second module, which is kept as well.
    await expect(check.samples).toBeVisible();

    const pair = serverCertificate(ca, { commonName: "expe1" });
    await check.panel.give("Server certificate", "server.pem", pair.certificate);
    await check.panel.give("Server private key", "server.key", pair.key);
    await expect(check.panel.finding("File upload failed.: Common name must be a valid FQDN").first()).toBeVisible();

    const good = serverCertificate(ca);
    await check.panel.give("Server certificate", "good.pem", good.certificate);
    await check.panel.give("Server private key", "good.key", good.key);
    await expect(check.panel.verdict(/Would be stored, not loaded: its CA is not in the trusted CA list\./)).toBeVisible();
    await context.setOffline(false);
  });

  test("the page says that judging works and loading waits", async ({ page, context }) => {
    const frame = await signedInAt(page, "/", "Overview");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await context.setOffline(true);
    await expect(frame.notice("This browser has no network. Judging still works; loading waits.")).toBeVisible();
    await context.setOffline(false);
  });
});

test.describe("Without signing in", () => {
  test("Check judges against no list, and says so; with a list of one's own it decides", async ({ page, ca, sent }) => {
    const check = await Check.open(page);
    const pair = serverCertificate(ca);
    await check.panel.give("Server certificate", "server.pem", pair.certificate);
    await check.panel.give("Server private key", "server.key", pair.key);
    await expect(check.panel.verdict(/the trusted CA list is not known here/)).toBeVisible();
    await check.panel.give("Trusted CA list", "list.pem", ca.certificate);
    await expect(check.panel.verdict(/^Would be stored and loaded at once\./)).toBeVisible();
    await expect(check.panel.region.getByText(NAME).first()).toBeVisible();
    expect(sent).toEqual([]);
  });

  test("every sample can be tried, and is judged as its title says", async ({ page, sent }) => {
    test.slow();
    const check = await Check.open(page);
    await expect(check.samples).toBeVisible();
    const options = await check.samples.locator("option").evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
    const samples = options.filter((value) => value !== "");
    expect(samples.length).toBeGreaterThan(5);
    for (const sample of samples) {
      await check.samples.selectOption(sample);
      await check.panel.judged();
      const verdict = sample.startsWith("accept") ? /^(Would be|The private key is sound|\d+ CA|Nothing new)/ : /^Would be/;
      await expect(check.panel.verdict(verdict).first(), sample).toBeVisible();
    }
    expect(sent).toEqual([]);
  });
});
