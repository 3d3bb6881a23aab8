import { expect, test } from "../support/test.ts";
import { SignIn, signedInAt } from "../pages/frame.ts";
import { PASSWORD } from "../support/node.ts";

test.describe("A session", () => {
  test("of two tabs ends when neither is used, not when one of them is not", async ({ page, context }) => {
    await context.clock.install();
    await signedInAt(page, "/", "Overview");
    const other = await context.newPage();
    await other.goto("/status/alarms");
    const ending = other.getByText("Your session ends in less than a minute");
    await expect(other.getByRole("heading", { level: 1, name: "Alarms" })).toBeVisible();
    await context.clock.fastForward("14:20");
    await expect(ending).toBeVisible();
    await page.keyboard.press("Shift");
    await expect(ending).toHaveCount(0);

    // For the other tab alone the time would be up.
    const asked = other.waitForRequest(/\/api\/v1\/(node|session)$/);
    await context.clock.fastForward("01:00");
    expect((await asked).method()).toBe("GET");
    await expect(other.getByRole("heading", { level: 1, name: "Alarms" })).toBeVisible();

    await context.clock.fastForward("15:30");
    for (const tab of [page, other]) await expect(new SignIn(tab).heading).toBeVisible();
  });

  test("that ends while the password is asked for leaves the way in free, and says what is gone", async ({ page, context }) => {
    await signedInAt(page, "/status/alarms", "Alarms");
    const delivery = page.getByRole("region", { name: "Delivery", exact: true });
    await delivery.getByRole("button", { name: "Save delivery" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm that it is you" });
    await dialog.waitFor();
    await context.clearCookies();
    await context.setOffline(true);
    await expect(page.getByText("This browser has no network.")).toBeVisible();
    await context.setOffline(false);
    await expect(page.getByText("What was typed and not saved is gone.")).toBeVisible();
    await expect(dialog).toHaveCount(0);
    await new SignIn(page).as("admin", PASSWORD);
    await expect(page.getByRole("heading", { level: 1, name: "Alarms" })).toBeVisible();
  });
});
