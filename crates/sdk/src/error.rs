//! Pulls that did not succeed, and what is done about them.

use std::time::Duration;

/// The cause below an error.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A pull that did not succeed: where, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} ({instance}/{stream})")]
pub struct PullError {
    /// The configured instance.
    pub instance: String,
    /// The stream, empty for the instance as a whole.
    pub stream: &'static str,
    /// An infinitive that reads after "cannot": `search issues`.
    pub doing: &'static str,
    /// Why.
    #[source]
    pub kind: PullErrorKind,
}

/// Why a pull did not succeed. Every kind has exactly one [`Policy`].
#[derive(Debug, thiserror::Error)]
pub enum PullErrorKind {
    /// The source said how long to wait.
    #[error("the source asks to wait {} s", wait.as_secs_f32())]
    RateLimited {
        /// How long.
        wait: Duration,
    },
    /// The source has something that is not ready to be read: a file that is still being written.
    #[error("{what} is still being written")]
    NotReady {
        /// What is not ready.
        what: String,
        /// When to look again.
        wait: Duration,
    },
    /// The source did not answer, or said that it cannot.
    #[error("the source cannot be reached")]
    Unavailable {
        /// What happened.
        #[source]
        source: Source,
    },
    /// The credentials are wrong.
    #[error("the source rejects the credentials{}; {remedy}", http(*status))]
    Unauthenticated {
        /// The status it answered; 0 where it does not speak HTTP.
        status: u16,
        /// What a person can do about it, and what the source says: `check user and password`.
        remedy: String,
    },
    /// The credentials are right and do not suffice.
    #[error("there is no permission to {action}")]
    Forbidden {
        /// An infinitive: `read sys_audit`.
        action: String,
    },
    /// The stored position means nothing to the source (any more).
    #[error("the source no longer knows the stored position")]
    PositionExpired,
    /// Something of the source that the configuration names is not there.
    #[error("{what} does not exist")]
    NotFound {
        /// What is not there, as the configuration names it.
        what: String,
    },
    /// The source's answer is not what it documents.
    #[error("the answer does not have the documented shape")]
    Contract {
        /// What is wrong with it.
        #[source]
        source: Source,
    },
}

fn http(status: u16) -> String {
    if status == 0 { String::new() } else { format!(" (HTTP {status})") }
}

/// What the pipeline does about a failed pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Try again after this time, as often as it takes.
    RetryAfter(Duration),
    /// Try again, later each time, a bounded number of times.
    RetryWithBackoff,
    /// Forget the position and pull everything again; what is unchanged changes nothing.
    StartOver,
    /// A person has to act.
    StopAndReport,
}

impl PullErrorKind {
    /// The only place that decides, so that connectors stay alike.
    pub fn policy(&self) -> Policy {
        match self {
            Self::RateLimited { wait } | Self::NotReady { wait, .. } => Policy::RetryAfter(*wait),
            Self::Unavailable { .. } => Policy::RetryWithBackoff,
            Self::PositionExpired => Policy::StartOver,
            Self::Unauthenticated { .. } | Self::Forbidden { .. } | Self::NotFound { .. } | Self::Contract { .. } => {
                Policy::StopAndReport
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_policy() {
        let wait = Duration::from_secs(7);
        let table = [
            (PullErrorKind::RateLimited { wait }, Policy::RetryAfter(wait)),
            (PullErrorKind::NotReady { what: "a.csv".into(), wait }, Policy::RetryAfter(wait)),
            (PullErrorKind::Unavailable { source: "refused".into() }, Policy::RetryWithBackoff),
            (
                PullErrorKind::Unauthenticated { status: 401, remedy: "check the password".into() },
                Policy::StopAndReport,
            ),
            (PullErrorKind::Forbidden { action: "read sys_audit".into() }, Policy::StopAndReport),
            (PullErrorKind::PositionExpired, Policy::StartOver),
            (PullErrorKind::NotFound { what: "a.csv".into() }, Policy::StopAndReport),
            (PullErrorKind::Contract { source: "html".into() }, Policy::StopAndReport),
        ];
        for (kind, policy) in table {
            assert_eq!(kind.policy(), policy, "{kind}");
        }
    }
}
