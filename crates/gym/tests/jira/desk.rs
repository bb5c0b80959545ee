//! The service desk on both editions: requests, clocks, approvals, feedback, organizations.

use crate::client::Client;
use counterfoil_gym::jira::{Decision, Edition, Instance, Listener, Switches};
use serde_json::Value;

async fn start(edition: Edition, switch: &str) -> (Client, String) {
    let mut instance = Instance::random(edition, 3, 30);
    let issue = instance.create("DESK", &[("summary", "mail is down"), ("priority", "1"), ("reporter", "Caller 1")]);
    instance.set_goal(&issue, 7_200);
    let switches = if switch.is_empty() { Switches::default() } else { Switches::by_name(switch).unwrap() };
    (Client::of(instance, switches).await, issue)
}

async fn clock(client: &Client, issue: &str) -> Value {
    client.get(&format!("/rest/servicedeskapi/request/{issue}/sla")).await.list("values")[0].clone()
}

#[tokio::test]
async fn a_clock_runs_stands_breaks_and_ends() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, issue) = start(edition, "").await;
        let act = |secs: i64, status: &str| {
            client.with(|one| {
                one.advance(secs);
                one.update(&issue, &[("status", status)]);
            });
        };
        act(3_600, "10002");
        client.with(|one| one.advance(36_000));
        let ongoing = clock(&client, &issue).await["ongoingCycle"].clone();
        assert_eq!((ongoing["paused"].as_bool(), ongoing["breached"].as_bool()), (Some(true), Some(false)));
        assert_eq!(ongoing["elapsedTime"]["millis"], 3_600_000);
        assert_eq!(ongoing["remainingTime"]["friendly"], "1h");
        act(0, "3");
        client.with(|one| one.advance(5_400));
        let ongoing = clock(&client, &issue).await["ongoingCycle"].clone();
        assert_eq!((ongoing["paused"].as_bool(), ongoing["breached"].as_bool()), (Some(false), Some(true)));
        assert_eq!(ongoing["remainingTime"]["millis"], -1_800_000);
        assert!(ongoing["breachTime"]["epochMillis"].is_i64());
        act(600, "5");
        let done = clock(&client, &issue).await;
        assert!(done.get("ongoingCycle").is_none());
        assert_eq!(done["completedCycles"][0]["breached"], true);
        // Closed ends nothing that has ended, and reopened begins another one.
        act(60, "6");
        act(60, "3");
        let again = clock(&client, &issue).await;
        assert_eq!(again["completedCycles"].as_array().unwrap().len(), 1);
        assert_eq!(again["ongoingCycle"]["breached"], false);
        // The field of the issue is the same.
        let field =
            client.get(&format!("/rest/api/2/issue/{issue}")).await.json()["fields"]["customfield_10030"].clone();
        assert_eq!(field, again);
        let truth = client.with(|one| one.oracle());
        assert_eq!(truth.issues[&issue].clocks[0], ("Time to resolution".to_owned(), 1, Some(false)));
    }
    let (client, issue) = start(Edition::Cloud, "paused-without-breach").await;
    client.with(|one| one.update(&issue, &[("status", "10003")]));
    assert!(clock(&client, &issue).await["ongoingCycle"].get("breachTime").is_none());
}

#[tokio::test]
async fn the_first_response_ends_its_clock() {
    let (client, issue) = start(Edition::Cloud, "").await;
    let path = format!("/rest/servicedeskapi/request/{issue}/sla/2");
    client.with(|one| one.comment(&issue, "not for the customer", Listener::Internal));
    assert!(client.get(&path).await.json().get("ongoingCycle").is_some());
    client.with(|one| {
        one.advance(60);
        one.comment(&issue, "we look at it", Listener::Customer);
    });
    let ended = client.get(&path).await.json();
    assert_eq!((ended.get("ongoingCycle"), ended["completedCycles"][0]["breached"].as_bool()), (None, Some(false)));
    assert_eq!(client.get(&path.replace("/sla/2", "/sla/9")).await.status, 404);
}

#[tokio::test]
async fn a_request_says_what_it_is() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, issue) = start(edition, "").await;
        client.with(|one| {
            one.advance(60);
            one.update(&issue, &[("status", "5")]);
        });
        let path = format!("/rest/servicedeskapi/request/{issue}?expand=sla,status,requestType,serviceDesk,comment");
        let got = client.get(&path).await.json();
        assert_eq!(
            (got["issueId"].as_str(), got["currentStatus"]["statusCategory"].as_str()),
            (Some(issue.as_str()), Some("DONE"))
        );
        assert_eq!(got["createdDate"]["epochMillis"].as_i64().map(|at| at > 1_700_000_000_000), Some(true));
        assert_eq!(got["sla"]["values"].as_array().unwrap().len(), 2);
        let statuses = got["status"]["values"].as_array().unwrap();
        assert_eq!((statuses.len(), statuses[1]["status"].as_str()), (2, Some("Waiting for support")));
        assert_eq!(got["serviceDesk"]["projectKey"], "DESK");
        let by_key = client.get(&format!("/rest/servicedeskapi/request/{}", got["issueKey"].as_str().unwrap())).await;
        assert_eq!(by_key.json()["issueId"].as_str(), Some(issue.as_str()));
        let missing = client.get("/rest/servicedeskapi/request/DESK-9999").await;
        assert_eq!((missing.status, missing.json()["errorMessage"].is_string()), (404, true));
    }
}

#[tokio::test]
async fn requests_come_by_their_last_activity_in_pages() {
    let (client, issue) = start(Edition::Cloud, "").await;
    client.with(|one| {
        one.advance(60);
        one.update(&issue, &[("labels", "x")]);
    });
    let (mut all, mut next) = (Vec::new(), Some("/rest/servicedeskapi/request?limit=7".to_owned()));
    while let Some(path) = next {
        let page = client.get(&path).await.json();
        assert_eq!(page["size"].as_u64().unwrap() as usize, page["values"].as_array().unwrap().len());
        all.extend(page["values"].as_array().unwrap().clone());
        next = page["_links"]["next"].as_str().map(str::to_owned);
        assert_eq!((page["isLastPage"].as_bool(), page.get("total")), (Some(next.is_none()), None));
    }
    assert_eq!(all[0]["issueId"].as_str(), Some(issue.as_str()));
    let truth = client.with(|one| one.oracle());
    let requests = truth.issues.values().filter(|one| !one.clocks.is_empty()).count();
    assert_eq!(all.len(), requests);
    let open = client.get("/rest/servicedeskapi/request?requestStatus=OPEN_REQUESTS&limit=100").await.list("values");
    let closed =
        client.get("/rest/servicedeskapi/request?requestStatus=CLOSED_REQUESTS&limit=100").await.list("values");
    assert_eq!((open.len() + closed.len(), open.is_empty()), (requests, false));
}

#[tokio::test]
async fn approvals_feedback_and_organizations() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, issue) = start(edition, "").await;
        let path = format!("/rest/servicedeskapi/request/{issue}");
        let approval = client.with(|one| one.ask_approval(&issue, "Manager", &["Mei Chen", "Noor Haddad"]));
        let told = async || client.get(&format!("{path}/approval")).await.list("values")[0].clone();
        assert_eq!(
            (told().await["finalDecision"].as_str(), told().await.get("completedDate")),
            (Some("pending"), None)
        );
        client.with(|one| one.decide(&issue, &approval, "Mei Chen", Decision::Approved));
        assert_eq!(told().await["finalDecision"], "pending");
        client.with(|one| one.decide(&issue, &approval, "Noor Haddad", Decision::Declined));
        assert_eq!(
            (told().await["finalDecision"].as_str(), told().await["completedDate"].is_object()),
            (Some("declined"), true)
        );
        let feedback = client.get(&format!("{path}/feedback")).await;
        assert_eq!((feedback.status, feedback.json().get("rating")), (200, None));
        client.with(|one| one.rate(&issue, 4, "quick"));
        let feedback = client.get(&format!("{path}/feedback")).await.json();
        assert_eq!((feedback["rating"].as_u64(), feedback["comment"]["body"].as_str()), (Some(4), Some("quick")));
        let names = client.get("/rest/servicedeskapi/organization").await.list("values");
        assert_eq!(names[0]["name"], "Hansa Logistik AG");
        assert!(client.get("/rest/servicedeskapi/servicedesk").await.list("values").len() >= 2);
    }
    let (client, issue) = start(Edition::Cloud, "feedback-missing").await;
    assert_eq!(client.get(&format!("/rest/servicedeskapi/request/{issue}/feedback")).await.status, 404);
    let (client, _) = start(Edition::Cloud, "servicedesk-denied").await;
    assert_eq!(client.get("/rest/servicedeskapi/request").await.status, 403);
}
