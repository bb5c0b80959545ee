//! What a site has and does not give, in words.

use crate::beside::{CHANGELOG, COMMENTS, SERVICE_DESK};
use crate::position::Progress;
use counterfoil_record::{Gap, Place};

/// Every gap that still stands at the end of a pass.
pub(crate) fn of(progress: &Progress) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = progress.denied.iter().map(|part| denied(part)).collect();
    if !progress.short.is_empty() {
        let names: Vec<&str> = progress.short.keys().take(5).map(String::as_str).collect();
        let more = progress.short.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        gaps.push(Gap {
            code: "jira::history-short",
            place: Place { container: "issue".into(), position: String::new() },
            reason: format!(
                "the site counts more entries of the history or the comments than it gives, for the issues {}{more}; what \
                 is not whole is left out of these records",
                names.join(", ")
            ),
            remedy: "it closes by itself when the issue is read whole; see whether the site is being re-indexed".to_owned(),
            records: None,
        });
    }
    gaps
}

fn denied(part: &str) -> Gap {
    let (code, reason) = match part {
        CHANGELOG => (
            "jira::changelog-denied",
            "the account may not read changelogs: of what happened to an issue only what differs between two pulls is known"
                .to_owned(),
        ),
        COMMENTS => ("jira::comments-denied", "the account may not read comments: they are missing".to_owned()),
        SERVICE_DESK => (
            "jira::service-desk-denied",
            "the account is no agent of the service desk, or its token has no scope for it: clocks, approvals and ratings \
             of requests are missing"
                .to_owned(),
        ),
        other => ("jira::part-denied", format!("the account may not read {other}: they are missing")),
    };
    Gap {
        code,
        place: Place { container: part.into(), position: String::new() },
        reason,
        remedy: "have an administrator give the account the right to read it; then everything is read again by itself"
            .to_owned(),
        records: None,
    }
}
