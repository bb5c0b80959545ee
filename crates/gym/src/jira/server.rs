//! The site on loopback: HTTP/1.1, one site, one account. It keeps no data of its own but tokens and counters.

use super::entry::{Entry, Tokens};
use super::faults::{Fault, Strikes, instead};
use super::instance::Instance;
use super::route::{answer, below_gateway, family, is_search};
use super::switches::Switches;
use super::wire::{Asking, json_reply};
use crate::loopback::pack::packed;
use crate::loopback::reply::{Reply, Sent};
use crate::loopback::request::Request;
use crate::loopback::serve::{self, Meter, accept, http_date, lock};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `GET` or `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The parameters of the address, decoded.
    pub parameters: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
    /// The JQL of a search, from the address or the body; empty otherwise.
    pub jql: String,
    /// What was answered.
    pub status: u16,
    /// Things in the answer: issues, histories, comments.
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
    searched: u64,
    /// Walks whose token was refused once.
    died: BTreeSet<u64>,
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

    /// The site: `http://127.0.0.1:…`, without a slash at its end. OAuth is below it as well: `/oauth/token`.
    pub fn url(&self) -> String {
        self.desk.base.clone()
    }

    /// The same site behind the gateway: `http://127.0.0.1:…/ex/jira/{cloudId}`.
    pub fn gateway_url(&self) -> String {
        format!("{}/ex/jira/{}", self.desk.base, lock(&self.desk.instance).account.cloud_id)
    }

    /// The site that it serves.
    pub fn instance(&self) -> Arc<Mutex<Instance>> {
        Arc::clone(&self.desk.instance)
    }

    /// Every request so far, in the order of the answers.
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.desk.state).seen.clone()
    }

    /// How many requests there were, by what they asked for: `search`, `issue`, `changelog`, `comment`, `request`,
    /// `sla`, …; other paths count as themselves.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for seen in &lock(&self.desk.state).seen {
            *counts.entry(family(&seen.path)).or_default() += 1;
        }
        counts
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.desk.state).seen.clear();
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
        state.died.clear();
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
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let mut reply = self.decide(&mut instance, &mut state, request, &body);
        reply.headers.push(("date", http_date(instance.now / 1_000)));
        let jql = body["jql"].as_str().unwrap_or(request.parameter("jql")).to_owned();
        state.seen.push(Seen {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            parameters: request.parameters.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            jql,
            status: reply.status,
            rows: reply.rows,
        });
        (packed(reply, request), instance.switches.drip_bytes as usize)
    }

    fn meter(&self) -> &Meter {
        &self.meter
    }
}

impl Desk {
    fn decide(&self, instance: &mut Instance, state: &mut State, request: &Request, body: &Value) -> Reply {
        match request.path.as_str() {
            "/oauth/token" => return state.tokens.give(instance, request),
            "/oauth/token/accessible-resources" => return state.tokens.resources(instance, request, &self.base),
            "/_edge/tenant_info" => return json_reply(200, &json!({"cloudId": instance.account.cloud_id}), 0),
            _ => {}
        }
        let mut key = format!("{} {}?{}\n", request.method, request.path, request.query).into_bytes();
        key.extend_from_slice(&request.body);
        let fault = state.strikes.next(&instance.switches.faults, &key);
        if let Some(reply) = fault.and_then(|fault| instead(fault, instance.now)) {
            return reply;
        }
        let (gateway, path) = below_gateway(&request.path);
        let sight = match state.tokens.entry(instance, request, gateway, state.asked) {
            Entry::In(sight) => sight,
            Entry::Out(reply) => return reply,
        };
        if request.method == "POST" && !request.header("content-type").starts_with("application/json") {
            return json_reply(415, &json!({"message": "Unsupported Media Type", "status-code": 415}), 0);
        }
        if is_search(path) {
            state.searched += 1;
            let every = u64::from(instance.switches.moving_every);
            if every > 0 && state.searched.is_multiple_of(every) {
                let mut dice = instance.dice.clone();
                instance.mutate(&mut dice);
                instance.dice = dice;
                instance.advance(1);
            }
        }
        let base = gateway.map_or_else(|| self.base.clone(), |id| format!("{}/ex/jira/{id}", self.base));
        let asking = Asking { request, body, base: &base, sight, nth: state.asked };
        let mut reply = answer(instance, &asking, path, &mut state.died);
        match fault {
            Some(Fault::CutChunked) => reply.sent = Sent::CutChunked,
            Some(Fault::CutLength) => reply.sent = Sent::CutLength,
            _ => {}
        }
        reply
    }
}
