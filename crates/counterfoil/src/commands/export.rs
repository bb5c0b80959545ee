//! `export`: the figures of `kpi`, or the records behind them, as a file for another program.

use super::Context;
use super::kpi::{asked, load};
use crate::cli::{self, Exported, Format};
use crate::exit::{Exit, Failure};
use crate::terminal::count;
use anyhow::{Context as _, Result};
use counterfoil_export::{Sheet, figures, records, write_csv, write_parquet, write_xlsx};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes the file.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Export) -> Result<Exit> {
    let table = load(context, &args.figures.as_of)?;
    let sheet = match args.what {
        Exported::Figures => figures(&asked(context, &table, &args.figures)?.0),
        Exported::Records => records(table.rows()),
    };
    match (&args.out, args.format) {
        (None, Format::Csv) => write_csv(&sheet, context.out)?,
        (None, Format::Xlsx | Format::Parquet) => {
            let message = "this format is no text\n  help: name a file with --out FILE";
            return Err(Failure::error(Exit::Usage, message.to_owned()));
        }
        (Some(path), format) => {
            write_whole(path, |out| write(&sheet, format, out))?;
            let rows = count(sheet.rows.len() as u64);
            writeln!(context.out, "{rows} {} in {}", sheet.name, path.display())?;
        }
    }
    Ok(Exit::Complete)
}

fn write(sheet: &Sheet, format: Format, out: &mut (dyn Write + Send)) -> Result<()> {
    match format {
        Format::Csv => write_csv(sheet, out)?,
        Format::Xlsx => write_xlsx(std::slice::from_ref(sheet), out)?,
        Format::Parquet => write_parquet(sheet, out)?,
    }
    Ok(())
}

/// The file is there whole or not at all: who reads it never meets half of it, and one that stood there before stays until then.
fn write_whole(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let mut beside: PathBuf = path.to_owned();
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    beside.set_file_name(name);
    let cannot = || format!("cannot write `{}`", path.display());
    let file = std::fs::File::create(&beside).with_context(cannot)?;
    let mut out = std::io::BufWriter::new(file);
    let written = write(&mut out).and_then(|()| Ok(out.into_inner()?.sync_all()?));
    if let Err(error) = written {
        // What is left of it is of no use, and the error above says why.
        let _ = std::fs::remove_file(&beside);
        return Err(error.context(cannot()));
    }
    std::fs::rename(&beside, path).with_context(cannot)
}
