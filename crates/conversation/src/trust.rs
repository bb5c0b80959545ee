//! Whether a mail is from whom it says, by what our own mail server found out.
//!
//! Of all `Authentication-Results` only the topmost of a server of ours counts (RFC 8601, section 5): whoever sends a mail
//! can write the others himself.

use crate::directory::Directory;
use crate::payload::Payload;
use serde::{Deserialize, Serialize};

/// What is known of the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trust {
    /// Our server found that `From` is true: DMARC passed.
    Pass,
    /// Our server found that `From` is not true.
    Fail,
    /// Our server said nothing of it, or we know no server of ours.
    Unknown,
}

pub(crate) fn trust(payload: &Payload<'_>, directory: &Directory) -> Trust {
    let ours = |id: &str| directory.authserv_ids.iter().any(|own| own.eq_ignore_ascii_case(id.trim()));
    let ours = payload.authentication.iter().find(|one| one.authserv_id.as_deref().is_some_and(ours));
    let Some(found) = ours else { return Trust::Unknown };
    let result = |method: &str| {
        let found = found.results.iter().find(|(name, _)| name.eq_ignore_ascii_case(method));
        found.map(|(_, result)| result.trim().to_ascii_lowercase())
    };
    match result("dmarc").as_deref() {
        Some("pass") => Trust::Pass,
        Some("fail") => Trust::Fail,
        // Without a policy of the domain: SPF and DKIM prove nothing of `From` when they pass, but a server that is neither
        // allowed to send for the domain nor has its signature did not send for it.
        _ => match (result("spf").as_deref(), result("dkim").as_deref()) {
            (Some("fail"), None | Some("none" | "fail")) | (Some("softfail" | "none"), Some("fail")) => Trust::Fail,
            _ => Trust::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(json: &str) -> Trust {
        let payload: Payload<'_> = serde_json::from_str(json).unwrap();
        trust(&payload, &Directory { authserv_ids: vec!["mx.acme.example".into()], ..Directory::default() })
    }

    #[test]
    fn only_the_topmost_word_of_our_own_server_counts() {
        let forged = r#"{"authentication":[{"authserv_id":"evil.example","results":{"dmarc":"pass"}}]}"#;
        assert_eq!(judged(forged), Trust::Unknown);
        let two = r#"{"authentication":[{"authserv_id":"evil.example","results":{"dmarc":"pass"}},
            {"authserv_id":"MX.acme.example","results":{"dmarc":"fail"}},
            {"authserv_id":"mx.acme.example","results":{"dmarc":"pass"}}]}"#;
        assert_eq!(judged(two), Trust::Fail);
    }

    #[test]
    fn without_a_policy_a_pass_proves_nothing_and_two_failures_do() {
        let of = |results: &str| {
            judged(&format!(r#"{{"authentication":[{{"authserv_id":"mx.acme.example","results":{results}}}]}}"#))
        };
        assert_eq!(of(r#"{"dmarc":"pass"}"#), Trust::Pass);
        assert_eq!(of(r#"{"dmarc":"none","spf":"pass","dkim":"pass"}"#), Trust::Unknown);
        assert_eq!(of(r#"{"spf":"fail","dkim":"pass"}"#), Trust::Unknown);
        assert_eq!(of(r#"{"spf":"fail"}"#), Trust::Fail);
        assert_eq!(of(r#"{"spf":"softfail","dkim":"fail"}"#), Trust::Fail);
        assert_eq!(of("{}"), Trust::Unknown);
    }
}
