//! Which sources may call, and what a call sets off.

use crate::exit::{Exit, Failure};
use crate::gateway::Gateway;
use anyhow::Result;
use counterfoil_api::{Api, Hook, Hooks, Key, serve};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// For each instance that may call: notified when it said that something changed.
#[derive(Debug, Default)]
pub(crate) struct Hints(BTreeMap<Arc<str>, Arc<Notify>>);

impl Hints {
    /// Those of an instance; none ever come of one that may not call.
    pub(crate) fn of(&self, instance: &str) -> Arc<Notify> {
        self.0.get(instance).cloned().unwrap_or_default()
    }
}

/// Listens where the configuration says so. What listens stops when it is dropped.
pub(crate) async fn listen(gateway: &Gateway, hints: &mut Hints) -> Result<Option<Api>> {
    let mut hooks = Hooks::new();
    for source in &gateway.sources {
        let Some(webhook) = source.connector.webhook() else { continue };
        let hint = Arc::clone(hints.0.entry(source.instance.clone()).or_default());
        hooks.entry(source.instance.to_string()).or_insert_with(|| Hook {
            header: webhook.header,
            prefix: webhook.prefix,
            key: Key::new(webhook.secret.expose().as_bytes()),
            heard: Box::new(move || hint.notify_one()),
        });
    }
    let Some(api) = gateway.config.api else {
        if let Some(instance) = hooks.keys().next() {
            tracing::warn!(
                instance,
                "has a `webhook_secret` and nothing listens for its calls: add `[api]` with `listen = \"127.0.0.1:8466\"`"
            );
        }
        return Ok(None);
    };
    let listening = serve(api.listen, hooks).await.map_err(|error| {
        let help = "another program has it, perhaps another `up`; choose another port for `listen` in `[api]`";
        Failure::error(Exit::Config, format!("cannot listen on {}: {error}\n  help: {help}", api.listen))
    })?;
    Ok(Some(listening))
}
