//! An instance of the gym, a connector to it, and what it delivers.

use counterfoil_connector_servicenow::KIND;
use counterfoil_diagnostics::Finding;
use counterfoil_gym::servicenow::{Account, Instance, Server, Switches};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, Equipment, InstanceSettings};
use counterfoil_testkit::MemoryTokens;
use std::path::Path;
use std::sync::{Arc, Mutex};
use toml::Spanned;
use toml::de::DeTable;

/// What no error, position or record may ever show.
pub(crate) const CANARY: &str = "CANARY-9f3b1c";

/// A section for this address and further lines.
pub(crate) fn section(url: &str, more: &str) -> String {
    format!("url = \"{url}\"\nuser = \"integration\"\npassword = \"env:PASSWORD\"\nrequests_per_second = 1000\n{more}")
}

pub(crate) fn parse(text: &str) -> Result<Box<dyn Connector>, Vec<Finding>> {
    let settings = InstanceSettings::default();
    let table: Spanned<DeTable<'_>> = DeTable::parse(text).unwrap();
    KIND.parse(ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table })
}

/// A connector with its credentials.
pub(crate) fn connect(text: &str) -> Box<dyn Connector> {
    let mut connector = parse(text).unwrap_or_else(|findings| panic!("{findings:?}"));
    let environment = Arc::new(|name: &str| matches!(name, "PASSWORD" | "SECRET").then(|| CANARY.to_owned()));
    connector.equip(&Equipment { environment, tokens: Arc::new(MemoryTokens::default()) }).unwrap();
    connector
}

/// An instance that serves, with the account that connectors here use.
pub(crate) async fn serve(mut instance: Instance, switches: Switches) -> Server {
    let account = Account { client_secret: CANARY.into(), ..Account::with_password(CANARY) };
    instance.set_account(account);
    Server::start(Arc::new(Mutex::new(instance)), switches).await.unwrap()
}
