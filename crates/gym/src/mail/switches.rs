//! What can be wrong with the mail of an estate: one switch per fact. It acts on nothing itself.

use serde::{Deserialize, Serialize};

/// Pathologies of mail. The default has what every mailbox has: replies, notifications, absences, bounces, newsletters and
/// reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Two answering machines talk to each other, in so many mails.
    pub loop_mails: u32,
    /// So many alerts within a minute.
    pub flood: u32,
    /// Mails with many nested parts, small ones.
    pub bombs: bool,
    /// Some replies do not say what they answer.
    pub references_lost: bool,
    /// Some mails have no Message-ID.
    pub ids_lost: bool,
    /// Some replies say that they answer a mail that nobody ever saw.
    pub chains_broken: bool,
    /// Some replies have another subject.
    pub subjects_changed: bool,
    /// Some mails about a ticket only carry its token.
    pub tokens_only: bool,
    /// Some replies arrive before what they answer.
    pub late_parents: bool,
    /// Some mails are sent again with the same Message-ID.
    pub resends: bool,
    /// The acknowledgement of some tickets does not say which mail it acknowledges.
    pub acks_unthreaded: bool,
    /// Two tickets are told in one second, by mails without Message-ID.
    pub one_second: bool,
    /// Some texts name the ticket of another supplier.
    pub mentions: bool,
    /// Some mails carry another mail, with the token of another supplier's ticket in it.
    pub forwards: bool,
    /// Headers have bytes that they should not have, and encoded words end in the middle of a letter.
    pub raw_headers: bool,
    /// Somebody who was put in copy answers, and somebody who was not.
    pub third_parties: bool,
    /// Some genuine mails were not judged by our mail server.
    pub unjudged: bool,
    /// Some mails lie in two folders.
    pub copies: bool,
    /// A supplier, or a stranger, uses the token of another supplier's ticket.
    pub spoofed_tokens: bool,
    /// A stranger writes in the name of a supplier, or in ours.
    pub spoofed_senders: bool,
    /// A stranger uses the Message-ID of another mail.
    pub reused_ids: bool,
    /// A stranger brings a judgement in our mail server's name along.
    pub forged_judgements: bool,
}

type Turn = fn(&mut Switches);

/// Name, fact, what it turns. In the order of the fields.
const LIST: &[(&str, &str, Turn)] = &[
    ("loop", "two answering machines exchange 60 mails", |s| s.loop_mails = 60),
    ("flood", "1,000 alerts within a minute", |s| s.flood = 1_000),
    ("bombs", "mails with hundreds of nested parts", |s| s.bombs = true),
    ("references-lost", "replies do not say what they answer", |s| s.references_lost = true),
    ("ids-lost", "mails have no Message-ID", |s| s.ids_lost = true),
    ("chains-broken", "replies answer a mail that nobody ever saw", |s| s.chains_broken = true),
    ("subjects-changed", "replies have another subject", |s| s.subjects_changed = true),
    ("tokens-only", "mails about a ticket only carry its token", |s| s.tokens_only = true),
    ("late-parents", "replies arrive before what they answer", |s| s.late_parents = true),
    ("resends", "mails are sent again with the same Message-ID", |s| s.resends = true),
    ("acks-unthreaded", "acknowledgements do not say what they acknowledge", |s| s.acks_unthreaded = true),
    ("one-second", "two tickets are told in one second, without Message-ID", |s| s.one_second = true),
    ("mentions", "texts name the ticket of another supplier", |s| s.mentions = true),
    ("forwards", "mails carry mails with the token of another supplier's ticket", |s| s.forwards = true),
    ("raw-headers", "headers have raw bytes and cut encoded words", |s| s.raw_headers = true),
    ("third-parties", "somebody in copy answers, and somebody who never was", |s| s.third_parties = true),
    ("unjudged", "genuine mails come without Authentication-Results", |s| s.unjudged = true),
    ("copies", "mails lie in two folders", |s| s.copies = true),
    ("spoofed-tokens", "another supplier, or a stranger, uses the token of a ticket", |s| s.spoofed_tokens = true),
    ("spoofed-senders", "a stranger writes as a supplier, or as us", |s| s.spoofed_senders = true),
    ("reused-ids", "a stranger uses the Message-ID of another mail", |s| s.reused_ids = true),
    ("forged-judgements", "a stranger brings our server's judgement along", |s| s.forged_judgements = true),
];

impl Switches {
    /// Every name with the fact that it stands for.
    pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        LIST.iter().map(|(name, fact, _)| (*name, *fact))
    }

    /// Turns one more switch on; `false` when there is none of this name.
    pub fn turn(&mut self, name: &str) -> bool {
        let found = LIST.iter().find(|(other, _, _)| *other == name);
        if let Some((_, _, turn)) = found {
            turn(self);
        }
        found.is_some()
    }

    /// Everything at once: none takes away what another one needs.
    pub fn all() -> Self {
        let mut switches = Self::default();
        for (_, _, turn) in LIST {
            turn(&mut switches);
        }
        switches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_turns_something_and_is_its_own() {
        let mut seen = vec![Switches::default()];
        for (name, _) in Switches::names() {
            let mut switches = Switches::default();
            assert!(switches.turn(name));
            assert!(!seen.contains(&switches), "{name}");
            seen.push(switches);
        }
        assert!(!Switches::default().turn("nothing"));
        let all = Switches::all();
        assert_eq!(serde_json::from_str::<Switches>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
    }
}
