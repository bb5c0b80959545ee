//! The service on loopback: HTTP/1.1, one directory, one mailbox. It keeps no data of its own but tokens and counters.

use super::entry::Tokens;
use super::faults::{Fault, Strikes, instead};
use super::instance::Instance;
use super::links::Links;
use super::route::{Asking, answer};
use super::switches::Switches;
use super::wire::error;
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
    /// `GET`, or `POST` for tokens.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The header `Prefer`.
    pub prefer: String,
    /// What was answered.
    pub status: u16,
    /// Things in the answer.
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
    links: Links,
    strikes: Strikes,
    seen: Vec<Seen>,
    asked: u64,
    /// Requests that would have changed something.
    writes: u64,
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
        let base = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk { instance, base, state: Mutex::default(), meter: Meter::default() });
        let task = tokio::spawn(accept(listener, Arc::clone(&desk)));
        Ok(Self { desk, task })
    }

    /// The service: `http://127.0.0.1:…`, without a slash at its end. The API is below it, in `/v1.0`.
    pub fn url(&self) -> String {
        self.desk.base.clone()
    }

    /// Where tokens are had.
    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/v2.0/token", self.desk.base, lock(&self.desk.instance).account.tenant)
    }

    /// The mailbox that it serves.
    pub fn instance(&self) -> Arc<Mutex<Instance>> {
        Arc::clone(&self.desk.instance)
    }

    /// Every request so far, in the order of the answers.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.desk.state).seen.clone()
    }

    /// How many requests there were, by what they asked for: `delta`, `$value`, `mailFolders`, `token`.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for seen in &lock(&self.desk.state).seen {
            let what = ["$value", "delta", "mailFolders", "token"].into_iter().find(|what| seen.path.contains(what));
            *counts.entry(what.map_or_else(|| seen.path.clone(), str::to_owned)).or_default() += 1;
        }
        counts
    }

    /// How many requests would have changed something; every one of them was refused.
    pub fn writes(&self) -> u64 {
        lock(&self.desk.state).writes
    }

    /// The most connections that were open at once.
    pub fn most_connections(&self) -> u64 {
        self.desk.meter.most_connections()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        let mut state = lock(&self.desk.state);
        state.seen.clear();
        state.asked = 0;
    }

    /// Bytes of all answers as they were sent, without their headers.
    pub fn sent_bytes(&self) -> u64 {
        self.desk.meter.sent_bytes()
    }

    /// Turns the switches; faults strike anew.
    pub fn set_switches(&self, switches: Switches) {
        lock(&self.desk.instance).set_switches(switches);
        let mut state = lock(&self.desk.state);
        state.strikes.forget();
        state.asked = 0;
    }

    /// Time that the simulator spent on making answers, without sending them.
    pub fn busy(&self) -> Duration {
        self.desk.meter.busy()
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
        let mut reply = self.decide(&mut instance, &mut state, request);
        reply.headers.push(("date", http_date(instance.now)));
        state.seen.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            prefer: request.header("prefer").to_owned(),
            status: reply.status,
            rows: reply.rows,
        });
        (reply, instance.switches.drip_bytes as usize)
    }

    fn meter(&self) -> &Meter {
        &self.meter
    }
}

impl Desk {
    fn decide(&self, instance: &mut Instance, state: &mut State, request: &Request) -> Reply {
        if instance.switches.ends_after > 0 && state.asked > instance.switches.ends_after {
            return error(500, "ErrorInternalServerError", "An internal server error occurred.");
        }
        if request.path == format!("/{}/oauth2/v2.0/token", instance.account.tenant) {
            return state.tokens.give(instance, request);
        }
        if request.method != "GET" {
            state.writes += 1;
            return error(405, "BadRequest", "This mailbox is read only.");
        }
        let key = format!("{}?{}", request.path, request.query);
        let fault = state.strikes.next(&instance.switches.faults, &key);
        if let Some(reply) = fault.and_then(|fault| instead(fault, instance.now)) {
            return reply;
        }
        if let Some(reply) = state.tokens.entry(instance, request) {
            return reply;
        }
        let every = u64::from(instance.switches.moving_every);
        if every > 0 && state.asked.is_multiple_of(every) {
            let mut dice = instance.dice.clone();
            instance.mutate(&mut dice);
            instance.dice = dice;
        }
        // Links name the host that was asked, which may be a proxy's.
        let host = Some(request.header("host")).filter(|host| !host.is_empty());
        let base = host.map_or_else(|| self.base.clone(), |host| format!("http://{host}"));
        let mut reply = answer(instance, &mut state.links, &Asking { request, base: &base });
        match fault {
            Some(Fault::CutChunked) => reply.sent = Sent::CutChunked,
            Some(Fault::CutLength) => reply.sent = Sent::CutLength,
            _ => {}
        }
        reply
    }
}
