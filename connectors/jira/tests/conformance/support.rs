//! A site of the gym, a connector to it, and what a ledger would hold of it.

use counterfoil_connector_jira::KIND;
use counterfoil_diagnostics::Finding;
use counterfoil_gym::jira::{Compared, Edition, HeldIssue, Instance, Server, Switches, Truth, read_held};
use counterfoil_record::{Gap, Position, RawRecord};
use counterfoil_sdk::{ConfigSection, Connector, ConnectorKind, Equipment, InstanceSettings, Policy, PullError};
use counterfoil_testkit::MemoryTokens;
use counterfoil_testkit::suites::{context, stream};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use toml::Spanned;
use toml::de::DeTable;

pub(crate) const EDITIONS: [Edition; 2] = [Edition::Cloud, Edition::DataCenter];

/// What no error, position or record may ever show.
pub(crate) const CANARY: &str = "CANARY-9f3b1c";

/// A section for this address and further lines.
pub(crate) fn section(url: &str, edition: Edition, more: &str) -> String {
    let user = match edition {
        Edition::Cloud => "integration@gym.example",
        Edition::DataCenter => "integration",
    };
    format!("url = \"{url}\"\nuser = \"{user}\"\ntoken = \"env:TOKEN\"\nrequests_per_second = 1000\n{more}")
}

pub(crate) fn parse(text: &str) -> Result<Box<dyn Connector>, Vec<Finding>> {
    let settings = InstanceSettings::default();
    let table: Spanned<DeTable<'_>> = DeTable::parse(text).unwrap();
    KIND.parse(ConfigSection { instance: "acme", at: 0..0, folder: Path::new("."), settings: &settings, table })
}

/// A connector with its credentials.
pub(crate) fn connect(text: &str) -> Box<dyn Connector> {
    connect_with(text, Arc::new(MemoryTokens::default()))
}

/// The same with tokens that are kept elsewhere.
pub(crate) fn connect_with(text: &str, tokens: Arc<MemoryTokens>) -> Box<dyn Connector> {
    let mut connector = parse(text).unwrap_or_else(|findings| panic!("{findings:?}"));
    let environment = Arc::new(|name: &str| match name {
        "TOKEN" => Some(CANARY.to_owned()),
        other => other.strip_prefix("GYM_").map(|word| format!("gym-{}", word.to_lowercase().replace('_', "-"))),
    });
    connector.equip(&Equipment { environment, tokens }).unwrap();
    connector
}

/// A site that serves, with the account that connectors here use.
pub(crate) async fn serve(mut instance: Instance, switches: Switches) -> Server {
    let account = instance.account().clone().with_token(CANARY);
    instance.set_account(account);
    Server::start(Arc::new(Mutex::new(instance)), switches).await.unwrap()
}

pub(crate) fn act<T>(server: &Server, act: impl FnOnce(&mut Instance) -> T) -> T {
    let instance = server.instance();
    let mut instance = instance.lock().unwrap();
    act(&mut instance)
}

/// Lets a minute pass and the index hear of everything.
pub(crate) fn settle(server: &Server) {
    act(server, |instance| {
        instance.advance(60);
        instance.quiet();
    });
}

/// What a ledger would hold: the newest version of every issue.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) records: BTreeMap<String, RawRecord>,
    pub(crate) position: Position,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) unreadable: usize,
    /// Records that came, whether or not they were known.
    pub(crate) pulled: usize,
    /// Days that have passed by our clock.
    pub(crate) days: i64,
    doubted: BTreeSet<String>,
}

impl Held {
    fn take(&mut self, records: Vec<RawRecord>) {
        for record in records {
            self.pulled += 1;
            let is_older = self.records.get(&record.native_id).is_some_and(|held| record.version < held.version);
            if !is_older {
                self.records.insert(record.native_id.clone(), record);
            }
        }
    }

    /// One pass, page by page, as the pipeline does it: what fails for a while is asked for again.
    pub(crate) async fn pass(&mut self, connector: &dyn Connector, page_size: usize) -> Result<(), PullError> {
        let spec = stream(connector, "issue");
        let mut failed = 0;
        for _ in 0..20_000 {
            let mut context = context(page_size);
            context.now += jiff::SignedDuration::from_hours(24 * self.days);
            let page = match connector.pull(&spec, &self.position, context).await {
                Ok(page) => page,
                Err(error) if failed < 12 && !matches!(error.kind.policy(), Policy::StopAndReport) => {
                    if error.kind.policy() == Policy::StartOver {
                        self.position = Position::default();
                    }
                    failed += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            assert!(page.records.len() <= page_size, "{} records", page.records.len());
            let stuck = page.more && page.records.is_empty() && page.next == self.position;
            assert!(!stuck, "no progress at {}", self.position.0);
            failed = 0;
            self.position = page.next;
            self.unreadable += page.unreadable.len();
            self.take(page.records);
            if !page.more {
                self.gaps = page.gaps;
                return Ok(());
            }
        }
        panic!("no end of a pass");
    }

    /// One census; how many issues the passes had missed.
    pub(crate) async fn census(&mut self, connector: &dyn Connector) -> Result<usize, PullError> {
        let spec = stream(connector, "issue");
        let beginning = Position::default();
        let page = patiently(async || connector.census(&spec, &beginning, context(100)).await).await?;
        assert!(!page.more && page.entries.is_sorted_by(|one, other| one.0 < other.0), "in the order of texts");
        let listed: BTreeMap<&str, &str> = page.entries.iter().map(|(id, mark)| (id.as_str(), mark.as_str())).collect();
        let is_missed =
            |(id, mark): &(&&str, &&str)| self.records.get(**id).is_none_or(|held| held.version.as_str() < **mark);
        let missed: Vec<String> = listed.iter().filter(is_missed).map(|(id, _)| (*id).to_owned()).collect();
        let missing: Vec<String> =
            self.records.keys().filter(|id| !listed.contains_key(id.as_str())).cloned().collect();
        let mut absent = BTreeSet::new();
        for ids in [&missed, &missing].into_iter().flat_map(|ids| ids.chunks(100)) {
            let fetched = patiently(async || connector.fetch(&spec, ids, context(100)).await).await?;
            absent.extend(fetched.absent);
            self.take(fetched.records);
        }
        for id in absent.iter().filter(|id| self.doubted.contains(*id)) {
            self.records.remove(id);
        }
        self.doubted = absent;
        Ok(missed.len())
    }

    /// A record, without the address of the site in its links and with moments as numbers.
    pub(crate) fn json(&self, id: &str) -> Value {
        read_held(self.records[id].payload.as_str()).unwrap()
    }

    pub(crate) fn marks(&self) -> BTreeMap<&str, &str> {
        self.records.iter().map(|(id, record)| (id.as_str(), record.version.as_str())).collect()
    }
}

/// Asks again while the policy says so, a few times.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, PullError>) -> Result<T, PullError> {
    for _ in 0..12 {
        match ask().await {
            Err(error) if !matches!(error.kind.policy(), Policy::StopAndReport | Policy::StartOver) => {}
            other => return other,
        }
    }
    ask().await
}

pub(crate) fn mark(at: Timestamp) -> String {
    format!("{}.{:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), at.as_millisecond().rem_euclid(1_000))
}

/// Ids and versions, as a complete reader has them.
pub(crate) fn true_marks(truth: &Truth) -> BTreeMap<&str, String> {
    truth.issues.iter().map(|(id, issue)| (id.as_str(), mark(issue.updated))).collect()
}

pub(crate) fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap_or_else(|| panic!("no list: {list}")).iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// Everything that is held is what is true, field by field, entry by entry.
pub(crate) fn agrees(held: &Held, truth: &Truth, what: &str) {
    let marks: BTreeMap<&str, String> = held.marks().into_iter().map(|(id, mark)| (id, mark.to_owned())).collect();
    assert_eq!(marks, true_marks(truth), "{what}: ids and versions");
    for (id, issue) in &truth.issues {
        let json = held.json(id);
        let [changelog, comments] = ["@changelog", "@comments"].map(|member| Some(&json[member]));
        let parts = HeldIssue { issue: Some(&json), changelog, comments, ..HeldIssue::default() };
        assert_eq!(issue.differences(&parts, Compared::All), Vec::<String>::new(), "{what}: {id}");
        assert!(json.get("changelog").is_none() && json.get("expand").is_none(), "{what}: {id}");
    }
}
