//! The archive with the recording of a Cloud site.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const ARCHIVE: &str = "jira-cloud-recorded/devlake-jira-pagerduty.tar.zst";

pub(crate) struct Recording(Vec<u8>);

impl Recording {
    /// `None` with a line that says so where it is not at hand.
    #[expect(clippy::print_stdout, reason = "a skip is said")]
    pub(crate) fn open() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(ARCHIVE);
        if !path.exists() {
            println!("SKIP {ARCHIVE}: it is not beside the repository");
            return None;
        }
        let packed = std::fs::File::open(path).expect("it is there");
        Some(Self(zstd::decode_all(packed).expect("it is whole")))
    }

    /// The `data` of a table of recorded answers, with its `input`.
    pub(crate) fn raw(&self, name: &str) -> Vec<(Value, Value)> {
        let value =
            |row: &BTreeMap<String, String>, column: &str| serde_json::from_str(&row[column]).unwrap_or(Value::Null);
        self.table(name).iter().map(|row| (value(row, "data"), value(row, "input"))).collect()
    }

    /// A table, row by row, by the names of its columns.
    pub(crate) fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let csv = file_of(&self.0, &format!("/jira/e2e/{name}")).unwrap_or_else(|| panic!("{name} is in the archive"));
        let mut reader = csv::Reader::from_reader(csv);
        let columns = reader.headers().expect("the file has a header").clone();
        let row = |row: csv::StringRecord| {
            columns.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect::<BTreeMap<_, _>>()
        };
        reader.records().map(|record| row(record.expect("the file is whole"))).collect()
    }
}

/// A file of an archive in the format of tar, by the end of its name.
fn file_of<'a>(archive: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = archive;
    while rest.len() > 512 {
        let text = |range: std::ops::Range<usize>| {
            std::str::from_utf8(&rest[range]).unwrap_or_default().trim_matches(['\0', ' '])
        };
        let length = usize::from_str_radix(text(124..136), 8).unwrap_or_default();
        if text(0..100).ends_with(name) {
            return rest.get(512..512 + length);
        }
        rest = rest.get(512 + length.div_ceil(512) * 512..)?;
    }
    None
}
