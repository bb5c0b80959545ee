//! The places of a mail that patterns are tried on, each cut to what the rules allow.

use crate::directory::Directory;
use crate::payload::Payload;
use crate::rules::{Direction, Rules, Spot, Takes, Test, TokenPattern};
use std::ops::Range;

/// Values of one header that are looked at.
const VALUES: usize = 20;

/// The longest key of a ticket.
const KEY_BYTES: usize = 64;

/// A mail with what is known of it before its class is.
pub(crate) struct Mail<'p> {
    pub(crate) payload: &'p Payload<'p>,
    /// The party of the sender.
    pub(crate) party: Option<&'p str>,
    pub(crate) direction: Direction,
    pub(crate) tokens: Vec<Token<'p>>,
    text_bytes: usize,
    line_bytes: usize,
}

/// A ticket's number, as a pattern found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'p> {
    pub(crate) system: &'p str,
    pub(crate) key: String,
    /// `None`: it names a mail of the tool.
    pub(crate) kind: Option<&'p str>,
}

impl<'p> Mail<'p> {
    pub(crate) fn new(payload: &'p Payload<'p>, directory: &'p Directory, rules: &'p Rules) -> Self {
        let limits = rules.limits();
        let party = payload.sender().and_then(|address| directory.party(address));
        let mut mail = Self {
            payload,
            party,
            direction: super::direction(payload, directory),
            tokens: Vec::new(),
            text_bytes: limits.text_bytes,
            line_bytes: limits.line_bytes,
        };
        mail.tokens = mail.find_tokens(rules.tokens(), limits.tokens, directory);
        mail
    }

    /// The text without quotes and signature; the whole where nobody could tell them apart.
    pub(crate) fn new_text(&self) -> &'p str {
        self.payload.new_text.as_deref().or(self.payload.text.as_deref()).unwrap_or_default()
    }

    pub(crate) fn has(&self, test: &Test) -> bool {
        let mut found = false;
        self.each(&test.spot, &mut |value| found = found || test.pattern.is_match(value));
        found
    }

    /// Hands over every value at a spot. A value that is not there is not handed over; an empty one is.
    fn each(&self, spot: &Spot, see: &mut dyn FnMut(&str)) {
        let payload = self.payload;
        let mut line = |value: Option<&str>| {
            if let Some(value) = value {
                see(cut(value, self.line_bytes));
            }
        };
        match spot {
            Spot::Subject => line(payload.subject.as_deref()),
            Spot::From => payload.from.iter().take(VALUES).for_each(|one| line(one.address.as_deref())),
            Spot::FromName => payload.from.iter().take(VALUES).for_each(|one| line(one.name.as_deref())),
            Spot::To => payload.recipients().take(VALUES).for_each(|one| line(Some(one))),
            Spot::ReturnPath => line(payload.return_path.as_deref()),
            Spot::MessageId => line(payload.message_id.as_deref()),
            Spot::InReplyTo => payload.in_reply_to.iter().take(VALUES).for_each(|one| line(Some(one))),
            Spot::Type => line(payload.media_type.as_deref()),
            Spot::ReportType => line(payload.report_type.as_deref()),
            Spot::AttachmentName => self.attached().for_each(|part| line(part.name.as_deref())),
            Spot::AttachmentType => self.attached().for_each(|part| line(part.media_type.as_deref())),
            Spot::Delivery => payload.delivery.iter().take(VALUES).for_each(|one| line(one.action.as_deref())),
            Spot::Party => line(self.party),
            Spot::Direction => line(Some(self.direction.name())),
            Spot::Token => self.tokens.iter().for_each(|token| line(Some(token.system))),
            Spot::Header(name) => {
                let values = payload.headers.get(name.as_str());
                values.into_iter().flatten().take(VALUES).for_each(|value| line(Some(value)));
            }
            Spot::Text => see(cut(self.new_text(), self.text_bytes)),
            Spot::WholeText => {
                let text = payload.text.as_deref().unwrap_or_default();
                see(cut(text, self.text_bytes));
                // What tools put below a text is at its end.
                if text.len() > self.text_bytes {
                    see(cut_front(text, self.text_bytes));
                }
            }
        }
    }

    fn attached(&self) -> impl Iterator<Item = &crate::payload::Part<'p>> {
        let role = |role: Option<&str>| matches!(role, Some("attachment" | "tnef"));
        self.payload.parts.iter().filter(move |part| role(part.role.as_deref())).take(VALUES)
    }

    fn find_tokens(&self, patterns: &'p [TokenPattern], limit: usize, directory: &Directory) -> Vec<Token<'p>> {
        let mut found: Vec<Token<'p>> = Vec::new();
        // Two patterns may fit one stretch of the subject: the first of them has it.
        let mut taken: Vec<Range<usize>> = Vec::new();
        let parties = patterns.iter().any(|pattern| pattern.party.is_some());
        let concerned: Vec<&str> = if parties {
            self.payload
                .sender()
                .into_iter()
                .chain(self.payload.recipients().take(VALUES))
                .filter_map(|one| directory.party(one))
                .collect()
        } else {
            Vec::new()
        };
        for pattern in patterns {
            if pattern.party.as_deref().is_some_and(|party| !concerned.contains(&party)) {
                continue;
            }
            let mut keys: Vec<(String, Option<Range<usize>>)> = Vec::new();
            for spot in &pattern.spots {
                let in_subject = *spot == Spot::Subject;
                self.each(spot, &mut |value| {
                    for captures in pattern.pattern.captures_iter(value).take(100) {
                        let (Some(whole), Some(key)) = (captures.get(0), captures.name("key")) else { continue };
                        let (whole, key) = (whole.range(), key.as_str().to_uppercase());
                        let overlaps = |one: &Range<usize>| one.start < whole.end && whole.start < one.end;
                        let excluded = pattern.not.as_ref().is_some_and(|not| not.is_match(&key));
                        if key.is_empty()
                            || key.len() > KEY_BYTES
                            || excluded
                            || in_subject && taken.iter().any(overlaps)
                        {
                            continue;
                        }
                        keys.push((key, in_subject.then_some(whole)));
                    }
                });
            }
            let chosen = match pattern.takes {
                Takes::First => keys.drain(..).take(1).collect(),
                Takes::Last => keys.pop().into_iter().collect(),
                Takes::All => keys,
            };
            for (key, range) in chosen {
                taken.extend(range);
                let kind = pattern.kind_of(&key);
                let token = Token { system: &pattern.system, kind, key };
                if found.len() < limit && !found.contains(&token) {
                    found.push(token);
                }
            }
        }
        found
    }
}

/// The beginning of a text, at most so long, cut between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn cut_front(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}
