//! What a mapping is made of: its file, the instance's overrides and settings. Kept whole, so that a replay maps as it did then.

use crate::{DateOrder, Mapping, Overrides};
use counterfoil_diagnostics::{Finding, SourceText};
use counterfoil_model::Slug;
use counterfoil_record::Digest;
use serde::{Deserialize, Serialize};

/// Raised whenever the same mapping would read the same payload differently, so that stored digests tell the two apart.
const ENGINE: u32 = 3;

/// What an instance says about itself and its mapping uses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The configured instance.
    pub instance: String,
    /// The party that the instance belongs to.
    pub party: Option<Slug>,
    /// The IANA zone of moments that the source writes without an offset.
    pub zone: Option<String>,
    /// How the source orders day, month and year in moments that are not ISO 8601.
    pub order: Option<DateOrder>,
    /// Mixed into the pseudonyms of persons. Whoever has it can test whether a pseudonym is a given name.
    pub salt: String,
}

/// Everything that a mapping is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingSource {
    /// The mapping file.
    pub file: SourceText,
    /// What the instance changes in it.
    pub overrides: Option<Overrides>,
    /// What the instance says about itself.
    pub settings: Settings,
}

/// What is wrong with a mapping: every problem of one run, kept by the file they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// In the mapping file.
    pub file: Vec<Finding>,
    /// In the file that holds the overrides (the configuration); places are bytes of that file.
    pub overrides: Vec<Finding>,
}

impl Problems {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Finding> {
        self.file.iter().chain(&self.overrides)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.file.is_empty() && self.overrides.is_empty()
    }
}

/// A stored mapping that cannot be used any more.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// It is not what [`Mapping::stored`] writes.
    #[error("the stored mapping is not readable")]
    Unreadable(#[from] serde_json::Error),
    /// This version of the program finds errors in it.
    #[error("the stored mapping has {} problems, first: {}", .0.all().count(), .0.all().next().map_or("", |f| &f.message))]
    Problems(Problems),
}

impl MappingSource {
    pub(crate) fn digest(&self) -> Digest {
        let overrides = self.overrides.as_ref().map_or("", |overrides| &overrides.text);
        let settings = serde_json::to_string(&StoredSettings::of(&self.settings)).expect("settings are always JSON");
        let parts = [&ENGINE.to_be_bytes()[..], self.file.text.as_bytes(), overrides.as_bytes(), settings.as_bytes()];
        Digest::of_parts(&parts)
    }

    pub(crate) fn stored(&self) -> String {
        let stored = Stored {
            engine: ENGINE,
            name: self.file.name.to_string(),
            text: self.file.text.to_string(),
            overrides: self.overrides.clone(),
            settings: StoredSettings::of(&self.settings),
        };
        serde_json::to_string(&stored).expect("a mapping is always JSON")
    }
}

impl Mapping {
    /// The mapping that [`Mapping::stored`] wrote.
    pub fn from_stored(text: &str) -> Result<Mapping, StoredError> {
        let stored: Stored = serde_json::from_str(text)?;
        let source = MappingSource {
            file: SourceText { name: stored.name.into(), text: stored.text.into() },
            overrides: stored.overrides,
            settings: stored.settings.into_settings(),
        };
        Mapping::compile(&source).map_err(StoredError::Problems)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    engine: u32,
    name: String,
    text: String,
    overrides: Option<Overrides>,
    settings: StoredSettings,
}

#[derive(Serialize, Deserialize)]
struct StoredSettings {
    instance: String,
    party: Option<String>,
    zone: Option<String>,
    order: Option<String>,
    salt: String,
}

impl StoredSettings {
    fn of(settings: &Settings) -> Self {
        Self {
            instance: settings.instance.clone(),
            party: settings.party.as_ref().map(|party| party.as_str().to_owned()),
            zone: settings.zone.clone(),
            order: settings.order.map(|order| order.name().to_owned()),
            salt: settings.salt.clone(),
        }
    }

    fn into_settings(self) -> Settings {
        Settings {
            instance: self.instance,
            party: self.party.map(|party| Slug::of(&party)),
            zone: self.zone,
            order: self.order.as_deref().and_then(DateOrder::parse),
            salt: self.salt,
        }
    }
}
