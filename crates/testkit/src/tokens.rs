//! Tokens in memory, for connectors that are handed new ones by their source.

use counterfoil_sdk::{Secret, TokenStore};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A store that forgets everything when it is dropped. A lock is good even when a test that held it has failed.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<BTreeMap<String, Secret>>);

impl TokenStore for MemoryTokens {
    fn load(&self, name: &str) -> std::io::Result<Option<Secret>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn store(&self, name: &str, value: &Secret) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.clone());
        Ok(())
    }
}
