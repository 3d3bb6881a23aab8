//! `/api/v1/session/second-factor`, and signing in with one

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster;
use crate::etcd_servers::EtcdServers;
use crate::support::{Client, Node, PASSWORD};
use crate::users::{add, problem};

const FACTOR: &str = "/api/v1/session/second-factor";

/// The app: what it shows, some seconds from now.
struct App(Vec<u8>);

impl App {
    fn code(&self, from_now: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed();
        let step = (now + from_now).div_euclid(30);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0), &step.to_be_bytes());
        let offset = usize::from(tag.as_ref()[19] & 15);
        let number = u32::from_be_bytes(tag.as_ref()[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

/// Sets up a second factor for who is signed in and has confirmed, at a node whose clock is some seconds ahead; gives the app, the code that
/// was used, and the recovery codes.
fn set_up(client: &Client, ahead: i64) -> (App, String, Vec<String>) {
    let (status, offer) = client.make(Method::POST, FACTOR);
    assert_eq!(status, StatusCode::OK, "{offer}");
    let secret = offer["secret"].as_str().unwrap();
    assert!(offer["uri"].as_str().unwrap().contains(secret));
    let app = App(data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap());
    let code = app.code(ahead);
    let (status, recovery) = client.put(FACTOR, &json!({ "code": code }));
    assert_eq!(status, StatusCode::OK, "{recovery}");
    let recovery = recovery["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (app, code, recovery.collect())
}

fn sign_in(client: &Client, username: &str, code: Option<&str>) -> (StatusCode, Value) {
    client.post("/api/v1/session", &json!({ "username": username, "password": PASSWORD, "code": code }))
}

#[test]
fn a_code_is_asked_for_beside_the_password_and_counts_once() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0d");
    let administrator = node.administrator();
    administrator.confirm();
    add(&administrator, "olga", "operator");
    let olga = node.signed_in("olga");
    problem(&olga.make(Method::POST, FACTOR), StatusCode::FORBIDDEN, "confirm-password");
    olga.confirm();
    problem(&olga.put(FACTOR, &json!({ "code": "000000" })), StatusCode::CONFLICT, "second-factor-state");
    olga.make(Method::POST, FACTOR);
    problem(&olga.put(FACTOR, &json!({ "code": "none" })), StatusCode::FORBIDDEN, "wrong-code");
    // Offered and not taken, it is not asked for.
    assert_eq!(sign_in(&node.client(), "olga", None).0, StatusCode::OK);
    let (app, used, recovery) = set_up(&olga, 0);
    assert_eq!(recovery.len(), 10);
    assert_eq!(olga.get("/api/v1/session")["second_factor"], true);
    problem(&olga.make(Method::POST, FACTOR), StatusCode::CONFLICT, "second-factor-state");

    let client = node.client();
    problem(&sign_in(&client, "olga", None), StatusCode::UNAUTHORIZED, "second-factor");
    let wrong_password = json!({ "username": "olga", "password": "wrong", "code": used });
    problem(&client.post("/api/v1/session", &wrong_password), StatusCode::UNAUTHORIZED, "wrong-credentials");
    problem(&sign_in(&client, "olga", Some("none")), StatusCode::FORBIDDEN, "wrong-code");
    problem(&sign_in(&client, "olga", Some(&used)), StatusCode::FORBIDDEN, "wrong-code");
    Node::shift_clock(node.folder.path(), "+60s");
    assert_eq!(sign_in(&client, "olga", Some(&app.code(60))).0, StatusCode::OK);
    assert_eq!(sign_in(&client, "olga", Some(&recovery[3].to_uppercase())).0, StatusCode::OK);
    problem(&sign_in(&client, "olga", Some(&recovery[3])), StatusCode::FORBIDDEN, "wrong-code");
    // Who knows the password does not try codes for long.
    let (status, answer) = sign_in(&client, "olga", Some(&recovery[4]));
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{answer}");
    let log = administrator.get("/api/v1/events").to_string();
    assert!(log.contains("second-factor-on") && log.contains("with a wrong code of the second factor"), "{log}");

    assert_eq!(administrator.make(Method::DELETE, "/api/v1/users/olga/second-factor").0, StatusCode::OK);
    let again = administrator.make(Method::DELETE, "/api/v1/users/olga/second-factor");
    problem(&again, StatusCode::CONFLICT, "second-factor-state");
    assert_eq!(sign_in(&client, "olga", None).0, StatusCode::OK);
    set_up(&olga, 60);
    assert_eq!(olga.make(Method::DELETE, FACTOR).0, StatusCode::NO_CONTENT);
    assert_eq!(sign_in(&client, "olga", None).0, StatusCode::OK);
}

#[test]
fn a_password_that_is_reset_asks_for_no_code_and_the_secret_is_kept_sealed() {
    let node = Node::start();
    let administrator = node.administrator();
    administrator.confirm();
    let (App(secret), ..) = set_up(&administrator, 0);
    problem(&sign_in(&node.client(), "admin", None), StatusCode::UNAUTHORIZED, "second-factor");
    let reset = Command::new(env!("CARGO_BIN_EXE_certway"))
        .args(["reset-password", "--data-dir"])
        .arg(node.data_dir())
        .env("CERTWAY_ADMIN_PASSWORD_FILE", node.folder.path().join("password"))
        .output()
        .unwrap();
    let said = String::from_utf8(reset.stdout).unwrap();
    assert!(said.contains("The second factor is switched off"), "{said}");
    let administrator = node.administrator();
    administrator.confirm();
    let (App(other), ..) = set_up(&administrator, 0);
    let folder = node.stop();
    for file in std::fs::read_dir(folder.path().join("data")).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(bytes) = std::fs::read(&file) else { continue };
        for secret in [&secret, &other] {
            let numbers = serde_json::to_vec(secret).unwrap();
            for form in [secret.as_slice(), data_encoding::BASE32_NOPAD.encode(secret).as_bytes(), &numbers] {
                assert!(!bytes.windows(form.len()).any(|window| window == form), "{}", file.display());
            }
        }
    }
}

#[test]
fn a_second_factor_goes_along_into_a_cluster_and_out_of_it() {
    let etcd = EtcdServers::start(1, None);
    let (one, two) = (cluster::node(0, &etcd), cluster::node(1, &etcd));
    let [first, second] = [&one, &two].map(cluster::confirmed);
    add(&first, "olga", "operator");
    let olga = one.signed_in("olga");
    olga.confirm();
    let (_, used, recovery) = set_up(&olga, 0);
    assert_eq!(first.post("/api/v1/cluster", &Value::Null).0, StatusCode::CREATED);
    assert_eq!(cluster::join(&second, &cluster::token(&first)).0, StatusCode::OK);
    problem(&sign_in(&two.client(), "olga", None), StatusCode::UNAUTHORIZED, "second-factor");
    // Each node keeps for itself which codes were used.
    assert_eq!(sign_in(&two.client(), "olga", Some(&used)).0, StatusCode::OK);
    assert_eq!(sign_in(&two.client(), "olga", Some(&recovery[0])).0, StatusCode::OK);
    std::thread::sleep(std::time::Duration::from_secs(5));
    problem(&sign_in(&one.client(), "olga", Some(&recovery[0])), StatusCode::FORBIDDEN, "wrong-code");
    let second = cluster::confirmed(&two);
    assert_eq!(second.make(Method::DELETE, &format!("/api/v1/cluster/nodes/{}", cluster::name(1))).0, StatusCode::OK);
    problem(&sign_in(&two.client(), "olga", None), StatusCode::UNAUTHORIZED, "second-factor");
    assert_eq!(sign_in(&two.client(), "olga", Some(&recovery[1])).0, StatusCode::OK);
}
