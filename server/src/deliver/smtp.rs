//! E-mail, over SMTP (RFC 5321) by lettre.

use std::time::{Duration, SystemTime};

use certway_wire::delivery::{Smtp, SmtpTls};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Message, in_one_line, usable};

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How much of an alarm's text the subject has, in characters.
const SUBJECT: usize = 100;

/// An address, as it is written in a message: `Name <user@example.com>`, or without the name.
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

pub(super) async fn send(
    smtp: &Smtp,
    password: Option<&str>,
    roots: &[Vec<u8>],
    message: &Message,
) -> Result<String, String> {
    let mail = mail(smtp, message)?;
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
    let transport = transport.build();
    let refusal = match transport.send(mail.clone()).await {
        Ok(answer) => return Ok(taken(&smtp.host, &answer)),
        Err(error) => error,
    };
    // One recipient that is refused for good is not to keep it from the others.
    if !refusal.is_permanent() || smtp.to.len() == 1 {
        return Err(in_one_line(&refusal.to_string()));
    }
    let (mut took, mut refused) = (None, Vec::new());
    for to in mail.envelope().to() {
        let envelope = Envelope::new(mail.envelope().from().cloned(), vec![to.clone()]);
        let envelope = envelope.map_err(|error| error.to_string())?;
        match transport.send_raw(&envelope, &mail.formatted()).await {
            Ok(answer) => took = Some(taken(&smtp.host, &answer)),
            Err(error) => refused.push(in_one_line(&format!("{to}: {error}"))),
        }
    }
    let refused = refused.join("; ");
    match took {
        Some(took) => Ok(format!("{took}; but not for {refused}")),
        None => Err(refused),
    }
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
