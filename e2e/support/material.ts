import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { FOLDER } from "./folder.ts";
import { NAME } from "./node.ts";

/** A certificate with its private key, PEM. */
export interface Pair {
  certificate: string;
  key: string;
}

/** What a leaf differs in from a sound server certificate for the node's name. */
export interface Leaf {
  /** Common name; `null` leaves the subject without one. */
  commonName?: string | null;
  /** As openssl writes them: `DNS:a.example.com`, `IP:192.0.2.1`. */
  names?: string[];
  /** The organisation, for text that somebody hostile chose. */
  organisation?: string;
  /** Extended key usages; both, unless given. */
  usages?: string;
  /** DNS names byte for byte, also such as openssl would not write; in place of `names`. */
  rawDnsNames?: string[];
  /** How long it lives; a year, unless given. */
  days?: number;
}

const MATERIAL = fs.mkdtempSync(path.join(FOLDER, "material-"));
let count = 0;

function file(content?: string): string {
  count += 1;
  const name = path.join(MATERIAL, String(count));
  if (content !== undefined) fs.writeFileSync(name, content);
  return name;
}

function openssl(words: string[]): string {
  return execFileSync("openssl", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function newKey(): string {
  return openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
}

/** A root CA of its own. */
export function rootCa(commonName: string, days = 3650): Pair {
  const key = newKey();
  const certificate = openssl([
    "req", "-x509", "-new", "-utf8", "-key", file(key), "-days", String(days), "-sha256", "-subj", `/O=Example/CN=${commonName}`,
    "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
  ]);
  return { certificate, key };
}

/** An intermediate CA of `issuer`; with `key` it is cross-signed. */
export function subordinateCa(issuer: Pair, commonName: string, key = newKey()): Pair {
  const extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "authorityKeyIdentifier=keyid", "subjectKeyIdentifier=hash"];
  const request = openssl(["req", "-new", "-utf8", "-key", file(key), "-subj", `/O=Example/CN=${commonName}`]);
  const certificate = openssl([
    "x509", "-req", "-in", file(request), "-CA", file(issuer.certificate), "-CAkey", file(issuer.key), "-sha256", "-days", "1825",
    "-set_serial", `0x${crypto.randomBytes(8).toString("hex").replace(/^./, "4")}`, "-extfile", file(extensions.join("\n")),
  ]);
  return { certificate, key };
}

/** A server certificate by `issuer`: sound for the node's name, but for what `leaf` says. */
export function serverCertificate(issuer: Pair, leaf: Leaf = {}): Pair {
  const key = newKey();
  const commonName = leaf.commonName === undefined ? NAME : leaf.commonName;
  const subject = `/O=${leaf.organisation ?? "Example"}` + (commonName === null ? "" : `/CN=${commonName}`);
  const names = leaf.rawDnsNames ? rawDnsNames(leaf.rawDnsNames) : (leaf.names ?? [`DNS:${NAME}`]).join(",");
  const extensions = [
    "basicConstraints=CA:FALSE",
    "keyUsage=critical,digitalSignature",
    `extendedKeyUsage=${leaf.usages ?? "serverAuth,clientAuth"}`,
    `subjectAltName=${names}`,
    "authorityKeyIdentifier=keyid",
  ];
  const request = openssl(["req", "-new", "-utf8", "-key", file(key), "-subj", subject]);
  const certificate = openssl([
    "x509", "-req", "-in", file(request), "-CA", file(issuer.certificate), "-CAkey", file(issuer.key), "-sha256",
    "-set_serial", `0x${crypto.randomBytes(8).toString("hex").replace(/^./, "4")}`, "-days", String(leaf.days ?? 365),
    "-extfile", file(extensions.join("\n")),
  ]);
  return { certificate, key };
}

/** A subject alternative name extension as openssl's configuration takes it, in DER. */
function rawDnsNames(names: string[]): string {
  const der = tlv(0x30, Buffer.concat(names.map((name) => tlv(0x82, Buffer.from(name, "latin1")))));
  return `DER:${der.toString("hex")}`;
}

/** The same private key, password protected. */
export function encrypted(key: string): string {
  return openssl(["pkcs8", "-topk8", "-in", file(key), "-passout", "pass:secret", "-iter", "2048"]);
}

/** The certificate for a request, with the extensions that it asks for. */
export function signed(issuer: Pair, request: string): string {
  return openssl([
    "x509", "-req", "-in", file(request), "-CA", file(issuer.certificate), "-CAkey", file(issuer.key), "-sha256",
    "-days", "90", "-copy_extensions", "copyall",
  ]);
}

/** Certificate, key and CA in one PKCS#12 file. */
export function pkcs12(pair: Pair, issuer: Pair, passphrase: string): Uint8Array {
  const out = file();
  openssl([
    "pkcs12", "-export", "-in", file(pair.certificate), "-inkey", file(pair.key), "-certfile", file(issuer.certificate),
    "-passout", `pass:${passphrase}`, "-out", out,
  ]);
  return fs.readFileSync(out);
}

/** SHA-256 of a certificate, lower-case hexadecimal. */
export function fingerprint(certificate: string): string {
  return new crypto.X509Certificate(certificate).fingerprint256.replaceAll(":", "").toLowerCase();
}

/**
 * `number` different root CAs, PEM. One is made with openssl; the others are it with other digits in its name, signed
 * again, because a thousand processes would take a quarter of a minute.
 */
export function manyRoots(number: number): string[] {
  const first = rootCa("Many Roots 0000");
  const der = new crypto.X509Certificate(first.certificate).raw;
  const tbs = element(der, 4 - (der[1] === 0x81 ? 1 : 0));
  const algorithm = element(der, tbs.end);
  const template = der.subarray(tbs.begin, tbs.end);
  return Array.from({ length: number }, (_unused, index) => {
    const body = Buffer.from(template.toString("latin1").replaceAll("Roots 0000", `Roots ${String(index).padStart(4, "0")}`), "latin1");
    const signature = crypto.sign("sha256", body, first.key);
    const bits = tlv(0x03, Buffer.concat([Buffer.from([0]), signature]));
    const certificate = tlv(0x30, Buffer.concat([body, der.subarray(algorithm.begin, algorithm.end), bits]));
    const lines = certificate.toString("base64").replace(/(.{64})/g, "$1\n").trimEnd();
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  });
}

/** Where a DER element begins and ends. */
function element(der: Buffer, begin: number): { begin: number; end: number } {
  const first = der[begin + 1] ?? 0;
  if (first < 0x80) return { begin, end: begin + 2 + first };
  const size = first & 0x7f;
  return { begin, end: begin + 2 + size + der.readUIntBE(begin + 2, size) };
}

function tlv(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** A revocation list of `issuer`, made by openssl, good for thirty days. */
export function revocationList(issuer: Pair, revoked: Pair[], number: number): string {
  const { words } = revocationDatabase(issuer, revoked, number);
  return openssl([...words, "-gencrl", "-crldays", "30"]);
}

/** What openssl knows as a CA: its files, and how it is called to work with them. */
export function revocationDatabase(
  issuer: Pair,
  revoked: Pair[],
  number = 1,
): { index: string; certificate: string; key: string; words: string[] } {
  const folder = fs.mkdtempSync(path.join(MATERIAL, "ca-"));
  const config = file([
    "[ca]", "default_ca = own", "[own]", `database = ${folder}/index.txt`, `crlnumber = ${folder}/number`, "default_md = sha256",
  ].join("\n"));
  fs.writeFileSync(`${folder}/index.txt`, "");
  fs.writeFileSync(`${folder}/number`, String(number).padStart(4, "0"));
  const [certificate, key] = [file(issuer.certificate), file(issuer.key)];
  const words = ["ca", "-config", config, "-cert", certificate, "-keyfile", key];
  for (const pair of revoked) openssl([...words, "-revoke", file(pair.certificate), "-crl_reason", "keyCompromise"]);
  return { index: `${folder}/index.txt`, certificate, key, words };
}
