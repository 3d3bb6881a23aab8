//! `/api/v1/client-certificate-test`

use rcgen::{ExtendedKeyUsagePurpose, KeyPair};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Authority, Client, Node, Pair, http_client, on_the_command_line, person, server_params, showing};

const PATH: &str = "/api/v1/client-certificate-test";

fn trusting() -> (Node, Client, Authority) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("People"));
    assert_eq!(client.append(&authority.pem).0, StatusCode::OK);
    (node, client, authority)
}

#[track_caller]
fn test(client: &Client, parts: &[(&'static str, &str)]) -> Value {
    let (status, answer) = client.send(Method::POST, PATH, parts);
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

fn reasons(answer: &Value) -> Vec<&str> {
    let reasons = answer["verification"]["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_certificate_of_a_trusted_ca_passes_and_every_reason_against_another_is_told() {
    let (_node, client, authority) = trusting();
    let good = person(&authority, "admin");
    let answer = test(&client, &[("file", &good.certificate)]);
    assert_eq!((&answer["verification"]["valid"], reasons(&answer)), (&Value::Bool(true), vec![]));
    assert_eq!(answer["certificate"]["common_name"], "admin");

    // A server's, expired, of nobody's CA: all of that at once.
    let mut params = server_params("server.example.com");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let bad = Authority::new("Unknown").sign(params, &KeyPair::generate().unwrap());
    let answer = test(&client, &[("file", &bad.certificate)]);
    let mut found = reasons(&answer);
    found.sort_unstable();
    assert_eq!(answer["verification"]["valid"], false);
    for rule in ["purpose", "issuer-missing", "expired"] {
        assert!(found.contains(&rule), "{rule}: {answer}");
    }
    let answer = test(&client, &[("file", "no certificate")]);
    assert_eq!((reasons(&answer), &answer["certificate"]), (vec!["not-decodable"], &Value::Null));
}

#[test]
fn the_command_line_says_the_same() {
    let (node, client, authority) = trusting();
    for (pair, status) in [(person(&authority, "admin"), 0), (person(&Authority::new("Unknown"), "admin"), 2)] {
        let file = node.folder.path().join("person.pem");
        std::fs::write(&file, &pair.certificate).unwrap();
        let (expression, template) = ("CN=(?<name>[a-z]+)", "#name#");
        let parts = [("file", pair.certificate.as_str()), ("expression", expression), ("template", template)];
        let answer = test(&client, &parts);
        assert_eq!(answer["user_name"]["exists"], true, "{answer}");
        let words = ["test-client-certificate", "--format", "json", "--expression", expression, "--template", template];
        let words = [&words[..], &[file.to_str().unwrap()]].concat();
        assert_eq!(on_the_command_line(&node, &words), (status, answer));
    }
}

#[test]
fn where_certificates_alone_sign_in_one_that_names_no_user_is_not_taken() {
    let (node, client, authority) = trusting();
    let (known, unknown) = (person(&authority, "admin"), person(&authority, "nobody"));
    let taken = |client: &Client, pair: &Pair| {
        let file = node.folder.path().join("person.pem");
        std::fs::write(&file, &pair.certificate).unwrap();
        let words = ["test-client-certificate", "--format", "json", file.to_str().unwrap()];
        let (status, said) = on_the_command_line(&node, &words);
        assert_eq!(said, test(client, &[("file", &pair.certificate)]));
        (status, said["against_sign_in"].clone())
    };
    // Beside a password any name does.
    assert_eq!([taken(&client, &known), taken(&client, &unknown)], [(0, Value::Null), (0, Value::Null)]);
    client.confirm();
    let settings = "/api/v1/client-certificate-test/settings";
    let trying = crate::sign_in_settings::settings("authentication", Some(10));
    assert_eq!(client.put(settings, &trying).0, StatusCode::OK);
    let mut client = node.client_showing(&known);
    let answer = client.call(Method::POST, "/api/v1/session/client-certificate").send().unwrap();
    client.cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let refusal = Value::from("it names 'nobody', and this node has no such user");
    assert_eq!([taken(&client, &known), taken(&client, &unknown)], [(0, Value::Null), (2, refusal)]);

    // A stranger's certificate does not tell which users there are.
    let url = format!("https://localhost:{}/", node.own_certificate_port);
    for name in ["admin", "nobody"] {
        let stranger = showing(&person(&Authority::new("Anyone's"), name)).build().unwrap();
        let answer = stranger.get(&url).header("accept", "application/json").send().unwrap();
        let said: Value = answer.json().unwrap();
        assert_eq!((&said["user_name"]["exists"], &said["against_sign_in"]), (&Value::Bool(false), &Value::Null));
        let refused = node.client_showing(&person(&Authority::new("Anyone's"), name));
        let (_, refused) = refused.make(Method::POST, "/api/v1/session/client-certificate");
        let told = &refused["client_certificate"];
        assert_eq!((&told["user_name"]["exists"], &told["against_sign_in"]), (&Value::Bool(false), &Value::Null));
    }
}

#[test]
fn revocation_counts_as_it_is_asked_for() {
    let (_node, client, authority) = trusting();
    let (good, bad) = (person(&authority, "good"), person(&authority, "bad"));
    let ask = |pair: &Pair, check: &str| {
        let answer = test(&client, &[("file", &pair.certificate), ("revocation", check)]);
        answer["verification"]["valid"].as_bool().unwrap()
    };
    // Without any list, only who demands one is disappointed.
    assert_eq!(["off", "if-listed", "required"].map(|check| ask(&good, check)), [true, true, false]);
    let list = authority.revocation_list(1, &[&bad], 2, 30);
    assert_eq!(client.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    assert_eq!(["off", "if-listed", "required"].map(|check| ask(&good, check)), [true, true, true]);
    assert_eq!(["off", "if-listed", "required"].map(|check| ask(&bad, check)), [true, false, false]);
    let (status, problem) = client.send(Method::POST, PATH, &[("file", "x"), ("revocation", "sometimes")]);
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("if-listed"), "{problem}");
}

#[test]
fn an_expression_and_a_template_give_the_user_name() {
    let (_node, client, authority) = trusting();
    let pair = person(&authority, "admin");
    let ask = |expression: &str, template: &str| {
        let parts = [("file", pair.certificate.as_str()), ("expression", expression), ("template", template)];
        test(&client, &parts)["user_name"].clone()
    };
    let named = ask("^SAN rfc822Name: (?<user>[^@]+)@(?<domain>.+)$", "#user#");
    assert_eq!((&named["name"], &named["exists"]), (&"admin".into(), &true.into()));
    assert_eq!(named["groups"][1], serde_json::json!({ "name": "domain", "value": "example.com" }));
    let named = ask("^SAN rfc822Name: (?<user>[^@]+)@(?<domain>.+)$", "#user#.#domain#");
    assert_eq!((&named["name"], &named["exists"]), (&"admin.example.com".into(), &false.into()));
    for (expression, template, words) in [
        ("(?<user>", "#user#", "The expression is none"),
        ("^(.*)$", "#user#", "no named group"),
        ("^(?<user>.*)$", "#other#", "'other'"),
        ("^Nobody: (?<user>.*)$", "#user#", "matches nothing"),
    ] {
        let named = ask(expression, template);
        assert!(named["reason"].as_str().unwrap().contains(words) && named["name"].is_null(), "{named}");
    }
    assert_eq!(ask("", ""), Value::Null);
    // What is set stands in for what is left out.
    let set = test(&client, &[("file", &pair.certificate)]);
    assert_eq!(set["user_name"]["name"], "admin");
    let text = set["text"].as_str().unwrap();
    assert!(text.starts_with("Subject: CN=admin\nCommon name: admin\nIssuer: CN=People\nSerial: "), "{text}");
    assert!(text.contains("\nSAN rfc822Name: admin@example.com\n"), "{text}");
}

#[test]
fn nothing_of_the_file_is_kept() {
    let (node, client, authority) = trusting();
    let pair = person(&authority, "a-canary-of-a-name");
    let before = client.actions();
    test(&client, &[("file", &format!("{}{}", pair.certificate, pair.key))]);
    assert_eq!(client.actions(), before);
    let kept = std::process::Command::new("grep").args(["-rl", "a-canary-of-a-name"]).arg(node.folder.path()).output();
    assert_eq!(String::from_utf8(kept.unwrap().stdout).unwrap(), "");
}

#[test]
fn a_browser_is_told_about_its_own_certificate() {
    let (node, client, authority) = trusting();
    let url = format!("https://localhost:{}/", node.own_certificate_port);
    let ask = |http: reqwest::blocking::ClientBuilder, accept: &str| {
        let answer = http.build().unwrap().get(&url).header("accept", accept).send().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        answer.text().unwrap()
    };
    let answer: Value = serde_json::from_str(&ask(http_client(), "application/json")).unwrap();
    assert_eq!(reasons(&answer), ["certificate-missing"]);
    assert!(ask(http_client(), "text/html").contains("Your browser showed no certificate."));

    let good = person(&authority, "admin");
    let answer: Value = serde_json::from_str(&ask(showing(&good), "application/json")).unwrap();
    assert_eq!((&answer["verification"]["valid"], &answer["user_name"]["name"]), (&true.into(), &"admin".into()));
    assert!(ask(showing(&good), "text/html").contains("It names the user admin."));
    // Anyone can make a certificate: one that is not valid does not tell which users there are.
    let made = person(&Authority::new("Anyone's"), "admin");
    assert!(!ask(showing(&made), "text/html").contains("the user admin"));

    // Markup in a name stays text, and every reason is there.
    let hostile = person(&Authority::new("<b>Elsewhere</b>"), "<script>alert(1)</script>");
    let page = ask(showing(&hostile), "text/html");
    assert!(page.contains("It is not valid.") && page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");

    // What is trusted is asked at each request.
    client.confirm();
    assert_eq!(client.delete(&[&authority.fingerprint]).0, StatusCode::OK);
    let answer: Value = serde_json::from_str(&ask(showing(&good), "application/json")).unwrap();
    assert_eq!(answer["verification"]["valid"], false);
    let other = http_client().build().unwrap();
    assert_eq!(other.post(&url).send().unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(other.get(format!("{url}api/v1/session")).send().unwrap().status(), StatusCode::NOT_FOUND);
}
