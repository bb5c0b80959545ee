//! What is hashed: the canonical form of a version, of something set aside, of a page, of the chain.
//!
//! The chain covers every byte that a reader of the ledger is ever served.

use crate::format::{Moment, aside_code, columns, form_code, moment};
use counterfoil_pipeline::ports::{Event, EventOffset, Frame, SetAside};
use counterfoil_record::{Digest, Form, Place};
use std::ops::Range;

/// A version, wherever it was read from.
pub(crate) struct VersionParts<'a> {
    pub id: &'a str,
    pub version: u64,
    pub source_version: &'a str,
    pub mapped: Digest,
    pub raw: Digest,
    pub form: Form,
    pub place: &'a Place,
    pub event: &'a Event,
    /// Where the record stands in the event's body.
    pub record: Range<usize>,
    /// Of that part of the body. It stands for the part, so that nothing is hashed twice.
    pub content: Digest,
    pub previous: Option<EventOffset>,
}

impl VersionParts<'_> {
    pub(crate) fn digest(&self) -> Digest {
        let mut previous = [0; 12];
        let previous: &[u8] = match self.previous {
            None => &[],
            Some(at) => {
                previous[..8].copy_from_slice(&at.page.to_be_bytes());
                previous[8..].copy_from_slice(&at.index.to_be_bytes());
                &previous
            }
        };
        Digest::of_parts(&[
            b"counterfoil.version.v2",
            self.id.as_bytes(),
            &self.version.to_be_bytes(),
            self.source_version.as_bytes(),
            &self.mapped.0,
            &self.raw.0,
            &[form_code(self.form)],
            self.place.container.as_bytes(),
            self.place.position.as_bytes(),
            self.event.id.as_bytes(),
            self.event.routing_key.as_bytes(),
            &self.event.body.as_bytes()[..self.record.start],
            &self.content.0,
            &self.event.body.as_bytes()[self.record.end..],
            previous,
        ])
    }
}

/// Of everything about something set aside.
pub(crate) fn aside_digest(aside: &SetAside) -> Digest {
    let (seconds, nanoseconds) = moment(aside.at);
    Digest::of_parts(&[
        b"counterfoil.aside.v1",
        aside.id.as_bytes(),
        &[aside_code(aside.aside)],
        aside.instance.as_bytes(),
        aside.stream.as_bytes(),
        &[u8::from(aside.native_id.is_some())],
        aside.native_id.as_deref().unwrap_or_default().as_bytes(),
        aside.source_version.as_bytes(),
        aside.code.as_bytes(),
        aside.place.container.as_bytes(),
        aside.place.position.as_bytes(),
        aside.reason.as_bytes(),
        aside.remedy.as_bytes(),
        &[form_code(aside.form)],
        &seconds.to_be_bytes(),
        &nanoseconds.to_be_bytes(),
        &aside.bytes,
    ])
}

/// A page, wherever it was read from.
pub(crate) struct PageParts<'a> {
    pub instance: &'a str,
    pub stream: &'a str,
    pub at: Moment,
    pub position: Option<&'a str>,
    pub mapping: Option<[u8; 32]>,
    pub tally: [u64; 6],
    pub versions: &'a [Digest],
    pub set_aside: &'a [(String, [u8; 32])],
    pub released: &'a [String],
}

impl<'a> PageParts<'a> {
    /// `set_aside` and `released` without repetitions.
    pub(crate) fn of(
        frame: &'a Frame,
        versions: &'a [Digest],
        set_aside: &'a [(String, [u8; 32])],
        released: &'a [String],
    ) -> Self {
        Self {
            instance: &frame.instance,
            stream: &frame.stream,
            at: moment(frame.at),
            position: frame.position.as_ref().map(|position| position.0.as_str()),
            mapping: frame.mapping.as_ref().map(|(digest, _)| digest.0),
            tally: columns(&frame.tally),
            versions,
            set_aside,
            released,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let versions: Vec<u8> = self.versions.iter().flat_map(|digest| digest.0).collect();
        let set_aside: Vec<u8> = self.set_aside.iter().flat_map(|(_, digest)| *digest).collect();
        let released: Vec<&[u8]> = self.released.iter().map(String::as_bytes).collect();
        let tally: Vec<u8> = self.tally.iter().flat_map(|column| column.to_be_bytes()).collect();
        Digest::of_parts(&[
            b"counterfoil.page.v1",
            self.instance.as_bytes(),
            self.stream.as_bytes(),
            &self.at.0.to_be_bytes(),
            &self.at.1.to_be_bytes(),
            &[u8::from(self.position.is_some())],
            self.position.unwrap_or_default().as_bytes(),
            self.mapping.as_ref().map_or(&[], |digest| digest.as_slice()),
            &tally,
            &versions,
            &set_aside,
            &Digest::of_parts(&released).0,
        ])
    }
}

/// The chain's hash with one more page. The first page's `previous` is the identity of the ledger.
pub(crate) fn chained(previous: &Digest, number: u64, events_before: u64, removed: u64, content: &Digest) -> Digest {
    Digest::of_parts(&[
        b"counterfoil.chain.v1",
        &previous.0,
        &number.to_be_bytes(),
        &events_before.to_be_bytes(),
        &removed.to_be_bytes(),
        &content.0,
    ])
}
