//! `[amqp]`: the broker that events are published to.

use crate::fields::Fields;
use crate::{secret, words};
use counterfoil_diagnostics::Finding;
use std::path::Path;
use toml::Spanned;

/// The broker. Without one, events stay in the ledger and can be read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amqp {
    /// `amqp://host:port/vhost` or `amqps://…`, without credentials.
    pub address: String,
    /// Who the gateway is for the broker; `None`: the broker's default, which it grants on its own machine only.
    pub user: Option<String>,
    /// The name of the password (`env:…`, `file:…`), present exactly when `user` is.
    pub password: Option<String>,
    /// The topic exchange.
    pub exchange: String,
    /// The durable queue that reporting reads.
    pub reporting_queue: String,
    /// How many events may wait for their confirm.
    pub window: usize,
}

/// AMQP carries names as short strings: at most so many bytes.
const NAME_BYTES: usize = 255;

pub(crate) fn read(mut fields: Fields<'_>, folder: &Path, findings: &mut Vec<Finding>) -> Option<Amqp> {
    let before = findings.len();
    let address = fields.need::<String>("address", "for example `address = \"amqp://127.0.0.1:5672/%2f\"`", findings);
    let user = fields.take::<String>("user", findings).map(Spanned::into_inner);
    let password = fields.take::<String>("password", findings);
    let password_given = password.is_some();
    let password = password.and_then(|name| secret::name("password", &name, folder, findings));
    match (user.is_some(), password_given) {
        (true, false) => findings.push(fields.missing("password", "a `user` needs one; without both, the broker's default user is used")),
        (false, true) => findings.push(fields.missing("user", "a `password` needs one; without both, the broker's default user is used")),
        _ => {}
    }
    let exchange = named("exchange", "counterfoil.events", &mut fields, findings);
    let reporting_queue = named("reporting_queue", "counterfoil.reporting", &mut fields, findings);
    let window = fields.take::<i64>("window", findings);
    let window = window.map_or(Some(256), |window| words::number("window", &window, 1..=10_000, findings));
    fields.end(findings);
    let address = address.filter(|address| usable(address, findings))?.into_inner();
    let errors = findings[before..].iter().any(|finding| finding.severity == counterfoil_diagnostics::Severity::Error);
    (!errors).then_some(Amqp { address, user, password, exchange, reporting_queue, window: window? as usize })
}

fn named(key: &'static str, default: &str, fields: &mut Fields<'_>, findings: &mut Vec<Finding>) -> String {
    let Some(name) = fields.take::<String>(key, findings) else { return default.to_owned() };
    let text = name.get_ref();
    let problem = match text {
        text if text.is_empty() => Some(("is empty", "at least one character")),
        text if text.len() > NAME_BYTES => Some(("is too long", "at most 255 bytes")),
        text if text.starts_with("amq.") => Some(("begins with `amq.`", "the broker keeps `amq.` for itself")),
        text if text.contains(char::is_control) => Some(("has control characters in it", "letters, digits, `.`, `-`")),
        _ => None,
    };
    if let Some((problem, label)) = problem {
        let finding = Finding::error("config::invalid-amqp-name", format!("`{key}` {problem}"), name.span(), label);
        findings.push(finding.help(format!("the default is `{default}`")));
    }
    name.into_inner()
}

/// Whether the address can be dialled as it is written; whether somebody answers is asked elsewhere.
fn usable(address: &Spanned<String>, findings: &mut Vec<Finding>) -> bool {
    let finding = match problem(address.get_ref()) {
        None => return true,
        Some(Problem::Credentials) => Finding::error(
            "config::credentials-in-address",
            "`address` has credentials in it",
            address.span(),
            "user and password stand here",
        )
        .help("write `user = \"…\"` and `password = \"env:NAME\"` as keys of their own"),
        Some(Problem::Shape(label)) => {
            Finding::error("config::invalid-address", "`address` is no AMQP address", address.span(), label)
                .help("for example `amqp://127.0.0.1:5672/%2f`; `%2f` is the virtual host `/`")
        }
    };
    findings.push(finding);
    false
}

enum Problem {
    Credentials,
    Shape(&'static str),
}

fn problem(address: &str) -> Option<Problem> {
    let Some(rest) = address.strip_prefix("amqp://").or_else(|| address.strip_prefix("amqps://")) else {
        return Some(Problem::Shape("begins with `amqp://` or `amqps://`"));
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if rest.contains('@') {
        return Some(Problem::Credentials);
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or("x"))),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(Problem::Shape("names no host"));
    }
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Some(Problem::Shape("the port is 1 to 65535"));
    }
    if path.contains(['/', '?', '#']) || path.contains(char::is_whitespace) {
        return Some(Problem::Shape("one virtual host, percent-encoded"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_or_refused_for_the_right_reason() {
        for good in ["amqp://127.0.0.1:5672/%2f", "amqps://broker.example", "amqp://[::1]:5672/v", "amqp://[::1]/"] {
            assert!(problem(good).is_none(), "{good}");
        }
        for bad in [
            "http://h", "amqp://", "amqp:///v", "amqp://h:0", "amqp://h:70000", "amqp://h:x/", "amqp://h//", "amqp://h/a?b=1",
            "amqp://[::1]x", "amqp://a b/", "",
        ] {
            assert!(matches!(problem(bad), Some(Problem::Shape(_))), "{bad}");
        }
        for bad in ["amqp://guest:guest@h/", "amqp://guest@h", "amqp://u:p/w@h/"] {
            assert!(matches!(problem(bad), Some(Problem::Credentials)), "{bad}");
        }
    }
}
