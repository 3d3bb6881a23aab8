//! A first question that nobody asked.
//!
//! A browser compiles a function of a module when it is first called, and compiles it well once it has been called
//! often. So the judge answers a question about four small CA certificates, with every kind of key, before a file is chosen; the page
//! gets the answers too, which warms what reads them.

use certway_wire::judge::{Answer, Question};
use zeroize::Zeroizing;

use crate::answer;

/// No question of the page has this number, so it takes the answers for out of date.
const NOBODY: u32 = 0;
/// A case of the corpus: text between the blocks of a file is no matter.
const FILE: &[u8] = include_bytes!("../../../corpus/accept-ca-kinds-of-key.case");
const TIMES: u32 = 100;

/// Judges the file again and again; `post` gets every answer.
pub(crate) fn warm_up(now_ms: &dyn Fn() -> f64, post: &mut dyn FnMut(&Answer)) -> Result<(), String> {
    let question = Question {
        id: NOBODY,
        kind: "trusted-ca".to_owned(),
        at: "2026-11-24T00:00:00Z".to_owned(),
        file: 0,
        key: None,
        certificate: None,
        trusted: Some(Vec::new()),
        crls: Vec::new(),
        csr: None,
        current_key: None,
        wildcards: Default::default(),
        security_level: Default::default(),
    };
    let json = serde_json::to_string(&question).map_err(|error| error.to_string())?;
    (0..TIMES).try_for_each(|_| answer::answer(&json, &[Zeroizing::new(FILE.to_vec())], now_ms, post))
}
