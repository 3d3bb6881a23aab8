"""Chains, signatures, usages, validity and revocation."""

import der
import keys
from case import case, crl_f, f
from world import (GOOD, ISSUING, ISSUING_ONLY, KEY, LIST, OTHER_ONLY, OTHER_ROOT, ROOT, ROOT_ONLY, RSA_ROOT, pem_list, upload)
from x509 import ca, certificate, leaf, revocation_list, serial_of

PATH = "docs/decisions/0002; RFC 5280, 6.1"
ISSUING_NAME = "Example Issuing CA"


def unknown(*mentions, **more):
    return f("ca-not-recognised", **({"mentions": list(mentions)} if mentions else {}), **more)


def paths():
    case("accept-leaf-and-list", "Certificate, key, and the CAs in the list: nothing stands against it.", PATH, upload(GOOD))
    case("accept-directly-under-root", "A root may issue server certificates itself.", PATH, upload(leaf(ROOT)))
    first = ca("Example Policy CA 1", "p256-chain1", ROOT)
    chain = [ROOT, first]
    for n in range(2, 6):
        chain.append(ca(f"Example Policy CA {n}", f"p256-chain{n}", chain[-1]))
    made = leaf(chain[-1])
    case("accept-long-chain", "Five CAs between root and leaf, in the list in no order, are put in order.", PATH,
         upload(made, trusted=(pem_list(chain[4], chain[1], chain[0], chain[5], chain[2], chain[3]),)))
    case("ca-not-recognised-gap-in-long-chain", "One CA missing in the middle: it is the one named, not the ends.", PATH,
         upload(made, trusted=(pem_list(*chain[:2], *chain[3:]),)), [unknown("Example Policy CA 2")])
    case("ca-not-recognised-empty-list", "With an empty list no CA is recognised; the certificate is kept and not loaded.",
         "spec: Warning messages; docs/decisions/0002", upload(GOOD, trusted=()), [unknown(ISSUING_NAME)])
    case("ca-not-recognised-missing-intermediate", "The root alone does not do: the issuer that is missing is named.",
         "spec facts: root without intermediate", upload(GOOD, trusted=(ROOT_ONLY,)), [unknown(ISSUING_NAME)])
    case("ca-not-recognised-missing-root", "The intermediate alone does not do: the root that is missing is named.", PATH,
         upload(GOOD, trusted=(ISSUING_ONLY,)), [unknown("Example Root CA")])
    case("ca-not-recognised-other-ca", "A CA that has nothing to do with it does not help.", PATH,
         upload(GOOD, trusted=(OTHER_ONLY,)), [unknown(ISSUING_NAME)])
    case("accept-several-trusted-files", "The list may come in several files.", "INTERFACE.md: --trusted",
         upload(GOOD, trusted=(OTHER_ONLY, ISSUING_ONLY, ROOT_ONLY)))
    case("ca-not-recognised-self-signed", "A self-signed server certificate is its own CA, and that is not in the list.", PATH,
         upload(leaf(None)), [unknown()])
    forged = ca(ISSUING_NAME, "p256-forger", OTHER_ROOT, path_length=0)
    made = leaf(ISSUING, signer="p256-forger")
    case("ca-not-recognised-forged-signature", "The issuer's name is right and the signature is another's: names alone prove nothing.",
         PATH, upload(made), [unknown()])
    case("ca-not-recognised-broken-signature", "One bit of the signature changed.", PATH, upload(leaf(ISSUING, broken_signature=True)),
         [unknown()])
    case("ca-not-recognised-near-miss-same-name-twice", "Two CAs of one name in the list: both are tried, the right one is found.",
         "spec facts: only the first match is used there", upload(GOOD, trusted=(pem_list(forged, ISSUING, ROOT),)))
    fake_root = ca("Example Root CA", "p256-forger")
    case("ca-not-recognised-root-of-same-name", "A root with the right name and another key anchors nothing.", PATH,
         upload(GOOD, trusted=(pem_list(ISSUING, fake_root),)), [unknown()])
    cross = ca("New Root CA", "p256-new-root", OTHER_ROOT, subject=[("O", "Example Ltd"), ("CN", "New Root CA")])
    new_root = ca("New Root CA", "p256-new-root", subject=[("O", "Example Ltd"), ("CN", "New Root CA")])
    made = leaf(new_root)
    case("accept-cross-signed", "The new root is known only by its cross certificate under an old root.", PATH,
         upload(made, trusted=(pem_list(cross, OTHER_ROOT),)))
    case("accept-cross-signed-both", "Two ways to two roots are two good ways.", PATH,
         upload(made, trusted=(pem_list(cross, new_root, OTHER_ROOT),)))
    old_cross = ca("New Root CA", "p256-new-root", OTHER_ROOT, subject=[("O", "Example Ltd"), ("CN", "New Root CA")],
                   not_after="2026-01-01T00:00:00Z")
    case("accept-cross-signed-expired-cross", "An expired cross certificate does not spoil the way to the new root.", PATH,
         upload(made, trusted=(pem_list(old_cross, OTHER_ROOT, new_root),)))
    case("ca-not-recognised-cross-only", "A cross certificate without its root anchors nothing: it is not self-signed.",
         "docs/decisions/0002", upload(made, trusted=(pem_list(cross),)), [unknown("Other Root CA")])
    one = ca("Loop CA A", "p256-chain1", issuer_name=[("C", "GB"), ("O", "Example Ltd"), ("CN", "Loop CA B")], signer="p256-chain2")
    two = ca("Loop CA B", "p256-chain2", one)
    case("ca-not-recognised-loop", "Two CAs that issued each other lead nowhere, and the search ends.", PATH,
         upload(leaf(one), trusted=(pem_list(one, two),)), [unknown()])


def broken_links():
    expired = ca(ISSUING_NAME, "p256-issuing", ROOT, path_length=0, not_after="2026-11-01T00:00:00Z")
    future = ca(ISSUING_NAME, "p256-issuing", ROOT, path_length=0, not_before="2027-01-01T00:00:00Z")
    old_root = ca("Example Root CA", "p256-root", not_after="2026-11-01T00:00:00Z")
    no_ca = ca(ISSUING_NAME, "p256-issuing", ROOT, constraints=False)
    without = ca(ISSUING_NAME, "p256-issuing", ROOT, constraints=None)
    no_sign = ca(ISSUING_NAME, "p256-issuing", ROOT, usages=("digitalSignature", "cRLSign"))
    for name, why, link, word in (
            ("expired-intermediate", "The intermediate has expired: there is no valid path, and the reason is said.", expired, "expired"),
            ("intermediate-not-yet-valid", "The intermediate is not valid yet: there is no valid path.", future, None),
            ("intermediate-not-a-ca", "An intermediate that says it is no CA signs nothing that counts.", no_ca, None),
            ("intermediate-without-constraints", "An intermediate without basicConstraints is no CA.", without, None),
            ("intermediate-may-not-sign", "An intermediate without keyCertSign may not sign certificates.", no_sign, "keyCertSign")):
        case(f"ca-not-recognised-{name}", why, "RFC 5280, 6.1.3 and 6.1.4",
             upload(GOOD, trusted=(pem_list(ROOT, link),)), [unknown(*([word] if word else [ISSUING_NAME]))])
    case("ca-not-recognised-expired-root", "The root has expired: appliance and peers no longer take it.", PATH,
         upload(GOOD, trusted=(pem_list(old_root, ISSUING),)), [unknown("expired")])
    case("ca-not-recognised-near-miss-renewed-intermediate", "Beside the expired intermediate stands the renewed one.", PATH,
         upload(GOOD, trusted=(pem_list(ROOT, expired, ISSUING),)))
    below = ca("Example Sub CA", "p256-chain1", ISSUING)
    case("ca-not-recognised-path-length", "The issuing CA allows no CA below it (pathLenConstraint 0).", "RFC 5280, 4.2.1.9",
         upload(leaf(below), trusted=(pem_list(ROOT, ISSUING, below),)), [unknown("path length")])
    wide = ca("Example Wide CA", "p256-chain2", ROOT, path_length=1)
    below = ca("Example Sub CA", "p256-chain1", wide)
    case("ca-not-recognised-near-miss-path-length", "One CA below is what pathLenConstraint 1 allows.", "RFC 5280, 4.2.1.9",
         upload(leaf(below), trusted=(pem_list(ROOT, wide, below),)))
    no_usage = ca(ISSUING_NAME, "p256-issuing", ROOT, usages=None)
    case("ca-not-recognised-near-miss-no-key-usage", "Without keyUsage nothing is forbidden.", "RFC 5280, 4.2.1.3",
         upload(GOOD, trusted=(pem_list(ROOT, no_usage),)))
    for name, why, constraints, good in (
            ("names-not-permitted", "The CA may issue only for another domain.", der.name_constraints([("dns", "example.org")]), False),
            ("names-excluded", "The CA may not issue for this domain.", der.name_constraints((), [("dns", "example.com")]), False),
            ("names-permitted", "The CA may issue for this domain.", der.name_constraints([("dns", "example.com")]), True),
            ("address-constraints", "Constraints on addresses say nothing about DNS names.",
             der.name_constraints((), [("ip", bytes(8))]), True)):
        link = ca(ISSUING_NAME, "p256-issuing", ROOT, more=(constraints,))
        case(f"ca-not-recognised-{'near-miss-' if good else ''}{name}", why, "RFC 5280, 4.2.1.10",
             upload(GOOD, trusted=(pem_list(ROOT, link),)), [] if good else [unknown()])
    for name, purposes, good in (("clients-only", ("client",), False), ("both", ("server", "client"), True)):
        link = ca(ISSUING_NAME, "p256-issuing", ROOT, more=(der.extended_key_usage(*purposes),))
        case(f"ca-not-recognised-{'near-miss-' if good else ''}intermediate-for-{name}",
             "What a CA may issue for bounds what its certificates are good for.", "CA/Browser Forum Baseline Requirements, 7.1.2.2",
             upload(GOOD, trusted=(pem_list(ROOT, link),)), [] if good else [unknown()])
    strange = ca(ISSUING_NAME, "p256-issuing", ROOT, more=(der.extension("1.3.6.1.4.1.99999.7", b"\x05\x00", True),))
    case("ca-not-recognised-intermediate-with-unknown-critical", "A CA with a critical extension that nobody knows leads nowhere.",
         "RFC 5280, 6.1.4 (o)", upload(GOOD, trusted=(pem_list(ROOT, strange),)), [unknown("1.3.6.1.4.1.99999.7")])
    sha384 = der.sequence(der.oid(keys.EC_SIGNATURES["sha384"][0]))
    case("ca-not-recognised-two-algorithms", "The signature's algorithm is said twice, and must be the same.", "RFC 5280, 4.1.1.2",
         upload(leaf(ISSUING, inner_algorithm=sha384)), [unknown()])
    rolled = ca("Example Root CA", "p256-root", issuer_name=ROOT.subject, signer="p256-forger")
    case("ca-not-recognised-self-issued", "The root's new key signed by its old one: self-issued, not self-signed, so it is no anchor.",
         "docs/decisions/0002; RFC 5280, 3.2", upload(GOOD, trusted=(pem_list(rolled, ISSUING),)), [unknown()])
    rolled = certificate(ROOT.subject, "p256-root", issuer_name=ROOT.subject, signer="p256-forger", not_after="2040-01-01T00:00:00Z",
                         extensions=[der.basic_constraints(True), der.key_usage("keyCertSign")])
    case("ca-not-recognised-self-issued-without-key-ids", "Without key identifiers only the signature tells that it is not its own.",
         "docs/decisions/0002; RFC 5280, 3.2", upload(GOOD, trusted=(pem_list(rolled, ISSUING),)), [unknown()])
    made = leaf(None)
    case("ca-not-recognised-self-signed-and-listed", "A self-signed server certificate in the list is no CA, and only CAs anchor.",
         "docs/decisions/0002: self-signed CAs of the list", upload(made, trusted=(pem_list(made),)), [unknown()])
    old = certificate([("C", "GB"), ("O", "Example Ltd"), ("CN", "Old Root CA")], "rsa2048-root", version=1,
                      not_before="2000-01-01T00:00:00Z", not_after="2040-01-01T00:00:00Z")
    case("ca-not-recognised-near-miss-version-1-root", "A root is trusted because it is in the list; one of version 1 has no extensions.",
         "RFC 5280, 6.1: a trust anchor is name and key", upload(leaf(old), trusted=(pem_list(old),)))


def in_the_file():
    source = "docs/decisions/0007; spec facts: the whole chain in the file"
    case("chain-in-file-intermediate", "The appliance wants the leaf only; the chain belongs in the trusted CA list.", source,
         upload(pem_list(GOOD, ISSUING)), [f("chain-in-file", None)])
    case("chain-in-file-with-root", "Chain and root in the file are advice, no more.", source,
         upload(pem_list(GOOD, ISSUING, ROOT)), [f("chain-in-file", None)])
    case("chain-in-file-only-there", "An intermediate in the file completes the path to the root in the list.", PATH,
         upload(pem_list(GOOD, ISSUING), trusted=(ROOT_ONLY,)), [f("chain-in-file", None)])
    case("ca-not-recognised-root-in-file", "A root in the uploaded file proves nothing: only the list is trusted.",
         "docs/decisions/0002", upload(pem_list(GOOD, ISSUING, ROOT), trusted=()),
         [unknown("Example Root CA", block=2), f("chain-in-file", None)])
    case("chain-order-intermediate-first", "The leaf should stand first; which one it is, is seen all the same.",
         "docs/decisions/0007; RFC 8446, 4.4.2", upload(pem_list(ISSUING, GOOD)), [f("chain-in-file", None), f("chain-order", None)])
    case("chain-order-root-before-intermediate", "Each certificate should be followed by its issuer.",
         "docs/decisions/0007; RFC 8446, 4.4.2", upload(pem_list(GOOD, ROOT, ISSUING)),
         [f("chain-in-file", None), f("chain-order", None)])
    other = leaf(ISSUING, "p256-other", cn="expe2.example.com", names=(("dns", "expe2.example.com"),))
    case("chain-in-file-two-servers", "Two server certificates in one file: the key says which one is meant.",
         "docs/decisions/0007", upload(pem_list(other, GOOD)),
         [f("chain-in-file", 0), f("chain-order", 0)])
    case("duplicate-certificate-leaf-twice", "The same certificate twice in the file is advice.", "Certway's own advice",
         upload(pem_list(GOOD, GOOD)), [f("duplicate-certificate", 1)])
    text = b"between\n".join([GOOD.pem(), ISSUING.pem(), ROOT.pem()])
    case("chain-in-file-text-between", "Text between blocks is skipped.", "docs/decisions/0007: blocks", upload(text), [f("chain-in-file", None)])


def signatures():
    source = "spec: Warning messages, acceptable level of security"
    case("weak-security-signed-with-sha1-rsa", "SHA-1 can be forged.", source, upload(leaf(RSA_ROOT, digest="sha1")), [f("weak-security")])
    case("weak-security-signed-with-sha1-ecdsa", "SHA-1 can be forged, under ECDSA too.", source,
         upload(leaf(ISSUING, digest="sha1")), [f("weak-security")])
    case("weak-security-signed-with-md5", "MD5 has been forged in practice: it proves no issuer, so there is no path either.", source,
         upload(leaf(RSA_ROOT, digest="md5")), [f("weak-security"), unknown()])
    old = ca(ISSUING.subject[-1][1], "p256-issuing", RSA_ROOT, digest="sha1")
    case("weak-security-intermediate-signed-with-sha1", "An intermediate signed with SHA-1 makes the whole path as weak.", source,
         upload(leaf(old), trusted=(pem_list(RSA_ROOT, old),)), [f("weak-security", None)])
    sha1_root = ca("Example SHA-1 Root CA", "rsa2048-root", digest="sha1")
    case("weak-security-near-miss-root-signed-with-sha1", "A root's signature on itself proves nothing, so its digest does not matter.",
         "docs/decisions/0009: not for a root's own signature", upload(leaf(sha1_root), trusted=(pem_list(sha1_root),)))
    for digest in ("sha384", "sha512", "pss"):
        case(f"weak-security-near-miss-{digest}", f"A certificate signed with RSA and {digest} is strong.", source,
             upload(leaf(RSA_ROOT, digest=digest)))
    p384 = ca("Example P-384 Root CA", "p384-root", digest="sha384")
    case("accept-signed-by-p384", "P-384 with SHA-384 is verified.", PATH, upload(leaf(p384, digest="sha384"), trusted=(pem_list(p384),)))
    p521 = ca("Example P-521 Root CA", "p521-root", digest="sha512")
    case("accept-signed-by-p521", "P-521 with SHA-512 is verified.", PATH, upload(leaf(p521, digest="sha512"), trusted=(pem_list(p521),)))
    edwards = ca("Example Ed25519 Root CA", "ed25519-root")
    case("accept-signed-by-ed25519", "Ed25519 is verified.", PATH, upload(leaf(edwards), trusted=(pem_list(edwards),)))
    case("accept-signed-by-p256-with-sha512", "The digest need not have the size of the curve.", PATH,
         upload(leaf(ISSUING, digest="sha512")))


def usages():
    both = "spec: the server certificate should be able to act as both client and server; docs/decisions/0005"
    for name, purposes, why in (
            ("server-only", ("server",), "Public CAs issue only serverAuth now; it is a warning."),
            ("client-only", ("client",), "A certificate for clients only cannot act as server."),
            ("code-signing", ("code",), "A certificate for signing code can act as neither."),
            ("server-and-mail", ("server", "email"), "Other purposes do not stand in for clientAuth.")):
        case(f"not-both-client-and-server-{name}", why, both, upload(leaf(ISSUING, purposes=purposes)), [f("not-both-client-and-server")])
    case("not-both-client-and-server-near-miss-no-extension", "Without the extension every purpose is allowed.", "RFC 5280, 4.2.1.12",
         upload(leaf(ISSUING, purposes=None)))
    case("not-both-client-and-server-near-miss-any", "anyExtendedKeyUsage allows both.", "RFC 5280, 4.2.1.12",
         upload(leaf(ISSUING, purposes=("any",))))
    case("not-both-client-and-server-near-miss-more", "Purposes beyond the two do no harm.", both,
         upload(leaf(ISSUING, purposes=("server", "client", "email", "1.3.6.1.4.1.311.20.2.2"))))
    client = "spec facts: the client slot"
    case("client-auth-missing-server-only", "The client certificate's place refuses a certificate for servers only.", client,
         upload(leaf(ISSUING, purposes=("server",))), [f("client-auth-missing")], kind="client-certificate")
    for name, purposes in (("client-only", ("client",)), ("both", ("server", "client")), ("no-extension", None)):
        case(f"client-auth-missing-near-miss-{name}", "It takes clientAuth, both, or no extended key usage.", client,
             upload(leaf(ISSUING, purposes=purposes)), kind="client-certificate")
    source = "RFC 5280, 4.2.1.3; RFC 8446, 4.4.2.2"
    for name, allowed, why in (
            ("certificate-signing-only", ("keyCertSign",), "A key that may only sign certificates cannot sign a handshake."),
            ("key-encipherment-only", ("keyEncipherment",), "A handshake with forward secrecy needs digitalSignature."),
            ("non-repudiation-only", ("nonRepudiation",), "nonRepudiation is for documents, not for handshakes.")):
        also = [f("issued-against-the-rules", mentions=["keyCertSign"])] if "keyCertSign" in allowed else []
        case(f"key-usage-{name}", why, source, upload(leaf(ISSUING, usages=allowed)), [f("key-usage"), *also])
    case("key-usage-near-miss-none", "Without keyUsage nothing is forbidden.", source, upload(leaf(ISSUING, usages=None)))
    case("key-usage-near-miss-usual", "digitalSignature with others beside it is what most CAs write.", source,
         upload(leaf(ISSUING, usages=("digitalSignature", "keyEncipherment", "keyAgreement"))))
    private = der.extension("1.3.6.1.4.1.99999.7", b"\x05\x00", True)
    case("unknown-critical-extension-private", "Peers must refuse a critical extension that they do not know.", "RFC 5280, 4.2",
         upload(leaf(ISSUING, more=(private,))), [f("unknown-critical-extension", mentions=["1.3.6.1.4.1.99999.7"])], loadable=False)
    private = der.extension("1.3.6.1.4.1.99999.7", b"\x05\x00")
    case("unknown-critical-extension-near-miss-not-critical", "What is not critical may be passed over.", "RFC 5280, 4.2",
         upload(leaf(ISSUING, more=(private, der.authority_info("http://ocsp.example.com/", "http://ca.example.com/issuing.cer")))))
    case("unknown-critical-extension-near-miss-critical-names", "A SAN may be critical.", "RFC 5280, 4.2.1.6",
         upload(leaf(ISSUING, names_critical=True)))
    made = leaf(ROOT, constraints=True, usages=("digitalSignature", "keyCertSign"))
    case("ca-as-server", "A CA certificate used as server certificate puts the CA's key on the wire.", "Certway's own warning",
         upload(made), [f("ca-as-server")])
    case("ca-as-server-near-miss-no-constraints", "Without basicConstraints it is no CA.", "RFC 5280, 4.2.1.9",
         upload(leaf(ISSUING, constraints=None)))
    made = leaf(None, constraints=True, usages=("digitalSignature", "keyCertSign"))
    case("ca-as-server-self-signed-and-listed", "A self-signed certificate that is also its own root.", "Certway's own warning",
         upload(made, trusted=(pem_list(made),)), [f("ca-as-server")])


def validity():
    source = "RFC 5280, 4.1.2.5"
    case("expired-long-ago", "An expired certificate is kept and not loaded.", source,
         upload(leaf(ISSUING, not_before="2024-01-01T00:00:00Z", not_after="2025-01-01T00:00:00Z")), [f("expired")])
    case("expired-one-second", "One second past the end is past the end.", source,
         upload(leaf(ISSUING, not_after="2026-11-23T23:59:59Z")), [f("expired")])
    case("expired-near-miss-last-second", "The end is part of the validity; it is near, though.", source,
         upload(leaf(ISSUING, not_after="2026-11-24T00:00:00Z")), [f("expires-soon", alarm=True)])
    case("not-yet-valid-one-second", "One second before the beginning is before it.", source,
         upload(leaf(ISSUING, not_before="2026-11-24T00:00:01Z")), [f("not-yet-valid")])
    case("not-yet-valid-a-year", "A certificate for next year waits until then.", source,
         upload(leaf(ISSUING, not_before="2027-01-01T00:00:00Z", not_after="2028-01-01T00:00:00Z")), [f("not-yet-valid")])
    case("not-yet-valid-near-miss-first-second", "The beginning is part of the validity.", source,
         upload(leaf(ISSUING, not_before="2026-11-24T00:00:00Z")))
    soon = "Certway's own warning: 21 days before the end"
    case("expires-soon-20-days", "Twenty days are fewer than 21: a warning and an alarm that clears by itself.", soon,
         upload(leaf(ISSUING, not_after="2026-12-14T00:00:00Z")), [f("expires-soon", alarm=True)])
    case("expires-soon-near-miss-22-days", "Twenty-two days are enough.", soon, upload(leaf(ISSUING, not_after="2026-12-16T00:00:00Z")))
    case("expired-and-unknown-ca", "All faults are said in one pass.", "README.md: every fault, not the first",
         upload(leaf(ISSUING, not_after="2026-11-01T00:00:00Z"), trusted=()), [unknown(), f("expired")])
    beyond = "spec facts: notAfter beyond 2050"
    for name, end in (("2051", "2051-01-01T00:00:00Z"), ("2060", "2060-06-01T00:00:00Z"), ("9999", "9999-12-31T23:59:59Z")):
        case(f"not-after-beyond-2050-{name}", "The appliance is known to break on an end beyond 2050; here it is advice.", beyond,
             upload(leaf(ISSUING, not_after=end)), [f("not-after-beyond-2050")])
    case("not-after-beyond-2050-near-miss-2049", "The last second of 2049 is the last one in a UTCTime.", "RFC 5280, 4.1.2.5.1",
         upload(leaf(ISSUING, not_after="2049-12-31T23:59:59Z")))
    case("expired-utc-time-50", "A UTCTime with year 50 is 1950, not 2050.", "RFC 5280, 4.1.2.5.1",
         upload(leaf(ISSUING, not_before="utc!1950-01-01T00:00:00Z", not_after="utc!1950-06-01T00:00:00Z")), [f("expired")])
    case("accept-generalized-time-before-2050", "A GeneralizedTime before 2050 is against the letter and no harm.",
         "PERFORMANCE.md: show, do not refuse", upload(leaf(ISSUING, not_after="gen!2027-06-01T00:00:00Z")))
    case("accept-basic-constraints-explicit-false", "cA FALSE written out is not DER, and many CAs write it.",
         "PERFORMANCE.md: show, do not refuse",
         upload(leaf(ISSUING, constraints=None, more=(der.extension("2.5.29.19", der.sequence(der.boolean(False))),))))
    case("accept-begins-before-1970", "A date before 1970 is read as what it is.", "PERFORMANCE.md: show, do not refuse",
         upload(leaf(ISSUING, not_before="1950-01-01T00:00:00Z")))
    for name, serial in (("zero", 0), ("negative", -5), ("very-long", 1 << 300)):
        case(f"issued-against-the-rules-serial-{name}", "An odd serial number is the CA's fault and nobody's harm.", "RFC 5280, 4.1.2.2",
             upload(leaf(ISSUING, serial=serial)), [f("issued-against-the-rules", mentions=["serial number"])])
    source = "RFC 5280, 4.2.1.1"
    case("issued-against-the-rules-no-authority-key-id", "Without it clients must guess which of a CA's keys has signed.", source,
         upload(leaf(ISSUING, authority_id=False)), [f("issued-against-the-rules", mentions=["authority key identifier"])])
    critical = der.extended_key_usage("server", "client", critical=True)
    case("issued-against-the-rules-critical-usage", "RFC 5280 allows it, public CAs do not do it, and some clients refuse it.",
         "CA/Browser Forum Baseline Requirements, 7.1.2.7.6", upload(leaf(ISSUING, purposes=None, more=(critical,))),
         [f("issued-against-the-rules", mentions=["critical"])])
    case("issued-against-the-rules-near-miss-long-serial", "Twenty octets are as long as a serial number may be.", "RFC 5280, 4.1.2.2",
         upload(leaf(ISSUING, serial=1 << 158)))


def revocation():
    source = "INTERFACE.md: crl-not-recognised; spec: Warning messages"
    other = leaf(ISSUING, serial=1234567)
    good = revocation_list(ISSUING, [other])
    case("revoked-near-miss-other-serial", "A list that revokes another certificate says nothing against this one.", source,
         upload(GOOD, crl=good))
    case("accept-crl-empty", "A list that revokes nothing.", source, upload(GOOD, crl=revocation_list(ISSUING)))
    case("accept-crl-no-next-update", "A list without nextUpdate does not expire.", source,
         upload(GOOD, crl=revocation_list(ISSUING, following=None)))
    case("accept-crl-of-root-and-issuing", "Each CA of the path has its own list.", source,
         upload(GOOD, crl=[revocation_list(ROOT), good]))
    case("revoked-leaf", "The certificate is on its CA's list: kept, and not loaded.", "docs/decisions/0002; RFC 5280, 5.3",
         upload(GOOD, crl=revocation_list(ISSUING, [other, GOOD])), [f("revoked")])
    case("revoked-leaf-in-the-second-list", "A list that says nothing does not outweigh one that does.", "RFC 5280, 6.3.3",
         upload(GOOD, crl=[good, revocation_list(ISSUING, [GOOD])]), [f("revoked")])
    case("revoked-intermediate", "Its CA is on the root's list: so is all below it.", "RFC 5280, 6.1.3 (a)(3)",
         upload(GOOD, crl=revocation_list(ROOT, [ISSUING])), [f("revoked", None, mentions=[ISSUING_NAME])])
    case("revoked-near-miss-same-serial-other-issuer", "The same serial on another CA's list is another certificate.", "RFC 5280, 5.1",
         upload(GOOD, crl=revocation_list(ROOT, [GOOD])))
    case("crl-expired", "A list past its nextUpdate no longer tells what is revoked: its CA's certificates count as revoked.",
         "INTERFACE.md: crl-expired",
         upload(GOOD, crl=revocation_list(ISSUING, this="2026-10-01T00:00:00Z", following="2026-11-01T00:00:00Z")),
         [f("revoked"), crl_f("crl-expired")])
    case("crl-expired-and-new", "Beside a newer list an expired one is told of, and nothing counts as revoked.", "INTERFACE.md: crl-expired",
         upload(GOOD, crl=[revocation_list(ISSUING, this="2026-10-01T00:00:00Z", following="2026-11-01T00:00:00Z"), good]),
         [crl_f("crl-expired")], loadable=None)
    case("crl-not-recognised-unknown-issuer", "The list's issuer is not in the trusted CA list.", source,
         upload(GOOD, crl=revocation_list(OTHER_ROOT)), [crl_f("crl-not-recognised", mentions=["Other Root CA"])])
    case("crl-not-recognised-forged", "The name of the issuer is right and the signature is another's.", source,
         upload(GOOD, crl=revocation_list(ISSUING, [GOOD], signer="p256-forger")), [crl_f("crl-not-recognised")])
    case("crl-not-recognised-broken-signature", "One bit of the signature changed.", source,
         upload(GOOD, crl=revocation_list(ISSUING, broken_signature=True)), [crl_f("crl-not-recognised")])
    mute = ca(ISSUING_NAME, "p256-issuing", ROOT, usages=("keyCertSign",))
    case("crl-not-recognised-no-crl-sign", "A CA without cRLSign may not make lists.", "RFC 5280, 4.2.1.3",
         upload(GOOD, trusted=(pem_list(ROOT, mute),), crl=revocation_list(ISSUING)), [crl_f("crl-not-recognised")])
    hold = der.sequence(serial_of(GOOD), der.time("2026-10-01T00:00:00Z"),
                        der.sequence(der.extension("2.5.29.21", b"\x0a\x01\x06")))
    case("revoked-on-hold", "A certificate on hold is revoked until it is taken off the list.", "RFC 5280, 5.3.1",
         upload(GOOD, crl=revocation_list(ISSUING, entries=[hold])), [f("revoked")])
    case("crl-not-recognised-beside-good", "A list that is not recognised does not spoil the other.", source,
         upload(GOOD, crl=[good, revocation_list(OTHER_ROOT)]), [crl_f("crl-not-recognised")])
    case("crl-not-recognised-empty-list", "Neither CA nor list is recognised where nothing is trusted.", source,
         upload(GOOD, trusted=(), crl=good), [unknown(), crl_f("crl-not-recognised")])
    alone = "INTERFACE.md: kinds"
    trusted = [("trusted", LIST)]
    case("accept-crl-alone", "A list dropped into the CRL box, by a CA that is trusted.", alone, [("file", good), *trusted], kind="crl")
    case("crl-not-recognised-alone", "A list dropped into the CRL box, by a CA that is not trusted.", source,
         [("file", revocation_list(OTHER_ROOT)), *trusted], [crl_f("crl-not-recognised")], kind="crl")
    case("crl-expired-alone", "A list dropped into the CRL box that is past its nextUpdate.", "INTERFACE.md: crl-expired",
         [("file", revocation_list(ISSUING, following="2026-11-23T00:00:00Z")), *trusted], [crl_f("crl-expired")], kind="crl")
    case("empty-crl", "An empty file in the CRL box is named as empty.", "docs/decisions/0007: empty", [("file", b""), *trusted],
         [crl_f("empty")], kind="crl")
    case("no-crl-certificate", "A certificate was dropped into the CRL box.", "INTERFACE.md: kinds", [("file", ISSUING_ONLY), *trusted],
         [crl_f("no-crl"), crl_f("unused-block", 0)], kind="crl")
    case("not-pem-crl-der", "A DER list is named, with the way to turn it into PEM.", "INTERFACE.md: files are PEM",
         [("file", keys.unpem(good)), *trusted], [crl_f("not-pem", mentions=["DER"])], kind="crl")


def unknown_lists():
    case("trust-list-unknown", "Offline and without a cached list nobody can say whether the CA is trusted: advice, no warning.",
         "docs/decisions/0011", upload(GOOD, trusted=()), [f("trust-list-unknown", None)], unknown_list=True, loadable=False)
    case("trust-list-unknown-and-host-name", "All else is judged as ever.", "docs/decisions/0011",
         upload(leaf(ISSUING, names=[("dns", "expe1"), ("dns", "expe1.example.com")]), trusted=()),
         [f("san-not-fqdn", field="subjectAltName.dNSName[0]", found="expe1"), f("trust-list-unknown", None)], unknown_list=True)
    assert KEY


def write():
    paths()
    broken_links()
    in_the_file()
    signatures()
    usages()
    validity()
    revocation()
    unknown_lists()
