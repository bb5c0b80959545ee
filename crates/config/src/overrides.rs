//! `[connector.<instance>.override…]`: what an instance changes about its mappings, as a text of its own.

use counterfoil_diagnostics::{Finding, SourceText};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// The file, and where its section headers stand.
pub(crate) struct Overrides {
    source: SourceText,
    headers: Vec<Range<usize>>,
}

impl Overrides {
    /// `table` is the whole configuration, before anything is taken out of it.
    pub(crate) fn new(source: &SourceText, table: &DeTable<'_>) -> Self {
        let mut headers = Vec::new();
        collect_headers(table, &source.text, &mut headers);
        headers.sort_by_key(|header| header.start);
        headers.dedup();
        Self { source: source.clone(), headers }
    }

    /// The override as TOML that stands alone.
    pub(crate) fn of(
        &self,
        instance: &str,
        value: Spanned<DeValue<'_>>,
        findings: &mut Vec<Finding>,
    ) -> Option<SourceText> {
        if !value.get_ref().is_table() {
            let message = "`override` must be a section";
            let finding = Finding::error("config::not-a-section", message, value.span(), "a value");
            findings.push(finding.help(format!("for example `[connector.{instance}.override.words.state]`")));
            return None;
        }
        let mut headers = Vec::new();
        match value.get_ref() {
            DeValue::Table(table) => collect_headers(table, &self.source.text, &mut headers),
            _ => unreachable!("looked at above"),
        }
        headers.extend(Some(value.span()).filter(|span| is_header(span, &self.source.text)));
        let wanted = plain(value)?;
        let in_place = self.in_place(&headers);
        if DeTable::parse(&in_place).ok().and_then(|table| plain(as_value(table))).as_ref() == Some(&wanted) {
            return Some(SourceText { name: self.source.name.clone(), text: in_place.into() });
        }
        // Dotted keys, inline tables and `--set`: nothing stands alone, so the text is written anew.
        let name = format!("{}, override of connector.{instance}", self.source.name);
        Some(SourceText { name: name.into(), text: toml::to_string(&wanted).unwrap_or_default().into() })
    }

    /// The file with everything blank but the sections with these headers, and these without what stands before the path
    /// inside of the override. So every place stays where it is.
    fn in_place(&self, headers: &[Range<usize>]) -> String {
        let text = &self.source.text;
        let mut bytes: Vec<u8> = text.bytes().map(|b| if matches!(b, b'\n' | b'\r') { b } else { b' ' }).collect();
        for header in headers {
            let next = self.headers.iter().map(|header| header.start).find(|start| *start > header.start);
            let end = next.unwrap_or(text.len());
            bytes[header.start..end].copy_from_slice(&text.as_bytes()[header.start..end]);
            let Some(prefix) = prefix(&text[header.clone()]) else { continue };
            for byte in &mut bytes[header.start + prefix.start..header.start + prefix.end] {
                *byte = b' ';
            }
        }
        String::from_utf8(bytes).expect("whole characters are kept or blanked")
    }
}

/// What has to go from `[connector.log.override.words.state]`: `connector.log.override.`, or all of it when nothing follows.
fn prefix(header: &str) -> Option<Range<usize>> {
    let mut table = DeTable::parse(header).ok()?.into_inner();
    let mut ends = Vec::new();
    while let Some((key, value)) = table.into_iter().next() {
        ends.push(key.span().end);
        table = match value.into_inner() {
            DeValue::Table(inner) => inner,
            DeValue::Array(entries) => match entries.into_iter().next().map(Spanned::into_inner) {
                Some(DeValue::Table(inner)) => inner,
                _ => break,
            },
            _ => break,
        };
    }
    let end = *ends.get(2)?;
    if ends.len() == 3 {
        return Some(0..header.len());
    }
    let open = header.find(|c| c != '[')?;
    Some(open..end + header[end..].find('.')? + 1)
}

/// A table that is written as a section has the place of its header.
fn is_header(span: &Range<usize>, text: &str) -> bool {
    text.get(span.clone()).is_some_and(|text| text.starts_with('['))
}

fn collect_headers(table: &DeTable<'_>, text: &str, headers: &mut Vec<Range<usize>>) {
    for (_, value) in table.iter() {
        collect_from(value, text, headers);
    }
}

fn collect_from(value: &Spanned<DeValue<'_>>, text: &str, headers: &mut Vec<Range<usize>>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            headers.extend(Some(value.span()).filter(|span| is_header(span, text)));
            collect_headers(table, text, headers);
        }
        DeValue::Array(entries) => entries.iter().for_each(|entry| collect_from(entry, text, headers)),
        _ => {}
    }
}

fn as_value(table: Spanned<DeTable<'_>>) -> Spanned<DeValue<'_>> {
    Spanned::new(table.span(), DeValue::Table(table.into_inner()))
}

fn plain(value: Spanned<DeValue<'_>>) -> Option<toml::Value> {
    toml::Value::deserialize(ValueDeserializer::from(value)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> SourceText {
        let source = SourceText { name: "c.toml".into(), text: text.into() };
        let mut table = DeTable::parse(text).unwrap().into_inner();
        let overrides = Overrides::new(&source, &table);
        let DeValue::Table(mut connectors) = table.remove("connector").unwrap().into_inner() else { panic!() };
        let DeValue::Table(mut instance) = connectors.remove("log").unwrap().into_inner() else { panic!() };
        overrides.of("log", instance.remove("override").unwrap(), &mut vec![]).unwrap()
    }

    #[test]
    fn sections_keep_their_places() {
        let text = "[connector.log]\ntype = 'file' # ü\n[connector.log.override.words.state]\n\"Parked\" = 'on_hold' # é\n\n\
                    [party.a]\nname = 'A'\n[[connector.log.override.rule]]\nx = 1\n[[ connector . log . override . rule ]]\nx = 2\n";
        let shown = of(text);
        assert_eq!((&*shown.name, shown.text.len()), ("c.toml", text.len()));
        assert_eq!(shown.text.find("\"Parked\""), text.find("\"Parked\""));
        assert!(!shown.text.contains("name") && !shown.text.contains("type"));
        let read: toml::Table = toml::from_str(&shown.text).unwrap();
        assert_eq!(read["words"]["state"]["Parked"].as_str(), Some("on_hold"));
        assert_eq!(read["rule"][1]["x"].as_integer(), Some(2));
    }

    #[test]
    fn sections_behind_the_name_of_a_mapping_keep_their_places() {
        let text = "[connector.log.override.\"jira/issue\".words.state]\n\"Parked\" = 'on_hold'\n\
                    [ connector.log.override.'my own.toml'.fields ]\ntitle = '/t'\n";
        let shown = of(text);
        assert_eq!(shown.text.find("\"Parked\""), text.find("\"Parked\""));
        let read: toml::Table = toml::from_str(&shown.text).unwrap();
        assert_eq!(read["jira/issue"]["words"]["state"]["Parked"].as_str(), Some("on_hold"));
        assert_eq!(read["my own.toml"]["fields"]["title"].as_str(), Some("/t"));
    }

    #[test]
    fn a_section_named_override_itself_keeps_its_places_too() {
        let text = "[connector.log.override]\nid = 'x'\n[connector.log.override.override]\ny = 1\n[party.a]\n";
        let shown = of(text);
        assert_eq!(shown.text.find("id = 'x'"), text.find("id = 'x'"));
        assert_eq!(toml::from_str::<toml::Table>(&shown.text).unwrap()["override"]["y"].as_integer(), Some(1));
    }

    #[test]
    fn what_does_not_stand_alone_is_written_anew() {
        for text in [
            "[connector.log]\noverride.words.state.Parked = 'on_hold'\n",
            "[connector.log]\noverride = { words = { state = { Parked = 'on_hold' } } }\n",
            "connector.log.override.words.state.Parked = 'on_hold'\n",
        ] {
            let shown = of(text);
            assert_eq!(&*shown.name, "c.toml, override of connector.log");
            assert_eq!(&*shown.text, "[words.state]\nParked = \"on_hold\"\n");
        }
    }
}
