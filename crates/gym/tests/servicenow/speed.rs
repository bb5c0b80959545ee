//! The simulator must not be what a bench measures. The bounds are generous: a debug build on a busy machine keeps them.

use crate::client::Client;
use counterfoil_gym::servicenow::{Instance, Switches};

#[tokio::test]
async fn pages_of_a_large_instance_do_not_cost_what_the_instance_holds() {
    let client = Client::of(Instance::bulk(1, 20_000), Switches::default()).await;
    let mut stamp = "2000-01-01 00:00:00".to_owned();
    let mut id = "0".to_owned();
    let (mut pages, mut rows, mut bytes) = (0_u32, 0, 0);
    for _ in 0..10 {
        let query =
            format!("sys_updated_on>{stamp}^NQsys_updated_on={stamp}^sys_id>{id}^ORDERBYsys_updated_on^ORDERBYsys_id");
        let path = format!(
            "/api/now/table/incident?sysparm_query={}&sysparm_limit=500&sysparm_no_count=true&sysparm_exclude_reference_link=true",
            crate::client::encode(&query)
        );
        let got = client.get(&path).await;
        bytes += got.body.len();
        let page = got.rows();
        let last = page.last().unwrap();
        stamp = last["sys_updated_on"].as_str().unwrap().to_owned();
        id = last["sys_id"].as_str().unwrap().to_owned();
        rows += page.len();
        pages += 1;
        let keys: Vec<&str> = page.iter().take(100).map(|row| row["sys_id"].as_str().unwrap()).collect();
        let audit =
            client.rows("sys_audit", &format!("documentkeyIN{}", keys.join(",")), "&sysparm_no_count=true").await;
        assert!(audit.len() >= 300);
    }
    let each = client.server.busy() / (2 * pages);
    println!("{rows} rows, {} bytes each, {each:?} per request", bytes / rows);
    assert!((2_000..3_500).contains(&(bytes / rows)), "{}", bytes / rows);
    assert!(each.as_millis() < 200, "{each:?}");
}
