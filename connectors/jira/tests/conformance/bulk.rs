//! A bulk answer that ends too early: it counts nothing, so that only the status of the issue tells.

use crate::support::{Held, connect, ids, section};
use counterfoil_gym::jira::Edition;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn entry(id: u32, to: &str) -> Value {
    let item = json!({"field": "Zustand", "fieldId": "status", "from": "1", "to": to});
    json!({"id": id.to_string(), "created": format!("2026-01-01T00:00:{id}.000+0000"), "items": [item]})
}

async fn serve(bulk: Value) -> MockServer {
    let server = MockServer::start().await;
    let fields = json!({"updated": "2026-01-01T00:00:00.000+0000", "status": {"id": "3"},
        "comment": {"total": 0, "comments": []}});
    let issues = json!({"issues": [{"id": "10001", "key": "A-1", "fields": fields}]});
    let found = issues.clone();
    let search = move |request: &Request| {
        // A minute later nothing of it may be found.
        let later = String::from_utf8_lossy(&request.body).contains("1767225660000");
        ResponseTemplate::new(200).set_body_json(if later { json!({"issues": []}) } else { found.clone() })
    };
    let answers = [
        ("GET", "/rest/api/2/serverInfo", json!({"deploymentType": "Cloud", "version": "1001"})),
        ("GET", "/rest/api/3/myself", json!({"accountId": "1", "timeZone": "UTC"})),
        ("POST", "/rest/api/3/issue/bulkfetch", issues),
        ("POST", "/rest/api/3/changelog/bulkfetch", bulk),
        ("GET", "/rest/api/3/issue/10001/changelog", json!({"total": 2, "values": [entry(11, "2"), entry(12, "3")]})),
    ];
    Mock::given(method("POST")).and(path("/rest/api/3/search/jql")).respond_with(search).mount(&server).await;
    for (verb, at, body) in answers {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn a_bulk_history_that_does_not_end_with_the_issues_status_is_read_page_by_page() {
    for told in [vec![entry(11, "2")], vec![entry(11, "2"), entry(12, "3")]] {
        let is_whole = told.len() == 2;
        let server = serve(json!({"issueChangeLogs": [{"issueId": "10001", "changeHistories": told}]})).await;
        let mut held = Held::default();
        held.pass(&*connect(&section(&server.uri(), Edition::Cloud, "")), 10).await.unwrap();
        assert_eq!(ids(&held.json("10001")["@changelog"]), ["11", "12"]);
        let requests = server.received_requests().await.unwrap();
        let paged = requests.iter().filter(|request| request.url.path().ends_with("/10001/changelog")).count();
        assert_eq!(paged, usize::from(!is_whole));
    }
}
