"""What section 4 and TLS clients ask of certificates besides a sound path."""

import der
import keys
from verify_case import verify
from world import GOOD, ISSUING, ROOT
from x509 import ca, certificate, leaf

BASE = "CA/Browser Forum Baseline Requirements"


def strict(name, why, source, made, between=(ISSUING,), trusted=(ROOT,), says=None):
    """A fault by the strict rules, or none."""
    verify(name, why, source, made, trusted, between, rules=[("profile", says)] if says else [], strict=True)


def bad(name, why, source, says, made, between=(ISSUING,), trusted=(ROOT,)):
    """Refused by the strict rules; as a path it is sound."""
    strict(f"profile-{name}", why, source, made, between, trusted, says)
    verify(f"profile-near-miss-path-{name}", "As a path it is sound.", "RFC 5280, 6.1", made, trusted, between)


def ok(name, *rest, **more):
    strict(f"profile-near-miss-{name}", *rest, **more)


def criticality():
    strict("accept-strict", "A chain with nothing against it.", "RFC 5280, 4", GOOD)
    bad("critical-authority-key-id", "authorityKeyIdentifier must not be critical.", "RFC 5280, 4.2.1.1", "authorityKeyIdentifier",
        leaf(ISSUING, authority_id=False, more=(der.authority_key_id(keys.identifier("p256-issuing"), critical=True),)))
    bad("critical-subject-key-id", "subjectKeyIdentifier must not be critical.", "RFC 5280, 4.2.1.2", "subjectKeyIdentifier",
        leaf(ISSUING, more=(der.subject_key_id(keys.identifier("p256-leaf"), critical=True),)))
    access = der.sequence(der.sequence(der.oid("1.3.6.1.5.5.7.48.1"), der.general_name(("uri", "http://ocsp.example.com/"))))
    bad("critical-authority-information-access", "authorityInfoAccess must not be critical.", "RFC 5280, 4.2.2.1", "authorityInfoAccess",
        leaf(ISSUING, more=(der.extension("1.3.6.1.5.5.7.1.1", access, True),)))
    limits = [("dns", "example.com")]
    soft = ca("Soft CA", "p256-chain1", ROOT, more=(der.name_constraints(limits, critical=False),))
    bad("name-constraints-not-critical", "nameConstraints must be critical.", "RFC 5280, 4.2.1.10", "nameConstraints", leaf(soft), [soft])
    hard = ca("Hard CA", "p256-chain1", ROOT, more=(der.name_constraints(limits),))
    ok("name-constraints-critical", "nameConstraints that are critical.", "RFC 5280, 4.2.1.10", leaf(hard), [hard])
    soft = ca("Soft CA", "p256-chain1", ROOT, more=(der.policy_constraints(mapping_until=0, critical=False),))
    bad("policy-constraints-not-critical", "policyConstraints must be critical.", "RFC 5280, 4.2.1.11", "policyConstraints", leaf(soft), [soft])
    soft = ca("Soft CA", "p256-chain1", ROOT, more=(der.inhibit_any_policy(0, critical=False),))
    bad("inhibit-any-policy-not-critical", "inhibitAnyPolicy must be critical.", "RFC 5280, 4.2.1.14", "inhibitAnyPolicy", leaf(soft), [soft])
    empty = ca("Empty CA", "p256-chain1", ROOT, more=(der.name_constraints(),))
    bad("empty-name-constraints", "nameConstraints must constrain something.", "RFC 5280, 4.2.1.10", "empty", leaf(empty), [empty])
    dotted = ca("Dotted CA", "p256-chain1", ROOT, more=(der.name_constraints([("dns", ".example.com")]),))
    bad("dotted-name-constraints", "A leading dot is for mail and URIs, not for DNS names.", "RFC 5280, 4.2.1.10", "leading dot", leaf(dotted), [dotted])
    bad("name-constraints-of-leaf", "Only a CA has names to constrain.", "RFC 5280, 4.2.1.10", "not a CA", leaf(ISSUING, more=(der.name_constraints(limits),)))


    bad("key-usage-empty", "keyUsage must name a use.", "RFC 5280, 4.2.1.3", "no use", leaf(ISSUING, usages=()))


def identity():
    bad("no-authority-key-id", "Clients find the issuer by its key identifier.", "RFC 5280, 4.2.1.1", "no authority key identifier", leaf(ISSUING, authority_id=False))
    plain = ca("Plain CA", "p256-chain1", ROOT, key_ids=False, more=(der.authority_key_id(keys.identifier("p256-root")),))
    bad("ca-without-key-id", "A CA must have a key identifier.", "RFC 5280, 4.2.1.2", "no subject key identifier", leaf(plain), [plain])
    root = ca("Plain Root CA", "p256-new-root")
    ok("root-without-authority-key-id", "A root need not name the key above it.", "RFC 5280, 4.2.1.1", leaf(root), (), [root])
    extensions = [der.authority_key_id(keys.identifier("p256-issuing"))]
    bad("version-2", "Extensions need version 3.", "RFC 5280, 4.1.2.1", "version 2",
        certificate([("CN", "expe1.example.com")], "p256-leaf", ISSUING, version=2, extensions=extensions))
    bad("serial-negative", "A serial number is positive.", "RFC 5280, 4.1.2.2", "negative", leaf(ISSUING, serial=-5))
    bad("serial-zero", "A serial number is not zero.", "RFC 5280, 4.1.2.2", "zero", leaf(ISSUING, serial=0))
    bad("serial-21-octets", "A serial number has at most 20 octets.", "RFC 5280, 4.1.2.2", "longer than 20", leaf(ISSUING, serial=1 << 160))
    ok("serial-20-octets", "Twenty octets are allowed.", "RFC 5280, 4.1.2.2", leaf(ISSUING, serial=(1 << 158) + 1))
    nameless = ca("", "p256-new-root", subject=[])
    verify("profile-nameless-issuer", "A CA has a name, and what it issues says so.", "RFC 5280, 4.1.2.4 and 4.1.2.6", leaf(nameless), [nameless],
           rules=[("profile", "issuer has no name"), ("profile", "no subject name")], strict=True)
    verify("profile-near-miss-path-nameless-issuer", "As a path it is sound.", "RFC 5280, 6.1", leaf(nameless), [nameless])
    rsa = ca("RSA CA", "rsa2048-root", ROOT)
    bad("sha1", "TLS clients do not take SHA-1.", f"RFC 9155; {BASE}, 7.1.3.2", "signature", leaf(rsa, digest="sha1"), [rsa])
    ok("rsa-sha256", "SHA-256 they take.", f"{BASE}, 7.1.3.2", leaf(rsa), [rsa])
    root = ca("Old Root CA", "rsa2048-root", digest="sha1")
    ok("sha1-of-anchor", "How an anchor is signed is of no account.", "RFC 5280, 6.1", leaf(root), (), [root])


def key():
    bad("rsa-1024", "TLS clients want 2048 bits.", f"{BASE}, 6.1.5", "1024", leaf(ISSUING, key="rsa1024-leaf"))
    bad("rsa-2047", "One bit fewer is fewer.", f"{BASE}, 6.1.5", "2047", leaf(ISSUING, key="rsa2047-leaf"))
    ok("rsa-2048", "2048 bits.", f"{BASE}, 6.1.5", leaf(ISSUING, key="rsa2048-leaf"))
    bad("rsa-2050", "A size that is no multiple of 8 bits, which some clients refuse.", f"{BASE}, 6.1.5", "multiple of 8",
        leaf(ISSUING, key="rsa2050-leaf"))
    bad("p224", "No TLS client takes P-224.", f"{BASE}, 6.1.5", "P-224", leaf(ISSUING, key="p224-leaf"))
    bad("dsa", "No TLS client takes DSA.", f"{BASE}, 6.1.5", "DSA", leaf(ISSUING, key="dsa-leaf"))
    small = ca("Small Root CA", "rsa1024-root")
    bad("rsa-1024-anchor", "The key of an anchor counts as well.", f"{BASE}, 6.1.5", "1024", leaf(small), (), [small])


def roles():
    bad("ca-as-leaf", "TLS clients do not take a CA certificate from a peer.", "docs/decisions/0018", "CA certificate",
        leaf(ROOT, constraints=True, usages=("digitalSignature", "keyCertSign")), ())
    bad("cert-sign-of-leaf", "Only a CA signs certificates.", "RFC 5280, 4.2.1.3", "keyCertSign", leaf(ISSUING, usages=("digitalSignature", "keyCertSign")))
    limited = der.extension("2.5.29.19", der.sequence(der.integer(0)))
    bad("path-length-of-leaf", "Only a CA has a path length.", "RFC 5280, 4.2.1.9", "path length", leaf(ISSUING, constraints=None, more=(limited,)))
    bad("empty-subject", "Without a subject the alternative names must be critical.", "RFC 5280, 4.2.1.6", "not critical", leaf(ISSUING, subject=[]))
    ok("empty-subject", "Without a subject, and the alternative names are critical.", "RFC 5280, 4.2.1.6", leaf(ISSUING, subject=[], names_critical=True))
    soft = ca("Soft CA", "p256-chain1", ROOT, constraints=None, more=(der.basic_constraints(True, critical=False),))
    bad("basic-constraints-not-critical", "A CA's basicConstraints must be critical.", "RFC 5280, 4.2.1.9", "not critical", leaf(soft), [soft])
    trusted = leaf(None, constraints=True)
    ok("trusted-leaf", "What is trusted itself may be what it likes.", "RFC 5280, 6.1", trusted, (), [trusted])
    old = certificate([("CN", "Old Root CA")], "p256-new-root", extensions=[der.subject_key_id(keys.identifier("p256-new-root"))])
    verify("profile-root-without-constraints", "A root of version 3 says that it is a CA.", "RFC 5280, 4.2.1.9", leaf(old), [old],
           rules=[("profile", "no basicConstraints"), "not-a-ca"], strict=True)


def write():
    criticality()
    identity()
    key()
    roles()
