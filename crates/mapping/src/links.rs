//! Links of a record: kept while the payload is parsed, and read by their rules afterwards.

use crate::map::{FieldRead, Notes, Observer};
use crate::note::shortened;
use crate::pick::{LinkPick, holds};
use crate::plan::{Mapping, WordSource};
use crate::scan::{Raw, Slots};
use crate::spec::Accepts;
use crate::trie::Slot;
use counterfoil_model::{Link, LinkTarget, Quality, Value};
use counterfoil_record::Form;
use std::sync::Arc;

/// Links that one text may hold.
const SPLIT_LIMIT: usize = 1000;

/// How the links of one rule are read.
#[derive(Debug)]
pub(crate) struct LinkPlan {
    pub(crate) rule: crate::located::Rule,
    /// The number of the list; its conditions are looked at while it is parsed.
    pub(crate) list: Option<u16>,
    /// Where it has no list.
    pub(crate) conditions: Vec<(Slot, Accepts)>,
    pub(crate) target: TargetPlan,
    /// What stands between the ids of several records in one text.
    pub(crate) split: Option<String>,
    pub(crate) link_type: TypePlan,
    pub(crate) native_type: Option<Slot>,
    pub(crate) native_words: Option<Slot>,
    /// [`LinkPlan::asked`], which is kept of every element that is a link.
    pub(crate) parts: Box<[Slot]>,
}

#[derive(Debug)]
pub(crate) enum TargetPlan {
    Inside { id: Slot, key: Option<Slot> },
    Outside { url: Slot, global_id: Option<Slot>, application: Vec<Slot>, title: Option<Slot> },
}

#[derive(Debug)]
pub(crate) enum TypePlan {
    As(&'static str),
    Words(Vec<WordSource>),
}

impl LinkPlan {
    /// What has to say something, or there is no link.
    pub(crate) fn far(&self) -> Slot {
        match &self.target {
            TargetPlan::Inside { id, .. } => *id,
            TargetPlan::Outside { url, .. } => *url,
        }
    }

    /// Everything that is read of a link.
    pub(crate) fn asked(&self) -> Vec<Slot> {
        let mut parts = vec![self.far()];
        match &self.target {
            TargetPlan::Inside { key, .. } => parts.extend(key),
            TargetPlan::Outside { global_id, application, title, .. } => {
                parts.extend(global_id.iter().chain(application).chain(title));
            }
        }
        if let TypePlan::Words(sources) = &self.link_type {
            parts.extend(sources.iter().map(|source| source.slot));
        }
        parts.extend(self.native_type.iter().chain(&self.native_words));
        parts
    }

    fn is_outside(&self) -> bool {
        matches!(self.target, TargetPlan::Outside { .. })
    }
}

/// Links of lists, in the order of the payload.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptLinks<'a> {
    kept: Vec<KeptLink>,
    raws: Vec<Raw<'a>>,
    /// The numbers of the lists that the payload has.
    lists: Vec<u16>,
}

#[derive(Debug, Clone, Copy)]
struct KeptLink {
    list: u16,
    rule: u16,
    /// Which element of the list, counted from 0.
    row: u32,
    /// Where its parts begin.
    from: usize,
}

impl<'a> KeptLinks<'a> {
    pub(crate) fn clear(&mut self) {
        self.kept.clear();
        self.raws.clear();
        self.lists.clear();
    }

    /// Of a list that stands there twice the last one counts.
    pub(crate) fn begin(&mut self, list: u16) {
        if self.lists.contains(&list) {
            self.kept.retain(|kept| kept.list != list);
        } else {
            self.lists.push(list);
        }
    }

    pub(crate) fn keep(&mut self, list: u16, row: u32, link: &LinkPick, slots: &Slots<'a>) {
        self.kept.push(KeptLink { list, rule: link.rule, row, from: self.raws.len() });
        self.raws.extend(link.parts.iter().map(|slot| slots.get(*slot).clone()));
    }
}

/// The links of a record, and what their types say of the mapping's quality.
#[derive(Debug)]
pub(crate) struct LinksRead {
    pub(crate) links: Vec<Link>,
    pub(crate) quality: Quality,
    pub(crate) outside_untold: bool,
}

impl Mapping {
    pub(crate) fn read_links(
        &self,
        slots: &mut Slots<'_>,
        notes: &mut Notes<'_>,
        observer: &mut impl Observer,
    ) -> LinksRead {
        let mut read = LinksRead { links: Vec::new(), quality: Quality::Exact, outside_untold: false };
        if self.links.is_empty() {
            return read;
        }
        let told = std::mem::take(&mut slots.links);
        for kept in &told.kept {
            let plan = &self.links[usize::from(kept.rule)];
            plan.parts.iter().zip(&told.raws[kept.from..]).for_each(|(slot, raw)| slots.put(*slot, raw.clone()));
            self.read_link(plan, Some(kept.row), slots, notes, &mut read, observer);
        }
        for plan in self.links.iter().filter(|plan| plan.list.is_none()) {
            let is_there = self.says_something(slots.get(plan.far()));
            if is_there && plan.conditions.iter().all(|(slot, accepts)| holds(accepts, slots.get(*slot))) {
                self.read_link(plan, None, slots, notes, &mut read, observer);
            }
        }
        notes.rule = None;
        read.links.sort_by(Link::compare);
        read.links.dedup();
        // A list of its own is asked for apart from the record, and may not have been answered.
        let mut outside = self.links.iter().filter(|plan| plan.is_outside()).peekable();
        read.outside_untold = self.form == Form::Snapshot
            && outside.peek().is_some()
            && outside.all(|plan| plan.list.is_some_and(|list| !told.lists.contains(&list)));
        read
    }

    fn read_link(
        &self,
        plan: &LinkPlan,
        row: Option<u32>,
        slots: &Slots<'_>,
        notes: &mut Notes<'_>,
        read: &mut LinksRead,
        observer: &mut impl Observer,
    ) {
        notes.rule = Some(plan.rule);
        let text = |slot: &Slot| self.text_of(slots.get(*slot)).map(Arc::<str>::from);
        let maybe = |slot: &Option<Slot>| slot.as_ref().and_then(text);
        let Some(far) = text(&plan.far()) else {
            let raw = crate::explain::raw(slots.get(plan.far())).unwrap_or_default();
            let message = "a link leads to an id or to an address, and this is none".to_owned();
            notes.add("no-plain-value", None, Some(plan.far()), &shortened(&raw), message);
            return;
        };
        let targets = match (&plan.target, &plan.split) {
            (TargetPlan::Inside { .. }, Some(split)) => several(plan, &far, split, notes),
            (TargetPlan::Inside { key, .. }, None) => vec![LinkTarget::Inside { native_id: far, key: maybe(key) }],
            (TargetPlan::Outside { global_id, application, title, .. }, _) => vec![LinkTarget::Outside {
                url: far,
                global_id: maybe(global_id),
                application: application.iter().find_map(text),
                title: maybe(title),
            }],
        };
        let found = match &plan.link_type {
            TypePlan::As(word) => FieldRead::of(Value::Word(word).into(), None),
            TypePlan::Words(sources) => self.read_words(None, sources, slots, notes),
        };
        let (native_type, native_words) = (maybe(&plan.native_type), maybe(&plan.native_words));
        read.quality = read.quality.max(found.quality);
        for target in targets {
            let (native_type, native_words) = (native_type.clone(), native_words.clone());
            let link = Link { link_type: found.reading.clone(), native_type, native_words, target };
            observer.link(plan, &link, &found, row, slots);
            read.links.push(link);
        }
    }
}

/// The records whose ids stand in one text.
fn several(plan: &LinkPlan, text: &str, split: &str, notes: &mut Notes<'_>) -> Vec<LinkTarget> {
    let mut ids = text.split(split).map(str::trim).filter(|id| !id.is_empty());
    let inside = |id: &str| LinkTarget::Inside { native_id: id.into(), key: None };
    let targets = ids.by_ref().take(SPLIT_LIMIT).map(inside).collect();
    if ids.next().is_some() {
        let message = format!("it names more than {SPLIT_LIMIT} records; the raw record has all of them");
        notes.add("text-cut", None, Some(plan.far()), text, message);
    }
    targets
}
