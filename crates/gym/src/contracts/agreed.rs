//! Who there is, what is delivered, and what was agreed.

use super::calendar::{HOLIDAYS, NIGHT, OFFICE, ROUND};
use super::draft::Draft;
use super::thing::{Fact, Thing};
use super::{DAY, HOUR, MINUTE, YEAR_BEGINS};

/// The organization.
pub(super) const HOUSE: &str = "house";
/// Its customer.
pub(super) const WERK: &str = "werk";
/// Its own service desk.
pub(super) const DESK: &str = "desk";
/// The honest supplier.
pub(super) const BRANDT: &str = "brandt";
/// The one that games its clock.
pub(super) const CASTELL: &str = "castell";
/// The one that hands work on.
pub(super) const DORN: &str = "dorn";
/// To whom it hands on, which no tier declares.
pub(super) const EMBER: &str = "ember";
/// A sub-supplier that is declared.
pub(super) const FJORD: &str = "fjord";

/// Slug, name, role.
pub(super) const PARTIES: [(&str, &str, &str); 8] = [
    (HOUSE, "Hansa Logistik AG", "organization"),
    (WERK, "Werk Nord GmbH", "customer"),
    (DESK, "Hansa Service Desk", "internal_supplier"),
    (BRANDT, "Brandt Systemhaus", "external_supplier"),
    (CASTELL, "Castell Outsourcing", "external_supplier"),
    (DORN, "Dorn Networks", "external_supplier"),
    (EMBER, "Ember Remote Hands", "subcontracted_supplier"),
    (FJORD, "Fjord Cabling", "subcontracted_supplier"),
];

/// Key, name, party, level.
pub(super) const GROUPS: [(&str, &str, &str, i64); 7] = [
    ("g-desk", "Service Desk", DESK, 1),
    ("g-workplace", "Workplace", DESK, 2),
    ("g-brandt", "Brandt Mail", BRANDT, 2),
    ("g-castell", "Castell ERP", CASTELL, 2),
    ("g-dorn", "Dorn NOC", DORN, 2),
    ("g-ember", "Ember Operations", EMBER, 3),
    ("g-fjord", "Fjord Field", FJORD, 3),
];

/// Id, title, state, supplier, calendar, group.
pub(super) const SERVICES: [(&str, &str, &str, &str, &str, &str); 7] = [
    ("svc-mail", "E-Mail", "live", BRANDT, OFFICE, "Brandt Mail"),
    ("svc-erp", "ERP", "live", CASTELL, ROUND, "Castell ERP"),
    ("svc-net", "Site network", "live", DORN, NIGHT, "Dorn NOC"),
    ("svc-work", "Workplace", "live", DESK, OFFICE, "Workplace"),
    ("svc-lab", "Laboratory", "live", DESK, "", "Workplace"),
    ("svc-portal", "Portal", "pipeline", BRANDT, "", ""),
    ("svc-archive", "Archive", "retired", CASTELL, "", ""),
];

/// Id, kind, provider, consumer, services covered, agreements supported, calendar.
const AGREEMENTS: [(&str, &str, &str, &str, &str, &str); 7] = [
    ("agr-sla", "service_level_agreement", HOUSE, WERK, "svc-mail;svc-erp;svc-net;svc-work", ""),
    ("agr-desk", "internal_supplier_agreement", DESK, HOUSE, "svc-work;svc-lab", "agr-sla"),
    ("agr-brandt", "external_supplier_contract", BRANDT, HOUSE, "svc-mail", "agr-sla"),
    ("agr-castell", "external_supplier_contract", CASTELL, HOUSE, "svc-erp", "agr-sla"),
    ("agr-dorn", "external_supplier_contract", DORN, HOUSE, "svc-net", "agr-sla"),
    ("agr-werk", "customer_as_supplier_agreement", WERK, HOUSE, "svc-work", "agr-sla"),
    ("agr-joint", "collaboration_agreement", BRANDT, CASTELL, "svc-mail;svc-erp", ""),
];

/// A promised time, before it is a record.
struct Promise {
    agreement: &'static str,
    metric: &'static str,
    kind: &'static str,
    priorities: &'static str,
    secs: i64,
    calendar: &'static str,
    pauses: &'static str,
    percentile: i64,
}

const fn promise(
    agreement: &'static str,
    metric: &'static str,
    priorities: &'static str,
    secs: i64,
    calendar: &'static str,
    pauses: &'static str,
    percentile: i64,
) -> Promise {
    Promise { agreement, metric, kind: "incident", priorities, secs, calendar, pauses, percentile }
}

const CUSTOMER: &str = "awaiting_customer";
const CUSTOMER_OR_AGREED: &str = "awaiting_customer;awaiting_schedule";

const PROMISES: [Promise; 28] = [
    promise("agr-sla", "resolution", "P1", 12 * HOUR, ROUND, CUSTOMER, 80),
    promise("agr-sla", "resolution", "P2", 36 * HOUR, ROUND, CUSTOMER, 80),
    promise("agr-sla", "resolution", "P3", 120 * HOUR, ROUND, CUSTOMER, 75),
    promise("agr-sla", "response", "P1;P2;P3", HOUR, ROUND, "", 90),
    promise("agr-desk", "resolution", "P1", 4 * HOUR, OFFICE, CUSTOMER, 90),
    promise("agr-desk", "resolution", "P2", 8 * HOUR, OFFICE, CUSTOMER, 90),
    promise("agr-desk", "resolution", "P3", 24 * HOUR, OFFICE, CUSTOMER, 85),
    promise("agr-desk", "response", "P1", 15 * MINUTE, OFFICE, "", 90),
    promise("agr-desk", "response", "P2;P3", HOUR, OFFICE, "", 90),
    promise("agr-brandt", "resolution", "P1", 4 * HOUR, OFFICE, CUSTOMER, 90),
    promise("agr-brandt", "resolution", "P2", 8 * HOUR, OFFICE, CUSTOMER, 90),
    promise("agr-brandt", "resolution", "P3", 24 * HOUR, OFFICE, CUSTOMER, 80),
    promise("agr-brandt", "resolution", "P4", 40 * HOUR, OFFICE, CUSTOMER, 80),
    promise("agr-brandt", "response", "P1;P2;P3;P4", 2 * HOUR, OFFICE, "", 90),
    promise("agr-castell", "resolution", "P1", 8 * HOUR, ROUND, CUSTOMER_OR_AGREED, 90),
    promise("agr-castell", "resolution", "P2", 24 * HOUR, ROUND, CUSTOMER_OR_AGREED, 90),
    promise("agr-castell", "resolution", "P3", 60 * HOUR, ROUND, CUSTOMER_OR_AGREED, 80),
    promise("agr-castell", "resolution", "P4", 96 * HOUR, ROUND, CUSTOMER_OR_AGREED, 80),
    promise("agr-castell", "response", "P1;P2;P3;P4", HOUR, ROUND, "", 95),
    promise("agr-dorn", "resolution", "P1", 4 * HOUR, NIGHT, CUSTOMER, 90),
    promise("agr-dorn", "resolution", "P2", 8 * HOUR, NIGHT, CUSTOMER, 80),
    promise("agr-dorn", "resolution", "P3", 20 * HOUR, NIGHT, CUSTOMER, 70),
    promise("agr-dorn", "resolution", "P4", 32 * HOUR, NIGHT, CUSTOMER, 70),
    promise("agr-dorn", "response", "P1;P2;P3;P4", 2 * HOUR, NIGHT, "", 80),
    Promise { kind: "service_request", ..promise("agr-desk", "fulfilment", "P2;P3", 16 * HOUR, OFFICE, CUSTOMER, 80) },
    Promise { kind: "service_request", ..promise("agr-desk", "fulfilment", "P4", 40 * HOUR, OFFICE, CUSTOMER, 80) },
    Promise {
        kind: "service_request",
        ..promise("agr-brandt", "fulfilment", "P2;P3;P4", 32 * HOUR, OFFICE, CUSTOMER, 80)
    },
    Promise {
        kind: "service_request",
        ..promise("agr-castell", "fulfilment", "P2;P3;P4", 120 * HOUR, ROUND, CUSTOMER, 80)
    },
];

pub(super) fn add(draft: &mut Draft) {
    parties(draft);
    services(draft);
    items(draft);
    agreements(draft);
}

fn parties(draft: &mut Draft) {
    for (slug, name, role) in PARTIES {
        draft.add(Thing::new("party", slug).with("title", name).with("state", "active").with("party", slug));
        let of = Thing::new("party_role", format!("{slug}.role")).with("state", "active").with("party", slug);
        draft.add(of.with("role", role).since("valid_from", YEAR_BEGINS - 300 * DAY));
    }
    for (key, name, party, level) in GROUPS {
        let group = Thing::new("group", key).with("title", name).with("state", "active").with("party", party);
        draft.add(group.with("escalation_level", Fact::Number(level)));
    }
    let hours = [
        (ROUND, "Around the clock", "UTC", "24x7", String::new()),
        (OFFICE, "Office hours", "Europe/Berlin", "mon-fri 09:00-17:00", HOLIDAYS.join(";")),
        (NIGHT, "Nights", "America/New_York", "mon-sun 00:00-08:00", String::new()),
    ];
    for (id, title, zone, weekly, holidays) in hours {
        let mut calendar = Thing::new("calendar", id).with("title", title).with("state", "active").with("zone", zone);
        calendar.set("weekly_hours", weekly);
        if !holidays.is_empty() {
            calendar.set("holidays", holidays);
        }
        draft.add(calendar);
    }
}

fn services(draft: &mut Draft) {
    for (id, title, state, supplier, calendar, _) in SERVICES {
        let mut service =
            Thing::new("service", id).with("title", title).with("state", state).with("owner_party", HOUSE);
        service.set("supplier_party", supplier);
        service.set("customer_party", WERK);
        if !calendar.is_empty() {
            service.set("calendar", calendar);
        }
        draft.add(service);
    }
}

/// The items of a service, by number.
pub(super) fn item(service: &str, number: u64) -> String {
    format!("ci-{}-{number}", service.trim_start_matches("svc-"))
}

/// How many items a service has.
pub(super) const ITEMS: u64 = 5;

fn items(draft: &mut Draft) {
    for (at, (service, title, state, supplier, ..)) in SERVICES.into_iter().enumerate() {
        for number in 0..ITEMS {
            let dice = &mut draft.dice(9_000_000, at as u64 * 100 + number);
            let mut item_of = Thing::new("configuration_item", item(service, number));
            item_of.set("title", format!("{title} {number}"));
            let is_old = state == "retired" || number == 4;
            item_of.set("state", if is_old { dice.pick(&["retired", "in_maintenance", "live"]) } else { "live" });
            if !dice.chance(100) {
                item_of.set("owner_party", HOUSE);
            }
            if !dice.chance(200) {
                item_of.set("item_type", dice.pick(&["server", "database", "switch", "application"]));
            }
            item_of.set("service", service);
            item_of.set("supplier_party", supplier);
            if !dice.chance(250) {
                item_of.set("support_agreement", format!("agr-{supplier}"));
            }
            if number == 3 && dice.chance(500) {
                item_of.set("duplicate_of", item(service, 0));
            }
            if number > 0 && number < 3 {
                item_of.links.push(("depends_on", item(service, 0)));
            }
            // Always before the year, so that what is fresh is so by its verifications.
            item_of.set("last_verified_at", Fact::At(YEAR_BEGINS - dice.below(300) as i64 * DAY - HOUR));
            draft.add(item_of);
        }
    }
}

fn agreements(draft: &mut Draft) {
    for (id, kind, provider, consumer, covers, supports) in AGREEMENTS {
        let mut agreement =
            Thing::new("agreement", id).with("title", format!("Agreement {id}")).with("state", "active");
        agreement.set("agreement_kind", kind);
        agreement.set("provider_party", provider);
        agreement.set("consumer_party", consumer);
        agreement.set("valid_from", Fact::At(YEAR_BEGINS - 200 * DAY));
        agreement.set("review_interval", Fact::Number(90 * DAY));
        agreement.set("subcontracting", if provider == DORN { "with_approval" } else { "none" });
        agreement.links.extend(covers.split(';').map(|service| ("covers", service.to_owned())));
        if !supports.is_empty() {
            agreement.links.push(("supports", supports.to_owned()));
        }
        draft.add(agreement);
    }
    for (number, of) in PROMISES.iter().enumerate() {
        let mut target = Thing::new("service_level_target", format!("slt-{number:02}")).with("state", "active");
        target.set("agreement", of.agreement);
        target.set("metric", of.metric);
        target.set("applies_kind", of.kind);
        target.set("applies_priorities", of.priorities);
        target.set("comparator", "at_most");
        target.set("target_value", Fact::Millionths(of.secs * 1_000_000));
        target.set("target_unit", "business_seconds");
        target.set("percentile_required", Fact::Millionths(of.percentile * 1_000_000));
        target.set("target_window", "P1M");
        target.set("calendar", of.calendar);
        if !of.pauses.is_empty() {
            target.set("pauses", of.pauses);
        }
        draft.add(target);
    }
    // Nothing of the records of work measures these.
    for (id, agreement) in [("slt-uptime", "agr-sla"), ("slt-werk", "agr-werk")] {
        let mut target = Thing::new("service_level_target", id).with("state", "active").with("agreement", agreement);
        target.set("metric", "availability");
        target.set("comparator", "at_least");
        target.set("target_value", Fact::Millionths(99_500_000));
        target.set("target_unit", "percent");
        draft.add(target);
    }
    let limits = [
        ("lim-brandt", "agr-brandt", "incident", 6),
        ("lim-castell", "agr-castell", "incident", 60),
        ("lim-dorn", "agr-dorn", "change", 1),
        ("lim-desk", "agr-desk", "contacts", 700),
    ];
    for (id, agreement, measure, limit) in limits {
        let of = Thing::new("workload_limit", id).with("state", "active").with("agreement", agreement);
        let of = of.with("measure", measure).with("limit", Fact::Millionths(limit * 1_000_000));
        draft.add(of.with("target_window", "P1M"));
    }
    let tier = Thing::new("supply_tier", "tier-fjord").with("state", "active").with("agreement", "agr-dorn");
    let tier = tier.with("party", FJORD).with("rank", Fact::Number(2)).with("upstream_party", DORN);
    draft.add(tier.with("declared_by", DORN).since("declared_at", YEAR_BEGINS - 150 * DAY));
}
