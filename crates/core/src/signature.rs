//! Verifying signatures of certificates and revocation lists.

use alloc::vec::Vec;

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::traits::SignatureScheme;
use rsa::{BoxedUint, Pss};
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use crate::der::{self, Reader};
use crate::oid;
use crate::parsed::certificate::Algorithm;
use crate::parsed::public_key::{Curve, DsaParameters, KeyKind, PublicKey, bit_length};

/// Why a signature was not found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureFault {
    /// It was not made with this key over these bytes.
    Mismatch,
    /// Its algorithm is not verified here.
    Unsupported,
}

/// The hash functions that signatures verified here use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// Checks that `signature` over `message` was made with the private half of `key`.
pub(crate) fn verify(
    key: &PublicKey<'_>,
    algorithm: &Algorithm<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureFault> {
    let outcome = match (key.kind, algorithm.oid) {
        (KeyKind::Rsa { modulus, exponent }, oid) => {
            let scheme = rsa_scheme(oid, algorithm.parameters).ok_or(SignatureFault::Unsupported)?;
            if !key_allows(key, scheme) {
                return Err(SignatureFault::Unsupported);
            }
            verify_rsa(modulus, exponent, scheme, message, signature)?
        }
        (KeyKind::Ec { curve, point }, oid) => {
            let hash = ecdsa_hash(oid).ok_or(SignatureFault::Unsupported)?;
            verify_ecdsa(curve, point, hash, message, signature)
        }
        (KeyKind::Ed25519 { point }, oid::ED25519) => verify_ed25519(point, message, signature),
        (KeyKind::Dsa { parameters: Some(parameters), y }, oid) => {
            let digest = dsa_digest(oid, message).ok_or(SignatureFault::Unsupported)?;
            verify_dsa(parameters, y, &digest, signature)
        }
        // RFC 9881 section 2: the algorithm of the signature is that of the key.
        (KeyKind::MlDsa { algorithm, key }, oid) if algorithm == oid => verify_ml_dsa(oid, key, message, signature),
        _ => return Err(SignatureFault::Unsupported),
    };
    outcome.ok_or(SignatureFault::Mismatch)
}

#[derive(Clone, Copy)]
enum RsaScheme {
    Pkcs1(Hash),
    Pss(Hash, usize),
}

fn rsa_scheme(oid: &[u8], parameters: &[u8]) -> Option<RsaScheme> {
    Some(match oid {
        oid::SHA1_WITH_RSA => RsaScheme::Pkcs1(Hash::Sha1),
        oid::SHA256_WITH_RSA => RsaScheme::Pkcs1(Hash::Sha256),
        oid::SHA384_WITH_RSA => RsaScheme::Pkcs1(Hash::Sha384),
        oid::SHA512_WITH_RSA => RsaScheme::Pkcs1(Hash::Sha512),
        oid::RSASSA_PSS => return pss_scheme(parameters),
        _ => return None,
    })
}

/// RFC 4055 sections 1.2 and 3.3: a key for PSS is used for nothing else, and as its own parameters say.
fn key_allows(key: &PublicKey<'_>, scheme: RsaScheme) -> bool {
    let Some(algorithm) = key.algorithm_identifier().filter(|algorithm| algorithm.oid == oid::RSASSA_PSS) else {
        return true;
    };
    match (scheme, algorithm.parameters) {
        (RsaScheme::Pkcs1(_), _) => false,
        (RsaScheme::Pss(..), []) => true,
        (RsaScheme::Pss(hash, salt), parameters) => matches!(pss_scheme(parameters),
            Some(RsaScheme::Pss(own_hash, least_salt)) if hash == own_hash && salt >= least_salt),
    }
}

/// RSASSA-PSS-params (RFC 4055 section 3.1). Every field has a default, and MGF1 must use the same hash.
fn pss_scheme(parameters: &[u8]) -> Option<RsaScheme> {
    let mut fields = Reader::new(der::single(parameters, der::SEQUENCE).ok()?.value);
    let hash = match fields.optional(der::context(0)).ok()? {
        Some(element) => hash_algorithm(&mut Reader::new(element.value))?,
        None => Hash::Sha1,
    };
    let mask_hash = match fields.optional(der::context(1)).ok()? {
        Some(element) => {
            let mask = Algorithm::read(&mut Reader::new(element.value)).ok()?;
            if mask.oid != oid::MGF1 {
                return None;
            }
            hash_algorithm(&mut Reader::new(mask.parameters))?
        }
        None => Hash::Sha1,
    };
    let salt = match fields.optional(der::context(2)).ok()? {
        Some(element) => match Reader::new(element.value).unsigned().ok()? {
            [length] => usize::from(*length),
            _ => return None,
        },
        None => 20,
    };
    if let Some(element) = fields.optional(der::context(3)).ok()?
        && Reader::new(element.value).unsigned().ok()? != [1]
    {
        return None;
    }
    fields.finish().ok()?;
    (hash == mask_hash).then_some(RsaScheme::Pss(hash, salt))
}

/// How many bits the hash of such a signature has. SHA-1 counts for less than it has: it is broken.
pub(crate) fn pss_hash_bits(parameters: &[u8]) -> Option<u32> {
    let RsaScheme::Pss(hash, _) = pss_scheme(parameters)? else { return None };
    Some(match hash {
        Hash::Sha1 => 126,
        Hash::Sha256 => 256,
        Hash::Sha384 => 384,
        Hash::Sha512 => 512,
    })
}

fn hash_algorithm(reader: &mut Reader<'_>) -> Option<Hash> {
    match Algorithm::read(reader).ok()?.oid {
        oid::SHA1 => Some(Hash::Sha1),
        oid::SHA256 => Some(Hash::Sha256),
        oid::SHA384 => Some(Hash::Sha384),
        oid::SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

fn ecdsa_hash(oid: &[u8]) -> Option<Hash> {
    match oid {
        oid::ECDSA_WITH_SHA1 => Some(Hash::Sha1),
        oid::ECDSA_WITH_SHA256 => Some(Hash::Sha256),
        oid::ECDSA_WITH_SHA384 => Some(Hash::Sha384),
        oid::ECDSA_WITH_SHA512 => Some(Hash::Sha512),
        _ => None,
    }
}

/// Bits of a modulus beyond which a verification would cost too much.
const MAXIMUM_RSA_BITS: u32 = 16_384;

fn verify_rsa(
    modulus: &[u8],
    exponent: &[u8],
    scheme: RsaScheme,
    message: &[u8],
    signature: &[u8],
) -> Result<Option<()>, SignatureFault> {
    if bit_length(modulus) > MAXIMUM_RSA_BITS || exponent.len() > 8 {
        return Err(SignatureFault::Unsupported);
    }
    let n = BoxedUint::from_be_slice_vartime(modulus);
    let e = BoxedUint::from_be_slice_vartime(exponent);
    let Ok(key) = rsa::PublicKey::new_with_size_limits(n, e, 512..=MAXIMUM_RSA_BITS as usize) else {
        return Err(SignatureFault::Unsupported);
    };
    Ok(match scheme {
        RsaScheme::Pkcs1(Hash::Sha1) => check_rsa::<Sha1, _>(&key, Pkcs1v15Sign::new::<Sha1>(), message, signature),
        RsaScheme::Pkcs1(Hash::Sha256) => {
            check_rsa::<Sha256, _>(&key, Pkcs1v15Sign::new::<Sha256>(), message, signature)
        }
        RsaScheme::Pkcs1(Hash::Sha384) => {
            check_rsa::<Sha384, _>(&key, Pkcs1v15Sign::new::<Sha384>(), message, signature)
        }
        RsaScheme::Pkcs1(Hash::Sha512) => {
            check_rsa::<Sha512, _>(&key, Pkcs1v15Sign::new::<Sha512>(), message, signature)
        }
        RsaScheme::Pss(Hash::Sha1, salt) => {
            check_rsa::<Sha1, _>(&key, Pss::<Sha1>::new_with_salt(salt), message, signature)
        }
        RsaScheme::Pss(Hash::Sha256, salt) => {
            check_rsa::<Sha256, _>(&key, Pss::<Sha256>::new_with_salt(salt), message, signature)
        }
        RsaScheme::Pss(Hash::Sha384, salt) => {
            check_rsa::<Sha384, _>(&key, Pss::<Sha384>::new_with_salt(salt), message, signature)
        }
        RsaScheme::Pss(Hash::Sha512, salt) => {
            check_rsa::<Sha512, _>(&key, Pss::<Sha512>::new_with_salt(salt), message, signature)
        }
    })
}

fn check_rsa<D: Digest, S: SignatureScheme>(
    key: &rsa::PublicKey,
    scheme: S,
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    key.verify(scheme, &D::digest(message), signature).ok()
}

fn verify_ecdsa(curve: Curve, point: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> Option<()> {
    let digest = match hash {
        Hash::Sha1 => Sha1::digest(message).to_vec(),
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    };
    match curve {
        Curve::P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(&digest, &p256::ecdsa::Signature::from_der(signature).ok()?).ok()
        }
        Curve::P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(&digest, &p384::ecdsa::Signature::from_der(signature).ok()?).ok()
        }
        Curve::P521 => {
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            key.verify_prehash(&digest, &p521::ecdsa::Signature::from_der(signature).ok()?).ok()
        }
    }
}

fn verify_ed25519(point: &[u8; 32], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(point).ok()?;
    let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}

fn dsa_digest(oid: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    match oid {
        oid::DSA_WITH_SHA1 => Some(Sha1::digest(message).to_vec()),
        oid::DSA_WITH_SHA224 => Some(Sha224::digest(message).to_vec()),
        oid::DSA_WITH_SHA256 => Some(Sha256::digest(message).to_vec()),
        _ => None,
    }
}

fn verify_dsa(parameters: DsaParameters<'_>, y: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let bits = |number: &[u8]| u32::try_from(number.len()).ok().map(|bytes| bytes * 8);
    // All numbers modulo p have its size, as the arithmetic wants it.
    let size = bits(parameters.p)?;
    let number = |bytes: &[u8], size| BoxedUint::from_be_slice(bytes, size).ok();
    let p = number(parameters.p, size)?;
    let (g, y) = (number(parameters.g, size)?, number(y, size)?);
    let q = number(parameters.q, bits(parameters.q)?)?;
    if y >= p {
        return None;
    }
    let components = dsa::Components::from_components(p, q, g).ok()?;
    let key = dsa::VerifyingKey::from_components(components, y).ok()?;
    let mut fields = Reader::new(der::single(signature, der::SEQUENCE).ok()?.value);
    let (r, s) = (fields.unsigned().ok()?, fields.unsigned().ok()?);
    fields.finish().ok()?;
    let signature = dsa::Signature::from_components(number(r, bits(r)?)?, number(s, bits(s)?)?)?;
    key.verify_prehash(digest, &signature).ok()
}

fn verify_ml_dsa(oid: &[u8], key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    fn check<P: ml_dsa::MlDsaParams>(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
        let key = ml_dsa::VerifyingKey::<P>::decode(key.try_into().ok()?);
        let signature = ml_dsa::Signature::<P>::decode(signature.try_into().ok()?)?;
        key.verify_with_context(message, &[], &signature).then_some(())
    }
    match oid {
        oid::ML_DSA_44 => check::<ml_dsa::MlDsa44>(key, message, signature),
        oid::ML_DSA_65 => check::<ml_dsa::MlDsa65>(key, message, signature),
        _ => check::<ml_dsa::MlDsa87>(key, message, signature),
    }
}
