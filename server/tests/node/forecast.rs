//! `/api/v1/forecast`: what is foretold comes true when the clock gets there; and the calendar of it

use std::process::Command;

use rcgen::KeyPair;
use reqwest::blocking::Response;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::cluster::{NOTICED, Nodes, confirmed, name, start};
use crate::etcd_servers::EtcdServers;
use crate::support::{Authority, Client, Node, on_the_command_line, server_params};
use crate::users;
use crate::waiting::until;

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
        let alarms = node.administrator().alarms();
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

/// What a parser of iCalendar (RFC 5545) that is not ours reads: name, times, identifier and summary of each event, reminders.
const PARSER: &str = r#"
import icalendar, json, sys
calendar = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
events = [{"uid": str(e["UID"]), "summary": str(e["SUMMARY"]), "at": e["DTSTART"].dt.isoformat(), "stamp": e["DTSTAMP"].dt.isoformat(),
           "reminders": [a["TRIGGER"].dt.days for a in e.walk("VALARM")], "errors": [str(x) for x in e.errors]} for e in calendar.walk("VEVENT")]
print(json.dumps({"version": str(calendar["VERSION"]), "product": str(calendar["PRODID"]), "events": events,
                  "components": [c.name for c in calendar.subcomponents]}))
"#;

fn parsed(node: &Node, calendar: Response) -> Value {
    let file = node.folder.path().join("calendar.ics");
    std::fs::write(&file, calendar.bytes().unwrap()).unwrap();
    // Debian's own, which has Debian's packages.
    let output = Command::new("/usr/bin/python3").args(["-c", PARSER]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_calendar_in_which_nothing_ends_is_one_all_the_same() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    let cas = client.get("/api/v1/trusted-cas");
    client.delete(&[cas["certificates"][0]["fingerprint"].as_str().unwrap()]);
    assert_eq!(client.get(PATH)["turns"], json!([]));
    let calendar = parsed(&node, client.call(Method::GET, &format!("{PATH}.ics")).send().unwrap());
    assert_eq!((&calendar["components"], &calendar["events"]), (&json!(["VTODO"]), &json!([])), "{calendar}");
}

#[test]
fn the_password_of_the_calendar_ends_with_who_made_it() {
    let node = Node::start();
    let client = node.administrator();
    client.confirm();
    users::add(&client, "eve", "administrator");
    let eve = node.signed_in("eve");
    eve.confirm();
    let made = eve.make(Method::POST, "/api/v1/forecast/feed").1;
    let read = || {
        let call = client.bare(Method::GET, "/calendar.ics").basic_auth("calendar", made["password"].as_str());
        call.send().unwrap().status()
    };
    assert_eq!(read(), StatusCode::OK);
    let disable = |disabled: bool| client.put("/api/v1/users/eve", &json!({ "disabled": disabled })).0;
    assert_eq!((disable(true), read()), (StatusCode::OK, StatusCode::UNAUTHORIZED));
    let refused = client.get("/api/v1/events?action=calendar-refused")[0]["details"].clone();
    assert!(refused.as_str().unwrap().starts_with("eve made the calendar's password"), "{refused}");
    assert_eq!((disable(false), read()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(client.make(Method::DELETE, "/api/v1/users/eve").0, StatusCode::OK);
    assert_eq!(read(), StatusCode::UNAUTHORIZED);
}

#[test]
fn a_calendar_program_reads_it_with_a_password_for_nothing_else() {
    let (node, client) = node();
    let read = |user: &str, password: &str| {
        client.bare(Method::GET, "/calendar.ics").basic_auth(user, Some(password)).send().unwrap()
    };
    let refused = client.bare(Method::GET, "/calendar.ics").send().unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
    assert_eq!(
        client.call(Method::GET, "/calendar.ics").send().unwrap().status(),
        StatusCode::UNAUTHORIZED,
        "a session is no password"
    );
    assert_eq!(read("calendar", "").status(), StatusCode::UNAUTHORIZED);
    const FEED: &str = "/api/v1/forecast/feed";
    assert_eq!(client.make(Method::POST, FEED).0, StatusCode::FORBIDDEN, "it asks for the password");
    client.confirm();
    let (status, made) = client.make(Method::POST, FEED);
    assert_eq!((status, &made["path"], &made["user"]), (StatusCode::OK, &"/calendar.ics".into(), &"calendar".into()));
    let password = made["password"].as_str().unwrap().to_owned();
    assert_eq!((password.len(), client.get(FEED).to_string().contains(&password)), (64, false));
    assert_eq!(client.get(FEED)["made_by"], "admin");

    let answer = read("calendar", &password);
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"].to_str().unwrap()),
        (StatusCode::OK, &"text/calendar; charset=utf-8")
    );
    let parsed = parsed(&node, answer);
    let forecast = client.get(PATH);
    let (events, turns) = (parsed["events"].as_array().unwrap(), forecast["turns"].as_array().unwrap());
    assert_eq!((parsed["version"].as_str(), events.len()), (Some("2.0"), turns.len()));
    assert_eq!(parsed["product"], "-//Certway//Certway//EN");
    for (event, turn) in events.iter().zip(turns) {
        assert_eq!((&event["summary"], &event["reminders"]), (&turn["message"], &serde_json::json!([-7])), "{event}");
        assert_eq!(event["at"].as_str().unwrap().replace("+00:00", "Z"), turn["at"].as_str().unwrap());
        assert_eq!(event["errors"], serde_json::json!([]));
    }
    let mut names: Vec<&str> = events.iter().map(|event| event["uid"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), events.len(), "each event has a name of its own");

    // It opens nothing else, and not under another name.
    for path in [PATH, "/api/v1/forecast.ics", "/api/v1/alarms", "/api/v1/events"] {
        let answer = client.bare(Method::GET, path).basic_auth("calendar", Some(&password)).send().unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(read("admin", &password).status(), StatusCode::UNAUTHORIZED);
    let (_, again) = client.make(Method::POST, FEED);
    assert_eq!(read("calendar", &password).status(), StatusCode::UNAUTHORIZED, "another took its place");
    let password = again["password"].as_str().unwrap();
    let node = node.restart();
    let client = node.administrator();
    let read =
        || client.bare(Method::GET, "/calendar.ics").basic_auth("calendar", Some(password)).send().unwrap().status();
    assert_eq!(read(), StatusCode::OK);
    assert_eq!(client.make(Method::DELETE, FEED), (StatusCode::OK, client.get(FEED)));
    assert_eq!((read(), client.get(FEED)["made_at"].is_null()), (StatusCode::UNAUTHORIZED, true));
    assert!(
        ["calendar-feed-made", "calendar-feed-withdrawn"]
            .iter()
            .all(|action| client.actions().contains(&(*action).to_owned()))
    );
    let folder = node.stop();
    for file in ["data/certway.db", "log"] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()), "{file}");
    }
}

#[test]
fn what_ends_at_every_node_is_told_by_each_and_of_one_that_is_away_as_it_last_said() {
    let etcd = EtcdServers::start(1, None);
    let mut cluster = Nodes::verified(3, &etcd);
    let client = &cluster.clients[0];
    let others = || client.get(PATH)["others"].as_array().unwrap().clone();
    let messages = |other: &Value| -> Vec<String> {
        other["turns"].as_array().unwrap().iter().map(|turn| turn["message"].as_str().unwrap().to_owned()).collect()
    };
    let of = |node: &str| ["server", "client"].map(|which| format!("The {which} certificate of {node} expires."));
    until(NOTICED, "each has said what it shows", || {
        others().iter().all(|other| other["turns"].as_array().unwrap().len() == 2)
    });
    for (other, index) in others().iter().zip([1, 2]) {
        assert_eq!((&other["name"], messages(other)), (&name(index).into(), of(&name(index)).to_vec()));
        assert_eq!(other["note"], Value::Null);
        let own = cluster.clients[index].get(PATH);
        let ends = |turns: &Value, message: &str| {
            let turns = turns.as_array().unwrap();
            turns.iter().find(|turn| turn["message"] == message).map(|turn| turn["at"].clone())
        };
        for (told, itself) in of(&name(index)).iter().zip(["server", "client"]) {
            let itself = ends(&own["turns"], &format!("The active {itself} certificate expires."));
            assert!(itself.is_some() && ends(&other["turns"], told) == itself, "{other} {own}");
        }
    }
    // One calendar has all of them, and what they share once.
    let calendar = || client.call(Method::GET, "/api/v1/forecast.ics").send().unwrap().text().unwrap();
    let unfolded = calendar().replace("\r\n ", "").replace("\\,", ",");
    assert_eq!(unfolded.matches("SUMMARY:The trusted CA certificate 'Root' expires").count(), 1, "{unfolded}");
    assert!(unfolded.contains(&format!("SUMMARY:{}: The active server certificate expires.", name(0))), "{unfolded}");
    for message in of(&name(1)).iter().chain(&of(&name(2))) {
        assert_eq!(unfolded.matches(&format!("SUMMARY:{message}\r\n")).count(), 1, "{message} {unfolded}");
    }

    let before = others()[1]["turns"].clone();
    cluster.nodes.remove(2).kill();
    until(NOTICED, "the others have noticed", || others()[1]["note"].is_string());
    let away = others()[1].clone();
    let note = away["note"].as_str().unwrap();
    assert!(note.starts_with(&format!("{} is away: when its certificates end is as it said at 20", name(2))), "{note}");
    assert_eq!((&away["turns"], &others()[0]["note"]), (&before, &Value::Null));
    let unfolded = calendar().replace("\r\n ", "");
    assert!(unfolded.contains(&format!("X-WR-CALDESC:{note}")), "{unfolded}");
    assert_eq!(unfolded.matches("BEGIN:VEVENT").count(), unfolded.matches("BEGIN:VALARM").count());
    let (status, said) = on_the_command_line(&cluster.nodes[0], &["forecast", "--format", "json"]);
    assert_eq!((status, &said["others"][1]), (0, &away));

    // Who was started since then does not know, and says so.
    let started = start(cluster.nodes.remove(1).stop());
    let client = confirmed(&started);
    let note = || client.get(PATH)["others"][1]["note"].as_str().unwrap_or_default().to_owned();
    let unknown = "was not heard of since this node was started: when its certificates end is missing here.";
    until(NOTICED, "it says that it does not know", || note() == format!("{} {unknown}", name(2)));
}
