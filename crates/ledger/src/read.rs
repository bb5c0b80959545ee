//! Reading pages, versions and what is set aside.

use crate::cause::Cause;
use crate::chunk::Chunk;
use crate::digests::aside_digest;
use crate::format::{AsideValue, HeadValue, Header, StreamValue, chunk_key, offset, timestamp, unsealed};
use crate::ledger::FjallLedger;
use counterfoil_pipeline::ports::{EventOffset, Head, SetAside, StoredVersion};
use counterfoil_record::Digest;
use jiff::Timestamp;
use std::sync::{Arc, PoisonError};

impl FjallLedger {
    pub(crate) fn head_of(&self, id: &str) -> Result<Option<Head>, Cause> {
        match self.store.heads.get(id)? {
            Some(bytes) => HeadValue::read(&bytes, id).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn stream_value(&self, key: &[u8]) -> Result<Option<StreamValue>, Cause> {
        match self.store.streams.get(key)? {
            Some(bytes) => unsealed(&bytes, "a stream").map(Some),
            None => Ok(None),
        }
    }

    /// The header of a page that must be there.
    pub(crate) fn header(&self, number: u64) -> Result<Header, Cause> {
        let place = format!("page {number}");
        let Some(bytes) = self.store.pages.get(number.to_be_bytes())? else {
            return Err(Cause::damaged(place, "it is missing"));
        };
        read_header(&bytes, number, &place)
    }

    pub(crate) fn version_at(&self, at: EventOffset) -> Result<StoredVersion, Cause> {
        if at.page == 0 || at >= offset(self.log().end.end) {
            return Err(Cause::NoEvent(at));
        }
        let header = self.header(at.page)?;
        let mut first = 0;
        for (number, info) in header.chunks.iter().enumerate() {
            if at.index < first + info.events {
                let chunk = self.chunk_kept(&header, number)?;
                let (mapping, seen_at) = common(&header)?;
                return Ok(chunk.version((at.index - first) as usize, at, mapping, seen_at)?.version);
            }
            first += info.events;
        }
        Err(Cause::NoEvent(at))
    }

    pub(crate) fn versions_from(&self, from: EventOffset) -> Result<Vec<StoredVersion>, Cause> {
        let end = offset(self.log().end.end);
        let mut number = from.page.max(1);
        let mut skip = if from.page == number { from.index } else { 0 };
        while (EventOffset { page: number, index: skip }) < end {
            let header = self.header(number)?;
            if skip < header.events() {
                return self.versions_of(&header, skip);
            }
            number += 1;
            skip = 0;
        }
        Ok(Vec::new())
    }

    /// How many events lie before a place.
    pub(crate) fn ordinal(&self, at: EventOffset) -> Result<u64, Cause> {
        let end = self.log().end;
        if at.page == 0 {
            return Ok(0);
        }
        if at >= offset(end.end) {
            return Ok(end.events);
        }
        let header = self.header(at.page)?;
        Ok(header.events_before + u64::from(at.index.min(header.events())))
    }

    pub(crate) fn open_aside(&self, id: &str, value: &[u8]) -> Result<SetAside, Cause> {
        let place = format!("what is set aside as {id}");
        let value: AsideValue = unsealed(value, &place)?;
        let digest = value.digest;
        let aside = value.open(id, &place)?;
        if aside_digest(&aside).0 != digest {
            return Err(Cause::damaged(place, "its hash is not that of what was committed"));
        }
        Ok(aside)
    }

    pub(crate) fn page_number(&self, key: &[u8]) -> Result<u64, Cause> {
        let bytes = key.try_into().map_err(|_| Cause::damaged("the number of a page", "it is not eight bytes"))?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn versions_of(&self, header: &Header, skip: u32) -> Result<Vec<StoredVersion>, Cause> {
        let (mapping, seen_at) = common(header)?;
        let mut versions = Vec::with_capacity((header.events() - skip) as usize);
        let mut first = 0;
        for (number, info) in header.chunks.iter().enumerate() {
            let next = first + info.events;
            if skip < next {
                let chunk = self.chunk(header, number)?;
                for index in skip.max(first)..next {
                    let at = EventOffset { page: header.number, index };
                    versions.push(chunk.version((index - first) as usize, at, mapping, seen_at)?.version);
                }
            }
            first = next;
        }
        Ok(versions)
    }

    /// A chunk that is likely to be read again.
    fn chunk_kept(&self, header: &Header, number: usize) -> Result<Arc<Chunk>, Cause> {
        let chunk = self.chunk(header, number)?;
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner).put(header.number, number, Arc::clone(&chunk));
        Ok(chunk)
    }

    /// A chunk; who reads page after page has no use for it afterwards.
    fn chunk(&self, header: &Header, number: usize) -> Result<Arc<Chunk>, Cause> {
        let decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner).get(header.number, number);
        if let Some(chunk) = decoded {
            return Ok(chunk);
        }
        let place = chunk_place(header, number);
        let Some(frame) = self.store.chunks.get(chunk_key(header.number, number))? else {
            return Err(Cause::damaged(place, "they are missing"));
        };
        Ok(Arc::new(Chunk::open(&frame, &header.chunks[number], &place)?))
    }
}

/// Reads a header and sees that it is that of this page.
pub(crate) fn read_header(bytes: &[u8], number: u64, place: &str) -> Result<Header, Cause> {
    let header: Header = unsealed(bytes, place)?;
    if header.number != number {
        return Err(Cause::damaged(place, format!("it says that it is page {}", header.number)));
    }
    Ok(header)
}

/// What all versions of a page have in common.
pub(crate) fn common(header: &Header) -> Result<(Option<Digest>, Timestamp), Cause> {
    Ok((header.mapping.map(Digest), timestamp(header.at, &format!("page {}", header.number))?))
}

/// `page 3, events 40 to 79`.
pub(crate) fn chunk_place(header: &Header, number: usize) -> String {
    let first: u32 = header.chunks[..number].iter().map(|chunk| chunk.events).sum();
    let last = first + header.chunks[number].events.saturating_sub(1);
    format!("page {}, events {first} to {last}", header.number)
}
