import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "@playwright/test";
import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { FOLDER } from "../support/folder.ts";
import { BINARY, Node } from "../support/node.ts";

const CORPUS = path.resolve(import.meta.dirname, "../../corpus/repair");
const PASSPHRASE = "correct horse";

/** One file or two, as administrators have them. */
interface Row {
  name: string;
  certificate?: string;
  /** Further files of the corpus, put after it into the same file. */
  followedBy?: string[];
  key?: string;
  /** The trusted CA list as it stands; empty, unless given. */
  trusted?: string[];
  passphrase?: string;
  /** What must be said, beside what the command line says. */
  says?: (string | RegExp)[];
  /** The boxes that can be filled. */
  fills: ("certificate" | "private key")[];
}

const BOTH = ["root.crt", "intermediate.crt"];

const ROWS: Row[] = [
  { name: "one file with leaf, key, chain and CAs in any order", certificate: "everything.pem", fills: ["certificate", "private key"], says: ["2 CA certificates for the trusted CA list, which come first:"] },
  { name: "a chain in the wrong order", certificate: "wrong-order.pem", trusted: BOTH, fills: ["certificate"] },
  { name: "the root in the chain", certificate: "with-root.pem", trusted: BOTH, fills: ["certificate"] },
  { name: "duplicates", certificate: "duplicates.pem", trusted: ["root.crt"], fills: ["certificate"], says: ["1 CA certificate for the trusted CA list, which come first:"] },
  { name: "DER", certificate: "rsa.der", key: "rsa-key.der", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "PKCS#7 in DER", certificate: "bundle.p7b", fills: ["certificate"] },
  { name: "PKCS#7 in PEM", certificate: "bundle-pem.p7b", fills: ["certificate"] },
  { name: "PKCS#7 in BER", certificate: "signed.p7b", trusted: BOTH, fills: ["certificate"] },
  { name: "PKCS#12 of today", certificate: "modern.p12", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#12 of old, RC2", certificate: "legacy-rc2-40.p12", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#12 of old, 3DES", certificate: "legacy-3des.p12", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#12 of Java's keytool", certificate: "java.p12", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#12 of NSS", certificate: "firefox.p12", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "a wrong passphrase", certificate: "modern.p12", passphrase: "wrong", fills: [], says: [/passphrase/] },
  { name: "PKCS#8, PBES2 with PBKDF2", certificate: "ec.crt", key: "pbes2-sha256-aes256.key", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#8, PBES2 with scrypt", certificate: "ec.crt", key: "scrypt.key", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#8, PBES1", certificate: "ec.crt", key: "pbes1-sha1-3des.key", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "a key with Proc-Type, AES", certificate: "chain.pem", key: "headers-aes-256-cbc.key", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "a key with Proc-Type, 3DES", certificate: "chain.pem", key: "headers-des-ede3-cbc.key", passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "UTF-16, little end first", certificate: "utf-16-le.pem", trusted: BOTH, fills: ["certificate"] },
  { name: "UTF-16, big end first", certificate: "utf-16-be.pem", trusted: BOTH, fills: ["certificate"] },
  { name: "UTF-16 without a mark", certificate: "utf-16-no-mark.pem", trusted: BOTH, fills: ["certificate"] },
  { name: "a byte order mark", certificate: "bom.pem", key: "headers-aes-128-cbc.key", trusted: BOTH, passphrase: PASSPHRASE, fills: ["certificate", "private key"] },
  { name: "PKCS#1", certificate: "wrong-order.pem", key: "rsa-pkcs1.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "SEC 1", certificate: "ec.crt", followedBy: ["root.crt", "intermediate.crt"], key: "ec-sec1.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "a missing final newline", certificate: "no-newline.pem", trusted: BOTH, fills: ["certificate"] },
  // Taken as they are, so nothing but what they are offers the repair.
  { name: "a byte order mark alone", certificate: "bom.pem", key: "rsa.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "PKCS#1 alone", certificate: "chain.pem", key: "rsa-pkcs1.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "SEC 1 alone", certificate: "ec.crt", key: "ec-sec1.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "a missing final newline alone", certificate: "no-newline.pem", key: "rsa.key", trusted: BOTH, fills: ["certificate", "private key"] },
  { name: "a missing intermediate alone", certificate: "rsa.crt", key: "rsa.key", trusted: ["root.crt"], fills: ["certificate", "private key"], says: [/CN=Repair Issuing,O=Repair/, /a53a22fb6ba71666ea5973cb9ab0cc8befe61e93/] },
  { name: "an OpenSSH key", certificate: "chain.pem", key: "openssh", fills: ["certificate"], says: [/ssh-keygen -p -m PKCS8/] },
  { name: "a PuTTY key", certificate: "chain.pem", key: "key.ppk", fills: ["certificate"], says: [/puttygen FILE -O private-openssh-new/] },
  { name: "a Java key store", certificate: "java.jks", fills: [], says: [/keytool -importkeystore/] },
  {
    name: "a missing intermediate",
    certificate: "rsa.der",
    key: "rsa.key",
    trusted: ["root.crt"],
    fills: ["certificate", "private key"],
    says: [/CN=Repair Issuing,O=Repair/, /a53a22fb6ba71666ea5973cb9ab0cc8befe61e93/, /http:\/\/ca\.example\.com\/issuing\.crt/],
  },
];

interface Said {
  steps: { file: string; message: string; before: string; after: string }[];
  problems: { file: string; message: string; remedy: string }[];
  needs_passphrase: boolean;
  certificate: unknown;
  private_key: unknown;
}

function read(name: string): Buffer {
  return fs.readFileSync(path.join(CORPUS, name));
}

/** What goes into the boxes for the certificate and its key, by name. */
function files(row: Row): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  if (row.certificate) found.push([row.certificate, Buffer.concat([row.certificate, ...(row.followedBy ?? [])].map(read))]);
  if (row.key) found.push([row.key, read(row.key)]);
  return found;
}

function list(row: Row): Buffer {
  return Buffer.concat((row.trusted ?? []).map(read));
}

/** What the command line says of the same files. */
function onTheCommandLine(row: Row): Said {
  const folder = fs.mkdtempSync(path.join(FOLDER, "repair-"));
  const put = (name: string, content: Uint8Array | string) => fs.writeFileSync(path.join(folder, name), content);
  put("list", list(row));
  const words = ["repair", "--format", "json", "--trusted", "list"];
  if (row.passphrase !== undefined) {
    put("passphrase", row.passphrase);
    words.push("--passphrase-file", "passphrase");
  }
  for (const [name, content] of files(row)) {
    put(name, content);
    words.push(name);
  }
  try {
    return JSON.parse(execFileSync(BINARY, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })) as Said;
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout) as Said;
  }
}

// All rows ask one browser and one node: nothing is stored, and each has a page of its own.
test.describe("Repair in the browser, of files as programs write them", () => {
  let node: Node;
  let browser: Browser;
  test.beforeAll(async () => {
    node = await Node.start();
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  });
  test.afterAll(async () => {
    await browser.close();
    await node.stop();
  });

  for (const row of ROWS) {
    test(row.name, async () => {
      const context = await browser.newContext({ baseURL: `https://127.0.0.1:${node.port}`, ignoreHTTPSErrors: true, locale: "en-GB" });
      const page = await context.newPage();
      const whoIsThere = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/v1/session");
      const { panel, samples } = await Check.open(page);
      // All that the page fetches by itself is there, but for the judge, which it may start anew.
      await whoIsThere;
      await samples.getByRole("option", { name: "A sound certificate with its key" }).waitFor({ state: "attached" });
      const requests: string[] = [];
      page.on("request", (request) => {
        const ofJudge = request.method() === "GET" && /^\/judge[a-z_]*\.(js|wasm)$/.test(new URL(request.url()).pathname);
        if (!ofJudge) requests.push(`${request.method()} ${request.url()}`);
      });
      await panel.give("Trusted CA list", "list.pem", list(row));
      for (const [name, content] of files(row)) await panel.give(name === row.key ? "Server private key" : "Server certificate", name, content);
      await panel.judged();
      if (row.name.endsWith("alone")) await expect(panel.region.getByText(/^Will be refused/)).toHaveCount(0);
      await panel.button("Repair in this browser").click();
      const repair = page.getByRole("region", { name: "Repair", exact: true });
      if (row.passphrase !== undefined) {
        await repair.getByLabel("Passphrase of the file").fill(row.passphrase);
        await repair.getByRole("button", { name: "Open" }).click();
      }
      const said = onTheCommandLine(row);
      for (const step of said.steps) {
        await expect(repair.getByText(`${step.file}: ${step.message}`, { exact: true })).toBeVisible();
        await expect(repair.getByText(step.before, { exact: true }).first()).toBeVisible();
        await expect(repair.getByText(step.after, { exact: true }).first()).toBeVisible();
      }
      for (const problem of said.problems) {
        await expect(repair.getByText(`${problem.file} ${problem.message}. ${problem.remedy}`.trim(), { exact: true })).toBeVisible();
      }
      for (const text of row.says ?? []) await expect(repair.getByText(text).first()).toBeVisible();
      await expect(repair.getByLabel("Passphrase of the file")).toHaveCount(said.needs_passphrase ? 1 : 0);
      expect([said.certificate !== null, said.private_key !== null]).toEqual([row.fills.includes("certificate"), row.fills.includes("private key")]);

      const put = panel.button("Put the repaired files into the boxes");
      await expect(put).toHaveCount(row.fills.length > 0 ? 1 : 0);
      if (row.fills.length > 0) {
        await put.click();
        const boxes = { certificate: "Server certificate", "private key": "Server private key" } as const;
        for (const what of ["certificate", "private key"] as const) {
          const filled = panel.box(boxes[what]).getByRole("button", { name: `Remove repaired ${what}` });
          await expect(filled).toHaveCount(row.fills.includes(what) ? 1 : 0);
        }
        await panel.judged();
      }
      // The judge itself may still be on its way when the first file is given.
      expect(requests).toEqual([]);
      await context.close();
    });
  }

  test("takes its time for three locked keys, and can be cancelled: the files stay in their boxes", async () => {
    const page = await browser.newPage({ baseURL: `https://127.0.0.1:${node.port}`, ignoreHTTPSErrors: true });
    const { panel } = await Check.open(page);
    const slow = read("iterations-600000.key").toString("utf8").repeat(3);
    await panel.give("Server certificate", "chain.pem", read("chain.pem"));
    await panel.give("Server private key", "slow.key", slow);
    await panel.judged();
    await panel.button("Repair in this browser").click();
    const repair = page.getByRole("region", { name: "Repair", exact: true });
    await repair.getByLabel("Passphrase of the file").fill(PASSPHRASE);
    await repair.getByRole("button", { name: "Open" }).click();
    await expect(panel.region.getByText(/^Repairing\./)).toBeVisible();
    await panel.button("Cancel").click();
    await panel.judged();
    await expect(panel.region.getByText(/^Repairing\./)).toHaveCount(0);
    await expect(panel.box("Server private key").getByRole("button", { name: "Remove slow.key" })).toBeVisible();
    await expect(panel.button("Repair in this browser")).toBeVisible();
    await page.close();
  });
});
