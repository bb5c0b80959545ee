use super::*;
use counterfoil_sdk::InstanceSettings;
use std::path::Path;
use toml::de::DeTable;

/// Settings from the lines of a section, for the tests of this crate.
pub(crate) fn settings(folder: &Path, text: &str, zone: Option<&str>, dates: Option<&str>) -> Settings {
    read(folder, text, zone, dates).expect("the section is right")
}

fn read(folder: &Path, text: &str, zone: Option<&str>, dates: Option<&str>) -> Result<Settings, Vec<Finding>> {
    let spanned = |text: &str| Spanned::new(0..0, text.to_owned());
    let settings = InstanceSettings { zone: zone.map(spanned), dates: dates.map(spanned) };
    let table = DeTable::parse(text).expect("TOML");
    parse(ConfigSection { instance: "log", at: 0..1, folder, settings: &settings, table })
}

fn problems(text: &str) -> Vec<(&'static str, String)> {
    let Err(findings) = read(Path::new(""), text, Some("Europe/Lisbo"), Some("dym")) else { return Vec::new() };
    assert!(findings.iter().all(|finding| finding.help.is_some() || finding.code.starts_with("config::")));
    findings.iter().map(|finding| (finding.code, text[finding.at.clone()].to_owned())).collect()
}

#[test]
fn a_whole_section_is_read() {
    let text = r#"
        path = "in/*.csv"
        key = "number"
        shape = "log"
        order_by = ["sys_updated_at", "sys_mod_count"]
        date_columns = { opened = "dmy", closed = "mdy" }
        nulls = ["?"]
        encoding = "iso-8859-1"
        settle_secs = 0
    "#;
    let settings = settings(Path::new("/etc/counterfoil"), text, Some("UTC"), None);
    assert_eq!(settings.path, Path::new("/etc/counterfoil/in"));
    assert_eq!(settings.pattern.as_deref(), Some("*.csv"));
    assert_eq!(settings.stated_order("closed"), Some(DateOrder::Mdy));
    assert_eq!(settings.stated_order("resolved"), None);
    assert_eq!(settings.encoding.map(Encoding::name), Some("windows-1252"));
    assert!(settings.is_null("?") && !settings.is_null(""));
}

#[test]
fn every_problem_is_named_at_its_place() {
    let text = "path = 'in*/x.csv'\nkey = '/a~b'\nshape = 'log'\nversion = 'v'\ndelimiter = '#'\nencoding = 'klingon'\n\
                settle_secs = 4000\norder_by = ['a', 'a']\ndate_columns = { opened = 'ddmm' }";
    let found = problems(text);
    let codes: Vec<(&str, &str)> = found.iter().map(|(code, at)| (*code, at.as_str())).collect();
    // Zone and order stand in the gateway's part of the section, so their places are not in this text.
    assert_eq!(codes[..2], [("file::zone", ""), ("file::dates", "")]);
    assert_eq!(
        codes[2..],
        [
            ("file::path", "'in*/x.csv'"),
            ("file::column", "'/a~b'"),
            ("file::order-by", "'a'"),
            ("file::version", "'v'"),
            ("file::delimiter", "'#'"),
            ("file::encoding", "'klingon'"),
            ("file::settle-secs", "4000"),
            ("file::dates", "'ddmm'"),
        ]
    );
}

#[test]
fn shape_and_order_belong_together() {
    let codes = |text: &str| -> Vec<&'static str> {
        let findings = read(Path::new(""), text, None, None).err().unwrap_or_default();
        findings.iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes("path = 'a'\nkey = 'k'\nshape = 'log'"), ["file::order-by"]);
    assert_eq!(codes("path = 'a'\nkey = 'k'\norder_by = ['x']"), ["file::order-by"]);
    assert_eq!(codes("path = 'a'\nkey = 'k'\nformat = 'jsonl'\nsheet = 's'"), ["file::format"]);
    assert_eq!(codes("path = 'a'"), ["config::missing-key"]);
    assert_eq!(codes("path = 'a'\nkey = 'k'\nkeey = 'k'"), ["config::unknown-key"]);
}

#[test]
fn the_digest_tells_ways_of_reading_apart_and_not_places() {
    let digest = |text: &str, zone| settings(Path::new(""), text, zone, None).digest();
    let plain = digest("path = 'a'\nkey = 'k'", None);
    assert_eq!(plain, digest("path = 'b'\nkey = 'k'\nsettle_secs = 9", None));
    assert_ne!(plain, digest("path = 'a'\nkey = 'k'", Some("UTC")));
    assert_ne!(plain, digest("path = 'a'\nkey = 'k'\nnulls = []", None));
}
