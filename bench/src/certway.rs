//! Certway's node: a data folder of its own, certificates loaded through its HTTP interface.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use crate::client::{Answer, Client, Connection};
use crate::data::NAME;
use crate::server::{Server, pinned};
use crate::{Bench, Outcome};

const PASSWORD: &str = "measured twice, cut once";
const BOUNDARY: &str = "bench-boundary";

/// Starts it, trusts the root of a kind and loads its certificate `a`.
///
/// # Errors
/// If it does not start or refuses.
pub(crate) async fn start(bench: &Bench, kind: &str, folder: PathBuf) -> Outcome<Server> {
    let password = folder.join("password");
    fs::write(&password, PASSWORD)?;
    let log = fs::File::create(folder.join("errors.log"))?;
    let mut command = pinned(&bench.certway);
    command.args(["serve", "--https", "127.0.0.1:0", "--http", "127.0.0.1:0", "--client-certificate", "127.0.0.1:0"]);
    command.arg("--data-dir").arg(folder.join("data"));
    command.env("CERTWAY_ADMIN_PASSWORD_FILE", password).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut child = command.spawn()?;
    let output = child.stdout.take().ok_or("the node's output is missing")?;
    let mut server = Server { child, port: 0, folder, page: "/healthz" };
    let mut lines = BufReader::new(output).lines();
    server.port = loop {
        let line = lines.next().ok_or("the node ended before it said its address")??;
        if let Some(port) = https_port(&line) {
            break port;
        }
    };
    // The pipe must stay open and empty, or the node stops when it says something.
    std::thread::spawn(move || lines.for_each(drop));
    server.answering().await?;
    let mut administrator = sign_in(&server).await?;
    let root = fs::read(bench.data.join(kind).join("root.pem"))?;
    administrator.upload("POST", "/api/v1/trusted-cas", &[("file", root)]).await?;
    administrator.load(bench, kind, "a").await?;
    Ok(server)
}

fn https_port(line: &str) -> Option<u16> {
    let address = line.split("https://").nth(1)?;
    let port = address.split(':').nth(1)?;
    port.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// A connection with a session.
pub(crate) struct Administrator {
    connection: Connection,
    head: String,
}

/// Signs in.
///
/// # Errors
/// If the node refuses.
pub(crate) async fn sign_in(server: &Server) -> Outcome<Administrator> {
    let origin = format!("https://localhost:{}", server.port);
    let head = format!("Host: localhost:{}\r\nOrigin: {origin}\r\nX-Certway-CSRF: bench", server.port);
    let mut connection = Client::new(server.port)?.connect().await?;
    let body = serde_json::json!({ "username": "admin", "password": PASSWORD }).to_string();
    let request = format!("POST /api/v1/session HTTP/1.1\r\n{head}\r\nContent-Type: application/json");
    let answer = successful(connection.request(&request, body.as_bytes()).await?)?;
    let cookie = answer
        .head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _value)| name.eq_ignore_ascii_case("set-cookie"))
        .and_then(|(_name, value)| value.split(';').next())
        .ok_or("the node set no cookie")?;
    Ok(Administrator { connection, head: format!("{head}\r\nCookie: {cookie}") })
}

impl Administrator {
    /// Loads a server certificate with its key.
    ///
    /// # Errors
    /// If the node refuses it, or stores it without loading it.
    pub(crate) async fn load(&mut self, bench: &Bench, kind: &str, which: &str) -> Outcome<()> {
        let folder = bench.data.join(kind);
        let certificate = fs::read(folder.join(format!("{which}.pem")))?;
        let key = fs::read(folder.join(format!("{which}.key.pem")))?;
        let parts = [("certificate", certificate), ("private_key", key)];
        let answer = self.upload("PUT", "/api/v1/server-certificate", &parts).await?;
        let stored: serde_json::Value = serde_json::from_str(&answer.body)?;
        if stored["loaded"] == true { Ok(()) } else { Err(format!("{NAME} was stored, not loaded").into()) }
    }

    async fn upload(&mut self, method: &str, path: &str, parts: &[(&str, Vec<u8>)]) -> Outcome<Answer> {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            body.extend_from_slice(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{name}.pem\"\r\n\
                     Content-Type: application/octet-stream\r\n\r\n"
                )
                .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let content = format!("Content-Type: multipart/form-data; boundary={BOUNDARY}");
        let request = format!("{method} {path} HTTP/1.1\r\n{}\r\n{content}", self.head);
        successful(self.connection.request(&request, &body).await?)
    }
}

fn successful(answer: Answer) -> Outcome<Answer> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    Err(format!("the node answered {}: {}", answer.status, answer.body).into())
}
