"""Names: subject alternative names, common names, and hostile text in either."""

import der
from case import case, f
from world import GOOD, ISSUING, KEY, upload
from x509 import HOST, leaf

SPEC = "spec: Loading a Server Certificate and Private Key, step 2"
GRAMMAR = "docs/decisions/0004; RFC 1035, 2.3.1"
SAN_TEXT = "File upload failed.: Subject alternative name must be a valid FQDN"
CN_TEXT = "File upload failed.: Common name must be a valid FQDN"


def san(entry, kind="dns", index=0, found=None):
    field = f"subjectAltName.{'dNSName' if kind == 'dns' else 'iPAddress'}[{index}]"
    shown = {} if found is None and not isinstance(entry, str) else {"found": found or entry}
    return f("san-not-fqdn", field=field, message=SAN_TEXT, **shown)


def san_case(name, why, entry, source=GRAMMAR, **more):
    """The bad entry stands second, so that its place matters."""
    made = leaf(ISSUING, names=[("dns", HOST), ("dns", entry)])
    case(f"san-not-fqdn-{name}", why, source, upload(made), [san(entry, index=1, **more)])


def accepted_san(name, why, entry, source=GRAMMAR):
    made = leaf(ISSUING, names=[("dns", HOST), ("dns", entry)])
    case(f"san-not-fqdn-near-miss-{name}", why, source, upload(made))


def san_cases():
    san_case("host-name", "A host name in the SAN is what the specification refuses by name.", "expe1", SPEC)
    san_case("ipv4-as-dns-name", "An address written as a DNS name is an IP in the SAN field.", "192.0.2.10", SPEC)
    san_case("ipv6-as-dns-name", "An address written as a DNS name is an IP in the SAN field.", "2001:db8::10", SPEC)
    san_case("wildcard", "Wildcard certificates are refused by default.", "*.example.com", "docs/decisions/0004")
    san_case("wildcard-inside", "A star is not a letter, digit or hyphen, wherever it stands.", "expe*.example.com")
    san_case("underscore", "An underscore is not a letter, digit or hyphen.", "_sip.example.com")
    san_case("leading-hyphen", "No level starts with a hyphen.", "-expe2.example.com")
    san_case("trailing-hyphen", "No level ends with a hyphen.", "expe2-.example.com")
    san_case("hyphen-in-last-level", "No level ends with a hyphen, the last one included.", "expe2.example.com-")
    san_case("trailing-dot", "A name with a trailing dot is not accepted.", "expe2.example.com.")
    san_case("leading-dot", "A leading dot makes an empty level.", ".example.com")
    san_case("empty-level", "Two dots make an empty level.", "expe2..example.com")
    san_case("empty", "An empty entry is no name at all.", "", found="")
    san_case("dot", "A lone dot has no level.", ".")
    san_case("last-level-begins-with-digit", "The last level starts with a letter.", "expe2.example.1com")
    san_case("last-level-digits", "The last level starts with a letter, so four numbers are never a name.", "999.999.999.999")
    san_case("space", "A space is not a letter, digit or hyphen.", "expe2 .example.com")
    san_case("leading-space", "Nothing is trimmed: what is in the certificate is what peers compare.", " expe2.example.com")
    san_case("port", "A name with a port is not a name.", "expe2.example.com:5061")
    san_case("url", "A URL is not a name.", "https://expe2.example.com/")
    san_case("level-of-64", "A level has at most 63 octets.", "a" * 64 + ".example.com")
    accepted_san("level-of-63", "A level of 63 octets is the longest one allowed.", "a" * 63 + ".example.com")
    long = ".".join(["a" * 63] * 3 + ["b" * 57, "com"])
    assert len(long) == 253
    accepted_san("length-253", "253 characters are the longest name that fits 255 octets.", long)
    san_case("length-254", "A name of 254 characters does not fit 255 octets.", ".".join(["a" * 63] * 3 + ["b" * 58, "com"]))
    accepted_san("two-levels", "Two levels are enough.", "example.com")
    accepted_san("upper-case", "Letters are letters in either case.", "EXPE2.Example.COM")
    accepted_san("digit-first", "A level other than the last may start with a digit.", "2expe.3com.com")
    accepted_san("digits-in-last-level", "The last level starts with a letter and may go on with digits.", "expe2.example.c0m")
    accepted_san("inner-hyphens", "Hyphens may stand inside, two in a row as well.", "expe--2-b.example.com")
    accepted_san("a-label", "An internationalised name is written as an A-label.", "xn--bcher-kva.example.com")
    accepted_san("a-label-top-level", "The last level may be an A-label.", "expe2.xn--p1ai")
    accepted_san("one-letter-levels", "A level of one letter is a level.", "a.b.c")
    san_case("u-label", "An internationalised name that is not an A-label is refused.", "bücher.example.com".encode(),
             found=None)
    made = leaf(ISSUING, names=[("dns", HOST), ("ip", bytes([192, 0, 2, 10]))])
    case("san-not-fqdn-ip-address", "An IP address in the SAN is what the specification refuses by name.", SPEC, upload(made),
         [san("192.0.2.10", "ip")])
    made = leaf(ISSUING, names=[("dns", HOST), ("ip", bytes.fromhex("20010db8000000000000000000000010"))])
    case("san-not-fqdn-ipv6-address", "An IPv6 address in the SAN is an IP too.", SPEC, upload(made),
         [san("2001:db8::10", "ip")])
    made = leaf(ISSUING, names=[("ip", bytes([10, 0, 0, 1, 255])), ("dns", HOST)])
    case("san-not-fqdn-ip-address-odd-length", "An address of five octets is no FQDN, and nothing panics on it.", SPEC,
         upload(made), [f("san-not-fqdn", field="subjectAltName.iPAddress[0]", message=SAN_TEXT)])
    made = leaf(ISSUING, names=[("dns", "expe1"), ("dns", HOST), ("ip", bytes([192, 0, 2, 10])), ("dns", "expe2."),
                                ("ip", bytes([192, 0, 2, 11]))])
    case("san-not-fqdn-every-entry", "Every offending entry is listed, not only the first.", "docs/decisions/0007: rules", upload(made),
         [san("expe1", index=0), san("expe2.", index=2), san("192.0.2.10", "ip", 0), san("192.0.2.11", "ip", 1)])
    second = der.alternative_names([("dns", "expe1")])
    case("bad-der-second-san", "Two SANs: one reader would see the first, another the second; RFC 5280 forbids it.", "RFC 5280, 4.2",
         upload(leaf(ISSUING, more=(second,))), [f("bad-der")])
    broken = der.extension("2.5.29.17", der.sequence(b"\x82\x20expe1"))
    case("bad-der-san-cut-off", "A SAN that cannot be read must not count as none.", "RFC 5280, 4.2.1.6",
         upload(leaf(ISSUING, names=None, more=(broken,))), [f("bad-der")])
    made = leaf(ISSUING, names=[("dns", HOST), ("email", "admin@example.com"), ("uri", "sip:expe1@example.com"),
                                ("dir", [("CN", "host")]), ("other", "user@host"), ("rid", "1.3.6.1.4.1.99999")])
    case("san-not-fqdn-near-miss-other-kinds", "Mail addresses, URIs and the like are not host names; they are left alone.",
         SPEC, upload(made))
    made = leaf(ISSUING, names=[("dns", HOST)] + [("dns", f"node{n}.example.com") for n in range(120)])
    case("san-not-fqdn-near-miss-many", "A certificate for a large cluster has many names.", GRAMMAR, upload(made))


def cn_case(name, why, cn, source=GRAMMAR, **more):
    found = more.pop("found", cn)
    shown = {} if found is None else {"found": found}
    subject = [("C", "GB"), ("O", "Example Ltd"), ("CN", cn, *more.get("form", ()))]
    case(f"cn-not-fqdn-{name}", why, source, upload(leaf(ISSUING, subject=subject)),
         [f("cn-not-fqdn", message=CN_TEXT, **shown)])


def cn_cases():
    cn_case("host-name", "A host name in the CN is what the specification refuses by name.", "expe1", SPEC)
    cn_case("ipv4", "An IP in the CN is what the specification refuses by name.", "192.0.2.10", SPEC)
    cn_case("ipv6", "An IP in the CN is what the specification refuses by name.", "2001:db8::10", SPEC)
    cn_case("wildcard", "Wildcards are refused by default, in the CN too.", "*.example.com", "docs/decisions/0004")
    cn_case("words", "A CN that describes the machine is not an FQDN.", "Expressway E, first node")
    cn_case("trailing-dot", "A name with a trailing dot is not accepted.", "expe1.example.com.")
    cn_case("last-level-begins-with-digit", "The last level starts with a letter.", "expe1.example.1")
    cn_case("bmp-string", "A host name is refused in any string type.", "expe1", form=("bmp",))
    made = leaf(ISSUING, subject=[("CN", HOST, "bmp")])
    case("cn-not-fqdn-near-miss-bmp-string", "An FQDN is accepted in any string type.", GRAMMAR, upload(made))
    made = leaf(ISSUING, subject=[("CN", HOST, "printable")])
    case("cn-not-fqdn-near-miss-printable-string", "An FQDN is accepted in any string type.", GRAMMAR, upload(made))
    made = leaf(ISSUING, subject=[("CN", HOST, "teletex")])
    case("cn-not-fqdn-near-miss-teletex-string", "An FQDN is accepted in any string type.", GRAMMAR, upload(made))
    made = leaf(ISSUING, subject=[("CN", HOST, "universal")])
    case("cn-not-fqdn-near-miss-universal-string", "An FQDN is accepted in any string type.", GRAMMAR, upload(made))
    made = leaf(ISSUING, subject=[("C", "GB"), ("O", "Example Ltd"), ("+CN", HOST)])
    case("cn-not-fqdn-near-miss-joined", "A CN may share its level of the name with another attribute.", "RFC 5280, 4.1.2.4",
         upload(made))
    made = leaf(ISSUING, subject=[("C", "GB"), ("O", "Example Ltd"), ("+CN", "expe1")])
    case("cn-not-fqdn-joined", "A CN that shares its level of the name with another attribute is judged as any.", "RFC 5280, 4.1.2.4",
         upload(made), [f("cn-not-fqdn", message=CN_TEXT, found="expe1")])
    made = leaf(ISSUING, subject=[("CN", HOST), ("O", "Example Ltd"), ("CN", "expe1")])
    case("cn-not-fqdn-second", "Each common name is judged, not only the first.", "docs/decisions/0007: every offending entry listed",
         upload(made), [f("cn-not-fqdn", message=CN_TEXT, found="expe1")])
    made = leaf(ISSUING, cn="expe1", names=[("dns", "expe1")])
    case("cn-not-fqdn-and-san", "SAN and CN are both reported when both are host names.", "docs/decisions/0007: SAN and CN both reported",
         upload(made), [f("cn-not-fqdn", message=CN_TEXT, found="expe1"), san("expe1")])
    made = leaf(ISSUING, cn=None)
    case("cn-missing-organisation-only", "Without a CN some services do not work: a warning and an alarm naming them.",
         "spec: Warning messages; docs/decisions/0004", upload(made),
         [f("cn-missing", alarm=True, mentions=["MRA", "Jabber Guest", "Web Proxy for Cisco Meeting Server"])])
    made = leaf(ISSUING, subject=[], names_critical=True)
    case("cn-missing-empty-subject", "An empty subject with a critical SAN is good PKI and still lacks the CN.",
         "spec: Warning messages; RFC 5280, 4.1.2.6", upload(made), [f("cn-missing", alarm=True)])
    case("cn-missing-empty", "A CN with nothing in it is as good as none.", "spec: Warning messages; docs/decisions/0004",
         upload(leaf(ISSUING, cn="")), [f("cn-missing", alarm=True)])
    made = leaf(ISSUING, cn=None, names=[("dns", "expe1")])
    case("cn-missing-and-bad-san", "A missing CN does not hide a bad SAN.", "README.md: every fault, not the first", upload(made),
         [f("cn-missing"), san("expe1")])
    made = leaf(ISSUING, names=[("dns", "other.example.com")])
    case("cn-not-in-san", "Clients read only the SAN where there is one, so the CN should be repeated there.",
         "RFC 6125, 6.4.4", upload(made), [f("cn-not-in-san", mentions=[HOST])])
    made = leaf(ISSUING, names=None)
    case("cn-not-in-san-no-san", "With no SAN at all the CN is not repeated there either.",
         "RFC 6125, 6.4.4", upload(made), [f("cn-not-in-san")])
    made = leaf(ISSUING, names=[("email", "admin@example.com")])
    case("cn-not-in-san-mail-only", "A SAN with a mail address alone does not repeat the CN.",
         "Certway's own advice", upload(made), [f("cn-not-in-san")])
    made = leaf(ISSUING, names=())
    case("cn-not-in-san-empty-san", "A SAN without any entry does not repeat the CN.", "Certway's own advice", upload(made),
         [f("cn-not-in-san")])
    made = leaf(ISSUING, names=[("dns", "EXPE1.example.COM")])
    case("cn-not-in-san-near-miss-case", "Names are compared without regard to case.", "RFC 4343", upload(made))


def hostile_cases():
    cn_case("nul", "What comes after a NUL must not be cut off: it is not an FQDN.", "expe1.example.com\0.evil.example.org",
            "CVE-2022-20813: NUL bytes in names", found=None)
    cn_case("markup", "Markup in a name is text and no FQDN.", "<img src=x onerror=alert(1)>.example.com",
            "OWASP ASVS 5.0.0, 1.2.1")
    cn_case("right-to-left-override", "An override that turns the text around is no FQDN, and is shown escaped.",
            "expe1.\u202emoc.elpmaxe", "OWASP ASVS 5.0.0, 1.2.1", found=None)
    cn_case("homograph", "A Cyrillic letter that looks like a Latin one is not a letter of a host name.",
            "\u0435xpe1.example.com", found=None)
    san_case("nul", "What comes after a NUL must not be cut off: it is not an FQDN.", b"expe1.example.com\0.evil.example.org",
             "CVE-2022-20813: NUL bytes in names")
    san_case("markup", "Markup in a name is text and no FQDN.", "<script>alert(1)</script>.example.com", "OWASP ASVS 5.0.0, 1.2.1")
    san_case("right-to-left-override", "An override that turns the text around is no FQDN, and is shown escaped.",
             "expe1.\u202emoc.elpmaxe".encode(), "OWASP ASVS 5.0.0, 1.2.1")
    san_case("line-feed", "A line feed in a name must not make a second line anywhere.", b"expe2.example.com\nFAKE: ok",
             "OWASP ASVS 5.0.0, 1.2.1")
    san_case("not-utf-8", "Bytes that are not text at all are no FQDN, and are shown escaped.", b"expe\xff\xfe.example.com",
             "OWASP ASVS 5.0.0, 1.2.1")
    subject = [("O", "<b>Example</b>\u202e\0\x1b[31m Ltd"), ("OU", "a" * 4000), ("CN", HOST)]
    case("accept-hostile-organisation", "Hostile text outside the judged names is shown as text and refuses nothing.",
         "OWASP ASVS 5.0.0, 1.2.1", upload(leaf(ISSUING, subject=subject)))
    case("unknown-subject-attribute-private", "The appliance is known to break on attributes it does not know.",
         "spec facts: unknown OIDs in subject or issuer",
         upload(leaf(ISSUING, subject=[("1.3.6.1.4.1.99999.1", "cost centre 7"), ("CN", HOST)])),
         [f("unknown-subject-attribute", mentions=["1.3.6.1.4.1.99999.1"])])
    known = [("C", "GB"), ("ST", "Kent"), ("L", "Dover"), ("street", "1 Quay"), ("postalCode", "CT16"), ("O", "Example Ltd"),
             ("OU", "Voice"), ("serialNumber", "42"), ("businessCategory", "Private Organization"),
             ("jurisdictionC", "GB", "printable"), ("organizationIdentifier", "NTRGB-1"), ("emailAddress", "a@example.com"),
             ("DC", "com"), ("DC", "example"), ("UID", "u1"), ("givenName", "A"), ("surname", "B"), ("title", "C"), ("CN", HOST)]
    case("unknown-subject-attribute-near-miss-known", "The attributes of RFC 5280 and of extended validation are known.",
         "RFC 5280, 4.1.2.4; RFC 4519", upload(leaf(ISSUING, subject=known)))


def write():
    assert GOOD and KEY
    san_cases()
    cn_cases()
    hostile_cases()
