//! The built binary, in a folder of its own.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes on a loaded machine; reaching it fails the test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A configuration and a data folder, and what is asked of them.
pub(crate) struct Desk {
    folder: TempDir,
    options: Vec<String>,
    variables: Vec<(&'static str, String)>,
}

/// A command that has ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    /// An empty folder; commands run in it and find there whatever is put into it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("counterfoil-e2e-").tempdir().unwrap();
        Self { folder, options: Vec::new(), variables: Vec::new() }
    }

    /// With this text as its `counterfoil.toml`.
    pub(crate) fn with_config(text: &str) -> Self {
        let desk = Self::empty();
        desk.write("counterfoil.toml", text);
        desk
    }

    /// Gives every command this option, too.
    pub(crate) fn option(mut self, option: impl Into<String>) -> Self {
        self.options.push(option.into());
        self
    }

    /// Sets a variable of the environment for every command.
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).stdin(Stdio::null()).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or_else(|| panic!("{args:?}: {}", output.status)),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that ends with this exit code, and gives its output.
    pub(crate) fn ends(&self, code: i32, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.out, ran.err);
        ran
    }

    /// The JSON of a command that ends with 0 or with 10, complete with something missing.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let mut with_json = args.to_vec();
        with_json.push("--json");
        let ran = self.run(&with_json);
        assert!([0, 10].contains(&ran.code), "{args:?}: exit code {}\n{}\n{}", ran.code, ran.out, ran.err);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{args:?}: {error}\n{}", ran.out))
    }

    /// Starts a command; its lines can be waited for.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let told = told.clone();
            std::thread::spawn(move || {
                // The other end is gone when the test has failed; there is nobody left to tell.
                BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| told.send(line)).ok()
            });
        }
        Running { child, lines, seen: Vec::new() }
    }

    /// A command that is not started yet, without any of this terminal's settings.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counterfoil"));
        command.args(args).args(&self.options).current_dir(self.folder.path());
        command.env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("COUNTERFOIL_LOG");
        command.env_remove("COUNTERFOIL_LOG_FORMAT").envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A command that is running. Dropping it kills it.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Waits until a line has this in it, on standard output or standard error; a line that came before counts.
    pub(crate) fn until(&mut self, words: &str) {
        let limit = Instant::now() + PATIENCE;
        while !self.seen.iter().any(|line| line.contains(words)) {
            match self.lines.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("`{words}` does not come:\n{}", self.seen.join("\n")),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without `{words}`:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Whether such a line comes within that time.
    pub(crate) fn comes_within(&mut self, words: &str, time: Duration) -> bool {
        let limit = Instant::now() + time;
        while !self.seen.iter().any(|line| line.contains(words)) {
            match self.lines.recv_timeout(limit.saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(_) => return false,
            }
        }
        true
    }

    /// Waits for a line with this in it, and gives what follows the words.
    pub(crate) fn behind(&mut self, words: &str) -> String {
        self.until(words);
        let line = self.seen.iter().find_map(|line| line.split_once(words));
        line.map(|(_, behind)| behind.to_owned()).unwrap_or_default()
    }

    /// What it said until now, on both outputs.
    pub(crate) fn said(&self) -> String {
        self.seen.join("\n")
    }

    /// Asks it to stop, as a person does (`INT`) or the system (`TERM`).
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end: the exit status, everything it said, and how long it still took.
    pub(crate) fn end(mut self) -> (ExitStatus, String, Duration) {
        let began = Instant::now();
        loop {
            match self.lines.recv_timeout((began + PATIENCE).saturating_duration_since(Instant::now())) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end:\n{}", self.seen.join("\n")),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait().unwrap();
        (status, self.seen.join("\n"), began.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Has no effect on one that has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}
