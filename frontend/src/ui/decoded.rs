//! One certificate, decoded: what a person needs first, the rest unfolded, then the PEM.

use certway_wire::Certificate;
use leptos::prelude::*;

use super::{Badge, CopyButton, DownloadButton, Fingerprint, TimeText, Untrusted, ValidityBar, validity_state};

/// The decoded view. With `pem` it ends in the text, to copy and to download.
#[component]
pub(crate) fn DecodedCertificate(certificate: Certificate, #[prop(optional, into)] pem: Option<String>) -> AnyView {
    let file_name = format!("{}.pem", file_stem(&certificate));
    let (state, word) = validity_state(&certificate.not_before, &certificate.not_after);
    let names = certificate
        .alternative_names
        .iter()
        .map(|name| view! { <li><span class="kind">{kind_label(&name.kind)}</span> <Untrusted text=name.value.clone()/></li> })
        .collect_view();
    let no_names = certificate.alternative_names.is_empty().then_some("None");
    view! {
        <div class="decoded">
            <dl class="facts">
                {fact("Subject", untrusted(&certificate.subject))}
                <div><dt>"Subject alternative names"</dt><dd>{no_names}<ul class="names">{names}</ul></dd></div>
                {fact("Issuer", untrusted(&certificate.issuer))}
                <div>
                    <dt>"Validity"</dt>
                    <dd>
                        <Badge state=state word=word/>
                        <ValidityBar not_before=certificate.not_before.clone() not_after=certificate.not_after.clone()/>
                        <p>"From " <TimeText at=certificate.not_before.clone()/></p>
                        <p>"Until " <TimeText at=certificate.not_after.clone()/></p>
                    </dd>
                </div>
                {fact("Key", key_text(&certificate).into_any())}
                {fact("Key usage", usages(certificate.key_usage.as_deref()))}
                {fact("Extended key usage", usages(certificate.extended_key_usage.as_deref()))}
                {fact("Fingerprint (SHA-256)", view! {
                    <Fingerprint label="SHA-256 fingerprint" hex=certificate.fingerprint_sha256.clone()/>
                }.into_any())}
            </dl>
            <details>
                <summary>"Everything else"</summary>
                <Rest certificate=certificate/>
            </details>
            {pem.map(|pem| view! { <PemText pem=pem file_name=file_name/> })}
        </div>
    }
    .into_any()
}

/// PEM text, to copy and to download.
#[component]
fn PemText(pem: String, file_name: String) -> AnyView {
    view! {
        <details open=true>
            <summary>"PEM file"</summary>
            <p class="actions">
                <CopyButton what="the PEM text" text=pem.clone()/>
                <DownloadButton file_name=file_name text=pem.clone()>"Download"</DownloadButton>
            </p>
            <pre class="pem" tabindex="0" aria-label="PEM text">{pem}</pre>
        </details>
    }
    .into_any()
}

#[component]
fn Rest(certificate: Certificate) -> AnyView {
    let ca = match (certificate.is_ca, certificate.path_length) {
        (false, _) => "No".to_owned(),
        (true, None) => "Yes".to_owned(),
        (true, Some(length)) => format!("Yes, at most {length} CAs below it"),
    };
    let extensions = certificate
        .extensions
        .iter()
        .map(|extension| {
            view! {
                <tr>
                    <th scope="row"><Untrusted text=extension.name.clone()/></th>
                    <td>{if extension.critical { "critical" } else { "" }}</td>
                    <td class="value"><Untrusted text=extension.value.clone()/></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <dl class="facts">
            {fact("Serial number", hex(&certificate.serial))}
            {fact("Signature algorithm", untrusted(&certificate.signature_algorithm))}
            {fact("CA", ca.into_any())}
            {certificate.subject_key_id.as_deref().map(|id| fact("Subject key identifier", hex(id)))}
            {certificate.authority_key_id.as_deref().map(|id| fact("Authority key identifier", hex(id)))}
            {fact("Fingerprint (SHA-1)", hex(&certificate.fingerprint_sha1))}
            {fact("Public key fingerprint (SHA-256)", hex(&certificate.public_key.fingerprint_sha256))}
            {addresses("OCSP", &certificate.ocsp_urls)}
            {addresses("Issuer's certificate", &certificate.ca_issuer_urls)}
            {addresses("CRL", &certificate.crl_urls)}
        </dl>
        <table class="extensions">
            <caption>"Extensions"</caption>
            <thead><tr><th scope="col">"Name"</th><th scope="col">"Critical"</th><th scope="col">"Value"</th></tr></thead>
            <tbody>{extensions}</tbody>
        </table>
    }
    .into_any()
}

fn fact(label: &'static str, value: AnyView) -> AnyView {
    view! { <div><dt>{label}</dt><dd>{value}</dd></div> }.into_any()
}

fn untrusted(text: &str) -> AnyView {
    let shown = if text.is_empty() { "Empty" } else { text };
    view! { <Untrusted text=shown.to_owned()/> }.into_any()
}

fn hex(text: &str) -> AnyView {
    view! { <code class="hex">{text.to_owned()}</code> }.into_any()
}

fn addresses(label: &'static str, urls: &[String]) -> Option<AnyView> {
    // They are shown and never links: whoever made the certificate chose them.
    let list = urls.iter().map(|url| view! { <p><Untrusted text=url.clone()/></p> }).collect_view();
    (!urls.is_empty()).then(|| fact(label, list.into_any()))
}

fn usages(names: Option<&[String]>) -> AnyView {
    match names {
        None => "Not restricted".into_any(),
        Some([]) => "None".into_any(),
        Some(names) => untrusted(&names.join(", ")),
    }
}

fn key_text(certificate: &Certificate) -> String {
    let key = &certificate.public_key;
    if key.bits == 0 { key.algorithm.clone() } else { format!("{}, {} bits", key.algorithm, key.bits) }
}

fn kind_label(kind: &str) -> String {
    match kind {
        "dNSName" => "DNS".to_owned(),
        "iPAddress" => "IP".to_owned(),
        "rfc822Name" => "E-mail".to_owned(),
        "uniformResourceIdentifier" => "URI".to_owned(),
        other => other.to_owned(),
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
