//! One order, from its names to its certificate (RFC 8555 section 7.1.6), picked up wherever it stands.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use certway_core::Time;
use certway_wire::acme::AcmeChallenge;
use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeHandle, ChallengeStatus, ChallengeType, Identifier,
    NewOrder, Order, OrderStatus,
};
use tokio::time::{Instant, sleep};

use super::challenges::{Challenges, Open, open_tls};
use super::dns_hook::DnsHook;
use super::transport::Transport;
use super::words::{Failure, Kind, NONCES, again, is_bad_nonce, may_be_about_replacing};
use crate::tls::Served;

/// How long a provider may take over looking, and over issuing.
const PATIENCE: Duration = Duration::from_secs(180);
/// The first wait between two looks at an order, and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));

/// An account at work.
pub(crate) struct Issuing {
    pub(crate) transport: Transport,
    pub(crate) account: Account,
    pub(crate) challenge: AcmeChallenge,
    pub(crate) challenges: Arc<Challenges>,
    pub(crate) served: Arc<Served>,
    pub(crate) hook: Option<DnsHook>,
}

/// An order that the provider knows.
pub(crate) struct Begun(Order);

impl Begun {
    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }
}

/// What is to be taken away when an order has been looked at.
#[derive(Default)]
struct Shown {
    open: Vec<Open>,
    records: Vec<(String, String)>,
}

impl Issuing {
    fn failed(&self, error: &instant_acme::Error) -> Failure {
        Failure::of(error, &self.transport)
    }

    /// A new order. `replaces` identifies the certificate that it is to replace (RFC 9773 section 5): a provider that does not
    /// take it, since another order replaces that already or it never issued it, is asked without.
    pub(crate) async fn begin(
        &self,
        names: &[String],
        profile: Option<&str>,
        replaces: Option<&str>,
    ) -> Result<Begun, Failure> {
        let names: Vec<Identifier> = names.iter().cloned().map(Identifier::Dns).collect();
        let mut begun = again!(self.account.new_order(&new_order(&names, profile, replaces)));
        if let Err(error) = &begun
            && replaces.is_some()
            && may_be_about_replacing(error)
        {
            tracing::info!(%error, "the provider does not take which certificate the order replaces; asked without");
            begun = again!(self.account.new_order(&new_order(&names, profile, None)));
        }
        begun.map(Begun).map_err(|error| Failure::of_account(&error, &self.transport))
    }

    /// An order that was begun before.
    pub(crate) async fn resume(&self, url: &str) -> Result<Begun, Failure> {
        let order = again!(self.account.order(url.to_owned())).map_err(|error| self.failed(&error));
        order.map(Begun).map_err(|failure| match failure.kind {
            // What the provider does not show any more is over: the next try begins anew.
            Kind::Final => Failure {
                kind: Kind::Final,
                message: format!("The order that was begun is gone. {}", failure.message),
                ..failure
            },
            _ => failure,
        })
    }

    /// Brings an order to its end with a request (PKCS#10 DER); gives the chain, PEM.
    pub(crate) async fn finish(
        &self,
        Begun(mut order): Begun,
        request: &[u8],
        say: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<String, Failure> {
        let mut until = Instant::now() + PATIENCE;
        let mut wait = WAITS.0;
        let mut asked = false;
        let mut shown = Shown::default();
        let ended = loop {
            let status = order.state().status;
            match status {
                OrderStatus::Pending if !asked => {
                    say("Showing the provider that the names are this node's");
                    if let Err(failure) = self.show(&mut order, &mut shown).await {
                        break Err(failure);
                    }
                    asked = true;
                    // The provider's time, and not that of the command that puts records into the DNS.
                    until = Instant::now() + PATIENCE;
                }
                OrderStatus::Ready => {
                    say("Asking for the certificate");
                    if let Err(error) = again!(order.finalize_csr(request)) {
                        break Err(self.failed(&error));
                    }
                    // As long as the order is said to be ready, it is waited as for everything else.
                    if order.state().status != OrderStatus::Ready {
                        continue;
                    }
                }
                OrderStatus::Valid => {
                    say("Fetching the certificate");
                    break again!(order.certificate()).map_err(|error| self.failed(&error));
                }
                OrderStatus::Invalid => break Err(self.why_invalid(order.url()).await),
                OrderStatus::Pending | OrderStatus::Processing => {}
            }
            if Instant::now() > until {
                break Err(Failure::new(
                    Kind::Passing,
                    "The provider has not come to an end with the order in three minutes.",
                    "The node asks again by itself; the order stays as it is.",
                ));
            }
            sleep(wait).await;
            wait = (wait * 2).min(WAITS.1);
            if let Err(error) = again!(order.refresh()) {
                break Err(self.failed(&error));
            }
        };
        for (name, value) in &shown.records {
            if let Some(hook) = &self.hook {
                hook.remove(name, value).await;
            }
        }
        ended?.ok_or_else(|| Failure::of_ours("The provider's certificate is not there yet."))
    }

    /// Opens what the provider is to look at, and tells it to look.
    async fn show(&self, order: &mut Order, shown: &mut Shown) -> Result<(), Failure> {
        let mut refused = 0;
        let mut done: Vec<String> = Vec::new();
        'anew: loop {
            let mut authorisations = order.authorizations();
            while let Some(found) = authorisations.next().await {
                let mut authorisation = match found {
                    Ok(authorisation) => authorisation,
                    // Those that were fetched before are not fetched again.
                    Err(error) if refused < NONCES && is_bad_nonce(&error) => {
                        refused += 1;
                        continue 'anew;
                    }
                    Err(error) => return Err(self.failed(&error)),
                };
                let name = authorisation.identifier().to_string();
                if authorisation.status == AuthorizationStatus::Pending && !done.contains(&name) {
                    let wanted = match self.challenge {
                        AcmeChallenge::Http01 => ChallengeType::Http01,
                        AcmeChallenge::TlsAlpn01 => ChallengeType::TlsAlpn01,
                        AcmeChallenge::Dns01 => ChallengeType::Dns01,
                    };
                    let challenge = authorisation.challenge(wanted).ok_or_else(|| {
                        Failure::new(
                            Kind::Final,
                            "The provider does not offer this way of showing that a name is the node's.",
                            "Choose another one in the settings of the service.",
                        )
                    })?;
                    self.show_one(&name, challenge, shown).await?;
                    done.push(name);
                }
            }
            return Ok(());
        }
    }

    async fn show_one(&self, name: &str, mut challenge: ChallengeHandle<'_>, shown: &mut Shown) -> Result<(), Failure> {
        let authorised = challenge.key_authorization();
        match self.challenge {
            AcmeChallenge::Http01 => shown.open.push(self.challenges.open(&challenge.token, authorised.as_str())),
            AcmeChallenge::TlsAlpn01 => {
                shown.open.push(open_tls(&self.served, name, authorised.digest().as_ref())?);
            }
            AcmeChallenge::Dns01 => {
                let hook = self.hook.as_ref().ok_or_else(|| {
                    Failure::new(
                        Kind::Final,
                        "For dns-01 the node needs a command that puts records into the DNS, and its configuration names none.",
                        "Name it in the configuration file as acme_dns_hook and start the node anew, or choose another way.",
                    )
                })?;
                let record = (format!("_acme-challenge.{}", name.trim_start_matches("*.")), authorised.dns_value());
                shown.records.push(record.clone());
                hook.add(&record.0, &record.1).await?;
            }
        }
        if challenge.status == ChallengeStatus::Pending {
            again!(challenge.set_ready()).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// What the provider saw when it looked.
    async fn why_invalid(&self, url: &str) -> Failure {
        let mut order = match again!(self.account.order(url.to_owned())) {
            Ok(order) => order,
            Err(error) => return self.failed(&error),
        };
        let of_order = order.state().error.as_ref().map(Failure::from);
        let mut authorisations = order.authorizations();
        while let Some(Ok(authorisation)) = authorisations.next().await {
            let name = authorisation.identifier().to_string();
            for challenge in &authorisation.challenges {
                if let Some(problem) = &challenge.error {
                    let failure = Failure::from(problem);
                    return Failure { kind: Kind::Final, message: format!("{name}: {}", failure.message), ..failure };
                }
            }
        }
        let unknown =
            || Failure::new(Kind::Final, "The order failed, and the provider does not say why.", "Sign again.");
        Failure { kind: Kind::Final, ..of_order.unwrap_or_else(unknown) }
    }
}

fn new_order<'a>(names: &'a [Identifier], profile: Option<&'a str>, replaces: Option<&'a str>) -> NewOrder<'a> {
    let mut order = NewOrder::new(names);
    if let Some(profile) = profile {
        order = order.profile(profile);
    }
    if let Some((authority, serial)) = replaces.and_then(|id| id.split_once('.')) {
        order =
            order.replaces(CertificateIdentifier { authority_key_identifier: authority.into(), serial: serial.into() });
    }
    order
}

/// When a provider suggests to renew a certificate (RFC 9773): the window's start and end, why, and when to ask again.
pub(crate) struct Window {
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) explanation: Option<String>,
    pub(crate) ask_again_after: Duration,
}

/// What identifies a certificate there: its issuer's key identifier and its serial number, both in hexadecimal.
pub(crate) fn renewal_id(authority_key_id: &str, serial: &str) -> Option<String> {
    let bytes = |hex: &str| -> Option<Vec<u8>> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        pairs.collect()
    };
    let (authority, serial) = (bytes(authority_key_id)?, bytes(serial)?);
    Some(format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(authority), BASE64_URL_SAFE_NO_PAD.encode(serial)))
}

/// Asks for the window of a certificate.
pub(crate) async fn renewal_window(transport: &Transport, account: &Account, id: &str) -> Result<Window, Failure> {
    let Some((authority, serial)) = id.split_once('.') else {
        return Err(Failure::of_ours("the certificate cannot be identified to the provider"));
    };
    let id = CertificateIdentifier { authority_key_identifier: authority.into(), serial: serial.into() };
    let asked = again!(account.renewal_info(&id)).map_err(|error| Failure::of(&error, transport))?;
    let (info, ask_again_after) = asked;
    let window = info.suggested_window;
    Ok(Window {
        start: Time::from_unix(window.start.unix_timestamp()),
        end: Time::from_unix(window.end.unix_timestamp()),
        explanation: info.explanation_url,
        ask_again_after,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_certificate_is_identified_as_in_rfc_9773_section_4_1() {
        let id = super::renewal_id("69885b6b87464041e1b37b847bd0ae2cde01c8d4", "0087654321").unwrap();
        assert_eq!(id, "aYhba4dGQEHhs3uEe9CuLN4ByNQ.AIdlQyE");
    }
}
