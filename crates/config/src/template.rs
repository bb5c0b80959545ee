//! The file that `counterfoil init` writes.

use counterfoil_sdk::ConnectorKind;
use toml::de::DeTable;

/// A commented configuration with one instance of this kind. `instance` is a name as instances have it (`a-z`, `0-9`,
/// `-`, `_`).
pub fn template(kind: &dyn ConnectorKind, instance: &str) -> String {
    let section = kind.template().replace("{instance}", instance);
    let mut text = String::from(HEAD);
    text.push_str(section.trim_end());
    text.push('\n');
    for party in parties(&section) {
        text.push_str(&format!("\n[party.{party}]\nname = \"{party}\"             # what people call this party\n"));
        text.push_str("role = \"external_supplier\"  # or: internal_supplier, organization, customer, service_integrator …\n");
        text.push_str("# identifiers = [{ type = \"email_domain\", value = \"acme.example\" }]\n");
    }
    text.push_str(TAIL);
    text
}

/// The parties that the example names.
fn parties(section: &str) -> Vec<String> {
    let Ok(table) = DeTable::parse(section) else { return Vec::new() };
    let Some(instances) = table.get_ref().get("connector").and_then(|value| value.get_ref().as_table()) else {
        return Vec::new();
    };
    let named = instances.values().filter_map(|value| value.get_ref().get("party")?.get_ref().as_str());
    named.map(str::to_owned).collect()
}

const HEAD: &str = "\
# Counterfoil's configuration. `counterfoil check` reads it and names every problem at its place.
# Nothing is substituted in it; secrets are names: \"env:NAME\" or \"file:PATH\".
# A single value can be given on the command line: --set connector.log.path=/srv/log.csv

# data_dir = \".counterfoil\"   # where the ledger and the cache live; relative to this file

";

const TAIL: &str = "
# [amqp]                       # without a broker, events stay in the ledger: `counterfoil events`
# address = \"amqp://127.0.0.1:5672/%2f\"
# user = \"guest\"
# password = \"env:COUNTERFOIL_AMQP_PASSWORD\"

# [reporting]
# zone = \"UTC\"                 # where days and months of the figures begin
";
