// node run.mjs CERTWAY DATA-FOLDER
// Judges and decodes 1000 CAs in Chromium: Certway's judge in its worker, and jsrsasign, which is what one would take for
// this in JavaScript. Each round opens a fresh context for each contestant, and they take turns.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { chromium } from "playwright-core";
import { askJudge, decodeAndShow, decodeInScript, showInPage } from "./contestants.mjs";

const ROUNDS = 5;
const WARM = 5;
/** Nobody chooses a file faster; the page and its judge, and the library, are loaded by then. */
const CHOOSING_MS = 1500;
const [certway, data] = process.argv.slice(2);
const bundle = fs.readFileSync(path.join(data, "cas-1000.pem"), "utf8");
const library = fs.readFileSync(path.join(import.meta.dirname, "../node_modules/jsrsasign/lib/jsrsasign-all-min.js"), "utf8");

const node = await startNode();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const figures = { certway: [], jsrsasign: [] };
try {
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = [measureCertway, measureLibrary];
    if (round % 2) turns.reverse();
    for (const turn of turns) await turn();
  }
} finally {
  await browser.close();
  await node.stop();
}
print();

async function measureCertway() {
  const decoded = await inFreshPage(`${node.origin}/check`, async (page) => {
    await page.getByRole("heading", { level: 1, name: "Check" }).waitFor();
    return page.evaluate(askJudge, [bundle, WARM + 1]);
  });
  const shown = await inFreshPage(`${node.origin}/check`, async (page) => {
    await page.getByRole("radio", { name: "Trusted CA certificates", exact: true }).check();
    await page.waitForTimeout(CHOOSING_MS);
    const watching = page.evaluate(showInPage);
    // The browser itself reads the file from the disk: handing it over as bytes would be a long task of the page.
    await page.getByLabel("CA certificates: browse").setInputFiles(path.join(data, "cas-1000.pem"));
    return watching;
  });
  figures.certway.push({ ...decoded, ...shown });
}

async function measureLibrary() {
  const load = async (page) => {
    await page.addScriptTag({ content: library });
  };
  const decoded = await inFreshPage("about:blank", async (page) => {
    await load(page);
    return page.evaluate(decodeInScript, [bundle, WARM + 1]);
  });
  const shown = await inFreshPage("about:blank", async (page) => {
    await load(page);
    return page.evaluate(decodeAndShow, bundle);
  });
  figures.jsrsasign.push({ ...decoded, ...shown });
}

async function inFreshPage(address, work) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(address);
    return await work(page);
  } finally {
    await context.close();
  }
}

function print() {
  const rows = [
    ["judge and decode 1000 CAs, warm, ms", "warm"],
    ["the same, cold, ms", "cold"],
    ["1000 CAs on the screen, ms", "shown"],
    ["longest main-thread task meanwhile, ms", "longest"],
  ];
  console.log("| figure | Certway | jsrsasign | ratio |\n| --- | ---: | ---: | ---: |");
  for (const [name, key] of rows) {
    const [ours, theirs] = [figures.certway, figures.jsrsasign].map((rounds) => median(rounds.flatMap((round) => round[key])));
    console.log(`| ${name} | ${ours.toFixed(0)} | ${theirs.toFixed(0)} | ${(theirs / Math.max(ours, 1)).toFixed(1)} x |`);
  }
  const load = os.loadavg().map((value) => value.toFixed(2)).join(" ");
  console.log(`Medians of ${ROUNDS} rounds, taking turns; jsrsasign decodes only; load average ${load}.`);
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function startNode() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "certway-bench-"));
  const words = ["serve", "--data-dir", path.join(folder, "data"), "--https", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const child = spawn(certway, words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
  const port = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the node ended with ${code}`)));
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /https:\/\/[^/\s:]+:(\d+)/.exec(line);
      if (address) resolve(address[1]);
    });
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { origin: `https://localhost:${port}`, stop };
}
