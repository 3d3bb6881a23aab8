"""What OpenSSL says of the certificates in the corpus: the judge must decode them alike."""

import base64
import re
import subprocess

import keys
from case import FOLDER

PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n")


def plain_certificates():
    """Certificates in plain sight, whose names are plain as well."""
    files = sorted(FOLDER.glob("shared/*.pem")) + sorted(FOLDER.glob("*.case"))
    found = {}
    for path in files:
        if not re.match(r"bad-|.*(hostile|markup|override|nul|homograph|utf|not-utf|line-feed|u-label|odd-length|address)", path.name):
            for block in PEM.findall(path.read_bytes()):
                found[base64.b64decode(b"".join(block.split(b"\n")[1:-2]))] = block
    return found.values()


def described(block):
    text = keys.openssl("x509", "-noout", "-fingerprint", "-sha256", "-serial", "-dates", "-dateopt", "iso_8601", "-subject",
                        "-issuer", "-nameopt", "RFC2253,utf8,-esc_msb", stdin=block).decode()
    values = dict(line.split("=", 1) for line in text.replace("\\\n", "").splitlines())
    moment = lambda name: values[name].replace(" ", "T")
    fingerprint = values["sha256 Fingerprint"].replace(":", "").lower()
    return "\t".join([fingerprint, values["serial"].lower(), moment("notBefore"), moment("notAfter"), values["subject"],
                      values["issuer"]])


def write():
    lines = []
    for block in plain_certificates():
        try:
            lines.append(described(block))
        except subprocess.CalledProcessError:
            pass  # Something else stands under the label; that is what its case is about.
    lines.sort()
    (FOLDER / "facts.tsv").write_text("".join(line + "\n" for line in lines))
    return len(lines)
