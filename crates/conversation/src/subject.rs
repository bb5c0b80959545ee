//! Subjects without what mail programs put before them.

use crate::rules::SubjectRules;

/// A subject taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base {
    /// What is left, in lower case, with single spaces.
    pub(crate) text: String,
    /// Whether something that a reply has stood before it.
    pub(crate) is_reply: bool,
}

/// Removes `Re:`, `AW:`, `Fwd:`, `Re[2]:`, `Automatic reply:` and the like, however many there are.
pub(crate) fn base(subject: &str, rules: &SubjectRules) -> Base {
    let text = subject.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = text.as_str();
    let mut is_reply = false;
    while let Some((prefix, behind)) = rest.split_once([':', '\u{ff1a}']) {
        let prefix = without_count(prefix.trim());
        let known = |words: &[String]| words.iter().any(|word| word == prefix);
        if known(&rules.reply) {
            is_reply = true;
        } else if !known(&rules.forward) {
            break;
        }
        rest = behind.trim_start();
    }
    Base { text: rest.to_owned(), is_reply }
}

/// `re[2]`, `re(2)`, `re^2` are `re`.
fn without_count(prefix: &str) -> &str {
    let word = prefix.trim_end_matches([']', ')']).trim_end_matches(|c: char| c.is_ascii_digit());
    if word.len() == prefix.len() { prefix } else { word.trim_end_matches(['[', '(', '^', ' ']) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rules;

    #[test]
    fn prefixes_of_replies_go_in_any_language_and_number() {
        let rules = Rules::shipped();
        let of = |subject: &str| {
            let base = base(subject, rules.subject());
            (base.text, base.is_reply)
        };
        for subject in [
            "Re: Printer down",
            "AW: RE: printer  DOWN",
            "Re[2]: Printer down",
            "SV: WG: Printer down",
            "RES: Printer down",
            "回复：Printer down",
            "Re : Printer down",
            "Automatic reply: Printer down",
        ] {
            assert_eq!(of(subject), ("printer down".to_owned(), true), "{subject}");
        }
        assert_eq!(of("Fwd: Printer down"), ("printer down".to_owned(), false));
        assert_eq!(of("Regarding: printer"), ("regarding: printer".to_owned(), false));
        assert_eq!(of("Error 5: printer"), ("error 5: printer".to_owned(), false));
        assert_eq!(of("Re:"), (String::new(), true));
        assert_eq!(of(":"), (":".to_owned(), false));
    }
}
