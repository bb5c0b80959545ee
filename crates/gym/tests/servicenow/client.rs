//! One HTTP request per connection, read to its end: no library that might mend what the simulator breaks.

use counterfoil_gym::servicenow::{Account, Instance, Server, Switches};
use data_encoding::BASE64;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    /// The body ended where it said that it would.
    pub(crate) complete: bool,
}

pub(crate) struct Client {
    pub(crate) server: Server,
    pub(crate) instance: Arc<Mutex<Instance>>,
}

impl Client {
    pub(crate) async fn of(instance: Instance, switches: Switches) -> Self {
        let instance = Arc::new(Mutex::new(instance));
        let server = Server::start(Arc::clone(&instance), switches).await.unwrap();
        Self { server, instance }
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.get_with(path, &[("accept", "application/json"), ("authorization", &basic("integration", "gym"))]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Got {
        self.send("GET", path, headers, "").await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let path = path.strip_prefix(&self.server.url()).unwrap_or(path);
        let address = self.server.url().strip_prefix("http://").unwrap().to_owned();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // A cut answer may end with a reset.
        let _ = stream.read_to_end(&mut bytes).await;
        read(&bytes)
    }

    /// Rows of a table for an encoded query.
    pub(crate) async fn rows(&self, table: &str, query: &str, more: &str) -> Vec<Value> {
        let got = self.get(&format!("/api/now/table/{table}?sysparm_query={}{more}", encode(query))).await;
        assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
        got.json()["result"].as_array().unwrap().clone()
    }
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json()["result"].as_array().unwrap().clone()
    }

    /// The link of this kind.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let wanted = format!(";rel=\"{rel}\"");
        let links = self.header("link").split(",<");
        let of = |link: &str| Some(link.strip_suffix(&wanted)?.trim_matches(['<', '>']).to_owned());
        links.into_iter().find_map(of)
    }
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()))
}

pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// An instance with an account that a test has changed.
pub(crate) fn with_account(mut instance: Instance, change: impl FnOnce(&mut Account)) -> Instance {
    let mut account = instance.account().clone();
    change(&mut account);
    instance.set_account(account);
    instance
}

fn read(bytes: &[u8]) -> Got {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: BTreeMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let rest = &bytes[end + 4..];
    let (body, complete) = match headers.get("content-length") {
        Some(length) => (rest.to_vec(), rest.len() == length.parse::<usize>().unwrap()),
        None => unchunked(rest),
    };
    Got { status, headers, body, complete }
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return (body, false) };
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return (body, true);
        }
        let from = end + 2;
        if rest.len() < from + length + 2 {
            body.extend_from_slice(&rest[from..]);
            return (body, false);
        }
        body.extend_from_slice(&rest[from..from + length]);
        rest = &rest[from + length + 2..];
    }
}
