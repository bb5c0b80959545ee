//! The fields of a mail, and of a conversation that is no ticket.

use crate::field::{Field, FieldSpec, row};
use crate::field::{Obligation::*, ValueType::*};

/// What sort of message it is: a person's, or which machine's.
const MESSAGE_CLASSES: &[&str] = &["human", "notification", "bounce", "out_of_office", "auto_reply", "list", "report"];

/// Correspondence is no process and in no figure: it is what tickets are gathered from, and the proof of them.
#[rustfmt::skip]
pub(crate) const CORRESPONDENCE_FIELDS: &[FieldSpec] = &[
    row(Field::NativeKey, Text, Optional, "The Message-ID of a mail, an alias of the record."),
    row(Field::SourceUpdatedAt, Instant, Mandatory, "When the last mail was sent."),
    row(Field::Title, Text, Optional, "The subject."),
    row(Field::State, State, Mandatory, "Whether it still goes on."),
    row(Field::OpenedAt, Instant, Mandatory, "When the first mail was sent."),
    row(Field::Requester, Person, Optional, "Who wrote the first mail, pseudonymised."),
    row(Field::OwnerParty, Party, Optional, "The party that it was written with."),
    row(Field::MessageClass, Word(MESSAGE_CLASSES), Optional, "What sort of message it is."),
    row(Field::MessageCount, Integer, Optional, "How many mails it has."),
    row(Field::AttachmentCount, Integer, Optional, "How many attachments it has."),
    row(Field::SizeBytes, Integer, Optional, "How many bytes it has, all headers and attachments included."),
];
