//! The file that `counterfoil init` writes.

use counterfoil_sdk::ConnectorKind;
use toml::de::{DeTable, DeValue};

/// A commented configuration with one instance of this kind. `instance` is a name as instances have it (`a-z`, `0-9`,
/// `-`, `_`). The mapping is the shipped one for incidents of this kind, unless the kind's example names another.
pub fn template(kind: &dyn ConnectorKind, instance: &str) -> String {
    let section = with_shared_keys(&kind.template().replace("{instance}", instance), kind.name());
    let mut text = String::from(HEAD);
    text.push_str(section.trim_end());
    text.push_str(&overrides(&section, instance));
    for party in parties(&section) {
        text.push_str(&format!(
            "\n[party.{party}]\nname = \"{party}\"                  # what people call this party\n"
        ));
        text.push_str(
            "role = \"external_supplier\"     # or internal_supplier, organization, customer, service_integrator …\n",
        );
        text.push_str("# identifiers = [{ type = \"email_domain\", value = \"acme.example\" }]\n");
    }
    text.push_str(TAIL);
    text
}

/// The kind's example with the keys that every instance has, below `type`, as far as the kind does not give them itself.
fn with_shared_keys(section: &str, kind: &str) -> String {
    let mut text = String::new();
    for line in section.lines() {
        text.push_str(line);
        text.push('\n');
        if line.trim_start().starts_with("type") {
            let missing = SHARED.iter().filter(|(key, _)| !section.lines().any(|line| gives(line, key)));
            missing.for_each(|(_, line)| text.push_str(&line.replace("{kind}", kind)));
        }
    }
    text
}

/// Whether a line gives this key, perhaps commented out.
fn gives(line: &str, key: &str) -> bool {
    line.trim_start_matches(['#', ' ']).split('=').next().is_some_and(|found| found.trim() == key)
}

const SHARED: &[(&str, &str)] = &[
    (
        "mapping",
        "mapping = \"{kind}/incident\"      # what makes process records of it: a shipped name, or a path ending in .toml\n",
    ),
    ("party", "party = \"acme\"                 # whose records these are\n"),
    ("interval_secs", "# interval_secs = 60           # how often `counterfoil up` pulls\n"),
];

/// How an instance has words of its own; with several mappings, how it has them for one alone.
fn overrides(section: &str, instance: &str) -> String {
    let mut text = format!(
        "\n\n# [connector.{instance}.override.words.state]   # a word of your own, for every mapping that it fits\n\
         # \"Parked\" = \"on_hold\"\n"
    );
    let several =
        values(section, "mapping").into_iter().find(|value| value.as_array().is_some_and(|all| all.len() > 1));
    if let Some(first) = several.as_ref().and_then(|all| all.get(0)?.get_ref().as_str()) {
        text.push_str(&format!(
            "# [connector.{instance}.override.\"{first}\".words.state]   # and for one mapping alone\n\
             # \"Shelved\" = \"on_hold\"\n"
        ));
    }
    text
}

/// The parties that the example names.
fn parties(section: &str) -> Vec<String> {
    values(section, "party").iter().filter_map(|party| party.as_str().map(str::to_owned)).collect()
}

/// What the instances of the example have for a key.
fn values<'i>(section: &'i str, key: &str) -> Vec<DeValue<'i>> {
    let Ok(table) = DeTable::parse(section) else { return Vec::new() };
    let Some(instances) = table.get_ref().get("connector").and_then(|value| value.get_ref().as_table()) else {
        return Vec::new();
    };
    instances.values().filter_map(|value| value.get_ref().get(key).map(|value| value.get_ref().clone())).collect()
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
# password = \"env:COUNTERFOIL_AMQP_PASSWORD\"   # the name of the variable, never the password

# [api]                        # for sources that call when something changed: `webhook_secret` in their sections
# listen = \"127.0.0.1:8466\"    # a reverse proxy with TLS passes on https://gateway.example/hooks/INSTANCE

# [reporting]
# zone = \"UTC\"                 # where days and months of the figures begin
";
