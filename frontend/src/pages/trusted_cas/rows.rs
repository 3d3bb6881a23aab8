//! The list as rows: searched, filtered and sorted.

use std::collections::BTreeMap;

use certway_wire::node::TrustedCa;

use crate::time_text;
use crate::ui::Sort;

/// 'Expires soon' begins here, as in the judge.
const SOON_S: i64 = 21 * 86_400;

/// What the list can be narrowed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Filter {
    All,
    Expired,
    ExpiresSoon,
    Weak,
    Unused,
    SameName,
}

impl Filter {
    pub(super) const ALL: [Self; 6] =
        [Self::All, Self::Expired, Self::ExpiresSoon, Self::Weak, Self::Unused, Self::SameName];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Expired => "Expired",
            Self::ExpiresSoon => "Expires soon",
            Self::Weak => "Weak",
            Self::Unused => "Unused",
            Self::SameName => "Same name",
        }
    }
}

/// One CA, with what searching and filtering ask for worked out once.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Row {
    pub(super) ca: TrustedCa,
    /// Whether another CA of the list has the same name.
    pub(super) same_name: bool,
    /// What is searched, in lower case.
    text: String,
    ends: i64,
}

impl Row {
    pub(super) fn is(&self, filter: Filter, now: i64) -> bool {
        match filter {
            Filter::All => true,
            Filter::Expired => self.ends < now,
            Filter::ExpiresSoon => (now..now + SOON_S).contains(&self.ends),
            Filter::Weak => self.ca.weak,
            Filter::Unused => !self.ca.in_use,
            Filter::SameName => self.same_name,
        }
    }
}

/// The rows of a list, in its own order.
pub(super) fn rows(certificates: Vec<TrustedCa>) -> Vec<Row> {
    let mut names = BTreeMap::<String, usize>::new();
    for ca in &certificates {
        *names.entry(ca.name.to_lowercase()).or_default() += 1;
    }
    certificates
        .into_iter()
        .map(|ca| Row {
            same_name: names.get(&ca.name.to_lowercase()).is_some_and(|count| *count > 1),
            text: format!("{}\n{}\n{}\n{}\n{}", ca.name, ca.subject, ca.issuer, ca.key, ca.fingerprint).to_lowercase(),
            ends: time_text::unix(&ca.not_after).unwrap_or(i64::MAX),
            ca,
        })
        .collect()
}

/// The fingerprints of the rows that have every word of `search` and pass the filter, sorted.
pub(super) fn shown(rows: &[Row], search: &str, filter: Filter, sort: Sort, now: i64) -> Vec<String> {
    let search = search.to_lowercase();
    // A fingerprint is searched as people copy it, with colons.
    let words: Vec<String> = search.split_whitespace().map(|word| word.replace(':', "")).collect();
    let found = rows.iter().filter(|row| row.is(filter, now) && words.iter().all(|word| row.text.contains(word)));
    let (column, backwards) = sort;
    let key = |row: &Row| match column {
        "name" => row.ca.name.to_lowercase(),
        "issuer" => row.ca.issuer.to_lowercase(),
        // RFC 3339 in UTC sorts as text.
        "ends" => row.ca.not_after.clone(),
        "key" => row.ca.key.clone(),
        _ => String::new(),
    };
    // Rows with the same key stay in the list's own order.
    let mut found: Vec<(String, usize, &str)> =
        found.enumerate().map(|(index, row)| (key(row), index, row.ca.fingerprint.as_str())).collect();
    found.sort_unstable();
    if backwards {
        found.reverse();
    }
    found.into_iter().map(|(_, _, fingerprint)| fingerprint.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use certway_wire::node::TrustedCa;

    use super::{Filter, rows, shown};

    fn ca(name: &str, fingerprint: &str, not_after: &str) -> TrustedCa {
        TrustedCa {
            fingerprint: fingerprint.to_owned(),
            name: name.to_owned(),
            subject: format!("CN={name}"),
            issuer: format!("CN={name}"),
            not_before: "2020-01-01T00:00:00Z".to_owned(),
            not_after: not_after.to_owned(),
            key: "RSA 2048".to_owned(),
            root: true,
            weak: false,
            in_use: name == "Gamma",
            origin: "upload".to_owned(),
            added_at: "2026-01-01T00:00:00Z".to_owned(),
        }
    }

    #[test]
    fn rows_are_searched_filtered_and_sorted() {
        let now = 1_795_478_400; // 2026-11-24
        let rows = rows(vec![
            ca("Beta", "b0", "2026-12-01T00:00:00Z"),
            ca("alpha", "a0", "2025-01-01T00:00:00Z"),
            ca("Gamma", "c0", "2040-01-01T00:00:00Z"),
            ca("beta", "b1", "2040-01-01T00:00:00Z"),
        ]);
        #[track_caller]
        fn check(rows: &[super::Row], search: &str, filter: Filter, sort: super::Sort, wanted: &[&str]) {
            assert_eq!(shown(rows, search, filter, sort, 1_795_478_400), wanted);
        }
        assert!(rows[0].is(Filter::ExpiresSoon, now));
        check(&rows, "", Filter::All, ("name", false), &["a0", "b0", "b1", "c0"]);
        check(&rows, "", Filter::All, ("added", true), &["b1", "c0", "a0", "b0"]);
        check(&rows, "BETA rsa", Filter::All, ("ends", false), &["b0", "b1"]);
        check(&rows, "c:0", Filter::All, ("added", false), &["c0"]);
        check(&rows, "", Filter::Expired, ("added", false), &["a0"]);
        check(&rows, "", Filter::SameName, ("added", false), &["b0", "b1"]);
        check(&rows, "", Filter::Unused, ("name", false), &["a0", "b0", "b1"]);
        check(&rows, "delta", Filter::All, ("name", false), &[]);
    }
}
