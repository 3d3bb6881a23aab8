import type { Page } from "@playwright/test";
import { accessibilityFaults, expect, test as base } from "../support/test.ts";
import { Clustering } from "../pages/clustering.ts";
import { SignIn } from "../pages/frame.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { Etcd } from "../support/etcd.ts";
import { NAME, Node, PASSWORD } from "../support/node.ts";
import { pictures } from "../support/pictures.ts";

const OTHER = "expe2.example.com";

/** Two nodes that know one etcd; the other one has a page in the same browser. */
const test = base.extend<{ etcd: Etcd; other: Node; otherPage: Page }>({
  etcd: async ({}, use) => {
    const etcd = await Etcd.start();
    await use(etcd);
    await etcd.stop();
  },

  node: async ({ etcd }, use) => {
    const node = await started(etcd, NAME);
    await use(node);
    await node.stop();
  },

  other: async ({ etcd }, use) => {
    const node = await started(etcd, OTHER);
    await use(node);
    await node.stop();
  },

  authorities: async ({ other }, use) => use({ "temporary CA of the other": await other.temporaryCa() }),

  otherPage: async ({ context }, use) => use(await context.newPage()),
});

function started(etcd: Etcd, name: string): Promise<Node> {
  return Node.start({ name, words: ["--cluster", `etcd=${etcd.url}`, "--peers", "127.0.0.1:0"] });
}

/** Founds a cluster on the one and joins it on the other, whose page it gives. */
async function joined(one: Clustering, otherPage: Page, other: Node): Promise<Clustering> {
  const two = await Clustering.of(otherPage, other);
  await one.found();
  await two.join(await one.token());
  // Users are those of the cluster now, so the session of the node's own administrator has ended.
  await expect(otherPage.getByText("its users are those of the cluster now")).toBeVisible();
  await new SignIn(otherPage).as("admin", PASSWORD);
  await expect(two.node(NAME).getByText("Alive")).toBeVisible();
  await expect(one.node(OTHER).getByText("Alive")).toBeVisible();
  return two;
}

test.describe("A cluster", () => {
  // Nodes look at each other every ten seconds.
  test.setTimeout(180_000);

  test("is founded and joined with a token, has one trusted CA list, and is put under Enforce when all verify each other", async ({
    page, node, otherPage, other,
  }) => {
    const one = await Clustering.of(page, node);
    await expect(one.region("Join a cluster").getByText("the trusted CA list, revocation lists, shared settings and users")).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "clustering-alone");
    const two = await joined(one, otherPage, other);
    await expect(one.region("Join token").getByText("certway cluster join")).toBeVisible();
    await one.button("Put it away").click();

    // The list is that of the first node, and the other one's certificate is by a CA that is not in it.
    await expect(one.verdict(OTHER, 0)).toHaveText("Verified");
    await expect(one.verdict(NAME, 1)).toHaveText("FailsReasonswould be refused under Enforce");
    await expect(two.node(NAME).getByText("as this node's")).toBeVisible();
    await one.verdict(NAME, 1).getByRole("button").press("Enter");
    const reasons = page.getByRole("dialog", { name: `${NAME} looks at ${OTHER}` });
    await expect(reasons.getByRole("listitem").first()).toContainText(`temporary CA`);
    await pictures(page, "clustering-reasons");
    await page.keyboard.press("Escape");
    await expect(one.verdict(NAME, 1).getByRole("button")).toBeFocused();
    await one.choose("Enforce");
    await expect(one.mode.getByRole("alert")).toContainText(OTHER);
    await expect(one.button("Enforce anyway")).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "clustering-refused");

    await one.frame.goTo("Trusted CA certificate");
    const cas = new TrustedCas(page, one.frame);
    await cas.give(await other.temporaryCa());
    await cas.append();
    await one.frame.notice(/^1 added/).waitFor();
    // Shown as it was when the page was opened.
    await expect(async () => {
      await two.frame.goTo("Clustering");
      await two.frame.goTo("Trusted CA certificate");
      await expect(new TrustedCas(otherPage, two.frame).count("2 of 1000")).toBeVisible({ timeout: 2_000 });
    }).toPass({ timeout: 30_000 });

    await one.frame.goTo("Clustering");
    await expect(one.verdict(NAME, 1)).toHaveText("Verified");
    await expect(one.verdict(OTHER, 0)).toHaveText("Verified");
    await one.choose("Enforce");
    await expect(one.frame.notice("TLS verification mode is Enforce.")).toBeVisible();
    await two.frame.goTo("Clustering");
    await expect(two.mode.getByLabel("Enforce")).toBeChecked();
    await pictures(page, "clustering");
  });

  test("is put under Enforce all the same if an administrator says so, and loses a node that is removed", async ({ page, node, otherPage, other }) => {
    const one = await Clustering.of(page, node);
    const two = await joined(one, otherPage, other);
    await expect(one.verdict(NAME, 1)).toContainText("Fails");
    await one.choose("Enforce");
    await one.button("Enforce anyway").click();
    await expect(one.frame.notice("TLS verification mode is Enforce.")).toBeVisible();
    await expect(one.verdict(NAME, 1)).toHaveText("FailsReasonsrefused");
    await one.choose("Permissive");
    await expect(one.frame.notice("TLS verification mode is Permissive.")).toBeVisible();

    const address = await one.node(OTHER).getByRole("code").last().innerText();
    await one.address(OTHER, "127.0.0.1:1");
    await expect(one.verdict(NAME, 1)).toHaveText("SilentReasons");
    await one.address(OTHER, address);
    await expect(one.verdict(NAME, 1)).toContainText("Fails");

    await one.button(`Remove ${OTHER}`).click();
    await page.getByRole("dialog", { name: `Remove ${OTHER}` }).getByRole("button", { name: "Remove" }).click();
    await expect(one.frame.notice(`${OTHER} is removed from the cluster.`)).toBeVisible();
    await expect(one.node(OTHER)).toHaveCount(0);
    await expect(two.region("Join a cluster")).toBeVisible();
  });

  test("goes on without etcd, and says that what is shared cannot be changed meanwhile", async ({ page, node, etcd }) => {
    const one = await Clustering.of(page, node);
    await one.found();
    await expect(one.region("Shared state (etcd)").getByText("Reachable", { exact: true })).toBeVisible();
    await etcd.stop();
    await expect(one.frame.notice("what is shared cannot be changed")).toBeVisible({ timeout: 30_000 });
    await expect(one.region("Shared state (etcd)").getByText("Away", { exact: true })).toBeVisible();
    const refused = page.waitForResponse((answer) => answer.url().endsWith("/cluster/tokens"));
    await one.button("Make a join token").click();
    expect((await refused).status()).toBe(503);
    await expect(one.frame.notice(/etcd/)).toBeVisible();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "clustering-etcd-away");

    await etcd.startAgain();
    await expect(one.region("Shared state (etcd)").getByText("Reachable")).toBeVisible({ timeout: 30_000 });
    await one.button("Make a join token").click();
    await expect(one.region("Join token").getByLabel("Join token", { exact: true })).toBeVisible();
  });

  test("gets what etcd has lost from a node, and lets a node go that reaches etcd no more", async ({ page, node, etcd }) => {
    const one = await Clustering.of(page, node);
    await one.found();
    const shared = one.region("Shared state (etcd)");
    await expect(shared.getByText("Reachable", { exact: true })).toBeVisible();
    await etcd.startEmpty();
    await expect(shared.getByText("Away", { exact: true })).toBeVisible({ timeout: 30_000 });
    await shared.getByText("etcd does not come back with its data").click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictures(page, "clustering-etcd-lost");
    await one.button("Give etcd what this node has").click();
    await page.getByRole("dialog").getByRole("button", { name: "Give etcd what this node has" }).click();
    await expect(one.frame.notice("etcd has what is shared again")).toBeVisible();
    await expect(shared.getByText("Reachable", { exact: true })).toBeVisible({ timeout: 30_000 });
    await expect(one.node(NAME).getByText("Alive")).toBeVisible();

    await etcd.stop();
    await expect(shared.getByText("Away", { exact: true })).toBeVisible({ timeout: 30_000 });
    await shared.getByText("etcd does not come back with its data").click();
    await one.button("Leave the cluster").click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave the cluster" }).click();
    await expect(one.frame.notice("This node is in no cluster any more.")).toBeVisible();
    await expect(one.region("Join a cluster")).toBeVisible();
  });
});

base("A node that was not told of an etcd says how to begin", async ({ page, node }) => {
  const clustering = await Clustering.of(page, node);
  await expect(clustering.region("This node is in no cluster").getByText("certway serve --cluster etcd=")).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
});
