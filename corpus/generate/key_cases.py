"""Private keys: formats, strengths, faults, passwords, and where the key comes from."""

import hashlib

import der
import keys
from case import Finding, case, f, key_f
from world import GOOD, ISSUING, KEY, RSA_ROOT, upload
from x509 import HOST, leaf, request

KEYS = "docs/decisions/0007: keys"
RSA_USAGES = ("digitalSignature", "keyEncipherment")


def fingerprint(name):
    return hashlib.sha256(keys.spki(name)).hexdigest()


def leaf_for(key, **more):
    usages = RSA_USAGES if key.startswith(("rsa", "forged")) else ("digitalSignature",)
    return leaf(ISSUING, key, **{"usages": usages, **more})


def inner_sec1(name):
    """The SEC1 structure without the public key, as some tools write it."""
    body = keys.unpem(keys.key(name))
    scalar = body[body.index(b"\x04\x20") + 2:][:32]
    curve = der.explicit(0, der.oid("1.2.840.10045.3.1.7"))
    return scalar, curve


EC_P256 = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))


def formats():
    for kind in ("rsa2048", "rsa3072", "rsa4096", "p256", "p384", "p521", "ed25519"):
        name = f"{kind}-leaf"
        made = leaf_for(name)
        case(f"accept-key-{kind}-pkcs8", f"A {kind} key in PKCS#8 is what current tools write.", KEYS, upload(made, keys.pkcs8(name)))
        if kind != "ed25519":
            old = "pkcs1" if kind.startswith("rsa") else "sec1"
            case(f"accept-key-{kind}-{old}", f"A {kind} key in its older form is read as well.", KEYS, upload(made, keys.key(name)))
    parameters = keys.pem("EC PARAMETERS", der.oid("1.2.840.10045.3.1.7"))
    case("accept-key-p256-sec1-parameters-first", "`openssl ecparam -genkey` writes EC PARAMETERS before the key.", KEYS,
         upload(GOOD, parameters + KEY))
    scalar, curve = inner_sec1("p256-leaf")
    without = der.sequence(der.integer(1), der.octets(scalar), curve)
    case("accept-key-p256-sec1-without-public", "The public key in SEC1 is optional; it follows from the private one.",
         "RFC 5915, 3", upload(GOOD, keys.pem("EC PRIVATE KEY", without)))
    bare = der.sequence(der.integer(0), EC_P256, der.octets(der.sequence(der.integer(1), der.octets(scalar))))
    case("accept-key-p256-pkcs8-without-public", "The public key inside PKCS#8 is optional too.", "RFC 5958; RFC 5915",
         upload(GOOD, keys.pem("PRIVATE KEY", bare)))
    old = keys.pkcs8_der("ed25519-leaf")
    second = der.sequence(der.integer(1), old[5:], der.implicit(1, b"\0" + keys.spki("ed25519-leaf")[-32:]))
    case("accept-key-ed25519-pkcs8-v2", "The newer form of PKCS#8 carries the public key beside the private one.", "RFC 8410, 7",
         upload(leaf_for("ed25519-leaf"), keys.pem("PRIVATE KEY", second)))
    case("accept-key-wrong-label-pkcs1", "PKCS#8 under the label of PKCS#1 is still the key it is.",
         "docs/decisions/0007", upload(leaf_for("rsa2048-leaf"),
                                                                 keys.pem("RSA PRIVATE KEY", keys.pkcs8_der("rsa2048-leaf"))))
    case("accept-key-rsa-under-ec-issuer", "RSA and ECDSA may be mixed in a chain.", "spec facts: mixed chain",
         upload(leaf_for("rsa2048-leaf"), keys.pkcs8("rsa2048-leaf")))
    case("accept-key-ec-under-rsa-issuer", "RSA and ECDSA may be mixed in a chain.", "spec facts: mixed chain",
         upload(leaf(RSA_ROOT)))
    for name in ("rsa2048", "p256", "ed25519"):
        case(f"accept-key-alone-{name}", "A key alone, dropped into the key box, is looked at by itself.", "INTERFACE.md: kinds",
             [("file", keys.pkcs8(f"{name}-leaf"))], kind="private-key")
    case("accept-key-alone-with-certificate", "A key dropped into the key box belongs to the certificate at its side.",
         "INTERFACE.md: --certificate", [("file", KEY), ("certificate", GOOD.pem())], kind="private-key")


def strengths():
    weak = "spec: Warning messages, acceptable level of security; docs/decisions/0002 and 0009"
    for kind, why in (("rsa1024", "RSA below 2048 bits is a warning; TLS does not sign with it, so it is not loaded."),
                      ("p192", "P-192 is a warning; TLS does not sign with it, so it is not loaded."),
                      ("explicit", "A curve written out instead of named is a warning; TLS cannot use it.")):
        name = f"{kind}-leaf"
        made = leaf_for(name)
        case(f"weak-security-key-{kind}", why, weak, upload(made, keys.key(name)), [f("weak-security")], loadable=False)
    made = leaf_for("rsa2047-leaf")
    case("weak-security-key-rsa2047", "2047 bits are below 2048.", weak, upload(made, keys.key("rsa2047-leaf")), [f("weak-security")],
         loadable=False)
    case("weak-security-near-miss-rsa2048", "2048 bits are enough.", weak,
         upload(leaf_for("rsa2048-other"), keys.key("rsa2048-other")))
    made = leaf_for("rsa8192-leaf")
    case("large-rsa-key-8192", "The appliance is known to break on RSA 8192; here it loads, with advice.",
         "spec facts: RSA 8192; docs/decisions/0002", upload(made, keys.key("rsa8192-leaf")), [f("large-rsa-key")])
    case("large-rsa-key-near-miss-4096", "4096 bits are not above 4096.", "spec facts: RSA 8192",
         upload(leaf_for("rsa4096-leaf"), keys.key("rsa4096-leaf")))
    alone = {"dsa": "A DSA key is for no TLS of today.", "p224": "P-224 is no curve of TLS 1.3.", "k256": "secp256k1 is no curve of TLS.",
             "brainpool": "The Brainpool curves are not in the table of keys that load.",
             "ed448": "Ed448 is not in the table of keys that load.", "x25519": "An X25519 key can agree on keys and cannot sign."}
    for kind, why in alone.items():
        case(f"unsupported-key-type-{kind}", why, "docs/decisions/0002",
             [("file", keys.pkcs8(f"{kind}-leaf"))], [key_f("unsupported-key-type")], kind="private-key")
    case("unsupported-key-type-p224-sec1", "The older form of a P-224 key is recognised too.", "docs/decisions/0002",
         [("file", keys.key("p224-leaf"))], [key_f("unsupported-key-type")], kind="private-key")


def broken_keys():
    source = "docs/decisions/0009"
    for name, why in (("exponent-1", "With exponent 1 the signature is the message."),
                      ("even-exponent", "An even exponent has no inverse: the key is broken."),
                      ("close", "Primes this near each other are found by Fermat's method in one step."),
                      ("roca", "Primes of this shape come from a broken library (CVE-2017-15361) and can be factored.")):
        case(f"bad-key-{name}", why, source, [("file", keys.forged_pkcs1(f"forged-{name}"))], [key_f("bad-key")], kind="private-key")
    case("bad-key-rsa512", "512 bits are factored in hours: refused, not only warned of.", source,
         [("file", keys.key("rsa512-leaf"))], [key_f("bad-key")], kind="private-key")
    n, e, d, p, q = keys.forged_rsa("forged-sound")
    wrong = keys.pem("RSA PRIVATE KEY", keys.rsa_parts(n + 2, e, d, p, q))
    case("bad-key-modulus-not-product", "A key whose modulus is not the product of its primes signs nothing that verifies.", source,
         [("file", wrong)], [key_f("bad-key")], kind="private-key")
    case("bad-key-near-miss-sound", "The same key unharmed is accepted.", source,
         [("file", keys.forged_pkcs1("forged-sound"))], kind="private-key")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    _, curve = inner_sec1("p256-leaf")
    for name, value, why in (("zero", 0, "Zero is no private key."), ("order", order, "The order of the curve is one too many.")):
        body = der.sequence(der.integer(1), der.octets(value.to_bytes(32, "big")), curve)
        case(f"bad-key-scalar-{name}", why, "SEC 1, 3.2.1", [("file", keys.pem("EC PRIVATE KEY", body))], [key_f("bad-key")],
             kind="private-key")
    scalar, curve = inner_sec1("p256-leaf")
    other = der.explicit(1, der.bits(keys.spki("p256-other")[-65:]))
    body = der.sequence(der.integer(1), der.octets(scalar), curve, other)
    case("bad-key-public-half-of-another", "The public key in the file is not the private key's: the file was put together.",
         "RFC 5915, 3", [("file", keys.pem("EC PRIVATE KEY", body))], [key_f("bad-key")], kind="private-key")


def encrypted(name, why, make, **more):
    text = keys.kept(f"encrypted-{name}.pem", make)
    made = more.get("made", GOOD)
    case(f"key-password-protected-{name}", why, "spec: step 3, must not be password protected", upload(made, text),
         [key_f("key-password-protected")])
    return text


def passwords():
    def openssl(*arguments, key="p256-leaf"):
        return lambda: keys.openssl(*arguments, "-passout", "pass:example", stdin=keys.key(key))

    rsa = leaf_for("rsa2048-leaf")
    modern = encrypted("pkcs8", "ENCRYPTED PRIVATE KEY says so in its label.", openssl("pkcs8", "-topk8", "-v2", "aes256"))
    encrypted("pkcs8-pbes1", "The oldest scheme of PKCS#8 is encrypted as well.",
              openssl("pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"))
    encrypted("traditional-rsa", "Proc-Type: 4,ENCRYPTED inside the block says so.",
              openssl("rsa", "-traditional", "-aes128", key="rsa2048-leaf"), made=rsa)
    encrypted("traditional-ec", "Proc-Type: 4,ENCRYPTED inside the block says so.", openssl("ec", "-aes128"))
    for label in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"):
        case(f"key-password-protected-under-label-{label.lower().replace(' ', '-')}",
             "Encrypted PKCS#8 under the label of a plain key is still encrypted.", KEYS,
             upload(GOOD, keys.pem(label, keys.unpem(modern))), [key_f("key-password-protected")])
    case("key-password-protected-crlf", "Headers inside the block are found behind CRLF too.", KEYS,
         upload(GOOD, (keys.FOLDER / "encrypted-traditional-ec.pem").read_bytes().replace(b"\n", b"\r\n")),
         [key_f("key-password-protected")])
    case("key-password-protected-trailing-blanks", "Headers inside the block are found with blanks at the ends of lines too.", KEYS,
         upload(GOOD, (keys.FOLDER / "encrypted-traditional-ec.pem").read_bytes().replace(b"\n", b"  \n")),
         [key_f("key-password-protected")])
    case("key-password-protected-alone", "A key dropped by itself is judged by itself.", KEYS, [("file", modern)],
         [key_f("key-password-protected")], kind="private-key")
    case("key-password-protected-near-miss-text", "The word in the text around the block does not make the key encrypted.", KEYS,
         upload(GOOD, b"This key is NOT ENCRYPTED; Proc-Type: none\n" + KEY))


def belonging():
    both = [fingerprint("p256-leaf"), fingerprint("p256-other")]
    source = "docs/decisions/0007: compare public keys and say both fingerprints"
    case("key-mismatch-other-key", "A key of the same kind that is another one: both fingerprints are said.", source,
         upload(GOOD, keys.key("p256-other")), [key_f("key-mismatch", mentions=both)])
    case("key-mismatch-other-kind", "An RSA key does not belong to a certificate for P-256.", source,
         upload(GOOD, keys.key("rsa2048-leaf")), [key_f("key-mismatch", mentions=[both[0], fingerprint("rsa2048-leaf")])])
    case("key-mismatch-other-curve", "A P-384 key does not belong to a certificate for P-256.", source,
         upload(GOOD, keys.key("p384-leaf")), [key_f("key-mismatch")])
    case("key-mismatch-alone", "A key dropped by itself is compared with the certificate at its side.", source,
         [("file", keys.key("p256-other")), ("certificate", GOOD.pem())], [key_f("key-mismatch", mentions=both)], kind="private-key")
    missing = "docs/decisions/0007"
    case("key-missing-none", "No key given, none in use, no request in progress: there is nothing to serve with.", missing,
         upload(GOOD, None), [key_f("key-missing", None)])
    case("key-mismatch-current", "No key given, and the one in use belongs to another certificate.", missing,
         upload(GOOD, None, current_key=keys.spki_pem("p256-other")), [key_f("key-mismatch", None, mentions=both)])
    for form, body in (("private", KEY), ("public", keys.spki_pem("p256-leaf")), ("certificate", GOOD.pem())):
        case(f"accept-current-key-{form}", "'Re-use current private key': the one in use matches, so none need be uploaded.", missing,
             upload(GOOD, None, current_key=body))
    case("accept-uploaded-key-beside-current", "An uploaded key that matches is taken, whatever is in use.", missing,
         upload(GOOD, current_key=keys.spki_pem("p256-other")))
    asked = keys.kept("request.csr", lambda: request("p256-leaf"))
    case("accept-csr-key", "The request in progress has this certificate's key, which never left the node.", "spec: step 3",
         upload(GOOD, None, csr=asked))
    case("key-while-csr-in-progress-matching", "A key cannot be uploaded while a request is in progress, even if it matches.",
         "spec: step 3; docs/decisions/0005", upload(GOOD, csr=asked), [key_f("key-while-csr-in-progress", None)])
    other = keys.kept("other-request.csr", lambda: request("p256-other"))
    case("key-while-csr-in-progress-other", "A key cannot be uploaded while a request is in progress; discard the request first.",
         "spec: step 3; docs/decisions/0005", upload(GOOD, csr=other), [key_f("key-while-csr-in-progress", None)])
    case("key-mismatch-csr", "A certificate made from another request does not fit the one in progress.", "docs/decisions/0007",
         upload(GOOD, None, csr=other), [Finding("key-mismatch", "csr", block=None, mentions=both)])
    reuse = "docs/decisions/0005: one that matches neither the CSR nor the current key is refused, saying both"
    case("accept-current-key-beside-csr", "A renewal with the key in use passes although a request is in progress.", reuse,
         upload(GOOD, None, csr=other, current_key=keys.spki_pem("p256-leaf")))
    three = both + [fingerprint("rsa2048-leaf")]
    case("key-mismatch-csr-and-current", "Neither the request in progress nor the key in use belongs to it: both are said.", reuse,
         upload(GOOD, None, csr=other, current_key=keys.spki_pem("rsa2048-leaf")),
         [Finding("key-mismatch", "csr", block=None, mentions=three)])


def files_with_keys():
    source = "docs/decisions/0007: a private key in the certificate file"
    case("private-key-in-certificate-file-after", "The private key must not stand in the certificate file, which is shown to others.",
         source, upload(GOOD.pem() + KEY), [f("private-key-in-certificate-file", 1)])
    case("private-key-in-certificate-file-before", "It is found wherever it stands, and the certificate is judged all the same.",
         source, upload(KEY + GOOD.pem(decode=False)), [f("private-key-in-certificate-file", 0)])
    sealed = keys.kept("encrypted-pkcs8.pem", lambda: b"")
    case("private-key-in-certificate-file-encrypted", "An encrypted key does not belong there either.", source,
         upload(GOOD.pem() + sealed), [f("private-key-in-certificate-file", 1)])
    case("private-key-in-certificate-file-wrong-label", "A key under the label of a certificate is still a key.", source,
         upload(GOOD.pem() + keys.pem("CERTIFICATE", keys.pkcs8_der("p256-leaf"))), [f("private-key-in-certificate-file", 1)])
    case("private-key-in-certificate-file-unknown-label", "A key under a label that nobody knows is still a key.", source,
         upload(GOOD.pem() + keys.pem("SECRET", keys.pkcs8_der("p256-leaf"))), [f("private-key-in-certificate-file", 1)])
    case("private-key-in-certificate-file-near-miss-public", "A public key in the certificate file gives nothing away.", source,
         upload(GOOD.pem() + keys.spki_pem("p256-leaf")), [f("unused-block", 1)])
    case("no-private-key-certificate", "A certificate was dropped into the key box.", "INTERFACE.md: no-private-key",
         upload(GOOD, GOOD.pem()), [key_f("no-private-key", None)])
    case("no-private-key-public-key", "A public key is not a private key.", "INTERFACE.md: no-private-key",
         upload(GOOD, keys.spki_pem("p256-leaf")), [key_f("no-private-key", None)])
    case("no-private-key-alone", "A certificate was dropped into the key box.", "INTERFACE.md: no-private-key",
         [("file", GOOD.pem())], [key_f("no-private-key", None)], kind="private-key")
    case("no-private-key-near-miss-beside-certificate", "A file with key and certificate has the key that is wanted.",
         "docs/decisions/0007", upload(GOOD, KEY + GOOD.pem(decode=False)), [key_f("unused-block", 1)])
    case("ambiguous-key-two", "Two different keys in one file: nobody knows which is meant.", "docs/decisions/0007: ambiguous key",
         upload(GOOD, KEY + keys.key("p256-other")), [key_f("ambiguous-key", None)])
    case("ambiguous-key-near-miss-same-key-twice", "The same key in both forms is one key.", "docs/decisions/0007: ambiguous key",
         upload(GOOD, KEY + keys.pkcs8("p256-leaf")))
    assert HOST


def write():
    formats()
    strengths()
    broken_keys()
    passwords()
    belonging()
    files_with_keys()
