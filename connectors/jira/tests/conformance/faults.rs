//! What comes of a site that fails.

use crate::support::{CANARY, EDITIONS, connect, section, serve};
use counterfoil_gym::jira::{Instance, Switches};
use counterfoil_testkit::fails_alike::fails_alike;

#[tokio::test(start_paused = true)]
async fn issues_fail_as_those_of_every_connector() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 4, 7), Switches::default()).await;
        let url = server.url().parse().unwrap();
        fails_alike(&url, |base| connect(&section(base.as_str(), edition, "")), "issue", CANARY).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_catalogue_fails_as_that_of_every_connector() {
    for edition in EDITIONS {
        let server = serve(Instance::random(edition, 4, 1), Switches::default()).await;
        let url = server.url().parse().unwrap();
        fails_alike(&url, |base| connect(&section(base.as_str(), edition, "")), "catalogue", CANARY).await;
    }
}
