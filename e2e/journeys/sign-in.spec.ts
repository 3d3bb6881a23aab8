import { expect, test } from "../support/test.ts";
import { Frame, SignIn } from "../pages/frame.ts";
import { Node, PASSWORD } from "../support/node.ts";
import { signIn } from "../support/session.ts";

test.describe("An administrator signs in", () => {
  test("for the first time, and arrives at the page that was asked for", async ({ page }) => {
    const form = new SignIn(page);
    await form.open("/maintenance/security/server-certificate");
    await form.as("admin", PASSWORD);
    await expect(page.getByRole("heading", { level: 1, name: "Server certificate" })).toBeVisible();
    await expect(page.getByRole("status").getByText("This node serves its temporary certificate.")).toBeVisible();
  });

  test("with a wrong password, and is told so; then with the right one, and out again", async ({ page }) => {
    const form = new SignIn(page);
    await form.open();
    await form.as("admin", "not the password");
    await expect(page.getByRole("alert").getByText(/password is wrong/)).toBeVisible();
    await form.as("admin", PASSWORD);
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
    await new Frame(page).signOut();
    await expect(form.heading).toBeVisible();
    await page.reload();
    await expect(form.heading).toBeVisible();
  });

  test("with the password that the node printed once, and never again", async () => {
    const node = await Node.start({ password: "made" });
    const printed = /not shown again: (\S+)/.exec(node.output.join("\n"))?.[1] ?? "";
    expect(printed.length).toBeGreaterThanOrEqual(20);
    expect((await signIn(node, printed)).status).toBeLessThan(300);
    const again = await node.crashAndRestart();
    expect(again.output.join("\n")).not.toMatch(/password/i);
    expect((await signIn(again, printed)).status).toBeLessThan(300);
    await again.stop();
  });
});
