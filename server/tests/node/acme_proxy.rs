//! What stands between a node and its pebble and sees every request: it can hold one up while the node is killed, and answer
//! otherwise than the pebble does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::blocking::Client;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::acme_servers::{Pebble, trusting};
use crate::support::Authority;

/// A request as the node made it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// What the JWS carries; null for a `POST` that only reads.
    pub(crate) payload: Value,
    body: Vec<u8>,
}

/// An answer as the node gets it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// Names and values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A refusal of ACME (RFC 8555 section 6.7).
pub(crate) fn problem(status: u16, kind: &str) -> Answered {
    let body = json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": "as the test has it" });
    let headers = vec![("content-type".to_owned(), "application/problem+json".to_owned())];
    Answered { status, headers, body: body.to_string().into_bytes() }
}

/// What to do with a request: nothing with `Ok`; with `Err` it is never answered.
pub(crate) type Verdict = Result<(), ()>;

/// What is done with each request.
pub(crate) trait Between: Send + Sync {
    /// Before the pebble gets it; an answer given here is the node's, and the pebble gets nothing.
    fn before(&self, _: &Asked) -> Result<Option<Answered>, ()> {
        Ok(None)
    }

    /// Before the node gets the pebble's answer.
    fn after(&self, _: &Asked, _: &mut Answered) -> Verdict {
        Ok(())
    }
}

/// The pebble, as the node sees it.
pub(crate) struct Proxy {
    /// The URL of the directory.
    pub(crate) directory: String,
    /// The CA of its TLS certificate, PEM.
    pub(crate) ca_pem: String,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Proxy {
    pub(crate) fn start(pebble: &Pebble, between: Arc<dyn Between>) -> Self {
        let authority = Authority::new("Between");
        let pair = authority.issue("localhost");
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap(),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("localhost:{}", listener.local_addr().unwrap().port());
        let behind = pebble.directory.trim_end_matches("/dir").to_owned();
        let seen = Arc::<Mutex<Vec<Asked>>>::default();
        let way = Arc::new(Way { client: trusting(&pebble.ca_file), behind, host, seen: Arc::clone(&seen), between });
        let directory = format!("https://{}/dir", way.host);
        let config = Arc::new(config);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (way, config) = (Arc::clone(&way), Arc::clone(&config));
                std::thread::spawn(move || way.speak(stream.unwrap(), config));
            }
        });
        Self { directory, ca_pem: authority.pem, seen }
    }

    /// Everything that was asked so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.seen.lock().unwrap()
    }

    /// The orders that were asked for.
    pub(crate) fn orders(&self) -> Vec<Value> {
        let orders = self.seen();
        orders.iter().filter(|asked| asked.path == "/order-plz").map(|asked| asked.payload.clone()).collect()
    }
}

struct Way {
    client: Client,
    behind: String,
    host: String,
    seen: Arc<Mutex<Vec<Asked>>>,
    between: Arc<dyn Between>,
}

impl Way {
    fn speak(&self, stream: TcpStream, config: Arc<ServerConfig>) {
        let tls = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut reader = BufReader::new(tls);
        // A client that hangs up, or is killed, ends it.
        while let Some(asked) = read(&mut reader) {
            self.seen.lock().unwrap().push(asked.clone());
            let Ok(answered) = self.answer(&asked) else {
                // Held until the client is gone.
                let _ = reader.read(&mut [0]);
                return;
            };
            let mut head = format!("HTTP/1.1 {} x\r\n", answered.status);
            for (name, value) in answered.headers {
                if !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection") {
                    head += &format!("{name}: {value}\r\n");
                }
            }
            let body = if asked.method == Method::HEAD { Vec::new() } else { answered.body };
            head += &format!("content-length: {}\r\n\r\n", body.len());
            if reader.get_mut().write_all(&[head.into_bytes(), body].concat()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, asked: &Asked) -> Result<Answered, ()> {
        if let Some(answered) = self.between.before(asked)? {
            return Ok(answered);
        }
        let url = format!("{}{}", self.behind, asked.path);
        // The URLs in answers are made of the host that was asked for.
        let request = self.client.request(asked.method.clone(), url).header("host", &self.host);
        let request = request.header("content-type", "application/jose+json").header("user-agent", "between");
        let answer = request.body(asked.body.clone()).send().map_err(drop)?;
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = answer.status().as_u16();
        let mut answered = Answered { status, headers, body: answer.bytes().unwrap().to_vec() };
        self.between.after(asked, &mut answered)?;
        Ok(answered)
    }
}

fn read(reader: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>) -> Option<Asked> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut first = lines.first()?.split(' ');
    let (method, path) = (first.next()?.parse().ok()?, first.next()?.to_owned());
    let length = lines.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let payload = serde_json::from_slice::<Value>(&body).ok().and_then(|jws| {
        let payload = BASE64_URL_SAFE_NO_PAD.decode(jws["payload"].as_str()?).ok()?;
        serde_json::from_slice(&payload).ok()
    });
    Some(Asked { method, path, payload: payload.unwrap_or(Value::Null), body })
}
