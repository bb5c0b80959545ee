//! What `doctor` is told of an account: the login, each mailbox, and what the server can do for us.

use super::Imap;
use super::fault::Fault;
use super::settings::Security;
use counterfoil_sdk::{Examination, PullErrorKind};
use std::error::Error;

/// Tries everything that a pass needs; reads no mail.
pub(crate) async fn examine(imap: &Imap) -> Vec<Examination> {
    let settings = &imap.settings;
    let what = format!("log in to {}:{} as {}", settings.host, settings.port, settings.user);
    let mut session = match imap.connect().await {
        Ok(session) => session,
        Err(fault) => {
            let (reason, remedy) = told(fault);
            return vec![Examination::broken(what, reason, remedy)];
        }
    };
    let way = match settings.security {
        Security::Implicit => "over TLS",
        Security::StartTls => "over TLS after STARTTLS",
        Security::None => "without TLS, on this machine",
    };
    let mut found = vec![Examination::fine(what, way)];
    for name in &settings.mailboxes {
        let what = format!("open {name} for reading");
        found.push(match session.open(name, None).await {
            Ok(Some(opened)) => {
                Examination::fine(what, format!("{} mails, UIDVALIDITY {}", opened.exists, opened.uidvalidity))
            }
            Ok(None) => Examination::broken(
                what,
                "the server does not open it: there is no such mailbox, or the account may not read it",
                "correct its name in `mailboxes`, or let the account read it",
            ),
            Err(fault) => {
                let (reason, remedy) = told(fault);
                Examination::broken(what, reason, remedy)
            }
        });
    }
    let wanted = [
        ("IDLE", "new mails are found by the interval alone"),
        ("CONDSTORE", "changes are not marked; nothing is missed by it"),
        ("QRESYNC", "mails that are gone are found by the census alone"),
    ];
    for (word, without) in wanted {
        let what = format!("use {word}");
        found.push(if session.can(word) {
            Examination::fine(what, "the server has it")
        } else {
            Examination::limited(what, without, "nothing, where the interval is short enough")
        });
    }
    if let [first, others @ ..] = settings.mailboxes.as_slice()
        && !others.is_empty()
        && session.can("IDLE")
    {
        found.push(Examination::limited(
            "listen for new mails",
            format!("only {first} is listened to; what comes to {} is found by the interval", others.join(", ")),
            "name the mailbox first that cannot wait, or make `interval_secs` shorter",
        ));
    }
    session.end().await;
    found
}

fn told(fault: Fault) -> (String, String) {
    let kind = fault.kind();
    let remedy = match &kind {
        PullErrorKind::Unauthenticated { .. } => "check `user` and the secret, and that the account may use IMAP",
        PullErrorKind::Unavailable { .. } => "check `server`, and that this machine may reach it",
        PullErrorKind::Forbidden { .. }
        | PullErrorKind::NotFound { .. }
        | PullErrorKind::Contract { .. }
        | PullErrorKind::RateLimited { .. }
        | PullErrorKind::NotReady { .. }
        | PullErrorKind::PositionExpired => "mend what the reason names and run `counterfoil doctor` again",
    };
    let mut reason = kind.to_string();
    let mut next = kind.source();
    while let Some(cause) = next {
        reason.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    (reason, remedy.to_owned())
}
