//! `messages/delta`: what came into a folder or changed in it since a state, page by page.

use super::instance::{Entry, Instance};
use super::links::{Links, Mark};
use super::route::Asking;
use super::wire::{error, json_reply};
use crate::loopback::reply::Reply;
use crate::loopback::request::encode;
use serde_json::{Value, json};

/// Mails of a page when nothing is preferred.
const PAGE: usize = 10;

/// One page.
pub(crate) fn delta(instance: &Instance, links: &mut Links, asking: &Asking<'_>, folder: usize) -> Reply {
    let request = asking.request;
    let token = ["$skiptoken", "$deltatoken"].map(|name| request.parameter(name)).into_iter().find(|it| !it.is_empty());
    let mark = match token.map(Mark::read) {
        None => {
            let created_only = request.parameter("changeType") == "created" && !instance.switches.change_type_ignored;
            Mark::beginning(folder, created_only)
        }
        Some(Some(mark)) if mark.folder != folder => {
            return error(400, "BadRequest", "The token is for another folder.");
        }
        Some(Some(mark)) if links.knows(instance, &mark) => mark,
        Some(Some(_)) => return forgotten(instance, asking),
        Some(None) => return error(400, "BadRequest", "Badly formed token."),
    };
    page(instance, links, asking, mark, token.is_none())
}

fn page(instance: &Instance, links: &mut Links, asking: &Asking<'_>, mark: Mark, is_first: bool) -> Reply {
    let switches = &instance.switches;
    let order = |entry: &Entry| if mark.created_only { entry.created } else { entry.changed };
    let of_folder = instance.entries.range((mark.folder, 0)..(mark.folder + 1, 0));
    let mut told: Vec<(u64, usize, Entry)> = of_folder
        .map(|((_, item), entry)| (order(entry), *item, *entry))
        .filter(|(at, ..)| *at > mark.cursor)
        .collect();
    // Whoever begins is not told of what is gone, and whoever wants to know what came is not either.
    told.retain(|(.., entry)| entry.removed.is_none() || !(is_first || mark.created_only));
    told.sort_unstable_by_key(|(at, item, _)| (*at, *item));
    let preferred = asking.preferred("odata.maxpagesize").and_then(|size| size.parse().ok()).unwrap_or(PAGE);
    let mut size = if switches.page_size_ignored { PAGE } else { preferred.clamp(1, 1_000) };
    if switches.short_pages {
        // An empty one leads on to one that is none, so that a walk comes to its end.
        size = [0, size.div_ceil(2), 1, size][(mark.page % 4) as usize];
    }
    let here: Vec<_> = told.iter().take(size).collect();
    let is_last = told.len() <= size;
    let cursor = match here.last() {
        Some((at, ..)) => *at,
        None => mark.cursor,
    };
    let mut value: Vec<Value> = here.iter().map(|(_, item, entry)| row(instance, asking, *item, *entry)).collect();
    if switches.replays && mark.within {
        let before = instance.entries.range((mark.folder, 0)..(mark.folder + 1, 0));
        let before = before.filter(|(_, entry)| entry.removed.is_none() && order(entry) <= mark.cursor);
        let last =
            before.max_by_key(|(_, entry)| order(entry)).map(|((_, item), entry)| row(instance, asking, *item, *entry));
        value.splice(0..0, last);
    }
    let rows = value.len() as u64;
    let mut body =
        json!({"@odata.context": format!("{}/v1.0/$metadata#Collection(message)", asking.base), "value": value});
    let next = Mark { cursor, within: !is_last, page: if is_last { 0 } else { mark.page + 1 }, ..mark };
    let next = if switches.link_repeats && !is_last {
        Mark { within: true, epoch: instance.epoch, ..mark }
    } else {
        links.give(instance, next)
    };
    if !switches.links_missing {
        let (member, token) =
            if is_last { ("@odata.deltaLink", "$deltatoken") } else { ("@odata.nextLink", "$skiptoken") };
        let host = if switches.foreign_host.is_empty() { asking.base } else { &switches.foreign_host };
        // Not the form of the address that was asked for: links are opaque.
        body[member] = format!(
            "{host}/v1.0/users/{}/mailFolders('{}')/messages/delta?{token}={}",
            encode(&instance.account.user),
            Instance::folder_id(mark.folder),
            next.write()
        )
        .into();
    }
    json_reply(&body, rows)
}

fn row(instance: &Instance, asking: &Asking<'_>, item: usize, entry: Entry) -> Value {
    let immutable = asking.preferred("IdType") == Some("ImmutableId");
    let (id, of) = (instance.item_id(item, immutable), &instance.items[item]);
    match entry.removed {
        Some(reason) => json!({"@odata.type": "#microsoft.graph.message", "id": id, "@removed": {"reason": reason}}),
        None => {
            let key = format!("CQAAABYAAAGym{:08x}{:04x}", item, of.changes);
            json!({
                "@odata.type": "#microsoft.graph.message",
                "@odata.etag": format!("W/\"{key}\""),
                "id": id,
                "changeKey": key,
                "receivedDateTime": of.received.to_string(),
            })
        }
    }
}

/// The state of a link is not known: everything has to be read again.
fn forgotten(instance: &Instance, asking: &Asking<'_>) -> Reply {
    let switches = &instance.switches;
    if switches.sync_state_400 {
        return error(400, "syncStateInvalid", "The sync state is invalid.");
    }
    if switches.resync_required {
        let reply = error(410, "resyncRequired", "Resync required. Replace any local items with the server's version.");
        return reply.with("location", format!("{}{}?$deltatoken=", asking.base, asking.request.path));
    }
    error(
        410,
        "SyncStateNotFound",
        "The sync state generation is not found; generation=518;[highest=523][523][521][522].",
    )
}
