//! Changes: standard, normal and emergency ones, with their tasks and approvals; some fail, some are taken back, some run
//! outside of their window, some are refused.

use super::super::id::Id;
use super::super::moment;
use super::teller::{DAY, HOUR, Life, Teller, Values, values};

/// What is changed: words of the request, how risky, P for planned text.
const TITLES: [&str; 10] = [
    "Replace the core switch",
    "Firewall rules for the partner line",
    "Security patches of the month",
    "Enlarge the storage pool",
    "New release of the middleware",
    "Renew certificates",
    "Move the database to the new cluster",
    "Update the firmware of the access points",
    "Switch off the old mail relay",
    "Add a second line to the warehouse",
];

/// What the tellers of problems and incidents have to know of a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) id: Id,
    pub(super) service: &'static str,
    pub(super) opened: i64,
    /// When it was done, if it was.
    pub(super) done: Option<i64>,
    pub(super) failed: bool,
}

/// How a change goes, drawn at once, so that what one teller reads later changes nothing for the next.
struct Plan {
    sort: &'static str,
    opened: i64,
    /// Of the planned window.
    starts: i64,
    ends: i64,
    begins: i64,
    done: i64,
    refused: bool,
    outcome: &'static str,
    reversed: bool,
    held: bool,
}

impl Teller<'_> {
    /// So many changes.
    pub(super) fn changes(&mut self, count: u64) -> Vec<Told> {
        (0..count).map(|nth| self.change(nth)).collect()
    }

    fn plan(&mut self) -> Plan {
        let sort = ["standard", "normal", "emergency"][self.dice.weighted(&[40, 48, 12])];
        let opened = self.some_time(2);
        let ahead = match sort {
            "standard" => self.about(2 * DAY),
            "normal" => self.about(6 * DAY),
            _ => self.about(2 * HOUR),
        };
        let starts = opened + ahead.max(HOUR);
        let ends = starts + HOUR * (1 + self.dice.below(4) as i64);
        // Some begin before their window, or last longer than it.
        let begins = if self.dice.chance(70) { starts - HOUR / 2 } else { starts + self.dice.below(600) as i64 };
        let lasts = self.about((ends - starts) * 3 / 5);
        let outcome = ["successful", "successful_issues", "unsuccessful"][self.dice.weighted(&[84, 8, 8])];
        Plan {
            sort,
            opened,
            starts,
            ends,
            begins,
            done: begins + lasts,
            refused: sort == "normal" && self.dice.chance(90),
            outcome,
            reversed: outcome == "unsuccessful" && self.dice.chance(500),
            held: sort == "normal" && self.dice.chance(60),
        }
    }

    fn change(&mut self, nth: u64) -> Told {
        let plan = self.plan();
        let number = format!("CHG{:02}{nth:05}", self.provider as u16 + 30);
        let id = self.id("change_request", &number);
        let (group, person, by) = self.team();
        let service = self.dice.pick(&self.services);
        let title = self.dice.pick(&TITLES);
        let risk = ["1", "2", "3", "4"][self.dice.weighted(&[2, 10, 38, 50])];
        let item = format!("srv-{}-{:02}", self.provider.id(), 1 + 3 * self.dice.below(self.services.len() as u64));
        let at = moment::text;
        let mut first = values([
            ("number", &number),
            ("state", "-5"),
            ("type", plan.sort),
            ("short_description", &format!("{title}: {service}")),
            ("description", title),
            ("category", "Network"),
            ("risk", risk),
            ("impact", if risk == "1" { "1" } else { "3" }),
            ("priority", "4"),
            ("business_service", &self.instance.named("cmdb_ci_service", service)),
            ("cmdb_ci", Id::of_words(&["cmdb_ci", &item]).text()),
            ("assignment_group", &group),
            ("assigned_to", &person),
            ("requested_by", &person),
            ("start_date", &at(plan.starts)),
            ("end_date", &at(plan.ends)),
            ("justification", "Asked for by the customer"),
            ("cab_required", if plan.sort == "normal" { "true" } else { "false" }),
        ]);
        if plan.sort == "standard" {
            first
                .push(("std_change_producer_version", self.id("std_change_producer_version", title).text().to_owned()));
        } else if !self.dice.chance(120) {
            // One in eight says nothing about the way back.
            first.push(("backout_plan", "Go back to the version before".to_owned()));
            first.push(("implementation_plan", "Step by step, one node after the other".to_owned()));
            first.push(("test_plan", "Log in, read, write".to_owned()));
        }
        let steps = self.course(&plan, first, by);
        self.tell(Life { table: "change_request", id, steps });
        self.approvals_of_change(&plan, id);
        if !plan.refused {
            self.tasks(&plan, id, &number);
        }
        let done = (!plan.refused && plan.done <= self.now_secs).then_some(plan.done);
        Told { id, service, opened: plan.opened, done, failed: plan.outcome == "unsuccessful" }
    }

    /// The states of its type one after the other.
    fn course(&mut self, plan: &Plan, first: Values, by: &str) -> Vec<(i64, String, Values)> {
        let Plan { sort, opened, starts, begins, done, .. } = *plan;
        let mut steps = vec![(opened, by.to_owned(), first)];
        let mut step = |at: i64, values: Values| steps.push((at, by.to_owned(), values));
        let decided = opened + (starts - opened) / 2;
        if sort == "normal" {
            step(opened + (starts - opened) / 5, values([("state", "-4"), ("phase", "assess")]));
        }
        if sort != "standard" {
            let at = opened + (starts - opened) / 4;
            step(at, values([("state", "-3"), ("phase", "authorize"), ("approval", "requested")]));
        }
        if plan.refused {
            let ended = values([("state", "4"), ("approval", "rejected"), ("active", "false")]);
            step(decided, ended);
            steps[3].2.push(("closed_at", moment::text(decided)));
            return steps;
        }
        let checked = ["No Conflict", "Conflict", "Not Run"][self.dice.weighted(&[80, 8, 12])];
        let outside = if begins < starts || done > plan.ends { "true" } else { "false" };
        let approval = if sort == "standard" { "not requested" } else { "approved" };
        step(
            decided,
            values([("state", "-2"), ("approval", approval), ("conflict_status", checked), ("phase", "scheduled")]),
        );
        if plan.held {
            step(decided + 60, values([("on_hold", "true"), ("on_hold_reason", "The vendor has no stock")]));
            step(decided + (starts - decided) / 2, values([("on_hold", "false"), ("on_hold_reason", "")]));
        }
        step(begins, values([("state", "-1"), ("work_start", &moment::text(begins)), ("phase", "implement")]));
        step(
            done,
            values([
                ("state", "0"),
                ("work_end", &moment::text(done)),
                ("outside_maintenance_schedule", outside),
                ("phase", "review"),
            ]),
        );
        let closed = done + if sort == "standard" { HOUR } else { self.about(2 * DAY) };
        let notes = match (plan.outcome, plan.reversed) {
            ("successful", _) => "Done as planned",
            ("successful_issues", _) => "Done, one node had to be restarted",
            (_, true) => "Backed out: the service did not come up",
            (_, false) => "The new version could not be installed",
        };
        let mut ended = values([
            ("state", "3"),
            ("close_code", plan.outcome),
            ("close_notes", notes),
            ("closed_at", &moment::text(closed)),
            ("active", "false"),
            ("phase", "closed"),
        ]);
        if plan.outcome == "unsuccessful" || sort == "emergency" {
            let review = [("review_status", "closed"), ("review_comments", "Looked at by the board")];
            ended.extend(values(review));
            ended.push(("review_date", moment::text(closed)[..10].to_owned()));
        }
        steps.push((closed, by.to_owned(), ended));
        steps
    }

    fn approvals_of_change(&mut self, plan: &Plan, change: Id) {
        if plan.sort == "standard" {
            return;
        }
        let asked = plan.opened + (plan.starts - plan.opened) / 4;
        // The approval of an emergency may come after the work has begun.
        let late = plan.sort == "emergency" && self.dice.chance(300);
        let decided = if late { plan.done + HOUR } else { plan.opened + (plan.starts - plan.opened) / 2 };
        let decision = if plan.refused { "rejected" } else { "approved" };
        let approvers = 1 + self.dice.below(3);
        for nth in 0..approvers {
            let decision = if nth == 0 { decision } else { "not_required" };
            self.approval("change_request", change, nth, (asked, decided), decision);
        }
    }

    /// One approver of a document. A contract is no task, and its approval refers to it as a document only.
    pub(super) fn approval(&mut self, table: &str, document: Id, nth: u64, at: (i64, i64), decision: &str) {
        let group = self.groups[0];
        let approver = self.dice.pick(group.people);
        let person = self.instance.person(approver);
        let first = values([
            ("state", "requested"),
            ("approver", &person),
            ("sysapproval", if table == "ast_contract" { "" } else { document.text() }),
            ("document_id", document.text()),
            ("source_table", table),
            ("due_date", &moment::text(at.0 + 3 * DAY)),
        ]);
        let mut steps = vec![(at.0, "system".to_owned(), first)];
        if decision != "requested" {
            let by = if decision == "not_required" { "system" } else { approver };
            steps.push((at.1.max(at.0 + 1), by.to_owned(), values([("state", decision)])));
        }
        let id = Id::of_words(&["sysapproval_approver", document.text(), &nth.to_string()]);
        self.tell(Life { table: "sysapproval_approver", id, steps });
    }

    fn tasks(&mut self, plan: &Plan, change: Id, number: &str) {
        let sorts: &[&str] =
            if plan.sort == "standard" { &["implementation"] } else { &["implementation", "testing", "review"] };
        let span = (plan.done - plan.begins).max(4);
        for (nth, sort) in sorts.iter().enumerate() {
            let (group, person, by) = self.team();
            let begins = plan.begins + span * nth as i64 / 4;
            let number = format!("{}{nth}", number.replace("CHG", "CTASK"));
            let first = values([
                ("number", &number),
                ("state", "-5"),
                ("change_request", change.text()),
                ("parent", change.text()),
                ("change_task_type", sort),
                ("short_description", &format!("{sort} of the change")),
                ("assignment_group", &group),
                ("assigned_to", &person),
                ("planned_start_date", &moment::text(plan.starts)),
                ("planned_end_date", &moment::text(plan.ends)),
            ]);
            let ends = begins + span / 4;
            let steps = vec![
                (plan.opened + 60, by.to_owned(), first),
                (plan.begins - 60, "system".into(), values([("state", "1")])),
                (
                    begins.max(plan.begins),
                    by.to_owned(),
                    values([("state", "2"), ("work_start", &moment::text(begins))]),
                ),
                (
                    ends,
                    by.to_owned(),
                    values([
                        ("state", "3"),
                        ("close_code", plan.outcome),
                        ("work_end", &moment::text(ends)),
                        ("closed_at", &moment::text(ends)),
                        ("active", "false"),
                    ]),
                ),
            ];
            let id = self.id("change_task", &number);
            self.tell(Life { table: "change_task", id, steps });
        }
    }
}
