//! How a command ended, for scripts.

use std::process::ExitCode;

/// Exit codes. They are part of the interface; the list stands in `counterfoil --help`, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Complete.
    Complete = 0,
    /// A bug of ours.
    Bug = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// A source refused, or could not be reached.
    Source = 4,
    /// The broker refused, or could not be reached; the events wait in the ledger.
    Broker = 5,
    /// The ledger refused, is in use, or is damaged.
    Ledger = 6,
    /// Complete, with records that are quarantined, unreadable or missing.
    Incomplete = 10,
}

/// The list for `--help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0   complete
  1   a bug of ours
  2   the command line is wrong
  3   the configuration is wrong
  4   a source refused or could not be reached
  5   the broker refused or could not be reached; events wait in the ledger
  6   the ledger refused, is in use or is damaged
  10  complete, with records that are quarantined, unreadable or missing";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error whose exit code is known; any other error is a bug's.
#[derive(Debug)]
pub(crate) struct Failure {
    /// With which code to end.
    pub(crate) exit: Exit,
    /// What to say, with the next step.
    pub(crate) message: String,
}

impl Failure {
    /// As an error to return.
    pub(crate) fn error(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { exit, message: message.into() })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code that an error stands for.
pub(crate) fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.exit;
    }
    if error.chain().any(|cause| cause.is::<counterfoil_pipeline::ports::LedgerError>()) {
        return Exit::Ledger;
    }
    if error.chain().any(|cause| cause.is::<counterfoil_sdk::PullError>()) {
        return Exit::Source;
    }
    Exit::Bug
}
