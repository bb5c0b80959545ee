//! An HTTP reverse proxy on loopback that answers one chosen request in another way than the server.
//!
//! It passes everything else through as it is, and counts.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming};
use hyper::header::TRANSFER_ENCODING;
use hyper::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LINK, RETRY_AFTER,
};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::Url;

/// How an answer is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A status with the API's own error body.
    Status(u16),
    /// 429 with `Retry-After: 7`.
    WaitSeven,
    /// A login page with 200.
    Page,
    /// The same, labelled as JSON.
    LabelledPage,
    /// JSON with none of the members that the API documents, with 200.
    WrongJson,
    /// The right answer's first half, under headers that fit it.
    CutJson,
    /// The right answer's first half, under the headers of the whole.
    CutBody,
}

/// Which requests are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// This one and all after it.
    From(usize),
    /// This one only.
    Once(usize),
}

#[derive(Default)]
struct Plan {
    seen: usize,
    broken: usize,
    breaks: Option<(Span, Mode)>,
    credentials: Vec<String>,
}

/// A running proxy; it ends when it is dropped.
pub(crate) struct ReverseProxy {
    pub(crate) url: Url,
    plan: Arc<Mutex<Plan>>,
    _listening: JoinSet<()>,
}

impl ReverseProxy {
    pub(crate) async fn start(server: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let mut url = server.clone();
        url.set_scheme("http").expect("http is a scheme");
        url.set_ip_host(address.ip()).expect("a server has a host");
        url.set_port(Some(address.port())).expect("a server has a port");
        let plan = Arc::new(Mutex::new(Plan::default()));
        let mut listening = JoinSet::new();
        let route = Arc::new(Route { server: server.clone(), proxy: url.clone(), plan: Arc::clone(&plan) });
        listening.spawn(listen(listener, route));
        Self { url, plan, _listening: listening }
    }

    /// Counts from zero again, and breaks what is said here.
    pub(crate) fn plan(&self, breaks: Option<(Span, Mode)>) {
        let mut plan = self.plan.lock().expect("nothing panics while it holds the plan");
        (plan.seen, plan.broken, plan.breaks) = (0, 0, breaks);
    }

    /// Requests since the last plan, and how many of them were broken.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let plan = self.plan.lock().expect("nothing panics while it holds the plan");
        (plan.seen, plan.broken)
    }

    /// Every `Authorization` that came through.
    pub(crate) fn credentials(&self) -> Vec<String> {
        self.plan.lock().expect("nothing panics while it holds the plan").credentials.clone()
    }
}

struct Route {
    server: Url,
    proxy: Url,
    plan: Arc<Mutex<Plan>>,
}

async fn listen(listener: TcpListener, route: Arc<Route>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        let route = Arc::clone(&route);
        connections.spawn(async move {
            let service = service_fn(|request| {
                let route = Arc::clone(&route);
                async move { Ok::<_, Infallible>(route.answer(request).await) }
            });
            // A client that goes away ends its connection and nothing else.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), service).await;
        });
    }
}

impl Route {
    async fn answer(&self, request: Request<Incoming>) -> Response<Piece> {
        let credential = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mode = self.count(credential.as_deref());
        // What an overshared error page shows.
        let shown = credential.unwrap_or_default();
        let error = |status: u16| {
            let text = format!(
                "{{\"error\":{{\"message\":\"broken on purpose\",\"detail\":\"authorization: {shown}\"}},\"status\":\"failure\"}}"
            );
            reply(status, "application/json", text.into())
        };
        let page = format!(
            "<!DOCTYPE html><html><head><title>Log in</title></head><body><p>authorization: {shown}</p></body></html>"
        );
        match mode {
            None => self.pass(request).await,
            Some(Mode::Status(status)) => error(status),
            Some(Mode::WaitSeven) => {
                let mut answer = error(429);
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("7"));
                answer
            }
            Some(Mode::Page) => reply(200, "text/html;charset=UTF-8", page.into()),
            Some(Mode::LabelledPage) => reply(200, "application/json", page.into()),
            Some(Mode::WrongJson) => reply(200, "application/json", "{\"unexpected\":true}".into()),
            Some(mode @ (Mode::CutJson | Mode::CutBody)) => {
                let mut whole = self.pass(request).await;
                // Half of what is no JSON can only be told from the whole by the headers.
                let kind = whole.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
                if mode == Mode::CutJson && kind.contains("json") {
                    return reply(200, "application/json", half(whole.body()));
                }
                let length = whole.body().rest.as_ref().map_or(0, Bytes::len);
                let half = half(whole.body());
                whole.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
                *whole.body_mut() = Piece { rest: Some(half), is_cut: true, has_waited: false };
                whole
            }
        }
    }

    fn count(&self, credential: Option<&str>) -> Option<Mode> {
        let mut plan = self.plan.lock().expect("nothing panics while it holds the plan");
        if let Some(credential) = credential.filter(|new| !plan.credentials.iter().any(|known| known == new)) {
            plan.credentials.push(credential.to_owned());
        }
        let nth = plan.seen;
        plan.seen += 1;
        let (span, mode) = plan.breaks?;
        let is_broken = match span {
            Span::From(first) => nth >= first,
            Span::Once(only) => nth == only,
        };
        plan.broken += usize::from(is_broken);
        is_broken.then_some(mode)
    }

    /// The server's own answer, with links that lead back here.
    async fn pass(&self, request: Request<Incoming>) -> Response<Piece> {
        self.ask(request).await.unwrap_or_else(|error| reply(502, "text/plain", error.to_string().into()))
    }

    async fn ask(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Piece>, Box<dyn std::error::Error + Send + Sync>> {
        let host = self.server.host_str().unwrap_or_default();
        let port = self.server.port_or_known_default().unwrap_or(80);
        // Half of a compressed text is no half of a text.
        request.headers_mut().remove(ACCEPT_ENCODING);
        let stream = TcpStream::connect((host, port)).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let mut carrying = JoinSet::new();
        carrying.spawn(connection);
        let (mut head, body) = sender.send_request(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        head.headers.remove(CONNECTION);
        head.headers.remove(TRANSFER_ENCODING);
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let (theirs, ours) = (self.server.origin().ascii_serialization(), self.proxy.origin().ascii_serialization());
        if let Some(link) = head.headers.get_mut(LINK) {
            *link = HeaderValue::from_str(&link.to_str()?.replace(&theirs, &ours))?;
        }
        Ok(Response::from_parts(head, Piece::whole(body)))
    }
}

fn reply(status: u16, content_type: &'static str, body: Bytes) -> Response<Piece> {
    let mut answer = Response::new(Piece::whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status has three digits");
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn half(body: &Piece) -> Bytes {
    let whole = body.rest.clone().unwrap_or_default();
    whole.slice(..whole.len() / 2)
}

/// A body that may break off.
pub(crate) struct Piece {
    rest: Option<Bytes>,
    is_cut: bool,
    has_waited: bool,
}

impl Piece {
    fn whole(body: Bytes) -> Self {
        Self { rest: Some(body), is_cut: false, has_waited: false }
    }
}

impl Body for Piece {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(rest) = self.rest.take() {
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        if !self.is_cut {
            return Poll::Ready(None);
        }
        if !self.has_waited {
            // So that what came before is on its way first.
            self.has_waited = true;
            ctx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("cut on purpose"))))
    }
}
