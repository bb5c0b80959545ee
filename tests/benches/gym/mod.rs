//! The gym's ServiceNow in a process of its own, and a reader that does nothing with what it answers.
//!
//! The two talk in lines: the child says where it listens, then answers `served` and `requests`; it ends with its input.

use crate::measure::cpu_secs;
use counterfoil_gym::servicenow::{Instance, Server, Switches};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

/// As many as the connector has under way at once.
const CONNECTIONS: usize = 4;

/// Serves until the input ends.
pub(crate) fn serve(incidents: u64) {
    let runtime = crate::measure::runtime();
    let instance = Instance::bulk(1, incidents);
    let account = instance.account().clone();
    let started = runtime.block_on(Server::start(Arc::new(Mutex::new(instance)), Switches::default()));
    let server = started.expect("loopback has a free port");
    println!("{} {} {}", server.url(), account.user, account.password);
    for line in std::io::stdin().lines().map_while(Result::ok) {
        if line == "served" {
            let requests: u64 = server.counts().values().sum();
            println!("{requests} {}", server.sent_bytes());
            server.forget_requests();
        } else {
            let requests = server.requests();
            println!("{}", requests.len());
            requests.iter().for_each(|seen| println!("{}?{}", seen.path, seen.query));
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
             authorization: Basic {credential}\r\n\r\n"
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

fn exchange(reader: &mut BufReader<TcpStream>, request: &str, head: &str) -> u64 {
    reader.get_mut().write_all(format!("GET {request} {head}").as_bytes()).expect("the gym reads");
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
