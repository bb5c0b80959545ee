//! What may stand in a source file.

use crate::workspace::{Crate, SourceFile};

/// Crates that compute and do nothing else.
const PURE: &[&str] = &["assurance", "clock", "conversation"];

/// What a pure crate does not name: the outside world, and the clock.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::io",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "println!",
    "eprintln!",
];

/// Written in two halves, because this file is searched as well.
const WORDS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it, or open an issue"),
    (concat!("FIX", "ME"), "mend it, or open an issue"),
    (concat!("to", "do!("), "write it"),
    (concat!("unimple", "mented!("), "write it"),
    (concat!("db", "g!("), "remove it"),
    (concat!("#[ig", "nore"), "a test runs, or it is removed"),
    (concat!("#[al", "low("), "use `#[expect(…, reason = \"…\")]`"),
    (concat!("#![al", "low("), "use `#![expect(…, reason = \"…\")]`"),
];

/// Lines of code, without the tests below it.
const LONG: usize = 400;
const TOO_LONG: usize = 600;

pub(crate) struct Lengths {
    /// Worth splitting.
    pub(crate) long: Vec<String>,
    /// Have to be split.
    pub(crate) too_long: Vec<String>,
}

pub(crate) fn forbid_unsafe(crates: &[Crate]) -> Vec<String> {
    let files = crates.iter().flat_map(|one| one.files.iter().filter(|file| is_root(one, file)));
    let unguarded = files.filter(|file| !file.text.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]"));
    unguarded.map(|file| format!("{} does not say it", file.path)).collect()
}

/// Where a library or a program begins.
fn is_root(one: &Crate, file: &SourceFile) -> bool {
    let inside = file.path.strip_prefix(&one.folder).unwrap_or_default();
    inside == "/src/lib.rs" || inside == "/src/main.rs" || inside.starts_with("/src/bin/")
}

pub(crate) fn words(crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in crates.iter().flat_map(|one| &one.files) {
        for (number, line) in file.text.lines().enumerate() {
            for (word, remedy) in WORDS.iter().filter(|(word, _)| has_word(line, word)) {
                complaints.push(format!("{}:{}: `{word}`: {remedy}", file.path, number + 1));
            }
        }
    }
    complaints
}

/// Whether the line has it, and not only as a part of a longer word.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let joined_before = word.starts_with(part) && line[..at].ends_with(part);
        let joined_behind = word.ends_with(part) && line[at + word.len()..].starts_with(part);
        !joined_before && !joined_behind
    })
}

pub(crate) fn pure(crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in crates.iter().filter(|one| PURE.contains(&one.short())).flat_map(|one| &one.files) {
        if file.is_test() {
            continue;
        }
        for (number, line) in file.code().lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in IMPURE.iter().filter(|word| has_word(line, word)) {
                complaints.push(format!("{}:{}: `{word}`: what is needed is an argument", file.path, number + 1));
            }
        }
    }
    complaints
}

pub(crate) fn lengths(crates: &[Crate]) -> Lengths {
    let mut lengths = Lengths { long: Vec::new(), too_long: Vec::new() };
    for file in crates.iter().flat_map(|one| &one.files).filter(|file| !file.is_test()) {
        let lines = file.code().lines().count();
        let complaint = format!("{} has {lines} lines of code", file.path);
        match lines {
            0..=LONG => {}
            lines if lines <= TOO_LONG => lengths.long.push(complaint),
            _ => lengths.too_long.push(complaint),
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(package: &str, path: &str, text: &str) -> Vec<Crate> {
        let short = crate::workspace::short(package);
        let file = SourceFile { path: format!("crates/{short}/{path}"), text: text.into() };
        vec![Crate {
            folder: format!("crates/{short}"),
            package: package.into(),
            files: vec![file],
            ..Crate::default()
        }]
    }

    #[test]
    fn every_root_has_to_forbid_unsafe_code() {
        for path in ["src/lib.rs", "src/main.rs", "src/bin/x.rs"] {
            assert_eq!(
                forbid_unsafe(&with("counterfoil-x", path, "//! x\n// #![forbid(unsafe_code)]\n")).len(),
                1,
                "{path}"
            );
            assert!(forbid_unsafe(&with("counterfoil-x", path, "//! x\n#![forbid(unsafe_code)]\n")).is_empty());
        }
        assert!(forbid_unsafe(&with("counterfoil-x", "src/page.rs", "")).is_empty());
    }

    #[test]
    fn every_word_is_found_in_code_and_in_tests() {
        for (word, _) in WORDS {
            let text = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n    // {word}\n}}\n");
            let found = words(&with("counterfoil-x", "tests/a.rs", &text));
            assert_eq!(found.len(), 1, "{word}");
            assert!(found[0].starts_with("crates/x/tests/a.rs:4:"), "{found:?}");
        }
        let longer = concat!("let TO", "DOS = mastodo", "n; #[expect(clippy::x)]");
        assert!(words(&with("counterfoil-x", "src/a.rs", longer)).is_empty());
    }

    #[test]
    fn a_pure_crate_names_no_outside_world_but_its_tests_may() {
        for word in IMPURE {
            let text = format!("//! no std::fs here\nfn a() {{ {word} }}\n");
            assert_eq!(pure(&with("counterfoil-assurance", "src/a.rs", &text)).len(), 1, "{word}");
            assert!(pure(&with("counterfoil-assurance", "tests/a.rs", &text)).is_empty());
            assert!(pure(&with("counterfoil-ledger", "src/a.rs", &text)).is_empty());
        }
        let below = "fn a() {}\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert!(pure(&with("counterfoil-clock", "src/a.rs", below)).is_empty());
    }

    #[test]
    fn lengths_count_code_and_not_tests() {
        let of = |lines: usize, tests: usize| {
            let text = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "\n".repeat(lines), "\n".repeat(tests));
            let lengths = lengths(&with("counterfoil-x", "src/a.rs", &text));
            (lengths.long.len(), lengths.too_long.len())
        };
        assert_eq!([of(400, 900), of(401, 0), of(600, 0), of(601, 0)], [(0, 0), (1, 0), (1, 0), (0, 1)]);
        let long = "\n".repeat(900);
        assert_eq!(lengths(&with("counterfoil-x", "tests/a.rs", &long)).too_long.len(), 0);
    }
}
