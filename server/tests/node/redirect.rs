//! The plain HTTP port.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::support::Node;

fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.to_lowercase()
}

#[test]
fn it_only_redirects_to_https() {
    let node = Node::start();
    let ask = |request: &str| ask(node.http_port, request);
    let answer = ask("GET /check?a=b HTTP/1.1\r\nHost: node.example.com:8080\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("http/1.1 308 "), "{answer}");
    assert!(
        answer.contains(&format!("\r\nlocation: https://node.example.com:{}/check?a=b\r\n", node.https_port)),
        "{answer}"
    );
    let answer = ask("POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("http/1.1 405 "), "{answer}");
    for host in ["Host: evil.example@node\r\n", "Host: a/b\r\n", ""] {
        let answer = ask(&format!("GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n"));
        assert!(answer.starts_with("http/1.1 400 "), "{answer}");
    }
}
