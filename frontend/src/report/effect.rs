//! What the button will do, in one line.

use crate::upload::Panel;

/// The line beneath the button.
pub(crate) fn will_do(panel: Panel) -> String {
    let Some(report) = panel.judgement().report.get() else { return String::new() };
    if let Some(change) = report.trusted_cas {
        return if change.added == 0 {
            "Changes nothing: the list has them all.".to_owned()
        } else {
            format!("Appends {} to the trusted CA list. What is there stays.", certificates(change.added))
        };
    }
    let key = match report.private_key.as_ref().map(|key| key.origin.as_str()) {
        Some("current") => "the current private key",
        Some("csr") => "the key of the signing request",
        _ => "the uploaded private key",
    };
    if report.loadable {
        format!(
            "Stores the certificate with {key} and gives it to new connections at once. Open connections keep the one they began with."
        )
    } else {
        format!(
            "Stores the certificate with {key}. What is served now is served on; the new one loads by itself when nothing stands against it any more."
        )
    }
}

fn certificates(count: u32) -> String {
    if count == 1 { "1 CA certificate".to_owned() } else { format!("{count} CA certificates") }
}
