//! `/api/v1/forecast`: what is foretold comes true when the clock gets there

use rcgen::KeyPair;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Authority, Client, Node, on_the_command_line, server_params};

const PATH: &str = "/api/v1/forecast";

/// The alarms that are foretold for a time: those of now, and what is raised or cleared until then.
fn alarms_at(now: &[String], forecast: &Value, days: i64) -> Vec<String> {
    let at = (time::OffsetDateTime::now_utc() + time::Duration::days(days)).unix_timestamp();
    let mut alarms = now.to_vec();
    for turn in forecast["turns"].as_array().unwrap() {
        let turned: certway_core::Time = turn["at"].as_str().unwrap().parse().unwrap();
        if turn["what"] == "alarm" && turned.unix() <= at {
            let id = turn["name"].as_str().unwrap().to_owned();
            alarms.retain(|alarm| *alarm != id);
            if turn["begins"].as_bool().unwrap() {
                alarms.push(id);
            }
        }
    }
    alarms.sort();
    alarms
}

fn sorted(mut alarms: Vec<String>) -> Vec<String> {
    alarms.sort();
    alarms
}

fn turns(forecast: &Value, what: &str) -> Vec<String> {
    let all = forecast["turns"].as_array().unwrap().iter().filter(|turn| turn["what"] == what);
    all.map(|turn| turn["message"].as_str().unwrap().to_owned()).collect()
}

/// A node that serves a certificate of thirty days, with a list of twenty.
fn node() -> (Node, Client) {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    client.append(&authority.pem);
    let mut params = server_params("node.example.com");
    params.not_after = time::OffsetDateTime::now_utc() + time::Duration::days(30);
    let pair = authority.sign(params, &KeyPair::generate().unwrap());
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    let list = authority.revocation_list(1, &[], 1, 20);
    assert_eq!(client.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    (node, client)
}

#[test]
fn what_is_foretold_comes_true() {
    let (node, client) = node();
    let now = client.alarms();
    let forecast = client.get(PATH);
    assert!(
        turns(&forecast, "certificate").contains(&"The active server certificate expires.".to_owned()),
        "{forecast}"
    );
    assert!(turns(&forecast, "crl").iter().any(|message| message.contains("count as revoked")), "{forecast}");
    assert!(turns(&forecast, "trusted_ca").iter().any(|message| message.contains("'Root'")), "{forecast}");
    let (status, mut said) = on_the_command_line(&node, &["forecast", "--format", "json"]);
    said["now"] = forecast["now"].clone();
    assert_eq!((status, &said), (0, &forecast), "the command line says the same");
    let times: Vec<&str> =
        forecast["turns"].as_array().unwrap().iter().map(|turn| turn["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let mut folder = node.stop();
    let mut seen = std::collections::BTreeSet::new();
    for days in [5, 12, 18, 22, 31] {
        let node = Node::start_shifted(folder, &format!("+{days}d"));
        let alarms = sorted(node.administrator().alarms());
        assert_eq!(alarms, alarms_at(&now, &forecast, days), "in {days} days: {forecast}");
        seen.insert(alarms);
        folder = node.stop();
    }
    assert!(seen.len() >= 4, "the alarms turn again and again: {seen:?}");
}

#[test]
fn the_temporary_certificate_renews_itself_so_nothing_turns_and_what_waits_loads_by_itself() {
    let node = Node::start();
    let (client, authority) = (node.administrator(), Authority::new("Root"));
    assert_eq!(client.get(PATH)["turns"].as_array().unwrap().len(), 0, "{}", client.get(PATH));
    client.append(&authority.pem);
    let day = |days: i64| time::OffsetDateTime::now_utc() + time::Duration::days(days);
    let issue = |from: i64, to: i64| {
        let mut params = server_params("node.example.com");
        (params.not_before, params.not_after) = (day(from), day(to));
        authority.sign(params, &KeyPair::generate().unwrap())
    };
    assert_eq!(client.upload(&issue(-1, 30)).0, StatusCode::OK);
    assert_eq!(client.upload(&issue(5, 400)).0, StatusCode::OK);
    let forecast = client.get(PATH);
    for days in [6, 15, 31, 60] {
        assert_eq!(alarms_at(&[], &forecast, days), Vec::<String>::new(), "in {days} days: {forecast}");
    }
}

#[test]
fn it_is_a_calendar_too() {
    let (_node, client) = node();
    let answer = client.call(Method::GET, &format!("{PATH}.ics")).send().unwrap();
    assert_eq!(answer.headers()["content-type"], "text/calendar; charset=utf-8");
    let text = answer.text().unwrap();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.trim_end().ends_with("END:VCALENDAR"), "{text}");
    let turns = client.get(PATH)["turns"].as_array().unwrap().len();
    assert_eq!(text.matches("BEGIN:VEVENT\r\n").count(), turns);
    assert_eq!(text.matches("BEGIN:VALARM\r\n").count(), turns);
    assert!(text.lines().all(|line| line.len() <= 75), "lines are folded (RFC 5545 section 3.1): {text}");
    assert!(text.replace("\r\n ", "").contains("SUMMARY:The active server certificate expires."), "{text}");
}
