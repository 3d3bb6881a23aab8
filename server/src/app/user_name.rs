//! From a certificate to a user name: a regular expression with named groups, and a template.

use certway_wire::Certificate;
use certway_wire::sign_in::Group;
use regex::{Regex, RegexBuilder};

/// Longer ones are hardly written by hand.
const EXPRESSION_BYTES: usize = 1024;
const TEMPLATE_BYTES: usize = 256;
/// What a compiled expression and its cache may take up each.
const COMPILED_BYTES: usize = 1 << 20;
/// The longest mail address that can be (RFC 5321), which is the longest thing that people are called by.
const NAME_BYTES: usize = 254;

/// How a certificate's text becomes a user name.
#[derive(Debug)]
pub(super) struct UserNameRule {
    expression: Regex,
    template: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Group(String),
}

impl UserNameRule {
    /// The rule, or in a sentence why it is none. `^` and `$` stand for the ends of lines.
    pub(super) fn new(expression: &str, template: &str) -> Result<Self, String> {
        if expression.len() > EXPRESSION_BYTES {
            return Err(format!("The expression has more than {EXPRESSION_BYTES} bytes."));
        }
        if template.len() > TEMPLATE_BYTES {
            return Err(format!("The template has more than {TEMPLATE_BYTES} bytes."));
        }
        let expression = RegexBuilder::new(expression)
            .multi_line(true)
            .size_limit(COMPILED_BYTES)
            .dfa_size_limit(COMPILED_BYTES)
            .build()
            .map_err(|error| format!("The expression is none: {error}"))?;
        let names: Vec<&str> = expression.capture_names().flatten().collect();
        if names.is_empty() {
            return Err("The expression has no named group, such as (?<name>[a-z]+).".to_owned());
        }
        let template = pieces(template, &names)?;
        Ok(Self { expression, template })
    }

    /// What each named group catches, and the user name or why there is none.
    pub(super) fn apply(&self, text: &str) -> (Vec<Group>, Result<String, String>) {
        let caught = self.expression.captures(text);
        let value = |name: &str| Some(caught.as_ref()?.name(name)?.as_str());
        let names = self.expression.capture_names().flatten();
        let groups: Vec<Group> =
            names.map(|name| Group { name: name.to_owned(), value: value(name).map(ToOwned::to_owned) }).collect();
        if caught.is_none() {
            return (groups, Err("The expression matches nothing in the certificate's text.".to_owned()));
        }
        let mut user = String::new();
        for piece in &self.template {
            match piece {
                Piece::Text(text) => user.push_str(text),
                Piece::Group(name) => match value(name) {
                    Some(value) => user.push_str(value),
                    None => return (groups, Err(format!("The group '{name}' took no part in the match."))),
                },
            }
        }
        let user = user.trim().to_owned();
        if user.contains('\n') {
            let reason = "The user name would have several lines: [^,] is a line's end too, [^,\\n] is not.";
            return (groups, Err(reason.to_owned()));
        }
        let user = match user.len() {
            0 => Err("The user name is empty.".to_owned()),
            1..=NAME_BYTES => Ok(user),
            _ => Err(format!("The user name has more than {NAME_BYTES} bytes.")),
        };
        (groups, user)
    }
}

/// A template taken apart at its `#group#`.
fn pieces(template: &str, names: &[&str]) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    for (position, part) in template.split('#').enumerate() {
        if position % 2 == 0 {
            pieces.push(Piece::Text(part.to_owned()));
        } else if names.contains(&part) {
            pieces.push(Piece::Group(part.to_owned()));
        } else {
            return Err(format!("The template names a group '{part}'; the expression has {}.", names.join(", ")));
        }
    }
    // Pieces of text and of groups take turns, so a template that ends in a group's middle has an even number.
    if pieces.len() % 2 == 0 {
        return Err("The template has a # without its other one; a group is written #group#.".to_owned());
    }
    if pieces.len() == 1 {
        return Err("The template names no group, such as #name#; everybody would be the same user.".to_owned());
    }
    Ok(pieces)
}

/// What an expression is matched against: one fact a line. Every text of a certificate is printable, so none of them can
/// begin a line of its own.
pub(super) fn text_of(certificate: &Certificate) -> String {
    let mut lines = vec![format!("Subject: {}", certificate.subject)];
    lines.extend(certificate.common_name.iter().map(|name| format!("Common name: {name}")));
    lines.push(format!("Issuer: {}", certificate.issuer));
    lines.push(format!("Serial: {}", certificate.serial));
    lines.push(format!("Not before: {}", certificate.not_before));
    lines.push(format!("Not after: {}", certificate.not_after));
    lines.extend(certificate.alternative_names.iter().map(|name| format!("SAN {}: {}", name.kind, name.value)));
    lines.extend(certificate.key_usage.iter().flatten().map(|usage| format!("Key usage: {usage}")));
    lines.extend(certificate.extended_key_usage.iter().flatten().map(|usage| format!("Extended key usage: {usage}")));
    lines.push(format!("SHA-256: {}", certificate.fingerprint_sha256));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const TEXT: &str =
        "Subject: CN=Alice Example,OU=Ops\nCommon name: Alice Example\nSAN rfc822Name: alice@example.com\n";

    #[track_caller]
    fn check(expression: &str, template: &str, expected: Result<&str, &str>) {
        let user = UserNameRule::new(expression, template).and_then(|rule| rule.apply(TEXT).1);
        match (&user, expected) {
            (Ok(name), Ok(wanted)) => assert_eq!(name, wanted),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{reason}"),
            _ => panic!("{expression} {template}: {user:?}"),
        }
    }

    #[test]
    fn groups_go_into_the_template() {
        check("^SAN rfc822Name: (?<user>[^@]+)@(?<domain>.+)$", "#user#", Ok("alice"));
        check("^SAN rfc822Name: (?<user>[^@]+)@(?<domain>.+)$", "#domain#/#user#", Ok("example.com/alice"));
        check("^Subject: .*OU=(?P<unit>[^,\\n]+)", "ops-#unit#", Ok("ops-Ops"));
        check("^Common name: (?<name>.+)$", " #name# ", Ok("Alice Example"));
    }

    #[test]
    fn what_gives_no_name_says_why() {
        check("^Nothing: (?<name>.+)$", "#name#", Err("matches nothing"));
        check("^Common name: (.+)$", "#name#", Err("no named group"));
        check("^Common name: (?<name>.+$", "#name#", Err("unclosed group"));
        check("^(?<name>Common)", "#other#", Err("has name"));
        check("^(?<name>Common)", "#name", Err("without its other one"));
        check("^(?<name>Common)", "admin", Err("names no group"));
        check("^(?<name>Common)(?<no>x)?", "#no#", Err("took no part"));
        check("OU=(?<name>[^,]+)", "#name#", Err("several lines"));
        check("^(?<name>x*)", "#name#", Err("empty"));
        check(&format!("(?<name>{})", "x".repeat(2000)), "#name#", Err("more than 1024"));
        check("(?<name>[a-z]{1000}{1000})", "#name#", Err("size limit"));
    }

    #[test]
    fn no_expression_takes_long() {
        let begun = Instant::now();
        let rule = UserNameRule::new("^(?<name>(a+)+)$", "#name#").unwrap();
        assert!(rule.apply(&format!("{}!", "a".repeat(60_000))).1.is_err());
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
