"""Test keys: made once, kept in `keys/`, so that the corpus comes out the same each time."""

import base64
import functools
import hashlib
import pathlib
import random
import subprocess

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, mldsa, padding, rsa

import der

FOLDER = pathlib.Path(__file__).parent / "keys"


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=True).stdout


def pem(label, body, width=64, newline="\n"):
    text = base64.b64encode(body).decode()
    lines = [text[at:at + width] for at in range(0, len(text), width)]
    return newline.join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def unpem(text):
    inside = text.decode().split("-----\n", 1)[1].split("-----END", 1)[0]
    return base64.b64decode(inside)


CURVES = {"p192": "prime192v1", "p224": "secp224r1", "p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1",
          "k256": "secp256k1", "brainpool": "brainpoolP256r1"}


ML_DSA = {"mldsa44": mldsa.MLDSA44PrivateKey, "mldsa65": mldsa.MLDSA65PrivateKey, "mldsa87": mldsa.MLDSA87PrivateKey}


def traditional(private, form=serialization.PrivateFormat.TraditionalOpenSSL):
    return private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def made_by_openssl(kind):
    if kind.startswith("rsa"):
        return openssl("genrsa", "-traditional", int(kind[3:]))
    if kind.startswith("explicit"):
        return openssl("ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout")
    if kind in CURVES:
        return openssl("ecparam", "-name", CURVES[kind], "-genkey", "-noout")
    if kind == "dsa":
        return openssl("dsaparam", "-genkey", "-noout", 2048)
    if kind == "dsasame":
        return traditional(loaded("dsa-root").parameters().generate_private_key())
    if kind in ML_DSA:
        return traditional(ML_DSA[kind].generate(), serialization.PrivateFormat.PKCS8)
    return openssl("genpkey", "-algorithm", {"ed25519": "ED25519", "ed448": "ED448", "x25519": "X25519"}[kind])


def kept(file_name, make):
    """What is random is made once and kept."""
    path = FOLDER / file_name
    if not path.exists():
        path.write_bytes(make())
    return path.read_bytes()


@functools.cache
def key(name):
    """The key's PEM as OpenSSL writes it traditionally. `p256-leaf` is a P-256 key called leaf."""
    return kept(f"{name}.pem", lambda: made_by_openssl(name.split("-")[0]))


@functools.cache
def pkcs8_der(name):
    return openssl("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", stdin=key(name))


@functools.cache
def pkcs8(name):
    return pem("PRIVATE KEY", pkcs8_der(name))


@functools.cache
def spki(name):
    if name.startswith("forged-"):
        return forged_spki(name)
    if name.split("-")[0] in ML_DSA:
        # OpenSSL's command may be older than ML-DSA; its library, in `cryptography`, is not.
        return loaded(name).public_key().public_bytes(serialization.Encoding.DER,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)
    return openssl("pkey", "-pubout", "-outform", "DER", stdin=key(name))


def spki_pem(name):
    return pem("PUBLIC KEY", spki(name))


def identifier(name):
    return hashlib.sha1(spki(name)).digest()[:20]


def rsa_parts(n, e, d, p, q):
    return der.sequence(*map(der.integer, (0, n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))))


RSA_ALGORITHM = der.sequence(der.oid("1.2.840.113549.1.1.1"), der.null())


def rsa_spki(n, e):
    return der.sequence(RSA_ALGORITHM, der.bits(der.sequence(der.integer(n), der.integer(e))))


def probably_prime(number, rng, rounds=24):
    if any(number % small == 0 for small in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(rounds):
        value = pow(rng.randrange(2, number - 1), odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def next_prime(number, rng):
    number |= 1
    while not probably_prime(number, rng) or (number - 1) % 65537 == 0:
        number += 2
    return number


def small_primes(count):
    found = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


@functools.cache
def forged_rsa(name):
    """RSA keys with a known fault: (n, e, d, p, q)."""
    rng = random.Random(name)
    e = 65537
    if name == "forged-close":
        # Fermat's method finds primes this near in one step.
        p = next_prime(rng.getrandbits(1024) | 3 << 1022, rng)
        q = next_prime(p + 2, rng)
    elif name == "forged-roca":
        # CVE-2017-15361: p = k * M + (65537 ** a mod M), M the product of the first 126 primes for keys of 2048 bits.
        product = 1
        for prime in small_primes(126):
            product *= prime
        primes = []
        while len(primes) < 2:
            k = rng.getrandbits(1024 - product.bit_length()) | 1 << (1023 - product.bit_length())
            candidate = k * product + pow(65537, rng.getrandbits(200), product)
            if candidate.bit_length() == 1024 and candidate >> 1022 == 3 and probably_prime(candidate, rng):
                primes.append(candidate)
        p, q = primes
    else:
        numbers = serialization.load_pem_private_key(key("rsa2048-forged"), None).private_numbers()
        p, q = numbers.p, numbers.q
        if name == "forged-exponent-1":
            return p * q, 1, 1, p, q
        if name == "forged-even-exponent":
            return p * q, 65536, numbers.d, p, q
    n, phi = p * q, (p - 1) * (q - 1)
    return n, e, pow(e, -1, phi), p, q


def forged_spki(name):
    n, e, *_ = forged_rsa(name)
    return rsa_spki(n, e)


def forged_pkcs1(name):
    return pem("RSA PRIVATE KEY", rsa_parts(*forged_rsa(name)))


@functools.cache
def loaded(name):
    return serialization.load_pem_private_key(key(name), None)


RSA_SIGNATURES = {"md5": ("1.2.840.113549.1.1.4", hashes.MD5), "sha1": ("1.2.840.113549.1.1.5", hashes.SHA1),
                  "sha256": ("1.2.840.113549.1.1.11", hashes.SHA256), "sha384": ("1.2.840.113549.1.1.12", hashes.SHA384),
                  "sha512": ("1.2.840.113549.1.1.13", hashes.SHA512)}
EC_SIGNATURES = {"sha1": ("1.2.840.10045.4.1", hashes.SHA1), "sha256": ("1.2.840.10045.4.3.2", hashes.SHA256),
                 "sha384": ("1.2.840.10045.4.3.3", hashes.SHA384), "sha512": ("1.2.840.10045.4.3.4", hashes.SHA512)}


DSA_SIGNATURES = {"sha1": ("1.2.840.10040.4.3", hashes.SHA1), "sha224": ("2.16.840.1.101.3.4.3.1", hashes.SHA224),
                  "sha256": ("2.16.840.1.101.3.4.3.2", hashes.SHA256)}
HASHES = {"sha1": ("1.3.14.3.2.26", hashes.SHA1), "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256),
          "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384), "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512)}


def pss_algorithm(salt=32, digest="sha256", mask_digest=None, more=b""):
    identified = lambda name: der.sequence(der.oid(HASHES[name][0]), der.null())
    mask = der.sequence(der.oid("1.2.840.113549.1.1.8"), identified(mask_digest or digest))
    return der.sequence(der.oid("1.2.840.113549.1.1.10"), der.sequence(
        der.explicit(0, identified(digest)), der.explicit(1, mask), der.explicit(2, der.integer(salt)), more))


def pss_digest(digest):
    """`pss` is with SHA-256, `pss-sha512` with another hash."""
    return digest.partition("-")[2] or "sha256"


def algorithm(name, digest):
    private = loaded(name)
    if isinstance(private, rsa.RSAPrivateKey):
        if digest.startswith("pss"):
            return pss_algorithm(HASHES[pss_digest(digest)][1].digest_size, pss_digest(digest))
        return der.sequence(der.oid(RSA_SIGNATURES[digest][0]), der.null())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return der.sequence(der.oid(EC_SIGNATURES[digest][0]))
    if isinstance(private, dsa.DSAPrivateKey):
        return der.sequence(der.oid(DSA_SIGNATURES[digest][0]))
    if name.split("-")[0] in ML_DSA:
        return der.sequence(der.oid({"mldsa44": "2.16.840.1.101.3.4.3.17", "mldsa65": "2.16.840.1.101.3.4.3.18",
                                     "mldsa87": "2.16.840.1.101.3.4.3.19"}[name.split("-")[0]]))
    return der.sequence(der.oid("1.3.101.112"))


def kept_signature(name, digest, data, make):
    return kept(f"{digest}-{hashlib.sha256(name.encode() + data).hexdigest()[:12]}.sig", make)


def sign(name, digest, data):
    """The same signature for the same data: deterministic ECDSA (RFC 6979); what is random is kept."""
    private = loaded(name)
    if isinstance(private, rsa.RSAPrivateKey):
        if digest == "pss":
            file_name = f"pss-{hashlib.sha256(data).hexdigest()[:12]}.sig"
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return kept(file_name, lambda: private.sign(data, scheme, hashes.SHA256()))
        if digest.startswith("pss"):
            kind = HASHES[pss_digest(digest)][1]
            scheme = padding.PSS(padding.MGF1(kind()), kind.digest_size)
            return kept_signature(name, digest, data, lambda: private.sign(data, scheme, kind()))
        return private.sign(data, padding.PKCS1v15(), RSA_SIGNATURES[digest][1]())
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(data, ec.ECDSA(EC_SIGNATURES[digest][1](), deterministic_signing=True))
    if isinstance(private, dsa.DSAPrivateKey):
        return kept_signature(name, f"dsa-{digest}", data, lambda: private.sign(data, DSA_SIGNATURES[digest][1]()))
    if name.split("-")[0] in ML_DSA:
        return kept_signature(name, name.split("-")[0], data, lambda: private.sign(data))
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return private.sign(data)
