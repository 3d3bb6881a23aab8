//! Seals a private key for one node: what it passes through on the way cannot read it.

use base64ct::{Base64, Encoding as _};
use certway_wire::node::sealing_info;
use hpke::aead::AesGcm128;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable as _, OpModeS, Serializable as _, single_shot_seal};

/// The encapsulated secret, then what was encrypted, base64 (HPKE in base mode, RFC 9180, 6.1); `None` if `public_key` is not
/// a public key of DHKEM(P-256, HKDF-SHA256).
pub(crate) fn seal(private_key: &[u8], node: &str, public_key: &str) -> Option<String> {
    type Suite = DhP256HkdfSha256;
    let public_key = Base64::decode_vec(public_key).ok()?;
    let public_key = <Suite as hpke::Kem>::PublicKey::from_bytes(&public_key).ok()?;
    let info = sealing_info(node);
    let sealed = single_shot_seal::<AesGcm128, HkdfSha256, Suite>(
        &OpModeS::Base,
        &public_key,
        info.as_bytes(),
        private_key,
        &[],
    );
    let (secret, sealed) = sealed.ok()?;
    Some(Base64::encode_string(&[secret.to_bytes().as_slice(), &sealed].concat()))
}
