//! What work refers to: companies, groups, services and items with their relations, contracts, and what they promise.

use super::super::id::Id;
use super::super::moment;
use super::teller::{DAY, HOUR, Life, Teller, Values, values};
use crate::provider::Provider;
use crate::world::World;

/// Whom a provider buys from: name, and what sort of vendor it is.
fn vendors(provider: Provider) -> [(&'static str, &'static str); 2] {
    match provider {
        Provider::Acme => [("Fjordline Carrier", "network"), ("Copperfield Hardware", "hardware")],
        Provider::Nordlicht => [("Rechenwerk Kiel GmbH", "hosting"), ("Datenband AG", "hardware")],
        Provider::Kumo => [("Stratus Hosting", "hosting"), ("Lettermint", "software")],
        Provider::Tarn => [("Northgate Messaging", "software"), ("Keyholm Identity", "software")],
    }
}

/// What a provider's own company is called: read as a party, it is the provider.
fn own_company(provider: Provider) -> &'static str {
    match provider {
        Provider::Acme => "Acme",
        Provider::Nordlicht => "Nordlicht",
        Provider::Kumo => "Kumo",
        Provider::Tarn => "Tarn",
    }
}

const CLASSES: [(&str, &str); 3] =
    [("cmdb_ci_linux_server", "srv"), ("cmdb_ci_db_instance", "db"), ("cmdb_ci_ip_switch", "sw")];

/// Hours that the first answer may take, P1 and P2.
pub(super) const RESPONSE_HOURS: [i64; 2] = [1, 2];

impl Teller<'_> {
    /// Before the incidents: they refer to it by name.
    pub(super) fn registers(&mut self, world: &World) {
        let born = self.since_secs - 30 * DAY;
        let own = own_company(self.provider);
        self.company(own, born, values([("primary", "true"), ("vendor", "false"), ("customer", "false")]));
        for customer in &world.customers {
            self.company(customer, born, values([("customer", "true"), ("vendor", "false")]));
        }
        for (vendor, sort) in vendors(self.provider) {
            self.company(vendor, born, values([("vendor", "true"), ("customer", "false"), ("vendor_type", sort)]));
        }
        self.staff(own, born);
        self.items(born);
        self.contracts(own, born);
        self.targets(born);
    }

    /// The vendor that this provider buys most from.
    pub(super) fn vendor(&self, nth: usize) -> Id {
        Id::of_words(&["core_company", vendors(self.provider)[nth].0])
    }

    fn company(&mut self, name: &str, born: i64, mut more: Values) {
        more.push(("name", name.to_owned()));
        more.push(("country", if self.provider == Provider::Nordlicht { "DE" } else { "GB" }.to_owned()));
        let id = Id::of_words(&["core_company", name]);
        self.tell(Life { table: "core_company", id, steps: vec![(born, "admin".into(), more)] });
    }

    /// Groups; the people of the last one are a vendor's.
    fn staff(&mut self, own: &str, born: i64) {
        let own = Id::of_words(&["core_company", own]);
        let vendor = self.vendor(0);
        let last = self.groups.len() - 1;
        for (at, group) in self.groups.clone().into_iter().enumerate() {
            let manager = self.instance.person(group.people[0]);
            let mut more = values([("name", group.name), ("manager", &manager), ("company", own.text())]);
            more.extend((at == last).then(|| ("vendors", vendor.text().to_owned())));
            let id = Id::of_words(&["sys_user_group", group.name]);
            self.tell(Life { table: "sys_user_group", id, steps: vec![(born, "admin".into(), more)] });
        }
    }

    /// Services, three items for each, and what depends on what. One item is retired, one was not seen for long.
    fn items(&mut self, born: i64) {
        let mut all = 0;
        for (at, service) in self.services.clone().into_iter().enumerate() {
            let criticality = ["1 - most critical", "2 - somewhat critical", "3 - less critical"][at % 3];
            let group = self.instance.group(self.groups[at % self.groups.len()].name);
            let owner = self.instance.person(self.groups[0].people[0]);
            let id = Id::of_words(&["cmdb_ci_service", service]);
            let more = values([
                ("name", service),
                ("busines_criticality", criticality),
                ("used_for", "Production"),
                ("support_group", &group),
                ("owned_by", &owner),
                ("service_status", "operational"),
            ]);
            self.tell(Life { table: "cmdb_ci_service", id, steps: vec![(born, "admin".into(), more)] });
            let mut before = id;
            for (class, word) in CLASSES {
                all += 1;
                let name = format!("{word}-{}-{all:02}", self.provider.id());
                let seen = self.now_secs - if all == 4 { 200 * DAY } else { self.about(6 * HOUR) };
                let vendor = self.vendor(all % 2);
                let mut more = values([
                    ("name", &name),
                    ("sys_class_name", class),
                    ("support_group", &group),
                    ("vendor", vendor.text()),
                    ("last_discovered", &moment::text(seen)),
                    ("discovery_source", "ServiceNow"),
                    ("environment", "Production"),
                    ("serial_number", &format!("SN{all:05}")),
                ]);
                more.extend((all == 5).then(|| ("install_status", "7".to_owned())));
                let item = Id::of_words(&["cmdb_ci", &name]);
                self.tell(Life { table: "cmdb_ci", id: item, steps: vec![(born + HOUR, "admin".into(), more)] });
                self.relate(before, if before == id { "Depends on::Used by" } else { "Runs on::Runs" }, item, born);
                before = item;
            }
        }
    }

    fn relate(&mut self, parent: Id, kind: &str, child: Id, born: i64) {
        let kind = self.instance.named("cmdb_rel_type", kind);
        let more = values([("parent", parent.text()), ("child", child.text()), ("type", &kind)]);
        let id = Id::of_words(&["cmdb_rel_ci", parent.text(), child.text()]);
        self.tell(Life { table: "cmdb_rel_ci", id, steps: vec![(born + 2 * HOUR, "admin".into(), more)] });
    }

    /// With each vendor one that is in force, and one that has expired; the second vendor's has no end.
    fn contracts(&mut self, own: &str, born: i64) {
        let owner = self.instance.person(self.groups[0].people[0]);
        let day = |secs: i64| moment::text(secs)[..10].to_owned();
        for (nth, (vendor, _)) in vendors(self.provider).into_iter().enumerate() {
            for (at, (begins, ends, state)) in [(-900, -535, "expired"), (-400, 330, "active")].into_iter().enumerate()
            {
                let number = format!("CNTR{:04}{}{}", self.provider as u16 + 1, nth, at);
                let ends = if nth == 1 && state == "active" { String::new() } else { day(born + ends * DAY) };
                let mut more = values([
                    ("number", &number),
                    ("short_description", &format!("{vendor}: underpinning contract")),
                    ("vendor", Id::of_words(&["core_company", vendor]).text()),
                    (
                        "vendor_contract",
                        &format!("{}-{at}", vendor.split(' ').next().unwrap_or_default().to_uppercase()),
                    ),
                    ("starts", &day(born + begins * DAY)),
                    ("ends", &ends),
                    ("state", "draft"),
                    ("business_owner", &owner),
                    ("contract_administrator", &owner),
                    ("renewable", if nth == 0 { "true" } else { "false" }),
                ]);
                more.push(("description", format!("Between {own} and {vendor}.")));
                let active = values([("state", "active")]);
                let mut steps = vec![(born - 400 * DAY, "admin".to_owned(), more)];
                steps.push((born - 399 * DAY, self.groups[0].people[0].to_owned(), active));
                if state == "expired" {
                    let expired = values([("state", "expired"), ("active", "false")]);
                    steps.push((born - 200 * DAY, "system".into(), expired));
                }
                let id = self.id("ast_contract", &number);
                self.tell(Life { table: "ast_contract", id, steps });
            }
        }
    }

    /// What is promised for incidents and requests, what groups promise each other, and what a vendor does.
    fn targets(&mut self, born: i64) {
        for priority in 1..=5 {
            let hours = self.provider.profile().target_hours[priority - 1];
            let starts = format!("priority={priority}^active=true^EQ");
            self.target(&format!("P{priority} resolution"), "SLA", "resolution", hours * HOUR, &starts, born);
            if let Some(hours) = RESPONSE_HOURS.get(priority - 1) {
                self.target(&format!("P{priority} response"), "SLA", "response", hours * HOUR, &starts, born);
            }
        }
        self.target("Handover between groups", "OLA", "resolution", 8 * HOUR, "active=true^EQ", born);
        self.target("Vendor restores line", "Underpinning contract", "resolution", 6 * HOUR, "hold_reason=4^EQ", born);
        self.target("Request fulfilment", "SLA", "resolution", 5 * DAY, "active=true^EQ", born);
    }

    fn target(&mut self, name: &str, sort: &str, target: &str, secs: i64, starts: &str, born: i64) {
        let schedule = self.instance.named("cmn_schedule", "24 x 7");
        let collection = if name.starts_with("Request") { "sc_req_item" } else { "incident" };
        let mut more = values([
            ("name", name),
            ("type", sort),
            ("target", target),
            ("collection", collection),
            ("duration", &moment::text(secs)),
            ("schedule", &schedule),
            ("schedule_source", "sla_definition"),
            ("timezone_source", "task.caller_id.time_zone"),
            ("start_condition", starts),
            ("stop_condition", "stateIN6,7^EQ"),
            ("pause_condition", if target == "resolution" { "hold_reason=1^EQ" } else { "" }),
        ]);
        if sort == "Underpinning contract" {
            more.push(("vendor", self.vendor(0).text().to_owned()));
        }
        let id = self.id("contract_sla", name);
        self.tell(Life { table: "contract_sla", id, steps: vec![(born, "admin".into(), more)] });
    }
}
