import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { Change } from "../pages/change.ts";
import { ServerCertificate } from "../pages/server-certificate.ts";
import { Cluster, Load, certificateFor } from "../support/cluster.ts";
import { servedNow } from "../support/https.ts";
import { fingerprint, rootCa, serverCertificate } from "../support/material.ts";
import { pictures } from "../support/pictures.ts";

const NEW_CA = rootCa("New Test Root CA");
const NAMES = ["expe1.example.com", "expe2.example.com", "expe3.example.com"];

/** Three nodes in a cluster; the browser goes to the first one. */
const test = base.extend<{ cluster: Cluster }>({
  cluster: async ({ ca }, use) => {
    const cluster = await Cluster.start(NAMES.length, ca);
    await use(cluster);
    await cluster.stop();
  },

  node: async ({ cluster }, use) => {
    const [node] = cluster.nodes;
    if (node) await use(node);
  },

  authorities: async ({}, use) => use({ "new CA": NEW_CA.certificate }),
});

/** What every node serves now, by its SHA-256. */
function served(cluster: Cluster): Promise<string[]> {
  return Promise.all(cluster.nodes.map(async ({ port, name }) => {
    const { leaf } = await servedNow(port, name);
    return leaf.fingerprint256.replaceAll(":", "").toLowerCase();
  }));
}

test.describe("The change of a cluster's certificates", () => {
  test("is planned, begun, confirmed and complete under Enforce, and no connection fails meanwhile", async ({ page, cluster, ca }) => {
    test.setTimeout(240_000);
    await cluster.setMode("enforce");
    const pairs = NAMES.map((name) => certificateFor(NEW_CA, name));
    const [first, ...others] = pairs;
    if (!first) throw new Error("there is no node");

    // The first node's new certificate is uploaded on its page, and waits.
    const change = await Change.open(page);
    await change.frame.goTo("Server certificate");
    const certificate = new ServerCertificate(page);
    await page.getByLabel("Keep it pending for the change of the cluster's certificates").check();
    await certificate.give(first);
    await certificate.upload();
    await expect(certificate.outcome.getByText("it waits for the change of the cluster's certificates")).toBeVisible();
    await expect(certificate.slot("Pending: stored, not loaded")).toBeVisible();

    await change.frame.goTo("Change of certificates");
    await expect(change.region("What is needed")).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-form");
    await change.append(NEW_CA.certificate);
    await page.getByLabel("Example Test Root CA").check();
    await page.getByLabel(/^Primary/).selectOption("expe2.example.com");
    await change.times({ observe: 1, settle: 1, recover: 60, confirm: 300 });
    await change.plan("The change cannot begin: something is missing.");
    const missing = page.getByRole("list", { name: "Missing" });
    await expect(missing.getByRole("listitem")).toHaveCount(2);
    await expect(missing).toContainText("Upload the new certificate of expe3.example.com on its own page");
    await expect(change.button("Begin the change")).toBeDisabled();
    await pictures(page, "change-missing");

    for (const [index, pair] of others.entries()) await cluster.letWait(index + 1, pair);
    await change.plan("The change can begin.");
    const specification = page.getByRole("region", { name: "The specification's order" }).locator(".steps > li");
    await expect(specification).toHaveText([
      /Add the new[^]*New Test Root CA[^]*Enforce/, /to Permissive[^]*Permissive/, /Put the new server certificates in place/, /Restart expe2/,
      /Restart expe1/, /Restart expe3/, /back to Enforce[^]*Nobody is refused/, /Delete[^]*Example Test Root CA/,
    ]);
    const lastStep = page.getByRole("list", { name: "When the CA certificates are deleted at the end" }).getByRole("listitem");
    await expect(lastStep).toHaveCount(3);
    await expect(lastStep.first()).toContainText(/Breaks Previous server certificate .*expe1[^]*At expe1.example.com. It can be brought back, and its chain does not end in the list then/);
    await expect(page.getByRole("radio", { name: "The order that never needs Permissive" })).toBeEnabled();
    await expect(page.getByText(/expe2.example.com restarts first, is observed for 1 second, and waits to be confirmed/)).toBeVisible();
    // Ticks that are half under the bar above would count as too small.
    await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-plan");
    // What is begun is what was planned.
    await page.getByLabel(/^Canary/).selectOption("expe3.example.com");
    await expect(change.button("Begin the change")).toBeDisabled();
    await page.getByLabel(/^Canary/).selectOption("");

    const load = new Load(cluster.nodes);
    await change.begin();
    await expect(change.currentStep).toBeVisible();
    await expect(change.standing("The canary waits to be confirmed.")).toBeVisible({ timeout: 90_000 });
    await expect(change.currentStep).toContainText("Restart the nodes one at a time");
    await expect(change.node("expe2.example.com")).toContainText("New");
    await expect(change.node("expe1.example.com")).toContainText("Former");
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-confirm");
    // What a node shows is left to the change meanwhile.
    await change.frame.goTo("Server certificate");
    await certificate.give(certificateFor(NEW_CA, "expe1.example.com"));
    await certificate.upload();
    await expect(page.getByText("A change of the cluster's certificates is under way; wait for its end, or abort it. Nothing was changed.").first()).toBeVisible();
    await pictures(page, "change-by-hand");
    await change.frame.goTo("Change of certificates");
    await change.button("Confirm").focus();
    await page.keyboard.press("Enter");
    await expect(change.standing("Complete")).toBeVisible({ timeout: 90_000 });
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.made).toBeGreaterThan(100);

    await expect(change.log.getByText("the change has ended: complete")).toBeVisible();
    await expect(change.log.getByText("admin decides: confirm")).toBeVisible();
    for (const name of NAMES) await expect(change.node(name)).toContainText("Changed");
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-complete");
    expect(await served(cluster)).toEqual(pairs.map((pair) => fingerprint(pair.certificate)));
    await cluster.verified();
    for (const index of NAMES.keys()) {
      expect((await cluster.state(index)).mode).toBe("enforce");
      const trusted = await cluster.trusted(index);
      expect(trusted).toContain(fingerprint(NEW_CA.certificate));
      expect(trusted).not.toContain(fingerprint(ca.certificate));
    }
    await change.button("Plan another").click();
    await expect(change.region("What is needed")).toBeVisible();
  });

  test("does not begin if Enforce could not come back, stops at a node that does not recover, and is rolled back", async ({ page, cluster }) => {
    test.setTimeout(240_000);
    const former = await served(cluster);
    // The second node's new certificate has another name: no peer verifies it.
    const elsewhere = "elsewhere.example.com";
    const pairs = [certificateFor(NEW_CA, NAMES[0] ?? ""), serverCertificate(NEW_CA, { commonName: elsewhere, names: [`DNS:${elsewhere}`] }), certificateFor(NEW_CA, NAMES[2] ?? "")];
    for (const [index, pair] of pairs.entries()) await cluster.letWait(index, pair);
    await cluster.setMode("enforce");
    const change = await Change.open(page);
    await change.append(NEW_CA.certificate);
    await change.times({ observe: 0, settle: 1, recover: 4 });
    await change.plan("TLS verification mode could not return to Enforce at the end.");
    await expect(page.getByRole("radio", { name: "The order that never needs Permissive" })).toBeDisabled();
    await expect(change.button("Begin the change")).toBeDisabled();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-never-enforced");

    await cluster.setMode("permissive");
    await change.plan("The change can begin.");
    await change.begin();
    await expect(change.standing("The change waits for a decision.")).toBeVisible({ timeout: 90_000 });
    await expect(change.region("The change").getByText(/expe2.example.com: it did not recover with its new certificate in time/)).toBeVisible();
    await expect(change.button("Go on without it")).toBeVisible({ timeout: 30_000 });
    await expect(change.node("expe2.example.com")).toContainText("Got its former one back");
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "change-stopped");

    await change.button("Roll back, and delete what was appended").click();
    const dialog = page.getByRole("dialog", { name: "Roll back, and delete what was appended" });
    await expect(dialog.getByText("Every node gets its former certificate back")).toBeVisible();
    await dialog.getByRole("button", { name: "Roll back, and delete what was appended" }).click();
    await expect(change.standing("Rolled back")).toBeVisible({ timeout: 90_000 });
    expect(await served(cluster)).toEqual(former);
    for (const index of NAMES.keys()) expect(await cluster.trusted(index)).not.toContain(fingerprint(NEW_CA.certificate));
    await cluster.verified();
    await pictures(page, "change-rolled-back");
  });
});

base("The page says that a node in no cluster has nothing to change in one", async ({ page }) => {
  const change = await Change.open(page);
  await expect(change.region("This node is in no cluster").getByRole("link", { name: "Found or join a cluster" })).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  await pictures(page, "change-no-cluster");
});
