//! One mailbox, one gateway; and how passes are made until nothing is left to be done.

use crate::compare::Documents;
use crate::gateway::{Configured, DAY_SECS, Gateway};
use crate::held::{doubled_or_set_aside, newest_of, versions};
use crate::shelf::directory;
use counterfoil_conversation::Rules;
use counterfoil_gym::graph::{FOLDERS, Instance, Server, Switches};
use counterfoil_gym::mail::{Estate, Scale, Switches as Oddities};
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Clock, Listener, PassReport, Silent, Source};
use counterfoil_record::Digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

const MAPPINGS: [&str; 4] = ["email/mail", "email/incident", "email/request", "email/conversation"];

/// Passes that may fail in a row. Faults of the gym strike each request a few times.
const MOST_FAILURES: usize = 600;

/// Gaps that the next pass may close.
const PASSING: &[&str] = &["census::failed", "email::links-forgotten"];

/// Everything that a whole way needs.
pub(crate) struct Mailbox {
    pub(crate) server: Server,
    pub(crate) gateway: Gateway,
    instance: Arc<Mutex<Instance>>,
}

/// A small estate with copies of mails in two folders.
pub(crate) fn small(seed: u64, tickets: u32) -> Estate {
    Estate::generate(seed, Scale { tickets }, Oddities { copies: true, ..Oddities::default() })
}

pub(crate) fn on(names: &[&str]) -> Switches {
    let mut switches = Switches::default();
    names.iter().for_each(|name| assert!(switches.turn(name), "{name}"));
    switches
}

impl Mailbox {
    pub(crate) async fn new(instance: Instance, switches: Switches, page_size: usize) -> Self {
        let instance = Arc::new(Mutex::new(instance));
        let server = Server::start(Arc::clone(&instance), switches).await.unwrap();
        let user = instance.lock().unwrap().account().user.clone();
        let section = format!(
            "dialect = \"graph\"\nurl = {:?}\ntoken_url = {:?}\nclient_id = \"gym-client\"\nclient_secret = \"env:SECRET\"\n\
             user = {user:?}\nmailboxes = {FOLDERS:?}\nrequests_per_second = 1000",
            server.url(),
            server.token_url()
        );
        let configured = Configured {
            kind: &counterfoil_connector_email::KIND,
            mappings: MAPPINGS.to_vec(),
            section,
            secrets: BTreeMap::from([("SECRET", "gym-client-secret".to_owned())]),
            page_size,
        };
        let shown = Arc::clone(&instance);
        let gateway = Gateway::new(configured, move || shown.lock().unwrap().now());
        Self { server, gateway, instance }
    }

    pub(crate) fn instance(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().unwrap()
    }

    pub(crate) fn sources(&self) -> [Source; 2] {
        let mails = self.gateway.source("mails");
        let conversations = mails.gathered(Rules::shipped(), directory()).unwrap();
        [mails, conversations]
    }

    /// One pass over both streams; the report of the mails, or what stopped it.
    pub(crate) async fn pass(&self) -> Result<PassReport, String> {
        let listener: Arc<dyn Listener> = Arc::new(Silent);
        let clock: Arc<dyn Clock> = Arc::clone(&self.gateway.clock) as Arc<dyn Clock>;
        let [mails, conversations] = self.sources();
        let report = sync_stream(&mails, &self.gateway.ledger, &clock, &listener).await;
        let gathered = sync_stream(&conversations, &self.gateway.ledger, &clock, &listener).await;
        gathered.map_err(|error| chain(&error))?;
        report.map_err(|error| chain(&error))
    }

    /// Passes until one is not stopped by a fault; half a minute lies between two of them.
    pub(crate) async fn patiently(&self) -> PassReport {
        let mut last = String::new();
        for _ in 0..MOST_FAILURES {
            match self.pass().await {
                Ok(report) if !report.gaps.iter().any(|gap| PASSING.contains(&gap.code.as_str())) => return report,
                Ok(report) => last = format!("{:?}", report.gaps),
                Err(error) => last = error,
            }
            self.instance().advance(30);
        }
        panic!("no pass comes to its end: {last}");
    }

    /// The mailbox is left alone from now on; everything that becomes due after a while is done.
    pub(crate) async fn settle(&self) -> PassReport {
        let switches = Switches { moving_every: 0, ..self.instance().switches().clone() };
        self.server.set_switches(switches);
        self.patiently().await;
        // Whoever is missed is missed by two censuses.
        for _ in 0..2 {
            self.instance().advance(DAY_SECS + 3_600);
            self.patiently().await;
        }
        self.patiently().await
    }

    /// Native ids of the mails that can be had now.
    pub(crate) fn present(&self) -> BTreeSet<String> {
        self.instance().present().iter().map(|sha256| Digest::parse(sha256).unwrap().short()).collect()
    }

    /// Native ids of the mails that the ledger holds as there, with the number of the version.
    fn versions(&self) -> BTreeMap<String, u64> {
        let newest = newest_of(self.gateway.ledger.as_ref(), "mails", |text| serde_json::from_str::<Value>(text));
        newest.into_iter().filter(|(_, held)| !held.gone).map(|(id, held)| (id, held.stored.version)).collect()
    }

    /// Native ids of the mails that the ledger holds as there.
    pub(crate) fn held(&self) -> BTreeSet<String> {
        self.versions().into_keys().collect()
    }

    /// In what the ledger is not the mailbox.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let (held, present) = (self.held(), self.present());
        let mut complaints = doubled_or_set_aside(self.gateway.ledger.as_ref());
        complaints.retain(|one| !one.contains("email::not-delivered"));
        complaints.extend(present.difference(&held).map(|id| format!("{id} lies there and is not held")));
        complaints.extend(held.difference(&present).map(|id| format!("{id} is held and does not lie there")));
        // Nothing that is done to a mailbox here brings a mail back that was gone from everywhere.
        let twice = self.versions().into_iter().filter(|(_, version)| *version != 1);
        complaints.extend(twice.map(|(id, version)| format!("{id} has {version} versions")));
        if self.server.writes() > 0 {
            complaints.push(format!("{} requests would have changed something", self.server.writes()));
        }
        complaints
    }

    pub(crate) fn equals(&self, what: &str) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{what}: the ledger is not the mailbox:\n  {}", complaints.join("\n  "));
    }

    /// Every event id, in the order of the log.
    pub(crate) fn events(&self) -> Vec<String> {
        versions(self.gateway.ledger.as_ref()).into_iter().map(|version| version.event.id.to_string()).collect()
    }

    /// Those of the mails: how conversations come about depends on what was read when.
    pub(crate) fn events_of_mails(&self) -> BTreeSet<String> {
        let versions = versions(self.gateway.ledger.as_ref()).into_iter();
        versions.filter(|one| one.id.parts().1 == "mails").map(|one| one.event.id.to_string()).collect()
    }

    pub(crate) fn documents(&self) -> Documents {
        let newest =
            newest_of(self.gateway.ledger.as_ref(), "conversations", |text| serde_json::from_str::<Value>(text));
        newest.into_iter().filter(|(_, held)| !held.gone).map(|(id, held)| (id, held.raw)).collect()
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
