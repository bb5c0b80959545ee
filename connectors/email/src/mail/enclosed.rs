//! An attachment out of a mail that is held: the bytes that the payload names by part and hash.

use super::structure;
use crate::record::Limits;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Held<'a> {
    #[serde(borrow)]
    raw: Cow<'a, str>,
    #[serde(borrow)]
    raw_encoding: Cow<'a, str>,
}

/// The decoded content of a part of the mail itself, and not of a mail within it: who sent that nobody knows. Nothing is
/// unpacked, and a payload that this connector did not write has no parts.
pub(crate) fn enclosed(payload: &str, part: &str, limits: &Limits) -> Option<Vec<u8>> {
    let held: Held<'_> = serde_json::from_str(payload).ok()?;
    let mail: Vec<u8> = match held.raw_encoding.as_ref() {
        "utf-8" => held.raw.into_owned().into_bytes(),
        "latin-1" => held.raw.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?,
        _ => return None,
    };
    let parts = structure::parts(&mail, limits, &mut Vec::new()).ok()?;
    let is_meant = |one: &&structure::Part<'_>| {
        one.within == 0 && one.shape == structure::Shape::Leaf && super::bodies::path(one) == part
    };
    Some(super::bodies::content(&mail, parts.iter().find(is_meant)?).0.into_owned())
}
