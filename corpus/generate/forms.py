"""Forms: PEM as people have it, what only looks like it, and what is something else."""

import base64
import io
import pathlib
import subprocess
import tempfile
import zipfile

import der
import keys
from case import ca_f, case, f, key_f
from world import GOOD, ISSUING, KEY, LIST, ROOT, pem_list, upload
from x509 import leaf

FORMS = "docs/decisions/0007: blocks"
OTHER_FORMS = "docs/decisions/0007: recognised for what they are and named in the error"
PEM = GOOD.pem()
BARE = GOOD.pem(decode=False)


def accepted(name, why, file=BARE, key=None, findings=(), source=FORMS):
    case(f"accept-form-{name}", why, source, upload(file, **({} if key is None else {"key": key})), findings)


def good_forms():
    accepted("plain", "One PEM block and nothing else is what is asked for.")
    accepted("crlf", "A file from Windows has CRLF.", PEM.replace(b"\n", b"\r\n"))
    accepted("lone-cr", "A file from an old editor has CR alone.", PEM.replace(b"\n", b"\r"))
    accepted("mixed-line-ends", "Files put together from several systems mix their line ends.",
             PEM.replace(b"\n", b"\r\n", 9).replace(b"\r\n", b"\r", 3))
    accepted("bom", "An editor on Windows puts a byte order mark first.", b"\xef\xbb\xbf" + PEM)
    accepted("bom-directly-before-begin", "The mark must not hide the BEGIN behind it.", b"\xef\xbb\xbf" + BARE)
    accepted("bom-crlf", "Mark and CRLF together are what Notepad writes.", b"\xef\xbb\xbf" + BARE.replace(b"\n", b"\r\n"))
    accepted("text-before", "A mail around the block is text to be skipped.", b"Hello,\nhere it is:\n\n" + BARE)
    accepted("text-after", "A mail around the block is text to be skipped.", BARE + b"\n-- \nYour CA\n")
    accepted("text-latin-1", "Text around the block need not be UTF-8.", "Grüße\n".encode("latin-1") + BARE + b"\xe4\n")
    accepted("text-utf-8", "Text around the block may be any UTF-8.", "Grüße, \u202e привет\n".encode() + BARE)
    accepted("text-with-dashes", "Lines of dashes in the text are no blocks.", b"----------\n-----\nEXPE1\n----------\n" + BARE)
    accepted("bag-attributes", "OpenSSL writes these lines when it unpacks PKCS#12.",
             b"Bag Attributes\n    friendlyName: expe1\n    localKeyID: 54 69 6D 65 20 31\nsubject=C = GB, CN = expe1.example.com\n"
             b"\nissuer=C = GB, CN = Example Issuing CA\n\n" + BARE)
    accepted("explanatory-text", "`openssl x509 -text` writes the decoded certificate above the block.",
             keys.openssl("x509", "-text", stdin=BARE))
    accepted("trailing-blanks", "Copying from a terminal leaves blanks at the ends of lines.",
             b"".join(line + b" \t\n" for line in BARE.splitlines()))
    accepted("one-long-line", "All of the base64 in one line still decodes to the same certificate.",
             GOOD.pem(decode=False, width=100_000))
    accepted("line-of-76", "MIME breaks lines at 76.", GOOD.pem(decode=False, width=76))
    accepted("line-of-16", "Short lines still decode to the same certificate.", GOOD.pem(decode=False, width=16))
    accepted("line-of-1", "Even one character a line decodes to the same certificate.", GOOD.pem(decode=False, width=1))
    body = BARE.split(b"\n")
    uneven = b"\n".join([body[0], body[1][:7], body[1][7:] + body[2], *body[3:]])
    accepted("uneven-lines", "Lines of uneven length still decode to the same certificate.", uneven)
    accepted("blank-lines-inside", "Double-spaced text from a mail program has blank lines inside the block.",
             BARE.replace(b"\n", b"\n\n"))
    accepted("blank-lines-around", "Blank lines before and after mean nothing.", b"\n\n\n" + BARE + b"\n\n\n")
    accepted("x509-certificate-label", "An old label for a certificate, which OpenSSL reads too.",
             GOOD.pem("X509 CERTIFICATE", decode=False))
    accepted("trusted-certificate-label", "OpenSSL's own label, with its trust settings after the certificate.",
             keys.openssl("x509", "-trustout", "-addtrust", "serverAuth", stdin=BARE))
    case("no-final-newline-certificate", "The appliance is known to break on files without a final newline; here it is advice.",
         "spec facts: a key file without a final newline", upload(BARE[:-1]), [f("no-final-newline", None)])
    case("no-final-newline-key", "The appliance is known to break on files without a final newline; here it is advice.",
         "spec facts: a key file without a final newline", upload(GOOD, KEY[:-1]), [key_f("no-final-newline", None)])
    case("no-final-newline-near-miss-crlf", "A CRLF at the end is a final newline.", FORMS,
         upload(BARE.replace(b"\n", b"\r\n")))
    accepted("key-crlf", "A key from Windows has CRLF.", key=KEY.replace(b"\n", b"\r\n"))
    accepted("key-lone-cr", "A key from an old editor has CR alone.", key=KEY.replace(b"\n", b"\r"))
    accepted("key-bom", "An editor on Windows puts a byte order mark first.", key=b"\xef\xbb\xbf" + KEY)
    accepted("key-text-around", "Text around a key is skipped as around a certificate.", key=b"The key:\n" + KEY + b"(end)\n")
    accepted("key-bag-attributes", "OpenSSL writes these lines when it unpacks PKCS#12.",
             key=b"Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n" + keys.pkcs8("p256-leaf"))
    accepted("key-long-line", "All of the base64 of a key in one line decodes to the same key.",
             key=keys.pem("PRIVATE KEY", keys.pkcs8_der("p256-leaf"), 10_000))
    accepted("key-short-lines", "Short lines decode to the same key.",
             key=keys.pem("PRIVATE KEY", keys.pkcs8_der("p256-leaf"), 20))
    accepted("key-trailing-blanks", "Copying from a terminal leaves blanks at the ends of lines.",
             key=b"".join(line + b"  \n" for line in KEY.splitlines()))


def bad_pem(name, why, file, block=0, **more):
    case(f"bad-pem-{name}", why, "RFC 7468, 3", upload(file), [f("bad-pem", block, **more)])


def broken_blocks():
    lines = BARE.split(b"\n")
    end = b"-----END CERTIFICATE-----\n"
    bad_pem("no-end", "A block without its END was cut off while copying.", BARE.replace(end, b""))
    bad_pem("other-end-label", "A block that ends under another label is put together from two.",
            BARE.replace(end, b"-----END PRIVATE KEY-----\n"))
    bad_pem("stray-character", "A character that is not base64 is named with its line.",
            b"\n".join([*lines[:3], lines[3][:10] + b"*" + lines[3][11:], *lines[4:]]), line=4)
    bad_pem("url-safe-alphabet", "Base64 with - and _ is another alphabet.",
            BARE.replace(lines[2], b"-_" + lines[2][2:]), line=3)
    bad_pem("lost-character", "One character lost leaves base64 of an impossible length.",
            b"\n".join([*lines[:3], lines[3][1:], *lines[4:]]))
    bad_pem("data-after-padding", "Nothing follows the padding.", BARE.replace(end, b"AAAA\n" + end)
            if b"=" in lines[-3] else BARE.replace(end, b"AA==\nAAAA\n" + end))
    bad_pem("ellipsis", "An excerpt from a manual, shortened by three dots, is not the whole certificate.",
            b"\n".join([*lines[:3], b"...", *lines[-3:]]), line=4)
    bad_pem("empty-block", "A block with nothing in it holds no certificate.", b"-----BEGIN CERTIFICATE-----\n" + end)
    case("bad-pem-begin-inside-block", "A second BEGIN before the END: the first block was cut off; the second is whole.",
         "RFC 7468, 3", upload(b"\n".join(lines[:5]) + b"\n" + BARE), [f("bad-pem", 0)])
    case("not-pem-end-without-begin", "An END without its BEGIN: the first line was lost while copying; no block begins.",
         "RFC 7468, 3", upload(b"\n".join(lines[1:])), [f("not-pem", None)])
    case("bad-pem-key", "A key that was cut off is named as such, and not as missing.", "RFC 7468, 3",
         upload(GOOD, KEY.replace(b"-----END EC PRIVATE KEY-----\n", b"")), [key_f("bad-pem")])
    bad_der("random", "Base64 of noise is no certificate.", bytes(range(7, 200)))
    bad_der("truncated", "A certificate cut off in the middle is named as such.", GOOD.der[:-20])
    bad_der("trailing-bytes", "Bytes after the certificate belong to nothing.", GOOD.der + b"\0\0")
    bad_der("length-not-minimal", "DER has one way to write a length; another may hide a second meaning.",
            b"\x30\x83\x00" + GOOD.der[2:])
    bad_der("indefinite-length", "BER with indefinite length is not DER.", b"\x30\x80" + GOOD.der[4:] + b"\0\0")
    bad_der("other-object", "A public key under the label of a certificate is no certificate.", keys.spki("p256-leaf"))
    bad_der("nested-deep", "A thousand nested sequences are refused without a crash.",
            b"\x30\x84\x00\x00\x0f\xa0" + b"\x30\x80" * 2000)
    case("bad-der-key", "A key cut off in the middle is named as such.", "docs/decisions/0007: bad DER",
         upload(GOOD, keys.pem("PRIVATE KEY", keys.pkcs8_der("p256-leaf")[:-9])), [key_f("bad-der")])
    case("bad-der-key-random", "Base64 of noise is no key.", "docs/decisions/0007: bad DER",
         upload(GOOD, keys.pem("PRIVATE KEY", bytes(range(40, 140)))), [key_f("bad-der")])
    case("bad-der-second-block", "A sound certificate before a broken one does not make the file sound; block and line are said.",
         "docs/decisions/0007: bad DER", upload(PEM + keys.pem("CERTIFICATE", ISSUING.der[:-5])), [f("bad-der", 1)])


def bad_der(name, why, body):
    case(f"bad-der-{name}", why, "docs/decisions/0007: bad DER", upload(keys.pem("CERTIFICATE", body)), [f("bad-der")])


def pkcs7(form):
    return keys.openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", "-outform", form, stdin=pem_list(GOOD, ISSUING))


def pkcs12():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "both.pem"
        path.write_bytes(KEY + BARE)
        return keys.openssl("pkcs12", "-export", "-in", path, "-passout", "pass:example")


def open_ssh(password):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "key"
        path.write_bytes(KEY)
        path.chmod(0o600)
        command = ["ssh-keygen", "-p", "-N", password, "-C", "example", "-f", str(path)]
        subprocess.run(command, check=True, capture_output=True)
        return path.read_bytes()


def java_key_store():
    with tempfile.TemporaryDirectory() as folder:
        source, store = pathlib.Path(folder) / "leaf.pem", pathlib.Path(folder) / "store.jks"
        source.write_bytes(BARE)
        command = ["keytool", "-importcert", "-noprompt", "-alias", "a", "-file", str(source), "-storetype", "JKS",
                   "-keystore", str(store), "-storepass", "example"]
        subprocess.run(command, check=True, capture_output=True)
        return store.read_bytes()


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("expe1.pem"), BARE)
    return buffer.getvalue()


PUTTY = b"""PuTTY-User-Key-File-3: ecdsa-sha2-nistp256
Encryption: none
Comment: example
Public-Lines: 3
AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLU0MbgXYSOi
SXmFIy+FsabsHf7Zi0bGpQKhSgbQWiO83aatcIzH+jsOnLcswR+hCr0F8mNYAw6Z
i29o3odeVg8=
Private-Lines: 1
AAAAIQDMmjNUeDbAoxisaIEKZiSv0WPorHSJA9q7gVH6y2xDaw==
Private-MAC: 0000000000000000000000000000000000000000000000000000000000000000
"""


def not_pem(name, why, file, rule="not-pem", mentions=(), block=None, source=OTHER_FORMS):
    case(f"{rule}-{name}", why, source, upload(file), [f(rule, block, **({"mentions": mentions} if mentions else {}))])


def not_pem_key(name, why, file, rule="not-pem", mentions=(), block=None):
    case(f"{rule}-key-{name}", why, OTHER_FORMS, upload(GOOD, file),
         [key_f(rule, block, **({"mentions": mentions} if mentions else {}))])


def something_else():
    text = BARE.decode()
    not_pem("der-certificate", "A DER certificate is named, with the way to turn it into PEM.", GOOD.der, mentions=["DER"])
    not_pem("pkcs7-der", "A PKCS#7 bundle is named, with the way to take the certificates out.", pkcs7("DER"), mentions=["PKCS#7"])
    not_pem("pkcs7-pem", "PEM armour around PKCS#7 does not make it a certificate.", pkcs7("PEM"), "no-certificate",
            mentions=["PKCS#7"], block=0)
    not_pem("pkcs12", "A PKCS#12 file is named, with the way to take certificate and key out.", keys.kept("both.p12", pkcs12),
            mentions=["PKCS#12"])
    not_pem("utf-16-le", "Notepad's 'Unicode' is UTF-16; it is named, with the way to save it anew.",
            b"\xff\xfe" + text.encode("utf-16-le"), mentions=["UTF-16"])
    not_pem("utf-16-be", "UTF-16 in the other order is named too.", b"\xfe\xff" + text.encode("utf-16-be"), mentions=["UTF-16"])
    not_pem("utf-16-le-no-mark", "PowerShell may write UTF-16 without the mark.", text.encode("utf-16-le"), mentions=["UTF-16"])
    not_pem("java-key-store", "A Java key store is something else.", keys.kept("leaf.jks", java_key_store))
    not_pem("zip", "An archive that holds the PEM file is not the PEM file.", zipped())
    not_pem("junk", "Noise is named as not being PEM.", bytes((n * 89 + 7) % 256 for n in range(600)))
    not_pem("text", "Text without any block holds no PEM.", b"Please find the certificate attached.\n")
    not_pem("html", "A login page saved instead of the certificate.", b"<!DOCTYPE html>\n<title>Sign in</title>\n<p>Please sign in.\n")
    not_pem("base64-alone", "Base64 without BEGIN and END is not PEM.", b"\n".join(BARE.split(b"\n")[1:-2]) + b"\n")
    not_pem("typographic-dashes", "A word processor has made long dashes of the five hyphens.",
            text.replace("-----", "\u2014\u2014-").encode())
    not_pem("zero-bytes", "A sector of zeros from a broken disk.", bytes(512))
    not_pem("putty-key", "A PuTTY key in the certificate box is named for what it is.", PUTTY, mentions=["PuTTY"])
    not_pem_key("der", "A DER key is named, with the way to turn it into PEM.", keys.pkcs8_der("p256-leaf"), mentions=["DER"])
    not_pem_key("pkcs12", "A PKCS#12 file in the key box is named.", keys.kept("both.p12", pkcs12), mentions=["PKCS#12"])
    not_pem_key("putty", "A PuTTY key is named, with the way to export it.", PUTTY, mentions=["PuTTY"])
    not_pem_key("open-ssh", "An OpenSSH key is named, with the way to convert it.", keys.kept("open-ssh.key", lambda: open_ssh("")),
                "unsupported-key-type", mentions=["OpenSSH"], block=0)
    not_pem_key("utf-16-le", "A key saved as UTF-16 is named.", b"\xff\xfe" + KEY.decode().encode("utf-16-le"), mentions=["UTF-16"])
    not_pem_key("junk", "Noise is no key.", bytes((n * 89 + 7) % 256 for n in range(600)))
    case("not-pem-trusted-ca-der", "A DER certificate in the CA box is named too.", OTHER_FORMS,
         [("file", ROOT.der)], [ca_f("not-pem", None, mentions=["DER"])], kind="trusted-ca")
    case("not-pem-trusted-ca-pkcs7", "A .p7b is what many CAs hand out; it is named, with the way to take the certificates out.",
         OTHER_FORMS, [("file", pkcs7("DER"))], [ca_f("not-pem", None, mentions=["PKCS#7"])], kind="trusted-ca")
    for name, body in (("file", b""), ("blank-lines", b"\n\n  \n"), ("mark-only", b"\xef\xbb\xbf")):
        case(f"empty-{name}", "An empty file is named as empty: the export failed.", "docs/decisions/0007: empty", upload(body),
             [f("empty", None)])
    case("empty-key", "An empty key file is not the same as no key.", "docs/decisions/0007: empty", upload(GOOD, b""), [key_f("empty", None)])
    case("empty-trusted-ca", "An empty file in the CA box is named as empty.", "docs/decisions/0007: empty", [("file", b"")],
         [ca_f("empty", None)], kind="trusted-ca")


def no_certificate():
    asked = keys.kept("request.csr", lambda: __import__("x509").request("p256-leaf"))
    case("no-certificate-request", "The request was uploaded instead of the certificate the CA made from it.",
         "docs/decisions/0007: no certificate", upload(asked), [f("no-certificate", None)])
    public = keys.pem("PUBLIC KEY", keys.spki("p256-leaf"))
    case("no-certificate-public-key", "A public key is not a certificate.", "docs/decisions/0007: no certificate", upload(public),
         [f("no-certificate", None)])
    case("no-certificate-unknown-label", "A block under a label of its own is not a certificate.", "docs/decisions/0007: no certificate",
         upload(keys.pem("EXAMPLE", b"\x30\x00")), [f("no-certificate", None)])
    case("no-certificate-near-miss-other-block", "A block of another kind beside the certificate is passed over.", FORMS,
         upload(keys.pem("EXAMPLE", b"\x30\x00") + BARE), [f("unused-block", 0)])
    case("private-key-in-certificate-file-alone", "The key was dropped into the certificate box: that is the one fault to say.",
         "docs/decisions/0007: a private key in the certificate file", upload(KEY), [f("private-key-in-certificate-file", 0)])
    assert leaf and base64 and der and LIST


def write():
    good_forms()
    broken_blocks()
    something_else()
    no_certificate()
