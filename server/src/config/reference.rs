//! What there is to set, told from the table of keys: the example file, and the list in `docs/handbook/configuration.md`.

use super::keys::{ALL, Key, Unset};

const HEAD: &str = "\
# Certway's configuration. Every key may be left out; what stands here after # is what holds then, or an example.
# `certway config check --config FILE` says every fault, and what is in force. docs/handbook/configuration.md tells the rest.
";

/// A configuration file with every key in it, each as a comment.
pub(crate) fn example() -> String {
    let mut text = HEAD.to_owned();
    let mut table = "";
    for key in ALL.iter().filter(|key| key.name != "service" && key.name != "service.file") {
        let of = key.name.rsplit_once('.').map_or("", |(table, _)| table);
        if of != table {
            table = of;
            text += &heading(table);
        }
        text += &format!("\n# {}\n", upper(key.about));
        text += &format!("# Takes {}. {}\n", key.takes, unset(key));
        text += &format!("# {} = {}\n", key.word(), key.example());
    }
    text
}

fn heading(table: &str) -> String {
    match table {
        "cluster" => "\n# Several nodes that share and verify: docs/handbook/cluster.md\n# [cluster]\n".to_owned(),
        "service" => {
            "\n# A server beside the node that is given its certificate: docs/handbook/services.md\n# [[service]]\n"
                .to_owned()
        }
        "service.file" => "\n# [[service.file]]\n".to_owned(),
        other => format!("\n# [{other}]\n"),
    }
}

fn unset(key: &Key) -> String {
    match key.unset {
        Unset::Is(_) => "Left out, it is as here:".to_owned(),
        Unset::Means(what, _) => format!("Left out: {what}."),
        Unset::Refused(_) => "Its table must have it.".to_owned(),
    }
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// The list of all keys, as Markdown.
#[cfg(test)]
fn list() -> String {
    let mut text =
        "| key | takes | left out | variable, option, credential | what for |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for key in ALL {
        let left_out = match key.unset {
            Unset::Is(value) => format!("`{value}`"),
            Unset::Means(what, _) => what.to_owned(),
            Unset::Refused(_) => "refused".to_owned(),
        };
        let credential = key.credential.map(|name| format!("credential `{name}`"));
        let elsewhere =
            [key.variable().map(|name| format!("`{name}`")), key.option.map(|name| format!("`{name}`")), credential];
        let elsewhere = elsewhere.into_iter().flatten().collect::<Vec<_>>().join(", ");
        text += &format!("| `{}` | {} | {left_out} | {elsewhere} | {} |\n", key.name, key.takes, key.about);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/handbook/configuration.md");
    const PACKAGED: &str = include_str!("../../../packaging/certway.toml");

    #[test]
    fn the_document_lists_every_key_as_it_is_read() {
        let list = list();
        assert!(DOCUMENT.contains(&list), "docs/handbook/configuration.md must have this list:\n{list}");
        let named = DOCUMENT.lines().filter(|line| line.starts_with("| `")).count();
        assert_eq!(named, ALL.len(), "docs/handbook/configuration.md has more rows than there are keys");
    }

    #[test]
    fn the_file_of_the_package_is_the_example_with_a_folder_of_the_system() {
        let wanted = example().replace("# data_dir = \"certway-data\"", "data_dir = \"/var/lib/certway\"");
        assert_eq!(PACKAGED, wanted, "packaging/certway.toml must be:\n{wanted}");
    }

    #[test]
    fn the_example_is_understood_with_each_key_in_it() {
        let uncommented = example_lines();
        let text = uncommented.join("\n");
        let reading = crate::config::tests::read(&text, &[]);
        assert_eq!(reading.faults, [], "{text}");
        let keys = uncommented.iter().filter(|line| !line.starts_with('[')).count();
        assert_eq!(keys, ALL.len() - 2, "{text}");
    }

    /// The comments that are a heading or `key = value`, not words.
    fn example_lines() -> Vec<String> {
        let example = example();
        let comments = example.lines().filter_map(|line| line.strip_prefix("# "));
        let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let keys = comments
            .filter(|line| line.starts_with('[') || line.split_once(" = ").is_some_and(|(word, _)| plain(word)));
        keys.map(str::to_owned).collect()
    }
}
