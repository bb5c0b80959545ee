//! `check`: configuration and mappings, offline; every problem in one run.

use crate::cli::Global;
use crate::correspondence::rules;
use crate::exit::Exit;
use crate::gateway::compile_all;
use crate::load;
use crate::terminal::{Terminal, plural};
use anyhow::Result;
use serde_json::json;
use std::io::Write;

/// Checks and says what was found.
pub(crate) fn run(global: &Global, terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    let file = load::find(global)?;
    let (parsed, folder) = load::parse(&file, global)?;
    let mut text = load::findings_text(&parsed, terminal);
    let mut broken = load::has_errors(&parsed);
    let (mut instances, mut registers) = (0, String::new());
    if let Some(config) = &parsed.config {
        instances = config.instances.len();
        if config.register_sections > 0 {
            registers = format!(", {} of registers", plural(config.register_sections as u64, "section"));
        }
        let register = config.register.iter().filter(|_| config.register_sections > 0);
        for instance in config.instances.iter().chain(register) {
            let mapped = compile_all(instance, &folder, terminal).err();
            for error in mapped.into_iter().chain(rules(instance, &folder, terminal).err()) {
                text.push_str(&format!("{error}\n"));
                broken = true;
            }
        }
    }
    if global.json {
        let findings: Vec<_> = parsed
            .findings
            .iter()
            .map(|(source, finding)| {
                json!({
                    "code": finding.code, "message": finding.message, "help": finding.help,
                    "at": counterfoil_diagnostics::render_plain(finding, source),
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&json!({ "in_order": !broken, "findings": findings }))?)?;
    } else {
        write!(out, "{text}")?;
        let instances = plural(instances as u64, "instance");
        if broken {
            writeln!(out, "`{}` cannot be used as it is", file.display())?;
        } else {
            writeln!(out, "`{}` is in order: {instances}{registers}", file.display())?;
        }
    }
    Ok(if broken { Exit::Config } else { Exit::Complete })
}
