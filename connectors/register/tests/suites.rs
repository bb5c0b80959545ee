//! The suites of every connector, and what is this one's own: a section that is gone, and one that says the same.
#![expect(clippy::unwrap_used, reason = "a fixture that cannot be read fails the test")]

use counterfoil_connector_register::KIND;
use counterfoil_record::{Form, Position};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, InstanceSettings};
use counterfoil_testkit::suites;
use std::path::Path;
use toml::Spanned;
use toml::de::DeTable;

const WHOLE: &str = "['calendar.office']\nzone = 'UTC'\nid = 'calendar.office'\n['agreement.a']\nauto_renew = true\n\
                     notice_period = 7776000\n['agreement.a.target.p1']\ntarget_value = '14400'\n['service.mail']\n";

fn connector(text: &str) -> Box<dyn Connector> {
    let table = Spanned::new(0..0, DeTable::parse(text).unwrap().into_inner());
    let settings = InstanceSettings::default();
    let section = ConfigSection { instance: "register", at: 0..0, folder: Path::new("."), settings: &settings, table };
    KIND.parse(section).unwrap()
}

async fn pulled(text: &str, from: &Position) -> (Vec<(String, String)>, Position) {
    let connector = connector(text);
    let page = connector.pull(&connector.streams()[0], from, suites::context(100)).await.unwrap();
    assert!(!page.more);
    let told = page.records.iter().map(|record| (record.native_id.clone(), record.payload.as_str().to_owned()));
    (told.collect(), page.next)
}

#[tokio::test]
async fn it_passes_the_suites_of_every_connector() {
    let fresh = || connector(WHOLE);
    let keys = suites::passes_everything(fresh, "records", &[1, 2, 7]).await.keys();
    assert_eq!(keys, ["agreement.a", "agreement.a.target.p1", "calendar.office", "service.mail"]);
}

#[tokio::test]
async fn what_says_the_same_is_not_told_again_and_what_is_gone_is_a_deletion() {
    let (first, position) = pulled(WHOLE, &Position::default()).await;
    assert_eq!(first[0].1, r#"{"auto_renew":true,"notice_period":7776000}"#);
    assert_eq!(first[2].1, r#"{"id":"calendar.office","zone":"UTC"}"#, "by name, not by their order in the file");
    let (same, position) = pulled(WHOLE, &position).await;
    assert_eq!(same, []);
    let less = WHOLE.replace("'UTC'", "'Europe/Lisbon'").replace("['service.mail']\n", "");
    let (changed, position) = pulled(&less, &position).await;
    assert_eq!(changed[0].0, "calendar.office");
    assert_eq!(changed[1], ("service.mail".into(), r#"{"gone":"deleted","evidence":{"section":"removed"}}"#.into()));
    assert_eq!(changed.len(), 2);
    assert_eq!(pulled(&less, &position).await.0, []);
    let (back, _) = pulled(WHOLE, &position).await;
    assert_eq!(back.len(), 2, "a section that comes back is told again");
}

#[tokio::test]
async fn a_deletion_does_not_fit_a_page_that_is_full() {
    let (_, position) = pulled(WHOLE, &Position::default()).await;
    let connector = connector("");
    let page = connector.pull(&connector.streams()[0], &position, suites::context(3)).await.unwrap();
    assert!(page.more && page.records.len() == 3 && page.records.iter().all(|record| record.form == Form::Tombstone));
    let page = connector.pull(&connector.streams()[0], &page.next, suites::context(3)).await.unwrap();
    assert!(!page.more && page.records.len() == 1);
}
