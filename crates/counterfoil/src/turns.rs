//! Who is pulled before whom: an instance that gets files out of mails waits until the mails were looked at, so that one pass
//! over everything has everything.

use crate::gateway::Gateway;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

/// The turns of the instances that are pulled. Those that nobody took are over when this is dropped.
pub(crate) struct Turns {
    open: HashMap<Arc<str>, watch::Sender<()>>,
    over: HashMap<Arc<str>, watch::Receiver<()>>,
}

/// The turn of one instance. Whoever waits for it goes on when it is dropped.
pub(crate) struct Turn {
    _open: Option<watch::Sender<()>>,
    before: Vec<watch::Receiver<()>>,
}

impl Turns {
    pub(crate) fn new(gateway: &Gateway) -> Self {
        let (mut open, mut over) = (HashMap::new(), HashMap::new());
        for source in &gateway.sources {
            let (opened, ended) = watch::channel(());
            open.insert(Arc::clone(&source.instance), opened);
            over.insert(Arc::clone(&source.instance), ended);
        }
        Self { open, over }
    }

    /// The turn of an instance; it comes after those whose mails bring files to it.
    pub(crate) fn take(&mut self, gateway: &Gateway, instance: &str) -> Turn {
        let before = gateway.feeders(instance);
        let before = before.iter().filter_map(|feeder| self.over.get(feeder).cloned()).collect();
        Turn { _open: self.open.remove(instance), before }
    }
}

impl Turn {
    /// Returns when all turns before this one are over.
    pub(crate) async fn come(&mut self) {
        for before in &mut self.before {
            // Nothing is ever sent: it ends when the other turn is dropped.
            while before.changed().await.is_ok() {}
        }
    }
}
