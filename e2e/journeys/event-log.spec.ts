import fs from "node:fs";
import { accessibilityFaults, expect, test } from "../support/test.ts";
import { TrustedCas } from "../pages/trusted-cas.ts";
import { keptBack } from "../support/late.ts";
import { pictures } from "../support/pictures.ts";

test("The event log is whole, is searched, and goes out as CSV and JSON lines", async ({ page, ca }) => {
  const { frame } = await TrustedCas.with(page, ca);
  await frame.goTo("Event log");
  const whole = page.getByRole("region", { name: "Is it whole" });
  await expect(whole.getByText("Whole", { exact: true })).toBeVisible();
  const table = page.getByRole("group", { name: "Table of events" });
  const rows = table.getByRole("row").filter({ has: page.getByRole("cell") });
  await expect.poll(() => rows.count()).toBeGreaterThan(2);
  const all = await rows.count();

  // In the words of the table.
  const action = page.getByRole("combobox", { name: "What" });
  await action.selectOption("Trusted CAs appended");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("admin");
  await expect(rows.first()).toContainText("127.0.0.1");
  expect(await accessibilityFaults(page)).toEqual([]);
  await pictures(page, "event-log");

  for (const [link, wanted] of [["Export as CSV", /trusted-cas-appended/], ["Export as JSON lines", /"action":"trusted-cas-appended"/]] as const) {
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: link }).click();
    const text = fs.readFileSync(await (await download).path(), "utf8");
    expect(text).toMatch(wanted);
    expect(text, "the filter counts").not.toContain("founded");
  }
  await page.getByRole("button", { name: "Show everything" }).click();
  await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(all);

  // What was asked for last is shown, although the answer to the question before comes after it.
  const late = await keptBack(page, "**/api/v1/events?action=node-founded*");
  for (const words of ["Node founded", "Trusted CAs appended"]) {
    await action.selectOption(words);
    await page.getByRole("button", { name: "Search" }).click();
  }
  await expect(rows).toHaveCount(1);
  await late.letGo();
  // Another answer comes after it.
  await page.getByRole("button", { name: "Verify again" }).click();
  await expect(page.getByRole("button", { name: "Verify again" })).toBeEnabled();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText("Trusted CAs appended");
  await action.selectOption("Everything");

  await page.getByLabel("Text in who, what, details or address").fill("nothing is called so");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No event is such. Search for less, or show everything.")).toBeVisible();
});
