//! `init`: a commented configuration to start from.

use crate::cli;
use crate::connectors::KINDS;
use crate::exit::{Exit, Failure};
use crate::load::write_whole;
use anyhow::Result;
use std::io::Write;

/// Writes the file, unless there is one.
pub(crate) fn run(args: &cli::Init, out: &mut dyn Write) -> Result<Exit> {
    let kinds = || KINDS.iter().filter(|kind| !kind.is_of_registers());
    let Some(kind) = kinds().find(|kind| kind.name() == args.connector) else {
        let known: Vec<&str> = kinds().map(|kind| kind.name()).collect();
        let text = format!("there is no connector `{}`\n  help: there are {}", args.connector, known.join(", "));
        return Err(Failure::error(Exit::Usage, text));
    };
    if args.file.exists() {
        let text =
            format!("`{}` is there already and is left as it is\n  help: name another file", args.file.display());
        return Err(Failure::error(Exit::Usage, text));
    }
    write_whole(&args.file, &counterfoil_config::template(*kind, &args.instance))?;
    let file = args.file.display();
    writeln!(
        out,
        "wrote `{file}`\n  next: edit its section `[connector.{}]`, then `counterfoil --config {file} check`, `doctor` and `sync`",
        args.instance
    )?;
    Ok(Exit::Complete)
}
