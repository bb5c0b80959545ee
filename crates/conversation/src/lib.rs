//! Conversations.
#![forbid(unsafe_code)]
