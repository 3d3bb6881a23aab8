//! How alarms are to go out, checked; and the secrets of the channels, which are never shown.

use certway_wire::delivery::{AlarmSeverity, Channel, Delivery, NewDelivery, Smtp, SmtpTls, Syslog, Webhook};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::alarms::AlarmRefusal;
use super::super::error::Error;
use crate::deliver::{Target, smtp, webhook};
use crate::fetch;
use crate::store::{self, Change, Setting, Store};

/// The most addresses.
const MOST: usize = 20;
/// The longest of anything that is typed, in characters.
const LONGEST: usize = 320;
/// What a query's field that holds a secret is called.
const SECRETS: [&str; 10] =
    ["token", "key", "apikey", "api_key", "access_token", "secret", "password", "sig", "signature", "auth"];

/// What is set, as the store keeps it: all but the secrets.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Set {
    smtp: Option<Smtp>,
    webhook: Option<Webhook>,
    syslog: Option<Syslog>,
}

impl Setting for Set {
    const NAME: &'static str = "alarm-delivery";
}

/// What becomes of the secrets.
pub(super) struct Secrets {
    /// The password, and where it is for.
    smtp: Option<(String, Option<Zeroizing<String>>)>,
    /// What webhook messages are signed with.
    webhook: Option<Option<Zeroizing<Vec<u8>>>>,
}

/// Settings in one spelling, if they are as they must be.
pub(super) fn checked(new: NewDelivery) -> Result<(Set, Secrets), Error> {
    let password = new.smtp_password.map(Zeroizing::new).filter(|password| !password.is_empty());
    let secret = new.webhook_secret.map(Zeroizing::new).filter(|secret| !secret.is_empty());
    let smtp = new.smtp.map(mail_server).transpose()?;
    if password.is_some() && smtp.as_ref().is_none_or(|smtp| smtp.user.is_none()) {
        return refused("smtp: a password is for a user; name one, or leave the password out");
    }
    let webhook = new.webhook.map(web_server).transpose()?;
    let secret = match secret {
        None => None,
        Some(text) => match webhook::secret(&text) {
            Some(secret) => Some(secret),
            None => {
                return refused(
                    "webhook: the secret is to be whsec_ and 24 to 64 bytes in base64, or 24 to 200 characters",
                );
            }
        },
    };
    let syslog = new.syslog.map(syslog_server).transpose()?;
    let secrets = Secrets {
        smtp: smtp.as_ref().and_then(|smtp| Some((destination(smtp)?, password))),
        webhook: webhook.as_ref().map(|_| secret),
    };
    Ok((Set { smtp, webhook, syslog }, secrets))
}

fn refused<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(AlarmRefusal::Delivery(why.into()).into())
}

fn mail_server(smtp: Smtp) -> Result<Smtp, Error> {
    let host = host("smtp", &smtp.host, smtp.port)?;
    if smtp.tls == SmtpTls::None && !is_this_machine(&host) {
        return refused(
            "smtp: without TLS a message goes only to this machine (localhost); anybody on the way could read it",
        );
    }
    let address = |text: &String| match smtp::mailbox(text.trim()) {
        Some(_) if text.len() <= LONGEST => Ok(text.trim().to_owned()),
        _ => refused(format!("smtp: '{}' is no address such as certway@example.com", shown(text))),
    };
    if smtp.to.is_empty() || smtp.to.len() > MOST {
        return refused("smtp: name 1 to 20 addresses that get the messages");
    }
    let user = smtp.user.as_deref().map(str::trim).filter(|user| !user.is_empty()).map(ToOwned::to_owned);
    if user.as_ref().is_some_and(|user| user.len() > LONGEST || user.chars().any(char::is_control)) {
        return refused("smtp: the user's name is too long, or has control characters");
    }
    let to = smtp.to.iter().map(address).collect::<Result<_, _>>()?;
    Ok(Smtp { host, from: address(&smtp.from)?, to, user, ..smtp })
}

fn web_server(webhook: Webhook) -> Result<Webhook, Error> {
    let mut url = match fetch::url(webhook.url.trim()) {
        Ok(url) => url,
        Err(why) => return refused(format!("webhook: the URL: {why}")),
    };
    if url.scheme() != "https" && !is_this_machine(&fetch::host(&url)) {
        return refused("webhook: the URL: https:// is wanted; http:// leads only to this machine (localhost)");
    }
    if let Some((name, _)) = url.query_pairs().find(|(name, _)| SECRETS.contains(&name.to_ascii_lowercase().as_str())) {
        return refused(format!(
            "webhook: the URL: '{}' looks like a secret, and URLs are written into logs on the way. The signature tells who has sent a message; leave it out",
            shown(&name)
        ));
    }
    url.set_fragment(None);
    Ok(Webhook { url: url.into(), ..webhook })
}

fn syslog_server(syslog: Syslog) -> Result<Syslog, Error> {
    Ok(Syslog { host: host("syslog", &syslog.host, syslog.port)?, ..syslog })
}

fn host(of: &str, text: &str, port: u16) -> Result<String, Error> {
    let host = text.trim().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte));
    if host.is_empty() || host.len() > 253 || !plain {
        return refused(format!("{of}: '{}' is neither a host name nor an address", shown(text)));
    }
    if port == 0 { refused(format!("{of}: the port is to be from 1 to 65535")) } else { Ok(host) }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_default).collect()
}

/// Whom a password is for: it is not sent to another server, or as another user, without being given anew.
fn destination(smtp: &Smtp) -> Option<String> {
    smtp.user.as_ref().map(|user| format!("{}:{} {user}", smtp.host, smtp.port))
}

impl Secrets {
    /// Keeps the new ones, and the former ones where they are for the same.
    pub(super) fn keep(&self, change: &Change<'_>) -> Result<(), Error> {
        match &self.smtp {
            Some((destination, Some(password))) => {
                change.keep_delivery_secret("smtp", destination, password.as_bytes())?;
            }
            Some((destination, None)) => {
                change.forget_delivery_secret("smtp", Some(destination))?;
                if !change.has_delivery_secret("smtp")? {
                    return refused(
                        "smtp: give the password of the user. The former one is kept only for the same server, port and user",
                    );
                }
            }
            None => change.forget_delivery_secret("smtp", None)?,
        }
        match &self.webhook {
            Some(Some(secret)) => change.keep_delivery_secret("webhook", "", secret)?,
            Some(None) if !change.has_delivery_secret("webhook")? => {
                return refused("webhook: give a secret of 24 characters or more, which its messages are signed with");
            }
            Some(None) => {}
            None => change.forget_delivery_secret("webhook", None)?,
        }
        Ok(())
    }
}

impl Set {
    /// The channels that are on, each with the mildest alarms that it is told.
    pub(super) fn channels(&self) -> impl Iterator<Item = (Channel, AlarmSeverity)> {
        let smtp = self.smtp.as_ref().map(|smtp| (Channel::Smtp, smtp.least));
        let webhook = self.webhook.as_ref().map(|webhook| (Channel::Webhook, webhook.least));
        let syslog = self.syslog.as_ref().map(|syslog| (Channel::Syslog, syslog.least));
        [smtp, webhook, syslog].into_iter().flatten()
    }

    /// As it is shown.
    pub(super) fn shown(self, store: &Store) -> Delivery {
        let password = self.smtp.as_ref().and_then(|smtp| password(store, smtp).ok().flatten());
        let secret = self.webhook.as_ref().and_then(|_| store.delivery_secret("webhook", "").ok().flatten());
        Delivery {
            has_smtp_password: password.is_some(),
            has_webhook_secret: secret.is_some(),
            smtp: self.smtp,
            webhook: self.webhook,
            syslog: self.syslog,
        }
    }

    /// The channels that are on, ready to send.
    pub(super) fn targets(self, store: &Store) -> Result<Vec<Target>, store::Error> {
        let mut targets = Vec::new();
        if let Some(smtp) = self.smtp {
            let password = password(store, &smtp)?;
            // One that cannot be unsealed signs in nowhere, so that nothing is sent without.
            if smtp.user.is_none() || password.is_some() {
                targets.push(Target::Smtp(smtp, password));
            }
        }
        if let Some(webhook) = self.webhook {
            // One that cannot be unsealed signs nothing, so that nothing is sent unsigned.
            if let Some(secret) = store.delivery_secret("webhook", "")? {
                targets.push(Target::Webhook(webhook, secret));
            }
        }
        targets.extend(self.syslog.map(Target::Syslog));
        Ok(targets)
    }

    /// For the event log.
    pub(super) fn described(&self) -> String {
        let smtp = self.smtp.as_ref().map(|smtp| format!("smtp {}:{} to {}", smtp.host, smtp.port, smtp.to.join(", ")));
        let webhook = self.webhook.as_ref().map(|webhook| format!("webhook {}", webhook.url));
        let syslog = self.syslog.as_ref().map(|syslog| format!("syslog {}:{}", syslog.host, syslog.port));
        let channels: Vec<String> = [smtp, webhook, syslog].into_iter().flatten().collect();
        if channels.is_empty() { "nothing is delivered".to_owned() } else { channels.join("; ") }
    }
}

fn password(store: &Store, smtp: &Smtp) -> Result<Option<Zeroizing<String>>, store::Error> {
    let Some(destination) = destination(smtp) else { return Ok(None) };
    let bytes = store.delivery_secret("smtp", &destination)?;
    Ok(bytes.and_then(|bytes| std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(json: &str) -> Result<Set, String> {
        checked(serde_json::from_str(json).unwrap()).map(|(set, _)| set).map_err(|error| error.to_string())
    }

    fn smtp(change: &str) -> Result<Set, String> {
        let usual = r#""host":"Mail.example.com","port":587,"from":"a@example.com","to":["b@example.com"]"#;
        taken(
            &format!(r#"{{"smtp":{{{usual}}}}}"#)
                .replace(change.split('>').next().unwrap(), change.split('>').nth(1).unwrap()),
        )
    }

    #[test]
    fn mail_servers_are_named_and_secured() {
        assert_eq!(smtp("x>x").unwrap().smtp.unwrap().host, "mail.example.com");
        for (change, why) in [
            ("Mail.example.com>mail example", "neither a host name"),
            ("587>0", "the port"),
            ("a@example.com>nobody", "'nobody' is no address"),
            (r#"["b@example.com"]>[]"#, "1 to 20 addresses"),
            (r#""port":587>"port":25,"tls":"none""#, "localhost"),
        ] {
            let said = smtp(change).err().unwrap();
            assert!(said.contains(why), "{said}");
        }
        smtp(r#""Mail.example.com","port":587>"127.0.0.1","port":25,"tls":"none""#).unwrap();
    }

    #[test]
    fn no_url_of_a_webhook_has_a_secret_in_it() {
        let url = |url: &str| taken(&format!(r#"{{"webhook":{{"url":"{url}"}}}}"#));
        for good in ["https://hooks.example.com/a?team=b#c", "http://127.0.0.1:8000/", "http://localhost/"] {
            assert!(!url(good).unwrap().webhook.unwrap().url.contains('#'));
        }
        for (bad, why) in [
            ("https://user:secret@hooks.example.com/", "user name or password"),
            ("https://hooks.example.com/?Token=abc", "'Token' looks like a secret"),
            ("http://hooks.example.com/", "https:// is wanted"),
            ("https://169.254.169.254/", "never connected to"),
            ("ftp://hooks.example.com/", "only http"),
        ] {
            let said = url(bad).err().unwrap();
            assert!(said.contains(why), "{said}");
        }
    }
}
