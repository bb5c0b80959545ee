//! The incidents of one provider of a [`World`] as its ServiceNow has them, with everything that happened to them, and with
//! what it holds beside them.

use super::beside;
use super::choices;
use super::id::Id;
use super::instance::{Deed, Instance};
use super::moment;
use crate::incident::{Incident, Snapshot};
use crate::life::{Actor, Change, HoldReason, Resolution, State};
use crate::provider::{Contact, Provider};
use crate::world::World;
use jiff::Timestamp;

type Values = Vec<(&'static str, String)>;

impl Instance {
    /// Every incident of a provider: the record as of the world's now, and its history in `sys_audit` and
    /// `sys_journal_field`. A state that ServiceNow does not know (`assigned`) is its `New`.
    pub fn of_world(world: &World, provider: Provider) -> Self {
        let mut instance = Self::empty(world.now);
        instance.seed = world.seed;
        beside::before(&mut instance, world, provider);
        for incident in world.incidents_of(provider) {
            instance.tell(incident);
        }
        beside::after(&mut instance, world, provider);
        instance
    }

    fn tell(&mut self, incident: &Incident) {
        let id = id_of(incident);
        choices::add(self, "category", incident.category, [incident.category; 2], 0);
        let mut first = self.constants(incident);
        for (event, snapshot) in incident.life.iter().zip(incident.snapshots()) {
            let by = match event.actor {
                Actor::Person(name) => name,
                Actor::Automation => "system",
            };
            let values = self.values(&snapshot);
            let deed = match event.change {
                Change::Opened => {
                    first.extend(values);
                    Deed::Create(std::mem::take(&mut first))
                }
                Change::Noted => Deed::Write { element: "work_notes", text: format!("Noted by {by}") },
                Change::Assigned { .. }
                | Change::Started
                | Change::Held(_)
                | Change::Resumed
                | Change::Reassigned { .. }
                | Change::Resolved(_)
                | Change::Reopened
                | Change::Closed
                | Change::Cancelled => Deed::Update(values),
            };
            self.recount(id, by, event.at.as_second(), deed);
        }
    }

    /// What never changes.
    fn constants(&mut self, incident: &Incident) -> Values {
        let contact = match incident.contact {
            Contact::Phone => "phone",
            Contact::Email => "email",
            Contact::SelfService => "self-service",
            Contact::Monitoring => "monitoring",
        };
        vec![
            ("number", incident.number.clone()),
            ("short_description", incident.title.clone()),
            ("description", incident.title.clone()),
            ("company", self.named("core_company", incident.customer)),
            ("business_service", self.named("cmdb_ci_service", incident.service)),
            ("category", incident.category.to_owned()),
            ("contact_type", contact.to_owned()),
            ("caller_id", self.person(&format!("Caller {}", incident.caller.0))),
            ("impact", incident.impact.to_string()),
            ("urgency", incident.urgency.to_string()),
            ("priority", incident.priority().to_string()),
            ("opened_at", moment::text(incident.opened.as_second())),
        ]
    }

    fn values(&mut self, snapshot: &Snapshot) -> Values {
        let state = code(snapshot.state).to_owned();
        let hold = match snapshot.hold {
            Some(HoldReason::Customer) => "1",
            Some(HoldReason::Problem) => "3",
            Some(HoldReason::Supplier) => "4",
            None => "",
        };
        let close_code = match snapshot.resolution {
            Some(Resolution::Permanently) => "Solved (Permanently)",
            Some(Resolution::Workaround) => "Solved (Work Around)",
            Some(Resolution::NotReproducible) => "Not Solved (Not Reproducible)",
            Some(Resolution::ByCaller) => "Closed/Resolved by Caller",
            None => "",
        };
        let at = |moment: Option<Timestamp>| moment.map(|at| moment::text(at.as_second())).unwrap_or_default();
        let group = snapshot.group.map(|name| self.group(name)).unwrap_or_default();
        let person = snapshot.person.map(|name| self.person(name)).unwrap_or_default();
        let resolver = snapshot.resolver.map(|name| self.person(name)).unwrap_or_default();
        vec![
            ("state", state.clone()),
            ("incident_state", state),
            ("hold_reason", hold.to_owned()),
            ("active", (!matches!(snapshot.state, State::Closed | State::Cancelled)).to_string()),
            ("assignment_group", group),
            ("assigned_to", person),
            ("reassignment_count", snapshot.reassigned.to_string()),
            ("reopen_count", snapshot.reopened.to_string()),
            ("resolved_at", at(snapshot.resolved)),
            ("resolved_by", resolver),
            ("closed_at", at(snapshot.closed)),
            ("close_code", close_code.to_owned()),
            ("made_sla", snapshot.made_sla.to_string()),
        ]
    }
}

/// The id of an incident of a world in its ServiceNow.
pub(crate) fn id_of(incident: &Incident) -> Id {
    let own = if incident.id.len() == 32 { Id::parse(incident.id.as_bytes()) } else { None };
    own.unwrap_or_else(|| Id::of_words(&["incident", &incident.id]))
}

pub(crate) fn code(state: State) -> &'static str {
    match state {
        State::New | State::Assigned => "1",
        State::InProgress => "2",
        State::OnHold => "3",
        State::Resolved => "6",
        State::Closed => "7",
        State::Cancelled => "8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scale;

    #[test]
    fn the_instance_tells_what_the_world_knows() {
        let world = World::generate(5, Scale { incidents: 200 });
        for provider in Provider::ALL {
            let truth = Instance::of_world(&world, *provider).oracle();
            assert_eq!(truth.incidents.len(), world.incidents_of(*provider).count());
            for incident in world.incidents_of(*provider) {
                let told = truth.incidents.values().find(|told| told.number == incident.number).unwrap();
                let last = incident.last();
                assert_eq!(told.columns["state"], code(last.state));
                assert_eq!(told.columns["made_sla"], last.made_sla.to_string());
                assert_eq!((told.sys_updated_on, told.sys_mod_count), (last.updated, u64::from(last.mod_count)));
                let states: Vec<&str> =
                    told.changes.iter().filter(|one| one.column == "state").map(|one| one.new.as_str()).collect();
                let mut lived: Vec<&str> = incident.life.iter().map(|event| code(event.state)).collect();
                lived.dedup();
                assert_eq!(states, lived, "{}", incident.number);
            }
        }
    }
}
