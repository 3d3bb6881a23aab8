//! E-mail, over SMTP (RFC 5321) by lettre.

use std::time::{Duration, SystemTime};

use certway_wire::delivery::{Smtp, SmtpTls};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Message, Owed, Taken, in_one_line, usable};

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an alarm's text the subject has, in characters.
const SUBJECT: usize = 100;

/// An address, as it is written in a message: `Name <user@example.com>`, or without the name.
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

/// Sends a mail to all at once, and to each by itself where one is refused: that is not to keep it from the others. Who is refused for a
/// while is still to get it.
pub(super) async fn send(
    smtp: &Smtp,
    password: Option<&str>,
    roots: &[Vec<u8>],
    message: &Message,
) -> Result<Taken, String> {
    let mail = mail(smtp, message)?;
    let transport = transport(smtp, password, roots, message)?;
    let is_meant = |to: &&Address| {
        let to = to.to_string();
        message.owed.as_ref().is_none_or(|owed| owed.to.contains(&to)) && !message.behind.contains(&to)
    };
    let recipients: Vec<Address> = mail.envelope().to().iter().filter(is_meant).cloned().collect();
    let envelope =
        |to: &[Address]| Envelope::new(mail.envelope().from().cloned(), to.to_vec()).map_err(|error| error.to_string());
    let mut came = CameOf::before(message);
    if recipients.is_empty() {
        return came.told(None);
    }
    let mut took = None;
    match transport.send_raw(&envelope(&recipients)?, &mail.formatted()).await {
        Ok(answer) => took = Some(taken(&smtp.host, &answer)),
        // It was not about recipients: no answer, or one that there is also without them, such as that the password is wrong.
        Err(error) if !(error.is_permanent() || error.is_transient()) || transport.test_connection().await.is_err() => {
            return Err(in_one_line(&error.to_string()));
        }
        Err(error) if recipients.len() == 1 => came.refused(&recipients[0], &error),
        Err(_) => {
            for to in recipients.chunks(1) {
                match transport.send_raw(&envelope(to)?, &mail.formatted()).await {
                    Ok(answer) => took = Some(taken(&smtp.host, &answer)),
                    Err(error) => came.refused(&to[0], &error),
                }
            }
        }
    }
    came.told(took)
}

/// What has come of a mail, beside that it was taken for some.
struct CameOf {
    /// Whether somebody has had it before.
    had: bool,
    /// Who was refused for good, and why.
    refused: Vec<String>,
    /// Who is still to get it, and why who has not.
    later: Vec<(String, String)>,
}

impl CameOf {
    fn before(message: &Message) -> Self {
        let wait = |to: &String| (to.clone(), format!("{to}: an earlier message comes first"));
        Self {
            had: message.owed.is_some(),
            refused: message.owed.as_ref().map(|owed| owed.refused.clone()).unwrap_or_default(),
            later: message.behind.iter().map(wait).collect(),
        }
    }

    fn refused(&mut self, recipient: &Address, error: &Error) {
        let why = in_one_line(&format!("{recipient}: {error}"));
        if error.is_permanent() {
            self.refused.push(why);
        } else {
            self.later.push((recipient.to_string(), why));
        }
    }

    /// As the log tells it, with what the server said that took it.
    fn told(self, took: Option<String>) -> Result<Taken, String> {
        let Self { had, refused, later } = self;
        let (to, waiting): (Vec<String>, Vec<String>) = later.into_iter().unzip();
        if took.is_none() && !had {
            return Err([refused, waiting].concat().join("; "));
        }
        let mut said = took.unwrap_or_else(|| "The others have it".to_owned());
        if !refused.is_empty() {
            said = format!("{said}; but not for {}", refused.join("; "));
        }
        if !waiting.is_empty() {
            said = format!("{said}; not yet for {}", waiting.join("; "));
        }
        let owed = (!to.is_empty()).then_some(Owed { to, refused });
        Ok(Taken { said, owed })
    }
}

fn transport(
    smtp: &Smtp,
    password: Option<&str>,
    roots: &[Vec<u8>],
    message: &Message,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    let tls = match smtp.tls {
        SmtpTls::None => Tls::None,
        SmtpTls::Starttls => Tls::Required(parameters(&smtp.host, roots)?),
        SmtpTls::Implicit => Tls::Wrapper(parameters(&smtp.host, roots)?),
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(PATIENCE))
        .hello_name(ClientId::Domain(message.node.clone()));
    if let (Some(user), Some(password)) = (&smtp.user, password) {
        transport = transport.credentials(Credentials::new(user.clone(), password.to_owned()));
    }
    Ok(transport.build())
}

fn taken(host: &str, answer: &Response) -> String {
    let said = answer.message().next().unwrap_or_default();
    in_one_line(&format!("{host} took it: {} {said}", answer.code())).trim_end().to_owned()
}

fn parameters(host: &str, roots: &[Vec<u8>]) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
    for root in usable(roots) {
        let root = Certificate::from_der(root.to_vec()).map_err(|error| error.to_string())?;
        parameters = parameters.add_root_certificate(root);
    }
    parameters.build().map_err(|error| error.to_string())
}

fn mail(smtp: &Smtp, message: &Message) -> Result<Mail, String> {
    let address = |text: &str| mailbox(text).ok_or_else(|| format!("'{text}' is no address"));
    let alarm = &message.alarm;
    let about: String = alarm.message.chars().take(SUBJECT).collect();
    let subject = in_one_line(&format!("[{}] {}: {about}", message.node, message.headline()));
    let seconds = Duration::from_secs(message.at.unix().unsigned_abs());
    let mut mail = Mail::builder()
        .from(address(&smtp.from)?)
        .subject(subject)
        .date(SystemTime::UNIX_EPOCH + seconds)
        .message_id(Some(format!("<{}@{}>", message.id(), message.node)))
        .header(ContentType::TEXT_PLAIN)
        // RFC 3834: nobody's absence is answered to it.
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &smtp.to {
        mail = mail.to(address(to)?);
    }
    let number = alarm.number.map(|number| format!(" ({number})")).unwrap_or_default();
    let body = format!(
        "{}\n\n{}\n\n{}\n\nAlarm: {}{number}\nSeverity: {}\nSince: {}\nNode: {}\n",
        message.headline(),
        alarm.message,
        alarm.remedy,
        alarm.id,
        alarm.severity,
        alarm.raised_at,
        message.node
    );
    mail.body(body).map_err(|error| error.to_string())
}
