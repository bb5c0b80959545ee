//! What issues refer to, as the wire has it: people, statuses, priorities, types, projects, links. It knows no request.

use super::catalog::{Category, LinkKind, Named, Project, ProjectKind, ProjectState, Status, named};
use super::instance::{Edition, Instance};
use super::moment;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// How texts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Markup {
    Adf,
    Wiki,
}

/// All that the form of an answer depends on.
pub(crate) struct Form<'a> {
    pub(crate) instance: &'a Instance,
    /// `http://…/rest/api/3`.
    pub(crate) api: String,
    pub(crate) base: String,
    pub(crate) zone: TimeZone,
    pub(crate) markup: Markup,
    pub(crate) german: bool,
}

impl<'a> Form<'a> {
    /// Of version 2 or 3 of the API.
    pub(crate) fn new(instance: &'a Instance, base: &str, version: u8) -> Self {
        Self {
            instance,
            api: format!("{base}/rest/api/{version}"),
            base: base.to_owned(),
            zone: moment::zone(instance.zone_name()),
            markup: if version == 3 { Markup::Adf } else { Markup::Wiki },
            german: instance.switches.names_localised || instance.account.language == "de",
        }
    }

    pub(crate) fn is_cloud(&self) -> bool {
        self.instance.edition == Edition::Cloud
    }

    pub(crate) fn at(&self, millis: i64) -> Value {
        moment::text(millis, &self.zone).into()
    }

    pub(crate) fn name<'b>(&self, name: &'b str, german: &'b str) -> &'b str {
        if self.german { german } else { name }
    }

    pub(crate) fn person(&self, id: Option<&str>) -> Value {
        let Some(person) = id.and_then(|id| self.instance.catalog.person(id)) else { return Value::Null };
        let avatars = json!({"48x48": format!("{}/avatar/48", self.base), "16x16": format!("{}/avatar/16", self.base)});
        if self.is_cloud() {
            let mut value = json!({
                "self": format!("{}/user?accountId={}", self.api, person.id),
                "accountId": person.id,
                "avatarUrls": avatars,
                "displayName": person.name,
                "active": true,
                "timeZone": "Etc/UTC",
                "accountType": "atlassian",
            });
            if !self.instance.switches.mail_hidden {
                value["emailAddress"] = person.mail.as_str().into();
            }
            return value;
        }
        let mut value = json!({
            "self": format!("{}/user?username={}", self.api, person.id),
            "name": person.id,
            "key": person.id,
            "avatarUrls": avatars,
            "displayName": person.name,
            "active": true,
            "timeZone": "Etc/UTC",
        });
        if !self.instance.switches.mail_hidden {
            value["emailAddress"] = person.mail.as_str().into();
        }
        value
    }

    pub(crate) fn category(&self, category: Category) -> Value {
        let (id, key, colour, name, german) = category.words();
        json!({
            "self": format!("{}/statuscategory/{id}", self.api),
            "id": id,
            "key": key,
            "colorName": colour,
            "name": self.name(name, german),
        })
    }

    pub(crate) fn status_of(&self, id: &str) -> Value {
        self.instance.catalog.status(id).map_or(Value::Null, |status| self.status(status))
    }

    pub(crate) fn status(&self, status: &Status) -> Value {
        let mut value = json!({
            "self": format!("{}/status/{}", self.api, status.id),
            "description": "",
            "iconUrl": format!("{}/images/icons/statuses/generic.png", self.base),
            "name": self.name(&status.name, &status.german),
            "id": status.id,
            "statusCategory": self.category(status.category),
        });
        if self.instance.switches.statuses_renamed {
            value["name"] = format!("{} (renamed)", self.name(&status.name, &status.german)).into();
        }
        if let Some(project) = status.scope {
            value["scope"] = json!({"type": "PROJECT", "project": {"id": project.to_string()}});
        }
        value
    }

    pub(crate) fn priority(&self, one: &Named) -> Value {
        json!({
            "self": format!("{}/priority/{}", self.api, one.id),
            "iconUrl": format!("{}/images/icons/priorities/{}.svg", self.base, one.name.to_lowercase()),
            "name": self.name(&one.name, &one.german),
            "id": one.id,
        })
    }

    pub(crate) fn resolution(&self, one: &Named) -> Value {
        json!({
            "self": format!("{}/resolution/{}", self.api, one.id),
            "id": one.id,
            "description": "",
            "name": self.name(&one.name, &one.german),
        })
    }

    pub(crate) fn kind(&self, one: &Named) -> Value {
        json!({
            "self": format!("{}/issuetype/{}", self.api, one.id),
            "id": one.id,
            "description": "",
            "iconUrl": format!("{}/images/icons/issuetypes/generic.svg", self.base),
            "name": self.name(&one.name, &one.german),
            "subtask": false,
        })
    }

    pub(crate) fn of_list(&self, list: &[Named], id: Option<&str>, write: impl Fn(&Self, &Named) -> Value) -> Value {
        id.and_then(|id| named(list, id)).map_or(Value::Null, |one| write(self, one))
    }

    pub(crate) fn project(&self, project: &Project) -> Value {
        let kind = match project.kind {
            ProjectKind::ServiceDesk => "service_desk",
            ProjectKind::Software => "software",
        };
        let mut value = json!({
            "self": format!("{}/project/{}", self.api, project.id),
            "id": project.id.to_string(),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": kind,
            "avatarUrls": {"48x48": format!("{}/avatar/48", self.base)},
        });
        if self.is_cloud() {
            value["simplified"] = false.into();
        }
        match project.state {
            ProjectState::Live => {}
            ProjectState::Archived => value["archived"] = true.into(),
            ProjectState::Deleted => value["deleted"] = true.into(),
        }
        value
    }

    pub(crate) fn link_kind(&self, kind: &LinkKind) -> Value {
        json!({
            "id": kind.id,
            "name": kind.name,
            "inward": kind.inward,
            "outward": kind.outward,
            "self": format!("{}/issueLinkType/{}", self.api, kind.id),
        })
    }
}
