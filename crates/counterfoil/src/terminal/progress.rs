//! Progress on standard error: a line per stream with rate and time left; plain lines where no terminal is.

use super::{Terminal, count, safe};
use counterfoil_pipeline::{Listener, Outcome, PassReport, Progress, Tally};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Listens to the pipeline and shows it.
pub(crate) struct Board {
    live: bool,
    width: usize,
    bars: MultiProgress,
    lines: Mutex<HashMap<String, ProgressBar>>,
    outcomes: Mutex<HashMap<String, Outcome>>,
    /// The streams of each instance.
    streams: Mutex<HashMap<String, BTreeSet<&'static str>>>,
}

/// Waits that are not worth a line of their own.
const SHORT: Duration = Duration::from_secs(5);

/// The names of the bars that are not streams.
const BROKER: &str = "broker";
const READ_MODEL: &str = "read model";

impl Board {
    /// Shows on standard error, moving where that is a terminal.
    pub(crate) fn new(terminal: &Terminal) -> Self {
        // Once a second is often enough for a person and costs nothing.
        let target = if terminal.live { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        Self {
            live: terminal.live,
            width: terminal.width,
            bars: MultiProgress::with_draw_target(target),
            lines: Mutex::default(),
            outcomes: Mutex::default(),
            streams: Mutex::default(),
        }
    }

    /// Says beforehand which streams an instance has, so that the first of several is told apart from the others.
    pub(crate) fn expect(&self, instance: &str, stream: &'static str) {
        self.streams().entry(instance.to_owned()).or_default().insert(stream);
    }

    /// Prints a line above the moving ones.
    #[expect(clippy::print_stderr, reason = "progress and remarks go to standard error")]
    pub(crate) fn say(&self, text: &str) {
        self.bars.suspend(|| eprintln!("{text}"));
    }

    /// Takes the moving lines away.
    pub(crate) fn clear(&self) {
        self.lines().clear();
        // A terminal that is gone needs no clearing.
        self.bars.clear().unwrap_or_default();
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, HashMap<String, BTreeSet<&'static str>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, HashMap<String, ProgressBar>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the pass ended otherwise than the one before. A first pass that is complete and empty is none.
    fn is_news(&self, report: &PassReport) -> bool {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let before = outcomes.insert(format!("{}/{}", report.instance, report.stream), report.outcome.clone());
        before.unwrap_or(Outcome::Complete) != report.outcome
    }

    fn bar(&self, name: &str, measured: bool) -> ProgressBar {
        let mut lines = self.lines();
        let bar = lines.entry(name.to_owned()).or_insert_with(|| {
            let bar = self.bars.add(if measured { ProgressBar::new(1000) } else { ProgressBar::new_spinner() });
            let style = if measured {
                "{prefix:>20} {bar:24} {percent:>3} % {eta:>4} left  {msg}"
            } else {
                "{prefix:>20} {spinner} {msg}"
            };
            bar.set_style(ProgressStyle::with_template(style).expect("the template is well formed"));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        bar.clone()
    }
}

impl Listener for Board {
    fn tell(&self, progress: Progress) {
        match progress {
            Progress::StreamStarted { instance, stream } => {
                self.streams().entry(instance).or_default().insert(stream);
            }
            Progress::PageCommitted { instance, stream, tally, permille } => {
                let bar = self.bar(&format!("{instance}/{stream}"), permille.is_some());
                if let Some(permille) = permille {
                    bar.set_position(permille.into());
                }
                let seconds = bar.elapsed().as_secs_f64();
                let rate = if seconds > 0.5 {
                    format!("  {}/s", count((tally.pulled as f64 / seconds) as u64))
                } else {
                    String::new()
                };
                bar.set_message(format!("{}{rate}", tally_text(&tally)));
            }
            Progress::Waiting { instance, wait, reason } => {
                if wait >= SHORT {
                    self.say(&format!("{instance}: waiting {:.1} s: {}", wait.as_secs_f32(), safe(&reason)));
                }
            }
            Progress::StreamEnded { report } => {
                if let Some(bar) = self.lines().remove(&format!("{}/{}", report.instance, report.stream)) {
                    bar.finish_and_clear();
                }
                if report.tally.pulled > 0 || self.is_news(&report) {
                    let alone = self.streams().get(&report.instance).is_none_or(|streams| streams.len() < 2);
                    self.say(&pass_text(&report, alone, self.width));
                }
            }
            Progress::Published { events } => {
                if self.live {
                    let bar = self.bar(BROKER, false);
                    bar.inc(events);
                    bar.set_message(format!("{} events confirmed", count(bar.position())));
                }
            }
            Progress::BrokerAway { reason, wait } => {
                let wait = wait.as_secs_f32();
                self.say(&format!("broker: {}; events wait in the ledger, next try in {wait:.1} s", safe(&reason)));
            }
            Progress::Projected { records } => {
                if self.live {
                    let bar = self.bar(READ_MODEL, false);
                    bar.inc(records);
                    bar.set_message(format!("{} records taken in", count(bar.position())));
                }
            }
        }
    }
}

/// A pass in a line, or in two where that is too narrow.
fn pass_text(report: &PassReport, alone: bool, width: usize) -> String {
    let name = if alone { report.instance.clone() } else { format!("{}/{}", report.instance, report.stream) };
    let seconds = report.ended.duration_since(report.started).as_secs_f64();
    let outcome = match &report.outcome {
        Outcome::Complete => "complete".to_owned(),
        Outcome::Partial => format!("partial, {}", plural(report.gaps.len() as u64, "gap")),
        Outcome::Failed { reason } => format!("FAILED: {}", safe(reason)),
    };
    let what = format!("{name:>20}  {}", tally_text(&report.tally));
    let how = format!("  in {seconds:.1} s  {outcome}");
    let is_narrow = what.chars().count() + how.chars().count() > width;
    if is_narrow { format!("{what}\n{:20}{how}", "") } else { what + &how }
}

/// A tally in words, without the columns that are zero.
fn tally_text(tally: &Tally) -> String {
    let columns = [
        (tally.committed, "committed"),
        (tally.unchanged, "unchanged"),
        (tally.quarantined, "quarantined"),
        (tally.unreadable, "unreadable"),
        (tally.not_applicable, "not applicable"),
    ];
    let mut text = format!("{} pulled", count(tally.pulled));
    for (number, name) in columns.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {} {name}", count(number)));
    }
    text
}

/// `1 gap`, `2 gaps`.
pub(crate) fn plural(number: u64, word: &str) -> String {
    format!("{} {word}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_names_only_what_happened() {
        let tally = Tally { pulled: 1200, committed: 1198, quarantined: 2, ..Tally::default() };
        assert_eq!(tally_text(&tally), "1,200 pulled, 1,198 committed, 2 quarantined");
        assert_eq!(plural(1, "gap"), "1 gap");
    }
}
