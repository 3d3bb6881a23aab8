"""Certificates, revocation lists and requests from a few words, and a short decode of each."""

import dataclasses
import hashlib

import der
import keys

AT = "2026-11-24T00:00:00Z"
HOST = "expe1.example.com"


@dataclasses.dataclass(frozen=True)
class Certificate:
    der: bytes
    tbs: bytes
    subject: list
    issuer: list
    key: str
    decode: str

    def pem(self, label="CERTIFICATE", decode=True, **form):
        return (self.decode.encode() if decode else b"") + keys.pem(label, self.der, **form)


def printable(value):
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return value.encode("unicode_escape").decode()


def described(attributes):
    return ", ".join(f"{kind}={printable(value)[:80]}" for kind, value, *_ in attributes) or "(empty)"


def address(raw):
    if len(raw) == 4:
        return ".".join(map(str, raw))
    return raw.hex()


def listed(entries):
    return ", ".join(
        f"{kind}:{address(value) if kind == 'ip' else described(value) if kind == 'dir' else printable(value)[:80]}"
        for kind, value in entries)


def build(tbs_fields, issuer_key, digest, broken_signature=False, inner_algorithm=None, sign=keys.sign, algorithm=None):
    algorithm = algorithm or keys.algorithm(issuer_key, digest)
    tbs = der.sequence(*((inner_algorithm or algorithm) if field is None else field for field in tbs_fields))
    signature = sign(issuer_key, digest, tbs)
    if broken_signature:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    return tbs, der.sequence(tbs, algorithm, der.bits(signature))


def certificate(subject, key, issuer=None, *, extensions=(), digest="sha256", not_before="2026-06-01T00:00:00Z",
                not_after="2027-06-01T00:00:00Z", serial=None, version=3, issuer_name=None, broken_signature=False,
                signer=None, spki=None, inner_algorithm=None, notes="", sign=keys.sign, algorithm=None):
    """`issuer` is a Certificate, or None for self-signed; `issuer_name` and `signer` forge one or the other."""
    names = issuer_name or (issuer.subject if issuer else subject)
    signer = signer or (issuer.key if issuer else key)
    if serial is None:
        seed = repr((subject, key, names, not_after, digest, extensions, notes)).encode()
        serial = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big") >> 1 | 1 << 60
    fields = [
        der.explicit(0, der.integer(version - 1)) if version > 1 else b"",
        der.integer(serial), None, der.name(names),
        der.sequence(der.time(not_before), der.time(not_after)), der.name(subject), spki or keys.spki(key),
        der.explicit(3, der.sequence(*extensions)) if extensions else b"",
    ]
    tbs, whole = build(fields, signer, digest, broken_signature, inner_algorithm, sign, algorithm)
    decode = (f"Subject: {described(subject)}\nIssuer:  {described(names)}\n"
              f"Valid:   {not_before.rpartition('!')[2]} to {not_after.rpartition('!')[2]}\n"
              f"Key:     {key.split('-')[0] if not key.startswith('forged') else 'RSA'}, signed with {digest}{notes}\n")
    return Certificate(whole, tbs, list(subject), list(names), key, decode)


def ca(common_name, key, issuer=None, *, path_length=None, subject=None, constraints=True,
       usages=("keyCertSign", "cRLSign"), more=(), key_ids=True, **rest):
    subject = subject if subject is not None else [("C", "GB"), ("O", "Example Ltd"), ("CN", common_name)]
    rest.setdefault("not_before", "2020-01-01T00:00:00Z" if issuer is None else "2022-01-01T00:00:00Z")
    rest.setdefault("not_after", "2040-01-01T00:00:00Z" if issuer is None else "2036-01-01T00:00:00Z")
    authority = rest.get("signer") or (issuer.key if issuer else None)
    extensions = [
        der.basic_constraints(constraints, path_length) if constraints is not None else b"",
        der.key_usage(*usages) if usages else b"",
        der.subject_key_id(keys.identifier(key)) if key_ids else b"",
        der.authority_key_id(keys.identifier(authority)) if authority and key_ids else b"",
        *more,
    ]
    return certificate(subject, key, issuer, extensions=[e for e in extensions if e], **rest)


def leaf(issuer, key="p256-leaf", *, cn=HOST, subject=None, names=(("dns", HOST),), purposes=("server", "client"),
         usages=("digitalSignature",), constraints=False, more=(), names_critical=False,
         authority_id=True, **rest):
    """A good server certificate, but for what is said otherwise; None leaves a thing out."""
    if subject is None:
        subject = [("C", "GB"), ("O", "Example Ltd")] + ([("CN", cn)] if cn is not None else [])
    authority = rest.get("signer") or (issuer.key if issuer else key)
    extensions = [
        der.basic_constraints(constraints, critical=False) if constraints is not None else b"",
        der.key_usage(*usages) if usages is not None else b"",
        der.extended_key_usage(*purposes) if purposes is not None else b"",
        der.alternative_names(names, names_critical) if names is not None else b"",
        der.authority_key_id(keys.identifier(authority)) if authority_id else b"",
        *more,
    ]
    made = certificate(subject, key, issuer, extensions=[e for e in extensions if e], **rest)
    if names:
        made = dataclasses.replace(made, decode=made.decode + f"Names:   {listed(names)}\n")
    return made


def serial_of(made):
    """The raw INTEGER of the serial number."""
    at = made.tbs.index(b"\xa0\x03\x02\x01\x02") + 5
    return made.tbs[at:at + 2 + made.tbs[at + 1]]


def revocation_list(issuer, revoked=(), *, this="2026-11-20T00:00:00Z", following="2026-12-20T00:00:00Z", number=7,
                    digest="sha256", signer=None, broken_signature=False, entries=None, more=(), inner_algorithm=None):
    if entries is None:
        entries = [der.sequence(serial_of(made), der.time("2026-10-01T00:00:00Z")) for made in revoked]
    signer = signer or issuer.key
    extensions = [der.authority_key_id(keys.identifier(signer)), der.extension("2.5.29.20", der.integer(number)), *more]
    fields = [der.integer(1), None, der.name(issuer.subject), der.time(this), der.time(following) if following else b"",
              der.sequence(*entries) if entries else b"", der.explicit(0, der.sequence(*extensions))]
    _, whole = build(fields, signer, digest, broken_signature, inner_algorithm)
    return keys.pem("X509 CRL", whole)


def request(key, cn=HOST, names=(("dns", HOST),), digest="sha256"):
    asked = der.sequence(der.oid("1.2.840.113549.1.9.14"), der.set_of(der.sequence(der.alternative_names(names))))
    fields = [der.integer(0), der.name([("CN", cn)]), keys.spki(key), der.explicit(0, asked)]
    _, whole = build(fields, key, digest)
    return keys.pem("CERTIFICATE REQUEST", whole)
