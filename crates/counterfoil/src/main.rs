//! The gateway's command line.
#![forbid(unsafe_code)]

mod cli;
mod commands;
mod connectors;
mod correspondence;
mod exit;
mod gateway;
mod hooks;
mod inbox;
mod keys;
mod load;
mod lookup;
mod memory;
mod remote;
mod rhythm;
mod run;
mod terminal;
mod turns;

use clap::Parser as _;
use std::process::ExitCode;
use terminal::Terminal;

fn main() -> ExitCode {
    memory::start_small();
    let cli = cli::Cli::parse();
    let terminal = Terminal::here();
    trace_to_stderr();
    // Few threads for blocking work: each keeps memory of its own, and a pass keeps three of them busy at most.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(6).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::from(error).context("cannot start")),
    };
    let ended = runtime.block_on(run::run(cli, terminal));
    // A pull that hangs must not keep the process: what was not committed is pulled again next time.
    runtime.shutdown_timeout(std::time::Duration::from_secs(3));
    match ended {
        Ok(exit) => exit.into(),
        Err(error) => failed(&error),
    }
}

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn failed(error: &anyhow::Error) -> ExitCode {
    // A reader that went away (`counterfoil events | head`) is no failure.
    if error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    {
        return exit::Exit::Complete.into();
    }
    eprintln!("error: {}", chain(error));
    exit::exit_of(error).into()
}

/// An error with its causes; each cause once.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}

/// Logs go to standard error; `COUNTERFOIL_LOG=debug` shows more, `COUNTERFOIL_LOG_FORMAT=json` is for collectors.
#[expect(clippy::disallowed_methods, reason = "the binary reads the environment")]
fn trace_to_stderr() {
    let filter = std::env::var("COUNTERFOIL_LOG").unwrap_or_else(|_| "warn,fjall=error,lsm_tree=error".to_owned());
    // lapin logs a returned message with its body, and that is the text of a ticket.
    let filter = format!("{filter},lapin=error");
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    if std::env::var("COUNTERFOIL_LOG_FORMAT").is_ok_and(|format| format == "json") {
        logs.json().init();
    } else {
        logs.init();
    }
}
