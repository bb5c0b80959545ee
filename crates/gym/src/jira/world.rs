//! The incidents of one provider of a [`World`] as its Jira has them, with everything that happened to them.

use super::acts::Listener;
use super::catalog::{
    ASSIGNED, CANCELED, CLOSED, IN_PROGRESS, Named, PENDING, ProjectKind, RESOLVED, WAITING_FOR_CUSTOMER,
    WAITING_FOR_SUPPORT,
};
use super::instance::{Edition, Instance};
use super::issue::{DeskRequest, Issue};
use crate::incident::{Incident, Snapshot};
use crate::life::{Actor, Change, HoldReason, Resolution, State};
use crate::provider::Provider;
use crate::world::World;
use serde_json::Value;
use std::sync::Arc;

/// The group that has an issue.
const GROUP: &str = "customfield_10050";
const SERVICE: &str = "customfield_10051";
const NUMBER: &str = "customfield_10052";

impl Instance {
    /// Every incident of a provider in the project of its service desk, `TRN` of tarn and `INC` of the others: the issue as
    /// of the world's now, and its history. `customfield_10050` is the group, `customfield_10051` the service, `customfield_10052` the number that
    /// the world knows.
    pub fn of_world(world: &World, provider: Provider, edition: Edition) -> Self {
        let mut instance = Self::empty(edition, world.now);
        instance.seed = world.seed;
        let (key, name) = match provider {
            Provider::Tarn => ("TRN", "Tarn Service Desk"),
            Provider::Acme | Provider::Nordlicht | Provider::Kumo => ("INC", "Incidents"),
        };
        let project = instance.project(key, name, ProjectKind::ServiceDesk);
        for (at, customer) in world.customers.iter().enumerate() {
            let (id, name) = ((at + 1).to_string(), (*customer).to_owned());
            instance.catalog.organizations.push(Named { id, german: name.clone(), name });
        }
        for incident in world.incidents_of(provider) {
            instance.tell(project, incident);
        }
        instance.now = world.now.as_millisecond();
        instance
    }

    /// The same issues on a site without service management: none is a request of a customer.
    pub fn without_service_management(mut self) -> Self {
        self.catalog.projects.iter_mut().for_each(|project| project.kind = ProjectKind::Software);
        self.catalog.organizations.clear();
        self.issues.values_mut().for_each(|issue| Arc::make_mut(issue).request = None);
        self
    }

    fn tell(&mut self, project: u64, incident: &Incident) {
        let id = self.next_id();
        self.now = incident.created().as_millisecond();
        let place = self.catalog.projects.iter_mut().find(|one| one.id == project).expect("it was made before");
        place.numbered += 1;
        let key = format!("{}-{}", place.key, place.numbered);
        let mut issue = self.blank(id, project, key);
        issue.summary = incident.title.clone();
        issue.description = Some(incident.title.clone());
        issue.priority = Some(incident.priority().to_string());
        issue.reporter = Some(self.person(&format!("Caller {}", incident.caller.0)));
        issue.creator.clone_from(&issue.reporter);
        issue.labels = vec![incident.category.to_lowercase()];
        issue.extra.insert(SERVICE.into(), incident.service.into());
        issue.extra.insert(NUMBER.into(), incident.number.as_str().into());
        let organization = self.catalog.organizations.iter().find(|one| one.name == incident.customer);
        issue.request = Some(DeskRequest {
            request_type: "7",
            goal: incident.target_secs * 1_000,
            organization: organization.and_then(|one| one.id.parse().ok()),
            approvals: Vec::new(),
            feedback: None,
        });
        self.issues.insert(id, Arc::new(issue));
        let mut group = "";
        for (event, snapshot) in incident.life.iter().zip(incident.snapshots()) {
            self.now = event.at.as_millisecond();
            let by = match event.actor {
                Actor::Person(name) => name,
                Actor::Automation => "Automation",
            };
            let text = id.to_string();
            match event.change {
                Change::Opened => self.first(id, &snapshot),
                Change::Noted => drop(self.comment_by(by, &text, &format!("Noted by {by}"), Listener::Internal)),
                Change::Assigned { .. }
                | Change::Started
                | Change::Held(_)
                | Change::Resumed
                | Change::Reassigned { .. }
                | Change::Resolved(_)
                | Change::Reopened
                | Change::Closed
                | Change::Cancelled => {
                    let mut values = values(&snapshot);
                    let now = snapshot.group.unwrap_or_default();
                    if now != group {
                        values.push((GROUP, now));
                        group = now;
                    }
                    self.update_by(by, &text, &values);
                }
            }
        }
    }

    /// The values with which it was recorded, which the history does not tell.
    fn first(&mut self, id: u64, snapshot: &Snapshot) {
        let mut issue = Issue::clone(&self.issues[&id]);
        for (field, value) in values(snapshot) {
            self.set(&mut issue, field, value);
        }
        issue.extra.insert(GROUP.into(), Value::from(""));
        self.put(issue);
    }
}

fn values(snapshot: &Snapshot) -> Vec<(&'static str, &'static str)> {
    let resolution = match snapshot.resolution {
        Some(Resolution::Permanently) => "10000",
        Some(Resolution::Workaround) => "10004",
        Some(Resolution::NotReproducible) => "10003",
        Some(Resolution::ByCaller) => "10001",
        None => "",
    };
    vec![
        ("status", status(snapshot.state, snapshot.hold)),
        ("resolution", resolution),
        ("assignee", snapshot.person.unwrap_or_default()),
    ]
}

pub(crate) fn status(state: State, hold: Option<HoldReason>) -> &'static str {
    match (state, hold) {
        (State::New, _) => WAITING_FOR_SUPPORT,
        (State::Assigned, _) => ASSIGNED,
        (State::InProgress, _) => IN_PROGRESS,
        (State::OnHold, Some(HoldReason::Customer)) => WAITING_FOR_CUSTOMER,
        (State::OnHold, _) => PENDING,
        (State::Resolved, _) => RESOLVED,
        (State::Closed, _) => CLOSED,
        (State::Cancelled, _) => CANCELED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scale;

    #[test]
    fn without_service_management_there_are_issues_and_no_requests() {
        let world = World::generate(5, Scale { incidents: 60 });
        let with = Instance::of_world(&world, Provider::Tarn, Edition::Cloud);
        let without = with.clone().without_service_management().oracle();
        let with = with.oracle();
        assert_eq!(without.issues.len(), with.issues.len());
        assert!(with.issues.values().all(|issue| issue.key.starts_with("TRN-") && !issue.clocks.is_empty()));
        assert!(without.issues.values().all(|issue| issue.key.starts_with("TRN-") && issue.clocks.is_empty()));
    }

    #[test]
    fn the_site_tells_what_the_world_knows() {
        let world = World::generate(5, Scale { incidents: 200 });
        for (provider, edition) in
            Provider::ALL.iter().zip([Edition::Cloud, Edition::DataCenter, Edition::Cloud, Edition::DataCenter])
        {
            let truth = Instance::of_world(&world, *provider, edition).oracle();
            assert_eq!(truth.issues.len(), world.incidents_of(*provider).count());
            for incident in world.incidents_of(*provider) {
                let told = truth.issues.values().find(|told| told.fields[NUMBER] == *incident.number).unwrap();
                let last = incident.last();
                assert_eq!(told.status, status(last.state, last.hold));
                assert_eq!((told.updated, told.resolved.is_some()), (last.updated, last.resolved.is_some()));
                let changed = told.changes.iter().flat_map(|one| &one.items).filter(|item| item.field == "status");
                let changed: Vec<&str> = changed.map(|item| item.to.as_deref().unwrap()).collect();
                let snapshots = incident.snapshots();
                let mut lived: Vec<&str> = snapshots.iter().map(|one| status(one.state, one.hold)).collect();
                lived.dedup();
                assert_eq!(changed, lived[1..], "{}", incident.number);
            }
        }
    }
}
