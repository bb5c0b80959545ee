//! A folder of files and connectors that read it.

use counterfoil_connector_file::KIND;
use counterfoil_record::{Page, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, InstanceSettings, PullContext, PullErrorKind};
use counterfoil_testkit::suites::{self, Drained};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use toml::Spanned;
use toml::de::DeTable;

/// The seconds that files of these tests were last written at, unless a test says otherwise.
pub(crate) const WRITTEN_SECS: u64 = 1_700_000_000;

/// A folder with files, and a section that reads from it.
pub(crate) struct Files {
    pub(crate) folder: TempDir,
    section: String,
    zone: Option<String>,
    dates: Option<String>,
}

impl Files {
    pub(crate) fn new(section: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, section: section.to_owned(), zone: None, dates: None }
    }

    pub(crate) fn zone(mut self, zone: &str) -> Self {
        self.zone = Some(zone.to_owned());
        self
    }

    pub(crate) fn dates(mut self, dates: &str) -> Self {
        self.dates = Some(dates.to_owned());
        self
    }

    pub(crate) fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes, WRITTEN_SECS);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>, secs: u64) {
        fs::write(self.path(name), bytes).unwrap();
        self.touch(name, secs);
    }

    pub(crate) fn touch(&self, name: &str, secs: u64) {
        let file = File::options().write(true).open(self.path(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(secs)).unwrap();
    }

    pub(crate) fn connector(&self) -> Box<dyn Connector> {
        connector(self.folder.path(), &self.section, self.zone.as_deref(), self.dates.as_deref())
    }

    /// A whole pass from the beginning.
    pub(crate) async fn read(&self) -> Drained {
        self.read_from(&Position::default()).await
    }

    pub(crate) async fn read_from(&self, from: &Position) -> Drained {
        suites::drain(&*self.connector(), "records", from, 1_000_000).await.unwrap()
    }

    /// One page at a time of the test's choosing.
    pub(crate) async fn pull_at(
        &self,
        from: &Position,
        now_secs: i64,
        page_size: usize,
    ) -> Result<Page, PullErrorKind> {
        let context = PullContext { now: jiff::Timestamp::from_second(now_secs).unwrap(), page_size };
        pull(&*self.connector(), from, context).await
    }
}

pub(crate) async fn pull(
    connector: &dyn Connector,
    from: &Position,
    context: PullContext,
) -> Result<Page, PullErrorKind> {
    let stream = suites::stream(connector, "records");
    connector.pull(&stream, from, context).await.map_err(|error| error.kind)
}

pub(crate) fn connector(folder: &Path, section: &str, zone: Option<&str>, dates: Option<&str>) -> Box<dyn Connector> {
    let spanned = |text: Option<&str>| text.map(|text| Spanned::new(0..0, text.to_owned()));
    let settings = InstanceSettings { zone: spanned(zone), dates: spanned(dates) };
    let table = DeTable::parse(section).unwrap();
    let section = ConfigSection { instance: "log", at: 0..1, folder, settings: &settings, table };
    KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"))
}

/// Codes of the gaps, in order.
pub(crate) fn gap_codes(drained: &Drained) -> Vec<&'static str> {
    drained.gaps.iter().map(|gap| gap.code).collect()
}

/// Codes and places of what could not be read.
pub(crate) fn unreadable(drained: &Drained) -> Vec<(&'static str, String)> {
    drained.unreadable.iter().map(|unreadable| (unreadable.code, unreadable.place.to_string())).collect()
}

/// A folder of real data, or `None` with a line that says so.
pub(crate) fn real_data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIP {name}: the folder of real data is not beside this repository");
    None
}
