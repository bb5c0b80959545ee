//! Cases of a mapping: a Markdown document with payloads and what the mapping makes of them.
//!
//! Every heading starts a case. A case has one `json` block (`json log` for a log) and one `mapped` block; it may have a
//! `toml settings` and a `toml override` block. Such blocks before the first case hold for all cases that have none.

mod show;

pub use show::{show_link, show_outcome, show_reading};

use crate::{DateOrder, Mapping, MappingSource, Overrides, Problems, Settings};
pub use counterfoil_diagnostics::cases::CaseResult;
use counterfoil_diagnostics::cases::{self, Block, Section, sections};
use counterfoil_diagnostics::{SourceText, render_plain};
use counterfoil_model::Slug;
use counterfoil_record::Form;
use serde::Deserialize;

/// Runs all cases of a document. `mapping` is compiled again for cases with settings or overrides of their own.
pub fn run(markdown: &str, mapping: &Mapping) -> Vec<CaseResult> {
    let sections = sections(markdown);
    let shared = sections.iter().take_while(|section| payload(section).is_none()).collect::<Vec<_>>();
    let shared = |info: &str| shared.iter().rev().find_map(|section| section.block(info));
    let mut results = Vec::new();
    for section in sections.iter() {
        let Some(payload) = payload(section) else { continue };
        let settings = section.block("toml settings").or_else(|| shared("toml settings"));
        let overrides = section.block("toml override").or_else(|| shared("toml override"));
        let form = if payload.info == "json log" { Form::Log } else { Form::Snapshot };
        let actual = match variant(mapping, settings.map(|block| block.text), overrides.map(|block| block.text)) {
            Ok(None) => show_outcome(&mapping.map(form, payload.text)),
            Ok(Some(mapping)) => show_outcome(&mapping.map(form, payload.text)),
            Err(reason) => reason,
        };
        results.push(CaseResult::new(section, payload, section.block("mapped"), actual));
    }
    results
}

/// The document with every `mapped` block as the mapping makes it now.
pub fn update(markdown: &str, results: &[CaseResult]) -> String {
    cases::update(markdown, results, "mapped")
}

/// What a case gives to the mapping.
fn payload<'a>(section: &Section<'a>) -> Option<Block<'a>> {
    section.block("json").or_else(|| section.block("json log"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseSettings {
    instance: Option<String>,
    party: Option<String>,
    zone: Option<String>,
    dates: Option<String>,
    salt: Option<String>,
}

/// The mapping with the settings and overrides of a case; `None` when the case has none.
fn variant(mapping: &Mapping, settings: Option<&str>, overrides: Option<&str>) -> Result<Option<Mapping>, String> {
    if settings.is_none() && overrides.is_none() {
        return Ok(None);
    }
    let mut source: MappingSource = mapping.source().clone();
    if let Some(text) = settings {
        let read: CaseSettings =
            toml::from_str(text).map_err(|error| format!("the settings cannot be read: {error}"))?;
        let order = match read.dates.as_deref() {
            None => None,
            Some(name) => Some(DateOrder::parse(name).ok_or_else(|| format!("there is no date order `{name}`"))?),
        };
        source.settings = Settings {
            instance: read.instance.unwrap_or(source.settings.instance),
            party: read.party.map(|party| Slug::of(&party)),
            zone: read.zone,
            order,
            salt: read.salt.unwrap_or(source.settings.salt),
        };
    }
    if let Some(text) = overrides {
        source.overrides = Some(Overrides::document(SourceText { name: "override".into(), text: text.into() }));
    }
    Mapping::compile(&source).map(Some).map_err(|problems| show_problems(&problems, &source))
}

/// The problems of a mapping, one in a line.
fn show_problems(problems: &Problems, source: &MappingSource) -> String {
    let mut lines = vec!["the mapping has problems".to_owned()];
    lines.extend(problems.file.iter().map(|finding| render_plain(finding, &source.file)));
    if let Some(overrides) = &source.overrides {
        let text = SourceText { name: overrides.name.clone(), text: overrides.text.clone() };
        lines.extend(problems.overrides.iter().map(|finding| render_plain(finding, &text)));
    }
    lines.join("\n")
}
