//! Answers that come before a body is read: also clients whose HTTP/2 drops what comes with the end of their stream have them

use std::fs;
use std::process::Command;

use crate::support::Node;

/// How often each is asked: not every time the answer meets the body on its way.
const TIMES: usize = 20;

/// The statuses that Debian's curl has got, each time over a connection of its own.
fn statuses(node: &Node, version: &str, arguments: &[&str], path: &str) -> Vec<String> {
    let url = format!("https://localhost:{}{path}", node.https_port);
    let ask = |_| {
        let mut curl = Command::new("/usr/bin/curl");
        curl.args([
            "--silent",
            "--insecure",
            "--max-time",
            "20",
            "--write-out",
            "%{http_code}",
            "--output",
            "/dev/null",
        ]);
        curl.args(["--resolve", &format!("localhost:{}:{}", node.https_port, node.address)]);
        let output = curl.arg(version).args(arguments).arg(url.as_str()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    (0..TIMES).map(ask).collect()
}

#[test]
fn whoever_sends_a_body_that_nobody_reads_has_the_answer() {
    let node = Node::start();
    let file = |name: &str, bytes: usize| {
        let path = node.folder.path().join(name);
        fs::write(&path, " ".repeat(bytes)).unwrap();
        format!("@{}", path.display())
    };
    let (upload, large) = (file("upload", 400_000), file("large", 2_000_000));
    let json = "content-type: application/json";
    for (arguments, path, status) in [
        (
            ["--request", "PUT", "--data-binary", &upload, "--header", "x-certway-csrf: 1"],
            "/api/v1/server-certificate",
            "401",
        ),
        (["--request", "POST", "--data-binary", &large, "--header", json], "/api/v1/session", "413"),
        (["--request", "POST", "--data-binary", &upload, "--header", "expect:"], "/api/v1/session", "415"),
        (["--request", "POST", "--data-binary", &upload, "--header", json], "/healthz", "405"),
        (["--request", "GET", "--data-binary", &upload, "--header", json], "/healthz", "200"),
        (
            ["--request", "POST", "--form", &format!("file={large}"), "--form", &format!("file={large}")],
            "/api/v1/trusted-cas",
            "401",
        ),
    ] {
        for version in ["--http2", "--http1.1"] {
            let statuses = statuses(&node, version, &arguments, path);
            assert_eq!(statuses, vec![status; TIMES], "{version} {arguments:?} {path}");
        }
    }
}
