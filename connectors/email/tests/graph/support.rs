//! A mailbox, its server, and connectors for it.

use counterfoil_connector_email::KIND;
use counterfoil_gym::graph::{FOLDERS, Instance, Server, Switches};
use counterfoil_gym::mail::{Estate, Scale, Switches as Oddities};
use counterfoil_record::{Digest, Position};
use counterfoil_sdk::{
    ConfigSection, Connector, ConnectorKind as _, Equipment, InstanceSettings, PullError, StreamSpec,
};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::suites::{Drained, context, drain};
use std::collections::BTreeSet;
use std::error::Error as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use toml::de::DeTable;

pub(crate) const CANARY: &str = "CANARY-51f0c2";

/// A small mailbox with mails in two folders at once.
pub(crate) fn estate(seed: u64, tickets: u32) -> Estate {
    Estate::generate(seed, Scale { tickets }, Oddities { copies: true, ..Oddities::default() })
}

pub(crate) async fn serve(instance: Instance, switches: Switches) -> Server {
    Server::start(Arc::new(Mutex::new(instance)), switches).await.unwrap()
}

pub(crate) fn on(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    names.iter().for_each(|name| assert!(switches.turn(name), "{name}"));
    switches
}

/// The section for a server, or for what stands in front of it.
pub(crate) fn section(server: &Server, base: &str) -> String {
    format!(
        "dialect = \"graph\"\nurl = {base:?}\ntoken_url = {:?}\nclient_id = \"gym-client\"\nclient_secret = \"env:SECRET\"\n\
         user = {:?}\nmailboxes = {FOLDERS:?}\nrequests_per_second = 1000\n",
        server.token_url(),
        server.instance().lock().unwrap().account().user
    )
}

pub(crate) fn connect(section: &str) -> Box<dyn Connector> {
    connect_with(section, "gym-client-secret")
}

pub(crate) fn connect_with(section: &str, secret: &str) -> Box<dyn Connector> {
    let settings = InstanceSettings::default();
    let table = DeTable::parse(section).unwrap();
    let section = ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table };
    let mut connector = KIND.parse(section).unwrap_or_else(|findings| panic!("{findings:?}"));
    let secret = secret.to_owned();
    let environment = Arc::new(move |name: &str| match name {
        "SECRET" => Some(secret.clone()),
        "REFRESH" => Some("gym-refresh".to_owned()),
        _ => None,
    });
    connector.equip(&Equipment { environment, tokens: Arc::new(MemoryTokens::default()) }).unwrap();
    connector
}

pub(crate) fn of(server: &Server) -> Box<dyn Connector> {
    connect(&section(server, &server.url()))
}

pub(crate) fn stream(connector: &dyn Connector) -> StreamSpec {
    connector.streams()[0].clone()
}

/// A pass from this position, which becomes the one behind it.
pub(crate) async fn pass(connector: &dyn Connector, from: &mut Position) -> Drained {
    let drained = drain(connector, "mails", from, 7).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
    *from = drained.positions.last().unwrap().clone();
    drained
}

/// The native ids of what lies in the mailbox.
pub(crate) fn present(server: &Server) -> BTreeSet<String> {
    let present = server.instance().lock().unwrap().present();
    present.iter().map(|sha256| Digest::parse(sha256).unwrap().short()).collect()
}

/// What a census lists.
pub(crate) async fn census(connector: &dyn Connector) -> BTreeSet<String> {
    let (stream, mut from, mut ids) = (stream(connector), Position::default(), Vec::new());
    loop {
        let page =
            connector.census(&stream, &from, context(7)).await.unwrap_or_else(|error| panic!("{}", chain(&error)));
        ids.extend(page.entries.into_iter().map(|(id, _)| id));
        from = page.next;
        if !page.more {
            break;
        }
    }
    assert!(ids.is_sorted());
    ids.into_iter().collect()
}

pub(crate) fn chain(error: &PullError) -> String {
    let mut text = error.to_string();
    let mut next: Option<&dyn std::error::Error> = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
