//! Problems behind incidents that come again: each is opened after some incidents of one service, and most are mended by a
//! change. Which incidents they explain, and which a failed change caused, is written to the incidents without a mark.

use super::super::instance::Deed;
use super::super::moment;
use super::super::world::id_of;
use super::changes::Told;
use super::teller::{DAY, HOUR, Life, Teller, Values, values};
use crate::incident::Incident;
use crate::provider::Provider;
use crate::words::{self, Language};

impl Teller<'_> {
    /// So many problems behind these incidents, which are in the order of being opened.
    pub(super) fn problems(&mut self, count: u64, incidents: &[&Incident], changes: &[Told]) {
        let mut explained = vec![false; incidents.len()];
        for nth in 0..count {
            let service = self.dice.pick(&self.services);
            let from = self.dice.below(incidents.len() as u64) as usize;
            let many = 2 + self.dice.below(5) as usize;
            let alike = (from..incidents.len()).filter(|at| incidents[*at].service == service && !explained[*at]);
            let alike: Vec<usize> = alike.take(many).collect();
            if alike.len() < 2 {
                continue;
            }
            alike.iter().for_each(|at| explained[*at] = true);
            let explains: Vec<&Incident> = alike.iter().map(|at| incidents[*at]).collect();
            self.problem(nth, service, &explains, changes);
        }
    }

    fn problem(&mut self, nth: u64, service: &'static str, explains: &[&Incident], changes: &[Told]) {
        let number = format!("PRB{:02}{nth:05}", self.provider as u16 + 40);
        let id = self.id("problem", &number);
        let language = if self.provider == Provider::Nordlicht { Language::German } else { Language::English };
        let (title, category) = words::title(&mut self.dice, service, language);
        let (group, person, by) = self.team();
        // After the second of them somebody sees that they are alike.
        let opened = explains[1].created().as_second() + self.about(4 * HOUR);
        let priority = explains.iter().map(|incident| incident.priority()).min().unwrap_or(3).clamp(1, 4).to_string();
        let service_id = self.instance.named("cmdb_ci_service", service);
        let first_task = id_of(explains[0]);
        let first = values([
            ("number", &number),
            ("state", "101"),
            ("problem_state", "101"),
            ("short_description", &title),
            ("description", &title),
            ("category", category),
            ("priority", &priority),
            ("impact", "2"),
            ("urgency", "2"),
            ("assignment_group", &group),
            ("business_service", &service_id),
            ("first_reported_by_task", first_task.text()),
            ("related_incidents", &explains.len().to_string()),
            ("major_problem", if priority == "1" { "true" } else { "false" }),
        ]);
        let steps = self.investigation((opened, by, person), first, service, changes);
        self.tell(Life { table: "problem", id, steps });
        for incident in explains {
            let values = vec![("problem_id", id.text().to_owned())];
            let task = id_of(incident);
            self.instance.recount(task, "system", opened, Deed::Quietly(values));
        }
    }

    fn investigation(
        &mut self,
        (opened, by, person): (i64, &'static str, String),
        first: Values,
        service: &str,
        changes: &[Told],
    ) -> Vec<(i64, String, Values)> {
        let state = |code: &str| values([("state", code), ("problem_state", code)]);
        let mut steps = vec![(opened, by.to_owned(), first)];
        let mut at = opened + self.about(6 * HOUR);
        let mut assessed = state("102");
        assessed.push(("assigned_to", person.clone()));
        steps.push((at, by.to_owned(), assessed));
        let end = |at: i64, code: &str| {
            let mut values = state("107");
            values.extend([("resolution_code", code.to_owned()), ("closed_at", moment::text(at))]);
            values.push(("active", "false".to_owned()));
            values
        };
        at += self.about(DAY);
        if self.dice.chance(80) {
            let code = self.dice.pick(&["duplicate", "canceled"]);
            steps.push((at, by.to_owned(), end(at, code)));
            return steps;
        }
        let mut searched = state("103");
        searched.extend([("confirmed_at", moment::text(at)), ("confirmed_by", person.clone())]);
        steps.push((at, by.to_owned(), searched));
        at += self.about(4 * DAY);
        if self.dice.chance(350) {
            let known =
                values([("known_error", "true"), ("workaround", "Restart the service"), ("cause_notes", "A leak")]);
            steps.push((at, by.to_owned(), known));
            at += self.about(3 * DAY);
        }
        if self.dice.chance(120) {
            let mut accepted = end(at, "risk_accepted");
            accepted.push(("cause_notes", "Too dear to mend".to_owned()));
            steps.push((at, by.to_owned(), accepted));
            return steps;
        }
        let mut mending = state("104");
        mending.push(("cause_notes", "A leak in the connection pool".to_owned()));
        let mends = |change: &&Told| change.service == service && change.opened > opened;
        if let Some(change) = changes.iter().filter(mends).min_by_key(|change| change.opened) {
            mending.push(("rfc", change.id.text().to_owned()));
        }
        steps.push((at, by.to_owned(), mending));
        at += self.about(6 * DAY);
        let mut resolved = state("106");
        resolved.extend([("resolved_at", moment::text(at)), ("resolved_by", person)]);
        resolved.extend(values([("fix_notes", "A newer version"), ("resolution_code", "fix_applied")]));
        steps.push((at, by.to_owned(), resolved));
        if self.dice.chance(60) {
            at += self.about(2 * DAY);
            let mut again = state("104");
            again.extend(values([("reopen_count", "1"), ("resolved_at", ""), ("resolution_code", "")]));
            steps.push((at, by.to_owned(), again));
            at += self.about(3 * DAY);
            let mut resolved = state("106");
            resolved.extend([("resolved_at", moment::text(at)), ("resolution_code", "fix_applied".to_owned())]);
            steps.push((at, by.to_owned(), resolved));
        }
        at += self.about(5 * DAY);
        steps.push((at, by.to_owned(), end(at, "fix_applied")));
        steps
    }

    /// What changes broke: an incident of the same service within three days after one that failed.
    pub(super) fn broken(&mut self, incidents: &[&Incident], changes: &[Told]) {
        for change in changes.iter().filter(|change| change.failed) {
            let Some(done) = change.done else { continue };
            let after = |incident: &&&Incident| {
                let since = incident.opened.as_second() - done;
                incident.service == change.service && (0..3 * DAY).contains(&since)
            };
            if let Some(incident) = incidents.iter().find(after) {
                let task = id_of(incident);
                let caused = vec![("caused_by", change.id.text().to_owned())];
                self.instance.recount(task, "system", done, Deed::Quietly(caused));
            }
        }
    }
}
