//! What strikes now and then, and when. A request that is repeated often enough is answered.

use super::moment::stamp;
use crate::bulk::mix;
use crate::loopback::reply::Reply;
use crate::loopback::serve::http_date;
use crate::servicenow::id::hash_of;
use serde::{Deserialize, Serialize};
use serde_json::json;
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
    /// 429 of the burst limit with `Retry-After: 1`.
    TooManySeconds,
    /// 429 with `Retry-After: 0`, as Data Center says it.
    TooManyZero,
    /// 429 with an HTTP date in `Retry-After`, by the clock of the site.
    TooManyDate,
    /// 429 of the quota with `X-RateLimit-Reset` as an ISO minute and no `Retry-After`.
    TooManyReset,
    /// 429 and no more.
    TooManyMute,
    /// 500 with the body of an API error.
    InternalError,
    /// 502 with HTML.
    BadGateway,
    /// 503 with `Retry-After: 1`.
    Unavailable,
    /// 504 with `{"code":504,…}` of the gateway.
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
        Self { every: 3, times: 2, seed: 0, kinds: Vec::new() }
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
    pub(crate) fn next(&mut self, faults: &Faults, request: &[u8]) -> Option<Fault> {
        if faults.kinds.is_empty() {
            return None;
        }
        let key = mix(hash_of(request) ^ mix(faults.seed));
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
    let json = |status, body: serde_json::Value| Reply::json(status, body.to_string().into_bytes());
    let too_many = |reason: &str| {
        json(429, json!({"errorMessages": ["Rate limit exceeded."], "errors": {}}))
            .with("x-ratelimit-limit", "100")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-nearlimit", "true")
            .with("ratelimit-reason", reason)
    };
    let seconds = now / 1_000;
    Some(match fault {
        Fault::CutChunked | Fault::CutLength => return None,
        Fault::LoginPage => Reply::html(200, "Log in to Jira"),
        Fault::HtmlAsJson => {
            let mut reply = Reply::html(200, "Jira is temporarily unavailable");
            reply.headers = vec![("content-type", "application/json;charset=UTF-8".into())];
            reply
        }
        Fault::TooManySeconds => too_many("jira-burst-based").with("retry-after", "1"),
        Fault::TooManyZero => json(429, json!({"message": "Rate limit exceeded."}))
            .with("x-ratelimit-limit", "30")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-interval-seconds", "1")
            .with("x-ratelimit-fillrate", "10")
            .with("retry-after", "0"),
        Fault::TooManyDate => too_many("jira-burst-based").with("retry-after", http_date(seconds + 1)),
        Fault::TooManyReset => {
            // A minute is what it can say; the one that begins next.
            let minute = stamp((seconds / 60 + 1) * 60_000).strftime("%Y-%m-%dT%H:%MZ").to_string();
            too_many("jira-quota-tenant-based").with("x-ratelimit-reset", minute)
        }
        Fault::TooManyMute => Reply::json(429, Vec::new()),
        Fault::InternalError => json(500, json!({"errorMessages": ["Internal server error"], "errors": {}})),
        Fault::BadGateway => Reply::html(502, "502 Bad Gateway"),
        Fault::Unavailable => {
            json(503, json!({"message": "Service unavailable", "status-code": 503})).with("retry-after", "1")
        }
        Fault::GatewayTimeout => json(504, json!({"code": 504, "message": "Gateway Timeout"})),
    })
}
