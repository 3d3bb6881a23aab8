//! TLS profiles: which versions, cipher suites and groups a handshake may have.

use certway_wire::tls::{TlsProfile, TlsProfileDetails};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs;
use rustls::{CipherSuite, SupportedProtocolVersion, version};

static FROM_TLS12: &[&SupportedProtocolVersion] = &[&version::TLS13, &version::TLS12];
static FROM_TLS13: &[&SupportedProtocolVersion] = &[&version::TLS13];

/// The versions, the highest first.
pub(super) fn versions(profile: TlsProfile) -> &'static [&'static SupportedProtocolVersion] {
    match profile {
        TlsProfile::Intermediate => FROM_TLS12,
        TlsProfile::Modern | TlsProfile::High => FROM_TLS13,
    }
}

/// The cipher suites and groups, as far as the versions have them. Forward secrecy and authenticated encryption only, which is all that
/// rustls has.
pub(super) fn provider(profile: TlsProfile) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    // AES-128 first, as browsers have it: SHA-256, which comes with it, is what processors have instructions for.
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let versions = versions(profile);
    provider.cipher_suites.retain(|suite| versions.contains(&suite.version()));
    if profile == TlsProfile::High {
        // All groups stay: where a client must send a second ClientHello, rustls (0.23.46) refuses it if it withdraws the ticket of a
        // session with SHA-256, as RFC 8446 (4.1.4) asks. So everybody who comes back from another profile would be refused.
        provider.cipher_suites.retain(|suite| suite.suite() == CipherSuite::TLS13_AES_256_GCM_SHA384);
    }
    provider
}

/// What a profile takes, in words.
pub(crate) fn details(profile: TlsProfile) -> TlsProfileDetails {
    let (purpose, source) = match profile {
        TlsProfile::Intermediate => (
            "For nodes that everybody reaches, programs of some years ago included.",
            "RFC 9325; Mozilla Server Side TLS, Intermediate",
        ),
        TlsProfile::Modern => {
            ("For nodes that only today's browsers and programs reach.", "RFC 8446; Mozilla Server Side TLS, Modern")
        }
        TlsProfile::High => ("For networks whose rules ask AES-256.", "RFC 9151 (CNSA), its cipher suite of TLS 1.3"),
    };
    let provider = provider(profile);
    let lowest = if versions(profile).contains(&&version::TLS12) { "TLS 1.2" } else { "TLS 1.3" };
    let name = |suite: CipherSuite| format!("{suite:?}").replacen("TLS13_", "TLS_", 1);
    TlsProfileDetails {
        profile,
        purpose: purpose.to_owned(),
        minimum_version: lowest.to_owned(),
        cipher_suites: provider.cipher_suites.iter().map(|suite| name(suite.suite())).collect(),
        groups: provider.kx_groups.iter().map(|group| format!("{:?}", group.name())).collect(),
        source: source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_profile_takes_less_than_the_one_before() {
        let all = TlsProfile::ALL.map(details);
        for pair in all.windows(2) {
            let [more, less] = pair else { panic!("two") };
            assert!(less.cipher_suites.iter().all(|suite| more.cipher_suites.contains(suite)), "{less:?}");
            assert!(less.cipher_suites.len() < more.cipher_suites.len());
        }
        let [_, _, high] = all;
        assert_eq!(high.cipher_suites, ["TLS_AES_256_GCM_SHA384"]);
    }
}
