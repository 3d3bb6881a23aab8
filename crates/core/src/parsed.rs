//! Blocks to certificates, private keys, requests and revocation lists: views over the DER, which they never change.
//!
//! Fingerprints and signatures are over the original bytes; re-encoding gives other ones for some certificates in use.

pub(crate) mod certificate;
pub(crate) mod extensions;
pub(crate) mod general_name;
pub(crate) mod name;
pub(crate) mod public_key;
pub(crate) mod private_key;
pub(crate) mod request;
pub(crate) mod policies;
pub(crate) mod distribution_point;
pub(crate) mod crl;
