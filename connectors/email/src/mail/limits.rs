//! What a mail may be before it is refused.

/// Bounds that hold before anything of a mail is decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Of the whole mail.
    pub(crate) mail_bytes: usize,
    /// Levels of parts and nested mails.
    pub(crate) depth: usize,
    /// Parts, multiparts and nested mails included.
    pub(crate) parts: usize,
    /// Of the head of one part.
    pub(crate) header_bytes: usize,
    /// Fields in the head of one part.
    pub(crate) headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { mail_bytes: 25 << 20, depth: 20, parts: 500, header_bytes: 64 << 10, headers: 1000 }
    }
}
