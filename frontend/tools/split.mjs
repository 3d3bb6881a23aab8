// Divides the page's WebAssembly in two: what is needed at once, and what only the gate in `src/deferred.rs` leads to.
//
// binaryen's `wasm-split` does the cut. The first module imports a placeholder for each function that has gone and is in
// the table; when the second one is instantiated, its elements take their places there.
import { readFileSync, writeFileSync } from "node:fs";
import { onlyThrough } from "./reach.mjs";
import { run } from "./run.mjs";
import { exports, imports, leb, module, sections, segments, writeExports, writeImports, writeSegments } from "./wasm.mjs";

/** As the compiler writes `page::deferred::draw`, with a hash after it. */
const GATE = /^_ZN4page8deferred4draw17h/;
const IMPORTS = 2;
const EXPORTS = 7;
const CODE = 10;
const DATA = 11;
const DATA_COUNT = 12;
/** The kind of an export that is a table. */
const TABLE = 1;
/** What Rust's target has by default; the sections that say so are read by wasm-opt, but not by wasm-split. */
export const FEATURES = ["bulk-memory", "reference-types", "multivalue", "sign-ext", "nontrapping-float-to-int", "mutable-globals"].map(
  (feature) => `--enable-${feature}`,
);

/** Takes the linked module and what wasm-bindgen made of it, which is written anew, and writes the second module. */
export async function split(linked, page, second) {
  const list = `${page}.deferred`;
  const later = onlyThrough(readFileSync(linked), (name) => GATE.test(name));
  writeFileSync(list, later.functions.join("\n"));
  const tables = exports(bodyOf(sections(readFileSync(page)), EXPORTS)).filter(({ kind }) => kind === TABLE);
  const names = ["--import-namespace=primary", "--placeholder-namespace=placeholder", "--export-prefix=%"];
  const words = ["-g", page, "--split", `--split-funcs=@${list}`, ...names, "-o1", page, "-o2", second];
  await run("wasm-split", [...FEATURES, ...words]);
  const [first, other] = [page, second].map((file) => sections(readFileSync(file)));
  // wasm-split 108 writes that every exported table is the first one.
  replace(first, EXPORTS, (body) => writeExports(exports(body).map((one) => tables.find(({ name }) => name === one.name) ?? one)));
  shorten(first, other);
  moveData(first, other, later.data);
  writeFileSync(page, module(first));
  writeFileSync(second, module(other));
}

/** Gives what the second module takes from the first one short names, and all placeholders the same one. */
function shorten(first, other) {
  const taken = imports(bodyOf(other, IMPORTS));
  const short = new Map(taken.map(({ name }, index) => [name, index.toString(36)]));
  replace(first, EXPORTS, (body) => {
    const all = exports(body);
    const added = all.filter(({ name }) => short.has(name)).map((one) => ({ ...one, name: short.get(one.name) }));
    // What the script uses too keeps its name besides.
    const kept = all.filter(({ name }) => !short.has(name) || !name.startsWith("%"));
    return writeExports([...kept, ...added]);
  });
  replace(first, IMPORTS, (body) =>
    writeImports(imports(body).map((one) => (one.from === "placeholder" ? { ...one, name: "" } : one))),
  );
  replace(other, IMPORTS, () => writeImports(taken.map((one) => ({ ...one, name: short.get(one.name) }))));
}

/** The texts of the second module come with it, to the very addresses that were kept free for them. */
function moveData(first, other, gone) {
  const moved = [];
  const kept = [];
  for (const { address, bytes } of segments(bodyOf(first, DATA))) {
    const end = address + bytes.length;
    const piece = (from, to) => ({ address: from, bytes: bytes.subarray(from - address, to - address) });
    let at = address;
    for (const run of gone.filter((run) => run.begin >= address && run.end <= end)) {
      moved.push(piece(run.begin, run.end));
      if (run.begin > at) kept.push(piece(at, run.begin));
      at = run.end;
    }
    if (end > at) kept.push(piece(at, end));
  }
  replace(first, DATA, () => writeSegments(kept));
  // The number of segments, which stands before the code where instructions name one.
  const count = first.find(({ id }) => id === DATA_COUNT);
  if (count) count.body = leb(kept.length);
  const code = other.findIndex(({ id }) => id === CODE);
  other.splice(code + 1, 0, { id: DATA, name: "", body: writeSegments(moved) });
}

function bodyOf(all, id) {
  return all.find((section) => section.id === id).body;
}

function replace(all, id, change) {
  const section = all.find((one) => one.id === id);
  section.body = change(section.body);
}

/** The script with what the first module imports, and the function that brings the second one. */
export function fetching(script, { file, integrity }) {
  const anchor = "const imports = __wbg_get_imports();";
  if (script.split(anchor).length !== 3) throw new Error("wasm-bindgen writes its script otherwise than it did");
  return `${script.replaceAll(anchor, `${anchor} imports.placeholder = { "": missing };`)}
function missing() {
  throw new Error("a part of the page was called before it was there");
}
let deferred;
globalThis.fetchDeferred = () => (deferred ??= fetchDeferred().catch((reason) => { deferred = undefined; throw reason; }));
async function fetchDeferred() {
  const address = new URL("${file}", import.meta.url);
  // The answer that it is gone has not the integrity that is wanted, and would look like no answer at all.
  const answer = await fetch(address, { integrity: "${integrity}" }).catch(() => fetch(address, { method: "HEAD" }));
  if (!answer.ok) throw answer.status;
  await WebAssembly.instantiateStreaming(answer, { primary: wasm });
}
`;
}
