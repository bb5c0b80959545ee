//! The command line.

use crate::exit::EXIT_CODES;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Lays the two halves of every ticket side by side: pulls the tickets of all your providers, normalises them into the
/// ISO/IEC 20000 process model, keeps them in a ledger, publishes every change, and explains every figure.
#[derive(Debug, Parser)]
#[command(name = "counterfoil", version, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// The configuration [default: ./counterfoil.toml, else the demo estate's]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where ledger and cache are kept [default: `.counterfoil` beside the configuration]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Sets a key of the configuration for this run: `--set connector.log.path=/data/log.csv`
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    /// Prints JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pulls, publishes and watches until stopped; without a configuration it starts the demo estate
    Up(Up),
    /// One pass over all sources, with progress; the exit code says complete, partial or failed
    Sync(Sync),
    /// What was pulled and where it ended, per stream; gaps, what is set aside, what waits for the broker
    Status,
    /// Key figures, each with its n, cohort, exclusions and coverage
    Kpi(Kpi),
    /// Suppliers side by side: the contract's value, and what can be said of two of them with the same mix of work
    Suppliers(Suppliers),
    /// The figures, or the records behind them, as a file for another program: csv, xlsx, parquet
    Export(Export),
    /// Why: a record field by field back to its raw values, or a figure back to its records
    Explain(Explain),
    /// The event log: every change of every record, as it is published
    Events(Events),
    /// Records and bytes that could not be taken in: list, show, retry, dismiss
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Mapping files: test their cases, or see what a changed mapping would change
    #[command(subcommand)]
    Mapping(Mapping),
    /// The ledger: verify its hash chain and everything it holds
    #[command(subcommand)]
    Ledger(Ledger),
    /// Maps what is held again: to prove that nothing differs, or to apply a changed mapping
    Replay(Replay),
    /// Checks configuration and mappings, offline
    Check,
    /// Asks every source and the broker: address, rights per table and field, filter, clock, zone; says what to mend
    Doctor(Doctor),
    /// Writes a commented configuration to start from
    Init(Init),
    /// Serves a simulated ServiceNow, Jira or Microsoft Graph on loopback, with its oddities as switches: for trying and testing, never
    /// for data
    Gym(Gym),
    /// Prints completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Prints the manual page
    Man,
}

/// Options of `up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Stops by itself once everything is pulled and published
    #[arg(long)]
    pub(crate) once: bool,
}

/// Options of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only this instance; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Vec<String>,
    /// Accepted for scripts: a sync is always one pass
    #[arg(long)]
    pub(crate) once: bool,
}

/// Options of `kpi`.
#[derive(Debug, Args)]
pub(crate) struct Kpi {
    /// Only these, for example INC-04
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Start of the window, a date or a moment; a date is midnight in the reporting zone [default: the beginning]
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// End of the window, not included [default: just after the last thing any source has said]
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// Only records of this party
    #[arg(long, value_name = "ID")]
    pub(crate) party: Option<String>,
    /// One figure per party, group or priority
    #[arg(long, value_enum)]
    pub(crate) by: Option<By>,
    #[command(flatten)]
    pub(crate) as_of: AsOf,
}

/// As it was known at an earlier moment; without either, as it is known now.
#[derive(Debug, Default, Clone, Args)]
pub(crate) struct AsOf {
    /// Only what had been seen here before this date or moment: the same report as then, byte for byte
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Only what the sources had recorded before this date or moment, told from their histories
    #[arg(long, value_name = "DATE")]
    pub(crate) as_recorded: Option<String>,
}

/// Options of `suppliers`.
#[derive(Debug, Args)]
pub(crate) struct Suppliers {
    /// Only these figures, for example INC-06 [default: all that can be compared]
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Parties whose service is of one type, and who may be compared; once per such group
    #[arg(long, value_name = "ID,ID,…")]
    pub(crate) peers: Vec<String>,
    /// The agreements say that the clocks of all tools follow one rule set, so that their verdicts may be compared
    #[arg(long)]
    pub(crate) clocks_agreed: bool,
    /// A contract's target for a rate in percent: INC-06=95 for all, INC-06:acme=97.5 for one party
    #[arg(long, value_name = "ID=PERCENT")]
    pub(crate) target: Vec<String>,
    /// Start of the window, as in `kpi`
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// End of the window, as in `kpi`
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) as_of: AsOf,
}

/// What figures are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The party that works on the record
    Party,
    /// The group that works on it
    Group,
    /// The canonical priority
    Priority,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A record (its key in the source or a former one, or its id here) or a figure (INC-04)
    pub(crate) what: String,
    /// For a figure: the window, as in `kpi`
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// For a figure: the window, as in `kpi`
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// For a figure: how many records to list
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) limit: usize,
    /// For a record: the raw payload, too
    #[arg(long)]
    pub(crate) raw: bool,
    /// For a figure
    #[command(flatten)]
    pub(crate) as_of: AsOf,
}

/// Options of `events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Goes on as events arrive
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Only the last N [default: 20; with --json all]
    #[arg(long, value_name = "N")]
    pub(crate) last: Option<usize>,
    /// Only events of this record: its key or a former one, its id in the source, or its id here
    #[arg(long, value_name = "RECORD")]
    pub(crate) record: Option<String>,
}

/// What to do with what is set aside.
#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// Everything that is set aside, with its reason
    List,
    /// One of them, with its raw bytes
    Show {
        /// Its id, or the beginning of it, or the record's key or id
        id: String,
    },
    /// Maps quarantined records again, after a mapping was mended
    Retry {
        /// Only these, named as for `show`; all when none is named
        ids: Vec<String>,
    },
    /// Takes something out for good; its bytes stay in the ledger's pages
    Dismiss {
        /// Its id, or the beginning of it, or the record's key or id
        id: String,
    },
}

/// What to do with mappings.
#[derive(Debug, Subcommand)]
pub(crate) enum Mapping {
    /// Runs the cases of the shipped mappings, or of the files named
    Test {
        /// Mapping files (`.toml`) with their cases beside them (`.md`)
        files: Vec<PathBuf>,
    },
    /// Compares word tables with the choice lists that the sources have now: words nobody mapped, words nobody uses
    Lint {
        /// Only this instance
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
    /// What the mappings as they are now would change about records, states and figures that are held
    Diff {
        /// Only this instance
        #[arg(long, value_name = "NAME")]
        instance: Option<String>,
    },
    /// The shipped mappings
    List,
    /// Prints a shipped mapping
    Show {
        /// For example servicenow/incident-log
        name: String,
    },
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Reads everything and computes every hash again
    Verify,
}

/// Options of `replay`.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Changes nothing: makes every event again from its raw payload and compares it byte by byte
    #[arg(long)]
    pub(crate) verify: bool,
    /// Only this instance
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Only this instance, and not the broker
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
}

/// Options of `gym`.
#[derive(Debug, Args)]
pub(crate) struct Gym {
    /// What is simulated
    #[arg(long, value_enum, default_value = "servicenow", value_name = "TOOL")]
    pub(crate) tool: GymTool,
    /// Serves a recording instead of a made-up provider: JSON lines of `incident` or of issues (`.jsonl`), a folder of
    /// them, or an audit log of ServiceNow (`.csv`); each may be packed (`.zst`)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["provider", "seed", "incidents"])]
    pub(crate) recorded: Option<PathBuf>,
    /// Whose incidents are made up [default: acme, for a Jira tarn]
    #[arg(long, value_parser = ["acme", "nordlicht", "kumo", "tarn"], value_name = "NAME")]
    pub(crate) provider: Option<String>,
    /// The same seed gives the same incidents
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Incidents of all four providers together; of a mailbox its tickets
    #[arg(long, default_value_t = 1_500, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) incidents: u32,
    /// Turns an oddity on; may be repeated, `all` turns on everything that can be on at once
    #[arg(long = "switch", value_name = "NAME")]
    pub(crate) switches: Vec<String>,
    /// Lists the switches of the tool, each with its fact
    #[arg(long)]
    pub(crate) list: bool,
    /// Lets something happen on the instance every so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) moving: Option<u32>,
    /// Where a mailbox is written: a Maildir, and beside it what is true of it [default: gym-mail]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// The port on loopback [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "PORT")]
    pub(crate) port: u16,
}

/// What `gym` simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GymTool {
    /// ServiceNow, its Table API
    Servicenow,
    /// Jira Cloud (REST v3)
    JiraCloud,
    /// Jira Data Center (REST v2)
    JiraDataCenter,
    /// Jira Cloud with service management
    JsmCloud,
    /// Jira Data Center with service management
    JsmDataCenter,
    /// The mailbox of a customer of seven suppliers, written as a Maildir
    Mail,
    /// The same mailbox behind Microsoft Graph
    MailGraph,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The file to write
    #[arg(default_value = "counterfoil.toml")]
    pub(crate) file: PathBuf,
    /// The kind of the first connector
    #[arg(long, default_value = "file", value_name = "KIND")]
    pub(crate) connector: String,
    /// The name of the first instance
    #[arg(long, default_value = "supplier", value_name = "NAME")]
    pub(crate) instance: String,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The format
    #[arg(value_enum)]
    pub(crate) format: Format,
    /// What is exported
    #[arg(long, value_enum, default_value_t = Exported::Figures)]
    pub(crate) what: Exported,
    /// The file; csv goes to the terminal or a pipe without it
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: Option<std::path::PathBuf>,
    /// Which figures
    #[command(flatten)]
    pub(crate) figures: Kpi,
}

/// Formats of `export`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values
    Csv,
    /// A workbook for spreadsheets
    Xlsx,
    /// Apache Parquet
    Parquet,
}

/// What `export` exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Exported {
    /// The figures of `kpi`, a row for each
    Figures,
    /// The records, a row for each; the window and the party bound nothing
    Records,
}
