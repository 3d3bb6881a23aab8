import { accessibilityFaults, expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { signedInAt } from "../pages/frame.ts";
import { Help } from "../pages/help.ts";
import { serverCertificate } from "../support/material.ts";
import { pictures } from "../support/pictures.ts";

test.describe("The handbook", () => {
  test("is read without signing in: by its contents, its own links, the search, and back again", async ({ page, sent }) => {
    const help = await Help.open(page);
    await expect(help.section("Contents")).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "help");

    await help.contents.getByRole("link", { name: "Backup and recovery" }).click();
    await expect(help.title("Backup and recovery")).toBeVisible();
    await expect(page).toHaveURL(/\/help\/recovery$/);
    await expect(help.contents.getByRole("link", { name: "Backup and recovery" })).toHaveAttribute("aria-current", "page");

    await help.article.getByRole("link", { name: "the cookbook" }).click();
    await expect(page).toHaveURL(/\/help\/api#a-backup$/);
    await expect(help.section("A backup")).toBeInViewport();
    await expect(help.section("A backup")).toBeFocused();

    await page.goBack();
    await expect(help.title("Backup and recovery")).toBeVisible();
    await help.search("san-not");
    await help.contents.getByRole("link", { name: /^san-not-fqdn/ }).click();
    await expect(page).toHaveURL(/\/help\/findings#san-not-fqdn$/);
    await expect(help.section("san-not-fqdn")).toBeInViewport();
    await expect(help.article.getByText("File upload failed.: Subject alternative name must be a valid FQDN").first()).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "help-findings");

    await help.search("no heading has these words");
    await expect(help.contents.getByText(/^No heading has that/)).toBeVisible();
    await help.search("");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Help", exact: true }).click();
    await expect(help.title("Help")).toBeVisible();
    await expect(page).toHaveURL(/\/help$/);
    expect(sent).toEqual([]);
  });

  test("has every chapter at an address of its own, sound and reachable by keyboard", async ({ page }) => {
    test.slow();
    const help = await Help.open(page);
    const chapters = await help.contents.getByRole("link").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(chapters.length).toBeGreaterThan(12);
    for (const address of chapters.slice(1)) {
      await page.goto(address);
      await expect(help.article, address).toBeVisible();
      expect(await accessibilityFaults(page), address).toEqual([]);
    }
    await page.getByLabel("Search the headings").focus();
    await page.keyboard.type("lost password");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(help.section("A lost password")).toBeFocused();
    await page.goto("/help/no-such-chapter");
    await expect(page.getByText("The handbook has no chapter of this name.")).toBeVisible();
  });

  test("says what a finding and an alarm mean, beside the page that shows them", async ({ page, context, ca }) => {
    const check = await Check.open(page);
    const pair = serverCertificate(ca, { commonName: "expe1" });
    await check.panel.give("Server certificate", "server.pem", pair.certificate);
    await check.panel.give("Server private key", "server.key", pair.key);
    const finding = check.panel.findings.filter({ hasText: "Common name must be a valid FQDN" }).first();
    const [tab] = await Promise.all([context.waitForEvent("page"), finding.getByRole("link", { name: /What does this mean/ }).click()]);
    await expect(new Help(tab).section("cn-not-fqdn")).toBeInViewport();
    await tab.close();
    await expect(finding).toBeVisible();

    await signedInAt(page, "/", "Overview");
    const alarms = page.getByRole("region", { name: "Alarms" });
    const [other] = await Promise.all([context.waitForEvent("page"), alarms.getByRole("link", { name: /What does this mean/ }).first().click()]);
    await expect(new Help(other).section("temporary-certificate")).toBeInViewport();
    await other.close();
  });

  test("is there with the network cut", async ({ page, context }) => {
    const help = await Help.open(page);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await expect
      .poll(() => page.evaluate(async () => (await (await caches.open("certway-page")).keys()).map((request) => request.url).join(" ")))
      .toContain("/handbook-");
    await context.setOffline(true);
    await page.goto("/help/recovery#a-lost-password");
    await expect(help.section("A lost password")).toBeInViewport();
    await context.setOffline(false);
  });

  test("is taken only as it was built", async ({ page }) => {
    // What the service worker fetches could not be replaced.
    await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "serviceWorker"));
    await page.route("**/handbook-*.json", (route) => route.fulfill({ contentType: "application/json", body: '{"chapters":[]}' }));
    await page.goto("/help");
    await expect(page.getByRole("alert").getByText("The handbook is missing")).toBeVisible();
  });
});
