//! Connections, and what every server of the gym counts. It decides no answer.

use super::body::Outgoing;
use super::reply::Reply;
use super::request::Request;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A body of a request is never longer than this.
const REQUEST_BYTES: usize = 256 * 1024;

/// What decides the answers.
pub(crate) trait Desk: Send + Sync + 'static {
    /// The answer, and how many bytes of it come at once; 0 sends at full speed.
    fn reply(&self, request: &Request) -> (Reply, usize);

    /// What is counted here.
    fn meter(&self) -> &Meter;
}

/// What serving takes.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    busy_nanos: AtomicU64,
    sent_bytes: AtomicU64,
    open: AtomicU64,
    most_open: AtomicU64,
}

impl Meter {
    /// Time spent on making answers, without sending them.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy_nanos.load(Ordering::Relaxed))
    }

    /// The most connections that were open at once.
    pub(crate) fn most_connections(&self) -> u64 {
        self.most_open.load(Ordering::Relaxed)
    }

    /// Bytes of all answers as they were sent, without their headers.
    pub(crate) fn sent_bytes(&self) -> u64 {
        self.sent_bytes.load(Ordering::Relaxed)
    }
}

/// Answers connection after connection, until it is dropped.
pub(crate) async fn accept<D: Desk>(listener: TcpListener, desk: Arc<D>) {
    // Connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        connections.spawn(converse(stream, Arc::clone(&desk)));
        while connections.try_join_next().is_some() {}
    }
}

async fn converse<D: Desk>(stream: TcpStream, desk: Arc<D>) {
    // Small answers must not wait for each other; where it cannot be set they do.
    let _ = stream.set_nodelay(true);
    let meter = desk.meter();
    let open = meter.open.fetch_add(1, Ordering::Relaxed) + 1;
    meter.most_open.fetch_max(open, Ordering::Relaxed);
    let served = Arc::clone(&desk);
    let service = service_fn(move |request| respond(Arc::clone(&served), request));
    // A cut answer ends a connection with an error; that is what the switch is for.
    let _ = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    desk.meter().open.fetch_sub(1, Ordering::Relaxed);
}

async fn respond<D: Desk>(
    desk: Arc<D>,
    incoming: hyper::Request<Incoming>,
) -> Result<hyper::Response<Outgoing>, Infallible> {
    let (parts, body) = incoming.into_parts();
    let mut request = Request::new(parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default());
    for (name, value) in &parts.headers {
        request.headers.insert(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    if let Ok(collected) = Limited::new(body, REQUEST_BYTES).collect().await {
        request.body = collected.to_bytes().to_vec();
    }
    let started = Instant::now();
    let (reply, drip_bytes) = desk.reply(&request);
    desk.meter().sent_bytes.fetch_add(reply.body.len() as u64, Ordering::Relaxed);
    let response = sent(reply, drip_bytes);
    let nanos = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    desk.meter().busy_nanos.fetch_add(nanos, Ordering::Relaxed);
    Ok(response)
}

fn sent(reply: Reply, drip_bytes: usize) -> hyper::Response<Outgoing> {
    let mut builder = hyper::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(*name, value);
    }
    let body = Outgoing::new(reply.body, reply.sent, drip_bytes);
    builder.body(body).expect("headers are made of ASCII")
}

/// `Tue, 30 Jun 2026 22:00:00 GMT`.
pub(crate) fn http_date(secs: i64) -> String {
    let at = jiff::Timestamp::from_second(secs).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A lock is good even when a test that held it has failed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
