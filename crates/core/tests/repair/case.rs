//! The cases of `corpus/repair/cases.json`.

use certway_core::{Context, Repair, RepairFile, repair};
use serde_json::Value;

use crate::files::file;

/// One case.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) passphrase: Option<String>,
    pub(crate) outcome: String,
    pub(crate) certificate: Vec<String>,
    pub(crate) private_key: Option<String>,
    pub(crate) trusted_cas: Vec<String>,
    pub(crate) csr: Option<String>,
    pub(crate) mentions: Vec<String>,
    trusted: Vec<Vec<u8>>,
    steps: Vec<String>,
    problems: Vec<String>,
}

impl Case {
    pub(crate) fn steps(&self) -> Vec<&str> {
        self.steps.iter().map(String::as_str).collect()
    }

    pub(crate) fn problems(&self) -> Vec<&str> {
        self.problems.iter().map(String::as_str).collect()
    }

    pub(crate) fn repair(&self) -> Repair {
        let files: Vec<&[u8]> = self.files.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        self.repair_files(&files)
    }

    /// With other bytes in the place of the case's.
    pub(crate) fn repair_files(&self, files: &[&[u8]]) -> Repair {
        let names = self.files.iter().map(|(name, _)| name.as_str());
        let files: Vec<RepairFile<'_>> = names.zip(files).map(|(name, bytes)| RepairFile { name, bytes }).collect();
        self.with_context(|context| repair(&files, self.passphrase.as_deref(), context))
    }

    /// The corpus is from November 2026.
    pub(crate) fn with_context<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let trusted: Vec<&[u8]> = self.trusted.iter().map(Vec::as_slice).collect();
        let now = "2026-12-01T00:00:00Z".parse().expect("a time");
        act(&Context { trusted_cas: Some(&trusted), ..Context::at(now) })
    }
}

/// Every case.
pub(crate) fn cases() -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_slice(&file("cases.json")).expect("the cases are JSON");
    cases.iter().map(case).collect()
}

fn case(value: &Value) -> Case {
    let text = |key: &str| value[key].as_str().map(String::from);
    let texts = |key: &str| -> Vec<String> {
        value[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
    };
    Case {
        name: text("name").expect("a case has a name"),
        files: texts("files").into_iter().map(|name| (name.clone(), file(&name))).collect(),
        passphrase: text("passphrase"),
        outcome: text("outcome").expect("a case has an outcome"),
        certificate: texts("certificate"),
        private_key: text("private_key"),
        trusted_cas: texts("trusted_cas"),
        csr: text("csr"),
        mentions: texts("mentions"),
        trusted: texts("trusted").iter().map(|name| file(name)).collect(),
        steps: texts("steps"),
        problems: texts("problems"),
    }
}
