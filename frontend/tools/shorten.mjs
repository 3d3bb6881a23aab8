import { readFileSync, writeFileSync } from "node:fs";
import { imports, module, sections, writeImports } from "./wasm.mjs";

/**
 * Gives what JavaScript and WebAssembly call each other by short names. The real ones end in sixteen digits each, which
 * do not compress and stand in both files: 4 KB of download. The linker's own notes have had their use.
 */
export function shorten(script, page) {
  const text = readFileSync(script, "utf8");
  const called = /\b__wbg_[A-Za-z0-9_]+_[0-9a-f]{16}\b/g;
  const short = new Map([...new Set(text.match(called))].sort().map((name, index) => [name, `_${index.toString(36)}`]));
  writeFileSync(script, text.replace(called, (name) => short.get(name)));
  const all = sections(readFileSync(page)).filter(({ id, name }) => id !== 0 || !/^(linking$|reloc\.)/.test(name));
  const section = all.find(({ id }) => id === 2);
  section.body = writeImports(imports(section.body).map((one) => ({ ...one, name: short.get(one.name) ?? one.name })));
  writeFileSync(page, module(all));
}
