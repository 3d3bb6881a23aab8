import { defineConfig } from "@playwright/test";
import "./support/folder.ts";

// Every test starts a node and a browser of its own, so that no test meets what another one left.
export default defineConfig({
  testDir: "journeys",
  globalTeardown: "./support/folder.ts",
  outputDir: "out/failures",
  // Two CPUs: one worker leaves the other CPU to the node and the judge.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [["list"], ["./support/closing-line.ts"]],
});
