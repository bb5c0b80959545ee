//! A Jira that calls when something changed, and a gateway that would otherwise look tomorrow.

use crate::program::{Desk, PATIENCE};
use counterfoil_gym::jira::{Edition, Instance, Server, Switches};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// RFC 4231, test case 2: what it says does not matter, only who said it.
const SECRET: &str = "Jefe";
const BODY: &str = "what do ya want for nothing?";
const SIGNATURE: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

fn events(desk: &Desk) -> Vec<Value> {
    let told = desk.ends(0, &["events", "--json"]).out;
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The status of the answer to a call.
fn call(address: &str, signature: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = BODY.len();
    write!(
        stream,
        "POST /hooks/acme HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\nx-hub-signature: sha256={signature}\r\n\
         content-length: {length}\r\n\r\n{BODY}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_call_brings_a_change_that_would_have_waited_until_tomorrow() {
    let instance = Arc::new(Mutex::new(Instance::random(Edition::Cloud, 3, 12)));
    let server = Server::start(Arc::clone(&instance), Switches::default()).await.unwrap();
    let desk = Desk::with_config(&format!(
        "[connector.acme]\ntype = \"jira\"\nmapping = [\"jira/issue\", \"jira/catalogue\", \"jira/field\"]\nurl = \"{}\"\n\
         user = \"integration@gym.example\"\ntoken = \"env:TOKEN\"\nrequests_per_second = 1000\ninterval_secs = 86400\n\
         webhook_secret = \"env:HOOK_SECRET\"\n[api]\nlisten = \"127.0.0.1:0\"\n",
        server.url()
    ));
    let desk = desk.variable("TOKEN", "gym").variable("HOOK_SECRET", SECRET);
    let mut up = desk.start(&["up"]);
    let address = up.behind("webhooks        http://").replace("/hooks/INSTANCE", "");
    up.until("Ctrl-C stops");

    let id = {
        let mut instance = instance.lock().unwrap();
        let incident = events(&desk).into_iter().find(|event| event["data"]["record"]["kind"] == "incident").unwrap();
        let id = incident["partitionkey"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        instance.advance(60);
        instance.update(&id, &[("summary", "said by a call")]);
        id
    };
    let before = (events(&desk).len(), server.requests().len());
    assert_eq!(call(&address, &SIGNATURE.replace('5', "6")), "401");
    up.until("a call of the source was refused: its signature is of another secret");
    assert_eq!((events(&desk).len(), server.requests().len()), before, "a call of somebody else brings no pass");

    assert_eq!(call(&address, SIGNATURE), "202");
    let limit = Instant::now() + PATIENCE;
    let told = loop {
        let told = events(&desk);
        if told.len() > before.0 {
            break told;
        }
        assert!(Instant::now() < limit, "issue {id} does not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(told.len(), before.0 + 1);
    assert_eq!(told[before.0]["data"]["record"]["title"], "said by a call");
    up.signal("INT");
    let (status, said, _) = up.end();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains(SECRET) && !said.contains("HOOK_SECRET"), "{said}");
}

#[test]
fn a_secret_without_a_place_to_listen_is_said() {
    let desk = Desk::with_config(
        "[connector.acme]\ntype = \"jira\"\nmapping = \"jira/issue\"\nurl = \"http://127.0.0.1:9\"\nuser = \"a\"\n\
         token = \"env:TOKEN\"\nwebhook_secret = \"env:TOKEN\"\n",
    );
    let desk = desk.variable("TOKEN", "x");
    let mut up = desk.start(&["up"]);
    up.until("nothing listens for its calls: add `[api]`");
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let desk = Desk::with_config(&format!("[api]\nlisten = \"{address}\"\n"));
    let ran = desk.ends(3, &["up"]);
    assert!(ran.err.contains(&format!("cannot listen on {address}")), "{}", ran.err);
    assert!(ran.err.contains("choose another port"), "{}", ran.err);
}
