//! One mail, from its bytes to the payload of its record.
//!
//! The bytes are an attacker's: what a mail may be is checked before anything is decoded (`structure`), nothing recurses,
//! and nothing is unpacked. It never knows where a mail came from.

mod bodies;
mod charset;
mod enclosed;
mod evidence;
mod fields;
mod flowed;
mod html;
mod moments;
mod parameters;
mod payload;
mod phrases;
mod replies;
mod structure;
mod transfer;
mod words;

use crate::record::Limits;
pub(crate) use enclosed::enclosed;
use jiff::Timestamp;

/// Why a mail is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Stable code: `email::too-deep`.
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    pub(crate) remedy: &'static str,
}

/// The payload of a mail, as JSON text. The same bytes always give the same payload; `internal_date`, when a server says
/// it, counts only for a mail that says no time itself.
pub(crate) fn read(mail: &[u8], internal_date: Option<Timestamp>, limits: &Limits) -> Result<String, Refused> {
    if mail.len() as u64 > limits.mail_bytes {
        let (has, most) = (mail.len(), limits.mail_bytes);
        return Err(refuse("email::too-large", format!("the mail has {has} bytes, more than {most}")));
    }
    if mail.trim_ascii().is_empty() {
        return Err(refuse("email::no-header", "there is nothing in it".to_owned()));
    }
    let mut notes = Vec::new();
    let parts = structure::parts(mail, limits, &mut notes)?;
    let Some(root) = parts.first().filter(|root| !root.fields.is_empty()) else {
        return Err(refuse("email::no-header", "no line of it is a header field".to_owned()));
    };
    if root.fields.has_stray_lines {
        notes.push("header-damaged");
    }
    payload::write(mail, internal_date, &parts, limits, notes)
}

fn refuse(code: &'static str, reason: String) -> Refused {
    let remedy = match code {
        "email::no-header" => "look at its bytes with `counterfoil quarantine show`: is it a mail at all?",
        "email::too-large" => "raise `mail_mb` if it is a true mail",
        _ => "look at its bytes with `counterfoil quarantine show`; mails that people write are not like this",
    };
    Refused { code, reason, remedy }
}

/// Cuts a text to so many bytes, between characters; whether it did.
fn cut(text: &mut String, most_bytes: usize) -> bool {
    let is_longer = text.len() > most_bytes;
    let end = (0..=most_bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    is_longer
}

#[cfg(test)]
#[path = "mail/tests.rs"]
mod tests;

#[cfg(test)]
#[path = "mail/real_data.rs"]
mod real_data;
