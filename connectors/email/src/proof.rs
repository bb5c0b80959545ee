//! What holds for every run of bytes, for fuzzing and for replaying what fuzzing has found.

use crate::mail;
use crate::record::{Limits, id_of};
use serde_json::Value;

/// Reads bytes as a mail: twice alike, as one JSON object that has the bytes in it. Gives id and payload when it is a mail.
///
/// # Panics
///
/// When any of that does not hold.
pub fn reads_alike(bytes: &[u8]) -> Option<(String, String)> {
    let limits = Limits::default();
    let payload = mail::read(bytes, None, &limits).ok()?;
    assert_eq!(mail::read(bytes, None, &limits).ok().as_ref(), Some(&payload), "the same bytes make the same payload");
    let read: Value = serde_json::from_str(&payload).expect("a payload is JSON");
    let raw = read["raw"].as_str().expect("the mail is in it");
    let is_whole = match read["raw_encoding"].as_str() {
        Some("latin-1") => raw.chars().map(u32::from).eq(bytes.iter().map(|byte| u32::from(*byte))),
        _ => raw.as_bytes() == bytes,
    };
    assert!(is_whole, "the mail is in it to the byte");
    for text in ["text", "new_text", "quoted_text", "signature"] {
        assert!(read[text].as_str().unwrap_or_default().len() <= (64 << 10) + 4, "{text} has a limit");
    }
    Some((id_of(bytes), payload))
}
