//! Which keys the sections of registers have, as tables. A key is called as its field is, but for `name`, the title.

use counterfoil_model::{Field, Kind};

/// How the value of a key is written, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    /// A list of texts, or one.
    Texts,
    Flag,
    /// A whole number up to this one.
    Whole(u32),
    Number,
    /// `95`, `"95 %"`.
    Percent,
    /// `"90 days"`, to seconds.
    Duration,
    /// `2026-01-01`, the moment at which it begins.
    From,
    /// `2026-12-31`, the moment at which it ends.
    Until,
    /// A word of the field.
    Word,
    /// Words of this field of this kind, and one further.
    Words(Kind, Field, Option<&'static str>),
    Party,
    /// A section of this register.
    Section(&'static str),
    /// Several.
    Sections(&'static str),
    /// A section of `[service]`, or what a tool calls a service.
    Service,
    /// Several.
    Services,
    Zone,
    /// `"mon-fri 08:00-17:00"`.
    Hours,
    Dates,
    /// `"P1M"`.
    Period,
}

pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// What to write, where the section needs the key.
    pub(crate) needed: Option<&'static str>,
}

impl Key {
    /// The member of the record, and the field it becomes.
    pub(crate) fn member(&self) -> &'static str {
        if self.name == "name" { "title" } else { self.name }
    }
}

/// The sections of a register.
pub(crate) struct Register {
    pub(crate) kind: Kind,
    pub(crate) keys: &'static [Key],
    /// The state of a section that says none: what stands in the file holds.
    pub(crate) state: &'static str,
    /// Registers inside of its sections, with the key that leads there and the field that leads back.
    pub(crate) inside: &'static [(&'static str, &'static str, &'static Register)],
}

const fn may(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, needed: None }
}

const fn must(name: &'static str, shape: Shape, help: &'static str) -> Key {
    Key { name, shape, needed: Some(help) }
}

use Shape::{
    Dates, Duration, Flag, From, Hours, Number, Percent, Period, Section, Sections, Service, Services, Text, Texts,
    Until, Whole, Word, Words, Zone,
};

pub(crate) const CALENDAR: Register = Register {
    kind: Kind::Calendar,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("zone", Zone, "whose wall clock it is: `zone = \"Europe/Lisbon\"`"),
        must("weekly_hours", Hours, "for example `weekly_hours = \"mon-fri 08:00-17:00\"`, or `\"24x7\"`"),
        may("holidays", Dates),
        may("valid_from", From),
        may("valid_to", Until),
    ],
    state: "active",
    inside: &[],
};

pub(crate) const SERVICE: Register = Register {
    kind: Kind::Service,
    keys: &[may("name", Text), may("state", Word), may("owner_party", Shape::Party), may("criticality", Text)],
    state: "live",
    inside: &[],
};

pub(crate) const GROUP: Register = Register {
    kind: Kind::Group,
    keys: &[
        must("name", Text, "what the tools call it"),
        may("state", Word),
        must("party", Shape::Party, "the party whose people it has"),
        may("owner", Text),
        may("escalation_level", Whole(9)),
    ],
    state: "active",
    inside: &[],
};

pub(crate) const ROLE: Register = Register {
    kind: Kind::PartyRole,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("role", Word, "for example `role = \"external_supplier\"`"),
        may("scope", Text),
        may("service", Service),
        may("agreement", Section("agreement")),
        must("valid_from", From, "a date, as `valid_from = 2026-01-01`"),
        may("valid_to", Until),
    ],
    state: "active",
    inside: &[],
};

pub(crate) const AGREEMENT: Register = Register {
    kind: Kind::Agreement,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("agreement_kind", Word, "for example `agreement_kind = \"external_supplier_contract\"`"),
        must("provider_party", Shape::Party, "the party that delivers"),
        must("consumer_party", Shape::Party, "the party that receives"),
        may("covers", Services),
        may("supports", Sections("agreement")),
        may("scope", Text),
        must("valid_from", From, "a date, as `valid_from = 2026-01-01`"),
        may("valid_to", Until),
        may("notice_period", Duration),
        may("auto_renew", Flag),
        may("owner", Text),
        may("review_interval", Duration),
        may("reporting_interval", Duration),
        may("subcontracting", Word),
        may("termination_clause", Flag),
        may("dispute_procedure", Text),
        may("signed_document", Text),
        may("penalty", Text),
    ],
    state: "active",
    inside: &[("target", "agreement", &TARGET), ("limit", "agreement", &LIMIT), ("tier", "agreement", &TIER)],
};

/// Its value, unit and comparator are read together, see `target.rs`.
pub(crate) const TARGET: Register = Register {
    kind: Kind::ServiceLevelTarget,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("metric", Word, "for example `metric = \"resolution\"`"),
        may("applies_kind", Word),
        may("applies_priorities", Words(Kind::Incident, Field::Priority, None)),
        may("applies_categories", Texts),
        may("applies_services", Services),
        may("percentile_required", Percent),
        may("target_window", Period),
        may("calendar", Section("calendar")),
        may("start_event", Word),
        may("stop_event", Word),
        may("pauses", Words(Kind::Incident, Field::HoldReason, Some("none"))),
        may("retroactive_start", Flag),
        may("penalty", Text),
    ],
    state: "active",
    inside: &[],
};

const LIMIT: Register = Register {
    kind: Kind::WorkloadLimit,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("measure", Text, "what is counted, for example `measure = \"incident\"`"),
        must("limit", Number, "how many at most"),
        must("target_window", Period, "in which time, for example `target_window = \"P1M\"`"),
    ],
    state: "active",
    inside: &[],
};

const TIER: Register = Register {
    kind: Kind::SupplyTier,
    keys: &[
        may("name", Text),
        may("state", Word),
        must("party", Shape::Party, "the party"),
        must("rank", Whole(99), "1 for the direct provider, 2 for who works for it"),
        may("upstream_party", Shape::Party),
        may("service", Service),
        may("declared_by", Shape::Party),
        may("declared_at", From),
    ],
    state: "active",
    inside: &[],
};
