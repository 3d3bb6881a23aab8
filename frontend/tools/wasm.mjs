// The binary form of WebAssembly (core specification, chapter 5), as far as the tools beside this file read and write it.

/** The sections of a module in order: number, name if it is a custom one, content. */
export function sections(module) {
  const found = [];
  for (let at = 8; at < module.length; ) {
    const size = number(module, at + 1);
    const end = size.next + size.value;
    const section = { id: module[at], name: "", body: module.subarray(size.next, end) };
    if (section.id === 0) {
      const own = text(section.body, 0);
      section.name = own.value;
      section.body = section.body.subarray(own.next);
    }
    found.push(section);
    at = end;
  }
  return found;
}

/** A module of these sections. */
export function module(parts) {
  const written = parts.map(({ id, name, body }) => {
    const content = id === 0 ? Buffer.concat([lengthAndText(name), body]) : body;
    return Buffer.concat([Buffer.from([id]), leb(content.length), content]);
  });
  return Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), ...written]);
}

/** The imports of section 2: what is imported from where, its kind, and its description as bytes. */
export function imports(body) {
  const count = number(body, 0);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    const from = text(body, at);
    const name = text(body, from.next);
    at = afterKind(body, name.next);
    found.push({ from: from.value, name: name.value, kind: body[name.next], what: body.subarray(name.next, at) });
  }
  return found;
}

export function writeImports(list) {
  const written = list.map(({ from, name, what }) => Buffer.concat([lengthAndText(from), lengthAndText(name), what]));
  return Buffer.concat([leb(list.length), ...written]);
}

/** The exports of section 7. */
export function exports(body) {
  const count = number(body, 0);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    const name = text(body, at);
    const place = number(body, name.next + 1);
    found.push({ name: name.value, kind: body[name.next], index: place.value });
    at = place.next;
  }
  return found;
}

export function writeExports(list) {
  const written = list.map(({ name, kind, index }) => Buffer.concat([lengthAndText(name), Buffer.from([kind]), leb(index)]));
  return Buffer.concat([leb(list.length), ...written]);
}

/** The segments of section 11: their address in the memory, their bytes, and where these begin in the section. */
export function segments(body) {
  const count = number(body, 0);
  const found = [];
  let at = count.next;
  for (let index = 0; index < count.value; index += 1) {
    // Linkers write active segments at a fixed address: `i32.const`, and `end` after it.
    if (body[at] !== 0 || body[at + 1] !== 0x41) throw new Error("a segment of another kind");
    const address = number(body, at + 2);
    const size = number(body, address.next + 1);
    at = size.next + size.value;
    found.push({ address: address.value, begin: size.next, bytes: body.subarray(size.next, at) });
  }
  return found;
}

export function writeSegments(list) {
  const written = list.map(({ address, bytes }) =>
    Buffer.concat([Buffer.from([0, 0x41]), signed(address), Buffer.from([0x0b]), leb(bytes.length), bytes]),
  );
  return Buffer.concat([leb(list.length), ...written]);
}

/** Where the description of an import ends (5.5.5). */
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

/** An unsigned number, and where it ends. */
export function number(bytes, at) {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at];
    at += 1;
    value += (byte & 127) * factor;
    if (byte < 128) return { value, next: at };
  }
}

/** A text with its length before it, and where it ends. */
export function text(bytes, at) {
  const length = number(bytes, at);
  const next = length.next + length.value;
  return { value: bytes.toString("utf8", length.next, next), next };
}

export function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

/** A number that is not negative, as `i32.const` takes it: the highest bit of its last byte would be the sign. */
function signed(value) {
  const bytes = [...leb(value)];
  const last = bytes.length - 1;
  return Buffer.from(bytes[last] & 64 ? [...bytes.slice(0, last), bytes[last] | 128, 0] : bytes);
}

function lengthAndText(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([leb(bytes.length), bytes]);
}
