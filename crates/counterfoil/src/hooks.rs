//! Which sources may call, and what a call sets off.

use crate::exit::{Exit, Failure};
use crate::gateway::Gateway;
use anyhow::Result;
use counterfoil_api::{Api, Hook, Hooks, Key, serve};
use std::sync::Arc;
use tokio::sync::Notify;

/// One for each of the gateway's sources, in their order: notified when its instance said that something changed.
pub(crate) type Hints = Vec<Arc<Notify>>;

/// No hints yet.
pub(crate) fn hints(gateway: &Gateway) -> Hints {
    gateway.sources.iter().map(|_| Arc::new(Notify::new())).collect()
}

/// Listens where the configuration says so, and says where. What listens stops when it is dropped.
pub(crate) async fn listen(gateway: &Gateway, hints: &Hints) -> Result<Option<Api>> {
    let mut hooks = Hooks::new();
    for source in &gateway.sources {
        let Some(webhook) = source.connector.webhook() else { continue };
        let own = gateway.sources.iter().zip(hints).filter(|(other, _)| other.instance == source.instance);
        let own: Vec<Arc<Notify>> = own.map(|(_, hint)| Arc::clone(hint)).collect();
        hooks.entry(source.instance.to_string()).or_insert_with(|| Hook {
            header: webhook.header,
            prefix: webhook.prefix,
            key: Key::new(webhook.secret.expose().as_bytes()),
            heard: Box::new(move || own.iter().for_each(|hint| hint.notify_one())),
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
