//! Schemathesis, a stranger's reading of `/api/v1/openapi.json`: what is drawn from it gets the answers it tells of, and no
//! server error. It comes from PyPI; `cargo xtask test` brings it.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::process::Command;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::campaign::campaign;
use crate::support::Node;

/// Who may do what is another test's (`policy`), since each call is made with a token here.
const CHECKS: &str = "not_a_server_error,content_type_conformance,response_schema_conformance,status_code_conformance,\
                      unsupported_method";

/// How schemathesis ended, and what it said.
fn read(description: &Value, node: &Node, token: &str, examples: u64) -> Option<(bool, String)> {
    let program = std::env::var_os("CERTWAY_SCHEMATHESIS")?;
    let file = node.folder.path().join("openapi.json");
    std::fs::write(&file, description.to_string()).unwrap();
    let run = Command::new(program)
        .arg("run")
        .arg(&file)
        .args([
            "--url",
            &format!("https://localhost:{}", node.https_port),
            "--tls-verify",
            "false",
            "--header",
            &format!("Authorization: Bearer {token}"),
        ])
        .args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", &examples.to_string()])
        // What is drawn is the same each time, however long a busy machine takes to draw it.
        .args(["--seed", &campaign("CERTWAY_SEED", 1).to_string(), "--generation-database", "none"])
        .args(["--suppress-health-check", "too_slow"])
        // A node may end a connection that is kept, of which a client may learn only while it asks again.
        .args(["--request-retries", "2"])
        // There is no other node.
        .args(["--exclude-path-regex", "/nodes/", "--request-timeout", "20", "--no-color", "--warnings", "off"])
        .current_dir(node.folder.path())
        .output()
        .unwrap();
    Some((run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned()))
}

#[test]
fn what_is_drawn_from_the_description_gets_the_answers_that_it_tells_of() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let new = json!({ "name": "drawn", "scope": "administrator", "expires_in_days": 1 });
    let (status, made) = client.post("/api/v1/tokens", &new);
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let token = made["secret"].as_str().unwrap();
    let description = client.get("/api/v1/openapi.json");
    let examples = campaign("CERTWAY_DRAWN", 15);
    let Some((well, said)) = read(&description, &node, token, examples) else {
        println!("Not run: set CERTWAY_SCHEMATHESIS to the program's path.");
        return;
    };
    println!("{}", said.lines().filter(|line| line.contains("generated")).collect::<String>());
    assert!(well, "{said}");
    // A description that tells of something else is found to.
    let mut other = description;
    other["paths"] = json!({ "/api/v1/node": other["paths"]["/api/v1/node"] });
    let answers = &mut other["paths"]["/api/v1/node"]["get"]["responses"];
    *answers = json!({ "404": answers["200"] });
    let (well, said) = read(&other, &node, token, 1).unwrap();
    assert!(!well && said.contains("Undocumented"), "{said}");
}
