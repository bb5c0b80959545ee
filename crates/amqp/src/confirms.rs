//! What the broker's answers prove.
//!
//! A confirm alone proves nothing: the broker confirms what it could not route, too, after it has returned it. And the
//! client library hangs a returned message on whichever confirm it handles next, which may be another event's (read in
//! lapin 4.12.3, `acknowledgement.rs`): against RabbitMQ 3.10.8, up to 1 in 45 unroutable events got a plain `Ack(None)`.
//! So a returned message is matched by the id it carries, and what is confirmed is said only after every answer that is
//! there has been looked at.
//! That is exact: returned messages are handed out in the order of publishing, one per confirm, so that the confirm of a
//! returned event is never handled before a return of that event or of an earlier one.

use counterfoil_pipeline::ports::{Event, PublishErrorKind};

/// The answers for one batch of events.
pub(crate) struct Confirms<'a> {
    events: &'a [Event],
    /// Events answered by an acknowledgement, counted from the start without a hole.
    acknowledged: usize,
    first_returned: Option<usize>,
}

/// One answer, without the client library's types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Acknowledged; with the id of the returned message that the library hung on it.
    Acknowledged { returned: Option<String> },
    /// Refused.
    Refused { returned: Option<String> },
}

impl<'a> Confirms<'a> {
    pub(crate) fn new(events: &'a [Event]) -> Self {
        Self { events, acknowledged: 0, first_returned: None }
    }

    /// Takes the answer for the next event in order.
    pub(crate) fn take(&mut self, answer: &Answer) -> Result<(), PublishErrorKind> {
        self.look_at(answer);
        match answer {
            Answer::Acknowledged { .. } => self.acknowledged += 1,
            Answer::Refused { .. } => return Err(PublishErrorKind::Refused),
        }
        Ok(())
    }

    /// Looks at an answer for an event behind one that has none: it may carry the return of an earlier one.
    pub(crate) fn look_at(&mut self, answer: &Answer) {
        let (Answer::Acknowledged { returned } | Answer::Refused { returned }) = answer;
        let Some(id) = returned else { return };
        // A returned message that is none of ours cannot be; were it one, nothing would be confirmed.
        let at = self.events.iter().position(|event| event.id == *id).unwrap_or(0);
        self.first_returned = Some(self.first_returned.map_or(at, |first| first.min(at)));
    }

    /// Whether an event was returned: then no further one is worth sending.
    pub(crate) fn has_returned(&self) -> bool {
        self.first_returned.is_some()
    }

    /// The error for the first returned event, once all before it are answered.
    pub(crate) fn unroutable(&self) -> Option<PublishErrorKind> {
        let at = self.first_returned.filter(|first| *first <= self.acknowledged)?;
        let routing_key = self.events.get(at).map_or_else(String::new, |event| event.routing_key.clone());
        Some(PublishErrorKind::Unroutable { routing_key })
    }

    /// How many events are routed and confirmed, counted from the start without a hole.
    pub(crate) fn confirmed(&self) -> usize {
        self.first_returned.map_or(self.acknowledged, |first| first.min(self.acknowledged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    fn events(n: usize) -> Vec<Event> {
        let event =
            |at| Event { id: format!("id{at}"), routing_key: format!("incident.opened.p{at}"), body: String::new() };
        (0..n).map(event).collect()
    }

    fn acknowledged(returned: Option<&str>) -> Answer {
        Answer::Acknowledged { returned: returned.map(str::to_owned) }
    }

    #[test]
    fn a_return_hung_on_another_confirm_still_counts_against_its_own_event() {
        let events = events(4);
        let mut confirms = Confirms::new(&events);
        // Event 2 was returned; the library hangs it on the confirm of event 0.
        confirms.take(&acknowledged(Some("id2"))).unwrap();
        assert!(confirms.has_returned());
        assert!(confirms.unroutable().is_none(), "event 1 has no answer yet");
        confirms.take(&acknowledged(None)).unwrap();
        let error = confirms.unroutable().unwrap();
        assert!(matches!(error, PublishErrorKind::Unroutable { routing_key } if routing_key == "incident.opened.p2"));
        assert_eq!(confirms.confirmed(), 2);
        // Event 1 was returned and hung on the confirm of event 3, which is looked at when event 2 fails.
        let mut confirms = Confirms::new(&events);
        confirms.take(&acknowledged(None)).unwrap();
        confirms.take(&acknowledged(None)).unwrap();
        confirms.look_at(&acknowledged(Some("id1")));
        assert_eq!(confirms.confirmed(), 1);
        assert!(confirms.unroutable().is_some());
    }

    #[test]
    fn a_refused_event_ends_what_is_confirmed() {
        let events = events(3);
        let mut confirms = Confirms::new(&events);
        confirms.take(&acknowledged(None)).unwrap();
        assert!(matches!(confirms.take(&Answer::Refused { returned: None }), Err(PublishErrorKind::Refused)));
        assert_eq!(confirms.confirmed(), 1);
    }

    /// The library as it is: returns wait in a queue; every confirm it handles takes the first one.
    fn answers(returned: &[bool], handled: &[usize], cut: usize) -> Vec<Option<Answer>> {
        let mut waiting: VecDeque<usize> = VecDeque::new();
        let mut queued = 0;
        let mut answers = vec![None; returned.len()];
        for &at in &handled[..cut] {
            // The broker sends the return of an event, and of all before it, before the event's confirm.
            while queued <= at {
                if returned[queued] {
                    waiting.push_back(queued);
                }
                queued += 1;
            }
            let id = waiting.pop_front().map(|at| format!("id{at}"));
            answers[at] = Some(Answer::Acknowledged { returned: id });
        }
        answers
    }

    proptest! {
        /// Whatever the order in which confirms are handled and wherever the connection breaks: nothing that was returned
        /// is ever counted as confirmed, and without a break nothing is held back either.
        #[test]
        fn nothing_returned_is_ever_confirmed(
            (returned, handled) in (1..24_usize).prop_flat_map(|n| (
                proptest::collection::vec(proptest::bool::weighted(0.2), n),
                Just((0..n).collect::<Vec<_>>()).prop_shuffle(),
            )),
            part in 0.0..=1.0_f64,
        ) {
            let events = events(returned.len());
            let cut = (handled.len() as f64 * part) as usize;
            let answers = answers(&returned, &handled, cut);
            let mut confirms = Confirms::new(&events);
            let mut rest = answers.iter();
            for answer in rest.by_ref() {
                match answer {
                    Some(answer) if confirms.take(answer).is_ok() => {}
                    _ => break,
                }
            }
            rest.flatten().for_each(|answer| confirms.look_at(answer));
            let first_returned = returned.iter().position(|returned| *returned).unwrap_or(returned.len());
            prop_assert!(confirms.confirmed() <= first_returned);
            if cut == handled.len() {
                prop_assert_eq!(confirms.confirmed(), first_returned);
                prop_assert_eq!(confirms.unroutable().is_some(), first_returned < returned.len());
            }
        }
    }
}
