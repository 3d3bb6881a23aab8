"""DER by hand, so that a case may hold what no tool would write."""

import datetime


def tlv(tag, *content):
    body = b"".join(content)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*content):
    return tlv(0x30, *content)


def set_of(*content):
    return tlv(0x31, *content)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(content):
    return tlv(0x04, content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def null():
    return tlv(0x05)


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | (arc & 0x7F))
        out += bytes(reversed(septets))
    return tlv(0x06, bytes(out))


def explicit(number, *content):
    return tlv(0xA0 | number, *content)


def implicit(number, content):
    return tlv(0x80 | number, content)


def time(text):
    """RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. `gen:` and `utc:` force one."""
    form, _, rest = text.rpartition("!")
    moment = datetime.datetime.strptime(rest, "%Y-%m-%dT%H:%M:%SZ")
    if form == "utc" or (not form and 1950 <= moment.year < 2050):
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, f"{moment.year:04}{moment:%m%d%H%M%S}Z".encode())


ATTRIBUTES = {
    "CN": "2.5.4.3", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "ST": "2.5.4.8", "L": "2.5.4.7",
    "serialNumber": "2.5.4.5", "street": "2.5.4.9", "postalCode": "2.5.4.17", "title": "2.5.4.12",
    "givenName": "2.5.4.42", "surname": "2.5.4.4", "businessCategory": "2.5.4.15",
    "organizationIdentifier": "2.5.4.97", "emailAddress": "1.2.840.113549.1.9.1",
    "DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1",
    "jurisdictionC": "1.3.6.1.4.1.311.60.2.1.3",
}


def text(value, form="utf8"):
    if isinstance(value, bytes):
        raw = value
    else:
        raw = value.encode({"bmp": "utf-16-be", "teletex": "latin-1", "universal": "utf-32-be"}.get(form, "utf-8"))
    return tlv({"utf8": 0x0C, "printable": 0x13, "teletex": 0x14, "ia5": 0x16, "universal": 0x1C, "bmp": 0x1E}[form], raw)


def name(attributes):
    """A list of (type, value) or (type, value, string form); type `+` joins the attribute to the one before it."""
    rdns = []
    for attribute in attributes:
        kind, value, *form = attribute
        joined, kind = kind.startswith("+"), kind.lstrip("+")
        default = "printable" if kind == "C" else "ia5" if kind in ("emailAddress", "DC") else "utf8"
        made = sequence(oid(ATTRIBUTES.get(kind, kind)), text(value, *(form or [default])))
        if joined:
            rdns[-1].append(made)
        else:
            rdns.append([made])
    return sequence(*(set_of(*rdn) for rdn in rdns))


def general_name(entry):
    kind, value = entry
    if kind == "dir":
        return explicit(4, name(value))
    if kind == "other":
        return tlv(0xA0, oid("1.3.6.1.4.1.311.20.2.3"), explicit(0, text(value)))
    if kind == "rid":
        return implicit(8, oid(value)[2:])
    number = {"email": 1, "dns": 2, "uri": 6, "ip": 7}[kind]
    return implicit(number, value if isinstance(value, bytes) else value.encode())


def extension(identifier, value, critical=False):
    return sequence(oid(identifier), boolean(True) if critical else b"", octets(value))


def alternative_names(entries, critical=False):
    return extension("2.5.29.17", sequence(*map(general_name, entries)), critical)


def basic_constraints(ca, path_length=None, critical=True):
    return extension(
        "2.5.29.19",
        sequence(boolean(True) if ca else b"", integer(path_length) if path_length is not None else b""),
        critical,
    )


USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
          "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"]


def bit_names(known, named):
    value = sum(0x8000 >> known.index(name) for name in named)
    raw = value.to_bytes(2, "big").rstrip(b"\0") or b"\0"
    unused = (raw[-1] & -raw[-1]).bit_length() - 1 if raw[-1] else 0
    return bits(raw, unused)


def key_usage(*usages):
    return extension("2.5.29.15", bit_names(USAGES, usages), True)


PURPOSES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2", "code": "1.3.6.1.5.5.7.3.3",
            "email": "1.3.6.1.5.5.7.3.4", "ocsp": "1.3.6.1.5.5.7.3.9", "any": "2.5.29.37.0"}


def extended_key_usage(*purposes, critical=False):
    return extension("2.5.29.37", sequence(*(oid(PURPOSES.get(p, p)) for p in purposes)), critical)


def subject_key_id(identifier, critical=False):
    return extension("2.5.29.14", octets(identifier), critical)


def authority_key_id(identifier, critical=False):
    return extension("2.5.29.35", sequence(implicit(0, identifier)), critical)


def name_constraints(permitted=(), excluded=(), critical=True):
    def subtrees(number, names):
        return explicit(number, *(sequence(general_name(entry)) for entry in names)) if names else b""
    return extension("2.5.29.30", sequence(subtrees(0, permitted), subtrees(1, excluded)), critical)


def policies(*listed, critical=False):
    """Each policy is an OID, or an OID and the DER of its qualifiers."""
    listed = [entry if isinstance(entry, tuple) else (entry, b"") for entry in listed]
    return extension("2.5.29.32", sequence(*(sequence(oid(policy), qualifiers) for policy, qualifiers in listed)), critical)


def policy_mappings(*pairs, critical=True):
    return extension("2.5.29.33", sequence(*(sequence(oid(one), oid(other)) for one, other in pairs)), critical)


def policy_constraints(explicit_after=None, mapping_until=None, critical=True):
    field = lambda number, value: implicit(number, integer(value)[2:]) if value is not None else b""
    return extension("2.5.29.36", sequence(field(0, explicit_after), field(1, mapping_until)), critical)


def inhibit_any_policy(after, critical=True):
    return extension("2.5.29.54", integer(after), critical)


REASONS = ["unused", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
           "certificateHold", "privilegeWithdrawn", "aACompromise"]


def reason_flags(number, reasons):
    return implicit(number, bit_names(REASONS, reasons)[2:]) if reasons else b""


def point_name(names=None, relative=None):
    if names:
        return explicit(0, explicit(0, *map(general_name, names)))
    return explicit(0, explicit(1, relative)) if relative else b""


def distribution_point(names=None, relative=None, reasons=(), issuer=None):
    return sequence(point_name(names, relative), reason_flags(1, reasons),
                    explicit(2, general_name(("dir", issuer))) if issuer else b"")


def distribution_points(*points):
    return extension("2.5.29.31", sequence(*points))


def issuing_distribution_point(names=None, relative=None, user=False, ca=False, reasons=(), indirect=False, attribute=False):
    flag = lambda number, value: implicit(number, b"\xff") if value else b""
    return extension("2.5.29.28", sequence(point_name(names, relative), flag(1, user), flag(2, ca), reason_flags(3, reasons),
                                           flag(4, indirect), flag(5, attribute)), True)


def authority_info(ocsp=None, issuers=None):
    entries = [sequence(oid(kind), general_name(("uri", url)))
               for kind, url in (("1.3.6.1.5.5.7.48.1", ocsp), ("1.3.6.1.5.5.7.48.2", issuers)) if url]
    return extension("1.3.6.1.5.5.7.1.1", sequence(*entries))
