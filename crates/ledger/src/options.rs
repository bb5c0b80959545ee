//! What can be chosen about a ledger.

/// When a commit counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// When it is on disk (`fdatasync`): a power loss does not take it back.
    #[default]
    Disk,
    /// When the operating system has it: `kill -9` does not take it back, a power loss may. For tests and throw-away ledgers.
    Process,
}

/// What can be chosen when a ledger is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// For blocks of the store. The pages themselves are cached by the operating system.
    pub cache_bytes: u64,
    /// For pages that are read again and again, decompressed.
    pub decoded_bytes: usize,
    /// When a commit counts as done.
    pub durability: Durability,
}

impl Default for Options {
    fn default() -> Self {
        Self { cache_bytes: 6 << 20, decoded_bytes: 4 << 20, durability: Durability::Disk }
    }
}
