//! `/api/v1/trusted-cas/what-breaks` and `/undo`: a deletion is looked at before, and undone after

use rcgen::KeyPair;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Authority, Client, Node, on_the_command_line, person};

const PATH: &str = "/api/v1/trusted-cas";

fn what_breaks(client: &Client, fingerprints: &[&str]) -> Value {
    let (status, answer) = client.post(&format!("{PATH}/what-breaks"), &json!({ "fingerprints": fingerprints }));
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// What is affected, and whether it holds.
fn affected(answer: &Value) -> Vec<(&str, bool)> {
    let rows = answer["affected"].as_array().unwrap().iter();
    rows.map(|row| (row["what"].as_str().unwrap(), row["holds"].as_bool().unwrap())).collect()
}

fn fingerprints(client: &Client) -> Vec<String> {
    let list = client.get(PATH);
    let rows = list["certificates"].as_array().unwrap();
    rows.iter().map(|row| row["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn everything_that_chains_through_a_ca_is_named_before_it_is_deleted() {
    let node = Node::start();
    let client = node.administrator();
    let (first, second, third) = (Authority::new("First"), Authority::new("Second"), Authority::new("Third"));
    let key = KeyPair::generate().unwrap();
    let same_key = KeyPair::from_pem(&key.serialize_pem()).unwrap();
    let (issuing, crossed) = (first.subordinate("Issuing", key), second.subordinate("Issuing", same_key));
    client.append(&[&first, &second, &third, &issuing].map(|ca| ca.pem.as_str()).concat());
    assert_eq!(client.upload(&third.issue("old.example.com")).0, StatusCode::OK);
    let pair = issuing.issue("node.example.com");
    assert_eq!(client.upload(&pair).0, StatusCode::OK);
    let list = first.revocation_list(1, &[], 1, 30);
    assert_eq!(client.send(Method::POST, "/api/v1/crls", &[("file", &list)]).0, StatusCode::OK);
    // A server that the node has connected to: itself.
    let port: u16 = client.base.rsplit(':').next().unwrap().parse().unwrap();
    let (_, reception) = client.post("/api/v1/client-certificate/try", &json!({ "host": "127.0.0.1", "port": port }));
    assert_eq!(reception["connected"], true, "{reception}");

    let answer = what_breaks(&client, &[&first.fingerprint]);
    let wanted = [("server_active", false), ("peer", false), ("crl", false), ("trusted_ca", false)];
    assert_eq!(affected(&answer), wanted, "{answer}");
    let broken = &answer["affected"][0];
    assert_eq!(broken["before"].as_array().unwrap().len(), 3, "{broken}");
    assert_eq!(broken["after"].as_array().unwrap().last().unwrap()["origin"], "missing", "{broken}");
    let said = on_the_command_line(&node, &["what-breaks", "--format", "json", &first.fingerprint]);
    assert_eq!(said, (2, answer.clone()), "the command line says the same");
    assert_eq!(affected(&what_breaks(&client, &[&third.fingerprint])), [("server_previous", false)]);
    assert_eq!(affected(&what_breaks(&client, &[&second.fingerprint])), []);

    // Cross-signed, it holds by another path, and the same name with the same key stands in.
    client.append(&crossed.pem);
    let answer = what_breaks(&client, &[&first.fingerprint]);
    assert!(affected(&answer).contains(&("server_active", true)), "{answer}");
    assert!(affected(&answer).contains(&("crl", false)), "{answer}");
    let answer = what_breaks(&client, &[&issuing.fingerprint]);
    assert_eq!(answer["same_name"][0]["fingerprint"], crossed.fingerprint.as_str());
    assert_eq!(answer["same_name"][0]["same_key"], true);

    assert_eq!(fingerprints(&client).len(), 6, "nothing was deleted by looking");
    let (status, _) = client.post(&format!("{PATH}/what-breaks"), &json!({ "fingerprints": ["00"] }));
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = client.post(&format!("{PATH}/what-breaks"), &json!({ "fingerprints": [] }));
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_deletion_and_a_reset_are_undone_within_ten_minutes_and_not_after() {
    let node = Node::start();
    let client = node.administrator();
    let (first, second) = (Authority::new("First"), Authority::new("Second"));
    client.append(&[first.pem.as_str(), &second.pem].concat());
    assert_eq!(client.upload(&first.issue("node.example.com")).0, StatusCode::OK);
    let before = fingerprints(&client);
    let undo = |client: &Client| client.make(Method::POST, &format!("{PATH}/undo"));
    let (status, problem) = undo(&client);
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");

    client.confirm();
    assert_eq!(client.delete(&[&first.fingerprint]).0, StatusCode::OK);
    assert_eq!(client.alarms(), ["active-not-trusted"]);
    assert_eq!(client.get(PATH)["undo"]["count"], 1);
    let node = node.restart();
    let client = node.administrator();
    let (status, changed) = undo(&client);
    assert_eq!((status, &changed["added"], &changed["active_trusted"]), (StatusCode::OK, &json!(1), &json!(true)));
    assert_eq!(fingerprints(&client), before, "each is where it stood");
    assert!(client.alarms().is_empty());
    assert!(client.get(PATH)["undo"].is_null());
    assert!(client.actions().contains(&"trusted-cas-deletion-undone".to_owned()));

    client.confirm();
    assert_eq!(client.make(Method::POST, &format!("{PATH}/reset")).0, StatusCode::OK);
    assert_eq!(undo(&client).1["added"], 2);
    client.confirm();
    assert_eq!(client.delete(&[&second.fingerprint]).0, StatusCode::OK);
    let node = Node::start_shifted(node.stop(), "+11m");
    let client = node.administrator();
    assert!(client.get(PATH)["undo"].is_null());
    assert_eq!(undo(&client).0, StatusCode::CONFLICT);
    assert_eq!(fingerprints(&client), before[..2]);
}

#[test]
fn each_deletion_is_undone_by_itself_and_a_reset_takes_back_what_it_added() {
    let node = Node::start();
    let client = node.administrator();
    let cas = ["First", "Second", "Third", "Fourth", "Fifth"].map(Authority::new);
    let at_start = fingerprints(&client);
    client.append(&cas.each_ref().map(|ca| ca.pem.as_str()).concat());
    let before = fingerprints(&client);
    let undo = || client.make(Method::POST, &format!("{PATH}/undo")).1;
    let offered = || client.get(PATH)["undo"].clone();

    client.confirm();
    client.delete(&[&cas[0].fingerprint]);
    // What comes with the node goes, and the reset brings it back.
    client.delete(&[&at_start[0], &cas[1].fingerprint, &cas[2].fingerprint, &cas[3].fingerprint]);
    let after_deletions = fingerprints(&client);
    assert_eq!(client.make(Method::POST, &format!("{PATH}/reset")).1["added"], 1);
    assert_eq!(fingerprints(&client), at_start);
    let offer = offered();
    assert_eq!((&offer["names"], &offer["count"], &offer["goes"]), (&json!(["Fifth"]), &json!(1), &json!(1)));

    let undone = undo();
    assert_eq!((&undone["names"], &undone["removed"], &undone["note"]), (&json!(["Fifth"]), &json!(1), &Value::Null));
    assert_eq!(fingerprints(&client), after_deletions);
    let offer = offered();
    assert_eq!((&offer["count"], offer["names"].as_array().unwrap().len()), (&json!(4), 3));
    assert_eq!(undo()["added"], 4);
    assert_eq!(offered()["names"], json!(["First"]));
    assert_eq!(undo()["names"], json!(["First"]));
    assert_eq!((fingerprints(&client), offered()), (before, Value::Null));

    // What was changed after a reset is not overruled: what it added stays, and that is told.
    client.delete(&[&at_start[0]]);
    client.make(Method::POST, &format!("{PATH}/reset"));
    client.append(&Authority::new("Later").pem);
    assert_eq!(offered()["goes"], 0);
    let undone = undo();
    assert_eq!((&undone["added"], &undone["removed"]), (&json!(5), &json!(0)));
    assert!(undone["note"].as_str().unwrap().contains("stays, since the list was changed after it"), "{undone}");
    assert!(fingerprints(&client).contains(&at_start[0]));
    // The first of these deletions has nothing to bring back any more.
    assert_eq!(offered(), Value::Null);
}

#[test]
fn undoing_does_not_remove_the_ground_under_ones_own_feet() {
    let node = Node::start();
    let client = node.administrator();
    let own = Authority::new("Own");
    drop(client);
    let folder = node.stop();
    std::fs::write(folder.path().join("cas.pem"), &own.pem).unwrap();
    let config = folder.path().join("certway.toml");
    std::fs::write(&config, "default_trusted_cas = \"cas.pem\"\n").unwrap();
    let node = Node::start_in(folder, &["--config", config.to_str().unwrap()]);
    let client = node.administrator();
    client.confirm();
    assert_eq!(client.make(Method::POST, &format!("{PATH}/reset")).1["added"], 1);
    let settings = "/api/v1/client-certificate-test/settings";
    let trying = crate::sign_in_settings::settings("validation", Some(10));
    assert_eq!(client.put(settings, &trying).0, StatusCode::OK);
    let known = crate::sign_in_settings::signed_in(&node, &person(&own, "admin"));
    let (status, refused) = known.make(Method::POST, &format!("{PATH}/undo"));
    assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &json!("/problems/would-lock-out")), "{refused}");
    assert!(fingerprints(&known).contains(&own.fingerprint));
}
