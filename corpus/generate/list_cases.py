"""The trusted CA list: files that are appended to it."""

import dataclasses

import der
import keys
from case import ca_f, case, f
from world import GOOD, ISSUING, ISSUING_ONLY, KEY, LIST, OTHER_ROOT, ROOT, ROOT_ONLY, pem_list, upload
from x509 import ca, certificate, revocation_list

SPEC = "spec: Managing the Trusted CA Certificate List"
WHOLE = "docs/decisions/0007: a trusted-CA file in which any block is bad is refused whole, naming block and line"


def append(name, why, file, findings=(), source=SPEC, trusted=(ROOT_ONLY,)):
    case(name, why, source, [("file", file), *(("trusted", body) for body in trusted)], findings, kind="trusted-ca")


def distinguished(common_name, organisation="Example Ltd"):
    return [("C", "GB"), ("O", organisation), ("CN", common_name)]


def good():
    append("accept-ca-one", "One new CA is appended.", OTHER_ROOT.pem())
    append("accept-ca-several", "A file may hold several CAs.", pem_list(OTHER_ROOT, ISSUING))
    append("accept-ca-empty-list", "The first CA of all.", ROOT.pem(), trusted=())
    append("accept-ca-list-repeated", "The list may come in several files that overlap; a certificate counts once.",
           OTHER_ROOT.pem(), trusted=(ROOT_ONLY, LIST, ROOT_ONLY), source="docs/decisions/0003: distinct certificates")
    append("accept-ca-crlf-and-text", "CRLF and text between the blocks mean nothing.",
           b"first\n" + OTHER_ROOT.pem() + b"second\n" + ISSUING.pem().replace(b"\n", b"\r\n"))
    append("accept-ca-intermediate-without-root", "An intermediate may come before its root.", ISSUING.pem(), trusted=())
    append("accept-ca-kinds-of-key", "A list may mix RSA and all the curves.",
           pem_list(*(ca(f"CA {n}", f"{n}-root") for n in ("rsa4096", "p384", "p521", "ed25519"))))
    append("issued-against-the-rules-ca-serial-zero", "Six Mozilla roots have serial 0.", ca("Zero CA", "p256-other", serial=0).pem(),
           [ca_f("issued-against-the-rules")])
    sha1 = ca("SHA-1 Root CA", "rsa2048-root", digest="sha1")
    append("weak-security-near-miss-ca-root-sha1", "A root's signature on itself proves nothing, so its digest does not matter.",
           sha1.pem(), source="docs/decisions/0009: not for a root's own signature")
    md5 = ca("MD5 Root CA", "rsa2048-root", digest="md5")
    append("weak-security-near-miss-ca-root-md5", "A root's signature on itself proves nothing, so its digest does not matter.",
           md5.pem(), source="docs/decisions/0009: not for a root's own signature")


def doubtful():
    append("not-a-ca-leaf", "A server certificate in the CA list can anchor nothing.", GOOD.pem(), [ca_f("not-a-ca")],
           trusted=(LIST,))
    append("not-a-ca-no-constraints", "The appliance is known to break on a CA without basicConstraints.",
           ca("Old CA", "p256-other", constraints=None).pem(),
           [ca_f("not-a-ca"), ca_f("issued-against-the-rules")], "spec facts: a CA without BasicConstraints")
    append("not-a-ca-beside-good", "Only the one that is no CA is named, by its block.", pem_list(OTHER_ROOT, GOOD, ISSUING),
           [ca_f("not-a-ca", 1)])
    append("expired-ca", "An expired CA helps nobody.", ca("Old CA", "p256-other", not_after="2026-01-01T00:00:00Z").pem(),
           [ca_f("expired")], "RFC 5280, 4.1.2.5")
    append("expired-near-miss-ca", "A CA that ends next year is good until then.",
           ca("Old CA", "p256-other", not_after="2027-01-01T00:00:00Z").pem(), source="RFC 5280, 4.1.2.5")
    append("not-yet-valid-ca", "A CA for next year may be installed beforehand, and is said to wait.",
           ca("Next CA", "p256-other", not_before="2027-01-01T00:00:00Z").pem(), [ca_f("not-yet-valid")], "Certway's own warning")
    weak = "spec: Warning messages, acceptable level of security"
    append("weak-security-ca-rsa1024", "A root with 1024 bits is weak whatever signed it.", ca("Short CA", "rsa1024-root").pem(),
           [ca_f("weak-security")], weak)
    rsa_root = ca("Example RSA Root CA", "rsa2048-root")
    append("weak-security-ca-intermediate-sha1", "An intermediate signed with SHA-1 can be forged.",
           ca("Old Issuing CA", "p256-other", rsa_root, digest="sha1").pem(), [ca_f("weak-security")], weak)
    append("large-rsa-key-ca", "The appliance is known to break on RSA 8192; here it is advice.",
           ca("Long CA", "rsa8192-leaf").pem(), [ca_f("large-rsa-key")], "spec facts: RSA 8192")
    append("not-after-beyond-2050-ca", "The appliance is known to break on an end beyond 2050; here it is advice.",
           ca("Eternal CA", "p256-other", not_after="2060-01-01T00:00:00Z").pem(), [ca_f("not-after-beyond-2050")],
           "spec facts: notAfter beyond 2050")


def same_names():
    reason = "spec: second note, multiple CA certificates with the same common name; docs/decisions/0010"
    fingerprints = lambda *made: [__import__("hashlib").sha256(one.der).hexdigest() for one in made]
    other = ca("Example Root CA", "p256-other", subject=distinguished("Example Root CA", "Another Ltd"))
    append("duplicate-ca-common-name-in-list", "The list has a CA of that name: both fingerprints and the reason are said.", other.pem(),
           [ca_f("duplicate-ca-common-name", mentions=[*fingerprints(other, ROOT), "IdP"])], reason)
    one = ca("Twin CA", "p256-chain1", subject=distinguished("Twin CA", "One Ltd"))
    two = ca("Twin CA", "p256-chain2", subject=distinguished("Twin CA", "Two Ltd"))
    append("duplicate-ca-common-name-in-file", "Two CAs of one name in the same file.", pem_list(one, two),
           [ca_f("duplicate-ca-common-name", 1, mentions=fingerprints(one, two))], reason)
    append("duplicate-ca-common-name-near-miss-no-name", "Two CAs without a CN do not share one.",
           pem_list(ca("", "p256-chain1", subject=[("O", "One Ltd")]), ca("", "p256-chain2", subject=[("O", "Two Ltd")])), source=reason)
    append("duplicate-ca-common-name-near-miss-same-organisation", "The organisation may be the same, and often is.",
           pem_list(ca("Twin CA G1", "p256-chain1"), ca("Twin CA G2", "p256-chain2")), source=reason)
    append("duplicate-ca-known", "A CA that is in the list already is counted and left.", ROOT.pem(), [ca_f("duplicate-ca")],
           "docs/decisions/0003: known ones counted and left")
    append("duplicate-ca-known-beside-new", "New ones are added, known ones counted and left.", pem_list(OTHER_ROOT, ROOT, ISSUING),
           [ca_f("duplicate-ca", 1)], "docs/decisions/0003: known ones counted and left")
    append("duplicate-ca-twice-in-file", "The same CA twice in the file is one CA.", pem_list(OTHER_ROOT, OTHER_ROOT),
           [ca_f("duplicate-ca", 1)], "docs/decisions/0007: duplicates")
    renewed = ca("Example Root CA", "p256-root", not_after="2045-01-01T00:00:00Z")
    append("same-issuer-and-subject-renewed", "Same issuer and subject as one in the list: both stay, the old one is to be deleted by hand.",
           renewed.pem(), [ca_f("duplicate-ca-common-name", mentions=fingerprints(renewed, ROOT)),
            ca_f("same-issuer-and-subject", mentions=fingerprints(renewed, ROOT))],
           SPEC + "; docs/decisions/0003: the answer says that the old one must be deleted by hand")


def refused_whole():
    first = OTHER_ROOT.pem()
    cut = keys.pem("CERTIFICATE", ISSUING.der[:-7])
    append("bad-der-ca-second-of-three", "One certificate in the middle is damaged: none is taken, and block and line are said.",
           first + cut + ca("CA 3", "p256-chain3").pem(), [ca_f("bad-der", 1)], WHOLE)
    append("bad-pem-ca-last-cut-off", "The last block was cut off while copying: none is taken.",
           first + ISSUING.pem().replace(b"-----END CERTIFICATE-----\n", b""), [ca_f("bad-pem", 1)], WHOLE)
    stray = ISSUING.pem(decode=False).split(b"\n")
    stray[4] = b"?" + stray[4][1:]
    stray = b"\n".join(stray)
    append("bad-pem-ca-stray-character", "The character that is not base64 is named with its own line.", first + stray,
           [ca_f("bad-pem", 1, line=first.count(b"\n") + 5)], WHOLE)
    append("bad-der-ca-two-bad", "Two damaged blocks are both named.", cut + first + cut, [ca_f("bad-der", 0), ca_f("bad-der", 2)], WHOLE)
    append("private-key-in-certificate-file-ca", "A private key in a CA file is a leak; none is taken.", first + KEY,
           [ca_f("private-key-in-certificate-file", 1)], WHOLE)
    append("no-certificate-ca-request", "A request is no CA certificate.", keys.kept("request.csr", lambda: b""),
           [ca_f("no-certificate", None)], WHOLE)
    append("no-certificate-near-miss-ca-crl", "Revocation lists may sit in the trusted CA file.",
           first + revocation_list(OTHER_ROOT), source="spec facts: CRLs may also sit in the trusted CA file")
    case("not-pem-trusted-list", "A file given as the trusted CA list that is something else is named, and nothing is judged as trusted.",
         "INTERFACE.md: --trusted", upload(GOOD, trusted=(b"Root certificates of Example Ltd\n",)), [ca_f("not-pem", None), f("ca-not-recognised")])
    case("bad-der-trusted-list", "A damaged certificate in the list as it stands is named.",
         "INTERFACE.md: --trusted", upload(GOOD, trusted=(LIST, cut)), [ca_f("bad-der", 0, line=1)])
    append("not-pem-ca-text", "A text file without any block.", b"Root certificates of Example Ltd\n", [ca_f("not-pem", None)], WHOLE)
    hostile = certificate([("O", "<b>Evil</b>"), ("CN", "Ex\u202eample\0 CA<script>")], "p256-other",
                          extensions=[der.basic_constraints(True), der.key_usage("keyCertSign", "cRLSign"),
                                      der.subject_key_id(keys.identifier("p256-other"))],
                          not_after="2036-01-01T00:00:00Z")
    append("accept-ca-hostile-name", "A CA may be called anything; it is shown as text.", hostile.pem(), source="OWASP ASVS 5.0.0, 1.2.1")
    assert dataclasses and ISSUING_ONLY


def write():
    good()
    doubtful()
    same_names()
    refused_whole()
