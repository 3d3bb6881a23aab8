//! Private keys: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2) and SEC 1 (RFC 5915), unencrypted.
//!
//! The public half is computed, not believed, so that a key whose parts do not belong together is noticed.

mod rsa_numbers;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::certificate::Algorithm;
use super::public_key::{Curve, PublicKey, bit_length};
use crate::der::{self, Fault, Reader};
use crate::oid;

/// An unencrypted private key of a supported kind.
pub(crate) struct PrivateKey {
    /// The key as PKCS#8, whatever form it came in.
    pkcs8: Zeroizing<Vec<u8>>,
    /// SubjectPublicKeyInfo of its public half.
    spki: Vec<u8>,
    /// The form it came in.
    pub(crate) format: &'static str,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("format", &self.format).finish_non_exhaustive()
    }
}

/// Why some DER is not a private key that can be used.
#[derive(Debug)]
pub(crate) enum KeyFault {
    /// It is encrypted.
    PasswordProtected,
    /// It is of a kind that TLS has no use for here; the kind's name.
    Unsupported(String),
    /// It is broken: what does not hold.
    Bad(&'static str),
    /// It is not the DER of a key.
    Der(Fault),
}

impl From<Fault> for KeyFault {
    fn from(fault: Fault) -> Self {
        Self::Der(fault)
    }
}

impl PrivateKey {
    /// Reads a key in any of its forms. The label is not asked: files with a wrong label are common.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, KeyFault> {
        let mut outer = Reader::new(bytes);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        if fields.peek() == Some(der::SEQUENCE) {
            // EncryptedPrivateKeyInfo begins with an algorithm; nothing else that holds a key does.
            let algorithm = Algorithm::read(&mut fields)?;
            return match fields.expect(der::OCTET_STRING) {
                Ok(_) if is_encryption(algorithm.oid) => Err(KeyFault::PasswordProtected),
                _ => Err(KeyFault::Der(Fault::UnexpectedTag)),
            };
        }
        fields.expect(der::INTEGER)?;
        match fields.peek() {
            Some(der::SEQUENCE) => Self::from_pkcs8(bytes, fields),
            Some(der::OCTET_STRING) => Self::from_sec1(bytes, None, "SEC1"),
            Some(der::INTEGER) => Self::from_pkcs1(bytes, "PKCS#1"),
            _ => Err(KeyFault::Der(Fault::UnexpectedTag)),
        }
    }

    /// The public half.
    pub(crate) fn public_key(&self) -> Result<PublicKey<'_>, Fault> {
        PublicKey::parse(&self.spki)
    }

    /// The key as PKCS#8 DER.
    pub(crate) fn into_pkcs8(self) -> Zeroizing<Vec<u8>> {
        self.pkcs8
    }

    fn from_pkcs8(bytes: &[u8], mut fields: Reader<'_>) -> Result<Self, KeyFault> {
        let algorithm = Algorithm::read(&mut fields)?;
        let inner = fields.expect(der::OCTET_STRING)?.value;
        match algorithm.oid {
            oid::RSA_ENCRYPTION => Self::from_pkcs1(inner, "PKCS#8"),
            oid::EC_PUBLIC_KEY => Self::from_sec1(inner, Some(algorithm.parameters), "PKCS#8"),
            oid::ED25519 => {
                let seed = der::single(inner, der::OCTET_STRING)?.value;
                let seed: &[u8; 32] = seed.try_into().map_err(|_| Fault::Value)?;
                let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
                let spki = spki(oid::ED25519, &[], public.as_bytes());
                Ok(Self { pkcs8: Zeroizing::new(bytes.to_vec()), spki, format: "PKCS#8" })
            }
            other => Err(KeyFault::Unsupported(oid::name(other))),
        }
    }

    fn from_pkcs1(bytes: &[u8], format: &'static str) -> Result<Self, KeyFault> {
        let mut outer = Reader::new(bytes);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        let version = fields.unsigned()?;
        if version != [0] {
            // RFC 8017: version 1 is multi-prime. DSA's own form also has the shape of integers, and six of them.
            return Err(KeyFault::Unsupported(String::from("RSA with more than two primes")));
        }
        let mut numbers = [&[][..]; 8];
        for number in &mut numbers {
            if fields.is_empty() {
                return Err(KeyFault::Unsupported(String::from("DSA")));
            }
            *number = fields.unsigned()?;
        }
        fields.finish()?;
        let [modulus, exponent, _, p, q, ..] = numbers;
        // Before any arithmetic: the product of two primes that fill a file takes minutes.
        if [modulus, exponent, p, q].into_iter().any(|number| bit_length(number) > 16_384) {
            return Err(KeyFault::Unsupported(String::from("RSA with more than 16384 bits")));
        }
        if let Some(why) = rsa_numbers::objection(modulus, exponent, p, q) {
            return Err(KeyFault::Bad(why));
        }
        let public = der::write(der::SEQUENCE, &[integer(modulus), integer(exponent)].concat());
        let null = der::write(der::NULL, &[]);
        let spki = spki(oid::RSA_ENCRYPTION, &null, &public);
        let pkcs8 = pkcs8(oid::RSA_ENCRYPTION, &null, bytes);
        Ok(Self { pkcs8, spki, format })
    }

    /// A key on a curve, from its SEC 1 form and, in PKCS#8, the parameters stated outside of it.
    fn from_sec1(bytes: &[u8], outside: Option<&[u8]>, format: &'static str) -> Result<Self, KeyFault> {
        let parts = Sec1::read(bytes)?;
        let parameters = outside.filter(|outside| !outside.is_empty()).or(parts.parameters).ok_or(Fault::Truncated)?;
        let named = der::single(parameters, der::OID).ok().map(|element| element.value);
        let Some(curve) = named.and_then(Curve::from_oid) else {
            return Self::on_outdated_curve(bytes, &parts, parameters, named, format);
        };
        let point = public_point(curve, parts.secret)?;
        if parts.point.is_some_and(|stated| !same_point(stated, &point)) {
            return Err(KeyFault::Bad("the public key beside it is another key's"));
        }
        let public = der::write(der::context(1), &der::write(der::BIT_STRING, &[&[0], point.as_slice()].concat()));
        let secret = padded(curve, parts.secret)?;
        let fields = Zeroizing::new([integer(&[1]), der::write(der::OCTET_STRING, &secret), public].concat());
        let sec1 = Zeroizing::new(der::write(der::SEQUENCE, &fields));
        Ok(Self {
            pkcs8: pkcs8(oid::EC_PUBLIC_KEY, parameters, &sec1),
            spki: spki(oid::EC_PUBLIC_KEY, parameters, &point),
            format,
        })
    }

    /// P-192 and explicit parameters are outdated, not broken: such a key is stored (docs/decisions/0009). Nothing
    /// computes on these curves here, so the public half is taken from where the key states it.
    fn on_outdated_curve(
        bytes: &[u8],
        parts: &Sec1<'_>,
        parameters: &[u8],
        named: Option<&[u8]>,
        format: &'static str,
    ) -> Result<Self, KeyFault> {
        let name = named.map_or_else(|| String::from("EC with explicit parameters"), oid::name);
        match parts.point.filter(|_| named.is_none_or(|named| named == oid::P192)) {
            Some(point) => Ok(Self {
                pkcs8: pkcs8(oid::EC_PUBLIC_KEY, parameters, bytes),
                spki: spki(oid::EC_PUBLIC_KEY, parameters, point),
                format,
            }),
            None => Err(KeyFault::Unsupported(name)),
        }
    }
}

/// The parts of an ECPrivateKey (RFC 5915).
struct Sec1<'a> {
    secret: &'a [u8],
    parameters: Option<&'a [u8]>,
    point: Option<&'a [u8]>,
}

impl<'a> Sec1<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut outer = Reader::new(bytes);
        let mut fields = outer.sequence()?;
        outer.finish()?;
        fields.expect(der::INTEGER)?;
        let secret = fields.expect(der::OCTET_STRING)?.value;
        let parameters = fields.optional(der::context(0))?.map(|element| element.value);
        let point = match fields.optional(der::context(1))? {
            Some(element) => Some(Reader::new(element.value).bit_string()?),
            None => None,
        };
        fields.finish()?;
        Ok(Self { secret, parameters, point })
    }
}

/// The secret at the size of the curve: RFC 5915 fixes the length, and some tools drop leading zeros all the same.
fn padded(curve: Curve, secret: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let size = curve.bits().div_ceil(8) as usize;
    let missing = size.checked_sub(secret.len()).ok_or(Fault::Value)?;
    let mut padded = Zeroizing::new(alloc::vec![0; missing]);
    padded.extend_from_slice(secret);
    Ok(padded)
}

/// The public point that belongs to a secret, uncompressed.
fn public_point(curve: Curve, secret: &[u8]) -> Result<Vec<u8>, KeyFault> {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    const BAD: KeyFault = KeyFault::Bad("its secret number is not between 1 and the order of the curve");
    let secret = padded(curve, secret)?;
    Ok(match curve {
        Curve::P256 => {
            let key = p256::SecretKey::from_slice(&secret).map_err(|_| BAD)?;
            key.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P384 => {
            let key = p384::SecretKey::from_slice(&secret).map_err(|_| BAD)?;
            key.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
        Curve::P521 => {
            let key = p521::SecretKey::from_slice(&secret).map_err(|_| BAD)?;
            key.public_key().to_sec1_point(false).as_bytes().to_vec()
        }
    })
}

/// Whether a stated point, compressed or not, is the computed one; the abscissa decides.
fn same_point(stated: &[u8], computed: &[u8]) -> bool {
    let size = computed.len() / 2;
    match stated.first() {
        Some(4) => stated == computed,
        Some(2 | 3) => stated.get(1..) == computed.get(1..=size),
        _ => false,
    }
}

/// Whether an algorithm is one of password-based encryption: PKCS#5's (PBES1, PBES2) or PKCS#12's.
fn is_encryption(algorithm: &[u8]) -> bool {
    algorithm.starts_with(oid::PBE_PREFIX) || algorithm.starts_with(oid::PKCS12_PBE_PREFIX)
}

fn integer(number: &[u8]) -> Vec<u8> {
    if number.first().is_some_and(|first| first & 0x80 != 0) {
        let padded = Zeroizing::new([&[0], number].concat());
        return der::write(der::INTEGER, &padded);
    }
    der::write(der::INTEGER, number)
}

fn algorithm(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::write(der::SEQUENCE, &[der::write(der::OID, oid).as_slice(), parameters].concat())
}

fn spki(oid: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = der::write(der::BIT_STRING, &[&[0], key].concat());
    der::write(der::SEQUENCE, &[algorithm(oid, parameters), bits].concat())
}

fn pkcs8(oid: &[u8], parameters: &[u8], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let octets = Zeroizing::new(der::write(der::OCTET_STRING, key));
    let version = integer(&[0]);
    let fields = Zeroizing::new([version.as_slice(), &algorithm(oid, parameters), &octets].concat());
    Zeroizing::new(der::write(der::SEQUENCE, &fields))
}
