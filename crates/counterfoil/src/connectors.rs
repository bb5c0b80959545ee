//! The only list of connectors. A new one is a folder under `connectors/`, a line here and a line in `Cargo.toml`.

use counterfoil_sdk::ConnectorKind;

/// All kinds of connector, in the order in which they are listed to people.
pub(crate) static KINDS: &[&dyn ConnectorKind] = &[
    &counterfoil_connector_email::KIND,
    &counterfoil_connector_file::KIND,
    &counterfoil_connector_jira::KIND,
    &counterfoil_connector_register::KIND,
    &counterfoil_connector_servicenow::KIND,
];
