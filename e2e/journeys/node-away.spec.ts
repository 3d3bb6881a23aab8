import type { Page, Route } from "@playwright/test";
import { expect, test } from "../support/test.ts";
import { Frame, SignIn, signedInAt } from "../pages/frame.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { keptBack } from "../support/late.ts";
import { PASSWORD } from "../support/node.ts";

const NO_NETWORK = "This browser has no network.";
/** The page asks again every ten seconds. */
const ASKED_AGAIN = { timeout: 20_000 };

/** Cuts the network and brings it back; the page has asked for `resource` again by then. */
async function interrupted(page: Page, resource: string): Promise<void> {
  const frame = new Frame(page);
  await page.context().setOffline(true);
  await expect(frame.notice(NO_NETWORK)).toBeVisible();
  const answered = page.waitForResponse(`**/api/v1${resource}`);
  await page.context().setOffline(false);
  await (await answered).finished();
  await expect(page.getByText(NO_NETWORK)).toHaveCount(0);
}

test.describe("A node that answers late, or not at all", () => {
  test("cannot be given alarm settings that nobody has seen, and what is typed stays when it is back", async ({ page }) => {
    const frame = await signedInAt(page, "/", "Overview");
    const settings = /\/api\/v1\/alarms\/(delivery|expiry-warnings)$/;
    await page.route(settings, (route) => route.abort());
    await frame.goTo("Alarms");
    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    const days = page.getByRole("region", { name: "Warnings of expiry" });
    for (const [form, button, field] of [[delivery, "Save delivery", "Deliver by webhook"], [days, "Save days", "Server certificate, days"]] as const) {
      await expect(form.getByRole("alert")).toContainText("Nothing was changed.");
      await expect(form.getByRole("button", { name: button })).toBeDisabled();
      await expect(form.getByLabel(field)).toBeDisabled();
    }

    await page.unroute(settings);
    await expect(days.getByLabel("Server certificate, days")).toHaveValue("60, 30, 21, 7, 1", ASKED_AGAIN);
    await expect(delivery.getByRole("alert")).toBeEmpty();
    await days.getByLabel("Server certificate, days").fill("5");
    await delivery.getByLabel("Deliver by webhook").check();
    await delivery.getByLabel("URL").fill("https://hook.example.com/");
    await delivery.getByLabel(/^Secret that messages are signed with/).fill("a secret of enough characters");
    await interrupted(page, "/alarms/deliveries");
    await expect(days.getByLabel("Server certificate, days")).toHaveValue("5");
    await expect(delivery.getByLabel("URL")).toHaveValue("https://hook.example.com/");
    await expect(delivery.getByLabel(/^Secret that messages are signed with/)).toHaveValue("a secret of enough characters");

    await frame.goTo("CRL management");
    const sources = page.getByLabel("Download from, one URL a line");
    await sources.fill("http://lists.example.com/root.crl");
    await interrupted(page, "/crls/settings");
    await expect(sources).toHaveValue("http://lists.example.com/root.crl");
  });

  test("is told what was asked for, although the page has been left", async ({ page }) => {
    const frame = await signedInAt(page, "/", "Overview");
    // An error in the page fails the journey.
    for (const [name, resource] of [["Services", "/services"], ["Client certificate testing", "/client-certificate-test/settings"]] as const) {
      const answer = await keptBack(page, `**/api/v1${resource}`);
      await frame.goTo(name);
      await answer.asked;
      await frame.goTo("Overview");
      await answer.letGo();
    }

    await frame.goTo("Alarms");
    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    await delivery.getByLabel("Deliver by syslog").check();
    await delivery.getByLabel("Syslog server").fill("syslog.example.com");
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    await page.getByRole("dialog", { name: "Confirm that it is you" }).waitFor();
    await page.goBack();
    await frame.confirm();
    await expect(frame.notice("The settings are saved.")).toBeVisible();
    await frame.goTo("Alarms");
    await expect(delivery.getByLabel("Syslog server")).toHaveValue("syslog.example.com");
  });

  test("has not signed anybody out when a proxy answers in its place, and is asked again", async ({ page }) => {
    const proxy = (route: Route) => route.fulfill({ status: 503, contentType: "text/html", body: "<h1>503 Service Unavailable</h1>" });
    await page.route("**/api/v1/session", proxy);
    await page.goto("/");
    await expect(page.getByText("It is shown as soon as the node answers.")).toBeVisible();
    await page.unroute("**/api/v1/session", proxy);
    const signIn = new SignIn(page);
    await expect(signIn.heading).toBeVisible(ASKED_AGAIN);
    await signIn.as("admin", PASSWORD);
    const frame = new Frame(page);
    await frame.goTo("Alarms");
    const note = page.getByLabel("Note on temporary-certificate");
    await note.fill("ordered from the CA");

    await page.route("**/api/v1/session", proxy);
    await interrupted(page, "/session");
    await expect(note).toHaveValue("ordered from the CA");
    await page.unroute("**/api/v1/session", proxy);
    await expect(page.getByText("The node does not answer.")).toHaveCount(0, ASKED_AGAIN);
    await expect(note).toHaveValue("ordered from the CA");
  });

  test("has changed nothing when it was only asked", async ({ page, context, ca }) => {
    await TrustedCas.with(page, ca);
    await context.setOffline(true);
    await page.getByRole("checkbox", { name: "Choose Example Test Root CA" }).check();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await expect(page.getByRole("region", { name: "What breaks" })).toContainText("The node does not answer. Nothing was changed.");
    await context.setOffline(false);
  });
});
