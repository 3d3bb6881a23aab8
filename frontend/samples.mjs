// Makes `samples/` from the corpus: `node frontend/samples.mjs` writes it, `node frontend/samples.mjs --check` says
// whether it is what the corpus has today. A sample is a case whose parts stand in the file itself.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const corpus = join(here, "..", "corpus");
const samples = join(here, "samples");

const CHOSEN = {
  "A good one": {
    "accept-form-plain": "A sound certificate with its key",
    "accept-key-rsa2048-pkcs1": "RSA key in the older PKCS#1 form",
    "accept-form-bag-attributes": "With 'Bag Attributes' around it",
    "accept-key-alone-p256": "A private key by itself",
  },
  "Refused: names": {
    "san-not-fqdn-host-name": "Host name in the SAN",
    "san-not-fqdn-ip-address": "IP address in the SAN",
    "san-not-fqdn-every-entry": "Several wrong SAN entries",
    "san-not-fqdn-wildcard": "Wildcard in the SAN",
    "cn-not-fqdn-host-name": "Host name as common name",
    "cn-not-fqdn-ipv4": "IP address as common name",
    "cn-not-fqdn-markup": "Markup as common name",
    "cn-not-fqdn-right-to-left-override": "Common name that reads from right to left",
  },
  "Refused: private key": {
    "key-password-protected-pkcs8": "Password-protected key",
    "key-password-protected-traditional-rsa": "Password-protected key, older form",
    "key-mismatch-other-key": "Key of another certificate",
    "key-missing-none": "Key missing",
    "key-while-csr-in-progress-matching": "Key while a signing request is in progress",
    "ambiguous-key-two": "Two keys in one file",
    "unsupported-key-type-dsa": "Kind of key that TLS has no use for",
    "bad-key-even-exponent": "Broken RSA key",
    "no-private-key-certificate": "A certificate in the key's box",
    "not-pem-key-putty": "PuTTY key",
  },
  "Refused: file": {
    "not-pem-der-certificate": "DER instead of PEM",
    "not-pem-pkcs12": "PKCS#12 instead of PEM",
    "not-pem-utf-16-le": "UTF-16 text",
    "not-pem-html": "A web page",
    "bad-pem-stray-character": "Damaged PEM",
    "bad-der-truncated": "Cut-off certificate",
    "empty-file": "Empty file",
    "no-certificate-request": "A signing request instead of a certificate",
    "private-key-in-certificate-file-after": "Private key in the certificate file",
  },
  "Stored with a warning": {
    "ca-not-recognised-missing-intermediate": "Unknown CA: an intermediate is missing",
    "ca-not-recognised-missing-root": "Unknown CA: the root is missing",
    "cn-missing-organisation-only": "No common name",
    "weak-security-key-rsa1024": "Short RSA key",
    "weak-security-signed-with-sha1-rsa": "Signed with SHA-1",
    "expired-long-ago": "Expired",
    "expires-soon-20-days": "Expires soon",
    "not-yet-valid-a-year": "Not yet valid",
    "not-both-client-and-server-server-only": "For servers only",
    "ca-as-server": "A CA certificate as server certificate",
    "revoked-leaf": "Revoked",
    "crl-not-recognised-unknown-issuer": "Revocation list of an unknown CA",
  },
  "Other files": {
    "accept-ca-several": "CA certificates: a sound file",
    "bad-pem-ca-stray-character": "CA certificates: one of them damaged",
    "not-pem-trusted-ca-der": "CA certificates: DER instead of PEM",
    "empty-trusted-ca": "CA certificates: empty file",
    "no-crl-certificate": "Revocation list: a certificate instead of one",
  },
};

// Files that are too large to be kept: the page makes them of a sound case when they are chosen. `filled 262145` is the
// text, filled up with empty lines to so many bytes; `numbered 1001` is the certificate so many times, each with a serial
// number and a name of its own.
const MADE = {
  "too-large-certificate": {
    title: "Larger than 256 KiB",
    group: "Refused: file",
    from: "accept-form-plain",
    form: "filled 262145",
    why: "A certificate file has 256 KiB at most. This one has a byte more.",
    finding: "too-large",
  },
  "too-many-trusted-cas": {
    title: "CA certificates: 1001 of them",
    group: "Other files",
    from: "accept-ca-one",
    form: "numbered 1001",
    why: "The trusted CA list takes 1000 certificates.",
    finding: "too-many-trusted-cas",
  },
};

const wanted = new Map();
const index = [];
const missing = [];
for (const [group, cases] of Object.entries(CHOSEN)) {
  for (const [name, title] of Object.entries(cases)) {
    const file = found(name);
    if (!file) {
      missing.push(name);
      continue;
    }
    add(file, title, group, selfContained(readFileSync(join(corpus, file), "utf8")));
  }
  for (const [name, sample] of Object.entries(MADE).filter(([, { group: own }]) => own === group)) {
    const text = selfContained(readFileSync(join(corpus, found(sample.from)), "utf8"));
    add(`${name}.case`, sample.title, group, made(text, sample));
  }
}
wanted.set("index.json", JSON.stringify(index, null, 1) + "\n");

if (process.argv.includes("--check")) {
  const stale = [...wanted].filter(([file, text]) => !present(file) || readFileSync(join(samples, file), "utf8") !== text);
  if (stale.length + missing.length > 0) {
    console.error(`samples differ from the corpus: ${[...stale.map(([file]) => file), ...missing].join(", ")}`);
    console.error("Run `node frontend/samples.mjs`.");
    process.exit(1);
  }
} else {
  for (const file of readdirSync(samples)) rmSync(join(samples, file));
  for (const [file, text] of wanted) writeFileSync(join(samples, file), text);
  console.log(`${index.length} samples.${missing.length ? ` Not in the corpus: ${missing.join(", ")}` : ""}`);
}

function add(file, title, group, text) {
  wanted.set(file, text);
  // The service worker fetches samples anew when the index has changed, so it must change with each of them.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  index.push({ file, title, group, digest });
}

function made(text, { form, why, finding }) {
  const [head, ...parts] = text.split(/^(?==== )/m);
  const header = head
    .replace(/^why: .*$/m, `why: ${why}`)
    .replace(/^decision: .*$/m, "decision: refuse")
    .replace(/^findings:$[^]*/m, `findings:\n  error ${finding}\n`);
  return [header, ...parts].join("").replace(/^=== file$/m, `=== file ${form}`);
}

// The case of that name, or the first one that begins with it.
function found(name) {
  const files = readdirSync(corpus).filter((file) => file.endsWith(".case")).sort();
  return files.find((file) => file === `${name}.case`) ?? files.find((file) => file.startsWith(`${name}-`));
}

function present(file) {
  return readdirSync(samples).includes(file);
}

// Puts the bytes of other files of the corpus where a part refers to them.
function selfContained(text) {
  return text.replace(/^=== (\S+) from (\S+)$\n?/gm, (_, name, path) => {
    const [file, part] = path.split("#");
    const bytes = readFileSync(join(corpus, file));
    const content = part ? partOf(bytes.toString("utf8"), part) : { base64: false, text: bytes.toString("utf8") };
    return `=== ${name}${content.base64 ? " base64" : ""}\n${content.text}`;
  });
}

function partOf(text, name) {
  const match = new RegExp(`^=== ${name}( base64)?\\n((?:(?!=== ).*\\n?)*)`, "m").exec(text);
  if (!match) throw new Error(`there is no part ${name}`);
  return { base64: Boolean(match[1]), text: match[2] };
}
