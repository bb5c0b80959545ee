//! Compiles the rules of links. It never reads a payload.

use crate::compile::Compiler;
use crate::compile_words::{TableCompiler, words_in_a_line};
use crate::links::{LinkPlan, TargetPlan, TypePlan};
use crate::located::Located;
use crate::pick::LinkPick;
use crate::plan::WordSource;
use crate::spec::Accepts;
use crate::spec_links::{LinkSpec, TargetSpec, TypeSpec};
use crate::trie::Slot;
use counterfoil_diagnostics::did_you_mean;
use counterfoil_model::{LinkType, ValueType};

/// What findings call the words of links.
const WHAT: &str = "links";

impl Compiler<'_> {
    /// Those without a finding.
    pub(crate) fn links(&mut self) -> Vec<LinkPlan> {
        let spec = self.spec;
        let mut plans = Vec::new();
        for rule in &spec.links {
            let number = u16::try_from(plans.len()).unwrap_or(u16::MAX);
            plans.extend(self.link(rule, number));
        }
        plans
    }

    fn link(&mut self, spec: &LinkSpec, number: u16) -> Option<LinkPlan> {
        let list = spec.list.as_ref();
        let target = match &spec.target {
            TargetSpec::Inside { id, key } => {
                TargetPlan::Inside { id: self.part(list, id)?, key: self.maybe(list, key.as_ref())? }
            }
            TargetSpec::Outside { url, global_id, application, title } => TargetPlan::Outside {
                url: self.part(list, url)?,
                global_id: self.maybe(list, global_id.as_ref())?,
                application: self.parts(list, application)?,
                title: self.maybe(list, title.as_ref())?,
            },
        };
        let link_type = match &spec.link_type {
            TypeSpec::As(word) => TypePlan::As(self.fixed(word)?),
            TypeSpec::Words { from, words } => {
                let slots = self.parts(list, from)?;
                let known = LinkType::NAMES;
                let mut tables =
                    TableCompiler { compiler: self, what: WHAT, value: ValueType::Word(known), known: known.to_vec() };
                let words = tables.table(words)?;
                let source = |slot| WordSource {
                    slot,
                    words: words.clone(),
                    category: false,
                    otherwise_missing: false,
                    conditions: std::sync::Arc::default(),
                };
                TypePlan::Words(slots.into_iter().map(source).collect())
            }
        };
        let native_type = self.maybe(list, spec.native_type.as_ref())?;
        let native_words = self.maybe(list, spec.native_words.as_ref())?;
        let mut conditions: Vec<(Slot, Accepts)> = Vec::new();
        for (pointer, accepts) in &spec.conditions {
            conditions.push((self.part(list, pointer)?, accepts.clone()));
        }
        let rule = self.rule(&spec.place);
        let parts = Box::default();
        let mut plan = LinkPlan {
            rule,
            list: None,
            conditions,
            target,
            split: spec.split.as_ref().map(|split| split.value.clone()),
            link_type,
            native_type,
            native_words,
            parts,
        };
        plan.parts = plan.asked().into();
        if let Some(list) = list {
            let conditions = std::mem::take(&mut plan.conditions);
            let pick = LinkPick { rule: number, conditions, far: plan.far(), parts: plan.parts.clone() };
            plan.list = Some(self.trie.link(&list.value, pick).ok()?);
        }
        Some(plan)
    }

    /// The slot of a part of a link, in each element of a list where there is one.
    fn part(&mut self, list: Option<&Located<String>>, pointer: &Located<String>) -> Option<Slot> {
        let Some(list) = list else { return self.slot(pointer) };
        match self.trie.of_element(&list.value, &pointer.value) {
            Ok(slot) => Some(slot),
            Err(reason) => {
                let place = if pointer.value.starts_with('/') { &list.place } else { &pointer.place };
                self.findings.error("mapping::bad-pointer", reason, place, "nothing can be read by this");
                None
            }
        }
    }

    fn parts(&mut self, list: Option<&Located<String>>, pointers: &[Located<String>]) -> Option<Vec<Slot>> {
        pointers.iter().map(|pointer| self.part(list, pointer)).collect()
    }

    /// `None` after a finding only.
    fn maybe(&mut self, list: Option<&Located<String>>, pointer: Option<&Located<String>>) -> Option<Option<Slot>> {
        pointer.map_or(Some(None), |pointer| self.part(list, pointer).map(Some))
    }

    fn fixed(&mut self, word: &Located<String>) -> Option<&'static str> {
        let known = LinkType::NAMES;
        let found = known.iter().copied().find(|name| *name == word.value);
        if found.is_none() {
            let near = did_you_mean(&word.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{}` is no word of `{WHAT}`", word.value);
            self.findings.error("mapping::unknown-word", message, &word.place, "not canonical").help =
                Some(near.unwrap_or_else(|| words_in_a_line(WHAT, known)));
        }
        found
    }
}
