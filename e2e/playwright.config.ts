import { defineConfig } from "@playwright/test";
import "./support/folder.ts";

/** What measures time, or puts the pictures of the others together. */
const ALONE = ["**/answers-at-once.spec.ts", "**/change.spec.ts", "**/other-node.spec.ts", "**/contact-sheet.spec.ts"];

// Every test starts a node and a browser of its own, so that no test meets what another one left.
export default defineConfig({
  testDir: "journeys",
  globalTeardown: "./support/folder.ts",
  outputDir: "out/failures",
  workers: 2,
  projects: [
    { name: "journeys", testIgnore: ALONE },
    // Nothing else runs beside them; and the sheet has all pictures.
    { name: "alone", testMatch: ALONE, workers: 1, dependencies: ["journeys"] },
  ],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: { locale: "en-GB" },
  forbidOnly: !!process.env.CI,
  retries: 0,
  reporter: [["list"], ["./support/closing-line.ts"]],
});
