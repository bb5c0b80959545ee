//! From the configuration to how mails are gathered: who is who by their addresses, and which rules hold.

use crate::exit::{Exit, Failure};
use crate::inbox::{Arrivals, FolderInbox};
use crate::terminal::{Terminal, safe};
use anyhow::Result;
use counterfoil_config::{IdentifierKind, Instance, Party, Report};
use counterfoil_conversation::{Correspondent, Directory, Rules};
use counterfoil_diagnostics::{SourceText, render};
use counterfoil_model::Slug;
use counterfoil_pipeline::ports::Inbox;
use counterfoil_pipeline::{Gathering, Makes, Route};
use counterfoil_sdk::{GatheredStream, StreamSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The folders that reports can be put into, by the instance that reads them.
pub(crate) type Inboxes = BTreeMap<String, (Slug, Arc<dyn Inbox>)>;

/// The inboxes of all instances that reports may go to. `arrivals` are told when something was put into one.
pub(crate) fn inboxes(instances: &[Instance], arrivals: &Arrivals) -> Inboxes {
    let reports = instances.iter().filter_map(|instance| instance.correspondence.as_ref()).flat_map(|one| &one.reports);
    let wanted: BTreeSet<&str> = reports.map(|report| report.to.as_str()).collect();
    let inbox = |instance: &Instance| {
        let (folder, party) = (instance.connector.inbox()?, instance.party.clone()?);
        let inbox = FolderInbox::new(folder, arrivals.of(instance.name.as_str()));
        Some((instance.name.to_string(), (party, Arc::new(inbox) as Arc<dyn Inbox>)))
    };
    instances.iter().filter(|instance| wanted.contains(instance.name.as_str())).filter_map(inbox).collect()
}

/// The streams that are made of the mails of an instance, and how; none for an instance without mails.
pub(crate) fn gatherings(
    instance: &Instance,
    parties: &[Party],
    inboxes: &Inboxes,
    folder: &Path,
    terminal: &Terminal,
) -> Result<Vec<(StreamSpec, Arc<Gathering>)>> {
    let Some(correspondence) = &instance.correspondence else { return Ok(Vec::new()) };
    let rules = rules(instance, folder, terminal)?;
    let directory = Directory {
        parties: parties.iter().map(correspondent).filter(|party| !party.domains.is_empty()).collect(),
        authserv_ids: correspondence.authserv_ids.clone(),
        own_addresses: correspondence.own_addresses.clone(),
    };
    let GatheredStream { from, into, reports } = correspondence.stream.clone();
    let route = |report: &Report| {
        let (party, inbox) = inboxes.get(&report.to)?;
        Some(Route {
            to: report.to.as_str().into(),
            party: party.to_string(),
            senders: report.senders.clone(),
            names: report.names.clone(),
            inbox: Arc::clone(inbox),
        })
    };
    let routes: Vec<Route> = correspondence.reports.iter().filter_map(route).collect();
    let mut made = Vec::new();
    if !routes.is_empty() || rules.has_structured() {
        let makes = Makes::Reports(routes);
        let (rules, directory) = (rules.clone(), directory.clone());
        made.push((reports, Arc::new(Gathering { from, makes, rules, directory })));
    }
    made.insert(0, (into, Arc::new(Gathering { from, makes: Makes::Conversations, rules, directory })));
    Ok(made)
}

/// The shipped rules with those of the instance's own file, or every problem of that file.
pub(crate) fn rules(instance: &Instance, folder: &Path, terminal: &Terminal) -> Result<Rules> {
    let own = instance.correspondence.as_ref().and_then(|correspondence| correspondence.rules.as_ref());
    let Some((path, _)) = own else { return Ok(Rules::shipped()) };
    let path = folder.join(path);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let shown = safe(&path.display().to_string());
        let help = format!("[connector.{}] names it with `rules`", instance.name);
        Failure::error(Exit::Config, format!("cannot read the rules `{shown}`: {error}\n  help: {help}"))
    })?;
    let source = SourceText { name: path.display().to_string().into(), text: text.into() };
    Rules::shipped().extended_by(&source).map_err(|findings| {
        let told = render(&findings, &source, terminal.colours, terminal.width);
        Failure::error(Exit::Config, format!("the rules of `{}` are wrong\n{told}", instance.name))
    })
}

fn correspondent(party: &Party) -> Correspondent {
    let domains = party.identifiers.iter().filter(|identifier| identifier.kind == IdentifierKind::EmailDomain);
    Correspondent {
        id: party.id.to_string(),
        domains: domains.map(|identifier| identifier.value.clone()).collect(),
        is_ours: party.role.is_ours(),
    }
}
