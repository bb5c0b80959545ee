//! What can be wrong with an instance: one switch per fact. It acts on nothing itself.

use super::faults::{Fault, Faults};
use super::schema::record_tables;
use serde::{Deserialize, Serialize};

/// Pathologies of an instance. The default is an instance that behaves as the documentation says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Rules of access hide so many records of a table in a thousand, and they are applied after the limit: pages are short.
    pub hidden_permille: u32,
    /// Rules of access hide runs of so many records of a table that follow each other by their last update: pages are empty.
    pub hidden_run: u32,
    /// A page that the rules of access emptied has no `Link` header at all.
    pub no_link_on_empty_pages: bool,
    /// `glide.invalid_query.returns_no_rows`: a query with a part that cannot be read finds nothing. Without it the part
    /// is dropped, and a mistyped field finds everything.
    pub invalid_query_finds_nothing: bool,
    /// Every other transaction is stamped with its second and can be seen only so many seconds later.
    pub late_commit_secs: u32,
    /// The clocks of the two nodes that stamp in turn are so many seconds apart.
    pub clock_skew_secs: u32,
    /// Rows that the order leaves equal come in another order each time: only `sys_id` makes an order total.
    pub ties_shuffled: bool,
    /// Before every so-manieth request for records of a table something happens on the instance.
    pub moving_every: u32,
    /// No page has more rows than this, whatever the limit that was asked for.
    pub page_cap: u32,
    /// An empty page is a 404 in every version of the API, as it is in v1.
    pub empty_is_404: bool,
    /// A page of more rows than this runs into the limit of 60 seconds: an error is appended inside of a 200.
    pub cancel_above_rows: u32,
    /// What strikes now and then.
    pub faults: Faults,
    /// An access token is good for so many requests, then it has expired.
    pub token_uses: u32,
    /// Seconds that an access token lives; 0 is the default of 1,800.
    pub token_life_secs: u32,
    /// A refresh token can be used once; the answer has the next one.
    pub rotated_refresh_tokens: bool,
    /// `sys_audit` answers 403.
    pub audit_denied: bool,
    /// `sys_journal_field` answers 403.
    pub journal_denied: bool,
    /// `sys_audit_delete` answers 403.
    pub audit_delete_denied: bool,
    /// `sys_choice` answers 403.
    pub choice_denied: bool,
    /// Every table of records but incidents answers 403: what an account that was set up for incidents meets.
    pub others_denied: bool,
    /// The instance has no contracts: the plugin that brings them is not active, and the table is not there.
    pub contracts_missing: bool,
    /// The tables that are denied answer as if they were empty instead of 403.
    pub denied_silently: bool,
    /// Deletions are not written to `sys_audit_delete`: mass deletion without workflow, or `no_audit_delete`.
    pub audit_delete_unwritten: bool,
    /// `sys_audit` has no rows for the creation of a record.
    pub creation_unaudited: bool,
    /// The labels of the choices are other words than those that come with the product.
    pub labels_renamed: bool,
    /// The account's language is German.
    pub labels_localised: bool,
    /// Some rows have numbers and booleans where the others have strings: `1.0` beside `"1"`, `true` beside `"true"`.
    pub values_typed: bool,
    /// References come as a plain string in some rows, as an object in others.
    pub references_mixed: bool,
    /// The account's zone is Asia/Kolkata and its format `MM/dd/yyyy hh:mm:ss a`.
    pub local_display: bool,
    /// A page begins with the last row of the page before.
    pub duplicate_rows: bool,
    /// These columns are not in the rows, as those that a view or a mistyped field leaves out.
    pub columns_missing: Vec<String>,
    /// One task in four belongs to a domain that the account does not see; it is not counted either.
    pub domain_separation: bool,
    /// Bytes of an answer that come at once, with a millisecond in between; 0 sends at full speed.
    pub drip_bytes: u32,
    /// `sys_audit` has no row about records: the tables are not audited.
    pub not_audited: bool,
    /// An entry of a journal leaves its record as it is, as some integrations write them.
    pub journal_unmarked: bool,
    /// The last page has a link to a next one, too, and so has every page behind it.
    pub link_at_the_end: bool,
    /// No `X-Total-Count`, as with `sysparm_no_count`.
    pub count_missing: bool,
    /// No `Date`, as behind some proxies.
    pub date_missing: bool,
}

type Turn = fn(&mut Switches);

/// Name, fact, what it turns. In the order of the fields.
const LIST: &[(&str, &str, Turn)] = &[
    ("hidden-rows", "rules of access hide rows after the limit was applied: short pages", |s| s.hidden_permille = 300),
    ("hidden-runs", "rules of access hide whole runs of rows: empty pages with rows behind them", |s| {
        s.hidden_run = 40;
    }),
    ("no-link-on-empty-pages", "an emptied page has no Link header", |s| s.no_link_on_empty_pages = true),
    ("invalid-query-finds-nothing", "glide.invalid_query.returns_no_rows is set", |s| {
        s.invalid_query_finds_nothing = true;
    }),
    ("late-commit", "a row stamped T can be seen at T+40 s", |s| s.late_commit_secs = 40),
    ("clock-skew", "two nodes stamp in turn, 7 s apart", |s| s.clock_skew_secs = 7),
    ("ties-shuffled", "rows of one second come in another order each time unless sys_id is sorted by", |s| {
        s.ties_shuffled = true;
    }),
    ("moving-rows", "rows change while they are paged through", |s| s.moving_every = 3),
    ("page-cap", "a page has fewer rows than the limit asked for", |s| s.page_cap = 25),
    ("empty-is-404", "an empty page is a 404, as in v1", |s| s.empty_is_404 = true),
    ("cancelled-inside-200", "a large page has an error appended inside a 200", |s| s.cancel_above_rows = 100),
    ("cut-chunked", "a chunked body ends before its end", |s| s.faults.add(Fault::CutChunked)),
    ("cut-length", "a body is shorter than its Content-Length", |s| s.faults.add(Fault::CutLength)),
    ("login-page", "a login page in HTML with 200", |s| s.faults.add(Fault::LoginPage)),
    ("hibernation-page", "the page of a hibernating instance with 200", |s| s.faults.add(Fault::HibernationPage)),
    ("html-as-json", "HTML that says it is application/json", |s| s.faults.add(Fault::HtmlAsJson)),
    ("too-many-reset", "429 with X-RateLimit-Reset in Unix seconds only", |s| s.faults.add(Fault::TooManyReset)),
    ("too-many-seconds", "429 with Retry-After in seconds", |s| s.faults.add(Fault::TooManySeconds)),
    ("too-many-date", "429 with Retry-After as an HTTP date", |s| s.faults.add(Fault::TooManyDate)),
    ("too-many-mute", "429 without any hint", |s| s.faults.add(Fault::TooManyMute)),
    ("internal-error", "500 now and then", |s| s.faults.add(Fault::InternalError)),
    ("bad-gateway", "502 with HTML now and then", |s| s.faults.add(Fault::BadGateway)),
    ("unavailable", "503 with Retry-After now and then", |s| s.faults.add(Fault::Unavailable)),
    ("token-expires", "an access token expires after 5 requests: 401 in the middle", |s| s.token_uses = 5),
    ("token-short", "an access token lives for 60 seconds", |s| s.token_life_secs = 60),
    ("token-rotated", "a refresh token can be used once", |s| s.rotated_refresh_tokens = true),
    ("audit-denied", "sys_audit answers 403", |s| s.audit_denied = true),
    ("journal-denied", "sys_journal_field answers 403", |s| s.journal_denied = true),
    ("audit-delete-denied", "sys_audit_delete answers 403", |s| s.audit_delete_denied = true),
    ("choice-denied", "sys_choice answers 403", |s| s.choice_denied = true),
    ("others-denied", "the tables of records other than incidents answer 403", |s| s.others_denied = true),
    ("contracts-missing", "there are no tables ast_contract and contract_sla", |s| s.contracts_missing = true),
    ("denied-silently", "a denied table looks like an empty one", |s| s.denied_silently = true),
    ("audit-delete-unwritten", "deletions are not written to sys_audit_delete", |s| s.audit_delete_unwritten = true),
    ("creation-unaudited", "sys_audit does not have the creation of a record", |s| s.creation_unaudited = true),
    ("labels-renamed", "choices have other labels", |s| s.labels_renamed = true),
    ("labels-localised", "the account reads German labels", |s| s.labels_localised = true),
    ("values-typed", "1.0 beside \"1\", true beside \"true\"", |s| s.values_typed = true),
    ("references-mixed", "references as plain strings beside objects", |s| s.references_mixed = true),
    ("local-display", "display values in Asia/Kolkata with twelve hours", |s| s.local_display = true),
    ("duplicate-rows", "the last row of a page is the first of the next as well", |s| s.duplicate_rows = true),
    ("columns-missing", "the rows lack hold_reason and sys_mod_count", |s| {
        s.columns_missing = vec!["hold_reason".into(), "sys_mod_count".into()];
    }),
    ("domain-separation", "tasks of other domains are not there", |s| s.domain_separation = true),
    ("slow-drip", "answers come in pieces of 4 kB", |s| s.drip_bytes = 4_096),
    ("not-audited", "sys_audit has nothing about any record", |s| s.not_audited = true),
    ("journal-unmarked", "a comment does not touch its record", |s| s.journal_unmarked = true),
    ("link-at-the-end", "the last page has a link to a next one", |s| s.link_at_the_end = true),
    ("count-missing", "no X-Total-Count", |s| s.count_missing = true),
    ("date-missing", "no Date header", |s| s.date_missing = true),
];

/// Switches that take away what a reader needs to be complete, or that contradict another one.
const NOT_TOGETHER: &[&str] = &[
    "no-link-on-empty-pages",
    "invalid-query-finds-nothing",
    "audit-denied",
    "journal-denied",
    "audit-delete-denied",
    "choice-denied",
    "others-denied",
    "contracts-missing",
    "denied-silently",
    "audit-delete-unwritten",
    "columns-missing",
    "not-audited",
    "journal-unmarked",
    "count-missing",
    "date-missing",
];

impl Switches {
    /// Every name with the fact that it stands for.
    pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        LIST.iter().map(|(name, fact, _)| (*name, *fact))
    }

    /// The default with one switch turned; `None` when there is none of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        let mut switches = Self::default();
        switches.turn(name).then_some(switches)
    }

    /// Turns one more switch on; `false` when there is none of this name.
    pub fn turn(&mut self, name: &str) -> bool {
        let found = LIST.iter().find(|(other, _, _)| *other == name);
        if let Some((_, _, turn)) = found {
            turn(self);
        }
        found.is_some()
    }

    /// Everything that can be on at once and still lets a patient reader see all that it may see.
    pub fn all() -> Self {
        let mut switches = Self::default();
        for (name, _, turn) in LIST {
            if !NOT_TOGETHER.contains(name) {
                turn(&mut switches);
            }
        }
        switches
    }

    pub(crate) fn denies(&self, table: &str) -> bool {
        match table {
            "sys_audit" => self.audit_denied,
            "sys_journal_field" => self.journal_denied,
            "sys_audit_delete" => self.audit_delete_denied,
            "sys_choice" => self.choice_denied,
            "incident" => false,
            other => self.others_denied && (other == "cmdb_rel_ci" || record_tables().any(|table| table == other)),
        }
    }

    /// Whether the instance does not have a table of the product.
    pub(crate) fn lacks(&self, table: &str) -> bool {
        self.contracts_missing && matches!(table, "ast_contract" | "contract_sla")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_turns_something_and_is_its_own() {
        let turned: Vec<Switches> = Switches::names().map(|(name, _)| Switches::by_name(name).unwrap()).collect();
        for (at, switches) in turned.iter().enumerate() {
            assert_ne!(*switches, Switches::default());
            assert!(!turned[..at].contains(switches), "{}", LIST[at].0);
        }
        assert_eq!(Switches::by_name("nothing"), None);
        assert!(NOT_TOGETHER.iter().all(|name| Switches::by_name(name).is_some()));
    }

    #[test]
    fn switches_are_read_and_written() {
        let all = Switches::all();
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Switches>(&text).unwrap(), all);
        assert_eq!(serde_json::from_str::<Switches>(r#"{"page_cap":7}"#).unwrap().page_cap, 7);
        assert!(serde_json::from_str::<Switches>(r#"{"no_such":7}"#).is_err());
    }
}
