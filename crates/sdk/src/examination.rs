//! What `doctor` is told: item by item, what an account may do at its source and what stands in its way.

use crate::PullError;

/// One thing that was tried at a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// What was tried, for people: `read the table sys_audit`.
    pub what: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be; with what was found.
    Fine(String),
    /// It works, and something is missing because of it.
    Limited {
        /// What is missing, and why.
        reason: String,
        /// The next step, in words that an administrator of the source can act on.
        remedy: String,
    },
    /// It does not work.
    Broken {
        /// What does not, and why.
        reason: String,
        /// The next step.
        remedy: String,
    },
}

impl Examination {
    /// A try that went well.
    pub fn fine(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Fine(found.into()) }
    }

    /// A try that shows that something will be missing.
    pub fn limited(what: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Limited { reason: reason.into(), remedy: remedy.into() } }
    }

    /// A try that failed.
    pub fn broken(what: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Broken { reason: reason.into(), remedy: remedy.into() } }
    }

    /// The result of [`crate::Connector::check`] as an examination.
    pub fn of_check(checked: Result<(), PullError>) -> Self {
        const WHAT: &str = "look at the source";
        match checked {
            Ok(()) => Self::fine(WHAT, "it can be read"),
            Err(error) => {
                let mut reason = error.to_string();
                let mut next: Option<&dyn std::error::Error> = Some(&error.kind);
                while let Some(cause) = next {
                    reason.push_str(&format!(": {cause}"));
                    next = cause.source();
                }
                Self::broken(WHAT, reason, "mend what the reason names and run `counterfoil doctor` again")
            }
        }
    }
}
