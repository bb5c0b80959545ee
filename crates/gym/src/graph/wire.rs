//! Answers in the forms of the API. It finds nothing.

use crate::loopback::reply::Reply;
use serde_json::{Value, json};

/// An error as OData has it.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"error": {
        "code": code,
        "message": message,
        "innerError": {"date": "2026-06-30T22:00:00", "request-id": "6f0c1f5e-0000-4000-8000-000000000000"},
    }});
    Reply::json(status, body.to_string().into_bytes())
}

/// What the API says to whoever asks for something that is not there.
pub(crate) fn not_found() -> Reply {
    error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
}

pub(crate) fn json_reply(body: &Value, rows: u64) -> Reply {
    let mut reply = Reply { rows, ..Reply::json(200, body.to_string().into_bytes()) };
    let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    reply.headers = vec![("content-type", kind.to_owned())];
    reply
}
