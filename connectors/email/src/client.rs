//! An OAuth client in the section: where tokens are had, and what is shown for them. For Microsoft Graph, and for IMAP.

use crate::names::one_line;
use counterfoil_diagnostics::Finding;
use counterfoil_http::{Grant, OAuth, Url};
use counterfoil_sdk::{Equipment, Secret, SecretError};
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;

/// Names of secrets, never secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) token_url: Url,
    client_id: String,
    client_secret: String,
    refresh_token: Option<String>,
    pub(crate) scope: Option<String>,
}

/// The keys, as they stand in the section.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) tenant: Option<Spanned<String>>,
    pub(crate) token_url: Option<Spanned<String>>,
    pub(crate) client_id: Option<Spanned<String>>,
    pub(crate) client_secret: Option<Spanned<String>>,
    pub(crate) refresh_token: Option<Spanned<String>>,
    pub(crate) scope: Option<Spanned<String>>,
}

impl Keys {
    /// Where the first of those that are there stands.
    pub(crate) fn first(&self) -> Option<Range<usize>> {
        let Self { tenant, token_url, client_id, client_secret, refresh_token, scope } = self;
        [tenant, token_url, client_id, client_secret, refresh_token, scope]
            .into_iter()
            .flatten()
            .map(Spanned::span)
            .next()
    }

    /// Reads them; every problem at once. `usual_scope` is what Microsoft's directory wants to be told for this service.
    pub(crate) fn read(
        self,
        usual_scope: Option<String>,
        at: &Range<usize>,
        secret_of: &dyn Fn(&Spanned<String>) -> String,
        findings: &mut Vec<Finding>,
    ) -> Option<Client> {
        let incomplete = |message: &str| {
            let finding = Finding::error("email::client", message, at.clone(), "in this section");
            finding.help(
                "`tenant` (of Microsoft Entra) or `token_url`, and `client_id` and `client_secret`; with a user's consent \
                 `refresh_token` as well; secrets are names: `\"env:NAME\"` or `\"file:PATH\"`",
            )
        };
        let token_url = match (&self.tenant, &self.token_url) {
            (Some(tenant), None) => of_tenant(tenant, findings),
            (None, Some(url)) => address("token_url", url, findings),
            (None, None) => {
                findings.push(incomplete("nothing says where tokens are had"));
                None
            }
            (Some(_), Some(_)) => {
                findings.push(incomplete("`tenant` and `token_url` say the same thing twice"));
                None
            }
        };
        let client_id = match &self.client_id {
            Some(id) => one_line("client_id", id, findings),
            None => {
                findings.push(incomplete("`client_id` is missing"));
                None
            }
        };
        if self.client_secret.is_none() {
            findings.push(incomplete("`client_secret` is missing"));
        }
        let scope = match &self.scope {
            Some(scope) => Some(one_line("scope", scope, findings)?),
            None => usual_scope,
        };
        Some(Client {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: secret_of(&self.client_secret?),
            refresh_token: self.refresh_token.as_ref().map(secret_of),
            scope,
        })
    }
}

impl Client {
    /// What is shown to the token endpoint.
    pub(crate) fn oauth(&self, instance: &str, equipment: &Equipment) -> Result<OAuth, SecretError> {
        let secret = |name: &str| Secret::resolve(name, equipment.environment.as_ref());
        let (client_id, client_secret) = (self.client_id.clone(), secret(&self.client_secret)?);
        let grant = match &self.refresh_token {
            None => Grant::ClientCredentials { client_id, client_secret },
            Some(name) => Grant::RefreshToken { client_id, client_secret, initial: secret(name)? },
        };
        Ok(OAuth {
            token_url: self.token_url.clone(),
            grant,
            scope: self.scope.clone(),
            store: Arc::clone(&equipment.tokens),
            name: instance.to_owned(),
        })
    }
}

fn of_tenant(tenant: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Url> {
    let text = tenant.get_ref();
    let is_name = !text.is_empty()
        && !text.starts_with('.')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-.".contains(letter));
    if !is_name {
        let finding =
            Finding::error("email::client", "`tenant` is no name of a directory", tenant.span(), "not a name");
        findings.push(finding.help("its id, or a domain of it: `acme.onmicrosoft.com`"));
        return None;
    }
    Url::parse(&format!("https://login.microsoftonline.com/{text}/oauth2/v2.0/token")).ok()
}

/// An address that secrets may be sent to.
pub(crate) fn address(key: &str, url: &Spanned<String>, findings: &mut Vec<Finding>) -> Option<Url> {
    let why = match Url::parse(url.get_ref()) {
        Err(error) => error.to_string(),
        Ok(base) if base.host_str().is_none() || !matches!(base.scheme(), "http" | "https") => {
            "it does not name a host".to_owned()
        }
        Ok(base) if !base.username().is_empty() || base.password().is_some() => {
            "user and password do not belong in an address".to_owned()
        }
        Ok(base) if base.query().is_some() || base.fragment().is_some() => "it ends before `?` and `#`".to_owned(),
        Ok(base) if base.scheme() == "http" && !is_loopback(&base) => {
            "without TLS the credential could be read on the way".to_owned()
        }
        Ok(base) => return Some(base),
    };
    let finding = Finding::error("email::url", format!("`{key}` cannot be used: {why}"), url.span(), "no address");
    findings.push(finding.help("it begins with `https://` and names a host"));
    None
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}
