//! One certificate, decoded: what a person needs first, the rest unfolded, then the PEM.

use certway_wire::Certificate;

use super::{badge, copy_button, download_button, fingerprint, time, untrusted, validity_bar, validity_state};
use crate::dom::{El, View, el, parts, text};

/// The decoded view. With `pem` it ends in the text, to copy and to download.
pub(crate) fn decoded_certificate(certificate: &Certificate, pem: Option<&str>) -> El {
    let prints = fingerprint("SHA-256 fingerprint", &certificate.fingerprint_sha256);
    el("div")
        .class("decoded")
        .child(
            el("dl")
                .class("facts")
                .child(fact("Subject", or_empty(&certificate.subject)))
                .child(fact("Subject alternative names", names(certificate)))
                .child(fact("Issuer", or_empty(&certificate.issuer)))
                .child(fact("Validity", validity(certificate)))
                .child(fact("Key", text(&key_text(certificate))))
                .child(fact("Key usage", usages(certificate.key_usage.as_deref())))
                .child(fact("Extended key usage", usages(certificate.extended_key_usage.as_deref())))
                .child(fact("Fingerprint (SHA-256)", prints)),
        )
        .child(el("details").child(el("summary").text("Everything else")).child(rest(certificate)))
        .children(pem.map(|pem| pem_text(pem, &format!("{}.pem", file_stem(certificate)))))
}

fn names(certificate: &Certificate) -> View {
    let names = &certificate.alternative_names;
    let items = names.iter().map(|name| {
        el("li").child(el("span").class("kind").text(kind_label(&name.kind))).text(" ").child(untrusted(&name.value))
    });
    let none = if names.is_empty() { "None" } else { "" };
    parts().text(none).child(el("ul").class("names").children(items))
}

fn validity(certificate: &Certificate) -> View {
    let (begin, end) = (&certificate.not_before, &certificate.not_after);
    let (state, word) = validity_state(begin, end);
    parts()
        .child(badge(state, word))
        .child(validity_bar(begin, end))
        .child(el("p").text("From ").child(time(begin)))
        .child(el("p").text("Until ").child(time(end)))
}

/// PEM text, to copy and to download.
fn pem_text(pem: &str, file_name: &str) -> El {
    el("details")
        .flag("open", true)
        .child(el("summary").text("PEM file"))
        .child(
            el("p")
                .class("actions")
                .child(copy_button("the PEM text", pem))
                .child(download_button(file_name, pem).text("Download")),
        )
        .child(el("pre").class("pem").attr("tabindex", "0").attr("aria-label", "PEM text").text(pem))
}

fn rest(certificate: &Certificate) -> View {
    let ca = match (certificate.is_ca, certificate.path_length) {
        (false, _) => "No".to_owned(),
        (true, None) => "Yes".to_owned(),
        (true, Some(length)) => format!("Yes, at most {length} CAs below it"),
    };
    let subject_id = certificate.subject_key_id.as_deref();
    let authority_id = certificate.authority_key_id.as_deref();
    parts()
        .child(
            el("dl")
                .class("facts")
                .child(fact("Serial number", hex(&certificate.serial)))
                .child(fact("Signature algorithm", or_empty(&certificate.signature_algorithm)))
                .child(fact("CA", text(&ca)))
                .children(subject_id.map(|id| fact("Subject key identifier", hex(id))))
                .children(authority_id.map(|id| fact("Authority key identifier", hex(id))))
                .child(fact("Fingerprint (SHA-1)", hex(&certificate.fingerprint_sha1)))
                .child(fact("Public key fingerprint (SHA-256)", hex(&certificate.public_key.fingerprint_sha256)))
                .children(addresses("OCSP", &certificate.ocsp_urls))
                .children(addresses("Issuer's certificate", &certificate.ca_issuer_urls))
                .children(addresses("CRL", &certificate.crl_urls)),
        )
        .child(extensions(certificate))
}

fn extensions(certificate: &Certificate) -> El {
    let head = ["Name", "Critical", "Value"].map(|label| el("th").attr("scope", "col").text(label));
    let rows = certificate.extensions.iter().map(|extension| {
        el("tr")
            .child(el("th").attr("scope", "row").child(untrusted(&extension.name)))
            .child(el("td").text(if extension.critical { "critical" } else { "" }))
            .child(el("td").class("value").child(untrusted(&extension.value)))
    });
    el("table")
        .class("extensions")
        .child(el("caption").text("Extensions"))
        .child(el("thead").child(el("tr").children(head)))
        .child(el("tbody").children(rows))
}

fn fact(label: &str, value: impl Into<View>) -> El {
    el("div").child(el("dt").text(label)).child(el("dd").child(value))
}

fn or_empty(text: &str) -> El {
    untrusted(if text.is_empty() { "Empty" } else { text })
}

fn hex(text: &str) -> El {
    el("code").class("hex").text(text)
}

fn addresses(label: &str, urls: &[String]) -> Option<El> {
    // They are shown and never links: whoever made the certificate chose them.
    let list = urls.iter().map(|url| el("p").child(untrusted(url)));
    (!urls.is_empty()).then(|| fact(label, parts().children(list)))
}

fn usages(names: Option<&[String]>) -> View {
    match names {
        None => text("Not restricted"),
        Some([]) => text("None"),
        Some(names) => or_empty(&names.join(", ")).into(),
    }
}

fn key_text(certificate: &Certificate) -> String {
    let key = &certificate.public_key;
    if key.bits == 0 { key.algorithm.clone() } else { format!("{}, {} bits", key.algorithm, key.bits) }
}

fn kind_label(kind: &str) -> &str {
    match kind {
        "dNSName" => "DNS",
        "iPAddress" => "IP",
        "rfc822Name" => "E-mail",
        "uniformResourceIdentifier" => "URI",
        other => other,
    }
}

/// A file name that no name in a certificate can make into something else.
fn file_stem(certificate: &Certificate) -> String {
    let name = certificate.common_name.as_deref().unwrap_or("certificate");
    let safe: String = name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || character == '.' { character } else { '-' })
        .take(64)
        .collect();
    safe.trim_matches(['.', '-']).to_owned()
}
