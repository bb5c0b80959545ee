//! Requests: an order, its items, their approvals and their tasks.

use super::super::id::Id;
use super::super::moment;
use super::teller::{DAY, HOUR, Life, Teller, values};

const ITEMS: [(&str, bool); 6] = [
    ("Laptop", true),
    ("Access to a shared drive", false),
    ("VPN token", false),
    ("Virtual server", true),
    ("Software licence", true),
    ("New telephone", false),
];

impl Teller<'_> {
    /// So many requested items, with everything that belongs to them.
    pub(super) fn requests(&mut self, count: u64) {
        for nth in 0..count {
            self.request(nth);
        }
        self.contract_approval();
    }

    fn request(&mut self, nth: u64) {
        let number = format!("RITM{:02}{nth:05}", self.provider as u16 + 50);
        let id = self.id("sc_req_item", &number);
        let (item, needs_approval) = self.dice.pick(&ITEMS);
        let opened = self.some_time(1);
        let (group, person, by) = self.team();
        let service = self.dice.pick(&self.services);
        let caller = self.instance.person(&format!("Caller {}", 1 + self.dice.below(240)));
        let catalogue = self.instance.named("sc_cat_item", item);
        let order = self.instance.named("sc_request", &number.replace("RITM", "REQ"));
        let service = self.instance.named("cmdb_ci_service", service);
        let first = values([
            ("number", &number),
            ("state", "1"),
            ("short_description", item),
            ("cat_item", &catalogue),
            ("request", &order),
            ("requested_for", &caller),
            ("opened_by", &caller),
            ("business_service", &service),
            ("assignment_group", &group),
            ("priority", "4"),
            ("stage", if needs_approval { "waiting_for_approval" } else { "fulfillment" }),
            ("approval", if needs_approval { "requested" } else { "not requested" }),
            ("due_date", &moment::text(opened + 5 * DAY)),
            ("estimated_delivery", &moment::text(opened + 5 * DAY)),
        ]);
        let mut steps = vec![(opened, "system".to_owned(), first)];
        let mut at = opened;
        let waits = needs_approval && self.dice.chance(40);
        if needs_approval {
            let refused = self.dice.chance(80);
            at += self.about(10 * HOUR);
            let decision = if waits {
                "requested"
            } else if refused {
                "rejected"
            } else {
                "approved"
            };
            self.approval("sc_req_item", id, 0, (opened + 1, at), decision);
            if refused && !waits {
                let ended = [
                    ("state", "4"),
                    ("approval", "rejected"),
                    ("stage", "Request Cancelled"),
                    ("active", "false"),
                    ("closed_at", &moment::text(at)),
                ];
                steps.push((at, "system".into(), values(ended)));
            }
            if waits || refused {
                self.tell(Life { table: "sc_req_item", id, steps });
                return;
            }
            steps.push((at, "system".into(), values([("approval", "approved"), ("stage", "fulfillment")])));
        }
        at += self.about(4 * HOUR);
        steps.push((at, by.to_owned(), values([("state", "2"), ("assigned_to", &person)])));
        let begun = at;
        if self.dice.chance(150) {
            at += self.about(8 * HOUR);
            steps.push((at, by.to_owned(), values([("state", "-5")])));
            at += self.about(DAY);
            steps.push((at, by.to_owned(), values([("state", "2")])));
        }
        at += self.about(2 * DAY);
        let (state, stage) = [("3", "completed"), ("4", "Request Cancelled"), ("7", "Request Cancelled")]
            [self.dice.weighted(&[92, 5, 3])];
        let ended = [
            ("state", state),
            ("stage", stage),
            ("active", "false"),
            ("closed_at", &moment::text(at)),
            ("closed_by", &person),
        ];
        steps.push((at, by.to_owned(), values(ended)));
        self.tell(Life { table: "sc_req_item", id, steps });
        for part in 0..=self.dice.below(2) {
            self.request_task((id, &number, &order), part, (begun, at - 60), state);
        }
        self.fulfilment(id, opened, at);
    }

    fn request_task(
        &mut self,
        (item, number, order): (Id, &str, &str),
        part: u64,
        (begun, done): (i64, i64),
        end: &str,
    ) {
        let (group, person, by) = self.team();
        let number = format!("{}{part}", number.replace("RITM", "SCTASK"));
        let first = values([
            ("number", &number),
            ("state", "1"),
            ("request_item", item.text()),
            ("request", order),
            ("parent", item.text()),
            ("short_description", if part == 0 { "Prepare" } else { "Hand over" }),
            ("assignment_group", &group),
        ]);
        let done = done.max(begun + 120);
        let steps = vec![
            (begun, "system".to_owned(), first),
            (begun + 60, by.to_owned(), values([("state", "2"), ("assigned_to", &person)])),
            (done, by.to_owned(), values([("state", end), ("closed_at", &moment::text(done)), ("active", "false")])),
        ];
        let id = self.id("sc_task", &number);
        self.tell(Life { table: "sc_task", id, steps });
    }

    /// The clock of a request.
    fn fulfilment(&mut self, item: Id, opened: i64, done: i64) {
        let sla = self.id("contract_sla", "Request fulfilment");
        let figures = |at: i64, stage: &str| super::clocks::figures(stage, opened, at, at - opened, 5 * DAY);
        let mut first = figures(opened, "in_progress");
        first.extend(values([("task", item.text()), ("sla", sla.text()), ("start_time", &moment::text(opened))]));
        first.push(("original_breach_time", moment::text(opened + 5 * DAY)));
        let mut ended = figures(done, "completed");
        ended.extend(values([("active", "false"), ("end_time", &moment::text(done))]));
        let steps = vec![(opened, "system".to_owned(), first), (done, "system".to_owned(), ended)];
        let id = Id::of_words(&["task_sla", item.text(), "fulfilment"]);
        self.tell(Life { table: "task_sla", id, steps });
    }

    /// A contract was approved as well: the document is no task.
    fn contract_approval(&mut self) {
        let number = format!("CNTR{:04}01", self.provider as u16 + 1);
        let contract = self.id("ast_contract", &number);
        let at = self.since_secs - 20 * DAY;
        self.approval("ast_contract", contract, 0, (at, at + DAY), "approved");
    }
}
