//! From a mapping as it is written to a compiled one, naming every problem of both texts in one run.

use crate::compile_rule::RuleCompiler;
use crate::located::{Findings, Located, Origin, Place, Rule, line_of};
use crate::plan::{Dates, HistoryPlan, Mapping, Plan, Read, Source};
use crate::source::{MappingSource, Problems};
use crate::spec::{Accepts, HistorySpec, Spec};
use crate::spec_rule::SourceSpec;
use crate::trie::{Slot, TrieBuilder};
use counterfoil_diagnostics::{Finding, Severity};
use counterfoil_model::{Field, Kind};
use counterfoil_record::Form;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What compiling a mapping needs at every step.
pub(crate) struct Compiler<'a> {
    pub(crate) source: &'a MappingSource,
    pub(crate) spec: &'a Spec,
    pub(crate) kind: Kind,
    pub(crate) trie: TrieBuilder,
    pub(crate) findings: Findings,
    /// Word tables that a rule has asked for.
    pub(crate) used_tables: BTreeSet<String>,
}

impl Mapping {
    /// Compiles a mapping. Warnings alone do not stop it, see [`Mapping::warnings`].
    pub fn compile(source: &MappingSource) -> Result<Mapping, Problems> {
        Self::compile_found(source).map_err(|found| located(source, found))
    }

    /// The same, with findings whose places are bytes of the overrides' own text.
    pub(crate) fn compile_found(source: &MappingSource) -> Result<Mapping, Found> {
        let mut findings = Findings::default();
        let mut spec = Spec::new();
        spec.read(&source.file.text, Origin::File, &mut findings);
        if let Some(overrides) = &source.overrides {
            spec.read(&overrides.text, Origin::Overrides, &mut findings);
        }
        let kind = spec.kind.unwrap_or_else(|| spec.nearest_kind());
        let (trie, used_tables) = (TrieBuilder::default(), BTreeSet::new());
        Compiler { source, spec: &spec, kind, trie, findings, used_tables }.compile()
    }
}

/// Findings, each with the text it is about.
pub(crate) type Found = Vec<(Origin, Finding)>;

/// All findings by text, in the order of their places; those of the overrides where the file has them.
pub(crate) fn located(source: &MappingSource, found: Found) -> Problems {
    let mut problems = Problems::default();
    for (origin, mut finding) in found {
        match (origin, &source.overrides) {
            (Origin::Overrides, Some(overrides)) => {
                finding.at = overrides.locate(&finding.at).0;
                problems.overrides.push(finding);
            }
            _ => problems.file.push(finding),
        }
    }
    problems.file.sort_by_key(|finding| finding.at.start);
    problems.overrides.sort_by_key(|finding| finding.at.start);
    problems
}

impl Compiler<'_> {
    fn compile(mut self) -> Result<Mapping, Found> {
        let spec = self.spec;
        let dates = self.dates();
        let mut when = Vec::new();
        for (pointers, accepts) in &spec.when {
            let slots: Vec<Slot> = pointers.iter().filter_map(|pointer| self.slot(pointer)).collect();
            when.push((slots, accepts.clone()));
        }
        let mut plans = Vec::new();
        for (field, rule) in &spec.fields {
            plans.extend(RuleCompiler { compiler: &mut self, field: *field, rule }.compile());
        }
        plans.sort_by_key(|plan: &Plan| (plan.after(), plan.position));
        let tracks = |plan: &Plan| spec.fields.get(&plan.field).is_some_and(|rule| rule.track.is_some());
        let tracked_plans: Vec<usize> = (0..plans.len()).filter(|at| tracks(&plans[*at])).collect();
        let history = self.history(spec.history.as_ref());
        let (changes, list) = self.changes(&plans).unzip();
        let links = self.links();
        self.check_states(&plans);
        if self.trie.mixes_last() {
            let message = "of one list the last element (`-1`) is asked for beside others";
            let whole = Place { origin: Origin::File, span: 0..0 };
            self.findings.error("mapping::bad-pointer", message, &whole, "an element is read once");
        }
        self.unused_tables();
        let found = std::mem::take(&mut self.findings.0);
        if found.iter().any(|(_, finding)| finding.severity == Severity::Error) {
            return Err(found);
        }
        let warnings = located(self.source, found).file;
        let mut trie = self.trie.build();
        trie.changes = list;
        trie.notes_unread = spec.notes_unread;
        Ok(Mapping {
            digest: self.source.digest(),
            source: self.source.clone(),
            kind: self.kind,
            form: spec.form,
            nulls: spec.nulls.clone(),
            decimals: spec.decimals,
            when,
            trie,
            tracked: tracked_plans.iter().map(|at| plans[*at].field).collect(),
            tracked_plans,
            plans,
            links,
            history,
            changes,
            dates,
            state_position: self.kind.position(Field::State),
            own_section: None,
            warnings,
        })
    }

    /// The slot of a pointer, or a finding at its place.
    pub(crate) fn slot(&mut self, pointer: &Located<String>) -> Option<Slot> {
        self.slot_in(&[], pointer)
    }

    /// The slot of a source, which may be picked from a list, or a finding at its place.
    pub(crate) fn source_slot(&mut self, source: &SourceSpec) -> Option<Slot> {
        let Some(list) = &source.list else { return self.slot(&source.pointer) };
        let conditions: Vec<_> =
            list.conditions.iter().map(|(pointer, accepts)| (pointer.value.as_str(), accepts)).collect();
        match self.trie.pick(&list.pointer.value, &conditions, &source.pointer.value) {
            Ok(slot) => Some(slot),
            Err(reason) => {
                let place = &list.pointer.place;
                self.findings.error("mapping::bad-pointer", reason, place, "nothing can be picked by this");
                None
            }
        }
    }

    /// The slot of a pointer into each element of a list, or a finding at its place.
    pub(crate) fn slot_in(&mut self, lists: &[&str], pointer: &Located<String>) -> Option<Slot> {
        match self.trie.slot_within(lists, &pointer.value) {
            Ok(slot) => Some(slot),
            Err(reason) => {
                let finding = self.findings.error("mapping::bad-pointer", reason, &pointer.place, "no JSON pointer");
                if !pointer.value.starts_with('/') {
                    finding.help = Some(format!("write `/{}`", pointer.value));
                }
                None
            }
        }
    }

    /// The slot of a pointer to a moment, with that of its column's own date order.
    pub(crate) fn moment(&mut self, pointer: &Located<String>) -> Option<Source> {
        let slot = self.slot(pointer)?;
        let column = pointer.value.strip_prefix('/').filter(|column| !column.contains('/'));
        let except = column.and_then(|column| self.trie.slot(&format!("/@dates/except/{column}")).ok());
        Some(Source { except, ..Source::of(slot) })
    }

    /// What has to hold of the record for a source to count.
    pub(crate) fn conditions(&mut self, source: &SourceSpec) -> Option<Vec<(Slot, Accepts)>> {
        let conditions = source.conditions.iter();
        conditions.map(|(pointer, accepts)| Some((self.slot(pointer)?, accepts.clone()))).collect()
    }

    pub(crate) fn rule(&self, place: &Place) -> Rule {
        let line = match (&self.source.overrides, place.origin) {
            (Some(overrides), Origin::Overrides) => overrides.locate(&place.span).1,
            _ => line_of(&self.source.file, place.span.start),
        };
        Rule { origin: place.origin, line }
    }

    fn dates(&mut self) -> Dates {
        let settings = &self.source.settings;
        let written = self.spec.zone.as_ref();
        let name = settings.zone.as_deref().or(written.map(|zone| zone.value.as_str()));
        let zone = name.and_then(|name| match TimeZone::get(name) {
            Ok(zone) => Some((name.to_owned(), zone)),
            Err(_) => {
                let whole = Place { origin: Origin::File, span: 0..0 };
                let place = written.filter(|zone| zone.value == name).map_or(&whole, |zone| &zone.place);
                let message = format!("there is no time zone `{name}`");
                self.findings.error("mapping::unknown-zone", message, place, "unknown").help =
                    Some("use an IANA name, for example `Europe/Lisbon` or `UTC`".to_owned());
                None
            }
        });
        let mut slot = |pointer| self.trie.slot(pointer).expect("the gateway's own pointers are valid");
        let (row_zone, row_order) = (slot("/@dates/zone"), slot("/@dates/order"));
        Dates { row_zone, row_order, zone, order: settings.order.or(self.spec.order) }
    }

    fn history(&mut self, written: Option<&HistorySpec>) -> Option<HistoryPlan> {
        let whole = Place { origin: Origin::File, span: 0..0 };
        match (self.spec.form, written) {
            (Form::Snapshot | Form::Tombstone, None) => None,
            (Form::Snapshot | Form::Tombstone, Some(HistorySpec { changes: Some(_), .. })) => None,
            (Form::Snapshot | Form::Tombstone, Some(history)) => {
                let message = "the `[history]` of a snapshot needs the list that tells its changes";
                self.findings.error("mapping::history", message, &history.place, "a snapshot has no rows").help = Some(
                    "say where the list stands: `changes = \"/@audit\"`; or read rows: `form = \"log\"`".to_owned(),
                );
                None
            }
            (Form::Log, Some(HistorySpec { changes: Some(changes), .. })) => {
                let message = "the rows of a log are its changes";
                self.findings.error("mapping::history", message, &changes.place, "for snapshots only");
                None
            }
            (Form::Log, None) => {
                let message = "a mapping with `form = \"log\"` needs the section `[history]`";
                self.findings.error("mapping::history", message, &whole, "missing").help = Some(
                    "say which column tells when a row was written: `occurred_at = \"/sys_updated_at\"`".to_owned(),
                );
                None
            }
            (Form::Log, Some(history)) => {
                let Some(occurred_at) = &history.occurred_at else {
                    let message = "`[history]` does not say `occurred_at`";
                    self.findings.error("mapping::history", message, &whole, "missing");
                    return None;
                };
                let occurred_at = self.moment(occurred_at);
                let recorded_at = history.recorded_at.as_ref().and_then(|pointer| self.moment(pointer));
                let actor = history.actor.iter().filter_map(|pointer| self.slot(pointer)).collect();
                let [confidence, proof] = [&history.confidence, &history.proof]
                    .map(|pointer| pointer.as_ref().and_then(|pointer| self.slot(pointer)));
                Some(HistoryPlan { occurred_at: occurred_at?, recorded_at, actor, confidence, proof })
            }
        }
    }

    /// `in_states` needs a state.
    fn check_states(&mut self, plans: &[Plan]) {
        let has_state = self.spec.fields.contains_key(&Field::State);
        for plan in plans.iter().filter(|plan| !plan.in_states.is_empty() && !has_state) {
            let place = &self.spec.fields[&plan.field].place;
            let message = format!("`{}` is read only in some states, and the mapping reads no state", plan.field);
            self.findings.error("mapping::in-states", message, place, "needs `state`");
        }
    }

    fn unused_tables(&mut self) {
        for (name, table) in self.spec.words.iter().filter(|(name, _)| !self.used_tables.contains(*name)) {
            let message = format!("no rule uses the word table `{name}`");
            self.findings.warning("mapping::unused-words", message, &table.place, "unused");
        }
    }
}

impl Plan {
    /// Rules that look at other fields come after these.
    pub(crate) fn after(&self) -> u8 {
        match (&self.read, self.in_states.is_empty()) {
            (_, false) => 3,
            (Read::Derive(_), true) => 1,
            (Read::Cel { .. }, true) => 2,
            _ => 0,
        }
    }
}

/// Tables are shared by the sources of one rule.
pub(crate) type SharedWords = Arc<crate::words::Words>;
