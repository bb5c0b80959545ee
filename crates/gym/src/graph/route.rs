//! Which address means what. Everything but GET is refused before it comes here.

use super::delta::delta;
use super::folders::{folder_of, list, show};
use super::instance::Instance;
use super::links::Links;
use super::wire::{error, not_found};
use crate::loopback::reply::{Reply, Sent};
use crate::loopback::request::{Request, decode_path};

/// One request of somebody who is let in.
pub(crate) struct Asking<'a> {
    pub(crate) request: &'a Request,
    /// What the links in an answer begin with, without a slash at its end.
    pub(crate) base: &'a str,
}

impl Asking<'_> {
    /// A preference of the header `Prefer`, without its quotes.
    pub(crate) fn preferred(&self, name: &str) -> Option<&str> {
        let all = self.request.header("prefer").split(',').filter_map(|one| one.trim().split_once('='));
        all.filter(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"')).next()
    }
}

/// The answer to a GET below `/v1.0`.
pub(crate) fn answer(instance: &Instance, links: &mut Links, asking: &Asking<'_>) -> Reply {
    let path = asking.request.path.replace("('", "/").replace("')", "");
    let parts: Vec<String> = path.trim_matches('/').split('/').map(decode_path).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let ["v1.0", "users", user, rest @ ..] = parts.as_slice() else {
        return error(400, "BadRequest", "Resource not found for the segment.");
    };
    if !user.eq_ignore_ascii_case(&instance.account.user) || instance.switches.no_mailbox {
        return error(404, "ErrorInvalidUser", "The requested user is invalid.");
    }
    if instance.switches.no_right {
        return error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");
    }
    let in_folder =
        |id: &str, tell: &mut dyn FnMut(usize) -> Reply| folder_of(instance, id).map_or_else(not_found, tell);
    match rest {
        ["mailFolders"] => list(instance, asking, None),
        ["mailFolders", id] => in_folder(id, &mut |folder| show(instance, folder)),
        ["mailFolders", id, "childFolders"] => in_folder(id, &mut |folder| list(instance, asking, Some(folder))),
        ["mailFolders", id, "messages", "delta"] => in_folder(id, &mut |folder| delta(instance, links, asking, folder)),
        ["messages", id, "$value"] => bytes_of(instance, id),
        _ => error(400, "BadRequest", "Resource not found for the segment."),
    }
}

fn bytes_of(instance: &Instance, id: &str) -> Reply {
    if instance.switches.read_basic {
        return error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.");
    }
    let Some(item) = instance.item_of(id) else { return not_found() };
    if instance.is_refused(item) {
        return error(500, "ErrorMimeContentConversionFailed", "Conversion of MIME content failed.");
    }
    let sent = if instance.switches.mime_chunked { Sent::Chunked } else { Sent::Whole };
    let headers = vec![("content-type", "text/plain".to_owned())];
    Reply { status: 200, headers, body: instance.items[item].bytes.to_vec(), sent, rows: 1 }
}
