//! What can be wrong with a site: one switch per fact. It acts on nothing itself.

use super::faults::{Fault, Faults};
use serde::{Deserialize, Serialize};

/// Pathologies of a site. The default is a site that behaves as the documentation says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// Some changes can be found so many seconds after they happened, others at once.
    pub index_lag_secs: u32,
    /// Two nodes answer in turn, and one of them does not find what changed in the last minute.
    pub nodes_differ: bool,
    /// The index knows whole seconds: the order within a second is that of the ids, and `updated >=` takes the second.
    pub index_seconds: bool,
    /// Another zone in the profile of the account; empty is the zone of the account.
    pub account_zone: String,
    /// A time of the day that comes twice means the later one.
    pub fold_later: bool,
    /// JQL does not take a number for a moment: 400.
    pub epoch_refused: bool,
    /// JQL takes a number for a moment as seconds: a query since such a moment finds nothing.
    pub epoch_misread: bool,
    /// `ORDER BY id` is refused: 400.
    pub order_by_id_refused: bool,
    /// Rows that the order leaves equal come in another order each time.
    pub ties_shuffled: bool,
    /// Before every so-manieth page of a search something happens on the site.
    pub moving_every: u32,
    /// A page token is an offset: rows that move are skipped or come twice. In Data Center it always is one.
    pub token_is_offset: bool,
    /// A page token lives so many seconds; 0 is seven days.
    pub page_token_secs: u32,
    /// Every walk's token for this page is refused once; 0 never.
    pub page_token_dies: u32,
    /// The token of a page leads to the same page again.
    pub token_repeats: bool,
    /// No page has more issues than this, whatever was asked for.
    pub page_cap: u32,
    /// Pages are shorter than they could be, some are empty, and rows come after them.
    pub short_pages: bool,
    /// A page begins with the last issue of the page before.
    pub duplicate_rows: bool,
    /// `isLast` is true where a token comes with it, and false on the last page.
    pub is_last_lies: bool,
    /// The last page has `nextPageToken: null`.
    pub null_token: bool,
    /// Every page says in `warnings` that the result is cut.
    pub truncation_warned: bool,
    /// `POST` and `GET` on the new search answer 410 as the old one does.
    pub search_gone: bool,
    /// Issues carry no `key` and no `fields` in spite of what was asked for.
    pub fields_missing: bool,
    /// `expand=changelog` has at most so many entries, the youngest; 0 is 100 in Cloud and all in Data Center.
    pub expanded_histories: u32,
    /// A cut changelog says that it is complete: `total` counts what is there.
    pub changelog_total_lies: bool,
    /// The paged changelog of an issue answers 404.
    pub changelog_missing: bool,
    /// The changelogs of many issues at once answer 404.
    pub bulk_changelog_missing: bool,
    /// The changelogs of many issues at once have moments as milliseconds.
    pub bulk_changelog_millis: bool,
    /// Histories and comments of some people have no author.
    pub authors_missing: bool,
    /// A comment is embedded only when it is among the first so many; 0 is 20 in Cloud and all in Data Center.
    pub embedded_comments: u32,
    /// The account lost the right to see so many issues in a thousand. 800 is a role that was taken away.
    pub hidden_permille: u32,
    /// Statuses have other names than those that the history keeps: `… (renamed)`.
    pub statuses_renamed: bool,
    /// Names of statuses, priorities, types and fields are German.
    pub names_localised: bool,
    /// Texts have nodes that no reader knows, and nodes within nodes within nodes.
    pub wild_texts: bool,
    /// Texts have more nodes within nodes than parsers of JSON go down.
    pub deep_texts: bool,
    /// People have no mail address.
    pub mail_hidden: bool,
    /// Whoever comes with bad credentials is anonymous: nothing is there, and 200 says so.
    pub anonymous: bool,
    /// After so many requests the credentials of the account are bad; 0 never.
    pub credentials_lapse: u32,
    /// The credentials are right and 403 is the answer until somebody solves a captcha.
    pub captcha: bool,
    /// The API token has scopes: it is good behind the gateway only.
    pub scoped_token: bool,
    /// The scope of the service desk is missing: 401 with the gateway's body.
    pub scope_missing: bool,
    /// Basic is off, as it is by default since Data Center 11.
    pub basic_disabled: bool,
    /// An access token is good for so many requests, then it has expired.
    pub token_uses: u32,
    /// Seconds that an access token lives; 0 is 3,600.
    pub token_life_secs: u32,
    /// Answers 403: `comment`, `changelog`, `remotelink`, `servicedesk`, `field`, `status`, `priority`, `project`.
    pub denied: Vec<String>,
    /// A cycle that is paused has no `breachTime`.
    pub paused_without_breach: bool,
    /// Requests have no feedback resource: 404 instead of an answer without a rating.
    pub feedback_missing: bool,
    /// Errors come as a plain `message`, with `errors` as a list.
    pub other_error_form: bool,
    /// What strikes now and then.
    pub faults: Faults,
    /// Bytes of an answer that come at once, with a millisecond in between; 0 sends at full speed.
    pub drip_bytes: u32,
}

type Turn = fn(&mut Switches);

/// Name, fact, what it turns. In the order of the fields.
const LIST: &[(&str, &str, Turn)] = &[
    ("index-lag", "the search finds some changes 90 s late, others at once", |s| s.index_lag_secs = 90),
    ("index-lag-hours", "the search finds some changes 6 hours late", |s| s.index_lag_secs = 21_600),
    ("nodes-differ", "two nodes answer in turn, one does not find the last minute", |s| s.nodes_differ = true),
    ("index-seconds", "the index knows whole seconds only", |s| s.index_seconds = true),
    ("zone-west", "the account's zone is UTC-12", |s| s.account_zone = "Etc/GMT+12".into()),
    ("zone-east", "the account's zone is UTC+14", |s| s.account_zone = "Pacific/Kiritimati".into()),
    ("zone-half", "the account's zone is Asia/Kolkata", |s| s.account_zone = "Asia/Kolkata".into()),
    ("zone-fold", "the account's zone is Europe/Berlin, and 02:30 in October is the later one", |s| {
        s.account_zone = "Europe/Berlin".into();
        s.fold_later = true;
    }),
    ("epoch-refused", "JQL refuses a number as a moment", |s| s.epoch_refused = true),
    ("epoch-misread", "JQL takes a number as seconds and finds nothing", |s| s.epoch_misread = true),
    ("order-by-id-refused", "ORDER BY id is refused", |s| s.order_by_id_refused = true),
    ("ties-shuffled", "issues of one moment come in another order each time", |s| s.ties_shuffled = true),
    ("moving-rows", "issues change while they are paged through", |s| s.moving_every = 3),
    ("offset-tokens", "a page token is an offset: rows that move are skipped", |s| s.token_is_offset = true),
    ("page-token-short", "a page token lives for 60 seconds", |s| s.page_token_secs = 60),
    ("page-token-dies", "the token of the third page is refused once in every walk", |s| s.page_token_dies = 3),
    ("token-repeats", "a page token leads to the same page again", |s| s.token_repeats = true),
    ("page-cap", "a page has fewer issues than were asked for", |s| s.page_cap = 7),
    ("short-pages", "pages are short or empty in the middle of a walk", |s| s.short_pages = true),
    ("duplicate-rows", "the last issue of a page is the first of the next as well", |s| s.duplicate_rows = true),
    ("is-last-lies", "isLast contradicts the token", |s| s.is_last_lies = true),
    ("null-token", "the last page has a token that is null", |s| s.null_token = true),
    ("truncation-warned", "warnings says CLAUSE_LIMIT_EXCEEDED: the result is cut", |s| s.truncation_warned = true),
    ("search-gone", "the search answers 410", |s| s.search_gone = true),
    ("fields-missing", "issues have their id only", |s| s.fields_missing = true),
    ("changelog-cut", "expand=changelog has the youngest 40 entries", |s| s.expanded_histories = 40),
    ("changelog-total-lies", "a cut changelog says that it is complete", |s| {
        s.expanded_histories = 40;
        s.changelog_total_lies = true;
    }),
    ("changelog-missing", "the paged changelog is not there", |s| s.changelog_missing = true),
    ("bulk-changelog-missing", "the changelogs of many issues are not there", |s| s.bulk_changelog_missing = true),
    ("bulk-changelog-millis", "the changelogs of many issues have moments as numbers", |s| {
        s.bulk_changelog_millis = true;
    }),
    ("authors-missing", "some histories and comments have no author", |s| s.authors_missing = true),
    ("comments-cut", "only the first 2 comments are embedded", |s| s.embedded_comments = 2),
    ("hidden-issues", "the account may not see a third of the issues", |s| s.hidden_permille = 300),
    ("role-removed", "80 % of the issues are gone from one moment to the next", |s| s.hidden_permille = 800),
    ("statuses-renamed", "statuses have other names than the history keeps", |s| s.statuses_renamed = true),
    ("names-localised", "names are German", |s| s.names_localised = true),
    ("wild-texts", "texts have unknown and deeply nested nodes", |s| s.wild_texts = true),
    ("deep-texts", "texts are nested deeper than parsers of JSON go", |s| s.deep_texts = true),
    ("mail-hidden", "people have no mail address", |s| s.mail_hidden = true),
    ("anonymous", "bad credentials see an empty site with 200", |s| s.anonymous = true),
    ("credentials-lapse", "after 20 requests the credentials are bad, and 200 with nothing is the answer", |s| {
        s.credentials_lapse = 20;
        s.anonymous = true;
    }),
    ("captcha", "403 until somebody solves a captcha", |s| s.captcha = true),
    ("scoped-token", "the token is good behind the gateway only", |s| s.scoped_token = true),
    ("scope-missing", "the service desk answers 401: scope does not match", |s| s.scope_missing = true),
    ("basic-disabled", "Basic is off", |s| s.basic_disabled = true),
    ("token-expires", "an access token expires after 5 requests: 401 in the middle", |s| s.token_uses = 5),
    ("token-short", "an access token lives for 60 seconds", |s| s.token_life_secs = 60),
    ("comments-denied", "comments answer 403", |s| s.denied.push("comment".into())),
    ("changelog-denied", "changelogs answer 403", |s| s.denied.push("changelog".into())),
    ("servicedesk-denied", "the service desk answers 403", |s| s.denied.push("servicedesk".into())),
    ("status-denied", "the list of statuses answers 403", |s| s.denied.push("status".into())),
    ("paused-without-breach", "a paused cycle has no breachTime", |s| s.paused_without_breach = true),
    ("feedback-missing", "a request without feedback answers 404", |s| s.feedback_missing = true),
    ("other-error-form", "errors have a plain message", |s| s.other_error_form = true),
    ("cut-chunked", "a chunked body ends before its end", |s| s.faults.add(Fault::CutChunked)),
    ("cut-length", "a body is shorter than its Content-Length", |s| s.faults.add(Fault::CutLength)),
    ("login-page", "a login page in HTML with 200", |s| s.faults.add(Fault::LoginPage)),
    ("html-as-json", "HTML that says it is application/json", |s| s.faults.add(Fault::HtmlAsJson)),
    ("too-many-seconds", "429 with Retry-After in seconds", |s| s.faults.add(Fault::TooManySeconds)),
    ("too-many-zero", "429 with Retry-After: 0", |s| s.faults.add(Fault::TooManyZero)),
    ("too-many-date", "429 with Retry-After as an HTTP date", |s| s.faults.add(Fault::TooManyDate)),
    ("too-many-reset", "429 with X-RateLimit-Reset as an ISO minute only", |s| s.faults.add(Fault::TooManyReset)),
    ("too-many-mute", "429 without any hint", |s| s.faults.add(Fault::TooManyMute)),
    ("internal-error", "500 now and then", |s| s.faults.add(Fault::InternalError)),
    ("bad-gateway", "502 with HTML now and then", |s| s.faults.add(Fault::BadGateway)),
    ("unavailable", "503 with Retry-After now and then", |s| s.faults.add(Fault::Unavailable)),
    ("gateway-timeout", "504 of the gateway now and then", |s| s.faults.add(Fault::GatewayTimeout)),
    ("slow-drip", "answers come in pieces of 4 kB", |s| s.drip_bytes = 4_096),
];

/// Switches that take away what a reader needs to be complete, or that contradict another one.
const NOT_TOGETHER: &[&str] = &[
    "index-lag-hours",
    "zone-west",
    "zone-half",
    "zone-fold",
    "epoch-misread",
    "offset-tokens",
    "page-token-short",
    "token-repeats",
    "truncation-warned",
    "search-gone",
    "fields-missing",
    "changelog-missing",
    "role-removed",
    "deep-texts",
    "anonymous",
    "credentials-lapse",
    "captcha",
    "scoped-token",
    "scope-missing",
    "basic-disabled",
    "comments-denied",
    "changelog-denied",
    "servicedesk-denied",
    "status-denied",
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

    pub(crate) fn denies(&self, what: &str) -> bool {
        self.denied.iter().any(|one| one == what)
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
