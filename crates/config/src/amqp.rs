//! `[amqp]`: the broker that events are published to.

use crate::fields::Fields;
use crate::{secret, words};
use counterfoil_diagnostics::{Finding, Severity};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The broker. Without one, events stay in the ledger and can be read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amqp {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// As the address says, or else 5672 without TLS and 5671 with it.
    pub port: u16,
    /// The virtual host, decoded; `/` when the address names none.
    pub vhost: String,
    /// Whether the address begins with `amqps://`.
    pub tls: bool,
    /// A file with certificates to trust beside those of the system; relative paths start at the configuration's folder.
    pub ca_file: Option<PathBuf>,
    /// Who the gateway is for the broker.
    pub user: String,
    /// The name of the password: `env:…`, `file:…`.
    pub password: String,
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
    let address = address.and_then(|address| dialled(&address, findings));
    let user = fields.need::<String>("user", "who the gateway is for the broker", findings);
    let password =
        fields.need::<String>("password", "for example `password = \"env:COUNTERFOIL_AMQP_PASSWORD\"`", findings);
    let password = password.and_then(|name| secret::name("password", &name, folder, findings));
    let ca_file = fields.take::<PathBuf>("ca_file", findings);
    if let (Some(file), Some(Address { tls: false, .. })) = (&ca_file, &address) {
        let finding = Finding::error("config::no-tls", "`ca_file` means nothing without TLS", file.span(), "not used");
        findings.push(finding.help("begin the `address` with `amqps://`, or leave `ca_file` out"));
    }
    let exchange = named("exchange", "counterfoil.events", &mut fields, findings);
    let reporting_queue = named("reporting_queue", "counterfoil.reporting", &mut fields, findings);
    let window = fields.take::<i64>("window", findings);
    let window = window.map_or(Some(256), |window| words::number("window", &window, 1..=10_000, findings));
    fields.end(findings);
    if findings[before..].iter().any(|finding| finding.severity == Severity::Error) {
        return None;
    }
    let Address { host, port, vhost, tls } = address?;
    Some(Amqp {
        host,
        port,
        vhost,
        tls,
        ca_file: ca_file.map(|file| folder.join(file.into_inner())),
        user: user?.into_inner(),
        password: password?,
        exchange,
        reporting_queue,
        window: window? as usize,
    })
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

#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    port: u16,
    vhost: String,
    tls: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Problem {
    Credentials,
    Shape(&'static str),
}

/// The parts of the address; whether somebody answers there is asked elsewhere.
fn dialled(address: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Address> {
    let problem = match parts(address.get_ref()) {
        Ok(parts) => return Some(parts),
        Err(problem) => problem,
    };
    findings.push(match problem {
        Problem::Credentials => Finding::error(
            "config::credentials-in-address",
            "`address` has credentials in it",
            address.span(),
            "user and password stand here",
        )
        .help("write `user = \"…\"` and `password = \"env:NAME\"` as keys of their own"),
        Problem::Shape(label) => {
            Finding::error("config::invalid-address", "`address` is no AMQP address", address.span(), label)
                .help("for example `amqp://127.0.0.1:5672/%2f`; `%2f` is the virtual host `/`")
        }
    });
    None
}

fn parts(address: &str) -> Result<Address, Problem> {
    let (tls, rest) = match (address.strip_prefix("amqp://"), address.strip_prefix("amqps://")) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        (None, None) => return Err(Problem::Shape("begins with `amqp://` or `amqps://`")),
    };
    if rest.contains('@') {
        return Err(Problem::Credentials);
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or("no port"))),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '[') {
        return Err(Problem::Shape("names no host"));
    }
    let port = match port {
        None if tls => 5671,
        None => 5672,
        Some(port) => {
            let port = Some(port).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
            let port = port.and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
            port.ok_or(Problem::Shape("the port is 1 to 65535"))?
        }
    };
    let vhost = match path {
        "" => Some("/".to_owned()),
        path if path.contains(['/', '?', '#']) || path.contains(char::is_whitespace) => None,
        path => decoded(path),
    };
    let vhost = vhost.ok_or(Problem::Shape("one virtual host, percent-encoded"))?;
    Ok(Address { host: host.to_owned(), port, vhost, tls })
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        for (address, host, port, vhost, tls) in [
            ("amqp://127.0.0.1:5673/%2f", "127.0.0.1", 5673, "/", false),
            ("amqps://broker.example", "broker.example", 5671, "/", true),
            ("amqp://[::1]:1/a%C3%BC", "::1", 1, "aü", false),
            ("amqp://[::1]/", "::1", 5672, "/", false),
            ("amqp://h/v", "h", 5672, "v", false),
        ] {
            let wanted = Address { host: host.into(), port, vhost: vhost.into(), tls };
            assert_eq!(parts(address), Ok(wanted), "{address}");
        }
    }

    #[test]
    fn addresses_are_refused_for_the_right_reason() {
        for bad in [
            "http://h",
            "amqp://",
            "amqp:///v",
            "amqp://h:0",
            "amqp://h:70000",
            "amqp://h:+1",
            "amqp://h:/",
            "amqp://h//",
            "amqp://h/a?b=1",
            "amqp://h/%2",
            "amqp://h/%ff",
            "amqp://[::1]x",
            "amqp://[::1",
            "amqp://a b/",
            "",
        ] {
            assert!(matches!(parts(bad), Err(Problem::Shape(_))), "{bad}");
        }
        for bad in ["amqp://guest:guest@h/", "amqp://guest@h", "amqp://u:p/w@h/"] {
            assert_eq!(parts(bad), Err(Problem::Credentials), "{bad}");
        }
    }
}
