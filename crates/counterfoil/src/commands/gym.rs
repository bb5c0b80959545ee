//! `gym`: a simulated ServiceNow on loopback, made up from a seed or out of a recording.

use super::up::interrupted;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::terminal::{Align, Table, Terminal, count, plural};
use anyhow::{Context as _, Result};
use counterfoil_gym::servicenow::{Instance, RecordedError, Server, Switches};
use counterfoil_gym::{Dice, Provider, Scale, World};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Serves until it is stopped, and says then what was asked.
pub(crate) async fn run(args: &cli::Gym, terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    if args.list {
        return list(terminal, out);
    }
    let switches = switches(&args.switches)?;
    let instance = match &args.recorded {
        Some(path) => recorded(path)?,
        None => made_up(args),
    };
    let account = instance.account().clone();
    let (incidents, audit) = (instance.rows("incident") as u64, instance.rows("sys_audit") as u64);
    let instance = Arc::new(Mutex::new(instance));
    let server = Server::start_on((Ipv4Addr::LOCALHOST, args.port).into(), Arc::clone(&instance), switches).await;
    let server = server.map_err(|error| {
        Failure::error(Exit::Usage, format!("cannot listen on port {}: {error}\n  help: leave `--port` out", args.port))
    })?;
    writeln!(
        out,
        "A simulated ServiceNow with {} and {} of history; it is no copy of the product.\n\n\
         # for counterfoil.toml, after `export GYM_PASSWORD={}`\n\
         [connector.gym]\n\
         type = \"servicenow\"\n\
         url = \"{}\"\n\
         user = \"{}\"\n\
         password = \"env:GYM_PASSWORD\"\n\
         requests_per_second = 200\n\
         mapping = [\"servicenow/incident\", \"servicenow/choice\"]\n\n\
         Ctrl-C stops it and shows what was asked.",
        plural(incidents, "incident"),
        plural(audit, "row"),
        account.password,
        server.url(),
        account.user,
    )?;
    out.flush()?;
    let ended = tokio::select! {
        ended = interrupted() => ended,
        () = live(&instance, args) => Ok(()),
    };
    told(&server, terminal, out)?;
    ended?;
    Ok(Exit::Complete)
}

/// Something happens every so often, and the instance's time goes on; for ever.
async fn live(instance: &Mutex<Instance>, args: &cli::Gym) {
    let Some(secs) = args.moving else { return std::future::pending().await };
    let mut dice = Dice::new(args.seed, 0);
    loop {
        tokio::time::sleep(Duration::from_secs(secs.into())).await;
        let mut instance = instance.lock().unwrap_or_else(PoisonError::into_inner);
        instance.advance(secs.into());
        instance.mutate(&mut dice);
    }
}

fn list(terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    let columns = [("switch", Align::Left), ("what it does", Align::Left)];
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    for (name, fact) in Switches::names() {
        table.row([name, fact]);
    }
    table.row(["all", "every one that lets a patient reader see all that it may see"]);
    write!(out, "{table}")?;
    Ok(Exit::Complete)
}

fn switches(names: &[String]) -> Result<Switches> {
    let mut switches = if names.iter().any(|name| name == "all") { Switches::all() } else { Switches::default() };
    for name in names.iter().filter(|name| *name != "all") {
        if !switches.turn(name) {
            let text = format!("there is no switch `{name}`\n  help: `counterfoil gym --list` shows them");
            return Err(Failure::error(Exit::Usage, text));
        }
    }
    Ok(switches)
}

fn made_up(args: &cli::Gym) -> Instance {
    let world = World::generate(args.seed, Scale { incidents: args.incidents });
    let provider = Provider::ALL.iter().find(|provider| provider.id() == args.provider);
    Instance::of_world(&world, *provider.unwrap_or(&Provider::Acme))
}

fn recorded(path: &Path) -> Result<Instance> {
    let told = |error: RecordedError| {
        let text = crate::chain(&error.into());
        Failure::error(Exit::Usage, format!("`{}` cannot be served: {text}", path.display()))
    };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if path.is_dir() {
        return Instance::recorded_json_lines(folder(path)?).map_err(told);
    }
    match extension {
        "csv" => Instance::recorded_log(open(path)?).map_err(told),
        "jsonl" | "ndjson" | "json" => Instance::recorded_json_lines(open(path)?).map_err(told),
        _ => Err(Failure::error(
            Exit::Usage,
            format!(
                "`{}` is no recording\n  help: a log ends in .csv, JSON lines end in .jsonl; a folder has JSON lines",
                path.display()
            ),
        )),
    }
}

/// All files of JSON lines below a folder, by name, one after the other.
fn folder(path: &Path) -> Result<Box<dyn BufRead>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("cannot list `{}`", path.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson"));
    files.sort();
    if files.is_empty() {
        let text = format!("`{}` has no JSON lines\n  help: their names end in .jsonl", path.display());
        return Err(Failure::error(Exit::Usage, text));
    }
    let mut all: Box<dyn BufRead> = Box::new(std::io::empty());
    for file in files {
        // A last line may have no end of its own.
        all = Box::new(std::io::Read::chain(std::io::Read::chain(all, Cursor::new(b"\n")), open(&file)?));
    }
    Ok(all)
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path);
    file.map(BufReader::new)
        .map_err(|error| Failure::error(Exit::Usage, format!("cannot read `{}`: {error}", path.display())))
}

/// What was asked, by table.
fn told(server: &Server, terminal: &Terminal, out: &mut dyn Write) -> Result<()> {
    let columns = [("asked for", Align::Left), ("requests", Align::Right)];
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    let counts = server.counts();
    for (name, requests) in &counts {
        table.row([name.clone(), count(*requests)]);
    }
    table.row(["all".to_owned(), count(counts.values().sum())]);
    writeln!(out, "\n{table}\nspent on answering: {:.1} s", server.busy().as_secs_f64())?;
    Ok(())
}
