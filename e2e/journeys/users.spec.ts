import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { Accounts } from "../pages/accounts.ts";
import { Frame, type PageName, SignIn } from "../pages/frame.ts";
import { Etcd } from "../support/etcd.ts";
import { https } from "../support/https.ts";
import { Node, PASSWORD } from "../support/node.ts";
import { oneTimeCode } from "../support/one-time-code.ts";
import { pictures } from "../support/pictures.ts";

const ROLES = ["auditor", "operator", "administrator"] as const;
type Role = (typeof ROLES)[number];

/** What pages send: who may, a field of it, and its button. */
const FORMS: { at: PageName; role: Role; field?: string; button: string }[] = [
  { at: "Server certificate", role: "operator", field: "Server certificate: browse", button: "Upload server certificate data" },
  { at: "Trusted CA certificate", role: "operator", field: "CA certificates: browse", button: "Append CA certificate" },
  { at: "CRL management", role: "operator", field: "Download from, one URL a line", button: "Save" },
  { at: "Alarms", role: "operator", field: "Server certificate, days", button: "Save days" },
  { at: "Alarms", role: "administrator", field: "Deliver by e-mail", button: "Save delivery" },
  { at: "Clustering", role: "administrator", field: "Enforce", button: "Save" },
  { at: "Client certificate testing", role: "administrator", field: "HTTPS client certificates", button: "Make these settings permanent" },
  { at: "TLS settings", role: "administrator", button: "Take this profile" },
  { at: "Security level", role: "administrator", button: "Ask this level" },
  { at: "Administrator accounts", role: "administrator", field: "First password, at least 12 characters", button: "Add the user" },
  { at: "Backup and restore", role: "administrator", field: "Passphrase", button: "Make a backup" },
];

/** A node that knows an etcd, so that its page of the cluster has something to send. */
const test = base.extend<{ etcd: Etcd }>({
  etcd: async ({}, use) => {
    const etcd = await Etcd.start();
    await use(etcd);
    await etcd.stop();
  },
});

test.describe("Roles", () => {
  test.use({
    node: async ({ etcd }, use) => {
      const node = await Node.start({ words: ["--cluster", `etcd=${etcd.url}`, "--peers", "127.0.0.1:0"] });
      await use(node);
      await node.stop();
    },
  });

  test("What a role may not send is off on every page, which says who may", async ({ page }) => {
    // Some thirty pages, and axe on most of them.
    test.slow();
    const accounts = await Accounts.of(page);
    const { frame } = accounts;
    await accounts.add("operator", "operator");
    await frame.confirm();
    await frame.notice("operator is added").waitFor();
    await accounts.add("auditor", "auditor");
    await frame.notice("auditor is added").waitFor();
    await frame.goTo("Clustering");
    await page.getByRole("button", { name: "Found a cluster" }).click();
    await frame.notice("The cluster is founded.").waitFor();
    for (const [rank, user] of ["auditor", "operator", "admin"].entries()) {
      await frame.signOut();
      await new SignIn(page).as(user, PASSWORD);
      for (const { at, role, field, button } of FORMS) {
        await test.step(`${user} at ${at}: ${button}`, async () => {
          await frame.goTo(at);
          const [input, press] = [page.getByLabel(field ?? "").first(), page.getByRole("button", { name: button, exact: true }).first()];
          const line = page.getByText(`To change something here you need the role ${role}.`).first();
          if (rank >= ROLES.indexOf(role)) {
            await expect(press).toBeVisible();
            if (field) await expect(input).toBeEnabled();
            await expect(line).toHaveCount(0);
          } else {
            await expect(line).toBeVisible();
            if (field) await expect(input).toBeDisabled();
            await expect(press).toHaveCount(0);
            expect(await accessibilityFaults(page)).toEqual([]);
            if (user === "auditor") await pictures(page, `as-auditor-${at.toLowerCase().replaceAll(" ", "-")}`);
          }
        });
      }
    }
  });

  test("A file that is dropped by who may not send it is not taken", async ({ page }) => {
    const accounts = await Accounts.of(page);
    await accounts.add("auditor", "auditor");
    await accounts.frame.confirm();
    await accounts.frame.notice("auditor is added").waitFor();
    await accounts.frame.signOut();
    await new SignIn(page).as("auditor", PASSWORD);
    const drop = () =>
      page.evaluate(() => {
        const data = new DataTransfer();
        data.items.add(new File(["no PEM"], "dropped.pem"));
        window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
      });
    await accounts.frame.goTo("Check");
    await drop();
    await expect(page.getByText("dropped.pem").first()).toBeVisible();
    await accounts.frame.goTo("Server certificate");
    await drop();
    await expect(page.getByText("To change something here you need the role operator.").first()).toBeVisible();
    await expect(page.getByText("dropped.pem")).toHaveCount(0);
  });
});

test.describe("Administrator accounts", () => {
  test("Users are added, given another role, disabled and removed; the last administrator stays", async ({ page }) => {
    const accounts = await Accounts.of(page);
    await accounts.add("olga", "operator");
    await accounts.frame.confirm();
    await expect(accounts.frame.notice("olga is added, and can sign in.")).toBeVisible();
    await expect(accounts.row("Users", "olga")).toContainText("operator");
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "administrator-accounts");

    let dialog = await accounts.change("olga");
    await dialog.getByLabel("Role").selectOption("auditor");
    await dialog.getByRole("button", { name: "Set the role" }).click();
    await expect(accounts.row("Users", "olga")).toContainText("auditor");
    dialog = await accounts.change("olga");
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Disable" }).click();
    await expect(accounts.row("Users", "olga")).toContainText("Disabled");
    dialog = await accounts.change("olga");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(accounts.row("Users", "olga")).toHaveCount(0);

    dialog = await accounts.change("admin");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await expect(dialog.getByRole("alert")).toContainText("the only administrator who can sign in");
  });

  test("Each role is offered what it may do, and nothing else", async ({ page }) => {
    const accounts = await Accounts.of(page);
    await accounts.add("olga", "operator");
    await accounts.frame.confirm();
    await accounts.frame.notice("olga is added").waitFor();
    await accounts.add("aaron", "auditor");
    await accounts.frame.notice("aaron is added").waitFor();
    await accounts.frame.signOut();
    const signIn = new SignIn(page);
    await signIn.as("aaron", PASSWORD);
    const frame = new Frame(page);
    await expect(page.getByText("You see everything and change nothing.")).toBeVisible();
    await expect(accounts.region("Add a user").getByRole("button")).toHaveCount(0);
    await expect(page.getByRole("button", { name: /^Change (?!your)/ })).toHaveCount(0);
    await frame.goTo("Security level");
    await expect(page.getByRole("region", { name: "High, 128 bits and short lives" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Ask this level" })).toHaveCount(0);
    await frame.goTo("Alarms");
    await expect(page.getByRole("region", { name: "Expiry calendar" }).getByText("No password", { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Make a password" })).toHaveCount(0);
    await frame.goTo("Trusted CA certificate");
    await expect(page.getByRole("button", { name: "Reset to default CA certificate" })).toHaveCount(0);
    await frame.signOut();
    await signIn.as("olga", PASSWORD);
    await expect(page.getByText("You work with certificates.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Reset to default CA certificate" })).toBeVisible();
    await frame.goTo("Security level");
    await expect(page.getByRole("button", { name: "Ask this level" })).toHaveCount(0);
  });

  test("A second factor is set up, asked for, and switched off", async ({ page }) => {
    const accounts = await Accounts.of(page);
    const factor = accounts.region("Your second factor");
    await factor.getByRole("button", { name: "Set it up" }).click();
    await accounts.frame.confirm();
    const secret = await factor.getByLabel("Secret", { exact: true }).innerText();
    await expect(factor.getByRole("img", { name: "The secret, for the app's camera" })).toBeVisible();
    const used = oneTimeCode(secret);
    await factor.getByLabel("Code that the app shows now").fill(used);
    await factor.getByRole("button", { name: "Switch it on" }).click();
    await expect(factor.getByRole("listitem")).toHaveCount(10);
    expect(await accessibilityFaults(page)).toEqual([]);
    await factor.getByRole("button", { name: "Put them away" }).click();
    await expect(factor.getByText("On", { exact: true })).toBeVisible();

    await accounts.frame.signOut();
    const signIn = new SignIn(page);
    await signIn.as("admin", PASSWORD);
    const code = page.getByLabel("Code that your app shows, or a recovery code");
    await code.fill(used);
    await page.getByRole("button", { name: "Sign in" }).click();
    // The same code was used to set it up.
    await expect(page.getByRole("alert")).toContainText("it was used already");
    await code.fill(oneTimeCode(secret, 1));
    await page.getByRole("button", { name: "Sign in" }).click();
    await factor.getByRole("button", { name: "Switch it off" }).click();
    await accounts.frame.confirm();
    await expect(factor.getByText("Off", { exact: true })).toBeVisible();
  });

  test("A token is made, shown once, used by a program, and revoked", async ({ page, node }) => {
    const accounts = await Accounts.of(page);
    const tokens = accounts.region("API tokens");
    await tokens.getByLabel("Name of the token").fill("deploy");
    await tokens.getByLabel("Scope").selectOption("operator");
    await tokens.getByRole("button", { name: "Make a token" }).click();
    await accounts.frame.confirm();
    const secret = await tokens.getByLabel("Token", { exact: true }).innerText();
    const call = async () => {
      const headers = { host: `${node.name}:${node.port}`, authorization: `Bearer ${secret}` };
      return (await https(node.port, "GET", "/api/v1/alarms", { headers })).status;
    };
    expect(await call()).toBe(200);
    await tokens.getByRole("button", { name: "Put it away" }).click();
    await expect(page.getByText(secret)).toHaveCount(0);
    await accounts.page.getByRole("button", { name: "Revoke deploy" }).click();
    await expect(accounts.row("API tokens", "deploy")).toHaveCount(0);
    expect(await call()).toBe(401);
  });
});
