import fs from "node:fs";
import path from "node:path";

const FOLDER = path.resolve(import.meta.dirname, "../../corpus");

/** One part of a case: `file`, `key`, `certificate`, `trusted`, `crl`, `csr`, `current-key`. */
export interface CasePart {
  name: string;
  bytes: Buffer;
}

/** One case of the corpus. */
export interface Case {
  name: string;
  kind: string;
  at: string;
  decision: string;
  /** There is no trusted CA list at all; only the page can say that. */
  listUnknown: boolean;
  parts: CasePart[];
}

/** All cases, in order of their names. */
export function cases(): Case[] {
  const names = fs.readdirSync(FOLDER).filter((name) => name.endsWith(".case"));
  return names.sort().map((name) => parse(name));
}

function parse(name: string): Case {
  const text = fs.readFileSync(path.join(FOLDER, name), "latin1");
  const [head, ...rest] = text.split(/^(?==== )/m);
  const header = new Map<string, string>();
  for (const line of (head ?? "").split("\n")) {
    const field = /^([a-z-]+): (.*)$/.exec(line);
    if (field?.[1] !== undefined) header.set(field[1], field[2] ?? "");
  }
  return {
    name,
    kind: header.get("kind") ?? "",
    at: header.get("at") ?? "",
    decision: header.get("decision") ?? "",
    listUnknown: header.get("trusted-list") === "unknown",
    parts: rest.map(part),
  };
}

function part(text: string): CasePart {
  const end = text.indexOf("\n");
  const [, name = "", form, from] = text.slice(0, end < 0 ? undefined : end).split(" ");
  const content = end < 0 ? "" : text.slice(end + 1);
  if (form === "base64") return { name, bytes: Buffer.from(content, "base64") };
  if (form === "from") return { name, bytes: elsewhere(from ?? "") };
  return { name, bytes: Buffer.from(content, "latin1") };
}

function elsewhere(from: string): Buffer {
  const [file = "", other] = from.split("#");
  if (other === undefined) return fs.readFileSync(path.join(FOLDER, file));
  const found = parse(file).parts.find((candidate) => candidate.name === other);
  if (!found) throw new Error(`${file} has no part ${other}`);
  return found.bytes;
}
