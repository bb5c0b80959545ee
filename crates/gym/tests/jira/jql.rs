//! What queries find: scopes, moments in their zones and grains, and what is refused.

use crate::client::Client;
use counterfoil_gym::jira::{Edition, Instance, SCOPE, Switches};

/// Two issues, one of them updated at 10:00:05.250 and the other one at 10:00:40 of that day, UTC.
async fn within_a_minute(edition: Edition, switch: &str) -> (Client, i64, [String; 2]) {
    let mut instance = Instance::empty(edition, "2026-06-30T10:00:05.25Z".parse().unwrap());
    let first = instance.create("DESK", &[("summary", "first")]);
    let millis = instance.now().as_millisecond();
    instance.advance_millis(34_750);
    let second = instance.create("DESK", &[("summary", "second")]);
    instance.advance(3_600);
    let switches = if switch.is_empty() { Switches::default() } else { Switches::by_name(switch).unwrap() };
    (Client::of(instance, switches).await, millis, [first, second])
}

#[tokio::test]
async fn literals_have_minutes_and_numbers_have_milliseconds() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let (client, millis, [first, second]) = within_a_minute(edition, "").await;
        let both = [first.clone(), second.clone()];
        let order = "ORDER BY updated ASC, id ASC";
        for all in [
            format!("updated >= {millis}"),
            "updated >= \"2026-06-30 10:00\"".into(),
            "updated <= '2026/06/30 10:00'".into(),
            "updated >= 2026-06-30".into(),
            "updated >= -2h".into(),
            "updated = \"2026-06-30 10:00\"".into(),
        ] {
            assert_eq!(client.found(&format!("{all} {order}")).await, both, "{all}");
        }
        assert_eq!(client.found(&format!("updated > {millis} {order}")).await, std::slice::from_ref(&second));
        assert_eq!(client.found(&format!("updated <= {millis} {order}")).await, [first]);
        for none in ["updated > \"2026-06-30 10:00\"", "updated < \"2026-06-30 10:00\"", "updated >= -30m"] {
            assert!(client.found(&format!("{none} {order}")).await.is_empty(), "{none}");
        }
        // Without an order the youngest come first.
        assert_eq!(client.found("project = DESK").await[0], second);
    }
}

#[tokio::test]
async fn numbers_can_be_refused_or_misread() {
    let (client, millis, _) = within_a_minute(Edition::DataCenter, "epoch-refused").await;
    assert!(client.refused(&format!("updated >= {millis}")).await.contains("is invalid. Valid formats include"));
    let (client, millis, both) = within_a_minute(Edition::Cloud, "epoch-misread").await;
    assert!(client.found(&format!("updated >= {millis}")).await.is_empty());
    assert_eq!(client.found("updated >= \"2026-06-30 10:00\"").await.len(), both.len());
}

#[tokio::test]
async fn literals_are_read_in_the_zone_of_the_account() {
    for (switch, zone, literal) in [
        ("zone-west", "Etc/GMT+12", "2026-06-29 22:00"),
        ("zone-east", "Pacific/Kiritimati", "2026-07-01 00:00"),
        ("zone-half", "Asia/Kolkata", "2026-06-30 15:30"),
    ] {
        let (client, _, [first, _]) = within_a_minute(Edition::Cloud, switch).await;
        assert_eq!(client.get("/rest/api/3/myself").await.json()["timeZone"], zone);
        assert_eq!(client.found(&format!("updated = \"{literal}\"")).await.len(), 2, "{zone}");
        let one = client.get(&format!("/rest/api/3/issue/{first}")).await.json();
        let updated = one["fields"]["updated"].as_str().unwrap().to_owned();
        assert!(updated.starts_with(&literal.replace(' ', "T")) && !updated[20..].contains(':'), "{updated}");
        // The profile can change between two polls.
        client.with(|instance| {
            instance.set_switches(Switches::default());
            instance.set_account(instance.account().clone().in_zone("UTC"));
        });
        assert_eq!(client.found("updated = \"2026-06-30 10:00\"").await.len(), 2);
    }
}

#[tokio::test]
async fn the_hour_that_comes_twice() {
    for (fold_later, found) in [(false, 2), (true, 1)] {
        let mut instance = Instance::empty(Edition::Cloud, "2026-10-25T00:30:00Z".parse().unwrap());
        instance.set_account(instance.account().clone().in_zone("Europe/Berlin"));
        let early = instance.create("DESK", &[("summary", "02:30 in summer")]);
        instance.advance(3_600);
        let late = instance.create("DESK", &[("summary", "02:30 in winter")]);
        instance.advance(3_600);
        let client = Client::of(instance, Switches { fold_later, ..Switches::default() }).await;
        assert_eq!(client.found("updated >= \"2026-10-25 02:30\"").await.len(), found);
        for (id, text) in [(early, "2026-10-25T02:30:00.000+0200"), (late, "2026-10-25T02:30:00.000+0100")] {
            assert_eq!(client.get(&format!("/rest/api/3/issue/{id}")).await.json()["fields"]["updated"], text);
        }
    }
}

#[tokio::test]
async fn an_index_of_seconds_takes_the_whole_second() {
    let (client, millis, [first, _]) = within_a_minute(Edition::DataCenter, "index-seconds").await;
    assert_eq!(client.found(&format!("updated >= {}", millis + 700)).await.len(), 2);
    assert_eq!(client.found(&format!("updated <= {}", millis - 200)).await, [first]);
    let mut instance = Instance::empty(Edition::Cloud, "2026-06-30T10:00:05.9Z".parse().unwrap());
    let first = instance.create("DESK", &[]);
    let second = instance.create("DESK", &[]);
    instance.update(&second, &[("summary", "x")]);
    instance.advance_millis(50);
    instance.update(&first, &[("summary", "y")]);
    let client = Client::of(instance, Switches::by_name("index-seconds").unwrap()).await;
    // Within the second it is the id that counts.
    assert_eq!(client.found("project = DESK ORDER BY updated ASC, id ASC").await, [first, second]);
}

#[tokio::test]
async fn scopes_and_lists_find_what_they_say() {
    for edition in [Edition::Cloud, Edition::DataCenter] {
        let client = Client::random(edition, 80, "").await;
        let all = client.with(|instance| instance.oracle());
        let inside = client.found(&format!("{SCOPE} ORDER BY id ASC")).await;
        let wanted: Vec<String> =
            all.issues.values().filter(|one| one.project != "ELSE").map(|one| one.id.clone()).collect();
        assert_eq!((inside == wanted, inside.len() > 20), (true, true));
        assert_eq!(client.with(|instance| instance.oracle_within(SCOPE)).issues.len(), wanted.len());
        for (jql, fits) in [
            ("statusCategory = Done", "done"),
            ("statusCategory in (new)", "new"),
            ("statusCategory = 4", "indeterminate"),
            ("statusCategory != \"To Do\" and not statusCategory = done", "indeterminate"),
            ("(statusCategory = new or statusCategory = indeterminate) and statusCategory != new", "indeterminate"),
        ] {
            let found = client.found(&format!("{jql} ORDER BY key ASC")).await;
            assert!(found.iter().all(|id| all.issues[id].category == fits), "{jql}");
            assert_eq!(found.len(), all.issues.values().filter(|one| one.category == fits).count(), "{jql}");
        }
        let some: Vec<&str> = wanted.iter().step_by(7).map(String::as_str).collect();
        let keys: Vec<&str> = some.iter().map(|id| all.issues[*id].key.as_str()).collect();
        assert_eq!(client.found(&format!("id in ({}) ORDER BY id ASC", some.join(", "))).await, some);
        assert_eq!(client.found(&format!("key in ({}) ORDER BY id ASC", keys.join(","))).await, some);
        assert_eq!(
            client.found("resolution is not EMPTY").await.len() + client.found("resolution is EMPTY").await.len(),
            all.issues.len()
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let client = Client::random(Edition::Cloud, 20, "").await;
    for (jql, says) in [
        ("", "Unbounded JQL queries are not allowed here."),
        ("ORDER BY updated ASC", "Unbounded JQL queries are not allowed here."),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("key = DESK-99999", "An issue with key 'DESK-99999' does not exist for field 'key'."),
        ("updatd >= -1d", "Field 'updatd' does not exist or you do not have permission to view it."),
        ("updated >= \"2026-06-30 10:00:30\"", "Date value '2026-06-30 10:00:30' for field 'updated' is invalid."),
        ("updated ~ 5", "The operator '~' is not supported by the 'updated' field."),
        ("project = DESK ORDER BY rank", "Not able to sort using field 'rank'."),
        ("project = DESK AND", "Error in the JQL Query"),
    ] {
        assert!(client.refused(jql).await.starts_with(says), "{jql}");
    }
    let client = Client::random(Edition::DataCenter, 20, "order-by-id-refused").await;
    assert_eq!(client.refused("project = DESK ORDER BY id ASC").await, "Not able to sort using field 'id'.");
    assert!(!client.found("").await.is_empty());
    let client = Client::random(Edition::Cloud, 20, "other-error-form").await;
    let got = client.page("project = NOPE", 10, None).await;
    assert_eq!((got.status, got.json()["message"].is_string(), got.json()["errors"].is_array()), (400, true, true));
}
