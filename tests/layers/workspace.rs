//! The workspace as these checks see it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// All crates of the workspace.
pub(crate) struct Workspace {
    pub(crate) crates: Vec<Crate>,
}

/// One crate: what its manifest says, and its sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Crate {
    /// From the root of the workspace: `crates/record`.
    pub(crate) folder: String,
    pub(crate) package: String,
    /// What is compiled into it, by package name.
    pub(crate) uses: BTreeSet<String>,
    /// What its tests, examples and benches use besides.
    pub(crate) dev_uses: BTreeSet<String>,
    /// Dependencies that do not say `workspace = true`.
    pub(crate) own_versions: BTreeSet<String>,
    pub(crate) inherits_lints: bool,
    pub(crate) files: Vec<SourceFile>,
}

/// One file with Rust in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SourceFile {
    /// From the root of the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Crate {
    /// The name without the prefix that all of ours have.
    pub(crate) fn short(&self) -> &str {
        short(&self.package)
    }

    /// Everything it names, for whatever purpose.
    pub(crate) fn all_uses(&self) -> impl Iterator<Item = &str> {
        self.uses.iter().chain(&self.dev_uses).map(String::as_str)
    }
}

pub(crate) fn short(package: &str) -> &str {
    package.strip_prefix("counterfoil-").unwrap_or(package)
}

impl SourceFile {
    /// Without the tests that stand below the code.
    pub(crate) fn code(&self) -> &str {
        let tests = self.text.match_indices("#[cfg(test)]\n").find(|(at, what)| {
            let rest = self.text[at + what.len()..].trim_start();
            rest.starts_with("mod ") || rest.starts_with("#[path") || rest.starts_with("pub(crate) mod ")
        });
        tests.map_or(&self.text, |(at, _)| &self.text[..at])
    }

    /// Whether all of it is for tests.
    pub(crate) fn is_test(&self) -> bool {
        let in_folder = |folder: &str| self.path.split('/').any(|part| part == folder);
        let name = self.path.rsplit('/').next().unwrap_or_default();
        in_folder("tests") || in_folder("benches") || name == "tests.rs" || name.ends_with("_tests.rs")
    }
}

impl Workspace {
    /// Reads every member from disk.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(root.join("Cargo.toml")).unwrap()).unwrap();
        let members = manifest["workspace"]["members"].as_array().unwrap();
        let folders: BTreeSet<PathBuf> =
            members.iter().flat_map(|member| folders(&root, member.as_str().unwrap())).collect();
        let crates: Vec<Crate> = folders.iter().map(|folder| read_crate(&root, folder)).collect();
        assert!(crates.len() > 10, "only {} crates were found", crates.len());
        Self { crates }
    }
}

/// The folders that a member stands for.
fn folders(root: &Path, member: &str) -> Vec<PathBuf> {
    let Some(parent) = member.strip_suffix("/*") else { return vec![root.join(member)] };
    let entries = std::fs::read_dir(root.join(parent)).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("Cargo.toml").is_file()).collect()
}

fn read_crate(root: &Path, folder: &Path) -> Crate {
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut one = parse_manifest(&toml::from_str(&text).unwrap());
    one.folder = relative(root, folder);
    read_sources(root, folder, &mut one.files);
    one.files.sort_by(|a, b| a.path.cmp(&b.path));
    one
}

/// What a manifest says; folder and sources are left empty.
pub(crate) fn parse_manifest(manifest: &toml::Table) -> Crate {
    let mut one = Crate { package: manifest["package"]["name"].as_str().unwrap().to_owned(), ..Crate::default() };
    let mut tables = vec![manifest];
    tables.extend(
        manifest
            .get("target")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(|targets| targets.values().filter_map(toml::Value::as_table)),
    );
    for table in tables {
        for (section, of_tests) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            for (name, asked) in table.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = asked.get("package").and_then(toml::Value::as_str).unwrap_or(name);
                if asked.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    one.own_versions.insert(package.to_owned());
                }
                let uses = if of_tests { &mut one.dev_uses } else { &mut one.uses };
                uses.insert(package.to_owned());
            }
        }
    }
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    one.inherits_lints = lints.and_then(toml::Value::as_bool) == Some(true);
    one
}

fn read_sources(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push(SourceFile { path: relative(root, &path), text });
        }
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap().iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn a_manifest_is_read_with_everything_it_depends_on() {
    let manifest = "[package]\nname = 'counterfoil-x'\n[dependencies]\na.workspace = true\nb = { package = 'bb', version = '1' }\n\
                    [build-dependencies]\nc.workspace = true\n[dev-dependencies]\nd = '1'\n\
                    [target.'cfg(unix)'.dependencies]\ne.workspace = true\n[lints]\nworkspace = true\n";
    let one = parse_manifest(&toml::from_str(manifest).unwrap());
    assert_eq!((one.package.as_str(), one.short()), ("counterfoil-x", "x"));
    assert_eq!(one.uses, ["a", "bb", "c", "e"].map(str::to_owned).into());
    assert_eq!(one.dev_uses, ["d"].map(str::to_owned).into());
    assert_eq!(one.own_versions, ["bb", "d"].map(str::to_owned).into());
    assert!(one.inherits_lints);
    assert!(!parse_manifest(&toml::from_str("[package]\nname = 'x'\n").unwrap()).inherits_lints);
}

#[test]
fn tests_below_the_code_are_told_apart_from_it() {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let text = "fn a() {}\n#[cfg(test)]\nfn only_for_tests() {}\n#[cfg(test)]\nmod tests {}\n";
    assert_eq!(file("a.rs", text).code(), "fn a() {}\n#[cfg(test)]\nfn only_for_tests() {}\n");
    assert_eq!(file("a.rs", "fn a() {}").code(), "fn a() {}");
    assert!(file("crates/x/tests/a.rs", "").is_test() && file("crates/x/src/a_tests.rs", "").is_test());
    assert!(!file("crates/testkit/src/lib.rs", "").is_test());
}
