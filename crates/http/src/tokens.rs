//! Who asks: a credential that never changes, or access tokens that are asked for when they are needed.
//!
//! One request for a token is under way at a time, whoever needs it. A rotated refresh token is durable before the
//! access token that came with it is used, because the source has forgotten the old one.

use crate::excerpt::basic;
use crate::transport::Transport;
use crate::{BuildError, Credential, Grant, HttpError, OAuth, oauth};
use counterfoil_sdk::Secret;
use reqwest::header::HeaderValue;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A token is replaced this long before its end, or a tenth of its life, whichever is less.
const AHEAD: Duration = Duration::from_secs(30);

/// What a request shows; `generation` names it when it is refused.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) header: Option<HeaderValue>,
    /// The token itself, where it came from a token endpoint.
    pub(crate) access: Option<Secret>,
    pub(crate) generation: u64,
}

/// Where tickets come from.
pub(crate) enum Authority {
    Fixed(Ticket),
    Tokens(Arc<Tokens>),
}

pub(crate) struct Tokens {
    oauth: OAuth,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ticket: Option<Ticket>,
    /// When the ticket is replaced; `None` if the endpoint did not say how long it lives.
    until: Option<Instant>,
    generation: u64,
    /// A rotated token that the store could not keep yet.
    unsaved: Option<Secret>,
}

impl Authority {
    pub(crate) fn new(credential: Credential) -> Result<Self, BuildError> {
        let header = match credential {
            Credential::None => None,
            Credential::Basic { user, .. } if user.contains(':') => return Err(BuildError::Credential),
            Credential::Basic { user, password } => Some(format!("Basic {}", basic(&user, &password))),
            Credential::Bearer(token) => Some(format!("Bearer {}", token.expose())),
            Credential::OAuth(oauth) => return Ok(Self::Tokens(Arc::new(Tokens { oauth, state: Mutex::default() }))),
        };
        let header = header.map(|text| sensitive(&text)).transpose().map_err(|()| BuildError::Credential)?;
        Ok(Self::Fixed(Ticket { header, access: None, generation: 0 }))
    }

    /// Whether a refused ticket can be replaced.
    pub(crate) fn renews(&self) -> bool {
        matches!(self, Self::Tokens(_))
    }

    /// A ticket that is good as far as we know, and none of the generation that was refused or an earlier one.
    pub(crate) async fn ticket(&self, transport: &Transport, refused: Option<u64>) -> Result<Ticket, HttpError> {
        match self {
            Self::Fixed(ticket) => Ok(ticket.clone()),
            Self::Tokens(tokens) => {
                if let Some(ticket) = tokens.state.lock().await.good(refused) {
                    return Ok(ticket);
                }
                let (tokens, transport) = (Arc::clone(tokens), transport.clone());
                let path = tokens.oauth.token_url.path().to_owned();
                // A task of its own: a pull that is dropped now must not lose a refresh token that is on its way.
                let renewing = tokio::spawn(async move { tokens.renew(&transport, refused).await });
                renewing.await.unwrap_or_else(|error| Err(HttpError::NoAnswer { path, source: Box::new(error) }))
            }
        }
    }
}

impl State {
    fn good(&self, refused: Option<u64>) -> Option<Ticket> {
        let is_good = self.unsaved.is_none()
            && refused.is_none_or(|refused| self.generation > refused)
            && self.until.is_none_or(|until| Instant::now() < until);
        self.ticket.clone().filter(|_| is_good)
    }
}

impl Tokens {
    async fn renew(&self, transport: &Transport, refused: Option<u64>) -> Result<Ticket, HttpError> {
        let mut state = self.state.lock().await;
        if let Some(ticket) = state.good(refused) {
            return Ok(ticket);
        }
        if let Some(unsaved) = state.unsaved.clone() {
            self.keep(unsaved).await?;
            state.unsaved = None;
            if let Some(ticket) = state.good(refused) {
                return Ok(ticket);
            }
        }
        let asked = Instant::now();
        let granted = self.ask(transport).await?;
        let header = sensitive(&format!("Bearer {}", granted.access.expose())).map_err(|()| HttpError::Shape {
            path: self.oauth.token_url.path().to_owned(),
            expected: "a token that a header can carry".to_owned(),
            found: "another one".to_owned(),
        })?;
        state.generation += 1;
        let access = Some(granted.access);
        state.ticket = Some(Ticket { header: Some(header), access, generation: state.generation });
        state.until = granted.life.map(|life| asked + life.saturating_sub(AHEAD.min(life / 10)));
        if let (Some(refresh), Grant::RefreshToken { .. }) = (granted.refresh, &self.oauth.grant) {
            state.unsaved = Some(refresh.clone());
            self.keep(refresh).await?;
            state.unsaved = None;
        }
        // Even one that has no life left is used, once.
        Ok(state.ticket.clone().expect("it was set above"))
    }

    async fn ask(&self, transport: &Transport) -> Result<oauth::Granted, HttpError> {
        let stored = match &self.oauth.grant {
            Grant::ClientCredentials { .. } => None,
            Grant::RefreshToken { .. } => self.stored().await?,
        };
        let granted = self.ask_with(transport, stored.as_ref()).await;
        // After a new consent the configuration has a token that the store does not know.
        match (&granted, &self.oauth.grant, &stored) {
            (Err(HttpError::NoToken { .. }), Grant::RefreshToken { initial, .. }, Some(stored))
                if stored.expose() != initial.expose() =>
            {
                self.ask_with(transport, None).await
            }
            _ => granted,
        }
    }

    async fn ask_with(&self, transport: &Transport, refresh: Option<&Secret>) -> Result<oauth::Granted, HttpError> {
        let OAuth { token_url, grant, .. } = &self.oauth;
        let raw = transport.post_form(token_url, oauth::form(&self.oauth, refresh)).await?;
        let granted = oauth::read(&raw, token_url.path(), grant, &transport.redaction)?;
        transport.redaction.learn(&granted.access);
        granted.refresh.iter().for_each(|refresh| transport.redaction.learn(refresh));
        Ok(granted)
    }

    async fn stored(&self) -> Result<Option<Secret>, HttpError> {
        let (store, name) = (Arc::clone(&self.oauth.store), self.oauth.name.clone());
        self.aside(move || store.load(&name)).await
    }

    async fn keep(&self, token: Secret) -> Result<(), HttpError> {
        let (store, name) = (Arc::clone(&self.oauth.store), self.oauth.name.clone());
        self.aside(move || store.store(&name, &token)).await
    }

    /// Does what may wait for a disk without holding up the runtime.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, HttpError> {
        let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)));
        done.map_err(|source| HttpError::Store { name: self.oauth.name.clone(), source })
    }
}

fn sensitive(text: &str) -> Result<HeaderValue, ()> {
    let mut header = HeaderValue::from_str(text).map_err(|_| ())?;
    header.set_sensitive(true);
    Ok(header)
}
