//! Compiles the rule of one field.

use crate::compile::{Compiler, SharedWords};
use crate::compile_words::{TableCompiler, article, words_in_a_line};
use crate::expression::Expression;
use crate::located::{Located, Place};
use crate::pairs::{PairName, PairPlan};
use crate::plan::{CelInput, Convert, Derivation, Part, Plan, Read, Source, WordSource};
use crate::spec_rule::{From, PairSpec, RuleSpec, SourceSpec, Track};
use counterfoil_diagnostics::did_you_mean;
use counterfoil_model::{Field, ValueType};
use counterfoil_record::Form;
use std::collections::BTreeMap;

pub(crate) struct RuleCompiler<'c, 'a> {
    pub(crate) compiler: &'c mut Compiler<'a>,
    pub(crate) field: Field,
    pub(crate) rule: &'c RuleSpec,
}

impl<'a> RuleCompiler<'_, 'a> {
    /// `None` after a finding.
    pub(crate) fn compile(mut self) -> Option<Plan> {
        let kind = self.compiler.kind;
        let Some(position) = kind.position(self.field) else {
            let message = format!("the kind `{}` has no field `{}`", kind.name(), self.field);
            self.error("mapping::unknown-field", message, &self.rule.place, "not of this kind");
            return None;
        };
        let value = kind.fields()[position].value;
        let in_states = self.in_states();
        self.check_track();
        self.check_otherwise(value);
        let read = match &self.rule.from {
            From::Sources(sources) => self.sources(value, sources),
            From::InstanceParty => self.instance_party(value),
            From::Cel { text, slots } => self.cel(value, text, slots),
            From::Template(text) => self.template(value, text),
            From::Derive(name) => self.derive(value, name),
            From::Pairs(pairs) => self.pairs(value, pairs),
        }?;
        let rule = self.compiler.rule(&self.rule.place);
        Some(Plan { field: self.field, value, position, rule, required: self.rule.required, read, in_states })
    }

    fn error(&mut self, code: &'static str, message: String, place: &Place, label: &str) -> &mut Option<String> {
        &mut self.compiler.findings.error(code, message, place, label).help
    }

    fn sources(&mut self, value: ValueType, sources: &[SourceSpec]) -> Option<Read> {
        let by_words = self.rule.words.is_some() || sources.iter().any(|source| source.words.is_some());
        let needs_words = matches!(value, ValueType::Word(_) | ValueType::State);
        if by_words || needs_words {
            return self.words(value, sources);
        }
        let convert = self.converter(value);
        let compiled = sources.iter().map(|source| {
            let compiled = match value {
                ValueType::Instant if source.list.is_none() => self.compiler.moment(&source.pointer),
                _ => self.compiler.source_slot(source).map(Source::of),
            };
            let conditions = self.compiler.conditions(source);
            Some(Source { conditions: conditions?.into(), ..compiled? })
        });
        let compiled: Vec<Option<Source>> = compiled.collect();
        let (sources, convert) = (compiled.into_iter().collect::<Option<Vec<Source>>>()?, convert?);
        if self.rule.otherwise_instance && convert == Convert::Party {
            return Some(Read::PartyOrInstance { sources, party: self.compiler.source.settings.party.clone() });
        }
        if matches!(convert, Convert::Rich | Convert::Wiki) {
            sources.iter().for_each(|source| self.compiler.trie.holds_document(source.slot));
        }
        Some(Read::Convert { sources, convert })
    }

    fn converter(&mut self, value: ValueType) -> Option<Convert> {
        let default = match value {
            ValueType::Integer => Convert::Integer,
            ValueType::Decimal => Convert::Decimal,
            ValueType::Flag => Convert::Flag,
            ValueType::Instant => Convert::Instant,
            ValueType::Party => Convert::Party,
            ValueType::Person => Convert::Person,
            ValueType::Reference => Convert::Reference,
            ValueType::Text | ValueType::Word(_) | ValueType::State => Convert::Text,
        };
        let convert = match &self.rule.convert {
            None => default,
            Some(named) => {
                let known = Convert::NAMES.iter().map(|(name, _)| *name);
                let Some((_, convert)) = Convert::NAMES.iter().find(|(name, _)| *name == named.value) else {
                    let near = did_you_mean(&named.value, known.clone()).map(|near| format!("did you mean `{near}`?"));
                    let all = || format!("there are `{}`", known.collect::<Vec<_>>().join("`, `"));
                    let message = format!("there is no converter `{}`", named.value);
                    *self.error("mapping::unknown-converter", message, &named.place, "unknown") =
                        Some(near.unwrap_or_else(all));
                    return None;
                };
                let is_rich = matches!(convert, Convert::Rich | Convert::Wiki);
                let fits = *convert == default || (default == Convert::Text && is_rich);
                if !fits {
                    let message =
                        format!("`{}` holds {}, which `{}` does not make", self.field, article(value), named.value);
                    self.error("mapping::wrong-converter", message, &named.place, "does not fit the field");
                    return None;
                }
                *convert
            }
        };
        let day_secs = self.day()?;
        let Some(format) = &self.rule.format else { return Some(convert) };
        match (convert, format.value.as_str()) {
            (Convert::Instant, "epoch_seconds") => Some(Convert::EpochSeconds),
            (Convert::Instant, "epoch_millis") => Some(Convert::EpochMillis),
            (Convert::Instant, "end_of_day") => Some(Convert::EndOfDay),
            (Convert::Integer | Convert::Decimal, "duration") => Some(Convert::Duration(day_secs)),
            (Convert::Integer | Convert::Decimal, "milliseconds") => Some(Convert::Milliseconds),
            (Convert::Decimal, "percent") => Some(Convert::Percent),
            _ => {
                let message =
                    "`format` is `epoch_seconds`, `epoch_millis` or `end_of_day` for instants, `duration` or \
                               `milliseconds` for numbers of seconds, and `percent` for decimals"
                        .to_owned();
                self.error("mapping::unknown-value", message, &format.place, "not this");
                None
            }
        }
    }

    /// How long the rule says a day is; `None` after a finding.
    fn day(&mut self) -> Option<Option<i64>> {
        let Some(day) = &self.rule.day else { return Some(None) };
        let is_duration = self.rule.format.as_ref().is_some_and(|format| format.value == "duration");
        match crate::duration::parse(&day.value, None) {
            Ok(secs) if secs > 0 && is_duration => Some(Some(secs)),
            _ => {
                let message = "`day` says how long a day of `format = \"duration\"` is, in hours, as `24h`".to_owned();
                self.error("mapping::unknown-value", message, &day.place, "not this");
                None
            }
        }
    }

    /// Only a party without a word table can be that of the instance instead.
    fn check_otherwise(&mut self, value: ValueType) {
        let plain =
            matches!(&self.rule.from, From::Sources(sources) if sources.iter().all(|source| source.words.is_none()));
        if self.rule.otherwise_instance && (value != ValueType::Party || !plain || self.rule.words.is_some()) {
            let message =
                "`otherwise = \"instance\"` is for parties that are read `from` members, by no word table".to_owned();
            self.error("mapping::wrong-converter", message, &self.rule.place, "no such party");
        }
    }

    fn words(&mut self, value: ValueType, sources: &[SourceSpec]) -> Option<Read> {
        if let Some(convert) = &self.rule.convert {
            let message = "a word table is the converter; there is no second one".to_owned();
            self.error("mapping::wrong-converter", message, &convert.place, "together with `words`");
        }
        let mut tables: BTreeMap<&str, Option<SharedWords>> = BTreeMap::new();
        let mut compiled = Vec::new();
        for source in sources {
            let slot = self.compiler.source_slot(source);
            let Some(table) = source.words.as_ref().or(self.rule.words.as_ref()) else {
                let message = format!("`{}` holds {}: the source needs a word table", self.field, article(value));
                *self.error("mapping::unknown-words", message, &source.pointer.place, "add `words = \"…\"`") =
                    Some(words_in_a_line(self.field.name(), &self.compiler.kind.words(self.field)));
                continue;
            };
            let name = table.value.as_str();
            if !tables.contains_key(name) {
                tables.insert(name, self.tables(value).table(table));
            }
            let Some(words) = tables[name].clone() else { continue };
            let Some(conditions) = self.compiler.conditions(source) else { continue };
            let (category, otherwise_missing, conditions) =
                (source.category, source.otherwise_missing || self.rule.otherwise_missing, conditions.into());
            compiled.extend(slot.map(|slot| WordSource { slot, words, category, otherwise_missing, conditions }));
        }
        (compiled.len() == sources.len()).then_some(Read::Words(compiled))
    }

    fn tables(&mut self, value: ValueType) -> TableCompiler<'_, 'a> {
        let known = self.compiler.kind.words(self.field);
        TableCompiler { compiler: self.compiler, what: self.field.name(), value, known }
    }

    fn instance_party(&mut self, value: ValueType) -> Option<Read> {
        if value != ValueType::Party {
            let message = format!("`{}` holds {}, no party", self.field, article(value));
            self.error("mapping::wrong-converter", message, &self.rule.place, "no party");
            return None;
        }
        Some(Read::InstanceParty(self.compiler.source.settings.party.clone()))
    }

    fn cel(&mut self, value: ValueType, text: &Located<String>, slots: &[(String, Located<String>)]) -> Option<Read> {
        if matches!(value, ValueType::Instant | ValueType::Person) {
            let message = format!("`{}` holds {}, which no expression makes", self.field, article(value));
            self.error("mapping::wrong-converter", message, &text.place, "does not fit the field");
            return None;
        }
        let expression = match Expression::compile(&text.value) {
            Ok(expression) => expression,
            Err(reason) => {
                self.error("mapping::bad-expression", reason, &text.place, "this expression");
                return None;
            }
        };
        let mut inputs = Vec::new();
        let mut unused: Vec<&str> = slots.iter().map(|(name, _)| name.as_str()).collect();
        for name in expression.variables() {
            if let Some((_, pointer)) = slots.iter().find(|(slot, _)| *slot == name) {
                unused.retain(|slot| *slot != name);
                inputs.push((name, CelInput::Slot(self.compiler.slot(pointer)?)));
                continue;
            }
            let spec = self.compiler.spec;
            let readable = |field: &Field| match spec.fields.get(field) {
                Some(rule) => !matches!(rule.from, From::Cel { .. }) && rule.in_states.is_empty(),
                None => false,
            };
            let field = Field::parse(&name).filter(readable).and_then(|field| self.compiler.kind.position(field));
            let Some(position) = field else {
                let fields = spec.fields.keys().filter(|field| readable(field)).map(|field| field.name());
                let near = did_you_mean(&name, fields.chain(slots.iter().map(|(slot, _)| slot.as_str())));
                let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_else(|| {
                    "name it in `slots`, or use a field that another rule of this mapping reads".to_owned()
                });
                let message =
                    format!("the expression reads `{name}`, which is neither a slot nor a field read before it");
                *self.error("mapping::bad-expression", message, &text.place, "unknown variable") = Some(help);
                return None;
            };
            inputs.push((name, CelInput::Field(position)));
        }
        for name in unused {
            let message = format!("the expression does not read the slot `{name}`");
            self.compiler.findings.warning("mapping::unused-slot", message, &text.place, "not in here");
        }
        Some(Read::Cel { expression, inputs })
    }

    fn template(&mut self, value: ValueType, text: &Located<String>) -> Option<Read> {
        if value != ValueType::Text {
            let message = format!("`{}` holds {}, no text", self.field, article(value));
            self.error("mapping::wrong-converter", message, &text.place, "makes text");
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((pointer, after)) = after.split_once('}') else {
                let message = "`{` without `}` in a template".to_owned();
                self.error("mapping::bad-template", message, &text.place, "not closed");
                return None;
            };
            parts.push(Part::Text(before.to_owned()));
            let pointer = Located { value: pointer.to_owned(), place: text.place.clone() };
            parts.push(Part::Slot(self.compiler.slot(&pointer)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Some(Read::Template(parts))
    }

    fn pairs(&mut self, value: ValueType, pairs: &[PairSpec]) -> Option<Read> {
        if value != ValueType::Text {
            let message = format!("`{}` holds {}, no figures", self.field, article(value));
            self.error("mapping::wrong-converter", message, &self.rule.place, "makes text");
            return None;
        }
        let compiler = &mut self.compiler;
        let pair = |pair: &PairSpec| {
            let name = match &pair.name {
                None => PairName::InText,
                Some(name) if name.value.starts_with('/') => PairName::At(compiler.slot(name)?),
                Some(name) => PairName::Fixed(name.value.as_str().into()),
            };
            Some(PairPlan { name, value: compiler.slot(&pair.value)? })
        };
        pairs.iter().map(pair).collect::<Option<Vec<PairPlan>>>().map(Read::Pairs)
    }

    fn derive(&mut self, value: ValueType, name: &Located<String>) -> Option<Read> {
        let Some((_, derivation)) = Derivation::NAMES.iter().find(|(known, _)| *known == name.value) else {
            let known: Vec<&str> = Derivation::NAMES.iter().map(|(name, _)| *name).collect();
            let near = did_you_mean(&name.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no derivation `{}`", name.value);
            *self.error("mapping::unknown-derivation", message, &name.place, "unknown") =
                Some(near.unwrap_or_else(|| format!("there are `{}`", known.join("`, `"))));
            return None;
        };
        let needs = derivation.needs();
        let tracked = self.compiler.spec.fields.get(&needs).is_some_and(|rule| rule.track.is_some());
        let rule = self.compiler.spec.fields.get(&needs);
        let listed = rule.and_then(|rule| rule.track.as_ref()).is_some_and(|track| !track.columns.is_empty());
        if !listed && (self.compiler.spec.form != Form::Log || !tracked) {
            let message = format!("`{}` is read from the history of `{needs}`, which there is none of", name.value);
            *self.error("mapping::history", message, &name.place, "needs a history") = Some(format!(
                "use it with `form = \"log\"` and `track = true` on `{needs}`, or with a list of changes and its columns"
            ));
            return None;
        }
        if value != derivation.value() {
            let message = format!(
                "`{}` holds {}, `{}` makes {}",
                self.field,
                article(value),
                name.value,
                article(derivation.value())
            );
            self.error("mapping::wrong-converter", message, &name.place, "does not fit the field");
            return None;
        }
        Some(Read::Derive(*derivation))
    }

    fn in_states(&mut self) -> Vec<&'static str> {
        let machine = self.compiler.kind.states();
        let mut states = Vec::new();
        for state in &self.rule.in_states {
            match machine.state(&state.value) {
                Some(known) => states.push(known.name),
                None => {
                    let known = self.compiler.kind.words(Field::State);
                    let message = format!("`{}` is no state", state.value);
                    *self.error("mapping::unknown-word", message, &state.place, "not canonical") =
                        Some(words_in_a_line(Field::State.name(), &known));
                }
            }
        }
        states
    }

    /// What is tracked is read from every row alone, without looking at other fields.
    fn check_track(&mut self) {
        let Some(Track { place, .. }) = &self.rule.track else { return };
        let alone = matches!(self.rule.from, From::Sources(_)) && self.rule.in_states.is_empty();
        if !alone && self.compiler.spec.form == Form::Log {
            let message =
                format!("`{}` cannot be tracked: only fields with `from` and without `in_states` can", self.field);
            self.error("mapping::track", message, place, "not with this rule");
        }
    }
}
