//! Reads cases; the format is described in `corpus/README.md`.

use std::collections::BTreeMap;

use certway_core::{Context, Kind, Part, Place, SecurityLevel, Time, Upload, Wildcards};

/// One case of the corpus.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) at: Time,
    pub(crate) list_is_known: bool,
    pub(crate) decision: String,
    pub(crate) loadable: bool,
    /// Added, known, in all.
    pub(crate) trusted_cas: Option<[u32; 3]>,
    pub(crate) findings: Vec<Expected>,
    pub(crate) parts: Vec<(String, Vec<u8>)>,
}

/// One finding that a case asks for: what is not said is not compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) severity: String,
    pub(crate) rule: String,
    pub(crate) part: Option<String>,
    pub(crate) block: Option<u32>,
    pub(crate) line: Option<u32>,
    pub(crate) field: Option<String>,
    pub(crate) found: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) alarm: Option<bool>,
    pub(crate) mentions: Vec<String>,
}

/// The files of the corpus by their names in its folder.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

const PARTS: [&str; 7] = ["file", "key", "certificate", "trusted", "crl", "csr", "current-key"];

/// Every case, by name.
pub(crate) fn cases(files: &Files) -> Vec<Case> {
    let names = files.keys().filter(|name| name.ends_with(".case") && !name.contains('/'));
    names.map(|name| parse(name, files).unwrap_or_else(|fault| panic!("{name}: {fault}"))).collect()
}

fn parse(name: &str, files: &Files) -> Result<Case, String> {
    let text = std::str::from_utf8(&files[name]).map_err(|fault| fault.to_string())?;
    let (head, parts) = split(text)?;
    let (header, findings) = head.split_once("findings:\n").ok_or("no `findings:` line")?;
    let mut values = header_values(header)?;
    let mut take = |key: &str| values.remove(key).ok_or_else(|| format!("no `{key}`"));
    for described in ["why", "source"] {
        take(described)?;
    }
    let case = Case {
        name: name.into(),
        kind: Kind::from_name(take("kind")?).ok_or("no such kind")?,
        at: take("at")?.parse().map_err(|_| "`at` is no time")?,
        decision: take("decision")?.into(),
        loadable: take("loadable")?.parse().map_err(|_| "`loadable` is neither true nor false")?,
        list_is_known: take("trusted-list").is_err(),
        trusted_cas: take("trusted-cas").ok().map(counts),
        findings: findings.lines().map(finding).collect::<Result<_, _>>()?,
        parts: read_parts(parts, &PARTS, files)?,
    };
    if let Some(key) = values.keys().next() {
        return Err(format!("unknown header `{key}`"));
    }
    Ok(case)
}

/// The header of a case, and its parts.
pub(crate) fn split(text: &str) -> Result<(&str, &str), String> {
    text.find("\n=== ").map(|at| text.split_at(at + 1)).ok_or_else(|| "it has no part".into())
}

pub(crate) fn header_values(header: &str) -> Result<BTreeMap<&str, &str>, String> {
    let pair = |line| str::split_once(line, ": ").ok_or_else(|| format!("not a header line: {line}"));
    header.lines().map(pair).collect()
}

/// Every part of a case; only those of these names may occur.
pub(crate) fn read_parts(mut text: &str, names: &[&str], files: &Files) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        let end = text.find("\n=== ").map_or(text.len(), |at| at + 1);
        let (part, rest) = text.split_at(end);
        let (name, bytes) = read_part(part, files)?;
        if !names.contains(&name.as_str()) {
            return Err(format!("no such part: {name}"));
        }
        parts.push((name, bytes));
        text = rest;
    }
    Ok(parts)
}

fn counts(text: &str) -> [u32; 3] {
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    std::array::from_fn(|_| numbers.next().expect("three numbers"))
}

fn finding(line: &str) -> Result<Expected, String> {
    let fault = || format!("not a finding: {line}");
    let text = line.strip_prefix("  ").ok_or_else(fault)?;
    let (severity, text) = text.split_once(' ').ok_or_else(fault)?;
    let (rule, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut expected = Expected { severity: severity.into(), rule: rule.into(), ..Expected::default() };
    while !rest.is_empty() {
        let (name, text) = rest.split_once('=').ok_or_else(fault)?;
        let (value, after) = value(text).ok_or_else(fault)?;
        let number = || value.parse().map_err(|_| fault());
        match name {
            "part" => expected.part = Some(value),
            "block" => expected.block = Some(number()?),
            "line" => expected.line = Some(number()?),
            "field" => expected.field = Some(value),
            "found" => expected.found = Some(value),
            "message" => expected.message = Some(value),
            "alarm" => expected.alarm = Some(value == "true"),
            "mentions" => expected.mentions.push(value),
            _ => return Err(format!("unknown attribute `{name}`")),
        }
        rest = after;
    }
    Ok(expected)
}

/// The value at the beginning of a text, and what follows the blank after it.
pub(crate) fn value(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        return Some((word.into(), rest));
    }
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let value = stream.next()?.ok()?;
    let rest = &text[stream.byte_offset()..];
    Some((value, rest.strip_prefix(' ').unwrap_or(rest)))
}

fn read_part(part: &str, files: &Files) -> Result<(String, Vec<u8>), String> {
    let (marker, body) = part.split_once('\n').ok_or("a marker without a line feed")?;
    let words: Vec<&str> = marker.trim_start_matches("=== ").split(' ').collect();
    let fault = || format!("not a marker: {marker}");
    let bytes = match words[1..] {
        [] => body.as_bytes().to_vec(),
        ["base64"] => decode_base64(body).ok_or_else(fault)?,
        ["from", path] => match path.split_once('#') {
            None => files.get(path).ok_or_else(fault)?.clone(),
            Some((other, name)) => {
                let other = parse(other, files)?;
                let found = other.parts.into_iter().find(|(part, _)| part == name);
                found.ok_or_else(fault)?.1
            }
        },
        _ => return Err(fault()),
    };
    Ok((words[0].into(), bytes))
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'\n').collect();
    base64_simd::STANDARD.decode_to_vec(digits).ok()
}

impl Case {
    pub(crate) fn part(&self, name: &str) -> Option<&[u8]> {
        self.every(name).first().copied()
    }

    pub(crate) fn every(&self, name: &str) -> Vec<&[u8]> {
        self.parts.iter().filter(|(part, _)| part == name).map(|(_, bytes)| bytes.as_slice()).collect()
    }

    /// Judges the case.
    pub(crate) fn judge(&self) -> certway_core::Report {
        self.judge_with(self.part("file").expect("every case has a file"), self.part("key"))
    }

    /// Judges the case with another file and key.
    pub(crate) fn judge_with(&self, file: &[u8], private_key: Option<&[u8]>) -> certway_core::Report {
        let trusted = self.every("trusted");
        let crls = self.every("crl");
        let upload = Upload { kind: self.kind, file, private_key, certificate: self.part("certificate") };
        let context = Context {
            now: self.at,
            trusted_cas: self.list_is_known.then_some(trusted.as_slice()),
            crls: &crls,
            current_key: self.part("current-key"),
            csr: self.part("csr"),
            wildcards: Wildcards::Refuse,
            security_level: SecurityLevel::Standard,
        };
        certway_core::judge(&upload, &context)
    }
}

impl Expected {
    /// Whether a finding is the one asked for.
    pub(crate) fn fits(&self, finding: &certway_core::Finding) -> bool {
        let Place { part, block, line, field } = &finding.place;
        let texts = [Some(finding.message.as_ref()), finding.found.as_deref(), finding.wanted.as_deref()];
        let said = |text: &String| texts.iter().flatten().any(|found| found.contains(text.as_str()));
        self.rule == finding.rule.id
            && self.severity == finding.rule.severity.as_str()
            && self.part.as_ref().is_none_or(|wanted| wanted == Part::as_str(*part))
            && (self.block.is_none() || self.block == *block)
            && (self.line.is_none() || self.line == *line)
            && (self.field.is_none() || self.field == *field)
            && (self.found.is_none() || self.found == finding.found)
            && self.message.as_ref().is_none_or(|wanted| *wanted == finding.message)
            && self.alarm.is_none_or(|wanted| wanted == finding.rule.alarm)
            && self.mentions.iter().all(said)
    }
}
