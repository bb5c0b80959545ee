//! The demo estate: the files that three made-up providers send, and a configuration that reads them.

use crate::load::write_whole;
use anyhow::{Context as _, Result};
use counterfoil_gym::{Estate, Scale, World};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The same seed gives the same estate on every machine.
const SEED: u64 = 20_000;

/// In how long the estate arrives on a first start, so that one can watch.
const ARRIVES_IN: Duration = Duration::from_secs(6);

/// How often the estate is looked at while it arrives, and after.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// The estate, and where it is written to.
pub(crate) struct Demo {
    /// Its configuration.
    pub(crate) config: PathBuf,
    folder: PathBuf,
    estate: Estate,
}

impl Demo {
    /// Makes the estate below `folder`. Unless `at_once`, its files arrive with [`Demo::feed`].
    pub(crate) fn prepare(folder: &Path, at_once: bool) -> Result<Self> {
        let estate = Estate::of(&World::generate(SEED, Scale::default()));
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let config = folder.join("counterfoil.toml");
        let text = format!("data_dir = \".\"\n\n{}", estate.config);
        if std::fs::read_to_string(&config).ok().as_deref() != Some(&text) {
            write_whole(&config, &text)?;
        }
        let demo = Self { config, folder: folder.to_owned(), estate };
        if at_once {
            demo.estate.write(folder)?;
            return Ok(demo);
        }
        // Every source has something from the start: the first step of each of its files, or of the first file of a kind.
        let mut begun = BTreeSet::new();
        for stage in demo.estate.stages() {
            let many = stage.path.starts_with("nordlicht/") || stage.path.ends_with(".xlsx");
            let source =
                if many { stage.path.split_once('/').map_or(stage.path, |(folder, _)| folder) } else { stage.path };
            if begun.insert(source.to_owned()) {
                stage.write(folder)?;
            }
        }
        Ok(demo)
    }

    /// Lets the files arrive in the order in which the providers sent them. Returns whether anything did.
    pub(crate) fn feed(&self, stopped: &dyn Fn() -> bool) -> Result<bool> {
        let stages = self.estate.stages();
        let pause = ARRIVES_IN / u32::try_from(stages.len().max(1)).unwrap_or(u32::MAX);
        let there = self
            .estate
            .files
            .iter()
            .all(|file| std::fs::read(self.folder.join(&file.path)).is_ok_and(|bytes| bytes == file.bytes));
        if there {
            return Ok(false);
        }
        for stage in stages {
            if stopped() {
                return Ok(true);
            }
            stage.write(&self.folder)?;
            std::thread::sleep(pause);
        }
        Ok(true)
    }
}
