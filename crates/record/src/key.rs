//! Who a record is: instance, stream and the source's own immutable id.

use std::fmt;
use std::sync::Arc;

/// The identity of a record in its source. Human keys are aliases and never stand here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    /// The configured instance, as the user named it.
    pub instance: Arc<str>,
    /// The stream of that instance.
    pub stream: Arc<str>,
    /// The source's immutable id.
    pub native_id: String,
}

impl RecordKey {
    /// The gateway's id of this record: `instance/stream/native-id`, the same for ever and on every machine.
    ///
    /// In the native id `/`, `%`, white space and control characters are percent-encoded, so that the parts can be told apart.
    pub fn id(&self) -> RecordId {
        let mut id = String::with_capacity(self.instance.len() + self.stream.len() + self.native_id.len() + 2);
        id.push_str(&self.instance);
        id.push('/');
        id.push_str(&self.stream);
        id.push('/');
        for c in self.native_id.chars() {
            if c == '/' || c == '%' || c.is_whitespace() || c.is_control() {
                let mut buffer = [0; 4];
                for byte in c.encode_utf8(&mut buffer).bytes() {
                    id.push_str(&format!("%{byte:02X}"));
                }
            } else {
                id.push(c);
            }
        }
        RecordId(id.into())
    }
}

/// The gateway's own id of a record, see [`RecordKey::id`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(Arc<str>);

impl RecordId {
    /// Takes an id that [`RecordKey::id`] made before, for example from a store.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instance, the stream and the (still encoded) native id.
    pub fn parts(&self) -> (&str, &str, &str) {
        let mut parts = self.0.splitn(3, '/');
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(native_id: &str) -> String {
        RecordKey { instance: "acme".into(), stream: "records".into(), native_id: native_id.into() }.id().to_string()
    }

    #[test]
    fn ids_keep_their_parts_apart() {
        assert_eq!(id("INC1"), "acme/records/INC1");
        assert_eq!(id("a/b c%\n"), "acme/records/a%2Fb%20c%25%0A");
        assert_ne!(id("a/b"), id("a%2Fb"));
    }
}
