//! One site, one gateway; and how passes are made until nothing is left to be done.

use crate::gateway::{Configured, DAY_SECS, Gateway};
use counterfoil_gym::Dice;
use counterfoil_gym::jira::{Compared, Edition, Instance, Server, Switches};
use counterfoil_pipeline::PassReport;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};

/// The dialects: Cloud, Data Center, and service management on both.
pub(crate) const DIALECTS: [Dialect; 4] = [
    Dialect { edition: Edition::Cloud, jsm: false },
    Dialect { edition: Edition::DataCenter, jsm: false },
    Dialect { edition: Edition::Cloud, jsm: true },
    Dialect { edition: Edition::DataCenter, jsm: true },
];

/// Without service management: where it makes no difference.
pub(crate) const EDITIONS: [Dialect; 2] = [DIALECTS[0], DIALECTS[1]];

/// Which Jira, and whether its service management is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) edition: Edition,
    pub(crate) jsm: bool,
}

/// How the connector signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// User and token, at the site's own address.
    Token,
    /// The same behind the gateway.
    Scoped,
    /// A personal access token.
    Personal,
    /// A client of its own, behind the gateway.
    Client,
    /// A client with a consent, behind the gateway.
    Consent,
}

/// Issues of every type are incidents here, and a field that changes without a mark is read.
pub(crate) const EVERYTHING: &str = r#"[connector.acme.override.when]
"/fields/issuetype/name" = ["[System] Incident", "[System] Vorfall", "[System] Service request", "[System] Serviceanfrage", "[System] Problem"]
[connector.acme.override.fields]
category = "/fields/customfield_10077"
"#;

/// What an estate begins with.
pub(crate) struct Setup {
    dialect: Dialect,
    instance: Instance,
    switches: Switches,
    page_size: usize,
    entry: Entry,
    keys: String,
    mappings: Vec<&'static str>,
    overrides: &'static str,
}

impl Setup {
    /// A small wild site.
    pub(crate) fn random(dialect: Dialect, seed: u64, issues: u32, switches: Switches) -> Self {
        Self::of(dialect, Instance::random(dialect.edition, seed, issues), switches)
    }

    pub(crate) fn of(dialect: Dialect, instance: Instance, switches: Switches) -> Self {
        let keys =
            format!("requests_per_second = 1000\ncensus_hours = 0\njsm = {0}\nremote_links = {0}\n", dialect.jsm);
        let mappings = vec!["jira/issue", "jira/catalogue", "jira/field"];
        let (page_size, entry, overrides) = (7, Entry::Token, EVERYTHING);
        Self { dialect, instance, switches, page_size, entry, keys, mappings, overrides }
    }

    pub(crate) fn pages_of(self, page_size: usize) -> Self {
        Self { page_size, ..self }
    }

    pub(crate) fn entering_by(self, entry: Entry) -> Self {
        Self { entry, ..self }
    }

    /// One more key of the section, or another value for one.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        let others: Vec<&str> = self.keys.lines().filter(|line| !line.starts_with(&format!("{key} ="))).collect();
        self.keys = format!("{}\n{key} = {value}\n", others.join("\n"));
        self
    }

    pub(crate) fn within(self, jql: &str) -> Self {
        self.with("jql", &format!("{jql:?}"))
    }

    /// The mappings as they are shipped, for requests as well.
    pub(crate) fn mapped_as_shipped(self) -> Self {
        let mappings = vec!["jira/issue", "jira/request", "jira/catalogue", "jira/field"];
        Self { mappings, overrides: "", ..self }
    }

    fn section(&self, server: &Server) -> String {
        let user = match self.dialect.edition {
            Edition::Cloud => "integration@gym.example",
            Edition::DataCenter => "integration",
        };
        let token = format!("user = \"{user}\"\ntoken = \"env:TOKEN\"\n");
        let client = format!(
            "token_url = \"{}/oauth/token\"\nclient_id = \"gym-client\"\nclient_secret = \"env:CLIENT_SECRET\"\n",
            server.url()
        );
        let (url, entry) = match self.entry {
            Entry::Token => (server.url(), token),
            Entry::Scoped => (server.gateway_url(), token),
            Entry::Personal => (server.url(), "token = \"env:PERSONAL\"\n".to_owned()),
            Entry::Client => (server.gateway_url(), client),
            Entry::Consent => (server.gateway_url(), format!("{client}refresh_token = \"env:REFRESH\"\n")),
        };
        format!("url = \"{url}\"\n{entry}{}{}", self.keys, self.overrides)
    }
}

/// Everything that a whole way needs.
pub(crate) struct Estate {
    pub(crate) dialect: Dialect,
    pub(crate) server: Server,
    pub(crate) instance_dice: Dice,
    instance: Arc<Mutex<Instance>>,
    gateway: Gateway,
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
        let instance = Arc::new(Mutex::new(setup.instance.clone()));
        let server = Server::start(Arc::clone(&instance), setup.switches.clone()).await.unwrap();
        let secrets = [
            ("TOKEN", "gym"),
            ("PERSONAL", "gym-personal-token"),
            ("CLIENT_SECRET", "gym-client-secret"),
            ("REFRESH", "gym-refresh"),
        ];
        let configured = Configured {
            kind: &counterfoil_connector_jira::KIND,
            section: setup.section(&server),
            mappings: setup.mappings,
            secrets: secrets.map(|(name, value)| (name, value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
            page_size: setup.page_size,
        };
        let shown = Arc::clone(&instance);
        let gateway = Gateway::new(configured, move || shown.lock().unwrap().now());
        Self { dialect: setup.dialect, server, instance_dice: Dice::new(1, 1), instance, gateway }
    }

    /// The same site and settings, and a ledger with nothing in it.
    pub(crate) fn begin_anew(&mut self) {
        let shown = Arc::clone(&self.instance);
        self.gateway = Gateway::new(self.gateway.configured.clone(), move || shown.lock().unwrap().now());
    }

    pub(crate) fn instance(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().unwrap()
    }

    /// Passes over a stream until one is not stopped by a fault.
    pub(crate) async fn patiently(&self, stream: &str) -> PassReport {
        // Half a minute lies between two passes.
        let waits = || self.instance().advance(30);
        let last = match self.gateway.patiently(stream, waits).await {
            Ok(report) => return report,
            Err(last) => last,
        };
        let asked = self.server.requests().len();
        for seen in self.server.requests().iter().skip(asked.saturating_sub(40)) {
            println!("{} {} {:?} {} → {} rows", seen.status, seen.path, seen.parameters, seen.body, seen.rows);
        }
        panic!("after {asked} requests: {last}");
    }

    /// Passes over both streams; the report of the issues.
    pub(crate) async fn both(&self) -> PassReport {
        self.patiently("catalogue").await;
        self.patiently("issue").await
    }

    /// The site is left alone from now on; everything that becomes due after a while is done.
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

    /// Something happens to every issue, so that what leaves no mark comes with it. Gives what is to be the same now: also
    /// clocks that go on, if no time has passed since.
    pub(crate) async fn touch_all(&self) -> Compared {
        let touched = {
            let mut instance = self.instance();
            let ids: Vec<String> = instance.oracle().issues.into_keys().collect();
            for id in ids {
                instance.advance_millis(3);
                let now = instance.now().as_millisecond().to_string();
                instance.update(&id, &[("customfield_10078", &now)]);
            }
            instance.advance(120);
            instance.quiet();
            instance.now()
        };
        self.both().await;
        if self.instance().now() == touched { Compared::All } else { Compared::AllButClocks }
    }

    /// So many random steps on the site, several of them within one millisecond now and then. Whether an issue was shown
    /// again, which only a census can find.
    pub(crate) fn live(&mut self, steps: u32) -> bool {
        let mut was_shown_again = false;
        for _ in 0..steps {
            let mut instance = self.instance.lock().unwrap();
            was_shown_again |= instance.mutate(&mut self.instance_dice).what == "show again";
            if self.instance_dice.chance(600) {
                instance.advance_millis(1 + self.instance_dice.below(40_000) as i64);
            }
        }
        was_shown_again
    }
}
