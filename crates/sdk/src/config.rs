//! A connector's own part of the configuration, and secrets.

use crate::read::read_table;
use counterfoil_diagnostics::Finding;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeTable;

/// The section `[connector.<instance>]` without what the gateway itself reads (`type`, `mapping`, `party`, …).
///
/// Spans survive into the connector's own struct: use `toml::Spanned<T>` for values that are checked later.
pub struct ConfigSection<'a> {
    /// The configured instance.
    pub instance: &'a str,
    /// Where the section's header stands, for findings about the section as a whole.
    pub at: Range<usize>,
    /// The folder of the config file; relative paths start here.
    pub folder: &'a Path,
    /// What holds for every kind of connector.
    pub settings: &'a InstanceSettings,
    /// The rest of the section.
    pub table: Spanned<DeTable<'a>>,
}

/// Settings of an instance that the gateway reads itself, because connectors and mappings share them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstanceSettings {
    /// The IANA zone of moments that the source writes without an offset: `Europe/Lisbon`, `UTC`.
    pub zone: Option<Spanned<String>>,
    /// How the source orders day, month and year in moments that are not ISO 8601: `dmy`, `mdy` or `ymd`.
    pub dates: Option<Spanned<String>>,
}

impl ConfigSection<'_> {
    /// Reads the section into the connector's own struct (`#[serde(deny_unknown_fields)]`); the findings name every key
    /// that has a problem.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Vec<Finding>> {
        read_table(self.table, self.at)
    }

    /// A path of the configuration, relative to the config file.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }
}

/// Looks up what a secret's name stands for.
pub type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A secret: the configuration holds its name (`env:ACME_TOKEN`, `file:/run/secrets/acme`), memory its value, and nothing prints it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Resolves a name with `env` (for `env:` names) or from a file (for `file:` names).
    pub fn resolve(name: &str, env: &Lookup) -> Result<Self, SecretError> {
        let value = match name.split_once(':') {
            Some(("env", variable)) => {
                env(variable).ok_or_else(|| SecretError(name.to_owned(), "is not set".to_owned()))?
            }
            Some(("file", path)) => {
                std::fs::read_to_string(path).map_err(|error| SecretError(name.to_owned(), error.to_string()))?
            }
            _ => {
                return Err(SecretError(
                    name.to_owned(),
                    "is no secret's name; use `env:NAME` or `file:PATH`".to_owned(),
                ));
            }
        };
        Ok(Self(value.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// A value that came at run time, such as an access token.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// A password that everybody knows, such as a broker's default for its own machine.
    pub fn well_known(value: &'static str) -> Self {
        Self(value.to_owned())
    }

    /// The value, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where secrets live that a source replaces while we run: refresh tokens that rotate.
pub trait TokenStore: Send + Sync {
    /// The secret that was stored last under this name.
    fn load(&self, name: &str) -> io::Result<Option<Secret>>;

    /// Replaces it. The new value is durable when this returns, because the source has forgotten the old one.
    fn store(&self, name: &str, value: &Secret) -> io::Result<()>;
}

/// A secret that cannot be had: its name and why.
#[derive(Debug, thiserror::Error)]
#[error("the secret `{0}` {1}")]
pub struct SecretError(String, String);

impl SecretError {
    /// Whose secret cannot be used, and why; the reason reads after the name.
    pub fn of(name: &str, why: String) -> Self {
        Self(name.to_owned(), why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_names_and_never_print() {
        let env = |name: &str| (name == "TOKEN").then(|| "CANARY".to_owned());
        let secret = Secret::resolve("env:TOKEN", &env).unwrap();
        assert_eq!(secret.expose(), "CANARY");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(Secret::resolve("CANARY", &env).is_err());
    }
}
