//! Runs the cases of the shipped rules, one test per heading. `UPDATE_CASES=1` rewrites what the rules make.

use counterfoil_conversation::cases::{run, update};
use counterfoil_conversation::{Rules, SHIPPED_CASES};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;

fn main() {
    let arguments = Arguments::from_args();
    let results = run(SHIPPED_CASES, &Rules::shipped());
    if std::env::var_os("UPDATE_CASES").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/email.md");
        std::fs::write(&file, update(SHIPPED_CASES, &results)).expect("the cases can be rewritten");
        return;
    }
    let mut trials = vec![Trial::test("there_are_cases", {
        let cases = results.len();
        move || if cases > 20 { Ok(()) } else { Err(format!("only {cases}").into()) }
    })];
    trials.extend(results.into_iter().map(|result| {
        Trial::test(format!("email: {}", result.name), move || match result.passed() {
            true => Ok(()),
            false => Err(Failed::from(format!(
                "line {}\n--- the document says\n{}\n--- the rules make\n{}",
                result.line,
                result.expected.as_deref().unwrap_or("nothing: there is no `gathered` block"),
                result.actual
            ))),
        })
    }));
    libtest_mimic::run(&arguments, trials).exit();
}
