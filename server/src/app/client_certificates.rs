//! Client certificates of those who connect: judged against the trusted CA list and the revocation lists, and read for
//! whom they name. Nothing of them is kept.

use certway_core::{Purpose, Revocation, VerifyRequest, decode_certificates, verify};
use certway_wire::sign_in::{ClientCertificateTest, RevocationCheck, UserName};
use certway_wire::{Certificate, VERSION, Verification};

use super::App;
use super::error::Error;
use super::user_name::{UserNameRule, text_of};
use crate::clock;

/// By what a certificate is tested.
pub(crate) struct TestRules {
    /// Empty: nobody asks for a user name.
    pub(crate) expression: String,
    pub(crate) template: String,
    pub(crate) revocation: RevocationCheck,
}

impl App {
    /// Whether the first certificate of `file` would be taken, with every reason against it, and whom it names.
    pub(crate) fn test_client_certificate(
        &self,
        file: &[u8],
        rules: &TestRules,
    ) -> Result<ClientCertificateTest, Error> {
        let certificate = decode_certificates(file).first().map(|(_, decoded)| Certificate::from(decoded));
        let text = certificate.as_ref().map(text_of).unwrap_or_default();
        let user_name = match &rules.expression {
            expression if expression.is_empty() => None,
            expression => Some(self.user_name(UserNameRule::new(expression, &rules.template), &text)?),
        };
        let verification = self.verify_client(file, rules.revocation);
        Ok(ClientCertificateTest { version: VERSION, certificate, verification, text, user_name })
    }

    /// Clients are held to the roots of the trusted CA list; its intermediates only help. With an empty list nobody passes.
    pub(super) fn verify_client(&self, file: &[u8], revocation: RevocationCheck) -> Verification {
        let (trust, crls) = (self.trust.load(), self.crls.load());
        let lists = if revocation == RevocationCheck::Off { Vec::new() } else { crls.files() };
        let revocation =
            if revocation == RevocationCheck::Required { Revocation::Required } else { Revocation::IfListed };
        Verification::from(&verify(&VerifyRequest {
            untrusted: &trust.files(),
            crls: &lists,
            revocation: Some(revocation),
            purpose: Purpose::Client,
            ..VerifyRequest::of(file, &trust.roots(), clock::now())
        }))
    }

    pub(super) fn user_name(&self, rule: Result<UserNameRule, String>, text: &str) -> Result<UserName, Error> {
        let (groups, name) = match rule {
            Ok(rule) if !text.is_empty() => rule.apply(text),
            Ok(_) => (Vec::new(), Err("There is no certificate to read a name from.".to_owned())),
            Err(reason) => (Vec::new(), Err(reason)),
        };
        let (name, reason) = match name {
            Ok(name) => (Some(name), None),
            Err(reason) => (None, Some(reason)),
        };
        let exists = match &name {
            Some(name) => self.store().user(name)?.is_some(),
            None => false,
        };
        Ok(UserName { name, reason, exists, groups })
    }
}
