#!/usr/bin/env python3
"""Writes seeds from the corpus of cases: python3 fuzz/seeds.py FOLDER (a folder below it for each target)."""

import base64
import hashlib
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parent.parent
BLOCK = re.compile(rb"-----BEGIN ([^-]+)-----\s([A-Za-z0-9+/=\s]+)-----END")
CASE_PARTS = {"file": 0, "key": 1, "trusted": 2, "crl": 3, "current-key": 4, "csr": 5, "certificate": 6}
VERIFY_PARTS = {"leaf": 0, "untrusted": 1, "trusted": 2, "crl": 3}


def keep(target, body):
    if 0 < len(body) <= 16384:
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(body).hexdigest()).write_bytes(body)


def parts_of(text):
    for marker, body in re.findall(rb"^=== (.+)\n((?:(?!^=== ).*\n?)*)", text, re.MULTILINE):
        words = marker.decode().split()
        if words[1:2] == ["from"]:
            path, _, name = words[2].partition("#")
            text = (ROOT / "corpus" / path).read_bytes()
            body = text if not name else dict(parts_of(text)).get(name, b"")
        elif words[1:2] == ["base64"]:
            body = base64.b64decode(body)
        yield words[0], body


def packed(number, body):
    return bytes([number]) + min(len(body), 65535).to_bytes(2, "big") + body[:65535]


def ders(text):
    for label, body in BLOCK.findall(text):
        try:
            yield label.decode(), base64.b64decode(b"".join(body.split()))
        except ValueError:
            pass


def children(body):
    """The values inside one DER value, each with its tag, contents and whole."""
    at = 0
    while at < len(body):
        size, start = body[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(body[at + 2:start], "big")
        yield body[at], body[start:start + size], body[at:start + size]
        at = start + size


def inside(body):
    return next(children(body))[1]


def extensions_of(der):
    fields = list(children(inside(inside(der))))
    found = [contents for tag, contents, _ in fields if tag in (0xA3, 0xA0) and contents[:1] == b"\x30"]
    return inside(found[-1]) if found else b""


def entries_of(der):
    fields = [contents for tag, contents, _ in children(inside(inside(der))) if tag == 0x30]
    return fields[2] if len(fields) > 2 else b""


def seed_path(parts):
    chain = [der for name in ("leaf", "untrusted", "trusted") for kind, body in parts if kind == name for _, der in ders(body)]
    lists = [der for kind, body in parts if kind == "crl" for _, der in ders(body)]
    body = b"".join(packed(level, extensions_of(der)) for level, der in enumerate([chain[0], chain[len(chain) // 2], chain[-1]]))
    for number, der in enumerate(lists[:3]):
        entries = entries_of(der)
        body += packed(3, bytes([(number + 1) % 3]) + len(entries).to_bytes(2, "big") + entries + extensions_of(der))
    keep("path", b"\x0c" + body)


def main():
    for path in sorted((ROOT / "corpus").glob("*.case")):
        parts = list(parts_of(path.read_bytes()))
        known = [packed(CASE_PARTS[name], body) for name, body in parts if name in CASE_PARTS]
        keep("judge", b"\0" + b"".join(known))
        for name, body in parts:
            keep("pem", body)
            for label, der in ders(body):
                kind = {"CERTIFICATE": "certificate", "X509 CRL": "crl", "CERTIFICATE REQUEST": "csr"}.get(label)
                kind = "key" if label.endswith("PRIVATE KEY") else kind
                if kind:
                    keep(kind, der)
    for path in sorted((ROOT / "corpus/verify").glob("*.case")):
        parts = list(parts_of(path.read_bytes()))
        files = [(name, der) for name, body in parts for _, der in ders(body)]
        keep("verify", b"\3" + b"".join(packed(VERIFY_PARTS[name], der) for name, der in files))
        for name, der in files:
            keep("crl" if name == "crl" else "certificate", der)
        if any(name == "leaf" for name, _ in files):
            seed_path(parts)
    for path in sorted((ROOT / "corpus/repair").iterdir()):
        if path.suffix not in (".py", ".json") and path.is_file():
            keep("repair", path.read_bytes())


main()
