//! What is held already, by whoever holds it.

/// Conversations that are held, found by the nodes of their mails.
pub trait Shelf {
    /// Why it could not be read.
    type Error;

    /// The conversation that has this node.
    ///
    /// # Errors
    /// What the store could not do.
    fn find(&self, node: &str) -> Result<Option<String>, Self::Error>;

    /// The document of a conversation, as [`crate::gather`] wrote it.
    ///
    /// # Errors
    /// What the store could not do.
    fn load(&self, conversation: &str) -> Result<Option<String>, Self::Error>;
}
