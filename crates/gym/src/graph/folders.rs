//! Folders: which there are, what they are called, and which one an address means.

use super::instance::Instance;
use super::route::Asking;
use super::wire::json_reply;
use crate::loopback::reply::Reply;
use crate::loopback::request::encode;
use serde_json::{Value, json};

/// Folders of a page when nothing is asked for.
const PAGE: u64 = 10;

/// The folder of an id or of a well-known name.
pub(crate) fn folder_of(instance: &Instance, id: &str) -> Option<usize> {
    (0..instance.folders.len()).filter(|folder| instance.is_there(*folder)).find(|folder| {
        let is_known = |name: &str| name.eq_ignore_ascii_case(id);
        instance.folders[*folder].well_known.is_some_and(is_known) || Instance::folder_id(*folder) == id
    })
}

/// The folders at the top, or those within one.
pub(crate) fn list(instance: &Instance, asking: &Asking<'_>, parent: Option<usize>) -> Reply {
    let request = asking.request;
    let all: Vec<usize> = (0..instance.folders.len())
        .filter(|folder| instance.folders[*folder].parent == parent && instance.is_there(*folder))
        .collect();
    let most = if instance.switches.folders_paged { 1 } else { request.number("$top").unwrap_or(PAGE).clamp(1, 1_000) };
    let skip = request.number("$skip").unwrap_or(0);
    let here: Vec<Value> =
        all.iter().skip(skip as usize).take(most as usize).map(|folder| one(instance, *folder)).collect();
    let rows = here.len() as u64;
    let mut body = json!({"@odata.context": format!("{}/v1.0/$metadata#mailFolders", asking.base), "value": here});
    if skip + rows < all.len() as u64 {
        let of = parent.map(|parent| format!("/{}/childFolders", Instance::folder_id(parent))).unwrap_or_default();
        let host =
            if instance.switches.foreign_host.is_empty() { asking.base } else { &instance.switches.foreign_host };
        let user = encode(&instance.account.user);
        body["@odata.nextLink"] =
            format!("{host}/v1.0/users/{user}/mailFolders{of}?$top={most}&$skip={}", skip + rows).into();
    }
    json_reply(&body, rows)
}

/// One folder.
pub(crate) fn show(instance: &Instance, folder: usize) -> Reply {
    json_reply(&one(instance, folder), 1)
}

fn one(instance: &Instance, folder: usize) -> Value {
    let lies = |item: &&super::instance::Item| !item.is_gone && item.folder == folder;
    let children = instance.folders.iter().filter(|other| other.parent == Some(folder)).count();
    json!({
        "id": Instance::folder_id(folder),
        "displayName": instance.name_of(folder),
        "parentFolderId": instance.folders[folder].parent.map_or_else(|| "AQMkAGymRoot".to_owned(), Instance::folder_id),
        "childFolderCount": children,
        "totalItemCount": instance.items.iter().filter(lies).count(),
        "isHidden": false,
    })
}
