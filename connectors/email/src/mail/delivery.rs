//! Reports on the delivery of a mail (RFC 3464).

use super::fields::content_type;
use super::parts::part_bytes;
use super::payload::Delivery;
use mail_parser::{Message, PartType};

/// Recipients that one report is about and that are kept; more are in the mail itself.
const MOST_RECIPIENTS: usize = 50;

/// What a report says about each recipient; empty for a mail that is no report.
pub(crate) fn read(message: &Message<'_>) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    let mut original = None;
    for part in &message.parts {
        match content_type(part).as_str() {
            "message/delivery-status" | "message/global-delivery-status" => {
                deliveries.extend(groups(&String::from_utf8_lossy(&part_bytes(message, part))));
            }
            "message/rfc822" | "message/global" => {
                if let PartType::Message(inner) = &part.body {
                    original = original.or_else(|| inner.message_id().map(str::to_owned));
                }
            }
            "text/rfc822-headers" | "message/rfc822-headers" => {
                let text = String::from_utf8_lossy(&part_bytes(message, part)).into_owned();
                original =
                    original.or_else(|| field(&text, "message-id").map(|id| id.trim_matches(['<', '>']).to_owned()));
            }
            _ => {}
        }
    }
    deliveries.truncate(MOST_RECIPIENTS);
    for delivery in &mut deliveries {
        delivery.original_message_id.clone_from(&original);
    }
    deliveries
}

/// One group of fields for each recipient; the first is about the mail as a whole.
fn groups(text: &str) -> Vec<Delivery> {
    let text = text.replace("\r\n", "\n");
    let groups = text.split("\n\n").take(MOST_RECIPIENTS + 1);
    groups
        .filter_map(|group| {
            let address = |value: String| value.rsplit(';').next().unwrap_or("").trim().to_owned();
            let recipient = field(group, "final-recipient").or_else(|| field(group, "original-recipient"))?;
            let action = field(group, "action").map(|action| action.to_ascii_lowercase());
            let status = field(group, "status").map(|status| status.split_whitespace().next().unwrap_or("").to_owned());
            Some(Delivery { action, status, recipient: Some(address(recipient)), original_message_id: None })
        })
        .collect()
}

/// The value of a field, unfolded.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let first = lines.find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then_some(value)
    })?;
    let mut value = first.trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(line.trim());
    }
    Some(value)
}
