"""Name constraints, kind by kind."""

import der
from verify_case import verify
from world import ROOT
from x509 import ca, leaf

SOURCE = "RFC 5280, 4.2.1.10"
REFUSED = ["name-constraints"]


def check(name, why, names, permitted=(), excluded=(), rules=(), source=SOURCE, **of_leaf):
    limited = ca("Limited CA", "p256-chain1", ROOT, more=(der.name_constraints(permitted, excluded),))
    verify(name, why, source, leaf(limited, names=names, **of_leaf), [ROOT], [limited], rules=rules)


def refused(name, *rest, **more):
    check(f"name-constraints-{name}", *rest, rules=REFUSED, **more)


def passes(name, *rest, **more):
    check(f"name-constraints-near-miss-{name}", *rest, **more)


def hosts():
    base, host = [("dns", "example.com")], lambda name: [("dns", name)]
    passes("dns", "A host below the permitted domain.", host("expe1.example.com"), base)
    passes("dns-itself", "The permitted domain itself.", host("example.com"), base)
    passes("dns-case", "Case does not matter.", host("EXPE1.Example.COM"), base)
    passes("dns-leading-dot", "A leading dot is not RFC 5280's form, but in use: every host below.", host("expe1.example.com"), [("dns", ".example.com")])
    refused("dns", "A host outside the permitted domain.", host("expe1.example.org"), base)
    refused("dns-level", "A name that only ends in the same letters is another domain.", host("badexample.com"), base)
    refused("dns-one-of-two", "Every name must be permitted.", host("expe1.example.com") + host("expe1.example.org"), base)
    refused("dns-excluded", "A host below the excluded domain.", host("expe1.test.example.com"), (), [("dns", "test.example.com")])
    passes("dns-excluded", "A host beside the excluded domain.", host("expe1.example.com"), (), [("dns", "test.example.com")])
    refused("dns-excluded-within-permitted", "What is excluded is so, even where it is permitted.", host("a.test.example.com"), base, [("dns", "test.example.com")])
    refused("dns-all-excluded", "An empty name excludes every host.", host("expe1.example.com"), (), [("dns", "")])
    refused("wildcard-over-excluded", "A wildcard stands for the excluded host as well as for its neighbours.", host("*.example.com"), (), [("dns", "test.example.com")])
    passes("wildcard-beside-excluded", "A wildcard stands for one level: nothing two levels below.", host("*.example.com"), (), [("dns", "a.test.example.com")])
    refused("wildcard-above-permitted", "A wildcard stands for hosts outside the permitted one too.", host("*.example.com"), [("dns", "test.example.com")])
    passes("wildcard-permitted", "All that the wildcard stands for is permitted.", host("*.example.com"), base)
    passes("other-kind", "A constraint says nothing of names of another kind.", host("expe1.example.org"), [("email", "example.com")])


def addresses():
    ip = lambda text: [("ip", bytes.fromhex(text))]
    net = ip("c0000200ffffff00")
    passes("ipv4", "192.0.2.10 is in 192.0.2.0/24.", ip("c000020a"), net)
    refused("ipv4", "192.0.3.10 is not in 192.0.2.0/24.", ip("c000030a"), net)
    refused("ipv4-excluded", "192.0.2.10 is in the excluded network.", ip("c000020a"), (), net)
    six = ip("20010db8" + "00" * 12 + "ffffffff" + "00" * 12)
    passes("ipv6", "2001:db8::10 is in 2001:db8::/32.", ip("20010db8" + "00" * 11 + "10"), six)
    refused("ipv6", "2001:db9::10 is not in 2001:db8::/32.", ip("20010db9" + "00" * 11 + "10"), six)
    refused("ipv4-where-ipv6-is-permitted", "An address of either kind is an address.", ip("c000020a"), six)


def mail():
    to = lambda address: [("email", address)]
    passes("email-host", "An address at the permitted host.", to("admin@example.com"), [("email", "example.com")])
    refused("email-host-below", "A host permits itself, not those below.", to("admin@mail.example.com"), [("email", "example.com")])
    passes("email-domain", "A leading dot permits every host below.", to("admin@mail.example.com"), [("email", ".example.com")])
    refused("email-domain-itself", "A leading dot does not permit the domain itself.", to("admin@example.com"), [("email", ".example.com")])
    passes("email-mailbox", "One mailbox; case of the host does not matter.", to("admin@Example.com"), [("email", "admin@example.com")])
    refused("email-mailbox-case", "The part before the at sign is exact.", to("Admin@example.com"), [("email", "admin@example.com")], source="RFC 5280, 7.5")
    refused("email-excluded", "The host is excluded.", to("admin@example.com"), (), [("email", "example.com")])
    subject = [("C", "GB"), ("emailAddress", "admin@example.org")]
    refused("email-in-subject", "Without alternative names the addresses in the subject count.", None, [("email", "example.com")], subject=subject)
    passes("email-in-subject", "With alternative names they do not.", [("dns", "expe1.example.com")], [("email", "example.com")], subject=subject)


def directories():
    base = [("dir", [("C", "GB"), ("O", "Example Ltd")])]
    passes("directory", "The subject begins as the permitted name.", None, base)
    passes("directory-case", "Case and runs of blanks do not matter.", None, [("dir", [("C", "gb"), ("O", "EXAMPLE  ltd")])], source="RFC 5280, 7.1")
    refused("directory", "The subject is of another organisation.", None, [("dir", [("C", "GB"), ("O", "Other Ltd")])])
    refused("directory-order", "The order of a name's parts is part of the name.", None, [("dir", [("O", "Example Ltd"), ("C", "GB")])])
    refused("directory-excluded", "The organisation is excluded.", None, (), base)
    refused("directory-joined", "A part of a name that has one attribute more is another part.", None, base,
            subject=[("C", "GB"), ("O", "Example Ltd"), ("+CN", "expe1.example.com")], source="RFC 5280, 7.1; RFC 4517, 4.2.15")
    refused("directory-alternative", "A directory name among the alternative names counts as well.",
            [("dir", [("C", "GB"), ("O", "Other Ltd")])], base)
    passes("directory-empty-subject", "An empty subject is no name.", [("dns", "expe1.example.com")], [("dir", [("O", "Other Ltd")])], subject=[],
           names_critical=True)


def others():
    at = lambda uri: [("uri", uri)]
    passes("uri-host", "The host of the URI is permitted.", at("https://example.com:8443/path"), [("uri", "example.com")])
    passes("uri-domain", "A leading dot permits every host below.", at("https://user@a.example.com/"), [("uri", ".example.com")])
    refused("uri-host-below", "A host permits itself, not those below.", at("https://a.example.com/"), [("uri", "example.com")])
    refused("uri-excluded", "The host is excluded.", at("https://example.com/"), (), [("uri", "example.com")])
    refused("uri-excluded-no-authority", "Where URIs are constrained one without a host must be refused.", at("urn:example:com"), (), [("uri", "example.com")])
    refused("uri-excluded-address", "Where URIs are constrained one whose host is an address must be refused.", at("https://192.0.2.10/"), (),
            [("uri", "example.com")])
    refused("uri-excluded-ipv6", "An IPv6 address is an address as well.", at("https://[2001:db8::10]:8443/"), (), [("uri", "example.com")])
    other = [("other", "admin@example.com")]
    refused("other-name", "A constraint that is not processed here refuses the names of its kind.", other, other)
    refused("other-name-excluded", "The same if the kind is excluded.", other, (), other)
    passes("other-name", "Names of other kinds are not touched.", [("dns", "expe1.example.com")], other)
    refused("registered-id", "registeredID is not processed either.", [("rid", "1.3.6.1.4.1.99999")], [("rid", "1.3.6.1.4.1.99999")])
    passes("registered-id", "Names of other kinds are not touched.", [("dns", "expe1.example.com")], (), [("rid", "1.3.6.1.4.1.99999")])


def self_issued():
    source = "RFC 5280, 6.1.3 (b) and (c)"
    limits = der.name_constraints([("dir", [("C", "GB"), ("O", "Below Ltd")])])
    limited = ca("Limited CA", "p256-chain1", ROOT, more=(limits,))
    again = ca("Limited CA", "p256-chain2", limited)
    below = [("C", "GB"), ("O", "Below Ltd")]
    verify("name-constraints-near-miss-self-issued", "A CA's certificate for itself is exempt from its own constraints.", source,
           leaf(again, subject=below), [ROOT], [limited, again])
    verify("name-constraints-self-issued-leaf", "The last certificate of a path is not exempt, self-issued or not.", source,
           leaf(limited, subject=limited.subject), [ROOT], [limited], rules=REFUSED)
    verify("name-constraints-of-two-cas", "Each CA can only narrow what those above it permit.", source,
           leaf(ca("Wide CA", "p256-chain3", ca("Limited CA", "p256-chain1", ROOT, more=(der.name_constraints([("dns", "example.org")]),)),
                   more=(der.name_constraints([("dns", "example.com")]),))), [ROOT],
           [ca("Limited CA", "p256-chain1", ROOT, more=(der.name_constraints([("dns", "example.org")]),)),
            ca("Wide CA", "p256-chain3", ca("Limited CA", "p256-chain1", ROOT, more=(der.name_constraints([("dns", "example.org")]),)),
               more=(der.name_constraints([("dns", "example.com")]),))], rules=REFUSED)
    root = ca("Limited Root CA", "p256-new-root", more=(der.name_constraints([("dns", "example.org")]),))
    verify("name-constraints-of-anchor", "Constraints of a trusted certificate count, as most validators have it.",
           "RFC 5937, 3.2", leaf(root), [root], rules=REFUSED)


def bounds_of_subtrees():
    subtree = lambda field: der.extension("2.5.29.30", der.sequence(der.explicit(0, der.sequence(der.general_name(("dns", "example.com")), field))), True)
    for name, why, field, rules in (
            ("name-constraints-near-miss-minimum-0", "A minimum of zero is the default, though it should not be written.", der.implicit(0, b"\0"), ()),
            ("issuer-missing-minimum-1", "Minimum and maximum are not processed, so a CA that has them is not used.", der.implicit(0, b"\1"), ["issuer-missing"]),
            ("issuer-missing-maximum", "The same of a maximum.", der.implicit(1, b"\2"), ["issuer-missing"])):
        limited = ca("Limited CA", "p256-chain1", ROOT, more=(subtree(field),))
        verify(name, why, SOURCE, leaf(limited), [ROOT], [limited], rules=rules)


def write():
    bounds_of_subtrees()
    hosts()
    addresses()
    mail()
    directories()
    others()
    self_issued()
