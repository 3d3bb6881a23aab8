"""Signatures of every algorithm, sound and not."""

import hashlib

import der
import keys
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from verify_case import verify
from world import GOOD, ISSUING, ROOT
from x509 import ca, certificate, leaf

SOURCE = "RFC 5280, 6.1.3 (a)(1)"


def under(root, name, why, source, rules=(), **of_leaf):
    verify(name, why, source, leaf(root, **of_leaf), [root], rules=rules)


def algorithms():
    rsa = ca("RSA Root CA", "rsa2048-root")
    for digest in ("sha1", "sha256", "sha384", "sha512"):
        under(rsa, f"accept-rsa-{digest}", f"RSA, PKCS#1 version 1.5, {digest.upper()}.", "RFC 4055, 5", digest=digest)
        name, pss = digest, "pss" if digest == "sha256" else f"pss-{digest}"
        under(rsa, f"accept-rsa-pss-{name}", f"RSA, PSS, {digest.upper()} for message and mask.", "RFC 4055, 3.1", digest=pss)
    under(rsa, "signature-invalid-rsa", "One bit of the signature changed.", SOURCE, ["signature-invalid"], broken_signature=True)
    under(rsa, "signature-invalid-rsa-pss", "One bit of the signature changed.", SOURCE, ["signature-invalid"], digest="pss", broken_signature=True)
    under(rsa, "signature-unsupported-md5", "MD5 has been broken for long.", "RFC 6151", ["signature-unsupported"], digest="md5")
    mixed = keys.pss_algorithm(mask_digest="sha512")
    under(rsa, "signature-unsupported-pss-two-hashes", "Message and mask with different hashes are of no use to anyone.", "RFC 4055, 3.1", ["signature-unsupported"],
          algorithm=mixed, digest="pss")
    trailer = keys.pss_algorithm(more=der.explicit(3, der.integer(2)))
    under(rsa, "signature-unsupported-pss-trailer", "There is only one trailer.", "RFC 4055, 3.1", ["signature-unsupported"], algorithm=trailer, digest="pss")
    pss_key = der.sequence(der.sequence(der.oid("1.2.840.113549.1.1.10")), der.bits(der.sequence(*map(der.integer, rsa_numbers("rsa2048-root")))))
    pss_root = ca("PSS Root CA", "rsa2048-root", spki=pss_key)
    under(pss_root, "signature-unsupported-near-miss-pss-key", "A key for PSS alone makes a PSS signature.", "RFC 4055, 1.2", digest="pss")
    under(pss_root, "signature-unsupported-pss-key-pkcs1", "A key for PSS alone must not be used otherwise.", "RFC 4055, 1.2", ["signature-unsupported"])
    for curve, digests in (("p256", ("sha1", "sha256", "sha384", "sha512")), ("p384", ("sha384",)), ("p521", ("sha512",))):
        root = ca(f"{curve.upper()} Root CA", f"{curve}-root")
        for digest in digests:
            name = f"accept-ecdsa-{curve}" if len(digests) == 1 else f"accept-ecdsa-{curve}-{digest}"
            under(root, name, f"ECDSA with {curve.upper()} and {digest.upper()}.", "RFC 5758, 3.2", digest=digest)
        under(root, f"signature-invalid-ecdsa-{curve}", "One bit of the signature changed.", SOURCE, ["signature-invalid"], digest=digests[-1], broken_signature=True)
    edwards = ca("Ed25519 Root CA", "ed25519-root")
    under(edwards, "accept-ed25519", "Ed25519.", "RFC 8410, 6")
    under(edwards, "signature-invalid-ed25519", "One bit of the signature changed.", SOURCE, ["signature-invalid"], broken_signature=True)
    for size in (44, 65, 87):
        root = ca(f"ML-DSA-{size} Root CA", f"mldsa{size}-root")
        under(root, f"accept-ml-dsa-{size}", f"ML-DSA-{size}, signed by OpenSSL.", "RFC 9881, 3")
    root = ca("ML-DSA-44 Root CA", "mldsa44-root")
    under(root, "signature-invalid-ml-dsa", "One bit of the signature changed.", SOURCE, ["signature-invalid"], broken_signature=True)
    stranger = ca("ML-DSA-44 Root CA", "mldsa65-root")
    under(stranger, "signature-unsupported-ml-dsa-other-size", "The algorithm of the signature must be that of the key.", "RFC 9881, 2", ["signature-unsupported"],
          algorithm=keys.algorithm("mldsa44-root", None))


def rsa_numbers(name):
    numbers = keys.loaded(name).public_key().public_numbers()
    return numbers.n, numbers.e


def forged():
    verify("signature-invalid-other-key", "The name of the issuer is right, the key another's.", SOURCE, leaf(ISSUING, signer="p256-forger", authority_id=False),
           [ROOT], [ISSUING], rules=["signature-invalid"])
    verify("signature-invalid-near-miss-anchor", "The signature of an anchor is nobody's proof.", "RFC 5280, 6.1", leaf(ca("Odd Root CA", "p256-new-root", broken_signature=True)),
           [ca("Odd Root CA", "p256-new-root", broken_signature=True)])
    forged_ca = ca("Forged CA", "p256-chain1", ROOT, broken_signature=True)
    verify("signature-invalid-intermediate", "The signature of an intermediate is not sound.", SOURCE, leaf(forged_ca), [ROOT], [forged_ca], rules=["signature-invalid"])
    other = keys.algorithm("p256-root", "sha512")
    verify("algorithm-mismatch-leaf", "The algorithm is stated twice, and differently.", "RFC 5280, 4.1.1.2", leaf(ISSUING, inner_algorithm=other), [ROOT], [ISSUING],
           rules=["algorithm-mismatch"])
    root = ca("Odd Root CA", "p256-new-root", inner_algorithm=other)
    verify("algorithm-mismatch-near-miss-anchor", "How an anchor is signed is of no account.", "RFC 5280, 6.1", leaf(root), [root])
    verify("signature-invalid-near-miss-sound", "The same chain, sound.", SOURCE, GOOD, [ROOT], [ISSUING])


DSA = "RFC 3279, 2.2.2 and 2.3.2"
INHERITED = "RFC 5280, 6.1.4 (d) to (f); RFC 3279, 2.3.2"


def dsa_spki(y):
    """A key without parameters: those of its certificate's issuer are meant."""
    return der.sequence(der.sequence(der.oid("1.2.840.10040.4.1")), der.bits(der.integer(y)))


def dsa():
    root = ca("DSA Root CA", "dsa-root")
    for digest in ("sha1", "sha224", "sha256"):
        under(root, f"accept-dsa-{digest}", f"DSA with {digest.upper()}.", DSA, digest=digest)
    under(root, "signature-invalid-dsa", "One bit of the signature changed.", DSA, ["signature-invalid"], broken_signature=True)
    public = keys.loaded("dsasame-issuing").public_key().public_numbers()
    short = dsa_spki(public.y)
    issuing = ca("DSA Issuing CA", "dsasame-issuing", root, spki=short)
    verify("accept-dsa-inherited", "A DSA key without parameters has those of the CA above.", INHERITED, leaf(issuing), [root], [issuing])
    below = ca("DSA Third CA", "dsasame-third", issuing, spki=dsa_spki(keys.loaded("dsasame-third").public_key().public_numbers().y))
    verify("accept-dsa-inherited-twice", "They come down along several CAs.", INHERITED, leaf(below), [root], [issuing, below])
    verify("signature-invalid-dsa-inherited", "One bit of the signature changed.", INHERITED, leaf(issuing, broken_signature=True), [root], [issuing],
           rules=["signature-invalid"])
    under_ec = ca("DSA Issuing CA", "dsasame-issuing", ROOT, spki=short)
    verify("signature-invalid-dsa-nothing-to-inherit", "The CA above has no DSA key, so there are no parameters.", INHERITED, leaf(under_ec), [ROOT], [under_ec],
           rules=["signature-invalid"])
    parameters = public.parameter_numbers
    # With the public value as generator the private key is 1, so anyone can sign.
    def sign(_key, _digest, data):
        return attackers_signature(parameters, public.y, data)
    chosen = der.sequence(der.sequence(der.oid("1.2.840.10040.4.1"), der.sequence(*map(der.integer, (parameters.p, parameters.q, public.y)))),
                          der.bits(der.integer(public.y)))
    lure = certificate(root.subject, "dsa-root", spki=chosen, sign=sign, extensions=[der.basic_constraints(True)])
    forgery = leaf(issuing, sign=sign)
    verify("signature-invalid-dsa-chosen-parameters", "Parameters from a certificate of the same name outside the path would let anyone sign.", INHERITED,
           forgery, [root], [issuing, lure], rules=["signature-invalid", "signature-invalid"])


def attackers_signature(parameters, base, data):
    p, q = parameters.p, parameters.q
    digest = hashlib.sha256(data).digest()
    nonce = int.from_bytes(hashlib.sha512(b"nonce" + data).digest(), "big") % (q - 1) + 1
    r = pow(base, nonce, p) % q
    # The private key is 1: s = (H + r) / nonce.
    return encode_dss_signature(r, pow(nonce, -1, q) * (int.from_bytes(digest, "big") % (1 << q.bit_length()) + r) % q)


def write():
    algorithms()
    forged()
    dsa()
