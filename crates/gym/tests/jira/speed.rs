//! The simulator must not be what a bench measures. The bounds are generous: a debug build on a busy machine keeps them.

use crate::client::{Client, id};
use counterfoil_gym::jira::{Edition, Instance, Switches};
use serde_json::json;

#[tokio::test]
async fn pages_of_a_large_site_do_not_cost_what_the_site_holds() {
    let client = Client::of(Instance::bulk(Edition::Cloud, 1, 20_000), Switches::default()).await;
    let (mut token, mut pages, mut rows, mut bytes) = (None::<String>, 0_u32, 0, 0);
    for _ in 0..6 {
        let got =
            client.page("project = BULK AND updated >= 0 ORDER BY updated ASC, id ASC", 100, token.as_deref()).await;
        bytes += got.body.len();
        let page = got.list("issues");
        token = got.json()["nextPageToken"].as_str().map(str::to_owned);
        rows += page.len();
        pages += 1;
        let ids: Vec<String> = page.iter().map(id).collect();
        let logs = client.post("/rest/api/3/changelog/bulkfetch", &json!({"issueIdsOrKeys": ids})).await;
        assert_eq!(logs.list("issueChangeLogs").len(), 100);
    }
    let each = client.server.busy() / (2 * pages);
    println!("{rows} rows, {} bytes each, {each:?} per request", bytes / rows);
    assert!((3_000..9_000).contains(&(bytes / rows)), "{}", bytes / rows);
    assert!(each.as_millis() < 300, "{each:?}");
}
