//! A mailbox, written as a Maildir with an oracle beside it. Nothing is served.

use crate::cli;
use crate::exit::{Exit, Failure};
use crate::load::write_whole;
use crate::terminal::{Align, Table, Terminal, count, plural};
use anyhow::{Context as _, Result};
use counterfoil_gym::mail::{AUTHSERV_ID, Estate, SUPPLIERS, Scale, Switches, US};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

/// Where it is written unless somebody says so.
const FOLDER: &str = "gym-mail";

/// Writes the mailbox, and says what is in it and how it is read.
pub(super) fn write(args: &cli::Gym, terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    if args.list {
        return super::list_of(Switches::names(), "every one of them", terminal, out);
    }
    if args.recorded.is_some() || args.moving.is_some() || args.provider.is_some() || args.port != 0 {
        let text = "a mailbox is made up and written; nothing is served\n  \
                    help: with `--tool mail` go `--folder`, `--seed`, `--incidents`, `--switch` and `--list`";
        return Err(Failure::error(Exit::Usage, text));
    }
    let mut switches =
        if args.switches.iter().any(|name| name == "all") { Switches::all() } else { Switches::default() };
    for name in args.switches.iter().filter(|name| *name != "all") {
        if !switches.turn(name) {
            let text = format!("there is no switch `{name}`\n  help: `counterfoil gym --tool mail --list` shows them");
            return Err(Failure::error(Exit::Usage, text));
        }
    }
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from(FOLDER));
    let estate = Estate::generate(args.seed, Scale { tickets: args.incidents }, switches);
    let maildir = folder.join("Maildir");
    let files = estate.write_maildir(&maildir);
    let files = files.with_context(|| format!("cannot write below `{}`", folder.display()))?;
    let oracle = folder.join("oracle.json");
    write_whole(&oracle, &estate.truth.to_json())?;
    let truth = &estate.truth;
    writeln!(
        out,
        "A mailbox of {} ({}) with {} in {}: {} of {} suppliers, {}.\n\n  \
         mails    {}\n  truth    {}\n",
        US.name,
        US.desk.address,
        plural(truth.mails.len() as u64, "mail"),
        plural(files, "file"),
        plural(truth.tickets.len() as u64, "ticket"),
        SUPPLIERS.len(),
        plural(truth.conversations() as u64, "conversation"),
        maildir.display(),
        oracle.display(),
    )?;
    counted("class", truth.classes(), terminal, out)?;
    if !truth.oddities().is_empty() {
        writeln!(out)?;
        counted("what is odd", truth.oddities(), terminal, out)?;
    }
    writeln!(out, "\n{}", section(&maildir.display().to_string())?)?;
    Ok(Exit::Complete)
}

fn counted(what: &str, counts: BTreeMap<&str, u64>, terminal: &Terminal, out: &mut dyn Write) -> Result<()> {
    let columns = [(what, Align::Left), ("mails", Align::Right)];
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    for (name, mails) in counts {
        table.row([name.to_owned(), count(mails)]);
    }
    write!(out, "{table}")?;
    Ok(())
}

/// What reads it at rest.
fn section(path: &str) -> Result<String, std::fmt::Error> {
    read_by(&format!("folder = \"{path}\"\n"))
}

/// What reads it: the connector with these keys, us, and the suppliers by their domains.
pub(super) fn read_by(keys: &str) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "# for counterfoil.toml\n\
         [connector.mailbox]\n\
         type = \"email\"\n\
         {keys}\
         mapping = [\"email/mail\", \"email/incident\", \"email/request\", \"email/conversation\"]\n\
         authserv_ids = [\"{AUTHSERV_ID}\"]\n"
    );
    for (party, role) in
        std::iter::once((&US, "customer")).chain(SUPPLIERS.iter().map(|one| (one, "external_supplier")))
    {
        write!(
            text,
            "\n[party.{}]\nname = \"{}\"\nrole = \"{role}\"\nidentifiers = [{{ type = \"email_domain\", value = \"{}\" }}]\n",
            party.id, party.name, party.domain
        )?;
    }
    Ok(text)
}
