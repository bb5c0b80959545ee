//! The keys of an IMAP mailbox in the section.

use crate::client::{self, Client};
use crate::names::{mailboxes, one_line};
use counterfoil_diagnostics::Finding;
use counterfoil_sdk::within;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// What tokens of Microsoft have to be good for.
const MICROSOFT: &str = "https://outlook.office365.com/.default";

/// Where a mailbox is and who reads it.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    /// More authorities than the machine knows, PEM.
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) user: String,
    pub(crate) proof: Proof,
    pub(crate) mechanism: Mechanism,
    pub(crate) mailboxes: Vec<String>,
    /// How long the server may be silent.
    pub(crate) patience: Duration,
}

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Implicit,
    /// TLS after a command, without which nothing is said.
    StartTls,
    /// Not at all; only on this machine.
    None,
}

/// Where the secret is had that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By its name; it is looked up for every login.
    Named(String),
    /// From a token endpoint.
    Client(Client),
}

/// How the account proves itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// By a password: PLAIN where the server has it, otherwise the command LOGIN.
    Password,
    /// By a bearer token, as Google and Microsoft take it.
    XOAuth2,
    /// By a bearer token, as RFC 7628 has it.
    OAuthBearer,
}

/// The keys, as they stand in the section.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) server: Option<Spanned<String>>,
    pub(crate) tls: Option<Spanned<String>>,
    pub(crate) ca_file: Option<Spanned<String>>,
    pub(crate) user: Option<Spanned<String>>,
    pub(crate) password: Option<Spanned<String>>,
    pub(crate) token: Option<Spanned<String>>,
    pub(crate) sasl: Option<Spanned<String>>,
    pub(crate) client: client::Keys,
    pub(crate) mailboxes: Option<Vec<Spanned<String>>>,
    pub(crate) timeout_secs: Option<Spanned<i64>>,
}

impl Keys {
    /// Where the first of those that are there stands.
    pub(crate) fn first(&self) -> Option<Range<usize>> {
        let texts = [&self.server, &self.tls, &self.ca_file, &self.user, &self.password, &self.token, &self.sasl];
        let places = texts.into_iter().flatten().map(Spanned::span);
        let mailboxes = self.mailboxes.iter().flatten().map(Spanned::span);
        places
            .chain(mailboxes)
            .chain(self.timeout_secs.iter().map(Spanned::span))
            .next()
            .or_else(|| self.client.first())
    }

    /// Reads them; every problem at once.
    pub(crate) fn read(self, at: &Range<usize>, folder: &Path, findings: &mut Vec<Finding>) -> Option<Settings> {
        let security = security(self.tls.as_ref(), findings);
        let patience = within("email::out-of-range", "timeout_secs", self.timeout_secs.as_ref(), 60, 1..=600, findings);
        let server = self.server.as_ref().and_then(|server| address(server, security, findings));
        let secret_of = crate::secret_in(folder);
        let mut keys = self;
        let client = std::mem::take(&mut keys.client);
        let credential = match (&keys.password, &keys.token, client.first()) {
            (Some(password), None, None) => Some((Proof::Named(secret_of(password)), Mechanism::Password)),
            (None, Some(token), None) => Some((Proof::Named(secret_of(token)), bearer(keys.sasl.as_ref(), findings))),
            (None, None, Some(_)) => {
                let usual = client.tenant.is_some().then(|| MICROSOFT.to_owned());
                let client = client.read(usual, at, &secret_of, findings);
                client.map(|client| (Proof::Client(client), bearer(keys.sasl.as_ref(), findings)))
            }
            _ => {
                let message = "an account has `password`, or `token`, or a client that gets tokens";
                let finding = Finding::error("email::account", message, at.clone(), "in this section");
                findings.push(finding.help(
                    "`password = \"env:NAME\"`, or `token = \"env:NAME\"` for a bearer token, or `client_id`, `client_secret` \
                     and `tenant` or `token_url`; tokens are sent as `sasl` says (`\"xoauth2\"` or `\"oauthbearer\"`)",
                ));
                None
            }
        };
        if let (Some((_, Mechanism::Password)), Some(sasl)) = (&credential, &keys.sasl) {
            let message = "`sasl` says how a token is sent, and there is none";
            findings.push(Finding::error("email::account", message, sasl.span(), "without `token`"));
        }
        if keys.user.is_none() {
            let finding = Finding::error("email::account", "`user` is missing", at.clone(), "in this section");
            findings.push(finding.help("the name the account logs in with, often its whole address"));
        }
        let user = keys.user.as_ref().and_then(|user| one_line("user", user, findings));
        let mailboxes = mailboxes(keys.mailboxes.as_deref(), at, findings);
        let (Some((host, port)), Some((proof, mechanism)), Some(security), Some(user)) =
            (server, credential, security, user)
        else {
            return None;
        };
        let ca_file = keys.ca_file.map(|file| folder.join(file.get_ref()));
        let patience = Duration::from_secs(patience.unsigned_abs());
        Some(Settings { host, port, security, ca_file, user, proof, mechanism, mailboxes, patience })
    }
}

fn security(tls: Option<&Spanned<String>>, findings: &mut Vec<Finding>) -> Option<Security> {
    let Some(tls) = tls else { return Some(Security::Implicit) };
    match tls.get_ref().as_str() {
        "implicit" => Some(Security::Implicit),
        "starttls" => Some(Security::StartTls),
        "none" => Some(Security::None),
        _ => {
            let finding = Finding::error("email::tls", "`tls` is none of its words", tls.span(), "not known");
            findings.push(finding.help("`implicit` (port 993), `starttls` (port 143), or `none` on this machine"));
            None
        }
    }
}

fn address(server: &Spanned<String>, security: Option<Security>, findings: &mut Vec<Finding>) -> Option<(String, u16)> {
    let text = server.get_ref().as_str();
    let standard = if security == Some(Security::Implicit) { 993 } else { 143 };
    let split = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => port.parse().ok().map(|port| (host, port)),
        _ => Some((text, standard)),
    };
    let host = |host: &str| host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_name = |host: &str| {
        !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_:".contains(letter))
    };
    let Some((host, port)) = split.map(|(name, port)| (host(name), port)).filter(|(name, _)| is_name(name)) else {
        let finding = Finding::error("email::server", "`server` cannot be read", server.span(), "no host and port");
        findings.push(finding.help("for example `imap.example.org` or `imap.example.org:993`"));
        return None;
    };
    let is_loopback = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if security == Some(Security::None) && !is_loopback {
        let message = "without TLS the credential and the mails could be read on the way";
        let finding = Finding::error("email::tls", message, server.span(), "another machine");
        findings.push(finding.help("remove `tls = \"none\"`, or write `tls = \"starttls\"`"));
        return None;
    }
    Some((host, port))
}

fn bearer(sasl: Option<&Spanned<String>>, findings: &mut Vec<Finding>) -> Mechanism {
    match sasl.map(|sasl| sasl.get_ref().as_str()) {
        None | Some("xoauth2") => Mechanism::XOAuth2,
        Some("oauthbearer") => Mechanism::OAuthBearer,
        Some(_) => {
            let span = sasl.map_or(0..0, Spanned::span);
            let finding = Finding::error("email::account", "`sasl` is none of its words", span, "not known");
            findings.push(finding.help("`xoauth2` (Google, Microsoft) or `oauthbearer`"));
            Mechanism::XOAuth2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, parse};
    use counterfoil_sdk::{ConfigSection, InstanceSettings};
    use toml::de::DeTable;

    fn read(text: &str) -> Result<Settings, Vec<&'static str>> {
        let settings = InstanceSettings::default();
        let table = DeTable::parse(text).unwrap();
        let section =
            ConfigSection { instance: "acme", at: 0..0, folder: Path::new("/etc"), settings: &settings, table };
        match parse(section) {
            Ok(crate::config::Settings { source: Source::Imap(settings), .. }) => Ok(settings),
            Ok(_) => panic!("mails at rest"),
            Err(findings) => Err(findings.iter().map(|finding| finding.code).collect()),
        }
    }

    const ACCOUNT: &str = "user = \"a@b\"\npassword = \"env:P\"\n";

    #[test]
    fn an_account_is_read_with_what_is_usual() {
        let settings = read(&format!("server = \"imap.acme.example\"\n{ACCOUNT}")).unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("imap.acme.example", 993));
        assert_eq!((settings.security, settings.mechanism), (Security::Implicit, Mechanism::Password));
        assert_eq!(settings.mailboxes, ["INBOX"]);
        let section = "server = \"[::1]:1143\"\ntls = \"none\"\nuser = \"u\"\ntoken = \"file:token\"\nsasl = \"oauthbearer\"\n\
                       ca_file = \"ca.pem\"\nmailboxes = [\"inbox\", \"R&D\"]\n";
        let settings = read(section).unwrap();
        assert_eq!((settings.host.as_str(), settings.port, settings.security), ("::1", 1143, Security::None));
        assert_eq!(
            (settings.proof, settings.mechanism),
            (Proof::Named("file:/etc/token".into()), Mechanism::OAuthBearer)
        );
        assert_eq!(
            (settings.mailboxes, settings.ca_file),
            (vec!["INBOX".into(), "R&D".into()], Some("/etc/ca.pem".into()))
        );
        assert_eq!(read(&format!("server = \"mx\"\ntls = \"starttls\"\n{ACCOUNT}")).unwrap().port, 143);
    }

    #[test]
    fn a_client_that_gets_tokens_is_read() {
        let client = |settings: Settings| match settings.proof {
            Proof::Client(client) => (client.token_url.to_string(), client.scope),
            Proof::Named(name) => panic!("{name}"),
        };
        let account =
            "server = \"outlook.office365.com\"\nuser = \"a@b\"\nclient_id = \"c\"\nclient_secret = \"env:S\"\n";
        let entra = read(&format!("{account}tenant = \"acme.example\"\n")).unwrap();
        assert_eq!(entra.mechanism, Mechanism::XOAuth2);
        let (url, scope) = client(entra);
        assert_eq!(url, "https://login.microsoftonline.com/acme.example/oauth2/v2.0/token");
        assert_eq!(scope.as_deref(), Some(MICROSOFT));
        let google =
            "token_url = \"https://oauth2.googleapis.com/token\"\nrefresh_token = \"env:R\"\nsasl = \"oauthbearer\"\n";
        let google = read(&format!("{account}{google}")).unwrap();
        assert_eq!(google.mechanism, Mechanism::OAuthBearer);
        assert_eq!(client(google), ("https://oauth2.googleapis.com/token".to_owned(), None));
    }

    #[test]
    fn every_problem_is_found() {
        let server = "server = \"imap.acme.example\"\n";
        let table = [
            (format!("server = \"https://x/y\"\n{ACCOUNT}"), vec!["email::server"]),
            (format!("server = \"\"\n{ACCOUNT}"), vec!["email::server"]),
            (format!("server = \"x:99999\"\n{ACCOUNT}"), vec!["email::server"]),
            (format!("{server}tls = \"none\"\n{ACCOUNT}"), vec!["email::tls"]),
            (format!("{server}tls = \"yes\"\n{ACCOUNT}"), vec!["email::tls"]),
            (format!("{server}user = \"u\"\n"), vec!["email::account"]),
            (format!("{server}password = \"env:P\"\n"), vec!["email::account"]),
            (format!("{server}{ACCOUNT}token = \"env:T\"\n"), vec!["email::account"]),
            (format!("{server}{ACCOUNT}sasl = \"xoauth2\"\n"), vec!["email::account"]),
            (format!("{server}{ACCOUNT}client_id = \"c\"\n"), vec!["email::account"]),
            (format!("{server}user = \"u\"\nclient_id = \"c\"\n"), vec!["email::client"; 2]),
            (
                format!(
                    "{server}user = \"u\"\nclient_id = \"c\"\nclient_secret = \"env:S\"\ntoken_url = \"http://x.example\"\n"
                ),
                vec!["email::url"],
            ),
            (format!("{server}user = \"u\"\ntoken = \"env:T\"\nsasl = \"ntlm\"\n"), vec!["email::account"]),
            (format!("{server}{ACCOUNT}mailboxes = [\"A\", \"A\"]\n"), vec!["email::mailboxes"]),
            (format!("{server}{ACCOUNT}mailboxes = []\n"), vec!["email::mailboxes"]),
            (format!("{server}{ACCOUNT}mailboxes = [\"a\\r\\nb\"]\n"), vec!["email::name"]),
            (format!("{server}user = \"u\\nx\"\npassword = \"env:P\"\n"), vec!["email::name"]),
            (format!("{server}{ACCOUNT}timeout_secs = 0\n"), vec!["email::out-of-range"]),
            (format!("{server}{ACCOUNT}folder = \"mail\"\n"), vec!["email::source"]),
            (ACCOUNT.to_owned(), vec!["email::source"]),
        ];
        for (text, codes) in table {
            assert_eq!(read(&text).unwrap_err(), codes, "{text}");
        }
    }
}
