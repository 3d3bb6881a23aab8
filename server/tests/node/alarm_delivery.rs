//! `/api/v1/alarms/delivery`: alarms arrive at a mail server, a web server and a syslog server, once, and also after a kill

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Server, free_port};
use crate::support::{Authority, Client, Node, Pair, on_the_command_line, provider};
use crate::waiting::until;

const PATH: &str = "/api/v1/alarms/delivery";
const LOG: &str = "/api/v1/alarms/deliveries";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const PASSWORD: &str = "a mail password";
/// How long a message may take to arrive that is tried again after a while.
const ARRIVES: Duration = Duration::from_secs(60);

/// A node that trusts an authority, with its administrator's password confirmed.
fn trusting() -> (Node, Client, Authority) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    client.confirm();
    (node, client, authority)
}

#[track_caller]
fn set(client: &Client, settings: &Value) -> Value {
    let (status, answer) = client.put(PATH, settings);
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn try_channel(client: &Client, channel: &str) -> (bool, String) {
    let (status, answer) = client.post(&format!("{PATH}/test"), &json!({ "channel": channel }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    (answer["ok"].as_bool().unwrap(), answer["message"].as_str().unwrap().to_owned())
}

/// What the log says of the messages: channel, what, alarm, state; the first one first.
fn log(client: &Client) -> Vec<String> {
    let log = client.get(LOG);
    let line = |record: &Value| {
        ["channel", "what", "alarm", "state"].map(|name| record[name].as_str().unwrap().to_owned()).join(" ")
    };
    log.as_array().unwrap().iter().rev().map(line).collect()
}

/// Raises another alarm than that of the temporary certificate, and clears that.
fn load(client: &Client, authority: &Authority) {
    assert_eq!(client.upload(&authority.issue("node.example.com")).0, StatusCode::OK);
}

/// The server's side of TLS.
fn accept(pair: &Pair, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    provider();
    let chain = CertificateDer::pem_slice_iter(pair.certificate.as_bytes()).collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream)
}

/// A mail server.
struct Mail {
    folder: TempDir,
    port: u16,
    _server: Server,
}

impl Mail {
    fn start(mode: &str, pair: &Pair) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("server.py"), include_str!("smtp_server.py")).unwrap();
        std::fs::write(path("certificate.pem"), &pair.certificate).unwrap();
        std::fs::write(path("key.pem"), &pair.key).unwrap();
        // Debian's own, which has Debian's packages.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(path("server.py")).args([mode, &port.to_string()]);
        command.args([path("certificate.pem"), path("key.pem")]).arg(folder.path());
        let mut server = Server::start(&mut command, &path("log"));
        server.until(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { folder, port, _server: server }
    }

    fn message(&self, number: u32) -> PathBuf {
        self.folder.path().join(format!("{number}.eml"))
    }

    /// The way and the message, its lines joined and its words decoded as far as they are needed.
    fn read(&self, number: u32) -> String {
        until(ARRIVES, "a mail arrives", || self.message(number).exists());
        let text = std::fs::read_to_string(self.message(number)).unwrap();
        text.replace("\r\n ", " ").replace("=\r\n", "").replace("\r\n", "\n")
    }

    fn settings(&self, tls: &str) -> Value {
        let user = if tls == "none" { Value::Null } else { "certway".into() };
        json!({ "host": "localhost", "port": self.port, "tls": tls, "user": user,
            "from": "Certway <certway@example.com>", "to": ["admins@example.com", "night@example.com"] })
    }
}

#[test]
fn a_mail_server_gets_them_over_starttls_with_a_password() {
    let (node, client, authority) = trusting();
    let mail = Mail::start("starttls", &authority.issue("localhost"));
    let shown = set(&client, &json!({ "smtp": mail.settings("starttls"), "smtp_password": PASSWORD }));
    assert_eq!(
        (&shown["has_smtp_password"], &shown["smtp"]["roots"]),
        (&true.into(), &"trusted-cas".into()),
        "{shown}"
    );
    // What stands when a channel is switched on is told.
    let first = mail.read(1);
    assert!(first.starts_with("certway@example.com admins@example.com night@example.com tls=True\n"), "{first}");
    for line in [
        "From: Certway <certway@example.com>\n",
        "To: admins@example.com, night@example.com\n",
        "Auto-Submitted: auto-generated\n",
        "Alarm: temporary-certificate\n",
        "Severity: warning\n",
    ] {
        assert!(first.contains(line), "{line}: {first}");
    }
    assert!(first.contains("Alarm raised, warning: The node serves its temporary certificate"), "{first}");
    load(&client, &authority);
    let second = mail.read(2);
    assert!(second.contains("Alarm cleared: The node serves its temporary certificate"), "{second}");
    until(ARRIVES, "the log says so", || {
        log(&client) == ["smtp raised temporary-certificate sent", "smtp cleared temporary-certificate sent"]
    });

    let (ok, said) = try_channel(&client, "smtp");
    assert!(ok && said.contains("250 kept as 3"), "{said}");
    assert!(mail.read(3).contains("Test: This message tries"));
    assert_eq!(log(&client).last().unwrap(), "smtp test test sent");
    assert!(client.actions().contains(&"alarm-delivery-tested".to_owned()));

    // The password is for this server and this user, and nobody is told it.
    let (status, problem) = client.put(
        PATH,
        &json!({ "smtp": { "host": "evil.example.com", "port": mail.port,
        "user": "certway", "from": "a@example.com", "to": ["b@example.com"] } }),
    );
    assert_eq!((status, &problem["type"]), (StatusCode::UNPROCESSABLE_ENTITY, &"/problems/alarm-delivery".into()));
    assert!(problem["detail"].as_str().unwrap().contains("give the password"), "{problem}");
    assert_eq!(set(&client, &json!({ "smtp": mail.settings("starttls") }))["has_smtp_password"], true, "kept");
    assert!(try_channel(&client, "smtp").0);
    set(&client, &json!({ "smtp": mail.settings("starttls"), "smtp_password": "a wrong password" }));
    let (ok, said) = try_channel(&client, "smtp");
    assert!(!ok && said.contains("535"), "{said}");
    let answers = format!("{}{}{}", client.get(PATH), client.get(LOG), client.get("/api/v1/events?limit=1000"));
    let folder = node.stop();
    let store = std::fs::read(folder.path().join("data/certway.db")).unwrap();
    let written = std::fs::read(folder.path().join("log")).unwrap();
    for place in [answers.as_bytes(), &store, &written] {
        for secret in [PASSWORD, "a wrong password"] {
            assert!(!place.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }
}

#[test]
fn a_mail_server_gets_them_over_tls_from_the_first_byte_or_on_this_machine_without() {
    let (_node, client, authority) = trusting();
    let stranger = Authority::new("Stranger");
    let secure = Mail::start("implicit", &authority.issue("localhost"));
    set(&client, &json!({ "smtp": secure.settings("implicit"), "smtp_password": PASSWORD }));
    assert!(secure.read(1).contains("night@example.com tls=True\n"));
    let plain = Mail::start("none", &authority.issue("localhost"));
    set(&client, &json!({ "smtp": plain.settings("none") }));
    let (ok, said) = try_channel(&client, "smtp");
    assert!(ok, "{said}");
    assert!(plain.read(1).contains("night@example.com tls=False\n"));
    // Nothing is said to a server that the list does not vouch for.
    let strange = Mail::start("implicit", &stranger.issue("localhost"));
    set(&client, &json!({ "smtp": strange.settings("implicit"), "smtp_password": PASSWORD }));
    let (ok, said) = try_channel(&client, "smtp");
    assert!(!ok && said.contains("UnknownIssuer"), "{said}");
    let refused = client.put(
        PATH,
        &json!({ "smtp": { "host": "mail.example.com", "port": 25, "tls": "none",
        "from": "a@example.com", "to": ["b@example.com"] } }),
    );
    assert!(refused.1["detail"].as_str().unwrap().contains("localhost"), "{}", refused.1);
}

#[test]
fn a_mailbox_that_is_gone_keeps_no_mail_from_the_others() {
    let (_node, client, authority) = trusting();
    let mail = Mail::start("none", &authority.issue("localhost"));
    let mut settings = mail.settings("none");
    settings["to"] = json!(["gone@example.com", "admins@example.com", "night@example.com"]);
    set(&client, &json!({ "smtp": settings }));
    for (number, who) in [(1, "admins"), (2, "night")] {
        let way = format!("certway@example.com {who}@example.com tls=False\n");
        let text = mail.read(number);
        assert!(text.starts_with(&way) && text.contains("To: gone@example.com, admins@example.com"), "{text}");
    }
    until(ARRIVES, "it counts as sent", || log(&client) == ["smtp raised temporary-certificate sent"]);
    let said = client.get(LOG)[0]["outcome"].as_str().unwrap().to_owned();
    assert!(said.contains("took it") && said.contains("not for gone@example.com") && said.contains("5.1.1"), "{said}");
    // Where nobody is left it is not taken.
    settings["to"] = json!(["gone@example.com", "gone@example.org"]);
    set(&client, &json!({ "smtp": settings }));
    let (ok, said) = try_channel(&client, "smtp");
    assert!(!ok && said.contains("gone@example.org"), "{said}");
}

#[test]
fn a_mailbox_that_is_refused_for_a_while_gets_it_later_and_alone() {
    let (_node, client, authority) = trusting();
    let mail = Mail::start("none", &authority.issue("localhost"));
    let mut settings = mail.settings("none");
    settings["to"] = json!(["grey@example.com", "gone@example.com", "admins@example.com"]);
    set(&client, &json!({ "smtp": settings }));
    let got = |number: u32, who: &str, what: &str| {
        let (way, text) = (format!("certway@example.com {who}@example.com tls=False\n"), mail.read(number));
        assert!(text.starts_with(&way) && text.contains(what), "{number}: {text}");
    };
    got(1, "admins", "Alarm raised");
    until(ARRIVES, "it waits for one", || client.get(LOG)[0]["attempts"] == 1);
    let waiting = client.get(LOG)[0].clone();
    assert!(waiting["state"] == "waiting" && waiting["next_at"].is_string(), "{waiting}");
    let said = waiting["outcome"].as_str().unwrap();
    assert!(said.contains("took it") && said.contains("not for gone@example.com: "), "{said}");
    assert!(said.contains("not yet for grey@example.com: ") && said.contains("4.2.0"), "{said}");
    // Nobody waits with it for the next message, and of that nobody has the second before the first.
    load(&client, &authority);
    got(2, "admins", "Alarm cleared");
    std::fs::write(mail.folder.path().join("known"), "").unwrap();
    got(3, "grey", "Alarm raised");
    got(4, "grey", "Alarm cleared");
    until(ARRIVES, "both count as sent", || {
        log(&client) == ["smtp raised temporary-certificate sent", "smtp cleared temporary-certificate sent"]
    });
    let said = client.get(LOG)[0]["outcome"].as_str().unwrap().to_owned();
    assert!(said.contains("kept as 4; but not for gone@example.com: ") && !said.contains("grey"), "{said}");
    assert!(!mail.message(5).exists());
}

/// A request as it came: headers in lower case, and the body.
struct Posted {
    head: String,
    body: String,
}

impl Posted {
    fn read(stream: impl Read) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let mut posted = Self { head, body: String::new() };
        let mut body = vec![0; posted.header("content-length").parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        posted.body = String::from_utf8(body).unwrap();
        posted
    }

    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap()
    }

    /// The message, if its signature is right (Standard Webhooks).
    fn verified(&self) -> Value {
        let key = BASE64_STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let tag = BASE64_STANDARD.decode(self.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        hmac::verify(&key, signed.as_bytes(), &tag).unwrap();
        let sent: i64 = self.header("webhook-timestamp").parse().unwrap();
        assert!((time::OffsetDateTime::now_utc().unix_timestamp() - sent).abs() < 24 * 3600);
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A web server that keeps what is posted to it, and answers a status.
struct Hook {
    port: u16,
    posted: Receiver<Posted>,
    status: Arc<Mutex<&'static str>>,
}

impl Hook {
    fn listen(port: u16, pair: Option<Pair>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, posted) = channel();
        let status = Arc::new(Mutex::new("204 No Content"));
        let answered = Arc::clone(&status);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let answer = || {
                    format!("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", answered.lock().unwrap())
                };
                let read = match &pair {
                    None => {
                        let read = Posted::read(stream.try_clone().unwrap());
                        stream.write_all(answer().as_bytes()).unwrap();
                        read
                    }
                    Some(pair) => {
                        let mut stream = accept(pair, stream);
                        // A client that does not trust the certificate goes without a request.
                        if stream.conn.complete_io(&mut stream.sock).is_err() {
                            continue;
                        }
                        let read = Posted::read(&mut stream);
                        stream.write_all(answer().as_bytes()).unwrap();
                        stream.conn.send_close_notify();
                        let _ = stream.flush();
                        read
                    }
                };
                if sender.send(read).is_err() {
                    return;
                }
            }
        });
        Self { port, posted, status }
    }

    fn next(&self) -> Posted {
        self.posted.recv_timeout(ARRIVES).expect("a message arrives")
    }
}

fn hook_settings(url: &str) -> Value {
    json!({ "webhook": { "url": url }, "webhook_secret": SECRET })
}

#[test]
fn a_web_server_gets_them_signed() {
    let (node, client, authority) = trusting();
    let hook = Hook::listen(0, Some(authority.issue("localhost")));
    let shown = set(&client, &hook_settings(&format!("https://localhost:{}/alarms?team=b", hook.port)));
    assert_eq!((&shown["has_webhook_secret"], shown.to_string().contains("whsec")), (&true.into(), false));
    let posted = hook.next();
    assert!(posted.head.starts_with("POST /alarms?team=b HTTP/1.1\r\n"), "{}", posted.head);
    assert_eq!(posted.header("content-type"), "application/json");
    let message = posted.verified();
    let alarms = client.get("/api/v1/alarms");
    assert_eq!((&message["type"], &message["data"]), (&"alarm.raised".into(), &alarms[0]), "{message}");
    assert_eq!(message["number"], client.get(LOG)[0]["number"]);
    load(&client, &authority);
    assert_eq!(hook.next().verified()["type"], "alarm.cleared");
    // What it says is told; the secret stays without being given again.
    *hook.status.lock().unwrap() = "503 Service Unavailable";
    set(&client, &json!({ "webhook": { "url": format!("https://localhost:{}/", hook.port) } }));
    let (ok, said) = try_channel(&client, "webhook");
    assert!(!ok && said.contains("503"), "{said}");
    assert_eq!(hook.next().verified()["type"], "alarm.test");
    // Who is sent on would ask for a page there, and take its answer for that of the receiver.
    *hook.status.lock().unwrap() = "302 Found\r\nLocation: /login";
    let (ok, said) = try_channel(&client, "webhook");
    assert!(!ok && said.contains("302") && said.contains("give the URL"), "{said}");
    assert_eq!(hook.next().verified()["type"], "alarm.test");

    let stranger = Hook::listen(0, Some(Authority::new("Stranger").issue("localhost")));
    set(&client, &hook_settings(&format!("https://localhost:{}/", stranger.port)));
    let (ok, said) = try_channel(&client, "webhook");
    assert!(!ok && said.contains("UnknownIssuer"), "{said}");
    let refused = client
        .put(PATH, &json!({ "webhook": { "url": "https://hooks.example.com/?token=abc" }, "webhook_secret": SECRET }));
    assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(client.get(PATH)["webhook"]["url"], format!("https://localhost:{}/", stranger.port));
    drop(node);
}

#[test]
fn a_web_server_is_told_who_has_taken_note_already() {
    let (_node, client, _authority) = trusting();
    let note = json!({ "note": "ticket 4711" });
    let taken = client.post("/api/v1/alarms/temporary-certificate/acknowledge", &note);
    assert_eq!(taken.0, StatusCode::OK, "{}", taken.1);
    let hook = Hook::listen(0, None);
    set(&client, &hook_settings(&format!("http://127.0.0.1:{}/", hook.port)));
    let message = hook.next().verified();
    assert_eq!(message["data"]["acknowledged"]["note"], "ticket 4711", "{message}");
    assert_eq!(message["data"], client.get("/api/v1/alarms")[0]);
}

#[test]
fn a_message_that_is_due_when_the_node_is_killed_is_sent_by_the_next_one() {
    let (node, client, _authority) = trusting();
    let port = free_port();
    set(&client, &hook_settings(&format!("http://127.0.0.1:{port}/")));
    until(ARRIVES, "it is tried in vain", || {
        client.get(LOG)[0]["attempts"].as_u64().is_some_and(|attempts| attempts >= 1)
    });
    let waiting = client.get(LOG)[0].clone();
    assert_eq!(waiting["state"], "waiting", "{waiting}");
    assert!(waiting["next_at"].is_string() && !waiting["outcome"].as_str().unwrap().is_empty(), "{waiting}");
    let metrics = client.bare(Method::GET, "/metrics").send().unwrap().text().unwrap();
    assert!(metrics.contains("\ncertway_alarm_messages_waiting 1\n"), "{metrics}");
    let folder = node.kill();
    let hook = Hook::listen(port, None);
    let node = Node::start_in(folder, &[]);
    let message = hook.next().verified();
    assert_eq!((&message["number"], &message["type"]), (&waiting["number"], &"alarm.raised".into()));
    let client = node.administrator();
    until(ARRIVES, "the log says so", || log(&client) == ["webhook raised temporary-certificate sent"]);
    assert!(hook.posted.recv_timeout(Duration::from_secs(2)).is_err(), "it comes once");
}

#[test]
fn a_channel_that_fails_raises_an_alarm_until_it_works() {
    let (_node, client, _authority) = trusting();
    let port = free_port();
    set(&client, &hook_settings(&format!("http://127.0.0.1:{port}/")));
    let failed = "alarm-delivery-failed-webhook".to_owned();
    until(ARRIVES, "it is told", || client.alarms().contains(&failed));
    let hook = Hook::listen(port, None);
    assert_eq!(hook.next().verified()["data"]["id"], "temporary-certificate");
    until(ARRIVES, "it is over", || !client.alarms().contains(&failed));
    set(&client, &json!({}));
    assert_eq!(client.get(PATH)["webhook"], Value::Null);
    let off = client.post(&format!("{PATH}/test"), &json!({ "channel": "webhook" }));
    assert_eq!(off.0, StatusCode::CONFLICT, "{}", off.1);
}

#[test]
fn the_same_alarm_is_sent_once_in_an_hour_and_what_stands_after_it_is_sent_then() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0");
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    client.confirm();
    let hook = Hook::listen(0, None);
    set(&client, &hook_settings(&format!("http://127.0.0.1:{}/", hook.port)));
    assert_eq!(hook.next().verified()["type"], "alarm.raised");
    load(&client, &authority);
    assert_eq!(hook.next().verified()["type"], "alarm.cleared");
    assert_eq!(client.make(Method::DELETE, "/api/v1/server-certificate").0, StatusCode::OK);
    assert_eq!(client.alarms(), ["temporary-certificate"]);
    assert!(hook.posted.recv_timeout(Duration::from_secs(3)).is_err(), "it was sent within the hour");
    Node::shift_clock(node.folder.path(), "+61m");
    let client = node.administrator();
    // Every change looks, as every minute does.
    client.append(&Authority::new("Beside").pem);
    let message = hook.next().verified();
    assert_eq!((&message["type"], &message["data"]["id"]), (&"alarm.raised".into(), &"temporary-certificate".into()));
}

/// The parts of a syslog message, if it is one of RFC 5424: priority, host name, MSGID, text.
fn parsed(message: &str) -> (u32, String, String, String) {
    let name = r#"[!#-<>-\\^-~]{1,32}"#;
    let element = format!(r#"\[{name}(?: {name}="(?:[^"\\\]]|\\["\\\]])*")*\]"#);
    let time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)";
    let grammar = format!(
        "^<(0|[1-9]\\d{{0,2}})>1 {time} ([!-~]{{1,255}}) [!-~]{{1,48}} [!-~]{{1,128}} ([!-~]{{1,32}}) (?:-|(?:{element})+) \u{feff}(.*)$"
    );
    let parts = regex::Regex::new(&grammar).unwrap().captures(message).unwrap_or_else(|| panic!("{message}"));
    let priority = parts[1].parse().unwrap();
    assert!(priority <= 191);
    (priority, parts[2].to_owned(), parts[3].to_owned(), parts[4].to_owned())
}

/// A message with its length in front (RFC 6587 section 3.4.1), and nothing else.
fn unframed(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    // What ends without a word after the message has said all of it.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (length, message) = text.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), message.len(), "{text}");
    message.to_owned()
}

#[test]
fn a_syslog_server_gets_them_over_udp_tcp_and_tls() {
    let (node, client, authority) = trusting();
    let syslog = |transport: &str, port: u16| json!({ "syslog": { "host": "localhost", "port": port, "transport": transport, "least": "warning" } });
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(Some(ARRIVES)).unwrap();
    let mut local = syslog("udp", udp.local_addr().unwrap().port());
    local["syslog"]["host"] = "127.0.0.1".into();
    set(&client, &local);
    let mut bytes = [0; 4096];
    let length = udp.recv(&mut bytes).unwrap();
    let (priority, host, id, text) = parsed(std::str::from_utf8(&bytes[..length]).unwrap());
    let name = client.get("/api/v1/node")["name"].as_str().unwrap().to_owned();
    assert_eq!((priority, host, id.as_str()), (28, name, "temporary-certificate"));
    assert!(text.starts_with("Alarm raised, warning: temporary-certificate: The node serves"), "{text}");

    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    set(&client, &syslog("tcp", tcp.local_addr().unwrap().port()));
    let receiving = std::thread::spawn(move || unframed(&mut tcp.accept().unwrap().0));
    load(&client, &authority);
    let (priority, _, id, text) = parsed(&receiving.join().unwrap());
    assert_eq!((priority, id.as_str()), (30, "temporary-certificate"));
    assert!(text.starts_with("Alarm cleared: "), "{text}");

    for (pair, trusted) in
        [(authority.issue("localhost"), true), (Authority::new("Stranger").issue("localhost"), false)]
    {
        let tls = TcpListener::bind("127.0.0.1:0").unwrap();
        set(&client, &syslog("tls", tls.local_addr().unwrap().port()));
        let receiving = std::thread::spawn(move || {
            let mut stream = accept(&pair, tls.accept().unwrap().0);
            stream.conn.complete_io(&mut stream.sock).ok().map(|_| unframed(&mut stream))
        });
        let (ok, said) = try_channel(&client, "syslog");
        let received = receiving.join().unwrap();
        assert_eq!((ok, received.is_some()), (trusted, trusted), "{said}");
        assert!(trusted || said.contains("UnknownIssuer"), "{said}");
        received.iter().for_each(|message| assert_eq!(parsed(message).2, "test"));
    }
    drop(node);
}

#[test]
fn the_command_line_sets_tries_and_shows_it() {
    let (node, client, _authority) = trusting();
    let hook = Hook::listen(0, None);
    let file = node.folder.path().join("delivery.json");
    let settings = hook_settings(&format!("http://localhost:{}/", hook.port));
    std::fs::write(&file, settings.to_string()).unwrap();
    let say =
        |arguments: &[&str]| on_the_command_line(&node, &[&["alarms"], arguments, &["--format", "json"]].concat());
    let (status, shown) = say(&["delivery", file.to_str().unwrap()]);
    assert_eq!((status, &shown), (0, &client.get(PATH)));
    assert_eq!(say(&["delivery"]), (0, shown));
    assert_eq!(hook.next().verified()["type"], "alarm.raised");
    let (status, said) = say(&["test", "webhook"]);
    assert_eq!((status, &said["ok"]), (0, &true.into()), "{said}");
    *hook.status.lock().unwrap() = "500 Internal Server Error";
    assert_eq!(say(&["test", "webhook"]).0, 2);
    assert_eq!(say(&["test", "smtp"]).0, 2);
    assert_eq!(say(&["deliveries"]), (0, client.get(LOG)));
    std::fs::write(&file, "{\"webhook\": 1}").unwrap();
    let (status, refused) = say(&["delivery", file.to_str().unwrap()]);
    assert!(status == 2 && refused["detail"].as_str().unwrap().contains("Nothing was changed"), "{refused}");
}
