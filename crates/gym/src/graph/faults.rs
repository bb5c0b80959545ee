//! What strikes now and then, and when. A request that is repeated often enough is answered.

use super::wire::error;
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::loopback::serve::http_date;
use crate::servicenow::id::hash_of;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Something that an answer can be instead of what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A chunked body without its last chunk.
    CutChunked,
    /// A body that is shorter than its `Content-Length`.
    CutLength,
    /// HTML with 200.
    LoginPage,
    /// HTML with 200 that calls itself `application/json`.
    HtmlAsJson,
    /// 429 with `Retry-After: 1`.
    TooManySeconds,
    /// 429 with an HTTP date in `Retry-After`, by the clock of the service.
    TooManyDate,
    /// 429 and no more.
    TooManyMute,
    /// 500 with the body of an API error.
    InternalError,
    /// 502 with HTML.
    BadGateway,
    /// 503 with `Retry-After: 1`.
    Unavailable,
    /// 503 and no more.
    UnavailableMute,
    /// 504 with the body of an API error.
    GatewayTimeout,
}

/// How often, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Of all different requests, one in so many is struck.
    pub every: u32,
    /// So many times, then it is answered.
    pub times: u32,
    /// Decides which requests are struck.
    pub seed: u64,
    /// One of these strikes.
    pub kinds: Vec<Fault>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { every: 5, times: 2, seed: 0, kinds: Vec::new() }
    }
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        if !self.kinds.contains(&fault) {
            self.kinds.push(fault);
        }
    }

    /// Only this, at every request, so many times each.
    pub fn always(fault: Fault, times: u32) -> Self {
        Self { every: 1, times, seed: 0, kinds: vec![fault] }
    }
}

/// How often each request was struck.
#[derive(Debug, Default)]
pub(crate) struct Strikes(HashMap<u64, u32>);

impl Strikes {
    /// What strikes this request, if anything.
    pub(crate) fn next(&mut self, faults: &Faults, request: &str) -> Option<Fault> {
        if faults.kinds.is_empty() {
            return None;
        }
        let key = mix(hash_of(request.as_bytes()) ^ mix(faults.seed));
        if !key.is_multiple_of(u64::from(faults.every.max(1))) {
            return None;
        }
        let struck = self.0.entry(key).or_default();
        if *struck >= faults.times {
            return None;
        }
        *struck += 1;
        Some(faults.kinds[(mix(key) % faults.kinds.len() as u64) as usize])
    }

    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}

/// What comes instead of an answer; `None` for a fault that only spoils the answer.
pub(crate) fn instead(fault: Fault, now: i64) -> Option<Reply> {
    let too_many = || error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.");
    let unavailable = || error(503, "serviceNotAvailable", "The service is temporarily unavailable.");
    Some(match fault {
        Fault::CutChunked | Fault::CutLength => return None,
        Fault::LoginPage => Reply::html(200, "Sign in to your account"),
        Fault::HtmlAsJson => {
            let mut reply = Reply::html(200, "We are sorry");
            reply.headers = vec![("content-type", "application/json;charset=UTF-8".into())];
            reply
        }
        Fault::TooManySeconds => too_many().with("retry-after", "1"),
        Fault::TooManyDate => too_many().with("retry-after", http_date(now + 1)),
        Fault::TooManyMute => too_many(),
        Fault::InternalError => error(500, "ErrorInternalServerError", "An internal server error occurred."),
        Fault::BadGateway => Reply::html(502, "502 Bad Gateway"),
        Fault::Unavailable => unavailable().with("retry-after", "1"),
        Fault::UnavailableMute => unavailable(),
        Fault::GatewayTimeout => error(504, "UnknownError", "The operation timed out."),
    })
}
