import fs from "node:fs";
import path from "node:path";
import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { manyRoots } from "../support/material.ts";

/** What the browser calls a long task: for this time the page answers nothing. */
const LONG_MS = 50;

test.describe("While 1000 CAs are judged and listed the page answers at once", () => {
  for (const { machine, slower } of [{ machine: "on this machine", slower: 1 }, { machine: "on one that is four times slower", slower: 4 }]) {
    test(machine, async ({ page, context, node }) => {
      const file = path.join(node.folder, "cas.pem");
      fs.writeFileSync(file, manyRoots(1000).join(""));
      const check = await Check.open(page);
      await check.judgeAs("Trusted CA certificates");
      const session = await context.newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      await page.evaluate(() => {
        const tasks: number[] = [];
        Object.assign(globalThis, { tasks });
        new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
      });
      // The browser itself reads the file from the disk: nothing of the test runs in the page.
      await check.panel.region.getByLabel("CA certificates: browse").setInputFiles(file);
      // Neither does what waits: looking for roles and names would itself be a long task.
      const shown = () => document.querySelectorAll(".certificate-rows tbody tr").length === 100;
      await page.waitForFunction(shown, undefined, { polling: 200, timeout: 30_000 });
      const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks);
      await expect(check.panel.region.getByRole("heading", { name: "1000 certificates in the file" })).toBeVisible();
      expect(tasks.filter((duration) => duration > LONG_MS), "long tasks, in milliseconds").toEqual([]);
    });
  }
});
