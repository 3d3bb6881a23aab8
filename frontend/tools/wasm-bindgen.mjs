// Stands before the real wasm-bindgen on Trunk's PATH, and makes what it writes smaller: short names, and a page whose
// later parts stand in a module of their own.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { split } from "./split.mjs";
import { imports, module, sections, writeImports } from "./wasm.mjs";

const words = process.argv.slice(2);
const own = import.meta.dirname;
const real = process.env.PATH.split(delimiter)
  .filter((folder) => folder !== own)
  .map((folder) => join(folder, "wasm-bindgen"))
  .find((file) => existsSync(file));
if (!real) {
  console.error("wasm-bindgen is not on PATH: `cargo xtask build` installs it.");
  process.exit(1);
}
const option = (name) => {
  const place = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  return place < 0 ? undefined : words[place].includes("=") ? words[place].slice(name.length + 1) : words[place + 1];
};
const folder = option("--out-dir");
const input = words.findLast((word) => word.endsWith(".wasm"));
const stem = option("--out-name") ?? (input && input.slice(dirname(input).length + 1).replace(/\.wasm$/, ""));
// Names as the linker has them are found again in what comes out.
const { status } = spawnSync(real, [...words, "--no-demangle"], { stdio: "inherit" });
if (status === 0 && folder && stem) {
  const [script, page] = [join(folder, `${stem}.js`), join(folder, `${stem}_bg.wasm`)];
  shorten(script, page);
  if (stem === "page") split(input, page, script, join(own, "../out/deferred"));
}
process.exit(status ?? 1);

/**
 * Gives what JavaScript and WebAssembly call each other by short names. The real ones end in sixteen digits each, which
 * do not compress and stand in both files: 4 KB of download. The linker's own notes have had their use.
 */
function shorten(script, page) {
  const text = readFileSync(script, "utf8");
  const called = /\b__wbg_[A-Za-z0-9_]+_[0-9a-f]{16}\b/g;
  const short = new Map([...new Set(text.match(called))].sort().map((name, index) => [name, `_${index.toString(36)}`]));
  // Trunk's minifier does not know the last statement as wasm-bindgen writes it, and would leave the script as it is.
  const end = "export { initSync, __wbg_init as default };";
  const plain = text.replace(end, "export { initSync };\nexport default __wbg_init;");
  writeFileSync(script, plain.replace(called, (name) => short.get(name)));
  const all = sections(readFileSync(page)).filter(({ id, name }) => id !== 0 || !/^(linking$|reloc\.)/.test(name));
  const section = all.find(({ id }) => id === 2);
  section.body = writeImports(imports(section.body).map((one) => ({ ...one, name: short.get(one.name) ?? one.name })));
  writeFileSync(page, module(all));
}
