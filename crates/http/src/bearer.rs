//! Access tokens for a protocol that is not HTTP, such as IMAP: asked for when they are needed, kept while they are good.

use crate::excerpt::Redaction;
use crate::settings::address;
use crate::tokens::Authority;
use crate::transport::Transport;
use crate::{BuildError, Credential, HttpError, Limits, OAuth};
use counterfoil_sdk::Secret;
use std::fmt;

/// Where tokens come from. What is asked of a token endpoint is never repeated; see `docs/decisions/0010`.
pub struct BearerTokens {
    transport: Transport,
    authority: Authority,
}

/// A token that was good when it was given.
#[derive(Debug, Clone)]
pub struct BearerToken {
    /// The token.
    pub secret: Secret,
    generation: u64,
}

impl fmt::Debug for BearerTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerTokens").field("calls", &self.calls()).finish()
    }
}

impl BearerTokens {
    /// Asks nothing yet. `ca_pem`: certificates that are trusted beside those of the system.
    pub fn new(oauth: OAuth, limits: &Limits, ca_pem: Option<&str>) -> Result<Self, BuildError> {
        address(&oauth.token_url, true)?;
        let base = oauth.token_url.clone();
        let credential = Credential::OAuth(oauth);
        let transport = Transport::new(&base, limits, ca_pem, Redaction::of(&credential))?;
        Ok(Self { transport, authority: Authority::new(credential)? })
    }

    /// A token that is good as far as we know, and not the one that was refused.
    pub async fn token(&self, refused: Option<&BearerToken>) -> Result<BearerToken, HttpError> {
        let ticket = self.authority.ticket(&self.transport, refused.map(|token| token.generation)).await?;
        let secret = ticket.access.expect("an authority of tokens gives tokens");
        Ok(BearerToken { secret, generation: ticket.generation })
    }

    /// Requests sent to the token endpoint so far.
    pub fn calls(&self) -> u64 {
        self.transport.calls()
    }
}
