//! A message to a web server: JSON, signed as the Standard Webhooks specification (standardwebhooks.com) has it, so that receivers
//! verify it with libraries that are there.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use certway_wire::delivery::Webhook;
use http::Request;
use serde_json::json;
use zeroize::Zeroizing;

use super::Message;
use crate::clock;
use crate::fetch::Fetcher;

/// What a secret in base64 begins with.
const PREFIX: &str = "whsec_";

/// The bytes of a secret as administrators write it; none if it is too short or too long.
pub(crate) fn secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = match text.strip_prefix(PREFIX) {
        Some(coded) => BASE64_STANDARD.decode(coded).ok().filter(|bytes| bytes.len() <= 64)?,
        None => text.as_bytes().to_vec(),
    };
    (24..=200).contains(&bytes.len()).then(|| Zeroizing::new(bytes))
}

/// `v1,` and HMAC-SHA256 over identifier, time in seconds since 1970, and body, in base64.
fn signature(secret: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signed = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(signed))
}

pub(super) async fn send(
    webhook: &Webhook,
    secret: &[u8],
    roots: &[Vec<u8>],
    message: &Message,
) -> Result<String, String> {
    let roots: Vec<&[u8]> = roots.iter().map(Vec::as_slice).collect();
    let fetcher = Fetcher::staying(&roots).map_err(|why| why.to_string())?;
    let body = json!({
        "version": certway_wire::VERSION,
        "type": format!("alarm.{}", message.what),
        "node": message.node,
        "number": message.number,
        "timestamp": message.at.to_string(),
        "data": message.alarm,
    });
    let (body, id, timestamp) = (body.to_string(), message.id(), clock::now().unix());
    let request = Request::post(&webhook.url)
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature(secret, &id, timestamp, &body))
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    let answer = fetcher.exchange(request).await.map_err(|why| why.to_string())?;
    let status = answer.status();
    if status.is_success() {
        Ok(format!("The server took it: {status}."))
    } else if status.is_redirection() {
        Err(format!("the server answered {status}: give the URL that it sends on to"))
    } else {
        Err(format!("the server answered {status}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // The example of the specification's own libraries.
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_long_enough_or_none() {
        assert!(secret("twenty-three characters").is_none() && secret("whsec_c2hvcnQ=").is_none());
        assert!(secret("whsec_not base64 at all, but long").is_none() && secret(&"x".repeat(201)).is_none());
        assert_eq!(secret("twenty-four characters..").unwrap().as_slice(), b"twenty-four characters..");
    }
}
