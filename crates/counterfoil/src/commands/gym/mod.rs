//! `gym`: a simulated ServiceNow or Jira on loopback, made up from a seed or out of a recording; or a mailbox, in a folder or
//! behind Microsoft Graph.

mod graph;
mod jira;
mod mail;
mod recording;
mod servicenow;
mod tool;

pub(crate) use self::servicenow::MAPPINGS as SERVICENOW_MAPPINGS;
use super::up::interrupted;
use crate::cli::{self, GymTool};
use crate::exit::{Exit, Failure};
use crate::terminal::{Align, Table, Terminal, count};
use anyhow::Result;
use counterfoil_gym::{Dice, Scale, World};
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tool::Tool;

/// Serves until it is stopped, and says then what was asked.
pub(crate) async fn run(args: &cli::Gym, terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    match args.tool {
        GymTool::Servicenow => run_as::<counterfoil_gym::servicenow::Instance>(args, terminal, out).await,
        GymTool::JiraCloud | GymTool::JiraDataCenter | GymTool::JsmCloud | GymTool::JsmDataCenter => {
            run_as::<counterfoil_gym::jira::Instance>(args, terminal, out).await
        }
        GymTool::MailGraph => run_as::<counterfoil_gym::graph::Instance>(args, terminal, out).await,
        GymTool::Mail => mail::write(args, terminal, out),
    }
}

async fn run_as<T: Tool>(args: &cli::Gym, terminal: &Terminal, out: &mut dyn Write) -> Result<Exit> {
    if args.list {
        return list_of(T::names(), "every one that lets a patient reader see all that it may see", terminal, out);
    }
    if args.folder.is_some() {
        let text = "a tool is served, not written\n  help: `--folder` goes with `--tool mail`";
        return Err(Failure::error(Exit::Usage, text));
    }
    let switches = switches::<T>(&args.switches)?;
    let instance = match &args.recorded {
        Some(path) => T::recorded(path, args)?,
        None => T::made_up(&World::generate(args.seed, Scale { incidents: args.incidents }), args),
    };
    let instance = Arc::new(Mutex::new(instance));
    let server = T::serve(Arc::clone(&instance), (Ipv4Addr::LOCALHOST, args.port).into(), switches).await;
    let server = server.map_err(|error| {
        Failure::error(Exit::Usage, format!("cannot listen on port {}: {error}\n  help: leave `--port` out", args.port))
    })?;
    let introduction = lock(&instance).introduction(&T::url(&server), args);
    writeln!(out, "{introduction}\nCtrl-C stops it and shows what was asked.")?;
    out.flush()?;
    let ended = tokio::select! {
        ended = interrupted() => ended,
        () = live(&instance, args) => Ok(()),
    };
    told::<T>(&server, terminal, out)?;
    ended?;
    Ok(Exit::Complete)
}

/// Something happens every so often, and the instance's time goes on; for ever.
async fn live<T: Tool>(instance: &Mutex<T>, args: &cli::Gym) {
    let Some(secs) = args.moving else { return std::future::pending().await };
    let mut dice = Dice::new(args.seed, 0);
    loop {
        tokio::time::sleep(Duration::from_secs(secs.into())).await;
        lock(instance).live(secs.into(), &mut dice);
    }
}

fn lock<T>(instance: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    instance.lock().unwrap_or_else(PoisonError::into_inner)
}

fn list_of(
    names: impl IntoIterator<Item = (&'static str, &'static str)>,
    all: &'static str,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> Result<Exit> {
    let columns = [("switch", Align::Left), ("what it does", Align::Left)];
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    for (name, fact) in names {
        table.row([name, fact]);
    }
    table.row(["all", all]);
    write!(out, "{table}")?;
    Ok(Exit::Complete)
}

fn switches<T: Tool>(names: &[String]) -> Result<T::Switches> {
    let mut switches = if names.iter().any(|name| name == "all") { T::all() } else { T::Switches::default() };
    for name in names.iter().filter(|name| *name != "all") {
        if !T::turn(&mut switches, name) {
            let tool = if T::IS_DEFAULT { "" } else { " with the same `--tool`" };
            let text = format!("there is no switch `{name}`\n  help: `counterfoil gym --list`{tool} shows them");
            return Err(Failure::error(Exit::Usage, text));
        }
    }
    Ok(switches)
}

/// What was asked, by what it was about.
fn told<T: Tool>(server: &T::Server, terminal: &Terminal, out: &mut dyn Write) -> Result<()> {
    let columns = [("asked for", Align::Left), ("requests", Align::Right)];
    let mut table = Table::new(&columns, terminal.width, terminal.colours);
    let counts = T::counts(server);
    for (name, requests) in &counts {
        table.row([name.clone(), count(*requests)]);
    }
    table.row(["all".to_owned(), count(counts.values().sum())]);
    writeln!(out, "\n{table}\nspent on answering: {:.1} s", T::busy(server).as_secs_f64())?;
    Ok(())
}
