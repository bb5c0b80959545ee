//! The keys of a mailbox behind Microsoft Graph in the section.

use crate::client::{self, Client, address};
use crate::names::{mailboxes, one_line};
use counterfoil_diagnostics::Finding;
use counterfoil_http::Url;
use counterfoil_sdk::within;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The service for everybody who is not in a national cloud.
const WORLD: &str = "https://graph.microsoft.com";

/// Which mailbox, and who reads it.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// With the version of the API.
    pub(crate) base: Url,
    /// The address of the mailbox.
    pub(crate) user: String,
    pub(crate) client: Client,
    pub(crate) mailboxes: Vec<String>,
    pub(crate) per_second: u32,
    /// More authorities than the machine knows, PEM.
    pub(crate) ca_file: Option<PathBuf>,
}

/// The keys, as they stand in the section.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) url: Option<Spanned<String>>,
    pub(crate) requests_per_second: Option<Spanned<i64>>,
    pub(crate) user: Option<Spanned<String>>,
    pub(crate) mailboxes: Option<Vec<Spanned<String>>>,
    pub(crate) ca_file: Option<Spanned<String>>,
    pub(crate) client: client::Keys,
}

impl Keys {
    /// Reads them; every problem at once.
    pub(crate) fn read(self, at: &Range<usize>, folder: &Path, findings: &mut Vec<Finding>) -> Option<Settings> {
        let per_second = within(
            "email::out-of-range",
            "requests_per_second",
            self.requests_per_second.as_ref(),
            10,
            1..=1_000,
            findings,
        );
        let service = match &self.url {
            Some(url) => address("url", url, findings).filter(|service| is_origin(service, url, findings)),
            None => Url::parse(WORLD).ok(),
        };
        let user = match &self.user {
            Some(user) => one_line("user", user, findings),
            None => {
                let finding = Finding::error("email::account", "`user` is missing", at.clone(), "in this section");
                findings.push(finding.help("the address of the mailbox: `desk@acme.example`"));
                None
            }
        };
        let secret_of = crate::secret_in(folder);
        let scope = service.as_ref().map(|service| format!("{}/.default", service.origin().ascii_serialization()));
        let client = self.client.read(scope, at, &secret_of, findings);
        let mailboxes = mailboxes(self.mailboxes.as_deref(), at, findings);
        let mut base = service?;
        base.set_path("/v1.0");
        let ca_file = self.ca_file.map(|file| folder.join(file.get_ref()));
        let per_second = u32::try_from(per_second).unwrap_or(1);
        Some(Settings { base, user: user?, client: client?, mailboxes, per_second, ca_file })
    }
}

fn is_origin(service: &Url, url: &Spanned<String>, findings: &mut Vec<Finding>) -> bool {
    let is_origin = matches!(service.path(), "" | "/");
    if !is_origin {
        let message = "`url` cannot be used: it ends behind the host";
        let finding = Finding::error("email::url", message, url.span(), "a path");
        findings.push(finding.help("`https://graph.microsoft.com`, or the same of a national cloud"));
    }
    is_origin
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
            Ok(crate::config::Settings { source: Source::Graph(settings), .. }) => Ok(settings),
            Ok(_) => panic!("another dialect"),
            Err(findings) => Err(findings.iter().map(|finding| finding.code).collect()),
        }
    }

    const MAILBOX: &str = "dialect = \"graph\"\nuser = \"desk@acme.example\"\n";
    const CLIENT: &str = "tenant = \"acme.onmicrosoft.com\"\nclient_id = \"c\"\nclient_secret = \"file:s\"\n";

    #[test]
    fn a_mailbox_is_read_with_what_is_usual() {
        let settings = read(&format!("{MAILBOX}{CLIENT}")).unwrap();
        assert_eq!(settings.base.as_str(), "https://graph.microsoft.com/v1.0");
        let token_url = "https://login.microsoftonline.com/acme.onmicrosoft.com/oauth2/v2.0/token";
        assert_eq!(settings.client.token_url.as_str(), token_url);
        assert_eq!(settings.client.scope.as_deref(), Some("https://graph.microsoft.com/.default"));
        assert_eq!((settings.mailboxes, settings.per_second), (vec!["INBOX".to_owned()], 10));
        let own = "url = \"http://127.0.0.1:81\"\ntoken_url = \"http://127.0.0.1:82/t\"\nclient_id = \"c\"\n\
                   client_secret = \"env:S\"\nrefresh_token = \"env:R\"\nscope = \"x\"\nmailboxes = [\"Inbox\", \"A/B\"]\n";
        let settings = read(&format!("{MAILBOX}{own}")).unwrap();
        assert_eq!((settings.base.as_str(), settings.client.scope.as_deref()), ("http://127.0.0.1:81/v1.0", Some("x")));
        assert_eq!(settings.mailboxes, ["INBOX", "A/B"]);
    }

    #[test]
    fn every_problem_is_found() {
        for (text, codes) in [
            (MAILBOX.to_owned(), vec!["email::client"; 3]),
            (format!("dialect = \"graph\"\n{CLIENT}"), vec!["email::account"]),
            (format!("{MAILBOX}{CLIENT}token_url = \"https://x.example/t\"\n"), vec!["email::client"]),
            (format!("{MAILBOX}{CLIENT}url = \"https://graph.microsoft.com/v1.0\"\n"), vec!["email::url"]),
            (format!("{MAILBOX}{CLIENT}url = \"http://graph.example\"\n"), vec!["email::url"]),
            (format!("{MAILBOX}{CLIENT}requests_per_second = 0\n"), vec!["email::out-of-range"]),
            (format!("{MAILBOX}{CLIENT}server = \"imap.acme.example\"\n"), vec!["email::source"]),
            (format!("{MAILBOX}{CLIENT}password = \"env:P\"\n"), vec!["email::source"]),
            (format!("{MAILBOX}{CLIENT}folder = \"mail\"\n"), vec!["email::source"]),
            (format!("{MAILBOX}{CLIENT}mailboxes = []\n"), vec!["email::mailboxes"]),
            (MAILBOX.replace("graph", "ews"), vec!["email::dialect"]),
            ("folder = \"mail\"\nurl = \"https://x.example\"\n".to_owned(), vec!["email::source"]),
            (format!("{MAILBOX}{}", CLIENT.replace("acme.", "../")), vec!["email::client"]),
        ] {
            assert_eq!(read(&text).unwrap_err(), codes, "{text}");
        }
    }
}
