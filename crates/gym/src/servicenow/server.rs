//! The instance on loopback: HTTP/1.1, one instance, one account. It keeps no data of its own but tokens and counters.

use super::answer::{Asking, answer};
use super::faults::{Fault, Strikes};
use super::instance::Instance;
use super::oauth::{Entry, Tokens};
use super::switches::Switches;
use crate::loopback::pack::packed;
use crate::loopback::reply::{Reply, Sent};
use crate::loopback::request::Request;
use crate::loopback::serve::{self, Meter, accept, http_date, lock};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, as a rule.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// As it came, still encoded.
    pub query: String,
    /// The parameters, decoded.
    pub parameters: BTreeMap<String, String>,
    /// What was answered.
    pub status: u16,
    /// Rows in the answer.
    pub rows: u64,
}

/// A running server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    desk: Arc<Desk>,
    task: JoinHandle<()>,
}

/// What all connections share.
#[derive(Debug)]
struct Desk {
    instance: Arc<Mutex<Instance>>,
    base: String,
    state: Mutex<State>,
    meter: Meter,
}

#[derive(Debug, Default)]
struct State {
    tokens: Tokens,
    strikes: Strikes,
    seen: Vec<Seen>,
    asked: u64,
    /// Those for pages of records, by table.
    asked_records: BTreeMap<&'static str, u64>,
}

impl Server {
    /// On a free port of loopback.
    pub async fn start(instance: Arc<Mutex<Instance>>, switches: Switches) -> io::Result<Self> {
        Self::start_on((Ipv4Addr::LOCALHOST, 0).into(), instance, switches).await
    }

    /// On this address.
    pub async fn start_on(address: SocketAddr, instance: Arc<Mutex<Instance>>, switches: Switches) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        lock(&instance).set_switches(switches);
        let desk = Arc::new(Desk {
            instance,
            base: format!("http://{}", listener.local_addr()?),
            state: Mutex::default(),
            meter: Meter::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&desk)));
        Ok(Self { desk, task })
    }

    /// `http://127.0.0.1:…`, without a slash at its end.
    pub fn url(&self) -> String {
        self.desk.base.clone()
    }

    /// The instance that it serves.
    pub fn instance(&self) -> Arc<Mutex<Instance>> {
        Arc::clone(&self.desk.instance)
    }

    /// Every request so far, in the order of the answers.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.desk.state).seen.clone()
    }

    /// How many requests named a table, by table; other paths count as themselves.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for seen in &lock(&self.desk.state).seen {
            let table = super::answer::Route::of(&seen.path).map(|route| route.table().to_owned());
            *counts.entry(table.unwrap_or_else(|| seen.path.clone())).or_default() += 1;
        }
        counts
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.desk.state).seen.clear();
    }

    /// Turns the switches; faults strike anew.
    pub fn set_switches(&self, switches: Switches) {
        lock(&self.desk.instance).set_switches(switches);
        lock(&self.desk.state).strikes.forget();
    }

    /// Time that the simulator spent on making answers, without sending them.
    pub fn busy(&self) -> Duration {
        self.desk.meter.busy()
    }

    /// Bytes of all answers, packed as they were sent, without their headers.
    pub fn sent_bytes(&self) -> u64 {
        self.desk.meter.sent_bytes()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl serve::Desk for Desk {
    fn reply(&self, request: &Request) -> (Reply, usize) {
        let mut instance = lock(&self.instance);
        let mut state = lock(&self.state);
        state.asked += 1;
        let nth = state.asked;
        let mut reply = self.decide(&mut instance, &mut state, request, nth);
        if !instance.switches.date_missing {
            reply.headers.push(("date", http_date(instance.now_secs)));
        }
        state.seen.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            parameters: request.parameters.clone(),
            status: reply.status,
            rows: reply.rows,
        });
        let reply = packed(reply, request);
        (reply, instance.switches.drip_bytes as usize)
    }

    fn meter(&self) -> &Meter {
        &self.meter
    }
}

impl Desk {
    fn decide(&self, instance: &mut Instance, state: &mut State, request: &Request, nth: u64) -> Reply {
        if request.path == "/oauth_token.do" {
            return state.tokens.give(instance, request);
        }
        let key = format!("{} {}?{}", request.method, request.path, request.query);
        let fault = state.strikes.next(&instance.switches.faults, &key);
        if let Some(reply) = fault.and_then(|fault| instead(fault, instance.now_secs)) {
            return reply;
        }
        if state.tokens.entry(instance, request) == Entry::Refused {
            let reply = Reply::error(401, "User Not Authenticated", "Required to provide Auth information");
            return reply.with("www-authenticate", "BASIC realm=\"Service-now\"");
        }
        let moving = instance.switches.moving_every;
        if let Some(table) = Instance::record_tables().find(|table| is_page_of(&request.path, table)) {
            let asked = state.asked_records.entry(table).or_default();
            *asked += 1;
            if moving > 0 && asked.is_multiple_of(u64::from(moving)) {
                let mut dice = instance.dice.clone();
                instance.mutate_in(table, &mut dice);
                instance.dice = dice;
                instance.advance(1);
            }
        }
        // Links name the host that was asked, which may be a proxy's.
        let host = Some(request.header("host")).filter(|host| !host.is_empty());
        let base = host.map_or_else(|| self.base.clone(), |host| format!("http://{host}"));
        let mut reply = answer(instance, &Asking { request, base: &base, nth });
        match fault {
            Some(Fault::CutChunked) => reply.sent = Sent::CutChunked,
            Some(Fault::CutLength) => reply.sent = Sent::CutLength,
            _ => {}
        }
        reply
    }
}

/// Whether a request is for a page of a table.
fn is_page_of(path: &str, table: &str) -> bool {
    path.strip_suffix(table).is_some_and(|rest| rest.ends_with("/table/"))
}

/// What comes instead of an answer; `None` for a fault that only spoils the answer.
fn instead(fault: Fault, now_secs: i64) -> Option<Reply> {
    let too_many = || Reply::error(429, "Rate limit exceeded", "Rejected by a rate limit rule");
    Some(match fault {
        Fault::CutChunked | Fault::CutLength => return None,
        Fault::LoginPage => Reply::html(200, "Log in"),
        Fault::HibernationPage => Reply::html(200, "Your instance is hibernating"),
        Fault::HtmlAsJson => {
            let mut reply = Reply::html(200, "Instance is currently offline");
            reply.headers = vec![("content-type", "application/json;charset=UTF-8".into())];
            reply
        }
        Fault::TooManyReset => too_many()
            .with("x-ratelimit-limit", "100")
            .with("x-ratelimit-reset", (now_secs + 1).to_string())
            .with("x-ratelimit-rule", "c1f0e2a4d6b84c0e9f1a2b3c4d5e6f70"),
        Fault::TooManySeconds => too_many().with("retry-after", "1"),
        Fault::TooManyDate => too_many().with("retry-after", http_date(now_secs + 1)),
        Fault::TooManyMute => too_many(),
        Fault::InternalError => Reply::error(500, "Internal error", "The request could not be processed"),
        Fault::BadGateway => Reply::html(502, "502 Bad Gateway"),
        Fault::Unavailable => Reply::error(503, "Service unavailable", "No semaphore is free").with("retry-after", "1"),
    })
}
