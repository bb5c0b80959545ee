//! The kinds of record there are. Each names its fields and its states.

use crate::change::CHANGE_FIELDS;
use crate::correspondence::CORRESPONDENCE_FIELDS;
use crate::field::{CATALOGUE_FIELDS, FieldSpec, INCIDENT_FIELDS, SERVICE_REQUEST_FIELDS};
use crate::problem::PROBLEM_FIELDS;
use crate::state::{
    CATALOGUE_STATES, CHANGE_STATES, CORRESPONDENCE_STATES, INCIDENT_STATES, PROBLEM_STATES, SERVICE_REQUEST_STATES,
    StateMachine,
};
use crate::{Field, ValueType};

/// A kind of record, the processes named as in ISO/IEC 20000-10:2018. A further kind is a variant, a field table and a state
/// machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Unplanned interruption or reduction in quality of a service (clause 8.6.1 of ISO/IEC 20000-1:2018).
    Incident,
    /// Something a user asks for that was agreed to be delivered (clause 8.6.2).
    ServiceRequest,
    /// The cause, known or not, of incidents that happened or may happen (clause 8.6.3).
    Problem,
    /// An addition, modification or removal of anything that could affect a service (clause 8.5.1).
    Change,
    /// A value that a column of the source may hold, from its choice lists. No process: it is in no figure.
    Catalogue,
    /// A mail, or a conversation that is no ticket. No process: it is in no figure.
    Correspondence,
}

impl Kind {
    /// All kinds: those of processes, resolution in the order of the clauses and then control, then those that describe a
    /// source, then what tickets are gathered from.
    pub const ALL: &'static [Kind] =
        &[Kind::Incident, Kind::ServiceRequest, Kind::Problem, Kind::Change, Kind::Catalogue, Kind::Correspondence];

    /// `incident`; the same word in mappings, events and routing keys.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Incident => "incident",
            Kind::ServiceRequest => "service_request",
            Kind::Problem => "problem",
            Kind::Change => "change",
            Kind::Catalogue => "catalogue",
            Kind::Correspondence => "correspondence",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The fields of this kind, in the order in which records store and show them.
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            Kind::Incident => INCIDENT_FIELDS,
            Kind::ServiceRequest => SERVICE_REQUEST_FIELDS,
            Kind::Problem => PROBLEM_FIELDS,
            Kind::Change => CHANGE_FIELDS,
            Kind::Catalogue => CATALOGUE_FIELDS,
            Kind::Correspondence => CORRESPONDENCE_FIELDS,
        }
    }

    /// Where a field stands in [`Kind::fields`]; `None` when the kind has no such field.
    pub fn position(self, field: Field) -> Option<usize> {
        self.fields().iter().position(|spec| spec.field == field)
    }

    /// The states of this kind and the transitions that the standard expects.
    pub fn states(self) -> &'static StateMachine {
        match self {
            Kind::Incident => &INCIDENT_STATES,
            Kind::ServiceRequest => &SERVICE_REQUEST_STATES,
            Kind::Problem => &PROBLEM_STATES,
            Kind::Change => &CHANGE_STATES,
            Kind::Catalogue => &CATALOGUE_STATES,
            Kind::Correspondence => &CORRESPONDENCE_STATES,
        }
    }

    /// The canonical words that a word field of this kind may hold; empty for fields that hold no words.
    pub fn words(self, field: Field) -> Vec<&'static str> {
        if field == Field::State {
            return self.states().states.iter().map(|state| state.name).collect();
        }
        match self.fields().iter().find(|spec| spec.field == field).map(|spec| spec.value) {
            Some(ValueType::Word(words)) => words.to_vec(),
            _ => Vec::new(),
        }
    }
}
