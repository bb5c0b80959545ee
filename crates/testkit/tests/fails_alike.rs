//! The suite passes a connector that is written on `counterfoil-http`, and catches some that are not careful.
#![expect(clippy::unwrap_used, reason = "what a test sets up is there")]

use async_trait::async_trait;
use bytes::Bytes;
use counterfoil_http::{Api, ApiSettings, Budget, Credential, Expect, Get, HttpError, Limits, Url};
use counterfoil_record::{Form, Page, Payload, Place, Position, RawRecord};
use counterfoil_sdk::{Connector, PullContext, PullError, PullErrorKind, Secret, StreamSpec};
use counterfoil_testkit::fails_alike::fails_alike;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;

const CANARY: &str = "CANARY-d41d8cd9";
const STREAMS: &[StreamSpec] = &[StreamSpec { name: "things", about: "numbers", census_every: None, catalogue: false }];
const COUNT: usize = 10;

/// How careless a connector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    Full,
    TakesPagesForTheEnd,
    RepeatsWithoutEnd,
    CallsEverythingUnavailable,
    ShowsItsSecret,
}

struct Things {
    api: Api,
    care: Care,
}

impl Things {
    fn connect(base: &Url, care: Care) -> Box<dyn Connector> {
        let limits = Limits { first_wait: Duration::ZERO, longest_wait: Duration::from_secs(1), ..Limits::default() };
        let credential = Credential::Basic { user: "reader".into(), password: Secret::new(CANARY.into()) };
        let budget = Budget { per_second: 100_000, burst: 100_000, in_flight: 4 };
        let settings = ApiSettings { base: base.clone(), credential, budget, limits, ca_pem: None };
        Box::new(Self { api: Api::new(settings).unwrap(), care })
    }

    fn fails(&self, error: HttpError) -> PullError {
        let kind = match self.care {
            Care::CallsEverythingUnavailable => PullErrorKind::Unavailable { source: Box::new(error) },
            Care::ShowsItsSecret => PullErrorKind::Contract { source: format!("{error}, password {CANARY}").into() },
            Care::Full | Care::TakesPagesForTheEnd | Care::RepeatsWithoutEnd => error.into_kind("read things"),
        };
        PullError { instance: "tiny".into(), stream: "things", doing: "read things", kind }
    }

    async fn ask(&self, offset: usize, limit: usize) -> Result<Vec<u64>, HttpError> {
        let request = Get::new("things").query("offset", offset.to_string()).query("limit", limit.to_string());
        let answer = self.api.get(&request.expect(Expect::Keys(&["result"]))).await?;
        let json: serde_json::Value = serde_json::from_str(&answer.body).expect("the client checked it");
        Ok(json["result"].as_array().expect("an array").iter().map(|item| item.as_u64().expect("a number")).collect())
    }
}

#[async_trait]
impl Connector for Things {
    fn streams(&self) -> &[StreamSpec] {
        STREAMS
    }

    async fn check(&self) -> Result<(), PullError> {
        self.ask(0, 1).await.map(|_| ()).map_err(|error| self.fails(error))
    }

    async fn pull(&self, _: &StreamSpec, from: &Position, context: PullContext) -> Result<Page, PullError> {
        let offset: usize = from.0.parse().unwrap_or_default();
        let mut asked = self.ask(offset, context.page_size).await;
        for _ in 0..20 {
            match (&asked, self.care) {
                (Err(_), Care::RepeatsWithoutEnd) => asked = self.ask(offset, context.page_size).await,
                _ => break,
            }
        }
        let numbers = match (asked, self.care) {
            (Ok(numbers), _) => numbers,
            (Err(HttpError::NotTheApi { .. }), Care::TakesPagesForTheEnd) => Vec::new(),
            (Err(error), _) => return Err(self.fails(error)),
        };
        let next = offset + numbers.len();
        let record = |number: &u64| RawRecord {
            native_id: number.to_string(),
            version: "1".into(),
            form: Form::Snapshot,
            payload: Payload::owned(&format!("{{\"n\":{number}}}")),
            place: Place { container: "things".into(), position: String::new() },
        };
        Ok(Page {
            records: numbers.iter().map(record).collect(),
            next: Position(next.to_string()),
            more: !numbers.is_empty() && next < COUNT,
            ..Page::default()
        })
    }
}

/// Ten numbers, behind basic authentication, a few at a time.
async fn server() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let serving =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(client), service_fn(answer));
            tokio::spawn(serving);
        }
    });
    url
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match request.headers().contains_key("authorization") && request.uri().path() == "/api/things"
    {
        true => {
            let query: Vec<usize> = request
                .uri()
                .query()
                .unwrap_or_default()
                .split('&')
                .filter_map(|pair| pair.split_once('=')?.1.parse().ok())
                .collect();
            let numbers: Vec<String> = (0..COUNT).skip(query[0]).take(query[1]).map(|n| n.to_string()).collect();
            (200, format!("{{\"result\":[{}]}}", numbers.join(",")))
        }
        false => (401, "{\"error\":{\"message\":\"User Not Authenticated\"},\"status\":\"failure\"}".to_owned()),
    };
    let answer = Response::builder().status(status).header("content-type", "application/json;charset=UTF-8");
    Ok(answer.body(Full::new(Bytes::from(body))).unwrap())
}

async fn judge(care: Care) -> Result<(), String> {
    let server = server().await;
    let judged =
        tokio::spawn(async move { fails_alike(&server, |base| Things::connect(base, care), "things", CANARY).await });
    judged.await.map_err(|error| {
        let panic = error.into_panic();
        panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic without a text".to_owned())
    })
}

#[tokio::test]
async fn a_careful_connector_passes() {
    judge(Care::Full).await.unwrap();
}

#[tokio::test]
async fn a_page_taken_for_the_end_is_caught() {
    let said = judge(Care::TakesPagesForTheEnd).await.unwrap_err();
    assert!(said.contains("Page, request From(0)") && said.contains("0 records and no error"), "{said}");
}

#[tokio::test]
async fn a_storm_of_repetitions_is_caught() {
    let said = judge(Care::RepeatsWithoutEnd).await.unwrap_err();
    assert!(said.contains("the broken request was sent 21 times"), "{said}");
}

#[tokio::test]
async fn a_wrong_kind_is_caught() {
    let said = judge(Care::CallsEverythingUnavailable).await.unwrap_err();
    assert!(said.contains("Status(401)") && said.contains("RetryWithBackoff instead of StopAndReport"), "{said}");
}

#[tokio::test]
async fn a_secret_in_an_error_is_caught() {
    let said = judge(Care::ShowsItsSecret).await.unwrap_err();
    assert!(said.contains("the error has a secret in it") && !said.contains(CANARY), "{said}");
}
