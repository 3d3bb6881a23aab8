import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { AcmeService } from "../pages/acme.ts";
import { Pebble } from "../support/acme.ts";

/** A pebble that looks for the node; the browser trusts what it issues. */
const test = base.extend<{ pebble: Pebble }>({
  pebble: async ({ node }, use) => {
    const pebble = await Pebble.start(node.httpPort);
    await use(pebble);
    pebble.stop();
  },
  authorities: async ({ pebble }, use) => use({ pebble: await pebble.root() }),
});

test.describe("The ACME certificate service", () => {
  test("says before it is saved what it will do by itself, and loses nothing typed to an error", async ({ page, pebble }) => {
    const acme = await AcmeService.open(page);
    await acme.section.getByRole("combobox", { name: "Provider", exact: true }).selectOption("Other");
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
