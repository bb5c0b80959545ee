//! Mailboxes of an IMAP server (RFC 3501 and 9051), read only.
//!
//! A mail is known by its bytes, so that uids are a way through a mailbox and nothing else. Nothing is marked as read: how far
//! we came is in the position, and what a person marks or moves is no news.

mod census;
mod connect;
mod examine;
mod fault;
mod guard;
mod names;
mod pass;
mod position;
mod session;
mod settings;

pub(crate) use settings::{Keys, Proof, Settings};

use crate::record::Limits;
use census::Roll;
use counterfoil_http::{BearerTokens, Limits as HttpLimits};
use counterfoil_record::{CensusPage, Fetched, Page, Place, Position};
use counterfoil_sdk::{Equipment, Examination, Lookup, PullContext, PullErrorKind, Secret, SecretError};
use fault::Fault;
use position::Progress;
use session::{Idle, Session};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a server is listened to without a word: RFC 2177 lets it hang up after 30 minutes.
const RENEW: Duration = Duration::from_secs(28 * 60);

/// One account on a server.
pub(crate) struct Imap {
    settings: Settings,
    limits: Limits,
    environment: Option<Arc<Lookup>>,
    /// Where tokens are had, unless the secret is a name.
    tokens: Option<BearerTokens>,
    /// The connection of a pass between two of its pages.
    kept: Mutex<Option<Session>>,
    /// The connection that listens.
    listening: Mutex<Option<Session>>,
    /// The last look of a listener: where the next mail of the first mailbox will stand.
    seen: Mutex<Option<(u32, Option<u32>)>>,
    roll: Mutex<Option<Arc<Roll>>>,
}

impl Imap {
    pub(crate) fn new(settings: Settings, limits: Limits) -> Self {
        Self {
            settings,
            limits,
            environment: None,
            tokens: None,
            kept: Mutex::default(),
            listening: Mutex::default(),
            seen: Mutex::default(),
            roll: Mutex::default(),
        }
    }

    /// Proves that the secret can be had. A named one is looked up again for every login: a token in a file is renewed by
    /// others.
    pub(crate) fn equip(&mut self, instance: &str, equipment: &Equipment) -> Result<(), SecretError> {
        match &self.settings.proof {
            Proof::Named(name) => {
                Secret::resolve(name, equipment.environment.as_ref())?;
            }
            Proof::Client(client) => {
                let oauth = client.oauth(instance, equipment)?;
                let limits = HttpLimits { total: self.settings.patience, ..HttpLimits::default() };
                let ca_pem = self.settings.ca_file.as_deref().map(crate::ca_pem).transpose()?;
                let tokens = BearerTokens::new(oauth, &limits, ca_pem.as_deref());
                self.tokens = Some(tokens.map_err(|error| SecretError::of(instance, error.to_string()))?);
            }
        }
        self.environment = Some(Arc::clone(&equipment.environment));
        Ok(())
    }

    /// Logs in and opens every mailbox.
    pub(crate) async fn check(&self) -> Result<(), PullErrorKind> {
        let mut session = self.connect().await.map_err(Fault::kind)?;
        for name in &self.settings.mailboxes {
            if session.open(name, None).await.map_err(Fault::kind)?.is_none() {
                return Err(PullErrorKind::NotFound {
                    what: format!("the mailbox `{name}`, as far as the account sees,"),
                });
            }
        }
        session.end().await;
        Ok(())
    }

    pub(crate) async fn pull(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        let mut progress = Progress::read(from, &self.settings.mailboxes)?;
        let mut session = self.session().await?;
        let page = pass::page(self, &mut session, &mut progress, context).await?;
        if page.more {
            *self.kept.lock().await = Some(session);
        } else {
            session.end().await;
        }
        Ok(page)
    }

    pub(crate) async fn census(&self, from: &Position) -> Result<CensusPage, PullErrorKind> {
        let known = self.roll.lock().await.clone().filter(|_| !from.0.is_empty());
        let roll = match known {
            Some(roll) => roll,
            None => self.take_roll().await?,
        };
        roll.page(from)
    }

    pub(crate) async fn fetch(&self, ids: &[String]) -> Result<Fetched, PullErrorKind> {
        let known = self.roll.lock().await.clone();
        let roll = match known {
            Some(roll) => roll,
            None => self.take_roll().await?,
        };
        let mut session = self.session().await?;
        let fetched = roll.fetch(self, &mut session, ids).await;
        if fetched.is_err() {
            // What it saw is not so any more.
            *self.roll.lock().await = None;
        }
        session.end().await;
        fetched
    }

    /// Returns when the server says that the first mailbox has something new.
    pub(crate) async fn news(&self) -> Result<(), PullErrorKind> {
        let listening = self.listening.lock().await.take();
        let mut session = match listening {
            Some(session) => session,
            None => {
                let mut session = self.connect().await.map_err(Fault::kind)?;
                if !session.can("IDLE") {
                    session.end().await;
                    return std::future::pending().await;
                }
                let name = &self.settings.mailboxes[0];
                let Some(opened) = session.open(name, None).await.map_err(Fault::kind)? else {
                    return Err(PullErrorKind::NotFound { what: format!("the mailbox `{name}`") });
                };
                // What came while nobody listened is news.
                let now = (opened.uidvalidity, opened.uidnext);
                let before = self.seen.lock().await.replace(now);
                if before.is_some_and(|before| before != now) {
                    *self.listening.lock().await = Some(session);
                    return Ok(());
                }
                session
            }
        };
        loop {
            if session.idle(RENEW).await.map_err(Fault::kind)? == Idle::News {
                *self.listening.lock().await = Some(session);
                return Ok(());
            }
        }
    }

    pub(crate) async fn examine(&self) -> Vec<Examination> {
        examine::examine(self).await
    }

    async fn take_roll(&self) -> Result<Arc<Roll>, PullErrorKind> {
        // The old one is let go first: there is room for one.
        *self.roll.lock().await = None;
        let mut session = self.session().await?;
        let roll = Arc::new(census::take(self, &mut session).await?);
        session.end().await;
        *self.roll.lock().await = Some(Arc::clone(&roll));
        Ok(roll)
    }

    /// The connection of the page before, or a new one.
    async fn session(&self) -> Result<Session, PullErrorKind> {
        let kept = self.kept.lock().await.take();
        match kept {
            Some(session) => Ok(session),
            None => self.connect().await.map_err(Fault::kind),
        }
    }

    async fn connect(&self) -> Result<Session, Fault> {
        let most_literal = self.limits.mail_bytes + (1 << 20);
        let connect = async |secret: &Secret| connect::connect(&self.settings, secret, most_literal).await;
        match (&self.settings.proof, &self.tokens) {
            (Proof::Named(name), _) => {
                let nothing: &Lookup = &|_| None;
                let environment = self.environment.as_deref().unwrap_or(nothing);
                let secret = Secret::resolve(name, environment).map_err(|error| Fault::Unfit(error.to_string()))?;
                connect(&secret).await
            }
            (Proof::Client(_), Some(tokens)) => {
                let no_token = |error| Fault::Token(Box::new(error));
                let token = tokens.token(None).await.map_err(no_token)?;
                match connect(&token.secret).await {
                    // It was ended before its time: a new one, once.
                    Err(Fault::Credential(_)) => {
                        let token = tokens.token(Some(&token)).await.map_err(no_token)?;
                        connect(&token.secret).await
                    }
                    other => other,
                }
            }
            (Proof::Client(_), None) => Err(Fault::Unfit("there was no secret to get a token with".to_owned())),
        }
    }

    fn place(&self, mailbox: &str, uidvalidity: u32, uid: u32) -> Place {
        pass::place_in(&Arc::from(mailbox), uidvalidity, uid)
    }
}
