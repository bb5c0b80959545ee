//! From the configuration to how mails are gathered: who is who by their addresses, and which rules hold.

use crate::exit::{Exit, Failure};
use crate::terminal::{Terminal, safe};
use anyhow::Result;
use counterfoil_config::{IdentifierKind, Instance, Party};
use counterfoil_conversation::{Correspondent, Directory, Rules};
use counterfoil_diagnostics::{SourceText, render};
use counterfoil_pipeline::Gathering;
use counterfoil_sdk::StreamSpec;
use std::path::Path;
use std::sync::Arc;

/// The stream that is gathered from the mails of an instance, and how; `None` for an instance without mails.
pub(crate) fn gathering(
    instance: &Instance,
    parties: &[Party],
    folder: &Path,
    terminal: &Terminal,
) -> Result<Option<(StreamSpec, Arc<Gathering>)>> {
    let Some(correspondence) = &instance.correspondence else { return Ok(None) };
    let rules = rules(instance, folder, terminal)?;
    let directory = Directory {
        parties: parties.iter().map(correspondent).filter(|party| !party.domains.is_empty()).collect(),
        authserv_ids: correspondence.authserv_ids.clone(),
        own_addresses: correspondence.own_addresses.clone(),
    };
    let from = correspondence.stream.from;
    Ok(Some((correspondence.stream.into.clone(), Arc::new(Gathering { from, rules, directory }))))
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
