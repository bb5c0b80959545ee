//! The mail that brought a record: in its body, or as a file that was attached to it.

use super::Context;
use anyhow::Result;
use counterfoil_pipeline::ports::StoredVersion;
use counterfoil_pipeline::{Makes, Origin, origin_node};
use counterfoil_record::{RecordId, RecordKey};
use serde_json::{Value, json};

/// The mail, as far as it is held.
struct Mail {
    id: RecordId,
    part: String,
    message_id: Option<String>,
    sender: Option<String>,
    subject: Option<String>,
    sha256: Option<String>,
}

/// In one line; nothing when no mail brought it.
pub(super) fn in_words(context: &Context<'_>, id: &RecordId, version: &StoredVersion) -> Result<String> {
    let Some(mail) = find(context, id, version)? else { return Ok(String::new()) };
    let part = if mail.part.is_empty() { String::new() } else { format!(", part {}", mail.part) };
    let mut text = format!("the mail {}{part}", mail.id);
    for (name, said) in [("from", &mail.sender), ("subject", &mail.subject), ("Message-ID", &mail.message_id)] {
        if let Some(said) = said {
            text.push_str(&format!("; {name} {said}"));
        }
    }
    Ok(text)
}

pub(super) fn as_json(context: &Context<'_>, id: &RecordId, version: &StoredVersion) -> Result<Option<Value>> {
    let mail = find(context, id, version)?.map(|mail| {
        json!({
            "mail": mail.id.as_str(), "part": mail.part, "message_id": mail.message_id, "from": mail.sender,
            "subject": mail.subject, "sha256": mail.sha256,
        })
    });
    Ok(mail)
}

fn find(context: &Context<'_>, id: &RecordId, version: &StoredVersion) -> Result<Option<Mail>> {
    let ledger = context.gateway.ledger.as_ref();
    let (instance, stream, _) = id.parts();
    for source in &context.gateway.sources {
        let Some(gathering) = source.gathering.as_ref() else { continue };
        let Makes::Reports(routes) = &gathering.makes else { continue };
        let is_body = source.instance.as_ref() == instance && source.stream.name == stream;
        let origin = if is_body {
            Some(Origin { mail: version.place.container.to_string(), part: String::new() })
        } else if routes.iter().any(|route| route.to.as_ref() == instance) {
            let node = origin_node(instance, &version.place.container);
            ledger.gathered(&source.instance, &node)?.map(|held| Origin::parse(&held))
        } else {
            None
        };
        let Some(Origin { mail, part }) = origin else { continue };
        let key = RecordKey { instance: source.instance.clone(), stream: gathering.from.into(), native_id: mail };
        let id = key.id();
        let held = ledger.head(&id)?.map(|head| ledger.version(head.at)).transpose()?;
        let raw: Value = match &held {
            Some(held) => serde_json::from_str(held.raw.as_str()).unwrap_or(Value::Null),
            None => Value::Null,
        };
        let said = |pointer: &str| raw.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        return Ok(Some(Mail {
            id,
            part,
            message_id: said("/message_id"),
            sender: said("/from/0/address"),
            subject: said("/subject"),
            sha256: said("/sha256"),
        }));
    }
    Ok(None)
}
