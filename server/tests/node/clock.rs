//! A clock that jumps: nothing panics, and no session lasts longer than it should.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Authority, Client, Node};

/// By how many seconds the clock is wrong: an hour to and fro, ten years, over the ends of 32-bit time and of UTCTime.
fn shifts() -> Vec<i64> {
    let now = time::OffsetDateTime::now_utc();
    let until = |year, month, day| {
        let then = time::Date::from_calendar_date(year, month, day).unwrap().midnight().assume_utc();
        (then - now).whole_seconds()
    };
    let years = 10 * 365 * 86_400;
    let of_2038 = until(2038, time::Month::January, 19) + 3 * 3600 + 14 * 60;
    let of_2050 = until(2050, time::Month::January, 1);
    vec![3600, -3600, 3600, years, -years, of_2038, of_2038 + 30, of_2050 - 2, of_2050 + 30, 0]
}

/// What would be asked of a node all day.
fn goes_on(node: &Node, client: &Client) {
    for path in ["server-certificate", "trusted-cas", "alarms", "events", "forecast", "node", "crls", "csr"] {
        client.get(&format!("/api/v1/{path}"));
    }
    client.append(&Authority::new("Of this time").pem);
    client.upload(&Authority::new("Unknown").issue("waits.example.com"));
    let (status, csr) = client.post("/api/v1/csr", &json!({ "common_name": "asked.example.com", "key": "ecdsa-p256" }));
    assert_eq!(status, StatusCode::OK, "{csr}");
    assert_eq!(client.make(Method::DELETE, "/api/v1/csr").0, StatusCode::NO_CONTENT);
    node.served();
    assert!(!panics(&node.log()), "{}", node.log());
}

fn panics(log: &str) -> bool {
    log.contains("panicked at")
}

/// Asks by a connection of its own: where time has jumped, the node is just giving up those that were kept idle.
fn is_signed_in(node: &Node, client: &Client) -> bool {
    let asking = Client { cookie: client.cookie.clone(), ..node.client() };
    asking.make(Method::GET, "/api/v1/session").0 == StatusCode::OK
}

#[test]
fn whatever_the_clock_says_nothing_panics_and_no_session_is_lengthened() {
    let node = Node::start_shifted(tempfile::tempdir().unwrap(), "+0");
    let client = node.administrator();
    let ended = node.administrator();
    assert_eq!(ended.make(Method::DELETE, "/api/v1/session").0, StatusCode::NO_CONTENT);
    for shift in shifts() {
        Node::shift_clock(node.folder.path(), &format!("{shift:+}"));
        // The clock alone has jumped, and no time has gone by.
        assert!(is_signed_in(&node, &client), "{shift}");
        assert!(!is_signed_in(&node, &ended), "{shift}");
        goes_on(&node, &client);
    }
    let node = node.restart();
    goes_on(&node, &node.administrator());
}

#[test]
fn a_node_starts_whatever_the_clock_says() {
    let mut folder = Node::start().stop();
    for shift in shifts() {
        let node = Node::start_shifted(folder, &format!("{shift:+}"));
        goes_on(&node, &node.administrator());
        folder = node.stop();
    }
}

#[test]
fn a_session_that_is_used_all_the_time_ends_after_eight_hours() {
    let node = Node::start_in_time_that_jumps(tempfile::tempdir().unwrap(), &[]);
    let client = node.administrator();
    let step = 14 * 60;
    for passed in (step..8 * 3600 - 60).step_by(step) {
        Node::shift_clock(node.folder.path(), &format!("+{passed}"));
        assert!(is_signed_in(&node, &client), "after {passed} s");
    }
    Node::shift_clock(node.folder.path(), &format!("+{}", 8 * 3600));
    assert!(!is_signed_in(&node, &client));
}

/// Time that does go by ends a session, so the trials above would find one that was lengthened; and a panic shows.
#[test]
fn what_the_trial_looks_for_is_found() {
    let node = Node::start_in_time_that_jumps(tempfile::tempdir().unwrap(), &[]);
    let client = node.administrator();
    Node::shift_clock(node.folder.path(), "+840");
    assert!(is_signed_in(&node, &client));
    Node::shift_clock(node.folder.path(), "+1800");
    assert!(!is_signed_in(&node, &client));
    assert!(panics("thread 'main' panicked at server/src/clock.rs:7:9:\n"));
}
