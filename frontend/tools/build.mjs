// Makes the page of what the compiler has made: `node frontend/tools/build.mjs BINDGEN MODULES TOOLS`, where BINDGEN is the
// program of `crates/bindgen`, MODULES the folder with page.wasm and judge.wasm, and TOOLS the one with the npm packages.
// `cargo xtask build` calls it.
//
// What has a hash in its name never changes under that name. The worker and the service worker are asked for by name, so
// they and what they load have none.
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { handbook } from "./handbook.mjs";
import { run } from "./run.mjs";
import { shorten } from "./shorten.mjs";
import { FEATURES, fetching, split } from "./split.mjs";

const [bindgen, modules, tools] = process.argv.slice(2);
const frontend = join(import.meta.dirname, "..");
const out = join(frontend, "out");
const staging = join(out, "dist");
/** One style sheet is smaller than nine, and asks for one check of its integrity. */
const STYLES = ["tokens", "base", "ui", "figures", "frame", "lists", "upload", "report", "help"];

rmSync(out, { recursive: true, force: true });
mkdirSync(staging, { recursive: true });
const [page] = await Promise.all([buildPage(), buildJudge()]);
const files = new Map([
  ...page,
  ["style.css", named("style.css", await style())],
  ["german.json", named("german.json", german())],
  ["handbook.json", await buildHandbook()],
]);
writeFileSync(join(staging, "index.html"), filled(readFileSync(join(frontend, "index.html"), "utf8"), files));
for (const name of ["judge_loader.js", "sw.js"]) copyFileSync(join(frontend, name), join(staging, name));
cpSync(join(frontend, "samples"), join(staging, "samples"), { recursive: true });
// Whoever looks finds the page whole.
const dist = join(frontend, "dist");
rmSync(dist, { recursive: true, force: true });
renameSync(staging, dist);

/** The page's script and its two modules, under their names. */
async function buildPage() {
  const [script, first, second] = ["page.js", "page_bg.wasm", "page_deferred.wasm"].map((name) => join(out, name));
  await run(bindgen, ["module", join(modules, "page.wasm"), out, "page"]);
  shorten(script, first);
  await split(join(modules, "page.wasm"), first, second);
  await Promise.all([optimized(first), optimized(second)]);
  const deferred = named("deferred.wasm", readFileSync(second));
  writeFileSync(script, fetching(readFileSync(script, "utf8"), deferred));
  return [
    ["page.js", named("page.js", await minified(script, "--format=esm"))],
    ["page.wasm", named("page.wasm", readFileSync(first))],
    ["deferred.wasm", deferred],
  ];
}

async function buildJudge() {
  const [script, module] = ["judge.js", "judge_bg.wasm"].map((name) => join(out, name));
  await run(bindgen, ["script", join(modules, "judge.wasm"), out, "judge"]);
  shorten(script, module);
  await optimized(module);
  copyFileSync(module, join(staging, "judge_bg.wasm"));
  writeFileSync(join(staging, "judge.js"), await minified(script));
}

async function buildHandbook() {
  const { Marked } = await import(pathToFileURL(join(tools, "node_modules/marked/lib/marked.esm.js")));
  return named("handbook.json", handbook(join(frontend, "../docs/handbook"), Marked));
}

async function style() {
  const sheet = join(out, "style.css");
  writeFileSync(sheet, STYLES.map((name) => readFileSync(join(frontend, "style", `${name}.css`), "utf8")).join(""));
  return minified(sheet);
}

/** The dictionary, as a list of pairs: the page reads lists. */
function german() {
  return JSON.stringify(Object.entries(JSON.parse(readFileSync(join(frontend, "lang", "de.json"), "utf8"))));
}

async function optimized(module) {
  await run("wasm-opt", [...FEATURES, "-Oz", module, "-o", module]);
}

async function minified(file, ...words) {
  const smaller = `${file}.min`;
  await run("esbuild", [file, "--minify", ...words, "--log-level=warning", `--outfile=${smaller}`]);
  return readFileSync(smaller);
}

/** Puts a file into the page under a name with its hash; gives its address and its integrity. */
function named(name, content) {
  const [stem, kind] = name.split(".");
  const file = `${stem}-${createHash("sha256").update(content).digest("hex").slice(0, 16)}.${kind}`;
  writeFileSync(join(staging, file), content);
  return { file, integrity: `sha384-${createHash("sha384").update(content).digest("base64")}` };
}

/** The document, with `{{page.js}}` and `{{page.js integrity}}` filled in. The node fills the nonce, in each answer anew. */
function filled(text, files) {
  const words = text.replace(/\{\{(\S+?)( integrity)?\}\}/g, (whole, name, integrity) => {
    const known = files.get(name);
    if (!known) return whole;
    return integrity ? known.integrity : `/${known.file}`;
  });
  return words.replace(/>\s+</g, "><");
}
