import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, test as base, chromium, expect, type Page, type Request } from "@playwright/test";
import { Node } from "./node.ts";
import { type Pair, rootCa } from "./material.ts";

export { expect } from "@playwright/test";

/** The CA of the certificates that the tests upload. The browser trusts it; the node does not until it is told. */
const EXAMPLE_CA = rootCa("Example Test Root CA");

/** What every journey has: a node, a browser that trusts the node's own CA, and what happened in it. */
export interface World {
  node: Node;
  browserOfTest: Browser;
  context: BrowserContext;
  page: Page;
  /** Requests that carried something to the node: all but GET. */
  sent: Request[];
  ca: Pair;
  /** What the browser trusts beside the node's own CA and `ca`, by a name each. */
  authorities: Record<string, string>;
}

export const test = base.extend<World>({
  node: async ({}, use) => {
    const node = await Node.start();
    await use(node);
    await node.stop();
  },

  ca: async ({}, use) => use(EXAMPLE_CA),

  authorities: async ({}, use) => use({}),

  // A browser with a HOME of its own: trust is what the test put there, and nothing is left of an earlier test.
  browserOfTest: async ({ node, authorities }, use) => {
    const home = path.join(node.folder, "home");
    trustInBrowser(home, { "temporary CA": await node.temporaryCa(), "example CA": EXAMPLE_CA.certificate, ...authorities });
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      env: { ...process.env, HOME: home, XDG_CONFIG_HOME: path.join(home, "config"), XDG_CACHE_HOME: path.join(home, "cache") },
      args: [
        "--host-resolver-rules=MAP *.example.com 127.0.0.1",
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
      ],
    });
    await use(browser);
    await browser.close();
  },

  context: async ({ browserOfTest, node, locale }, use) => {
    const context = await browserOfTest.newContext({
      baseURL: node.origin, locale, viewport: { width: 1280, height: 900 },
      // A colour on its way from one to another is neither.
      reducedMotion: "reduce",
    });
    await use(context);
    await context.close();
  },

  sent: async ({}, use) => use([]),

  page: async ({ context, sent }, use, testInfo) => {
    const page = await context.newPage();
    const violations: string[] = [];
    await page.exposeFunction("reportViolation", (text: string) => violations.push(text));
    await page.addInitScript(() => {
      const report = (globalThis as unknown as { reportViolation: (text: string) => void }).reportViolation;
      addEventListener("securitypolicyviolation", (event) => report(`${event.violatedDirective}: ${event.blockedURI}`));
    });
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) violations.push(message.text());
    });
    page.on("pageerror", (error) => violations.push(`error in the page: ${error.message}`));
    page.on("request", (request) => {
      if (request.method() !== "GET") sent.push(request);
    });
    await use(page);
    if (testInfo.status !== testInfo.expectedStatus && !page.isClosed()) {
      const picture = testInfo.outputPath("page.png");
      await page.screenshot({ path: picture, fullPage: true }).catch(() => undefined);
    }
    expect(violations, "violations of the content security policy, and errors in the page").toEqual([]);
  },
});

function trustInBrowser(home: string, authorities: Record<string, string>): void {
  const database = path.join(home, ".pki/nssdb");
  fs.mkdirSync(database, { recursive: true });
  execFileSync("certutil", ["-d", `sql:${database}`, "-N", "--empty-password"]);
  for (const [nickname, pem] of Object.entries(authorities)) {
    execFileSync("certutil", ["-d", `sql:${database}`, "-A", "-t", "C,,", "-n", nickname], { input: pem });
  }
}

/** What axe holds against the page as it stands. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const results = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  return results.violations.map((fault) => `${fault.id}: ${fault.help}: ${fault.nodes.map((node) => node.html).join(" ")}`);
}
