"""Building a path, and what every certificate of it must be."""

import der
from verify_case import verify
from world import GOOD, ISSUING, OTHER_ROOT, ROOT
from x509 import HOST, ca, certificate, leaf

BASIC = "RFC 5280, 6.1.3"
BUILDING = "RFC 4158, 2 and 3"


def check(name, why, source, made, between=(ISSUING,), trusted=(ROOT,), **settings):
    verify(name, why, source, made, trusted, between, **settings)


def finding():
    check("accept-chain", "Leaf, intermediate, root.", BASIC, GOOD)
    check("accept-leaf-itself-trusted", "What is trusted itself needs no path.", "RFC 5280, 6.1", GOOD, (), (GOOD,))
    check("issuer-missing-near-miss-anchor-not-self-signed", "Whatever is trusted anchors, self-signed or not.", "RFC 5280, 6.1.1 (d)", GOOD, (), (ISSUING,))
    check("issuer-missing-intermediate", "The certificate between leaf and root is not at hand.", BUILDING, GOOD, (), rules=["issuer-missing"])
    check("root-not-trusted-other", "The path ends in a root that nobody trusts.", BUILDING, GOOD, (ISSUING, ROOT), (OTHER_ROOT,), rules=["root-not-trusted"])
    check("accept-key-id-mismatch", "Key identifiers are hints for the search; the signature decides.", "RFC 5280, 4.2.1.1",
          leaf(ISSUING, authority_id=False, more=(der.authority_key_id(b"\1" * 20),)))
    check("accept-no-key-ids", "Without key identifiers names alone lead the way.", "RFC 4158, 3.5.1",
          leaf(ca("Plain CA", "p256-chain1", ROOT, key_ids=False), authority_id=False), [ca("Plain CA", "p256-chain1", ROOT, key_ids=False)])
    old, new = ca("Renewed CA", "p256-chain1", ROOT), ca("Renewed CA", "p256-chain2", ROOT)
    check("accept-re-keyed-old", "A CA has a new key; a leaf under the old one still has its path.", BUILDING, leaf(old), [new, old])
    check("accept-re-keyed-no-key-ids", "The same without a key identifier to tell them apart.", BUILDING, leaf(old, authority_id=False), [new, old])
    check("signature-invalid-re-keyed", "Only the new certificate of the CA is at hand, and the leaf is under the old key.", BUILDING, leaf(old), [new],
          rules=["signature-invalid"])
    renewed = ca("Renewed CA", "p256-chain1", ROOT, not_after="2026-01-01T00:00:00Z")
    check("accept-renewed-beside-expired", "The same CA and key in an expired and a valid certificate.", BUILDING, leaf(old), [renewed, old])
    cross = ca("Example Root CA", "p256-root", OTHER_ROOT)
    check("accept-cross-signed", "The root is not trusted, but another that is vouches for it.", BUILDING, GOOD, (ISSUING, ROOT, cross), (OTHER_ROOT,))
    one = ca("Circle CA 1", "p256-chain1", ca("Circle CA 2", "p256-chain2"))
    two = ca("Circle CA 2", "p256-chain2", ca("Circle CA 1", "p256-chain1"))
    check("issuer-missing-cycle", "Two CAs that vouch for each other lead nowhere, and the search ends.", "RFC 4158, 5.2", leaf(one), [one, two],
          rules=["issuer-missing"])
    out = ca("Circle CA 1", "p256-chain1", ROOT)
    check("accept-cycle-with-exit", "A way out of the circle is found.", "RFC 4158, 5.2", leaf(one), [one, two, out])
    self_signed = leaf(None)
    check("root-not-trusted-self-signed", "A self-signed certificate that is not trusted.", BUILDING, self_signed, (), rules=["root-not-trusted"])
    check("root-not-trusted-near-miss-self-signed", "A self-signed certificate that is trusted, CA or not.", "RFC 5280, 6.1", self_signed, (), (self_signed,))


def bounds():
    above = ROOT
    between = []
    for number in range(1, 16):
        above = ca(f"Deep CA {number}", f"p256-chain{number % 5 + 1}", above)
        between.append(above)
    check("path-too-long-17", "Fifteen intermediates make 17 certificates; 16 are allowed.", "RFC 4158, 7.6", leaf(above), between,
          rules=["path-too-long"])
    check("path-too-long-near-miss-16", "Fourteen intermediates make 16 certificates.", "RFC 4158, 7.6", leaf(between[-2]), between[:-1])
    check("path-too-long-as-asked", "No intermediate is allowed, and there is one.", "docs/decisions/0018", GOOD, rules=["path-too-long"], most=0)
    check("path-too-long-near-miss-as-asked", "One intermediate is allowed.", "docs/decisions/0018", GOOD, most=1)
    first = ca("Renewed CA", "p256-chain1", ROOT)
    check("path-too-long-near-miss-self-issued", "A CA's certificate for itself is no further intermediate.", "RFC 5280, 6.1.4 (l)",
          leaf(ca("Renewed CA", "p256-chain2", first)), [first, ca("Renewed CA", "p256-chain2", first)], most=1)
    layers = 12
    named = lambda layer, way, above=None: ca(f"Tangle CA {layer} {way}", f"p256-chain{layer % 5 + 1}", above)
    tangle = [named(layer, way, named(layer + 1, other)) for layer in range(layers) for way in "ab" for other in "ab"]
    made = leaf(named(0, "a"))
    check("budget-exhausted-tangle", "Twelve layers of CAs vouch for each other twice: the search ends before all 4096 ways are tried.", "RFC 4158, 7.6",
          made, tangle, rules=["budget-exhausted", "issuer-missing"])
    check("budget-exhausted-near-miss-tangle-with-exit", "In the same tangle the short way is found first.", "RFC 4158, 3.5",
          made, tangle, [named(0, "a", ROOT), ROOT])
    names = lambda count: [("dns", f"h{number}.example.com") for number in range(count)]
    limited = ca("Limited CA", "p256-chain1", ROOT, more=(der.name_constraints(excluded=[("dns", f"x{number}.org") for number in range(500)]),))
    check("budget-exhausted-names", "510 names against 500 constraints are more than 250,000 comparisons.", "RFC 4158, 7.6", leaf(limited, names=names(510)),
          [limited], rules=["budget-exhausted"])
    check("budget-exhausted-near-miss-names", "450 names are not.", "RFC 4158, 7.6", leaf(limited, names=names(450)), [limited])


def validity():
    source = "RFC 5280, 6.1.3 (a)(2) and 4.1.2.5"
    check("expired-one-second", "One second past the end.", source, leaf(ISSUING, not_after="2026-11-23T23:59:59Z"), rules=["expired"])
    check("expired-near-miss-last-second", "The end is part of the validity.", source, leaf(ISSUING, not_after="2026-11-24T00:00:00Z"))
    check("not-yet-valid-one-second", "One second before the beginning.", source, leaf(ISSUING, not_before="2026-11-24T00:00:01Z"), rules=["not-yet-valid"])
    check("not-yet-valid-near-miss-first-second", "The beginning is part of the validity.", source, leaf(ISSUING, not_before="2026-11-24T00:00:00Z"))
    past = ca("Past CA", "p256-chain1", ROOT, not_after="2026-11-01T00:00:00Z")
    check("expired-intermediate", "An intermediate has expired.", source, leaf(past), [past], rules=[("expired", "2026-11-01")])
    past = ca("Past Root CA", "p256-new-root", not_after="2026-11-01T00:00:00Z")
    check("expired-anchor", "An anchor that is a certificate has an end, as most validators have it.", "docs/decisions/0018", leaf(past), [], [past], rules=["expired"])
    long = dict(not_before="2026-01-01T00:00:00Z")
    eternal = ca("Eternal Root CA", "p256-new-root", not_after="9999-12-31T23:59:59Z")
    at_end = leaf(eternal, not_after="2049-12-31T23:59:59Z", **long)
    check("expired-near-miss-utc-2049", "The last second of a UTCTime is the end of 2049.", source, at_end, [], [eternal], at="2049-12-31T23:59:59Z")
    check("expired-utc-2049", "One second later it is over.", source, at_end, [], [eternal], at="2050-01-01T00:00:00Z", rules=["expired"])
    check("expired-near-miss-generalized-2050", "From 2050 on it is a GeneralizedTime.", source, leaf(eternal, not_after="2050-01-01T00:00:00Z", **long), [], [eternal],
          at="2050-01-01T00:00:00Z")
    check("expired-utc-50", "A UTCTime with year 50 is 1950.", source, leaf(ISSUING, not_before="utc!1950-01-01T00:00:00Z", not_after="utc!1950-12-31T23:59:59Z"),
          rules=["expired"])
    check("expired-near-miss-generalized-2027", "A GeneralizedTime before 2050 is against the letter and no harm.", source,
          leaf(ISSUING, not_after="gen!2027-06-01T00:00:00Z"))


def authority():
    no_ca = leaf(ROOT, key="p256-chain1", cn="ca.example.com")
    check("not-a-ca-leaf", "A server certificate issued another.", "RFC 5280, 6.1.4 (k)", leaf(no_ca), [no_ca], rules=["not-a-ca", "key-usage"])
    plain = ca("Plain CA", "p256-chain1", ROOT, constraints=False)
    check("not-a-ca-false", "basicConstraints say that it is none.", "RFC 5280, 6.1.4 (k)", leaf(plain), [plain], rules=["not-a-ca"])
    plain = ca("Plain CA", "p256-chain1", ROOT, constraints=None)
    check("not-a-ca-no-constraints", "basicConstraints do not say that it is one.", "RFC 5280, 6.1.4 (k)", leaf(plain), [plain], rules=["not-a-ca"])
    old = certificate([("CN", "Old Root CA")], "p256-new-root", version=1, not_before="2020-01-01T00:00:00Z", not_after="2040-01-01T00:00:00Z")
    check("not-a-ca-near-miss-version-1-root", "A root from before version 3 is a CA if one trusts it.", "RFC 5280, 6.1.4 (k)", leaf(old), [], [old])
    old = certificate([("CN", "Old CA")], "p256-chain1", ROOT, version=1)
    check("not-a-ca-version-1-intermediate", "An intermediate of version 1 cannot show that it is a CA.", "RFC 5280, 6.1.4 (k)", leaf(old), [old], rules=["not-a-ca"])
    again = certificate(ROOT.subject, "p256-chain1", ROOT, version=1)
    check("not-a-ca-version-1-self-issued", "Neither can one that bears the name of its issuer: anybody may have got it from a careless CA.",
          "RFC 5280, 6.1.4 (k)", leaf(again), [again], rules=["not-a-ca", "signature-invalid"])
    bare = certificate([("CN", "Bare Root CA")], "p256-new-root", not_before="2020-01-01T00:00:00Z", not_after="2040-01-01T00:00:00Z")
    check("not-a-ca-version-3-root", "A root of version 3 could say that it is a CA, and does not.", "RFC 5280, 6.1.4 (k)", leaf(bare), [], [bare],
          rules=["not-a-ca"])
    mute = ca("Mute CA", "p256-chain1", ROOT, usages=("cRLSign",))
    check("key-usage-no-cert-sign", "A CA whose key may only sign lists.", "RFC 5280, 6.1.4 (n)", leaf(mute), [mute], rules=["key-usage"])
    free = ca("Free CA", "p256-chain1", ROOT, usages=())
    check("key-usage-near-miss-none", "Without keyUsage a key may do anything.", "RFC 5280, 6.1.4 (n)", leaf(free), [free])
    source = "RFC 5280, 6.1.4 (l) and (m)"
    below = ca("Below CA", "p256-chain1", ISSUING)
    check("path-length-zero", "A CA below one with path length 0.", source, leaf(below), [ISSUING, below], rules=["path-length"])
    again = ca("Example Issuing CA", "p256-chain1", ISSUING)
    check("path-length-near-miss-self-issued", "A CA's certificate for itself does not count.", source, leaf(again), [ISSUING, again])
    limit = ca("Limit CA", "p256-chain1", ROOT, path_length=1)
    second = ca("Second CA", "p256-chain2", limit)
    third = ca("Third CA", "p256-chain3", second)
    check("path-length-near-miss-one", "Path length 1 allows one CA below.", source, leaf(second), [limit, second])
    check("path-length-one", "Path length 1 does not allow two.", source, leaf(third), [limit, second, third], rules=["path-length"])
    root = ca("Short Root CA", "p256-new-root", path_length=0)
    under = ca("Under CA", "p256-chain1", root)
    check("path-length-of-anchor", "The path length of an anchor that is a certificate counts.", "RFC 5937, 3.2", leaf(under), [under], [root], rules=["path-length"])
    check("path-length-near-miss-of-anchor", "The anchor may issue leaves itself.", source, leaf(root), [], [root])


def extensions():
    source = "RFC 5280, 4.2, 6.1.4 (o) and 6.1.5 (f)"
    private = lambda critical: der.extension("1.3.6.1.4.1.99999.7", b"\x05\x00", critical)
    check("unknown-critical-extension-leaf", "Nobody may pass over a critical extension that he does not know.", source, leaf(ISSUING, more=(private(True),)),
          rules=[("unknown-critical-extension", "1.3.6.1.4.1.99999.7")])
    check("unknown-critical-extension-near-miss-leaf", "What is not critical may be passed over.", source, leaf(ISSUING, more=(private(False),)))
    odd = ca("Odd CA", "p256-chain1", ROOT, more=(private(True),))
    check("unknown-critical-extension-intermediate", "The same of a CA.", source, leaf(odd), [odd], rules=["unknown-critical-extension"])
    names = der.extension("2.5.29.18", der.sequence(der.general_name(("dns", "ca.example.com"))), True)
    check("unknown-critical-extension-issuer-names", "issuerAltName is not processed, so it must not be critical.", source, leaf(ISSUING, more=(names,)),
          rules=["unknown-critical-extension"])
    check("unknown-critical-extension-near-miss-known", "Extensions that are processed may be critical.", source,
          leaf(ISSUING, names_critical=True, more=(der.policies("1.3.6.1.4.1.99999.1", critical=True),)))
    twice = leaf(ISSUING, more=(private(False), private(False)))
    check("not-decodable-extension-twice", "An extension must not occur twice.", "RFC 5280, 4.2", twice, rules=["not-decodable"])
    check("not-decodable-no-certificate", "The file has no certificate.", "docs/decisions/0018", b"This is no certificate.\n", rules=["not-decodable"])
    check("not-decodable-near-miss-text", "Text around a certificate does no harm.", "RFC 7468, 2", b"Here it is:\n" + GOOD.pem() + b"That was it.\n")


def purposes():
    source = "RFC 5280, 4.2.1.12"
    clients = leaf(ISSUING, purposes=("client",))
    check("purpose-leaf", "A certificate for clients only, asked about servers.", source, clients, purpose="server", rules=["purpose"])
    check("purpose-near-miss-leaf", "The same certificate, asked about clients.", source, clients, purpose="client")
    check("purpose-near-miss-not-asked", "Without a purpose extended key usage does not count.", source, leaf(ISSUING, purposes=("code",)))
    check("purpose-near-miss-any", "anyExtendedKeyUsage allows every purpose.", source, leaf(ISSUING, purposes=("any",)), purpose="server")
    check("purpose-near-miss-none", "Without the extension every purpose is allowed.", source, leaf(ISSUING, purposes=None), purpose="server")
    under = lambda *purposes: ca("Purpose CA", "p256-chain1", ROOT, more=(der.extended_key_usage(*purposes),))
    chained = "RFC 5280, 4.2.1.12; CA/Browser Forum Baseline Requirements, 7.1.2.10.6"
    check("purpose-intermediate", "A CA for clients only cannot issue for servers.", chained, leaf(under("client")), [under("client")], purpose="server", rules=["purpose"])
    check("purpose-near-miss-intermediate", "A CA for servers, among others.", chained, leaf(under("email", "server")), [under("email", "server")], purpose="server")
    check("purpose-near-miss-intermediate-any", "A CA for every purpose.", chained, leaf(under("any")), [under("any")], purpose="server")
    root = ca("Purpose Root CA", "p256-new-root", more=(der.extended_key_usage("client"),))
    check("purpose-anchor", "The extended key usage of an anchor that is a certificate counts as well.", "docs/decisions/0018", leaf(root), [], [root], purpose="server",
          rules=["purpose"])


def names():
    source = "RFC 9525, 6"
    check("name-mismatch-dns", "A neighbour's name.", source, GOOD, peer="dns:expe2.example.com", rules=[("name-mismatch", HOST)])
    check("name-mismatch-near-miss-dns", "Its own name, in other letters.", source, GOOD, peer="dns:EXPE1.example.com")
    wild = leaf(ISSUING, names=[("dns", "*.example.com")])
    check("name-mismatch-wildcard-two-levels", "A wildcard stands for one level.", "RFC 9525, 6.3", wild, peer="dns:a.b.example.com", rules=["name-mismatch"])
    check("name-mismatch-wildcard-none", "A wildcard stands for no fewer.", "RFC 9525, 6.3", wild, peer="dns:example.com", rules=["name-mismatch"])
    check("name-mismatch-near-miss-wildcard", "A wildcard stands for any name of that level.", "RFC 9525, 6.3", wild, peer="dns:expe1.example.com")
    partial = leaf(ISSUING, names=[("dns", "exp*.example.com")])
    check("name-mismatch-partial-wildcard", "A wildcard is the whole level.", "RFC 9525, 6.3", partial, peer="dns:expe1.example.com", rules=["name-mismatch"])
    check("name-mismatch-common-name", "A common name does not count.", "RFC 9525, 2", leaf(ISSUING, names=None), peer=f"dns:{HOST}", rules=["name-mismatch"])
    address = leaf(ISSUING, names=[("ip", bytes([192, 0, 2, 10]))])
    check("name-mismatch-near-miss-ip", "Its own address.", "RFC 9525, 6.5", address, peer="ip:192.0.2.10")
    check("name-mismatch-ip", "Another address.", "RFC 9525, 6.5", address, peer="ip:192.0.2.11", rules=["name-mismatch"])
    check("name-mismatch-ip-as-dns", "An address that is written as a DNS name is no address.", "RFC 9525, 6.5", leaf(ISSUING, names=[("dns", "192.0.2.10")]),
          peer="ip:192.0.2.10", rules=["name-mismatch"])
    mailbox = leaf(ISSUING, names=[("email", "admin@Example.com")])
    check("name-mismatch-near-miss-email", "Case of the host does not matter.", "RFC 5280, 7.5", mailbox, peer="email:admin@example.com")
    check("name-mismatch-email", "Case before the at sign does.", "RFC 5280, 7.5", mailbox, peer="email:Admin@example.com", rules=["name-mismatch"])


def write():
    finding()
    bounds()
    validity()
    authority()
    extensions()
    purposes()
    names()
