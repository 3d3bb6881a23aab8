//! Private keys that the node makes and signs with, as x509-cert's builders want to see them.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA256_ASN1_SIGNING,
    ECDSA_P521_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, error::Unspecified};
use certway_wire::node::{Digest, KeyKind};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::pkcs8::DecodePrivateKey as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Any, Decode as _};
use x509_cert::spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey, SubjectPublicKeyInfoOwned,
};
use zeroize::Zeroizing;

/// A private key, and the digest that it signs with.
pub(crate) struct SigningKey {
    pair: Pair,
    digest: Digest,
    pkcs8: Zeroizing<Vec<u8>>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    /// A curve with another curve's digest, which aws-lc-rs does not sign.
    OddP256(p256::ecdsa::SigningKey),
    OddP384(p384::ecdsa::SigningKey),
    Ed25519(Ed25519KeyPair),
}

/// A key that cannot be made, read or signed with.
#[derive(Debug, thiserror::Error)]
#[error("the private key cannot be made or signed with")]
pub(crate) struct NoKey;

impl From<Unspecified> for NoKey {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

impl SigningKey {
    /// A new key.
    pub(crate) fn generate(kind: KeyKind, digest: Option<Digest>) -> Result<Self, NoKey> {
        let rsa = |size| -> Result<Zeroizing<Vec<u8>>, NoKey> {
            let pkcs8: Pkcs8V1Der<'_> = RsaKeyPair::generate(size)?.as_der()?;
            Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
        };
        let ecdsa = |algorithm| -> Result<Zeroizing<Vec<u8>>, NoKey> {
            Ok(Zeroizing::new(EcdsaKeyPair::generate(algorithm)?.to_pkcs8v1()?.as_ref().to_vec()))
        };
        let pkcs8 = match kind {
            KeyKind::Rsa2048 => rsa(KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(KeySize::Rsa4096),
            KeyKind::EcdsaP256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
            KeyKind::EcdsaP384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
            KeyKind::EcdsaP521 => ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING),
        }?;
        Self::from_pkcs8(&pkcs8, digest)
    }

    /// A key that is there already, PKCS#8 DER. Without a digest it signs with the one of its curve, or SHA-256.
    pub(crate) fn from_pkcs8(pkcs8: &[u8], digest: Option<Digest>) -> Result<Self, NoKey> {
        let (pair, digest) = read(pkcs8, digest).ok_or(NoKey)?;
        Ok(Self { pair, digest, pkcs8: Zeroizing::new(pkcs8.to_vec()) })
    }

    /// The key, PKCS#8 DER.
    pub(crate) fn pkcs8(&self) -> &Zeroizing<Vec<u8>> {
        &self.pkcs8
    }

    /// A signature over `message`, as it stands in a certificate or request.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, NoKey> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match self.digest {
                    Digest::Sha256 => &signature::RSA_PKCS1_SHA256,
                    Digest::Sha384 => &signature::RSA_PKCS1_SHA384,
                    Digest::Sha512 => &signature::RSA_PKCS1_SHA512,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Pair::OddP256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.sign_prehash(&self.digest_of(message)).map_err(|_| NoKey)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Pair::OddP384(key) => {
                let signature: p384::ecdsa::Signature =
                    key.sign_prehash(&self.digest_of(message)).map_err(|_| NoKey)?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }

    /// The public half.
    pub(crate) fn public(&self) -> Result<SubjectPublicKeyInfoOwned, NoKey> {
        SubjectPublicKeyInfoOwned::from_der(&self.public_der()?).map_err(|_| NoKey)
    }

    /// Whether the key is one for RSA, which may also be encrypted to.
    pub(crate) fn is_rsa(&self) -> bool {
        matches!(self.pair, Pair::Rsa(_))
    }

    fn public_der(&self) -> Result<Vec<u8>, NoKey> {
        let spki: PublicKeyX509Der<'_> = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der()?,
            Pair::Ecdsa(pair) => pair.public_key().as_der()?,
            Pair::OddP256(_) => {
                return own_public_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8);
            }
            Pair::OddP384(_) => {
                return own_public_der(&ECDSA_P384_SHA384_ASN1_SIGNING, &self.pkcs8);
            }
            Pair::Ed25519(pair) => pair.public_key().as_der()?,
        };
        Ok(spki.as_ref().to_vec())
    }

    fn digest_of(&self, message: &[u8]) -> Vec<u8> {
        let algorithm = match self.digest {
            Digest::Sha256 => &digest::SHA256,
            Digest::Sha384 => &digest::SHA384,
            Digest::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message).as_ref().to_vec()
    }
}

fn own_public_der(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> Result<Vec<u8>, NoKey> {
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).map_err(|_| NoKey)?;
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der()?;
    Ok(spki.as_ref().to_vec())
}

fn read(pkcs8: &[u8], digest: Option<Digest>) -> Option<(Pair, Digest)> {
    if let Ok(pair) = RsaKeyPair::from_pkcs8(pkcs8) {
        return Some((Pair::Rsa(pair), digest.unwrap_or(Digest::Sha256)));
    }
    let ecdsa = |algorithm| EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).ok();
    if let Some(pair) = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING) {
        return match digest.unwrap_or(Digest::Sha256) {
            Digest::Sha256 => Some((Pair::Ecdsa(pair), Digest::Sha256)),
            odd => Some((Pair::OddP256(p256::ecdsa::SigningKey::from_pkcs8_der(pkcs8).ok()?), odd)),
        };
    }
    if let Some(pair) = ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING) {
        return match digest.unwrap_or(Digest::Sha384) {
            Digest::Sha384 => Some((Pair::Ecdsa(pair), Digest::Sha384)),
            odd => Some((Pair::OddP384(p384::ecdsa::SigningKey::from_pkcs8_der(pkcs8).ok()?), odd)),
        };
    }
    let digest_of_p521 = digest.unwrap_or(Digest::Sha512);
    let p521 = match digest_of_p521 {
        Digest::Sha256 => &ECDSA_P521_SHA256_ASN1_SIGNING,
        Digest::Sha384 => &ECDSA_P521_SHA384_ASN1_SIGNING,
        Digest::Sha512 => &ECDSA_P521_SHA512_ASN1_SIGNING,
    };
    if let Some(pair) = ecdsa(p521) {
        return Some((Pair::Ecdsa(pair), digest_of_p521));
    }
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).ok()?;
    // The algorithm names no digest.
    Some((Pair::Ed25519(pair), Digest::Sha512))
}

/// The public half of a [`SigningKey`], DER.
#[derive(Clone)]
pub(crate) struct PublicKey(Vec<u8>);

impl EncodePublicKey for PublicKey {
    fn to_public_key_der(&self) -> x509_cert::spki::Result<x509_cert::der::Document> {
        Ok(self.0.as_slice().try_into()?)
    }
}

impl ::signature::Keypair for SigningKey {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        // Empty is no key, and the builder says so.
        PublicKey(self.public_der().unwrap_or_default())
    }
}

impl DynSignatureAlgorithmIdentifier for SigningKey {
    fn signature_algorithm_identifier(&self) -> x509_cert::spki::Result<AlgorithmIdentifierOwned> {
        let oid = match (&self.pair, self.digest) {
            (Pair::Rsa(_), Digest::Sha256) => "1.2.840.113549.1.1.11",
            (Pair::Rsa(_), Digest::Sha384) => "1.2.840.113549.1.1.12",
            (Pair::Rsa(_), Digest::Sha512) => "1.2.840.113549.1.1.13",
            (Pair::Ed25519(_), _) => "1.3.101.112",
            (_, Digest::Sha256) => "1.2.840.10045.4.3.2",
            (_, Digest::Sha384) => "1.2.840.10045.4.3.3",
            (_, Digest::Sha512) => "1.2.840.10045.4.3.4",
        };
        // RFC 4055 section 5: the parameters of RSA are NULL; RFC 5758 and RFC 8410: those of the others are absent.
        let parameters = self.is_rsa().then(Any::null);
        Ok(AlgorithmIdentifierOwned { oid: ObjectIdentifier::new_unwrap(oid), parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [KeyKind; 4] = [KeyKind::Rsa2048, KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::EcdsaP521];

    #[test]
    fn a_key_that_was_made_is_read_back_as_itself() {
        for kind in KINDS {
            let made = SigningKey::generate(kind, None).unwrap();
            let read = SigningKey::from_pkcs8(made.pkcs8(), None).unwrap();
            assert_eq!(made.public().unwrap(), read.public().unwrap(), "{kind:?}");
        }
        assert!(SigningKey::from_pkcs8(b"no key", None).is_err());
    }
}
