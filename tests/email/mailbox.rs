//! The estate as a Maildir, read by the connector.

use crate::compare::native;
use counterfoil_config::{Input, parse};
use counterfoil_diagnostics::{SourceText, render_all};
use counterfoil_gym::mail::{Estate, Mail};
use counterfoil_record::Position;
use counterfoil_sdk::Connector;
use counterfoil_testkit::suites;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The connector on this folder.
pub(crate) fn connector(folder: &Path) -> Box<dyn Connector> {
    let text = format!(
        "[connector.mailbox]\ntype = \"email\"\nfolder = {:?}\nmapping = [\"any\"]\n",
        folder.display().to_string()
    );
    let source = SourceText { name: "counterfoil.toml".into(), text: text.into() };
    let input = Input { source, folder: folder.to_owned(), sets: Vec::new() };
    let parsed = parse(&input, &[&counterfoil_connector_email::KIND], &["any"]);
    assert!(parsed.findings.is_empty(), "{}", render_all(&parsed.findings, false, 100));
    parsed.config.unwrap().instances.remove(0).connector
}

/// Native id and payload of each mail, in the order of arrival. The bombs are set aside with their bytes; whatever else is
/// in the estate has to be read.
pub(crate) async fn payloads(estate: &Estate) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    estate.write_maildir(folder.path()).unwrap();
    let connector = connector(folder.path());
    let drained = suites::drain(connector.as_ref(), "mails", &Position::default(), 100).await.unwrap();
    let is_bomb = |mail: &&Mail| estate.truth.mail(&mail.sha256).unwrap().odd.contains(&"bomb");
    let bombs: BTreeSet<&[u8]> = estate.mails.iter().filter(is_bomb).map(|mail| mail.bytes.as_slice()).collect();
    let aside: BTreeSet<&[u8]> = drained.unreadable.iter().map(|one| one.bytes.as_slice()).collect();
    assert!(bombs == aside, "seed {}: {:?}", estate.truth.seed, drained.unreadable.iter().map(|one| &one.reason));
    let mut by_id: BTreeMap<String, String> =
        drained.records.into_iter().map(|record| (record.native_id, record.payload.as_str().to_owned())).collect();
    assert_eq!(by_id.len() + bombs.len(), estate.mails.len(), "seed {}", estate.truth.seed);
    let ids = estate.mails.iter().map(|mail| native(&mail.sha256));
    ids.filter_map(|id| by_id.remove(&id).map(|payload| (id, payload))).collect()
}
