"""Revocation by lists: complete, delta and indirect, with distribution points and reasons."""

import dataclasses

import der
import keys
from verify_case import verify
from world import GOOD, ISSUING, OTHER_ROOT, ROOT
from x509 import ca, leaf, revocation_list, serial_of

SOURCE = "RFC 5280, 6.3.3"
ROOT_LIST = revocation_list(ROOT)
OTHER = leaf(ISSUING, serial=1234567)
PLACE = [("uri", "http://example.com/issuing.crl")]
ELSEWHERE = [("uri", "http://example.com/other.crl")]
UNKNOWN = ["revocation-unknown"]
REVOKED = ["revoked"]
PRIVATE = der.extension("1.3.6.1.4.1.99999.7", b"\x05\x00", True)


def entry(made, *extensions):
    return der.sequence(serial_of(made), der.time("2026-10-01T00:00:00Z"), der.sequence(*extensions) if extensions else b"")


def reason(number):
    return der.extension("2.5.29.21", bytes([0x0A, 1, number]))


def of_issuer(attributes):
    return der.extension("2.5.29.29", der.sequence(der.general_name(("dir", attributes))), True)


def delta(base, number, entries, more=()):
    return revocation_list(ISSUING, entries=entries, number=number, more=(der.extension("2.5.29.27", der.integer(base), True), *more))


def check(name, why, crls, rules=(), source=SOURCE, made=GOOD, between=(ISSUING,), trusted=(ROOT,), root_list=ROOT_LIST):
    verify(name, why, source, made, trusted, between, [root_list, *crls] if root_list else crls, rules)


def complete():
    good = revocation_list(ISSUING)
    check("revoked-near-miss-not-listed", "Each CA of the path has a list that is valid, and none has the certificate.", [revocation_list(ISSUING, [OTHER])])
    check("revoked-listed", "The certificate is on its CA's list.", [revocation_list(ISSUING, [OTHER, GOOD])], REVOKED)
    check("revoked-intermediate", "Its CA is on the root's list.", [good], REVOKED, root_list=revocation_list(ROOT, [ISSUING]))
    check("revocation-unknown-no-list", "There are lists, and none of the CA that issued the leaf.", [], UNKNOWN)
    check("revocation-unknown-no-list-of-root", "The root's list is the one that is missing.", [good], UNKNOWN, root_list=None)
    check("revocation-unknown-near-miss-anchor", "An anchor needs no list.", [good], trusted=(ISSUING,), between=(), root_list=None)
    times = dict(this="2026-10-01T00:00:00Z", following="2026-11-23T23:59:59Z")
    check("revocation-unknown-expired", "The list expired one second ago.", [revocation_list(ISSUING, **times)], [("revocation-unknown", "expired")])
    check("revocation-unknown-near-miss-last-second", "The end is part of the list's validity.", [revocation_list(ISSUING, following="2026-11-24T00:00:00Z")])
    check("revocation-unknown-not-yet", "The list is of tomorrow.", [revocation_list(ISSUING, this="2026-11-25T00:00:00Z")], UNKNOWN)
    check("revocation-unknown-near-miss-no-next-update", "A list without nextUpdate does not expire.", [revocation_list(ISSUING, following=None)])
    check("revoked-by-expired-list", "What an expired list revokes stays revoked.", [revocation_list(ISSUING, [GOOD], **times)], REVOKED)
    check("revoked-on-hold", "A certificate on hold is revoked until it is taken off.", [revocation_list(ISSUING, entries=[entry(GOOD, reason(6))])], REVOKED,
          source="RFC 5280, 5.3.1")
    check("revoked-removed-in-complete-list", "removeFromCRL has no meaning in a complete list, which names the certificate all the same.",
          [revocation_list(ISSUING, entries=[entry(GOOD, reason(8))])], REVOKED, source="RFC 5280, 5.3.1")
    source = "RFC 5280, 5.2 and 5.3"
    check("revocation-unknown-critical-extension", "A list with a critical extension that is not understood tells nothing.", [revocation_list(ISSUING, more=(PRIVATE,))],
          UNKNOWN, source)
    check("revocation-unknown-critical-entry-extension", "The same of an extension of an entry, though of another certificate.",
          [revocation_list(ISSUING, entries=[entry(OTHER, PRIVATE)])], UNKNOWN, source)
    check("revoked-critical-entry-extension", "Named in such an entry, the certificate is better not trusted.",
          [revocation_list(ISSUING, entries=[entry(GOOD, PRIVATE)])], REVOKED, source)


def signers():
    source = "RFC 5280, 6.3.3 (f) and (g)"
    check("revocation-unknown-forged", "The list was signed with another key.", [revocation_list(ISSUING, signer="p256-forger")], UNKNOWN, source)
    check("revocation-unknown-broken-signature", "One bit of the list's signature changed.", [revocation_list(ISSUING, broken_signature=True)], UNKNOWN, source)
    check("revocation-unknown-algorithm-mismatch", "The list states its algorithm twice, and differently.",
          [revocation_list(ISSUING, inner_algorithm=keys.algorithm("p256-root", "sha512"))], UNKNOWN, "RFC 5280, 5.1.1.2")
    mute = ca("Example Issuing CA", "p256-issuing", ROOT, usages=("keyCertSign",))
    check("revocation-unknown-no-crl-sign", "A CA without cRLSign may not make lists.", [revocation_list(ISSUING)], UNKNOWN, source, between=[mute])
    free = ca("Example Issuing CA", "p256-issuing", ROOT, usages=())
    check("revocation-unknown-near-miss-no-key-usage", "Without keyUsage a key may do anything.", [revocation_list(ISSUING)], (), source, between=[free])
    signer = ca("Example Issuing CA", "p256-chain1", ROOT, constraints=None, usages=("cRLSign",))
    own = revocation_list(ISSUING, signer="p256-chain1")
    check("revocation-unknown-near-miss-own-signer", "A CA may keep a key of its own for lists, with a certificate from the same root.", [own], (), source,
          between=[ISSUING, signer])
    # The signer has the CA's name, so the leaf is held against its key as well.
    unknown = [*UNKNOWN, "signature-invalid"]
    check("revocation-unknown-signer-revoked", "That certificate was revoked.", [own], unknown, source, between=[ISSUING, signer],
          root_list=revocation_list(ROOT, [signer]))
    stranger = ca("Example Issuing CA", "p256-chain1", OTHER_ROOT, constraints=None, usages=("cRLSign",))
    check("revocation-unknown-signer-of-other-anchor", "A signer of the same name under another root that is trusted too.",
          [own, revocation_list(OTHER_ROOT)], unknown, source, between=[ISSUING, stranger], trusted=(ROOT, OTHER_ROOT))
    alone = ca("Example Issuing CA", "p256-chain1", constraints=None, usages=("cRLSign",))
    check("revocation-unknown-signer-without-path", "A signer that nobody vouches for.", [own], unknown, source, between=[ISSUING, alone])


def deltas():
    source = "RFC 5280, 5.2.4 and 6.3.3 (c) and (h)"
    base = revocation_list(ISSUING, [OTHER])
    check("revoked-by-delta", "Revoked since the complete list.", [base, delta(7, 8, [entry(GOOD)])], REVOKED, source)
    check("revoked-near-miss-other-in-delta", "The delta revokes another.", [base, delta(7, 8, [entry(OTHER)])], (), source)
    held = revocation_list(ISSUING, entries=[entry(GOOD, reason(6))])
    off = [entry(GOOD, reason(8))]
    check("revoked-near-miss-taken-off", "The delta takes it off the list again.", [held, delta(7, 8, off)], (), source)
    check("revoked-delta-of-later-base", "The delta continues a later list than the one at hand.", [held, delta(8, 9, off)], REVOKED, source)
    check("revoked-delta-older", "The delta is older than the list.", [held, delta(5, 6, off)], REVOKED, source)
    check("revoked-near-miss-earlier-base", "The delta continues an earlier list, and so this one.", [held, delta(5, 8, off)], (), source)
    check("revoked-delta-of-other-scope", "The delta tells about another scope.", [held, delta(7, 8, off, (der.issuing_distribution_point(user=True),))], REVOKED, source)
    check("revoked-newest-delta", "Of two deltas the newer one counts.", [held, delta(7, 8, off), delta(7, 9, [entry(GOOD, reason(1))])], [("revoked", "keyCompromise")], source)
    check("revocation-unknown-delta-alone", "A delta without its complete list tells nothing.", [delta(7, 8, [])], UNKNOWN, source)
    check("revoked-delta-with-unknown-critical", "A delta that is not understood is not used.", [held, delta(7, 8, off, (PRIVATE,))], REVOKED, source)


def scopes():
    source = "RFC 5280, 5.2.5 and 6.3.3 (b)"
    scope = der.issuing_distribution_point
    of = lambda *extensions: revocation_list(ISSUING, more=extensions)
    placed = leaf(ISSUING, more=(der.distribution_points(der.distribution_point(PLACE)),))
    check("revocation-unknown-near-miss-place", "The list is the one that the certificate names.", [of(scope(PLACE))], (), source, placed)
    check("revocation-unknown-other-place", "The list is of another place than the certificate names.", [of(scope(ELSEWHERE))], UNKNOWN, source, placed)
    check("revocation-unknown-place-not-named", "The list is of a place, and the certificate names none.", [of(scope(PLACE))], UNKNOWN, source)
    part = der.sequence(der.oid("2.5.4.11"), der.text("List 7"))
    relative = leaf(ISSUING, more=(der.distribution_points(der.distribution_point(relative=part)),))
    check("revocation-unknown-near-miss-relative-place", "Both name the place relative to the CA.", [of(scope(relative=part))], (), source, relative)
    whole = [("dir", [*ISSUING.subject, ("OU", "List 7")])]
    check("revocation-unknown-near-miss-relative-and-full", "One names it relative to the CA, one in full.", [of(scope(whole))], (), source, relative)
    check("revocation-unknown-near-miss-user-only", "A list of users' certificates only tells about this one.", [of(scope(user=True))], (), source)
    check("revocation-unknown-ca-only", "A list of CA certificates only does not tell about a user's.", [of(scope(ca=True))], UNKNOWN, source)
    check("revocation-unknown-user-only-for-ca", "A list of users' certificates only does not tell about a CA's.", [of()], UNKNOWN, source,
          root_list=revocation_list(ROOT, more=(scope(user=True),)))
    check("revocation-unknown-near-miss-ca-only-for-ca", "A list of CA certificates only tells about a CA's.", [of()], (), source,
          root_list=revocation_list(ROOT, more=(scope(ca=True),)))
    check("revocation-unknown-attribute-only", "A list of attribute certificates tells about none of these.", [of(scope(attribute=True))], UNKNOWN, source)
    reasons = ["keyCompromise", "cACompromise"]
    rest = ["affiliationChanged", "superseded", "cessationOfOperation", "certificateHold", "privilegeWithdrawn", "aACompromise"]
    check("revocation-unknown-some-reasons", "A list for two reasons leaves the others open.", [of(scope(reasons=reasons))], [("revocation-unknown", "reason")], source)
    check("revocation-unknown-near-miss-all-reasons", "Two lists that together tell of every reason.", [of(scope(reasons=reasons)), of(scope(reasons=rest))], (), source)
    check("revoked-some-reasons", "Revoked, says one of them.",
          [of(scope(reasons=reasons)), revocation_list(ISSUING, [GOOD], more=(scope(reasons=rest),))], REVOKED, source)
    of_point = leaf(ISSUING, more=(der.distribution_points(der.distribution_point(PLACE, reasons=reasons), der.distribution_point(ELSEWHERE, reasons=rest)),))
    check("revocation-unknown-near-miss-reasons-of-points", "The certificate says which place tells of which reason.", [of(scope(PLACE)), of(scope(ELSEWHERE))], (), source, of_point)
    check("revocation-unknown-reasons-of-points", "One of the places is missing.", [of(scope(PLACE))], UNKNOWN, source, of_point)


def indirect():
    source = "RFC 5280, 4.2.1.13, 5.2.5 and 5.3.3"
    name = [("C", "GB"), ("O", "Example Ltd"), ("CN", "Example CRL Signer")]
    signer = ca("Example CRL Signer", "p256-chain1", ROOT, constraints=None, usages=("cRLSign",))
    pointed = leaf(ISSUING, more=(der.distribution_points(der.distribution_point(issuer=name)),))
    scope = der.issuing_distribution_point(indirect=True)
    elsewhere = lambda *entries, more=(scope,): revocation_list(signer, entries=list(entries), more=more)
    between = [ISSUING, signer]
    settings = dict(source=source, made=pointed, between=between)
    check("revoked-near-miss-indirect", "The certificate names another issuer of lists, whose list tells of others.", [elsewhere(entry(OTHER, of_issuer(ISSUING.subject)))], **settings)
    check("revoked-indirect", "The other issuer's list names the certificate by its issuer.", [elsewhere(entry(pointed, of_issuer(ISSUING.subject)))], REVOKED, **settings)
    check("revoked-indirect-continued", "An entry without an issuer has that of the one before it.",
          [elsewhere(entry(OTHER, of_issuer(ISSUING.subject)), entry(pointed))], REVOKED, **settings)
    check("revoked-near-miss-indirect-other-issuer", "The same serial number under another CA is another certificate.",
          [elsewhere(entry(pointed, of_issuer(ROOT.subject)))], **settings)
    check("revoked-near-miss-indirect-own", "An entry before any issuer is of the list's own.", [elsewhere(entry(pointed))], **settings)
    check("revocation-unknown-not-indirect", "A list that does not say that it is indirect is of its own issuer only.", [elsewhere(more=())], UNKNOWN, **settings)
    check("revocation-unknown-crl-issuer-not-named", "The certificate does not name the other issuer.", [elsewhere()], UNKNOWN, source, GOOD, between)
    flagged = dataclasses.replace(signer, subject=[("C", "GB"), ("O", "Example Ltd"), ("CN", "Another CRL Signer")])
    check("revocation-unknown-other-crl-issuer", "It names one, and the list is another's.", [revocation_list(flagged, more=(scope,))], UNKNOWN, **settings)


def write():
    complete()
    signers()
    deltas()
    scopes()
    indirect()
