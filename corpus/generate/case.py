"""Writes cases in the format of README.md."""

import base64
import json
import pathlib
import re

from x509 import AT

FOLDER = pathlib.Path(__file__).parent.parent

ERRORS = """san-not-fqdn cn-not-fqdn key-password-protected key-mismatch key-missing key-while-csr-in-progress not-pem bad-pem
bad-der empty too-large no-certificate no-private-key ambiguous-key unsupported-key-type private-key-in-certificate-file
bad-key too-many-trusted-cas no-crl client-auth-missing""".split()
WARNINGS = """ca-not-recognised crl-not-recognised crl-expired weak-security not-both-client-and-server expired not-yet-valid
revoked ca-as-server key-usage unknown-critical-extension not-a-ca duplicate-ca-common-name expires-soon cn-missing""".split()
ADVICE = """chain-order trust-list-unknown chain-in-file duplicate-ca duplicate-certificate not-after-beyond-2050
large-rsa-key unused-block cn-not-in-san unknown-subject-attribute issued-against-the-rules no-final-newline same-issuer-and-subject""".split()
SEVERITY = {rule: severity for severity, rules in (("error", ERRORS), ("warning", WARNINGS), ("advice", ADVICE))
            for rule in rules}
PARTS = {"certificate": 0, "private_key": 1, "trusted_ca": 2, "crl": 3, "csr": 4}
NOT_LOADABLE = {"ca-not-recognised", "expired", "not-yet-valid", "revoked"}
PART_OF = {"certificate": {"server-certificate": "file", "client-certificate": "file", "private-key": "certificate"},
           "private_key": {"server-certificate": "key", "client-certificate": "key", "private-key": "file"},
           "trusted_ca": {"trusted-ca": "file", "server-certificate": "trusted"},
           "crl": {"crl": "file", "server-certificate": "crl"}}

written = {}


class Finding:
    def __init__(self, rule, part="certificate", **attributes):
        self.rule, self.part, self.attributes = rule, part, attributes


def f(rule, block=0, **attributes):
    """A finding about the certificate file; `block=None` if the place is the whole file."""
    return Finding(rule, block=block, **attributes)


def key_f(rule, block=0, **attributes):
    return Finding(rule, "private_key", block=block, **attributes)


def ca_f(rule, block=0, **attributes):
    return Finding(rule, "trusted_ca", block=block, **attributes)


def crl_f(rule, block=None, **attributes):
    return Finding(rule, "crl", block=block, **attributes)


def plain(body):
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return (not text or text.endswith("\n")) and "\n=== " not in "\n" + text and not re.search(r"[^\n -~]", text)


def part_text(name, body):
    if isinstance(body, str):
        return f"=== {name} from {body}\n"
    if plain(body):
        return f"=== {name}\n{body.decode()}"
    encoded = base64.b64encode(body).decode()
    lines = [encoded[at:at + 100] for at in range(0, len(encoded), 100)]
    return f"=== {name} base64\n" + "".join(line + "\n" for line in lines)


def bytes_of(body):
    return (FOLDER / body).read_bytes() if isinstance(body, str) and "#" not in body else body


def lines_of_blocks(body):
    text = body.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    return [number for number, line in enumerate(text.split("\n"), 1) if "-----BEGIN " in line]


def finding_text(finding, kind, parts):
    attributes = {"part": finding.part, **finding.attributes}
    if attributes["block"] is None:
        attributes = {name: value for name, value in attributes.items() if name != "block"}
    elif "line" not in attributes:
        wanted = PART_OF[finding.part][kind]
        body = next((bytes_of(body) for name, body in parts if name == wanted), None)
        if isinstance(body, bytes):
            attributes["line"] = lines_of_blocks(body)[attributes["block"]]
    if finding.rule == "bad-pem" and "line" not in finding.attributes:
        attributes.pop("line", None)  # It is that of the damage, which each case knows best.
    words = [f"  {SEVERITY[finding.rule]} {finding.rule}"]
    for name in ("part", "block", "line", "field", "found", "message", "alarm"):
        if name in attributes:
            words.append(f"{name}={value_text(attributes[name])}")
    words += [f"mentions={value_text(text)}" for text in attributes.get("mentions", ())]
    return " ".join(words) + "\n"


def certificates_of(body):
    blocks = re.findall(rb"-----BEGIN CERTIFICATE-----([^-]*)-----END", body)
    return [base64.b64decode(b"".join(block.split())) for block in blocks]


def counted(parts):
    """How many certificates of the file are new, how many known, and how many the list has then."""
    file, *trusted = [certificates_of(bytes_of(body)) for _, body in parts]
    known = {made for bodies in trusted for made in bodies}
    added = set(file) - known
    return f"{len(added)} added, {len(file) - len(added)} known, {len(known | added)} in all"


def value_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    value = str(value)
    return value if re.fullmatch(r"[\w.\[\]-]+", value, re.ASCII) else json.dumps(value, ensure_ascii=True)


def order(finding):
    severities = ("error", "warning", "advice")
    block = finding.attributes.get("block")
    return severities.index(SEVERITY[finding.rule]), PARTS[finding.part], -1 if block is None else block


def case(name, why, source, parts, findings=(), *, kind="server-certificate", at=AT, loadable=None, unknown_list=False):
    findings = sorted(findings, key=order)
    severities = {SEVERITY[finding.rule] for finding in findings}
    decision = "refuse" if "error" in severities else "accept_with_warnings" if "warning" in severities else "accept"
    if loadable is None:
        not_now = NOT_LOADABLE & {finding.rule for finding in findings}
        loadable = decision != "refuse" and not (kind.endswith("certificate") and not_now)
    assert name not in written, name
    assert "\n" not in why and why.endswith("."), name
    text = (f"why: {why}\nsource: {source}\nkind: {kind}\nat: {at}\n"
            + ("trusted-list: unknown\n" if unknown_list else "")
            + f"decision: {decision}\nloadable: {value_text(loadable)}\n"
            + (f"trusted-cas: {counted(parts)}\n" if kind == "trusted-ca" and decision != "refuse" else "")
            + "findings:\n"
            + "".join(finding_text(finding, kind, parts) for finding in findings)
            + "".join(part_text(part, body) for part, body in parts))
    written[name] = text
    (FOLDER / f"{name}.case").write_text(text)


def shared(name, *certificates):
    body = b"".join(made if isinstance(made, bytes) else made.pem() for made in certificates)
    (FOLDER / "shared" / name).write_bytes(body)
    return f"shared/{name}"
