//! Records told as logs: `{"rows":[{"@order":"…",…},…]}`.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The member that a connector adds to every row of a log: a text by which the rows of one record are ordered.
pub const ORDER_MEMBER: &str = "@order";

/// A payload that is not the log that [`crate::Form::Log`] describes.
#[derive(Debug)]
pub struct LogError(serde_json::Error);

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a log of rows: {}", self.0)
    }
}

impl std::error::Error for LogError {}

#[derive(Deserialize)]
struct Log<'a> {
    #[serde(borrow)]
    rows: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Order {
    #[serde(rename = "@order")]
    order: String,
}

/// The union of two logs of one record: every row once, ordered by ([`ORDER_MEMBER`], text of the row).
///
/// The result does not depend on which log came first, on the order of their rows, or on how often a row was fed.
pub fn merge_logs(known: &str, pulled: &str) -> Result<String, LogError> {
    let mut rows: Vec<(String, &str)> = Vec::new();
    for log in [known, pulled] {
        let log: Log<'_> = serde_json::from_str(log).map_err(LogError)?;
        for row in log.rows {
            let order: Order = serde_json::from_str(row.get()).map_err(LogError)?;
            rows.push((order.order, row.get()));
        }
    }
    rows.sort_unstable();
    rows.dedup();
    let mut merged = String::with_capacity(known.len() + pulled.len());
    merged.push_str("{\"rows\":[");
    for (at, (_, row)) in rows.iter().enumerate() {
        if at > 0 {
            merged.push(',');
        }
        merged.push_str(row);
    }
    merged.push_str("]}");
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"{"rows":[{"@order":"1","s":"New"},{"@order":"2","s":"Active"}]}"#;
    const NEW: &str = r#"{"rows":[{"@order":"3","s":"Closed"},{"@order":"2","s":"Active"}]}"#;

    #[test]
    fn merging_is_a_union_in_any_order() {
        let merged = merge_logs(OLD, NEW).unwrap();
        assert_eq!(
            merged,
            r#"{"rows":[{"@order":"1","s":"New"},{"@order":"2","s":"Active"},{"@order":"3","s":"Closed"}]}"#
        );
        assert_eq!(merge_logs(NEW, OLD).unwrap(), merged);
        assert_eq!(merge_logs(&merged, OLD).unwrap(), merged);
    }

    #[test]
    fn a_row_without_order_is_an_error() {
        assert!(merge_logs(OLD, r#"{"rows":[{"s":"x"}]}"#).is_err());
    }
}
