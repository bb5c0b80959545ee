//! What an [`crate::Api`] is made of. Pure: nothing is looked up and nothing is asked.

use counterfoil_sdk::{Secret, TokenStore};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// What all requests of an instance share.
#[derive(Debug)]
pub struct ApiSettings {
    /// Where the API begins; paths of requests are relative to it.
    pub base: Url,
    /// Who asks.
    pub credential: Credential,
    /// How much may be asked.
    pub budget: Budget,
    /// How long and how big an answer may be.
    pub limits: Limits,
    /// Certificates (PEM) that are trusted beside those of the system.
    pub ca_pem: Option<String>,
}

/// Who asks. `Debug` prints no secret.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nobody in particular.
    None,
    /// HTTP basic authentication.
    Basic {
        /// The user's name; no colon in it.
        user: String,
        /// Its password.
        password: Secret,
    },
    /// A token that never changes.
    Bearer(Secret),
    /// Tokens from a token endpoint.
    OAuth(OAuth),
}

/// How access tokens are had.
#[derive(Clone)]
pub struct OAuth {
    /// The token endpoint, for example `/oauth_token.do` on the API's own origin.
    pub token_url: Url,
    /// What is shown to the token endpoint.
    pub grant: Grant,
    /// What the token is to be good for, where the endpoint wants to be told.
    pub scope: Option<String>,
    /// Where a rotated refresh token lives.
    pub store: Arc<dyn TokenStore>,
    /// The name that it is stored under: the instance.
    pub name: String,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OAuth { token_url, grant, scope, store: _, name } = self;
        f.debug_struct("OAuth")
            .field("token_url", &token_url.as_str())
            .field("grant", grant)
            .field("scope", scope)
            .field("name", name)
            .finish()
    }
}

/// What is shown to a token endpoint.
#[derive(Debug, Clone)]
pub enum Grant {
    /// The client is its own user.
    ClientCredentials {
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
    },
    /// A user gave consent once.
    RefreshToken {
        /// The client's id.
        client_id: String,
        /// Its secret.
        client_secret: Secret,
        /// The token that the consent gave; a stored one that replaced it comes first.
        initial: Secret,
    },
}

/// How much may be asked, over all streams of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests per second in the long run; at least 1.
    pub per_second: u32,
    /// Requests that may come at once after a rest; at least 1.
    pub burst: u32,
    /// Requests under way at the same time; at least 1.
    pub in_flight: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { per_second: 10, burst: 10, in_flight: 4 }
    }
}

/// How long and how big an answer may be, and how often one request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first packet to an open connection, TLS included.
    pub connect: Duration,
    /// One request with its whole answer, without repetitions and without waiting for the budget.
    pub total: Duration,
    /// Silence between two pieces of an answer.
    pub idle_read: Duration,
    /// The body after decompression.
    pub body_bytes: usize,
    /// How often one request is sent in all, when the source is busy or does not answer; at least 1.
    pub attempts: u32,
    /// The first wait between attempts when the source states none; it doubles.
    pub first_wait: Duration,
    /// A wait beyond this is not the client's: it becomes an error that the pipeline shows and waits for.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(120),
            idle_read: Duration::from_secs(60),
            body_bytes: 64 << 20,
            attempts: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
        }
    }
}

/// Settings that no client can be made of.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is none that a request can be sent to.
    #[error("`{shown}` is no address of an API: {why}")]
    Address {
        /// The address without user, password and query.
        shown: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A number that has to be at least 1 is 0.
    #[error("`{name}` must be at least 1")]
    Zero {
        /// Which.
        name: &'static str,
    },
    /// A credential has characters that no header can carry.
    #[error("the credential has characters that no HTTP header can carry")]
    Credential,
    /// The additional certificates cannot be read.
    #[error("the certificates of `ca_pem` cannot be read")]
    Certificates {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("the HTTP client cannot be made")]
    Client {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ApiSettings {
    /// Every number and address is one that works.
    pub(crate) fn validate(&self) -> Result<(), BuildError> {
        let Self { base, credential, budget, limits, ca_pem: _ } = self;
        let is_secret = !matches!(credential, Credential::None);
        address(base, is_secret)?;
        if let Credential::OAuth(oauth) = credential {
            address(&oauth.token_url, true)?;
        }
        let numbers = [
            ("per_second", budget.per_second as usize),
            ("burst", budget.burst as usize),
            ("in_flight", budget.in_flight),
            ("body_bytes", limits.body_bytes),
            ("attempts", limits.attempts as usize),
        ];
        match numbers.iter().find(|(_, number)| *number == 0) {
            Some((name, _)) => Err(BuildError::Zero { name }),
            None => Ok(()),
        }
    }
}

pub(crate) fn address(url: &Url, has_credential: bool) -> Result<(), BuildError> {
    let why = if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        "it must begin with `https://` and name a host"
    } else if !url.username().is_empty() || url.password().is_some() {
        "user and password do not belong in an address"
    } else if url.query().is_some() || url.fragment().is_some() {
        "it must end before `?` and `#`"
    } else if has_credential && url.scheme() == "http" && !is_loopback(url) {
        "a credential is not sent without TLS; write `https://`"
    } else {
        return Ok(());
    };
    Err(BuildError::Address { shown: shown(url), why })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// An address as people may see it: no user, no password, no query.
pub(crate) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}
