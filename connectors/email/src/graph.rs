//! A mailbox behind Microsoft Graph, read only: what came into each folder by `messages/delta`, and every mail by its bytes
//! (`$value`).
//!
//! As with IMAP, a mail is known by its bytes: ids and links are a way through a folder and nothing else, so that one that is
//! forgotten or changed costs a walk and never a mail.

mod census;
mod examine;
mod folders;
mod mails;
mod pass;
mod position;
mod service;
mod settings;

pub(crate) use settings::{Keys, Settings};

use crate::record::Limits;
use census::{Known, Roll};
use counterfoil_http::{Api, ApiSettings, Budget, Credential, Limits as HttpLimits};
use counterfoil_record::{CensusPage, Fetched, Page, Position};
use counterfoil_sdk::{Equipment, Examination, PullContext, PullErrorKind, SecretError};
use folders::Resolved;
use position::Progress;
use service::Service;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Requests under way at the same time: what the service lets one application have in one mailbox.
pub(crate) const AT_ONCE: usize = 4;

/// The longest answer that is no mail.
const LIST_BYTES: usize = 8 << 20;

/// One mailbox.
pub(crate) struct Graph {
    settings: Settings,
    limits: Limits,
    /// Once it is equipped.
    service: Option<Service>,
    /// What mails were when they were last read. Only a shortcut for a census.
    known: Mutex<Known>,
    roll: Mutex<Option<Arc<Roll>>>,
}

impl Graph {
    pub(crate) fn new(settings: Settings, limits: Limits) -> Self {
        Self { settings, limits, service: None, known: Mutex::default(), roll: Mutex::default() }
    }

    pub(crate) fn equip(&mut self, instance: &str, equipment: &Equipment) -> Result<(), SecretError> {
        let oauth = self.settings.client.oauth(instance, equipment)?;
        let api = Api::new(ApiSettings {
            base: self.settings.base.clone(),
            credential: Credential::OAuth(oauth),
            budget: Budget {
                per_second: self.settings.per_second,
                burst: self.settings.per_second,
                in_flight: AT_ONCE,
            },
            // Four at once, twice each: what is still refused then is for the pipeline to wait for.
            limits: HttpLimits { body_bytes: LIST_BYTES, attempts: 2, ..HttpLimits::default() },
            ca_pem: self.settings.ca_file.as_deref().map(crate::ca_pem).transpose()?,
        });
        let api = api.map_err(|error| SecretError::of(instance, error.to_string()))?;
        self.service = Some(Service::new(api, &self.settings.user));
        Ok(())
    }

    /// Finds every folder; no mail is read.
    pub(crate) async fn check(&self) -> Result<(), PullErrorKind> {
        let service = self.service()?;
        for (name, found) in folders::resolve(service, &self.settings.mailboxes).await? {
            if let Resolved::Missing { there } = found {
                return Err(PullErrorKind::NotFound { what: folders::missing(&name, &there) });
            }
        }
        Ok(())
    }

    pub(crate) async fn pull(&self, from: &Position, context: PullContext) -> Result<Page, PullErrorKind> {
        let mut progress = Progress::read(from, &self.settings.mailboxes)?;
        pass::page(self, &mut progress, context).await
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
        roll.fetch(self, ids).await
    }

    pub(crate) async fn examine(&self) -> Vec<Examination> {
        examine::examine(self).await
    }

    /// Requests so far.
    pub(crate) fn calls(&self) -> Option<u64> {
        self.service.as_ref().map(|service| service.api.calls())
    }

    async fn take_roll(&self) -> Result<Arc<Roll>, PullErrorKind> {
        // The old one is let go first: there is room for one.
        *self.roll.lock().await = None;
        let roll = Arc::new(census::take(self).await?);
        *self.roll.lock().await = Some(Arc::clone(&roll));
        Ok(roll)
    }

    fn service(&self) -> Result<&Service, PullErrorKind> {
        let missing =
            || PullErrorKind::Contract { source: "it was asked for something before it had its secrets".into() };
        self.service.as_ref().ok_or_else(missing)
    }
}
