//! The tool's own clocks: one row of `task_sla` for each run of a target, with the figures that the tool shows of it.

use super::super::id::Id;
use super::super::moment;
use super::register::RESPONSE_HOURS;
use super::teller::{HOUR, Life, Teller, Values, values};
use crate::incident::Incident;
use crate::life::{Change, HoldReason};

impl Teller<'_> {
    /// The clocks of an incident: its resolution, once more after every reopening, and the first answer to a grave one.
    pub(super) fn clocks(&mut self, incident: &Incident, task: Id) {
        let priority = usize::from(incident.priority());
        self.resolution(incident, task, &format!("P{priority} resolution"));
        if let Some(hours) = RESPONSE_HOURS.get(priority - 1) {
            self.response(incident, task, &format!("P{priority} response"), hours * HOUR);
        }
    }

    fn resolution(&mut self, incident: &Incident, task: Id, target: &str) {
        let opened = incident.opened.as_second();
        let allowed = incident.target_secs;
        let sla = self.id("contract_sla", target);
        let mut cycle = 0;
        let mut steps: Vec<(i64, String, Values)> = Vec::new();
        let mut runs: Vec<Vec<(i64, String, Values)>> = Vec::new();
        let mut paused = false;
        for (event, snapshot) in incident.life.iter().zip(incident.snapshots()) {
            let at = event.at.as_second();
            let figures = |stage: &str| figures(stage, opened, at, snapshot.clock_secs, allowed);
            let mut step = |values: Values| steps.push((at, "system".to_owned(), values));
            match event.change {
                Change::Noted => continue,
                // The clock of a reopened incident goes on from its first opening: that is what `retroactive` means.
                Change::Opened | Change::Reopened => {
                    let mut born = figures("in_progress");
                    born.extend(values([
                        ("task", task.text()),
                        ("sla", sla.text()),
                        ("start_time", &moment::text(opened)),
                    ]));
                    born.push(("original_breach_time", moment::text(opened + allowed)));
                    step(born);
                }
                Change::Held(HoldReason::Customer) => {
                    let mut stopped = figures("paused");
                    stopped.push(("pause_time", moment::text(at)));
                    step(stopped);
                }
                Change::Resolved(_) | Change::Cancelled => {
                    let stage = if event.change == Change::Cancelled { "cancelled" } else { "completed" };
                    let mut ended = figures(stage);
                    ended.extend(values([("active", "false"), ("pause_time", ""), ("end_time", &moment::text(at))]));
                    step(ended);
                    runs.push(std::mem::take(&mut steps));
                }
                _ if paused => {
                    let mut resumed = figures("in_progress");
                    resumed.push(("pause_time", String::new()));
                    step(resumed);
                }
                _ => {}
            }
            paused = event.change == Change::Held(HoldReason::Customer);
        }
        // The job that refreshes running clocks was there some minutes ago.
        if !steps.is_empty() && !paused {
            let at = (self.now_secs - 60 * (1 + self.dice.below(9) as i64)).max(steps.last().map_or(0, |step| step.0));
            let elapsed = incident.clock_secs_at(jiff::Timestamp::from_second(at).unwrap_or(incident.opened));
            steps.push((at, "system".into(), figures("in_progress", opened, at, elapsed, allowed)));
        }
        runs.extend((!steps.is_empty()).then_some(steps));
        for steps in runs {
            cycle += 1;
            let id = Id::of_words(&["task_sla", task.text(), target, &cycle.to_string()]);
            self.tell(Life { table: "task_sla", id, steps });
        }
    }

    fn response(&mut self, incident: &Incident, task: Id, target: &str, allowed: i64) {
        let opened = incident.opened.as_second();
        let sla = self.id("contract_sla", target);
        let created = incident.created().as_second();
        let mut born = figures("in_progress", opened, created, created - opened, allowed);
        born.extend(values([("task", task.text()), ("sla", sla.text()), ("start_time", &moment::text(opened))]));
        born.push(("original_breach_time", moment::text(opened + allowed)));
        let mut steps = vec![(created, "system".to_owned(), born)];
        let answers = |change: &Change| !matches!(change, Change::Opened | Change::Noted);
        if let Some(event) = incident.life.iter().find(|event| answers(&event.change)) {
            let at = event.at.as_second();
            let stage = if event.change == Change::Cancelled { "cancelled" } else { "completed" };
            let mut ended = figures(stage, opened, at, at - opened, allowed);
            ended.extend(values([("active", "false"), ("end_time", &moment::text(at))]));
            steps.push((at, "system".into(), ended));
        }
        let id = Id::of_words(&["task_sla", task.text(), target]);
        self.tell(Life { table: "task_sla", id, steps });
    }
}

/// What the tool shows of a clock at a moment. Percentages are rounded to two places, so that 99.995 is shown as 100.
pub(super) fn figures(stage: &str, opened: i64, at: i64, elapsed: i64, allowed: i64) -> Values {
    let elapsed = elapsed.max(0);
    let paused = (at - opened - elapsed).max(0);
    let hundredths = (i128::from(elapsed) * 1_000_000 / i128::from(allowed.max(1)) + 50) / 100;
    let percentage = match (hundredths / 100, hundredths % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}.{part:02}"),
    };
    let span = |secs: i64| moment::text(secs.max(0));
    values([
        ("stage", stage),
        ("has_breached", if elapsed > allowed { "true" } else { "false" }),
        ("planned_end_time", &moment::text(at + allowed - elapsed)),
        ("duration", &span(elapsed)),
        ("business_duration", &span(elapsed)),
        ("pause_duration", &span(paused)),
        ("business_pause_duration", &span(paused)),
        ("time_left", &span(allowed - elapsed)),
        ("business_time_left", &span(allowed - elapsed)),
        ("percentage", &percentage),
        ("business_percentage", &percentage),
    ])
}
