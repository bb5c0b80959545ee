//! One process has the ledger. While that is `up`, other commands ask it through a socket in the data folder.
//!
//! The socket is a file that only its owner may use; nothing listens on a network. The one who asks sends its command line
//! as JSON and a line feed; the answer is the command's output, a NUL and the exit code.

use crate::cli::Cli;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::run;
use crate::terminal::Terminal;
use anyhow::{Context as _, Result, bail};
use clap::Parser as _;
use serde::{Deserialize, Serialize};
use std::io::{BufRead as _, BufReader, Read as _, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The longest command line that is read.
const LONGEST: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Request {
    args: Vec<String>,
    width: usize,
    colours: bool,
}

fn socket(data_dir: &Path) -> PathBuf {
    data_dir.join("up.sock")
}

/// Whether a process has the ledger and answers others.
pub(crate) fn is_answered(data_dir: &Path) -> bool {
    UnixStream::connect(socket(data_dir)).is_ok()
}

/// Hands this process's command line to the process that has the ledger and writes its answer. `None` when nobody answers.
pub(crate) fn ask(data_dir: &Path, terminal: Terminal, out: &mut dyn Write) -> Result<Option<Exit>> {
    let Ok(mut stream) = UnixStream::connect(socket(data_dir)) else { return Ok(None) };
    let request = Request { args: std::env::args().collect(), width: terminal.width, colours: terminal.colours };
    writeln!(stream, "{}", serde_json::to_string(&request)?)?;
    let mut stream = BufReader::new(stream);
    let mut end = Vec::new();
    loop {
        let read = stream.fill_buf()?;
        if read.is_empty() {
            break;
        }
        let length = read.len();
        match read.iter().position(|byte| *byte == 0) {
            None if end.is_empty() => out.write_all(read)?,
            None => end.extend_from_slice(read),
            Some(at) => {
                out.write_all(&read[..at])?;
                end.extend_from_slice(&read[at..]);
            }
        }
        out.flush()?;
        stream.consume(length);
    }
    match end.as_slice() {
        [0, code, message @ ..] => exit(*code, message).map(Some),
        _ => bail!("the answer was cut off"),
    }
}

fn exit(code: u8, message: &[u8]) -> Result<Exit> {
    let all = [
        Exit::Complete,
        Exit::Bug,
        Exit::Usage,
        Exit::Config,
        Exit::Source,
        Exit::Broker,
        Exit::Ledger,
        Exit::Incomplete,
    ];
    let exit = all.into_iter().find(|exit| *exit as u8 == code).unwrap_or(Exit::Bug);
    if message.is_empty() {
        return Ok(exit);
    }
    Err(crate::exit::Failure::error(exit, String::from_utf8_lossy(message).into_owned()))
}

/// Answers other processes until this one ends. Returns the socket's path, to be removed at the end.
pub(crate) fn answer(gateway: &Arc<Gateway>) -> Result<PathBuf> {
    let path = socket(&gateway.data_dir);
    // We have the ledger's lock, so a socket that is there was left by a process that is gone.
    if path.exists() {
        std::fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("cannot listen at `{}`", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let (gateway, runtime) = (Arc::clone(gateway), tokio::runtime::Handle::current());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (gateway, runtime) = (Arc::clone(&gateway), runtime.clone());
            std::thread::spawn(move || {
                if let Err(error) = answer_one(&gateway, &runtime, stream) {
                    tracing::debug!(%error, "could not answer another process");
                }
            });
        }
    });
    Ok(path)
}

fn answer_one(gateway: &Gateway, runtime: &tokio::runtime::Handle, stream: UnixStream) -> Result<()> {
    let mut line = String::new();
    BufReader::new((&stream).take(LONGEST)).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    let mut out = std::io::BufWriter::new(&stream);
    let terminal = Terminal { width: request.width, colours: request.colours, live: false };
    let (exit, message) = match Cli::try_parse_from(&request.args) {
        Ok(cli) if run::remote_can(&cli.command) => {
            match runtime.block_on(run::on(gateway, &cli.command, &cli.global, terminal, &mut out)) {
                Ok(exit) => (exit, String::new()),
                Err(error) => (crate::exit::exit_of(&error), crate::chain(&error)),
            }
        }
        Ok(_) => (Exit::Usage, "`up` has the ledger; stop it first".to_owned()),
        Err(error) => (Exit::Usage, error.to_string()),
    };
    out.write_all(&[0, exit as u8])?;
    out.write_all(message.as_bytes())?;
    out.flush()?;
    Ok(())
}
