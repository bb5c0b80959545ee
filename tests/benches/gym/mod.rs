//! A simulated tool of the gym in a process of its own, and a reader that does nothing with what it answers.
//!
//! The two talk in lines: the child says where it listens, then answers `served` and `requests`; it ends with its input.

use crate::measure::cpu_secs;
use counterfoil_gym::{jira, servicenow};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

/// As many as the connectors have under way at once.
const CONNECTIONS: usize = 4;

/// What is simulated.
#[expect(dead_code, reason = "a bench has one tool")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    ServiceNow,
    Jira(jira::Edition),
}

/// The simulator that runs.
enum Server {
    ServiceNow(servicenow::Server),
    Jira(jira::Server),
}

/// A request to be sent again as it was.
struct Sent {
    method: String,
    target: String,
    body: String,
}

impl Server {
    /// The server, and who may ask it.
    async fn start(tool: Tool, records: u64) -> (Self, String, String) {
        match tool {
            Tool::ServiceNow => {
                let instance = servicenow::Instance::bulk(1, records);
                let account = instance.account().clone();
                let switches = servicenow::Switches::default();
                let server = servicenow::Server::start(Arc::new(Mutex::new(instance)), switches).await;
                (Self::ServiceNow(server.expect("loopback has a free port")), account.user, account.password)
            }
            Tool::Jira(edition) => {
                let instance = jira::Instance::bulk(edition, 1, records);
                let account = instance.account().clone();
                let switches = jira::Switches::default();
                let server = jira::Server::start(Arc::new(Mutex::new(instance)), switches).await;
                (Self::Jira(server.expect("loopback has a free port")), account.user, account.token)
            }
        }
    }

    fn url(&self) -> String {
        match self {
            Self::ServiceNow(server) => server.url(),
            Self::Jira(server) => server.url(),
        }
    }

    fn counts(&self) -> BTreeMap<String, u64> {
        match self {
            Self::ServiceNow(server) => server.counts(),
            Self::Jira(server) => server.counts(),
        }
    }

    fn sent_bytes(&self) -> u64 {
        match self {
            Self::ServiceNow(server) => server.sent_bytes(),
            Self::Jira(server) => server.sent_bytes(),
        }
    }

    fn forget_requests(&self) {
        match self {
            Self::ServiceNow(server) => server.forget_requests(),
            Self::Jira(server) => server.forget_requests(),
        }
    }

    fn requests(&self) -> Vec<Sent> {
        let target = |path: &str, query: &str| format!("{path}?{query}").trim_end_matches('?').to_owned();
        match self {
            Self::ServiceNow(server) => server
                .requests()
                .into_iter()
                .map(|seen| Sent {
                    method: "GET".to_owned(),
                    target: target(&seen.path, &seen.query),
                    body: String::new(),
                })
                .collect(),
            Self::Jira(server) => server
                .requests()
                .into_iter()
                .map(|seen| Sent { target: target(&seen.path, &seen.query), method: seen.method, body: seen.body })
                .collect(),
        }
    }
}

/// Serves until the input ends.
pub(crate) fn serve(tool: Tool, records: u64) {
    let runtime = crate::measure::runtime();
    let (server, user, password) = runtime.block_on(Server::start(tool, records));
    println!("{} {user} {password}", server.url());
    for line in std::io::stdin().lines().map_while(Result::ok) {
        if line == "served" {
            let requests: u64 = server.counts().values().sum();
            println!("{requests} {}", server.sent_bytes());
            server.forget_requests();
        } else {
            let requests = server.requests();
            println!("{}", requests.len());
            // Bodies are JSON without line ends.
            requests.iter().for_each(|sent| println!("{} {} {}", sent.method, sent.target, sent.body));
        }
    }
}

/// The process that serves.
pub(crate) struct Gym {
    pub(crate) records: u64,
    pub(crate) url: String,
    pub(crate) account: (String, String),
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    before: (u64, f64),
}

/// What it did since it was asked last.
#[derive(Clone, Copy)]
pub(crate) struct Served {
    pub(crate) requests: u64,
    /// Of answers, packed.
    pub(crate) bytes: u64,
    pub(crate) cpu_secs: f64,
}

impl Gym {
    pub(crate) fn start(records: u64) -> Self {
        let program = std::env::current_exe().expect("the bench knows itself");
        let mut child = Command::new(program)
            .env("COUNTERFOIL_BENCH_ROLE", "gym")
            .env("COUNTERFOIL_BENCH_RECORDS", records.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bench starts itself");
        let input = child.stdin.take().expect("the input is a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
        let said = line(&mut output);
        let words: Vec<String> = said.split_ascii_whitespace().map(str::to_owned).collect();
        let [url, user, password] = <[String; 3]>::try_from(words).expect("the gym says where it is");
        let mut gym = Self { records, url, account: (user, password), child, input, output, before: (0, 0.0) };
        let _ = gym.served();
        gym
    }

    /// What it did since it was asked last, and forgets the requests.
    pub(crate) fn served(&mut self) -> Served {
        writeln!(self.input, "served").expect("the gym listens");
        let said = line(&mut self.output);
        let mut figures = said.split_ascii_whitespace().map(|figure| figure.parse::<u64>().expect("a number"));
        let mut next = || figures.next().expect("two numbers");
        let (requests, bytes) = (next(), next());
        let cpu = cpu_secs(&self.child.id().to_string());
        let served = Served { requests, bytes: bytes - self.before.0, cpu_secs: cpu - self.before.1 };
        self.before = (bytes, cpu);
        served
    }

    /// The requests since it was asked last what it did.
    pub(crate) fn requests(&mut self) -> Vec<String> {
        writeln!(self.input, "requests").expect("the gym listens");
        let count: usize = line(&mut self.output).trim().parse().expect("a number");
        (0..count).map(|_| line(&mut self.output).trim().to_owned()).collect()
    }

    /// Sends these requests over a few connections and throws the answers away; gives how many were answered.
    pub(crate) fn read_bare(&self, requests: &[String]) -> u64 {
        let next = Mutex::new(requests.iter());
        let head = self.head();
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..CONNECTIONS)
                .map(|_| {
                    scope.spawn(|| {
                        let address = self.url.trim_start_matches("http://");
                        let stream = TcpStream::connect(address).expect("the gym listens");
                        stream.set_nodelay(true).expect("loopback knows no delay");
                        let mut reader = BufReader::with_capacity(64 << 10, stream);
                        let mut answered = 0;
                        loop {
                            let Some(request) = next.lock().expect("nobody panics").next() else { return answered };
                            answered += exchange(&mut reader, request, &head);
                        }
                    })
                })
                .collect();
            readers.into_iter().map(|reader| reader.join().expect("every request is answered")).sum()
        })
    }

    fn head(&self) -> String {
        let (user, password) = &self.account;
        let address = self.url.trim_start_matches("http://");
        let credential = base64(format!("{user}:{password}").as_bytes());
        format!(
            "HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\naccept-encoding: gzip\r\n\
             authorization: Basic {credential}\r\n"
        )
    }
}

impl Drop for Gym {
    fn drop(&mut self) {
        // It is this bench's own child, and holds nothing that is worth keeping.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `request` is method, target and body with a space between them.
fn exchange(reader: &mut BufReader<TcpStream>, request: &str, head: &str) -> u64 {
    let mut parts = request.splitn(3, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (method, target, body) = (next(), next(), next());
    let body_head = match body {
        "" => String::new(),
        body => format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()),
    };
    let whole = format!("{method} {target} {head}{body_head}\r\n{body}");
    reader.get_mut().write_all(whole.as_bytes()).expect("the gym reads");
    let status = line(reader);
    assert!(status.contains(" 200 "), "{status}");
    let mut length = 0;
    loop {
        let header = line(reader).to_ascii_lowercase();
        if let Some(bytes) = header.strip_prefix("content-length:") {
            length = bytes.trim().parse().expect("a length");
        }
        if header.trim().is_empty() {
            break;
        }
    }
    let copied = std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink());
    assert_eq!(copied.expect("the answer comes"), length, "the whole answer comes");
    1
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("the other side writes text");
    line
}

/// RFC 4648, for the one header that needs it.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = char::from(LETTERS[(word >> (18 - 6 * at) & 63) as usize]);
            text.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
