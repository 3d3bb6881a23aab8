//! SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7; RFC 3279, 5480, 8410).

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use super::certificate::Algorithm;
use crate::der::{self, Reader, Result};
use crate::text::hex;
use crate::{decoded, oid};

/// A public key, as a view over its DER.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PublicKey<'a> {
    /// The SubjectPublicKeyInfo with tag and length.
    pub(crate) raw: &'a [u8],
    /// What it is.
    pub(crate) kind: KeyKind<'a>,
}

/// The key itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind<'a> {
    /// RSA, with modulus and exponent without leading zeros.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    /// An elliptic curve of the standard ones that TLS uses, with the point as SEC 1 writes it.
    Ec { curve: Curve, point: &'a [u8] },
    /// An elliptic curve by another name.
    OtherCurve { curve: &'a [u8] },
    /// An elliptic curve whose parameters are written out (RFC 5480 2.1.1 forbids it; CVE-2020-0601 is why).
    ExplicitCurve,
    /// Ed25519.
    Ed25519 { point: &'a [u8; 32] },
    /// DSA (RFC 3279 2.3.2), for validation only; a key without parameters has those of its certificate's issuer.
    Dsa { parameters: Option<DsaParameters<'a>>, y: &'a [u8] },
    /// ML-DSA (RFC 9881), for validation only.
    MlDsa { algorithm: &'a [u8], key: &'a [u8] },
    /// Anything else.
    Other { algorithm: &'a [u8] },
}

/// Dss-Parms: numbers without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DsaParameters<'a> {
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    pub(crate) g: &'a [u8],
}

impl<'a> DsaParameters<'a> {
    fn read(parameters: &'a [u8]) -> Result<Self> {
        let mut fields = Reader::new(der::single(parameters, der::SEQUENCE)?.value);
        let numbers = Self { p: fields.unsigned()?, q: fields.unsigned()?, g: fields.unsigned()? };
        fields.finish()?;
        Ok(numbers)
    }
}

/// The curves whose signatures are verified here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) fn from_oid(oid: &[u8]) -> Option<Self> {
        match oid {
            oid::P256 => Some(Self::P256),
            oid::P384 => Some(Self::P384),
            oid::P521 => Some(Self::P521),
            _ => None,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(crate) const fn bits(self) -> u32 {
        match self {
            Self::P256 => 256,
            Self::P384 => 384,
            Self::P521 => 521,
        }
    }
}

impl<'a> PublicKey<'a> {
    /// Reads a SubjectPublicKeyInfo.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self> {
        let element = reader.expect(der::SEQUENCE)?;
        let mut fields = Reader::new(element.value);
        let algorithm = Algorithm::read(&mut fields)?;
        let bits = fields.bit_string()?;
        fields.finish()?;
        Ok(Self { raw: element.raw, kind: KeyKind::read(algorithm, bits)? })
    }

    /// Reads a SubjectPublicKeyInfo that is the whole of `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let key = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(key)
    }

    /// How the key says what it is for; an RSA key may be for PSS alone.
    pub(crate) fn algorithm_identifier(&self) -> Option<Algorithm<'a>> {
        let mut fields = Reader::new(der::single(self.raw, der::SEQUENCE).ok()?.value);
        Algorithm::read(&mut fields).ok()
    }

    /// Whether this is a DSA key that has the parameters of its certificate's issuer (RFC 5280 6.1.4 (f)).
    pub(crate) const fn inherits_parameters(&self) -> bool {
        matches!(self.kind, KeyKind::Dsa { parameters: None, .. })
    }

    /// The key with the parameters of another DSA key.
    pub(crate) fn with_parameters_of(self, other: &Self) -> Option<Self> {
        match (self.kind, other.kind) {
            (KeyKind::Dsa { y, .. }, KeyKind::Dsa { parameters: Some(parameters), .. }) => {
                Some(Self { kind: KeyKind::Dsa { parameters: Some(parameters), y }, ..self })
            }
            _ => None,
        }
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.raw))
    }

    /// Whether both are the same key, however it is written.
    pub(crate) fn matches(&self, other: &PublicKey<'_>) -> bool {
        if self.raw == other.raw {
            return true;
        }
        match (self.kind, other.kind) {
            (KeyKind::Rsa { modulus: n1, exponent: e1 }, KeyKind::Rsa { modulus: n2, exponent: e2 }) => {
                n1 == n2 && e1 == e2
            }
            (KeyKind::Ec { curve: c1, point: p1 }, KeyKind::Ec { curve: c2, point: p2 }) => {
                // The abscissa first: a point is not computed for each of a thousand certificates.
                c1 == c2 && abscissa(c1, p1) == abscissa(c2, p2) && uncompressed(c1, p1) == uncompressed(c2, p2)
            }
            (KeyKind::Ed25519 { point: p1 }, KeyKind::Ed25519 { point: p2 }) => p1 == p2,
            _ => false,
        }
    }

    /// Whether TLS can sign with this kind of key (docs/decisions/0002): RSA 2048 to 8192, the three curves, Ed25519.
    pub(crate) fn is_tls_capable(&self) -> bool {
        match self.kind {
            KeyKind::Rsa { modulus, .. } => (2048..=8192).contains(&bit_length(modulus)),
            KeyKind::Ec { .. } | KeyKind::Ed25519 { .. } => true,
            KeyKind::OtherCurve { .. }
            | KeyKind::ExplicitCurve
            | KeyKind::Dsa { .. }
            | KeyKind::MlDsa { .. }
            | KeyKind::Other { .. } => false,
        }
    }

    /// The algorithm's name, as administrators know it.
    pub(crate) fn algorithm(&self) -> String {
        match self.kind {
            KeyKind::Rsa { .. } => String::from("RSA"),
            KeyKind::Ec { curve, .. } => String::from(curve.name()),
            KeyKind::OtherCurve { curve } => oid::name(curve),
            KeyKind::ExplicitCurve => String::from("EC with explicit parameters"),
            KeyKind::Ed25519 { .. } => String::from("Ed25519"),
            KeyKind::Dsa { .. } => oid::name(oid::DSA),
            KeyKind::MlDsa { algorithm, .. } | KeyKind::Other { algorithm } => oid::name(algorithm),
        }
    }

    /// Its size in bits; 0 if unknown.
    pub(crate) fn bits(&self) -> u32 {
        match self.kind {
            KeyKind::Rsa { modulus, .. } => bit_length(modulus),
            KeyKind::Ec { curve, .. } => curve.bits(),
            KeyKind::OtherCurve { curve: oid::P192 } => 192,
            KeyKind::OtherCurve { curve: oid::P224 } => 224,
            KeyKind::Ed25519 { .. } | KeyKind::OtherCurve { curve: oid::SECP256K1 } => 256,
            KeyKind::Dsa { parameters, .. } => parameters.map_or(0, |parameters| bit_length(parameters.p)),
            KeyKind::OtherCurve { .. } | KeyKind::ExplicitCurve | KeyKind::MlDsa { .. } | KeyKind::Other { .. } => 0,
        }
    }

    /// For a report.
    pub(crate) fn decoded(&self) -> decoded::PublicKey {
        decoded::PublicKey { algorithm: self.algorithm(), bits: self.bits(), fingerprint_sha256: self.fingerprint() }
    }
}

impl<'a> KeyKind<'a> {
    fn read(algorithm: Algorithm<'a>, bits: &'a [u8]) -> Result<Self> {
        match algorithm.oid {
            oid::RSA_ENCRYPTION | oid::RSASSA_PSS => {
                let mut outer = Reader::new(bits);
                let mut fields = outer.sequence()?;
                let modulus = fields.unsigned()?;
                let exponent = fields.unsigned()?;
                fields.finish()?;
                outer.finish()?;
                Ok(Self::Rsa { modulus, exponent })
            }
            oid::EC_PUBLIC_KEY => Ok(Self::of_curve(algorithm.parameters, bits)),
            oid::ED25519 => match bits.try_into() {
                Ok(point) => Ok(Self::Ed25519 { point }),
                Err(_) => Err(der::Fault::Value),
            },
            oid::DSA => {
                let inherits = algorithm.parameters.is_empty() || algorithm.parameters == [der::NULL, 0];
                let parameters = if inherits { None } else { Some(DsaParameters::read(algorithm.parameters)?) };
                let mut outer = Reader::new(bits);
                let y = outer.unsigned()?;
                outer.finish()?;
                Ok(Self::Dsa { parameters, y })
            }
            algorithm @ (oid::ML_DSA_44 | oid::ML_DSA_65 | oid::ML_DSA_87) => Ok(Self::MlDsa { algorithm, key: bits }),
            other => Ok(Self::Other { algorithm: other }),
        }
    }

    fn of_curve(parameters: &'a [u8], point: &'a [u8]) -> Self {
        match der::single(parameters, der::OID) {
            Ok(element) => match Curve::from_oid(element.value) {
                Some(curve) => Self::Ec { curve, point },
                None => Self::OtherCurve { curve: element.value },
            },
            Err(_) => Self::ExplicitCurve,
        }
    }
}

/// How many bits a number has that is written without leading zeros.
pub(crate) fn bit_length(number: &[u8]) -> u32 {
    let bytes = u32::try_from(number.len()).unwrap_or(u32::MAX / 8);
    bytes * 8 - number.first().map_or(0, |first| first.leading_zeros())
}

fn abscissa(curve: Curve, point: &[u8]) -> Option<&[u8]> {
    point.get(1..=curve.bits().div_ceil(8) as usize)
}

/// The point with both coordinates; as it stands if it is no point of the curve.
fn uncompressed(curve: Curve, point: &[u8]) -> Vec<u8> {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    let expanded = match curve {
        _ if point.first() == Some(&4) => None,
        Curve::P256 => {
            p256::PublicKey::from_sec1_bytes(point).ok().map(|key| key.to_sec1_point(false).as_bytes().to_vec())
        }
        Curve::P384 => {
            p384::PublicKey::from_sec1_bytes(point).ok().map(|key| key.to_sec1_point(false).as_bytes().to_vec())
        }
        Curve::P521 => {
            p521::PublicKey::from_sec1_bytes(point).ok().map(|key| key.to_sec1_point(false).as_bytes().to_vec())
        }
    };
    expanded.unwrap_or_else(|| point.to_vec())
}
