//! Private keys that come through another node of the cluster: sealed in the browser for this node alone (HPKE, RFC 9180), and
//! opened here.
//!
//! The key pair is made at start and never kept: what was sealed for a node that has started again since then is refused, and
//! nothing that was recorded on the way can be opened later.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use certway_wire::node::{SealingKey, sealing_info};
use rustls::crypto::aws_lc_rs::hpke::DH_KEM_P256_HKDF_SHA256_AES_128 as SUITE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke as _, HpkePrivateKey, HpkePublicKey};
use zeroize::Zeroizing;

/// The length in bytes of an encapsulated secret of DHKEM(P-256): a point, uncompressed (RFC 9180, 7.1).
const ENCAPSULATED: usize = 65;

/// The key pair of one run of the node.
pub(crate) struct KeyPair {
    public: HpkePublicKey,
    private: HpkePrivateKey,
}

impl KeyPair {
    /// A new pair.
    ///
    /// # Errors
    /// If the machine has no randomness to give.
    pub(crate) fn generate() -> Result<Self, rustls::Error> {
        let (public, private) = SUITE.generate_key_pair()?;
        Ok(Self { public, private })
    }

    /// What a key for this node is sealed with.
    pub(crate) fn public(&self, node: &str) -> SealingKey {
        SealingKey { node: node.to_owned(), public_key: BASE64_STANDARD.encode(&self.public.0) }
    }

    /// Opens what was sealed for `node` with this pair, as base64; `None` if it was not.
    pub(crate) fn open(&self, node: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = BASE64_STANDARD.decode(sealed.trim_ascii()).ok()?;
        let (secret, sealed) = sealed.split_at_checked(ENCAPSULATED)?;
        let secret = EncapsulatedSecret(secret.to_vec());
        let opened = SUITE.open(&secret, sealing_info(node).as_bytes(), &[], sealed, &self.private);
        opened.ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(pair: &KeyPair, info: &str, text: &[u8]) -> Vec<u8> {
        let (secret, sealed) = SUITE.seal(info.as_bytes(), &[], text, &pair.public).expect("seals");
        BASE64_STANDARD.encode([secret.0, sealed].concat()).into_bytes()
    }

    #[test]
    fn only_the_node_that_a_key_was_sealed_for_opens_it() {
        let (here, there) = (KeyPair::generate().expect("a pair"), KeyPair::generate().expect("a pair"));
        let node = "expe1.example.com";
        let whole = sealed(&here, &sealing_info(node), b"a key");
        assert_eq!(here.open(node, &whole).expect("opens").as_slice(), b"a key");
        assert!(there.open(node, &whole).is_none(), "another node's pair");
        assert!(here.open("expe2.example.com", &whole).is_none(), "another node's name");
        assert!(here.open(node, &sealed(&here, "something else", b"a key")).is_none(), "another purpose");
        for position in (0..whole.len()).filter(|position| whole[*position] != b'=') {
            let mut changed = whole.clone();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            assert!(here.open(node, &changed).is_none(), "changed at {position}");
        }
        for length in 0..whole.len() - 4 {
            assert!(here.open(node, &whole[..length]).is_none(), "cut at {length}");
        }
        assert_eq!(format!("{here:?}"), "KeyPair([redacted])");
    }
}
