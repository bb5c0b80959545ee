//! Real data, which lies beside the repository and not in it.

use std::path::{Path, PathBuf};

/// A file of the real data; `None` with a line that says so where it is not at hand.
pub(crate) fn file(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("SKIP the real data `{name}` is not at hand; it lies in `shared/data` beside the repository");
    None
}

/// The same, read, and unpacked where it is packed.
pub(crate) fn bytes(name: &str) -> Option<Vec<u8>> {
    let read = std::fs::read(file(name)?).unwrap();
    Some(if name.ends_with(".zst") { zstd::decode_all(read.as_slice()).unwrap() } else { read })
}

/// The same as JSON.
pub(crate) fn json(name: &str) -> Option<serde_json::Value> {
    Some(serde_json::from_slice(&bytes(name)?).unwrap())
}
