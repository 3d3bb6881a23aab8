//! Hostile input (G4) at every call that takes a file: whatever has been found or made to trouble a reader of certificates is answered in time and
//! within memory, and the node goes on. The calls and their parts come from the node's own description.

#![expect(clippy::print_stdout, reason = "campaigns say what they saw")]

use std::collections::HashSet;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certway_core::Kind;
use reqwest::blocking::Response;
use reqwest::blocking::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::campaign::campaign;
use crate::memory::peak_kib;
use crate::support::{Client, Node, http_client};

/// What one input may take of the processor; what others do beside it is not counted.
const LONGEST: Duration = Duration::from_millis(250);
/// What all of them together may add to the node's memory, of which each may add as much.
const MOST_KIB: u64 = 64 * 1024;
/// How a file is answered, whatever it is.
const JUDGED: [StatusCode; 4] =
    [StatusCode::OK, StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT];

/// A call that takes a file, and the forms in which it does.
struct Call {
    method: Method,
    path: String,
    forms: Vec<Filled>,
}

/// The parts of a form that have the file, and what else it says.
struct Filled {
    parts: Vec<String>,
    kind: Option<&'static str>,
}

impl Call {
    /// The call with this file in it.
    fn send(&self, client: &Client, Filled { parts, kind }: &Filled, file: &[u8]) -> reqwest::Result<Response> {
        let form = parts.iter().fold(Form::new(), |form, part| {
            form.part(part.clone(), Part::bytes(file.to_vec()).file_name("hostile.pem"))
        });
        let form = kind.iter().fold(form, |form, kind| form.text("kind", *kind));
        client.call(self.method.clone(), &self.path).multipart(form).send()
    }
}

/// Every call of a description that takes a form.
fn calls(description: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let form = &operation["requestBody"]["content"]["multipart/form-data"]["schema"]["$ref"];
            let Some(place) = form.as_str().and_then(|name| name.strip_prefix('#')) else { continue };
            let forms = forms(description.pointer(place).unwrap());
            calls.push(Call { method: method.to_uppercase().parse().unwrap(), path: path.clone(), forms });
        }
    }
    calls
}

/// The ways to fill a form: the files that it must have, each other file beside them, and each kind.
fn forms(schema: &Value) -> Vec<Filled> {
    let properties = schema["properties"].as_object().unwrap();
    let is_file =
        |(_, property): &(&String, &Value)| property["format"] == "binary" || property["items"]["format"] == "binary";
    let is_required = |part: &String| schema["required"].as_array().unwrap().contains(&json!(part));
    let files = properties.iter().filter(is_file).map(|(part, _)| part.clone());
    let (required, others): (Vec<String>, Vec<String>) = files.partition(is_required);
    let fill = |kind| Filled { parts: required.clone(), kind };
    let with = |other| Filled { parts: [required.clone(), vec![other]].concat(), kind: None };
    let kinds = Kind::ALL.iter().filter(|_| properties.contains_key("kind")).map(|kind| fill(Some(kind.name())));
    std::iter::once(fill(None)).chain(others.into_iter().map(with)).chain(kinds).collect()
}

/// All files below a folder, in order of their names.
fn below(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { below(&path, files) } else { files.push(path) }
    }
}

/// What the parts of a case have in themselves (`corpus/README.md`).
fn parts(case: &str) -> Vec<Vec<u8>> {
    let part = |part: &str| {
        let (marker, body) = part.split_once('\n').unwrap_or((part, ""));
        let digits = || body.bytes().filter(|byte| *byte != b'\n').collect::<Vec<u8>>();
        match marker.split_once(' ') {
            None => Some(body.as_bytes().to_vec()),
            Some((_, "base64")) => Some(BASE64.decode(digits()).unwrap()),
            // Another file's.
            Some(_) => None,
        }
    };
    case.split("\n=== ").skip(1).filter_map(part).collect()
}

/// Every input once, each with where it is from: the corpus, the files that real programs wrote, and what the fuzzer has found.
fn inputs() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["corpus", "fuzz/seeds"] {
        below(&root.join(folder), &mut files);
    }
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let bytes = std::fs::read(&path).unwrap();
        let inside = match path.extension() {
            Some(extension) if extension == "case" => parts(std::str::from_utf8(&bytes).unwrap()),
            _ => vec![bytes],
        };
        let new = inside.into_iter().filter(|input| seen.insert(input.clone()));
        inputs.extend(new.map(|input| (name.clone(), input)));
    }
    inputs
}

/// What a process has had of all processors.
fn on_the_processor(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The program's name, which may have blanks, ends with the last bracket; the times are the 14th and 15th value.
    let times = stat.rsplit_once(')').unwrap().1.split_whitespace().skip(11).take(2);
    // The kernel tells them in hundredths of a second.
    Duration::from_millis(times.map(|ticks| 10 * ticks.parse::<u64>().unwrap()).sum())
}

/// One node that is handed file after file.
struct Trial {
    node: Node,
    pid: u32,
    /// The administrator.
    client: Client,
    made: usize,
    longest: (Duration, String),
}

impl Trial {
    fn begin() -> Self {
        let node = Node::start();
        let pid = u32::try_from(node.pid().as_raw_nonzero().get()).unwrap();
        Self { client: node.administrator(), node, pid, made: 0, longest: (Duration::ZERO, String::new()) }
    }

    /// Goes on from another address, which has all its checks before it, with no CA and no list of what came before.
    fn freshen(&mut self, nth: usize) {
        let address = IpAddr::from([127, 0, 0, u8::try_from(2 + nth).unwrap()]);
        self.client.http = http_client().local_address(address).build().unwrap();
        self.client.confirm();
        assert_eq!(self.client.make(Method::POST, "/api/v1/trusted-cas/reset").0, StatusCode::OK);
    }

    /// Makes a request, which a certificate may complete, or discards it.
    fn request(&self, wanted: bool) {
        let request = json!({ "common_name": "asked.example.com", "key": "ecdsa-p256" });
        let (method, status) =
            if wanted { (Method::POST, StatusCode::OK) } else { (Method::DELETE, StatusCode::NO_CONTENT) };
        let answer = self.client.call(method, "/api/v1/csr").json(&request).send().unwrap();
        assert_eq!(answer.status(), status);
    }

    /// Hands a file in, which must be answered.
    fn hand_in(&mut self, call: &Call, form: &Filled, (name, file): &(String, Vec<u8>)) {
        let what =
            || format!("{name} ({} bytes) as {} of {} {}", file.len(), form.parts.join(", "), call.method, call.path);
        let before = on_the_processor(self.pid);
        let answer = call.send(&self.client, form, file).unwrap_or_else(|error| panic!("{}: {error}", what()));
        let took = on_the_processor(self.pid) - before;
        let status = answer.status();
        let said = answer.text().unwrap();
        assert!(JUDGED.contains(&status), "{}: {status} {said}", what());
        assert!(serde_json::from_str::<Value>(&said).is_ok(), "{}: {said}", what());
        assert!(took <= LONGEST, "{} took {took:?}", what());
        self.made += 1;
        if took > self.longest.0 {
            self.longest = (took, what());
        }
    }
}

#[test]
fn every_input_is_answered_at_every_call_that_takes_a_file() {
    let mut trial = Trial::begin();
    let calls = calls(&trial.client.get("/api/v1/openapi.json"));
    assert!(calls.len() >= 9, "{}", calls.len());
    let (inputs, most) = (inputs(), usize::try_from(campaign("CERTWAY_HOSTILE_FORMS", 1)).unwrap());
    let before = peak_kib(trial.pid);
    for (nth, input) in inputs.iter().enumerate() {
        if nth.is_multiple_of(100) {
            trial.freshen(nth / 100);
        }
        // Ten inputs while a request is in progress, ten without one.
        if nth.is_multiple_of(10) {
            trial.request(nth.is_multiple_of(20));
        }
        for call in &calls {
            for form in call.forms.iter().cycle().skip(nth % call.forms.len()).take(most.min(call.forms.len())) {
                trial.hand_in(call, form, input);
            }
        }
    }
    let peak = peak_kib(trial.pid);
    println!("{} inputs, {} calls; {before} KiB before, {peak} KiB at most", inputs.len(), trial.made);
    println!("The longest took {:?}: {}", trial.longest.0, trial.longest.1);
    assert!(peak <= before + MOST_KIB, "{before} KiB before, {peak} KiB at most");
    assert_eq!(trial.client.get("/api/v1/session")["username"], "admin");
    assert!(!trial.node.log().contains("panicked"), "{}", trial.node.log());
}

/// The measure finds a process that takes longer.
#[test]
fn what_takes_the_processor_is_found() {
    let mut busy = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
    let found = crate::waiting::comes(Duration::from_secs(20), || on_the_processor(busy.id()) > LONGEST);
    busy.kill().unwrap();
    busy.wait().unwrap();
    assert!(found);
}
