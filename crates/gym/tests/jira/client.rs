//! One HTTP request per connection, read to its end: no library that might mend what the simulator breaks.

use counterfoil_gym::jira::{Edition, Instance, Server, Switches};
use data_encoding::BASE64;
use serde_json::{Value, json};
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
    login: String,
}

impl Client {
    pub(crate) async fn of(instance: Instance, switches: Switches) -> Self {
        let login = basic(&instance.account().user, &instance.account().token);
        let instance = Arc::new(Mutex::new(instance));
        let server = Server::start(Arc::clone(&instance), switches).await.unwrap();
        Self { server, instance, login }
    }

    /// A random site of this edition with one switch turned; none for an empty name.
    pub(crate) async fn random(edition: Edition, issues: u32, switch: &str) -> Self {
        let switches = if switch.is_empty() { Switches::default() } else { Switches::by_name(switch).unwrap() };
        Self::of(Instance::random(edition, 7, issues), switches).await
    }

    /// Does something to the site.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Instance) -> T) -> T {
        act(&mut self.instance.lock().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send("GET", path, &[("authorization", &self.login)], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Got {
        let headers = [("authorization", self.login.as_str()), ("content-type", "application/json")];
        self.send("POST", path, &headers, &body.to_string()).await
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

    /// One page of the search of Cloud.
    pub(crate) async fn page(&self, jql: &str, most: u64, token: Option<&str>) -> Got {
        let mut body = json!({"jql": jql, "maxResults": most, "fields": ["*all"]});
        if let Some(token) = token {
            body["nextPageToken"] = token.into();
        }
        self.post("/rest/api/3/search/jql", &body).await
    }

    /// All pages of a walk that follows the token and nothing else.
    pub(crate) async fn walk(&self, jql: &str, most: u64) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let got = self.page(jql, most, token.as_deref()).await;
            assert_eq!(got.status, 200, "{}", got.text());
            pages.push(got.list("issues"));
            token = got.json()["nextPageToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return pages;
            }
            assert!(pages.len() < 500);
        }
    }

    /// Ids of everything that a query finds, in its order.
    pub(crate) async fn found(&self, jql: &str) -> Vec<String> {
        if self.with(|instance| instance.edition()) == Edition::Cloud {
            return self.walk(jql, 100).await.iter().flatten().map(id).collect();
        }
        let got = self.get(&format!("/rest/api/2/search?jql={}&maxResults=1000", encode(jql))).await;
        assert_eq!(got.status, 200, "{}", got.text());
        got.list("issues").iter().map(id).collect()
    }

    /// The errors of a query that is refused.
    pub(crate) async fn refused(&self, jql: &str) -> String {
        let got = match self.with(|instance| instance.edition()) {
            Edition::Cloud => self.page(jql, 10, None).await,
            Edition::DataCenter => self.get(&format!("/rest/api/2/search?jql={}", encode(jql))).await,
        };
        assert_eq!(got.status, 400, "{}", got.text());
        assert_eq!(got.json()["errors"], json!({}));
        got.json()["errorMessages"][0].as_str().unwrap().to_owned()
    }
}

pub(crate) fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
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

    pub(crate) fn list(&self, name: &str) -> Vec<Value> {
        self.json()[name].as_array().unwrap_or_else(|| panic!("{}", self.text())).clone()
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

fn read(bytes: &[u8]) -> Got {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: BTreeMap<String, String> = lines
        .map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")))
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
