//! What `doctor` is told of a mailbox: the token, each folder, and whether mails may be read as they came.

use super::Graph;
use super::folders::{Resolved, resolve};
use super::mails::{Mail, one};
use super::service::{Changes, Told};
use crate::record::Limits;
use counterfoil_sdk::{Examination, PullErrorKind};
use std::error::Error as _;

/// Tries everything that a pass needs. Of one mail the beginning is read and forgotten.
pub(crate) async fn examine(graph: &Graph) -> Vec<Examination> {
    let user = &graph.settings.user;
    let what = format!("find the folders of {user}");
    let service = match graph.service() {
        Ok(service) => service,
        Err(kind) => return vec![broken(what, &kind)],
    };
    let resolved = match resolve(service, &graph.settings.mailboxes).await {
        Ok(resolved) => resolved,
        Err(kind) => return vec![broken(what, &kind)],
    };
    let mut found = vec![Examination::fine(what, format!("through {}", graph.settings.base))];
    let mut readable = None;
    for (name, resolved) in resolved {
        let what = format!("find {name}");
        found.push(match resolved {
            Resolved::Folder(folder) => {
                let mails = folder.mails.map_or_else(|| "it is there".to_owned(), |mails| format!("{mails} mails"));
                readable = readable.or((folder.mails != Some(0)).then_some(folder.id));
                Examination::fine(what, mails)
            }
            Resolved::Missing { there } => {
                let reason = format!("there is no such folder; there are `{}`", there.join("`, `"));
                Examination::broken(what, reason, "correct its name in `mailboxes`; within another: `Outer/Inner`")
            }
        });
    }
    if let Some(folder) = readable {
        found.push(read_one(graph, &folder).await);
    }
    found
}

/// Lists one mail and reads its beginning: who may list mails need not be allowed to read them.
async fn read_one(graph: &Graph, folder: &str) -> Examination {
    let what = "read a mail as it came";
    let tried = async {
        let service = graph.service()?;
        let Told::Here(listing) = service.delta(folder, None, Changes::Arrivals, 1).await? else { return Ok(None) };
        let Some(row) = listing.rows.iter().find(|row| row.removed.is_none()) else { return Ok(None) };
        let a_little = Limits { mail_bytes: 1 << 10, ..graph.limits };
        one(service, &a_little, &row.id).await.map(Some)
    };
    match tried.await {
        Ok(Some(Mail::Whole(_) | Mail::Larger { .. })) => Examination::fine(what, "the bytes of one can be had"),
        Ok(Some(Mail::Withheld(said))) => {
            Examination::limited(what, format!("the first one cannot be had: {said}"), "it will be set aside")
        }
        Ok(Some(Mail::Gone) | None) => Examination::limited(what, "there was none to try", "nothing"),
        Err(kind) => broken(what, &kind),
    }
}

fn broken(what: impl Into<String>, kind: &PullErrorKind) -> Examination {
    let remedy = match kind {
        PullErrorKind::Unauthenticated { .. } => "check `client_id`, `client_secret` and `tenant` or `token_url`",
        PullErrorKind::Unavailable { .. } | PullErrorKind::RateLimited { .. } => {
            "check that this machine may reach the service, and try again"
        }
        PullErrorKind::Forbidden { .. } => {
            "let an administrator grant the application `Mail.Read`, limited to this mailbox by an application access policy"
        }
        PullErrorKind::NotFound { .. } => "check `user`",
        PullErrorKind::Contract { .. } | PullErrorKind::NotReady { .. } | PullErrorKind::PositionExpired => {
            "mend what the reason names and run `counterfoil doctor` again"
        }
    };
    let mut reason = kind.to_string();
    let mut next = kind.source();
    while let Some(cause) = next {
        reason.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    Examination::broken(what, reason, remedy)
}
