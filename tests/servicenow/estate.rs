//! One instance, one gateway; and how passes are made until nothing is left to be done.

use crate::gateway::{ANY, Configured, DAY_SECS, Gateway};
use counterfoil_gym::Dice;
use counterfoil_gym::servicenow::{Instance, Server, Switches};
use counterfoil_pipeline::PassReport;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

/// The account of the gym, by password.
pub(crate) const BASIC: &str = "user = \"integration\"\npassword = \"env:PASSWORD\"\n";
/// By a client of its own.
pub(crate) const CLIENT: &str = "client_id = \"gym-client\"\nclient_secret = \"env:CLIENT_SECRET\"\n";
/// What tests turn the periods down to: whatever can be due is due.
pub(crate) const ALWAYS_DUE: &str = "requests_per_second = 1000\ncensus_hours = 0\n";

/// Everything that a whole way needs.
pub(crate) struct Estate {
    pub(crate) server: Server,
    pub(crate) instance_dice: Dice,
    instance: Arc<Mutex<Instance>>,
    gateway: Gateway,
}

/// What an estate begins with.
pub(crate) struct Setup {
    pub(crate) instance: Instance,
    pub(crate) switches: Switches,
    pub(crate) page_size: usize,
    /// Lines of the section beside its address.
    pub(crate) section: String,
    pub(crate) mappings: Vec<&'static str>,
}

impl Setup {
    /// A small wild instance.
    pub(crate) fn random(seed: u64, incidents: u32, switches: Switches) -> Self {
        Self::of(Instance::random(seed, incidents), switches)
    }

    pub(crate) fn of(instance: Instance, switches: Switches) -> Self {
        let mappings = vec![ANY, "servicenow/incident", "servicenow/choice"];
        Self { instance, switches, page_size: 7, section: format!("{BASIC}{ALWAYS_DUE}"), mappings }
    }

    pub(crate) fn pages_of(self, page_size: usize) -> Self {
        Self { page_size, ..self }
    }

    pub(crate) fn with(mut self, lines: &str) -> Self {
        self.section.push_str(lines);
        self.section.push('\n');
        self
    }

    /// Another account than the one by password.
    pub(crate) fn signed_in_by(mut self, account: &str) -> Self {
        self.section = self.section.replace(BASIC, account);
        self
    }
}

impl Deref for Estate {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.gateway
    }
}

impl DerefMut for Estate {
    fn deref_mut(&mut self) -> &mut Gateway {
        &mut self.gateway
    }
}

impl Estate {
    pub(crate) async fn new(setup: Setup) -> Self {
        let instance = Arc::new(Mutex::new(setup.instance));
        let server = Server::start(Arc::clone(&instance), setup.switches).await.unwrap();
        let secrets = [("PASSWORD", "gym"), ("CLIENT_SECRET", "gym-client-secret"), ("REFRESH_TOKEN", "")];
        let configured = Configured {
            kind: &counterfoil_connector_servicenow::KIND,
            mappings: setup.mappings,
            section: format!("url = \"{}\"\n{}", server.url(), setup.section),
            secrets: secrets.map(|(name, value)| (name, value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
            page_size: setup.page_size,
        };
        let shown = Arc::clone(&instance);
        let gateway = Gateway::new(configured, move || shown.lock().unwrap().now());
        Self { server, instance_dice: Dice::new(1, 1), instance, gateway }
    }

    pub(crate) fn instance(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().unwrap()
    }

    /// A consent that somebody gave, as a refresh token; then a start.
    pub(crate) fn consent(&mut self, refresh_token: &str) {
        self.configured.secrets.insert("REFRESH_TOKEN", refresh_token.to_owned());
        self.restart();
    }

    /// Passes over a stream until one is not stopped by a fault.
    pub(crate) async fn patiently(&self, stream: &str) -> PassReport {
        let last = match self.gateway.patiently(stream, || ()).await {
            Ok(report) => return report,
            Err(last) => last,
        };
        let asked = self.server.requests().len();
        for seen in self.server.requests().iter().skip(asked.saturating_sub(40)) {
            println!("{} {} {:?} → {} rows", seen.status, seen.path, seen.parameters, seen.rows);
        }
        panic!("after {asked} requests: {last}");
    }

    /// Passes over all streams, which are the choices and incidents unless a test reads more; the report of the incidents.
    pub(crate) async fn both(&self) -> PassReport {
        let mut reports = self.each().await;
        reports.remove("incident").expect("incidents are read")
    }

    /// Passes over all streams, with the report of each.
    pub(crate) async fn each(&self) -> BTreeMap<&'static str, PassReport> {
        let mut reports = BTreeMap::new();
        for spec in self.connector.streams() {
            reports.insert(spec.name, self.patiently(spec.name).await);
        }
        reports
    }

    /// The instance is left alone from now on; everything that becomes due after a while is done.
    pub(crate) async fn settle(&self) -> PassReport {
        let switches = Switches { moving_every: 0, ..self.instance().switches().clone() };
        self.server.set_switches(switches);
        self.instance().quiet();
        self.instance().advance(60);
        self.both().await;
        // Everything is read again, and whoever is missed is missed by two censuses.
        self.instance().advance(8 * DAY_SECS);
        self.both().await;
        self.instance().advance(DAY_SECS);
        self.both().await
    }

    /// So many random steps on the instance, several of them within one second now and then; three of four beside the
    /// incidents where more is read.
    pub(crate) fn live(&mut self, steps: u32) {
        let reads_more = self.connector.streams().len() > 2;
        for _ in 0..steps {
            let mut instance = self.instance.lock().unwrap();
            if reads_more && self.instance_dice.chance(750) {
                instance.mutate_beside(&mut self.instance_dice);
            } else {
                instance.mutate(&mut self.instance_dice);
            }
            if self.instance_dice.chance(500) {
                instance.advance(1 + self.instance_dice.below(30) as i64);
            }
        }
    }
}
