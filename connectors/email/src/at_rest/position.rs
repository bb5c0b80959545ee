//! Where a pass over a folder stands.
//!
//! It does not grow with the mails: beside a moment and one path it holds one entry for every mbox file, and the files that
//! could not be read (at most [`MOST_FAILED`]).

use counterfoil_record::Position;
use counterfoil_sdk::PullErrorKind;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// Files that are remembered by name because they could not be read. When there are more, everything is looked at again.
pub(crate) const MOST_FAILED: usize = 100;

const VERSION: u32 = 1;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    v: u32,
    /// Which folder this is a place of.
    of: String,
    /// Files that changed at or before this moment have been read by earlier passes: nanoseconds since 1970.
    pub(crate) from: i64,
    /// The file that this pass has read last, with the moment of its change.
    pub(crate) after: Option<(i64, String)>,
    /// How far mbox files have been read, by path.
    pub(crate) boxes: BTreeMap<String, Mark>,
    /// Files that could not be read, by path.
    pub(crate) failed: BTreeSet<String>,
    /// When this pass began, nanoseconds since 1970: files as young as that may have been overlooked or left alone by it.
    #[serde(default)]
    pub(crate) began: Option<i64>,
    /// Files that this pass has left alone, because they may not be complete.
    #[serde(default)]
    pub(crate) unsettled: u64,
}

/// How far an mbox file has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Bytes.
    pub(crate) at: u64,
    /// A digest of what stands before: when the file was written anew, it is read from its beginning.
    pub(crate) proof: String,
}

impl Place {
    /// Reads a position; one of another folder, or of none that is known here, has expired.
    pub(crate) fn read(position: &Position, root: &Path) -> Result<Self, PullErrorKind> {
        let of = counterfoil_record::Digest::of(root.as_os_str().as_bytes()).short();
        if position.0.is_empty() {
            let (boxes, failed) = (BTreeMap::new(), BTreeSet::new());
            return Ok(Self { v: VERSION, of, from: i64::MIN, after: None, boxes, failed, began: None, unsettled: 0 });
        }
        match serde_json::from_str::<Self>(&position.0) {
            Ok(place) if place.v == VERSION && place.of == of => Ok(place),
            Ok(_) | Err(_) => Err(PullErrorKind::PositionExpired),
        }
    }

    /// As text.
    pub(crate) fn write(&self) -> Position {
        Position(serde_json::to_string(self).expect("a place is texts and numbers"))
    }
}

/// A path as text, whatever bytes it is made of.
pub(crate) fn text_of(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("\0{}", HEXLOWER.encode(path.as_os_str().as_bytes())),
    }
}

/// What [`text_of`] wrote.
pub(crate) fn path_of(text: &str) -> PathBuf {
    let bytes = text.strip_prefix('\0').and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok());
    match bytes {
        Some(bytes) => std::ffi::OsString::from_vec(bytes).into(),
        None => OsStr::new(text).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_whatever_they_are_made_of() {
        for bytes in [&b"cur/1.a:2,S"[..], b"\xff\xfe/x", "ä/ö".as_bytes(), b""] {
            let path = PathBuf::from(OsStr::from_bytes(bytes));
            assert_eq!(path_of(&text_of(&path)), path);
        }
    }

    #[test]
    fn a_place_of_another_folder_has_expired() {
        let here = Place::read(&Position::default(), Path::new("/here")).unwrap();
        assert_eq!(Place::read(&here.write(), Path::new("/here")).unwrap(), here);
        assert!(matches!(Place::read(&here.write(), Path::new("/there")), Err(PullErrorKind::PositionExpired)));
        assert!(matches!(
            Place::read(&Position("nonsense".to_owned()), Path::new("/here")),
            Err(PullErrorKind::PositionExpired)
        ));
    }
}
