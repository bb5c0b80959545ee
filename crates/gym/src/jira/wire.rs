//! What answers have in common: errors in the product's forms, numbers of a page, bodies of requests. It finds nothing.

use super::instance::{Instance, Sight};
use crate::loopback::reply::Reply;
use crate::loopback::request::Request;
use serde_json::{Value, json};

/// One request of somebody who is let in.
pub(crate) struct Asking<'a> {
    pub(crate) request: &'a Request,
    /// The body, where it is a JSON object.
    pub(crate) body: &'a Value,
    /// What the links in an answer begin with, without a slash at its end.
    pub(crate) base: &'a str,
    pub(crate) sight: Sight,
    pub(crate) nth: u64,
}

impl Asking<'_> {
    /// A parameter of the address or of the body; lists with commas between.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.body.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(_)) => self.list(name).join(","),
            Some(Value::Null) | None => self.request.parameter(name).to_owned(),
            Some(other) => other.to_string(),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// A list of the body, or a parameter with commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        match self.body.get(name) {
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
            }
            Some(Value::String(text)) => split(text),
            _ => split(self.request.parameter(name)),
        }
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

pub(crate) fn json_reply(status: u16, body: &Value, rows: u64) -> Reply {
    Reply { rows, ..Reply::json(status, body.to_string().into_bytes()) }
}

/// An error of the platform API.
pub(crate) fn refusal(instance: &Instance, status: u16, messages: &[String]) -> Reply {
    let body = if instance.switches.other_error_form {
        json!({"message": messages.join(" "), "errors": messages, "status-code": status})
    } else {
        json!({"errorMessages": messages, "errors": {}})
    };
    json_reply(status, &body, 0)
}

pub(crate) fn refused(instance: &Instance, status: u16, message: &str) -> Reply {
    refusal(instance, status, &[message.to_owned()])
}

/// An error of the service desk API.
pub(crate) fn desk_refused(status: u16, message: &str) -> Reply {
    let body = json!({
        "errorMessage": message,
        "i18nErrorMessage": {"i18nKey": "sd.agent.servicedesk.error", "parameters": []},
    });
    json_reply(status, &body, 0)
}

/// A page of things that are counted: `startAt`, `maxResults`, `total`, and the part of the list.
pub(crate) fn cut<T>(all: &[T], start: u64, most: u64) -> &[T] {
    let from = (start as usize).min(all.len());
    &all[from..(from + most as usize).min(all.len())]
}

pub(crate) fn bean(asking: &Asking<'_>, values: Vec<Value>, (start, most, total): (u64, u64, u64)) -> Reply {
    let end = start + values.len() as u64;
    let here = format!("{}{}", asking.base, asking.request.path);
    let mut body = json!({
        "self": format!("{here}?startAt={start}&maxResults={most}"),
        "maxResults": most,
        "startAt": start,
        "total": total,
        "isLast": end >= total,
    });
    if end < total {
        body["nextPage"] = format!("{here}?startAt={end}&maxResults={most}").into();
    }
    let rows = values.len() as u64;
    body["values"] = Value::Array(values);
    json_reply(200, &body, rows)
}
