// Stands before the real wasm-bindgen on Trunk's PATH and gives what JavaScript and WebAssembly call each other by short
// names. The real ones end in sixteen digits each, which do not compress and stand in both files: 4 KB of download.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

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
const { status } = spawnSync(real, words, { stdio: "inherit" });
const option = (name) => {
  const place = words.findIndex((word) => word === name || word.startsWith(`${name}=`));
  return place < 0 ? undefined : words[place].includes("=") ? words[place].slice(name.length + 1) : words[place + 1];
};
const folder = option("--out-dir");
const input = words.findLast((word) => word.endsWith(".wasm"));
const stem = option("--out-name") ?? (input && input.slice(dirname(input).length + 1).replace(/\.wasm$/, ""));
if (status === 0 && folder && stem) shorten(join(folder, `${stem}.js`), join(folder, `${stem}_bg.wasm`));
process.exit(status ?? 1);

function shorten(script, module) {
  const text = readFileSync(script, "utf8");
  const called = /\b__wbg_[A-Za-z0-9_]+_[0-9a-f]{16}\b/g;
  const short = new Map([...new Set(text.match(called))].sort().map((name, index) => [name, `_${index.toString(36)}`]));
  writeFileSync(script, text.replace(called, (name) => short.get(name)));
  writeFileSync(module, renamed(readFileSync(module), short));
}

/** The module with its imports (section 2) under other names; everything else stays byte for byte. */
function renamed(module, short) {
  const parts = [module.subarray(0, 8)];
  let at = 8;
  while (at < module.length) {
    const size = number(module, at + 1);
    const end = size.next + size.value;
    if (module[at] === 2) {
      const body = imports(module.subarray(size.next, end), short);
      parts.push(Buffer.from([2]), leb(body.length), body);
    } else {
      parts.push(module.subarray(at, end));
    }
    at = end;
  }
  return Buffer.concat(parts);
}

function imports(body, short) {
  const count = number(body, 0);
  const parts = [leb(count.value)];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    const from = number(body, at);
    const name = number(body, from.next + from.value);
    const text = body.toString("utf8", name.next, name.next + name.value);
    const other = Buffer.from(short.get(text) ?? text);
    const kind = name.next + name.value;
    const end = afterKind(body, kind);
    parts.push(body.subarray(at, from.next + from.value), leb(other.length), other, body.subarray(kind, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Where the description of an import ends (WebAssembly core specification 5.5.5). */
function afterKind(body, at) {
  const limits = (from) => {
    const least = number(body, from + 1).next;
    return body[from] & 1 ? number(body, least).next : least;
  };
  switch (body[at]) {
    case 0:
      return number(body, at + 1).next;
    case 1:
      return limits(at + 2);
    case 2:
      return limits(at + 1);
    case 3:
      return at + 3;
    default:
      throw new Error(`an import of kind ${body[at]} is not known`);
  }
}

function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at];
    at += 1;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, next: at };
  }
}

function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
