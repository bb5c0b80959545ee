//! What a pass over all pages must add up to: streams, heads, what is set aside, mappings, targets, the end of the log.

use crate::cause::Cause;
use crate::format::{AsideValue, HeadValue, StreamValue, offset, stream_names, unseal, unsealed};
use crate::ledger::text_key;
use crate::read::read_header;
use crate::verify::{Check, tell};
use counterfoil_pipeline::ports::EventOffset;
use counterfoil_record::{Digest, RecordId};
use fjall::Readable;
use std::collections::BTreeMap;

impl Check<'_> {
    /// After the last page.
    pub(crate) fn rest(&mut self) -> Result<(), Cause> {
        self.found.chain = self.chain.filter(|_| self.end.page > 0);
        if self.chain.is_some_and(|chain| chain.0 != self.end.chain) {
            self.damage("the end of the log: its chain hash is not that of the last page".to_owned());
        }
        if self.whole && self.found.events != self.end.events {
            self.damage(format!(
                "the end of the log: it counts {} events, and there are {}",
                self.end.events, self.found.events
            ));
        }
        self.check_streams()?;
        self.check_heads()?;
        self.check_asides()?;
        self.check_nodes()?;
        self.check_mappings()?;
        self.check_targets()
    }

    fn check_streams(&mut self) -> Result<(), Cause> {
        let mut expected = std::mem::take(&mut self.streams);
        for guard in self.snapshot.iter(&self.ledger.store.streams) {
            let (key, value) = guard.into_inner()?;
            let (instance, stream) = stream_names(&key)?;
            let place = format!("the stream {instance}/{stream}");
            match unsealed::<StreamValue>(&value, &place) {
                Ok(value) => match expected.remove(key.as_ref()) {
                    // Without every page the sums say nothing.
                    Some(expected) if self.whole && expected != value => {
                        self.damage(format!("{place}: its totals or its position are not those of its pages"));
                    }
                    Some(_) => {}
                    None if self.whole => self.damage(format!("{place}: no page is of it")),
                    None => {}
                },
                Err(cause) => {
                    expected.remove(key.as_ref());
                    self.damage(tell(&cause));
                }
            }
        }
        for key in expected.keys() {
            let (instance, stream) = stream_names(key)?;
            self.damage(format!("the stream {instance}/{stream}: it is missing"));
        }
        Ok(())
    }

    /// Every version found its head; is there a head without its version?
    fn check_heads(&mut self) -> Result<(), Cause> {
        let mut stray: Vec<(RecordId, EventOffset)> = Vec::new();
        for guard in self.snapshot.iter(&self.ledger.store.heads) {
            guard.key()?;
            self.found.records += 1;
        }
        if self.whole && self.found.records != self.heads {
            for guard in self.snapshot.iter(&self.ledger.store.heads) {
                let (key, value) = guard.into_inner()?;
                let id = RecordId::from_stored(text_key(&key)?);
                match HeadValue::read(&value, &format!("the head of {id}")) {
                    Ok(head) if !self.is_at(&id, head.at) => stray.push((id, head.at)),
                    Ok(_) => {}
                    Err(cause) => self.damage(tell(&cause)),
                }
                if stray.len() >= 100 {
                    break;
                }
            }
        }
        for (id, at) in stray {
            self.damage(format!(
                "the head of {id}: it points to page {}, event {}, where the record is not",
                at.page, at.index
            ));
        }
        Ok(())
    }

    fn is_at(&self, id: &RecordId, at: EventOffset) -> bool {
        self.ledger.version_at(at).is_ok_and(|version| version.id == *id)
    }

    /// Everything held was set aside by its page; is anything missing, or there without a page?
    fn check_asides(&mut self) -> Result<(), Cause> {
        for guard in self.snapshot.iter(&self.ledger.store.set_aside) {
            guard.key()?;
            self.found.set_aside += 1;
        }
        let all = self.found.set_aside == self.asides && i128::from(self.asides) == self.aside_balance;
        if all || !self.whole {
            return Ok(());
        }
        // Only now, in a damaged ledger, is memory taken for every id.
        let mut expected: BTreeMap<String, ([u8; 32], u64)> = BTreeMap::new();
        for number in 1..=self.end.page {
            let place = format!("page {number}");
            let Some(bytes) = self.get(&self.ledger.store.pages, &number.to_be_bytes())? else { continue };
            let header = read_header(&bytes, number, &place)?;
            for id in &header.released {
                expected.remove(id);
            }
            expected.extend(header.set_aside.into_iter().map(|(id, digest)| (id, (digest, number))));
        }
        for guard in self.snapshot.iter(&self.ledger.store.set_aside) {
            let (key, value) = guard.into_inner()?;
            let id = text_key(&key)?.to_owned();
            let place = format!("what is set aside as {id}");
            let read = unsealed::<AsideValue>(&value, &place);
            match (expected.remove(&id), read) {
                (Some((digest, page)), Ok(value)) if value.digest == digest && value.page == page => {}
                (Some((_, page)), Ok(_)) => self.damage(format!("{place}: it is not what page {page} set aside")),
                (None, Ok(_)) => self.damage(format!("{place}: no page set it aside")),
                (_, Err(cause)) => self.damage(tell(&cause)),
            }
        }
        for (id, (_, page)) in expected {
            self.damage(format!("what is set aside as {id}: it is missing; page {page} set it aside"));
        }
        Ok(())
    }

    fn check_mappings(&mut self) -> Result<(), Cause> {
        let mut used = std::mem::take(&mut self.mappings);
        for guard in self.snapshot.iter(&self.ledger.store.mappings) {
            let (key, value) = guard.into_inner()?;
            let Ok(digest) = <[u8; 32]>::try_from(key.as_ref()).map(Digest) else {
                self.damage("the name of a mapping: it is no digest".to_owned());
                continue;
            };
            used.remove(&digest);
            if let Err(cause) = unseal(&value, &format!("the mapping {digest}")) {
                self.damage(tell(&cause));
            }
        }
        for digest in used {
            self.damage(format!("the mapping {digest}: it is missing"));
        }
        Ok(())
    }

    fn check_targets(&mut self) -> Result<(), Cause> {
        for guard in self.snapshot.iter(&self.ledger.store.targets) {
            let (key, value) = guard.into_inner()?;
            let place = format!("the place of {}", text_key(&key)?);
            match unsealed(&value, &place).map(offset) {
                Ok(at) if at > offset(self.end.end) => {
                    self.damage(format!(
                        "{place}: it is page {}, event {}, behind the end of the log",
                        at.page, at.index
                    ));
                }
                Ok(_) => {}
                Err(cause) => self.damage(tell(&cause)),
            }
        }
        Ok(())
    }
}
