//! Runs the cases of every shipped mapping, one test per heading. `UPDATE_CASES=1` rewrites what the mappings make.

use counterfoil_mapping::cases::{run, update};
use counterfoil_mapping::{Mapping, MappingSource, Settings, shipped};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;

fn main() {
    let arguments = Arguments::from_args();
    let rewrite = std::env::var_os("UPDATE_CASES").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../mappings");
    let mut trials = vec![Trial::test("every_mapping_file_is_shipped", {
        let folder = folder.clone();
        move || every_file_is_shipped(&folder)
    })];
    for mapping in shipped::ALL {
        let settings = Settings { instance: "acme".into(), salt: "cases".into(), ..Settings::default() };
        let source = MappingSource { file: mapping.source(), overrides: None, settings };
        let compiled = match Mapping::compile(&source) {
            Ok(compiled) => compiled,
            Err(problems) => {
                trials.push(Trial::test(format!("{} compiles", mapping.name), move || {
                    Err(format!("{problems:#?}").into())
                }));
                continue;
            }
        };
        let warnings = compiled.warnings().to_vec();
        trials.push(Trial::test(format!("{}: no warnings", mapping.name), move || match warnings.as_slice() {
            [] => Ok(()),
            some => Err(format!("{some:#?}").into()),
        }));
        let file = folder.join(format!("{}.md", mapping.name));
        let cases = std::fs::read_to_string(&file).expect("every shipped mapping has its cases beside it");
        let results = run(&cases, &compiled);
        if rewrite {
            std::fs::write(&file, update(&cases, &results)).expect("the cases can be rewritten");
            continue;
        }
        trials.extend(results.into_iter().map(|result| {
            Trial::test(format!("{}: {}", mapping.name, result.name), move || match result.passed() {
                true => Ok(()),
                false => Err(Failed::from(format!(
                    "line {}\n--- the document says\n{}\n--- the mapping makes\n{}",
                    result.line,
                    result.expected.as_deref().unwrap_or("nothing: there is no `mapped` block"),
                    result.actual
                ))),
            })
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Every mapping file of the folder is in the table, so that none is shipped without its cases.
fn every_file_is_shipped(folder: &Path) -> Result<(), Failed> {
    let mut found = Vec::new();
    for source in std::fs::read_dir(folder)? {
        let source = source?.path();
        if !source.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&source)? {
            let file = file?.path();
            if file.extension().is_some_and(|extension| extension == "toml") {
                let name = |path: &Path| path.file_stem().map(|name| name.to_string_lossy().into_owned());
                found.push(format!("{}/{}", name(&source).unwrap_or_default(), name(&file).unwrap_or_default()));
            }
        }
    }
    found.sort();
    let shipped: Vec<&str> = shipped::ALL.iter().map(|mapping| mapping.name).collect();
    if found == shipped { Ok(()) } else { Err(format!("files: {found:?}, shipped: {shipped:?}").into()) }
}
