//! What an identity provider answers: whether a bearer token is good (RFC 7662), and a new one for a refresh token.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longest body that is read.
const MOST_BYTES: u64 = 64 << 10;

/// A running stub; it ends when it is dropped.
#[derive(Debug)]
pub struct Introspection {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The good tokens and whose they are.
    tokens: Mutex<Vec<(String, String)>>,
    granted: AtomicU64,
    ended: AtomicBool,
}

impl Introspection {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port of loopback");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let serving = {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    if shared.ended.load(Ordering::SeqCst) {
                        return;
                    }
                    // Whoever asks and goes away has its answer already.
                    let _ = answer(stream, &shared);
                }
            })
        };
        Self { address, shared, serving: Some(serving) }
    }

    /// From now on this token is good, and `user`'s.
    pub fn accept(&self, token: &str, user: &str) {
        self.tokens().push((token.to_owned(), user.to_owned()));
    }

    /// From now on no token is good.
    pub fn revoke_all(&self) {
        self.tokens().clear();
    }

    /// Where a refresh token or a client's secret is exchanged: any is good, and gives a new token of the user `support`.
    pub fn token_url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// How many tokens were handed out there.
    pub fn granted(&self) -> u64 {
        self.shared.granted.load(Ordering::SeqCst)
    }

    pub(crate) fn introspection_url(&self) -> String {
        format!("http://{}/introspect", self.address)
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, Vec<(String, String)>> {
        self.shared.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Introspection {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(serving) = self.serving.take().filter(|_| woken) {
            let _ = serving.join();
        }
    }
}

fn answer(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream.try_clone()?.take(MOST_BYTES));
    let (mut asked, mut bearer, mut length) = (String::new(), None, 0_usize);
    reader.read_line(&mut asked)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => bearer = value.strip_prefix("Bearer ").map(str::to_owned),
            "content-length" => length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    let mut body = vec![0; length.min(usize::try_from(MOST_BYTES).unwrap_or(usize::MAX))];
    reader.read_exact(&mut body)?;
    let (status, json) = if asked.contains(" /token ") {
        let token = format!("granted-{}", shared.granted.fetch_add(1, Ordering::SeqCst) + 1);
        let mut tokens = shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.push((token.clone(), "support".to_owned()));
        (200, format!("{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\",\"expires_in\":3600}}"))
    } else {
        let tokens = shared.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tokens.iter().find(|(token, _)| bearer.as_ref() == Some(token));
        match known {
            Some((_, user)) => (200, format!("{{\"active\":true,\"username\":\"{user}\"}}")),
            None => (401, "{\"active\":false,\"error\":\"invalid_token\"}".to_owned()),
        }
    };
    let reason = if status == 200 { "OK" } else { "Unauthorized" };
    write!(
        &stream,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{json}",
        json.len()
    )
}
