//! Who may use whom.

use crate::workspace::{Crate, short};
use std::collections::BTreeSet;

/// From top to bottom: a crate uses only what stands above it. `connector-*` are all connectors.
const LAYERS: &[&[&str]] = &[
    &["record", "model", "diagnostics", "clock"],
    &["mapping", "conversation", "assurance", "wire", "sdk"],
    &["http", "pipeline", "config"],
    &["ledger", "cache", "amqp", "connector-*", "gym"],
    &["api", "export"],
    &["counterfoil"],
];

/// Outside of the layers: they may use everything, and nothing that is shipped may use them.
const TOOLS: &[&str] = &["testkit", "tests", "xtask"];

/// Who never uses what, not even in tests.
const NEVERS: &[(&str, &[&str])] = &[
    ("connector-*", &["counterfoil-model", "counterfoil-mapping", "counterfoil-pipeline", "counterfoil-connector-*"]),
    ("mapping", &["counterfoil-connector-*", "counterfoil-sdk", "counterfoil-http", "reqwest"]),
    ("record", &["counterfoil-model"]),
    ("model", &["counterfoil-record"]),
    ("pipeline", &["fjall", "sled", "lapin", "reqwest", "counterfoil-connector-*"]),
    ("config", &["counterfoil-connector-*"]),
    ("assurance", &["tokio", "reqwest", "tracing"]),
    ("clock", &["tokio", "reqwest", "tracing"]),
    ("api", &["counterfoil-connector-*", "counterfoil-sdk", "counterfoil-pipeline"]),
    ("*", &["counterfoil"]),
];

/// Foreign crates and who may name them.
const OWNERS: &[(&str, &[&str])] = &[
    ("anyhow", &["counterfoil", "xtask"]),
    ("askama", &["api"]),
    ("async-imap", &["connector-email"]),
    ("axum", &["api"]),
    // The pipeline asks again for a page, the client for one of its requests.
    ("backoff", &["pipeline", "http"]),
    ("calamine", &["connector-file"]),
    ("cel", &["mapping"]),
    ("clap", &["counterfoil", "xtask"]),
    ("clap_complete", &["counterfoil"]),
    ("clap_mangen", &["counterfoil"]),
    ("comfy-table", &["counterfoil"]),
    // The gym writes the files that providers send.
    ("csv", &["connector-file", "export", "gym"]),
    ("fjall", &["ledger"]),
    // The gym serves tools on loopback, and packs their answers when it is asked to.
    ("flate2", &["gym", "http"]),
    ("governor", &["http"]),
    ("hmac", &["api"]),
    ("http-body-util", &["gym", "testkit"]),
    ("hyper", &["api", "gym", "testkit"]),
    ("hyper-util", &["api", "gym", "testkit"]),
    ("indicatif", &["counterfoil"]),
    ("lapin", &["amqp"]),
    ("mail-parser", &["connector-email"]),
    ("miette", &["diagnostics", "counterfoil"]),
    ("parquet", &["export"]),
    ("regex", &["conversation"]),
    ("reqwest", &["http"]),
    ("rust_xlsxwriter", &["export", "gym"]),
    ("sled", &["cache"]),
];

/// Formats that any test may read and write to make or judge its data.
const FREE_IN_TESTS: &[&str] = &["calamine", "csv", "rust_xlsxwriter"];

const FORBIDDEN_NAMES: &[&str] = &["common", "util", "utils", "core", "types", "helper", "helpers"];

pub(crate) fn layers(crates: &[Crate]) -> Vec<String> {
    let ours: BTreeSet<&str> = crates.iter().map(|one| one.package.as_str()).collect();
    let mut complaints = Vec::new();
    for one in crates {
        let own = layer(one.short());
        if own.is_none() && !TOOLS.contains(&one.short()) {
            complaints.push(format!("`{}` has no layer: put it into tests/layers/dependencies.rs", one.package));
        }
        for used in one.uses.iter().filter(|used| ours.contains(used.as_str())) {
            let Some((own, used_layer)) = own.zip(layer(short(used))) else { continue };
            if used_layer >= own {
                complaints.push(format!("`{}` uses `{used}`, which does not stand above it", one.package));
            }
        }
    }
    complaints
}

pub(crate) fn nevers(crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for one in crates {
        for (who, what) in NEVERS.iter().filter(|(who, _)| is(one.short(), who)) {
            let used = one.all_uses().filter(|used| what.iter().any(|never| is(used, never)));
            complaints.extend(used.map(|used| format!("`{}` uses `{used}`, which `{who}` never does", one.package)));
        }
        let tools = one.uses.iter().filter(|used| TOOLS.contains(&short(used)) && !TOOLS.contains(&one.short()));
        complaints.extend(tools.map(|used| format!("`{}` uses `{used}`, which is for tests only", one.package)));
    }
    complaints
}

pub(crate) fn owners(crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for one in crates {
        for (foreign, owners) in OWNERS.iter().filter(|(_, owners)| !owners.contains(&one.short())) {
            let in_tests = one.dev_uses.contains(*foreign) && !FREE_IN_TESTS.contains(foreign);
            if one.uses.contains(*foreign) || in_tests {
                complaints.push(format!("`{}` uses `{foreign}`, which belongs to {}", one.package, owners.join(", ")));
            }
        }
    }
    complaints
}

pub(crate) fn manifests(crates: &[Crate]) -> Vec<String> {
    let mut complaints = Vec::new();
    for one in crates {
        let name = &one.package;
        let folder = one.folder.rsplit('/').next().unwrap_or_default();
        let named =
            if one.folder.starts_with("connectors/") { format!("connector-{folder}") } else { folder.to_owned() };
        if one.short() != named {
            complaints.push(format!("`{name}` is in the folder `{}`", one.folder));
        }
        if FORBIDDEN_NAMES.contains(&one.short()) {
            complaints.push(format!("`{name}` says nothing about what is in it"));
        }
        if !one.inherits_lints {
            complaints.push(format!("`{name}` does not say `[lints] workspace = true`"));
        }
        for used in &one.own_versions {
            complaints
                .push(format!("`{name}` asks for `{used}` on its own: versions and features are the workspace's"));
        }
    }
    complaints
}

/// The folders in `connectors/` are the entries of `KINDS`.
pub(crate) fn connectors(crates: &[Crate]) -> Vec<String> {
    let there: BTreeSet<String> = crates
        .iter()
        .filter(|one| one.folder.starts_with("connectors/"))
        .map(|one| one.package.replace('-', "_"))
        .collect();
    let binary: Vec<_> = crates.iter().filter(|one| one.short() == "counterfoil").flat_map(|one| &one.files).collect();
    let Some(list) = binary.iter().find(|file| file.path.ends_with("src/connectors.rs")) else {
        let built = binary.iter().any(|file| file.path.ends_with("src/main.rs"));
        return if built { vec!["the binary has no src/connectors.rs".to_owned()] } else { Vec::new() };
    };
    let listed: BTreeSet<String> = list
        .code()
        .split("::KIND")
        .filter_map(|before| {
            let name = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()?;
            name.starts_with("counterfoil_connector_").then(|| name.to_owned())
        })
        .collect();
    let missing = there.difference(&listed).map(|name| format!("`{name}` is not in KINDS"));
    let gone = listed.difference(&there).map(|name| format!("KINDS has `{name}`, which has no folder"));
    missing.chain(gone).collect()
}

fn layer(short: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.iter().any(|name| is(short, name)))
}

/// Whether a name is meant by a pattern that may end with `*`.
fn is(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::SourceFile;

    fn one(package: &str, uses: &[&str]) -> Crate {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let folder = match short(package).strip_prefix("connector-") {
            Some(name) => format!("connectors/{name}"),
            None => format!("crates/{}", short(package)),
        };
        Crate { folder, package: package.into(), uses: set(uses), inherits_lints: true, ..Crate::default() }
    }

    fn for_tests(package: &str, dev_uses: &[&str]) -> Crate {
        let with = one(package, dev_uses);
        Crate { dev_uses: with.uses, uses: BTreeSet::new(), ..with }
    }

    #[test]
    fn layers_complain_about_what_stands_below_or_beside_and_about_strangers() {
        let record = one("counterfoil-record", &[]);
        let good = one("counterfoil-pipeline", &["counterfoil-record", "serde"]);
        assert!(layers(&[record.clone(), good.clone()]).is_empty());
        for bad in [
            one("counterfoil-record", &["counterfoil-pipeline"]),
            one("counterfoil-http", &["counterfoil-pipeline"]),
            one("counterfoil-connector-file", &["counterfoil-connector-jira"]),
            one("counterfoil-newcomer", &[]),
        ] {
            let jira = one("counterfoil-connector-jira", &[]);
            assert_eq!(layers(&[bad.clone(), good.clone(), jira, record.clone()]).len(), 1, "{}", bad.package);
        }
        assert!(layers(&[for_tests("counterfoil-record", &["counterfoil-pipeline"]), good]).is_empty());
    }

    #[test]
    fn nevers_complain_in_code_and_in_tests() {
        for (package, used) in [
            ("counterfoil-connector-file", "counterfoil-model"),
            ("counterfoil-connector-file", "counterfoil-mapping"),
            ("counterfoil-connector-file", "counterfoil-pipeline"),
            ("counterfoil-connector-file", "counterfoil-connector-jira"),
            ("counterfoil-mapping", "counterfoil-connector-file"),
            ("counterfoil-mapping", "counterfoil-http"),
            ("counterfoil-record", "counterfoil-model"),
            ("counterfoil-model", "counterfoil-record"),
            ("counterfoil-pipeline", "fjall"),
            ("counterfoil-pipeline", "sled"),
            ("counterfoil-pipeline", "lapin"),
            ("counterfoil-pipeline", "reqwest"),
            ("counterfoil-assurance", "tokio"),
            ("counterfoil-api", "counterfoil-connector-file"),
            ("counterfoil-gym", "counterfoil"),
        ] {
            assert_eq!(nevers(&[one(package, &[used])]).len(), 1, "{package} {used}");
            assert_eq!(nevers(&[for_tests(package, &[used])]).len(), 1, "{package} {used} in tests");
        }
        assert_eq!(nevers(&[one("counterfoil-amqp", &["counterfoil-testkit"])]).len(), 1);
        assert!(nevers(&[for_tests("counterfoil-amqp", &["counterfoil-testkit"])]).is_empty());
        assert!(nevers(&[one("counterfoil-testkit", &["counterfoil-sdk"])]).is_empty());
    }

    #[test]
    fn owners_complain_about_everybody_else() {
        for (foreign, owners_of) in OWNERS {
            assert_eq!(owners(&[one("counterfoil-wire", &[foreign])]).len(), 1, "{foreign}");
            let owner = if owners_of[0] == "counterfoil" {
                "counterfoil".into()
            } else {
                format!("counterfoil-{}", owners_of[0])
            };
            assert!(owners(&[one(&owner, &[foreign])]).is_empty(), "{foreign} {owner}");
            let in_tests = owners(&[for_tests("counterfoil-wire", &[foreign])]).len();
            assert_eq!(in_tests, usize::from(!FREE_IN_TESTS.contains(foreign)), "{foreign} in tests");
        }
    }

    #[test]
    fn manifests_complain_about_each_rule() {
        let good = one("counterfoil-connector-file", &["serde"]);
        assert!(manifests(&[good.clone(), one("counterfoil", &[])]).is_empty());
        let bad = [
            Crate { folder: "crates/other".into(), ..good.clone() },
            Crate { inherits_lints: false, ..good.clone() },
            Crate { own_versions: ["serde".to_owned()].into(), ..good },
            one("counterfoil-util", &[]),
        ];
        for bad in bad {
            assert_eq!(manifests(std::slice::from_ref(&bad)).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn connectors_complain_about_a_missing_line_and_about_a_missing_folder() {
        let binary = |files: &[(&str, &str)]| {
            let file = |(path, text): &(&str, &str)| SourceFile {
                path: format!("crates/counterfoil/{path}"),
                text: (*text).into(),
            };
            Crate { files: files.iter().map(file).collect(), ..one("counterfoil", &[]) }
        };
        let file = one("counterfoil-connector-file", &[]);
        let list = |names: &str| binary(&[("src/main.rs", ""), ("src/connectors.rs", names)]);
        assert!(connectors(&[file.clone(), list("KINDS = &[&counterfoil_connector_file::KIND];")]).is_empty());
        assert_eq!(connectors(&[file.clone(), list("KINDS = &[];")]).len(), 1);
        assert_eq!(connectors(&[list("KINDS = &[&counterfoil_connector_file::KIND];")]).len(), 1);
        assert_eq!(connectors(&[file.clone(), binary(&[("src/main.rs", "")])]).len(), 1);
        assert!(connectors(&[file, binary(&[("src/lib.rs", "")])]).is_empty(), "there is no binary yet");
    }
}
