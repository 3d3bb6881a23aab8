// Which functions and which data of a linked module can be reached only through one function: exactly, by what the
// linker knows.
//
// The module is linked with `--emit-relocs`. Its sections `linking` and `reloc.*` (WebAssembly object file linking, tool
// conventions) name every place where a function or a piece of data is used: calls, addresses of functions, and the
// tables of methods through which closures are called. Guessing from names or numbers would sooner or later move a
// function that is needed at once, since the compiler makes one function of two that do the same.
import { exports, imports, number, sections, segments, text } from "./wasm.mjs";

const FUNCTION = 0;
const DATA = 1;
const UNDEFINED = 0x10;
const EXPLICIT_NAME = 0x40;
/** Kinds of relocation that name a function, by index or by its place in the table. */
const OF_FUNCTION = new Set([0, 1, 2, 12, 18, 19, 24, 26]);
/** Kinds that name a type, a global, a table or a tag, with nothing added. */
const OF_NEITHER = new Set([6, 7, 10, 13, 20]);

/** What ends a run of bytes that can go: fewer that nobody uses between two pieces of data are there to align them. */
const PADDING = 16;
/** Shorter runs cost more than they are. */
const SHORTEST = 24;

/**
 * The names of the functions that only `isGate` leads to, it included, and the addresses of the data that only they use:
 * `begin` and `end` of each run of bytes.
 */
export function onlyThrough(linked, isGate) {
  const module = read(linked);
  const gates = module.names.filter((name) => name !== undefined && isGate(name));
  if (gates.length !== 1) throw new Error(`there must be one gate, and there are ${gates.length}`);
  const reached = new Set();
  const open = [...module.roots];
  while (open.length > 0) {
    const thing = open.pop();
    if (reached.has(thing) || (thing.kind === FUNCTION && module.names[thing.index] === gates[0])) continue;
    reached.add(thing);
    open.push(...thing.uses);
  }
  const left = module.functions.filter((thing) => thing && !reached.has(thing)).map((thing) => module.names[thing.index]);
  // A name that two functions bear says of neither which one is meant: both stay.
  const times = new Map();
  for (const name of module.names) times.set(name, (times.get(name) ?? 0) + 1);
  const functions = left.filter((name) => name !== undefined && times.get(name) === 1);
  return { functions, data: runs(module.data, reached) };
}

/** Runs of bytes in the memory that hold nothing that was reached. */
function runs(data, reached) {
  const first = Math.min(...data.map((piece) => piece.address));
  const last = Math.max(...data.map((piece) => piece.address + piece.size));
  const UNUSED = 0;
  const LATER = 1;
  const AT_ONCE = 2;
  const use = new Uint8Array(last - first).fill(UNUSED);
  const mark = (piece, how) => use.fill(how, piece.address - first, piece.address - first + piece.size);
  for (const piece of data) if (!reached.has(piece)) mark(piece, LATER);
  for (const piece of data) if (reached.has(piece)) mark(piece, AT_ONCE);
  const found = [];
  for (let at = 0; at < use.length; at += 1) {
    if (use[at] !== LATER) continue;
    const run = found.at(-1);
    const between = run && use.subarray(run.end - first, at);
    if (run && between.length < PADDING && !between.includes(AT_ONCE)) run.end = first + at + 1;
    else found.push({ begin: first + at, end: first + at + 1 });
  }
  return found.filter((run) => run.end - run.begin >= SHORTEST);
}

function read(linked) {
  const all = sections(linked);
  const body = (id) => all.find((section) => section.id === id)?.body;
  const custom = (name) => all.find((section) => section.id === 0 && section.name === name)?.body;
  const linking = custom("linking");
  if (!linking) throw new Error("the module was not linked with --emit-relocs");
  const imported = imports(body(2)).filter((one) => one.kind === 0).length;
  const functions = bodies(body(10)).map(({ begin, end }, place) => ({ kind: FUNCTION, index: imported + place, begin, end, uses: [] }));
  const function_ = (index) => functions[index - imported];
  const symbols = symbolTable(linking, segments(body(11)));
  const things = symbols.map((symbol) => {
    if (symbol.kind === FUNCTION) return function_(symbol.index);
    return symbol.kind === DATA && symbol.end > symbol.begin ? symbol : undefined;
  });
  relate(custom("reloc.CODE"), functions, things);
  relate(custom("reloc.DATA"), symbols.filter((symbol) => symbol.kind === DATA), things);
  const roots = exports(body(7)).filter((one) => one.kind === 0).map((one) => function_(one.index));
  if (body(8)) roots.push(function_(number(body(8), 0).value));
  const data = symbols.filter((symbol) => symbol.kind === DATA && symbol.size > 0);
  return { functions, data, names: functionNames(custom("name")), roots: roots.filter(Boolean) };
}

/** Adds to each owner what is used within it. Owners are places in the section that the relocations are about. */
function relate(relocations, owners, things) {
  const sorted = owners.filter((owner) => owner.end > owner.begin).sort((one, other) => one.begin - other.begin);
  const longest = Math.max(0, ...sorted.map((owner) => owner.end - owner.begin));
  for (const { kind, at, symbol } of entries(relocations)) {
    if (OF_NEITHER.has(kind) || !things[symbol]) continue;
    // Pieces of data may overlap, so all that hold the place are looked for.
    let owned = false;
    for (let place = firstAfter(sorted, at) - 1; place >= 0 && sorted[place].begin > at - longest; place -= 1) {
      if (sorted[place].end <= at) continue;
      sorted[place].uses.push(things[symbol]);
      owned = true;
    }
    if (!owned) throw new Error(`what is used at ${at} is used by nothing`);
  }
}

function firstAfter(sorted, at) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].begin > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function entries(body) {
  const count = number(body, number(body, 0).next);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    const kind = body[at];
    const offset = number(body, at + 1);
    const symbol = number(body, offset.next);
    // The addend is signed; only its length matters here.
    at = OF_FUNCTION.has(kind) || OF_NEITHER.has(kind) ? symbol.next : number(body, symbol.next).next;
    found.push({ kind, at: offset.value, symbol: symbol.value });
  }
  return found;
}

/** Where the functions' bodies are within section 10. */
function bodies(body) {
  const count = number(body, 0);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    const size = number(body, at);
    const end = size.next + size.value;
    found.push({ begin: at, end });
    at = end;
  }
  return found;
}

function symbolTable(linking, placed) {
  const SYMBOLS = 8;
  let at = number(linking, 0).next;
  while (linking[at] !== SYMBOLS) {
    const size = number(linking, at + 1);
    at = size.next + size.value;
  }
  const count = number(linking, number(linking, at + 1).next);
  const found = [];
  at = count.next;
  const next = () => {
    const read = number(linking, at);
    at = read.next;
    return read.value;
  };
  const skipText = () => {
    at = text(linking, at).next;
  };
  for (let index = 0; index < count.value; index += 1) {
    const kind = next();
    const flags = next();
    if (kind === DATA) {
      skipText();
      const symbol = { kind, address: 0, size: 0, begin: 0, end: 0, uses: [] };
      if (!(flags & UNDEFINED)) {
        const segment = placed[next()];
        const offset = next();
        symbol.size = next();
        symbol.address = segment.address + offset;
        symbol.begin = segment.begin + offset;
        symbol.end = symbol.begin + symbol.size;
      }
      found.push(symbol);
    } else {
      found.push({ kind, index: next() });
      const SECTION = 3;
      if (kind !== SECTION && (!(flags & UNDEFINED) || flags & EXPLICIT_NAME)) skipText();
    }
  }
  return found;
}

/** The functions' names, by their index. */
function functionNames(body) {
  const names = [];
  for (let at = 0; at < body.length; ) {
    const size = number(body, at + 1);
    if (body[at] === 1) {
      const count = number(body, size.next);
      let entry = count.next;
      for (let index = 0; index < count.value; index += 1) {
        const place = number(body, entry);
        const name = text(body, place.next);
        names[place.value] = name.value;
        entry = name.next;
      }
    }
    at = size.next + size.value;
  }
  return names;
}
