//! From a parsed command line to its command.

use crate::cli::{Cli, Command, Global, Mapping, Quarantine};
use crate::commands::{self, Context, Inquiry};
use crate::exit::{Exit, Failure};
use crate::gateway::{self, Gateway, SystemClock};
use crate::inbox::Arrivals;
use crate::load::{self, Loaded};
use crate::remote;
use crate::terminal::Terminal;
use anyhow::Result;
use clap::CommandFactory as _;
use counterfoil_pipeline::Clock;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Runs a command of this process's own command line.
pub(crate) async fn run(cli: Cli, terminal: Terminal) -> Result<Exit> {
    let mut out = std::io::stdout();
    if let Some(exit) = without_ledger(&cli, &terminal, &mut out).await? {
        return Ok(exit);
    }
    if let Command::Gym(args) = &cli.command {
        return commands::gym::run(args, &terminal, &mut out).await;
    }
    if let Command::Up(args) = &cli.command {
        return commands::up::run(args, &cli.global, terminal, &mut out).await;
    }
    let file = load::find(&cli.global)?;
    let pulls = asks_sources(&cli.command) || matches!(cli.command, Command::Sync(_));
    // Held until the end: the demo estate's instances run in the process that reads them.
    let _demo = if pulls { commands::demo::Demo::again(&file).await? } else { None };
    let loaded = load::load(&file, &cli.global, &terminal)?;
    let data_dir = loaded.data_dir.clone();
    if asks_sources(&cli.command) {
        // A process that has the ledger has the tokens of the sources, too: it asks in our place.
        if let Some(exit) = remote::ask(&data_dir, terminal, &mut out)? {
            return Ok(exit);
        }
        return ask_sources(loaded, &cli, terminal, &mut out).await;
    }
    let gateway = match Gateway::open(loaded, &terminal) {
        Ok(gateway) => gateway,
        // Another process has the ledger. If it is `up`, it answers in our place.
        Err(error) if is_in_use(&error) => return in_use(error, &cli, &data_dir, terminal, &mut out),
        Err(error) => return Err(error),
    };
    let exit = on(&gateway, &cli.command, &cli.global, terminal, &mut out).await?;
    gateway.close()?;
    Ok(exit)
}

/// Runs a command on an open gateway, for this process or on behalf of another.
pub(crate) async fn on(
    gateway: &Gateway,
    command: &Command,
    global: &Global,
    terminal: Terminal,
    out: &mut dyn Write,
) -> Result<Exit> {
    let mut context = Context { gateway, terminal, json: global.json, out };
    let context = &mut context;
    match command {
        Command::Sync(args) => commands::sync::run(context, args).await,
        Command::Status => commands::status::run(context),
        Command::Kpi(args) => commands::kpi::run(context, args),
        Command::Suppliers(args) => commands::suppliers::run(context, args),
        Command::Export(args) => commands::export::run(context, args),
        Command::Explain(args) => commands::explain::run(context, args),
        Command::Events(args) => commands::events::run(context, args),
        Command::Quarantine(command) => commands::quarantine::run(context, command),
        Command::Doctor(_) | Command::Mapping(Mapping::Lint { .. }) => {
            let (config, sources, clock) = (&gateway.config, gateway.sources.as_slice(), &gateway.clock);
            ask(&mut Inquiry { config, sources, clock, terminal, json: global.json, out: context.out }, command).await
        }
        Command::Mapping(Mapping::Diff { instance }) => commands::mapping_diff::run(context, instance.as_deref()),
        Command::Ledger(_) => commands::ledger::verify(context),
        Command::Replay(args) => commands::replay::run(context, args),
        Command::Up(_)
        | Command::Check
        | Command::Init(_)
        | Command::Gym(_)
        | Command::Completions { .. }
        | Command::Man
        | Command::Mapping(Mapping::Test { .. } | Mapping::List | Mapping::Show { .. }) => {
            Err(Failure::error(Exit::Usage, "this command does not work on a ledger"))
        }
    }
}

/// Whether it asks sources and keeps nothing.
fn asks_sources(command: &Command) -> bool {
    matches!(command, Command::Doctor(_) | Command::Mapping(Mapping::Lint { .. }))
}

async fn ask_sources(mut loaded: Loaded, cli: &Cli, terminal: Terminal, out: &mut dyn Write) -> Result<Exit> {
    let sources = gateway::sources(&mut loaded, &Arrivals::default(), &terminal)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (config, sources, clock, json) = (&loaded.config, sources.as_slice(), &clock, cli.global.json);
    ask(&mut Inquiry { config, sources, clock, terminal, json, out }, &cli.command).await
}

async fn ask(inquiry: &mut Inquiry<'_>, command: &Command) -> Result<Exit> {
    match command {
        Command::Mapping(Mapping::Lint { instance }) => commands::lint::run(inquiry, instance.as_deref()).await,
        Command::Doctor(args) => commands::doctor::run(inquiry, args.instance.as_deref()).await,
        _ => Err(Failure::error(Exit::Usage, "this command does not ask sources")),
    }
}

/// Commands that need no ledger.
async fn without_ledger(cli: &Cli, terminal: &Terminal, out: &mut dyn Write) -> Result<Option<Exit>> {
    let exit = match &cli.command {
        Command::Check => commands::check::run(&cli.global, terminal, out).await?,
        Command::Init(args) => commands::init::run(args, out)?,
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "counterfoil", &mut &mut *out);
            Exit::Complete
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut &mut *out)?;
            Exit::Complete
        }
        Command::Mapping(Mapping::Test { files }) => commands::mapping::test(files, cli.global.json, out)?,
        Command::Mapping(Mapping::List) => commands::mapping::list(out)?,
        Command::Mapping(Mapping::Show { name }) => commands::mapping::show(name, out)?,
        _ => return Ok(None),
    };
    Ok(Some(exit))
}

/// Whether `up` may run this on behalf of another process: what only reads, and retrying what is set aside.
pub(crate) fn remote_can(command: &Command) -> bool {
    match command {
        Command::Status | Command::Kpi(_) | Command::Suppliers(_) | Command::Explain(_) | Command::Events(_) => true,
        Command::Quarantine(
            Quarantine::List | Quarantine::Show { .. } | Quarantine::Retry { .. } | Quarantine::Dismiss { .. },
        ) => true,
        Command::Mapping(Mapping::Diff { .. } | Mapping::Lint { .. }) | Command::Ledger(_) | Command::Doctor(_) => true,
        Command::Replay(args) => args.verify,
        // A path is one of the process that asks, and not of the one that answers.
        Command::Export(args) => args.out.is_none(),
        _ => false,
    }
}

fn in_use(error: anyhow::Error, cli: &Cli, data_dir: &Path, terminal: Terminal, out: &mut dyn Write) -> Result<Exit> {
    if remote_can(&cli.command)
        && let Some(exit) = remote::ask(data_dir, terminal, out)?
    {
        return Ok(exit);
    }
    let text = format!(
        "{}\n  help: stop it first; while `up` runs, it pulls by itself and answers questions",
        crate::chain(&error)
    );
    Err(Failure::error(Exit::Ledger, text))
}

/// Whether the ledger could not be opened because another process has it.
fn is_in_use(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(counterfoil_ledger::Cause::InUse { .. })))
}
