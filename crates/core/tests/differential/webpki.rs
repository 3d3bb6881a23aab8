//! What rustls-webpki says, with signatures verified by the arithmetic that the core has as well.

use std::time::Duration;

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use sha2::Digest as _;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::chain::{Files, NOW_SECONDS};

#[derive(Debug)]
enum Algorithm {
    Sha256,
    Sha384,
    Ed25519,
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let digest = match self {
            Self::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Self::Ed25519 => {
                let point = public_key.try_into().map_err(|_| InvalidSignature)?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(point).map_err(|_| InvalidSignature)?;
                let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| InvalidSignature)?;
                return key.verify_strict(message, &signature).map_err(|_| InvalidSignature);
            }
        };
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify_prehash(&digest, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self {
            Self::Sha256 | Self::Sha384 => alg_id::ECDSA_P256,
            Self::Ed25519 => alg_id::ED25519,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match self {
            Self::Sha256 => alg_id::ECDSA_SHA256,
            Self::Sha384 => alg_id::ECDSA_SHA384,
            Self::Ed25519 => alg_id::ED25519,
        }
    }
}

/// Its error; none if the chain is good for a server.
pub(crate) fn verify(files: &Files) -> Vec<String> {
    let ders = |name: &str| files.ders[name].iter().map(|der| CertificateDer::from(der.as_slice())).collect::<Vec<_>>();
    let (leaf, trusted, untrusted) = (ders("leaf"), ders("trusted"), ders("untrusted"));
    // An anchor that it cannot read is one less, as it is here.
    let anchors: Vec<_> = trusted.iter().filter_map(|der| anchor_from_trusted_cert(der).ok()).collect();
    let answer = EndEntityCert::try_from(&leaf[0]).and_then(|leaf| {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW_SECONDS));
        let algorithms: &[&dyn SignatureVerificationAlgorithm] =
            &[&Algorithm::Sha256, &Algorithm::Sha384, &Algorithm::Ed25519];
        leaf.verify_for_usage(algorithms, &anchors, &untrusted, now, KeyUsage::server_auth(), None, None).map(|_| ())
    });
    let name = |error: webpki::Error| {
        let text = format!("{error:?}");
        text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
    };
    answer.err().map(name).into_iter().collect()
}
