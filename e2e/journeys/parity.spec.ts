import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "../support/test.ts";
import { Check } from "../pages/check.ts";
import { type Case, cases } from "../support/corpus.ts";
import { https, multipart, type Part } from "../support/https.ts";
import { BINARY } from "../support/node.ts";
import type { Page } from "@playwright/test";

test("Page, node and command line give the same report on every case of the corpus, byte for byte", async ({ page, node }) => {
  test.setTimeout(600_000);
  const all = cases();
  expect(all.length).toBeGreaterThan(50);
  await Check.open(page);
  const differing: string[] = [];
  for (const one of all) {
    const inPage = await judgedInPage(page, one);
    if ((JSON.parse(inPage) as { decision: string }).decision !== one.decision) differing.push(`${one.name}: decided otherwise`);
    // No list at all can be said neither on the command line nor over HTTP: there, no list is an empty one.
    if (one.listUnknown) continue;
    const [onNode, onLine] = await Promise.all([judgedByNode(node.port, one), judgedByCommand(node.folder, one)]);
    if (onNode !== inPage) differing.push(difference(one, "node", onNode, inPage));
    if (onLine !== inPage) differing.push(difference(one, "command line", onLine, inPage));
  }
  expect(differing).toEqual([]);
  console.log(`${all.length} cases, ${differing.length} differing reports`);
});

function difference(one: Case, where: string, other: string, inPage: string): string {
  let at = 0;
  while (at < other.length && other[at] === inPage[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  return `${one.name}: the ${where} says …${around(other)}…, the page …${around(inPage)}…`;
}

function parts(one: Case, name: string): Uint8Array[] {
  return one.parts.filter((part) => part.name === name).map((part) => part.bytes);
}

/** Asks the page's own worker, by the messages that the page uses. */
async function judgedInPage(page: Page, one: Case): Promise<string> {
  const files: string[] = [];
  const place = (bytes: Uint8Array | undefined): number | null =>
    bytes === undefined ? null : files.push(Buffer.from(bytes).toString("base64")) - 1;
  const first = (name: string) => place(parts(one, name)[0]);
  const question = {
    id: 1,
    kind: one.kind,
    at: one.at,
    file: first("file"),
    key: first("key"),
    certificate: first("certificate"),
    trusted: one.listUnknown ? null : parts(one, "trusted").map(place),
    crls: parts(one, "crl").map(place),
    csr: first("csr"),
    current_key: first("current-key"),
  };
  return page.evaluate(
    async ([asked, encoded]) => {
      const scope = globalThis as unknown as { judgeOfTest?: Promise<Worker> };
      scope.judgeOfTest ??= new Promise<Worker>((resolve, reject) => {
        const worker = new Worker("/judge_loader.js");
        worker.onerror = (event) => reject(new Error(event.message));
        worker.onmessage = () => resolve(worker);
      });
      const worker = await scope.judgeOfTest;
      type Rows = { certificates: unknown[]; findings: unknown[] };
      return new Promise<string>((resolve) => {
        let report: Rows | undefined;
        worker.onmessage = (event: MessageEvent<string>) => {
          const answer = JSON.parse(event.data) as { type: string; id: number; report?: Rows } & Rows;
          // The judge warms up with a question of its own, which has the number 0.
          if (answer.id === 0) return;
          if (answer.type === "report") report = answer.report;
          if (answer.type === "rows") {
            report?.certificates.push(...answer.certificates);
            report?.findings.push(...answer.findings);
          }
          if (answer.type === "done") resolve(JSON.stringify(report));
        };
        const bytes = encoded.map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
        worker.postMessage([asked, ...bytes]);
      });
    },
    [JSON.stringify(question), files] as const,
  );
}

async function judgedByNode(port: number, one: Case): Promise<string> {
  const body: Part[] = [
    { name: "kind", value: one.kind },
    { name: "at", value: one.at },
  ];
  for (const part of one.parts) body.push({ name: part.name.replace("-", "_"), value: part.bytes, fileName: `${part.name}.pem` });
  const answer = await https(port, "POST", "/api/v1/check", multipart(body));
  return answer.status === 200 ? answer.body : `${answer.status} ${answer.body}`;
}

async function judgedByCommand(folder: string, one: Case): Promise<string> {
  const words = ["check", "--format", "json", "--as", one.kind, "--at", one.at];
  one.parts.forEach((part, index) => {
    const file = path.join(folder, `part-${index}`);
    fs.writeFileSync(file, part.bytes);
    if (part.name !== "file") words.push(`--${part.name}`, file);
  });
  const index = one.parts.findIndex((part) => part.name === "file");
  words.push(path.join(folder, `part-${index}`));
  const output = await new Promise<string>((resolve) => {
    execFile(BINARY, words, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }, (_status, stdout, stderr) => resolve(stdout || stderr));
  });
  // A report on a terminal ends its line.
  return output.replace(/\n$/, "");
}
