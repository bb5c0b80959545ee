//! Names in the section: of accounts and of mailboxes.

use counterfoil_diagnostics::Finding;
use std::ops::Range;
use toml::Spanned;

/// More would make a position of unknown size.
const MOST_MAILBOXES: usize = 100;

/// The names of mailboxes, each once; without any, the inbox.
pub(crate) fn mailboxes(
    given: Option<&[Spanned<String>]>,
    at: &Range<usize>,
    findings: &mut Vec<Finding>,
) -> Vec<String> {
    let Some(given) = given else { return vec!["INBOX".to_owned()] };
    if given.is_empty() {
        let message = "`mailboxes` is empty";
        let finding = Finding::error("email::mailboxes", message, at.clone(), "in this section");
        findings.push(finding.help("name at least one, or leave it out for `INBOX`"));
    }
    let mut names: Vec<String> = Vec::new();
    for name in given.iter().take(MOST_MAILBOXES) {
        let Some(one) = one_line("mailboxes", name, findings) else { continue };
        // The one name in which case means nothing.
        let one = if one.eq_ignore_ascii_case("inbox") { "INBOX".to_owned() } else { one };
        if names.contains(&one) {
            let message = "a mailbox stands here twice";
            findings.push(Finding::error("email::mailboxes", message, name.span(), "again"));
        } else {
            names.push(one);
        }
    }
    if let Some(one_too_many) = given.get(MOST_MAILBOXES) {
        let message = format!("more than {MOST_MAILBOXES} mailboxes");
        let finding = Finding::error("email::mailboxes", message, one_too_many.span(), "one too many");
        findings.push(finding.help("write the others into another instance"));
    }
    names
}

/// A name that is one line.
pub(crate) fn one_line(key: &str, text: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<String> {
    if text.get_ref().is_empty() || text.get_ref().chars().any(char::is_control) {
        let message = format!("`{key}` is empty or has control characters in it");
        findings.push(Finding::error("email::name", message, text.span(), "no name"));
        return None;
    }
    Some(text.get_ref().clone())
}
