//! One pull: a page of a pass over the issues. Read top to bottom: where it starts, its issues, what stands beside them, the end.

use crate::beside::{COMMENTS, Complete, Extras, SERVICE_DESK};
use crate::canary;
use crate::gaps;
use crate::issue::Issue;
use crate::jql::{Order, Scope};
use crate::moment::Clock;
use crate::position::{Pass, Progress, Tokens, Window};
use crate::rest::{Rest, contract, kind};
use crate::search::{Ask, Found, From, failed};
use crate::site::{Dialect, Site};
use counterfoil_record::{Digest, Form, Page, Payload, Place, Position, RawRecord, Unreadable};
use counterfoil_sdk::{PullContext, PullErrorKind};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Requests that find nothing new in one pull, before it says how far it came.
const FRUITLESS: usize = 64;

/// How often a walk or a window may begin anew without getting further; what it misses then, the overlap and a census find.
const MOST_RESTARTS: u32 = 5;

/// Instead of the moment when everything was read: the next pass does.
const EVERYTHING_AGAIN: i64 = 0;

/// What all pulls of issues share.
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a Rest,
    pub(crate) site: Arc<Site>,
    pub(crate) scope: &'a Scope,
    pub(crate) extras: Extras,
    pub(crate) overlap: Duration,
    /// How often everything is read from the beginning.
    pub(crate) reread: Option<Duration>,
}

/// Of what decides which records there are.
pub(crate) fn fingerprint(scope: &Scope, extras: Extras) -> String {
    let flags = [u8::from(extras.remote_links), u8::from(extras.jsm)];
    Digest::of_parts(&[b"issue", scope.text().as_bytes(), &flags]).short()
}

impl Reader<'_> {
    /// The next page. `progress` is what the position says; none before the first pull.
    pub(crate) async fn pull(&self, known: Option<Progress>, context: PullContext) -> Result<Page, PullErrorKind> {
        let begin = || Progress::begin(&fingerprint(self.scope, self.extras), context.now.as_second());
        let mut progress = known.unwrap_or_else(begin);
        let mut page = Page::default();
        if progress.pass.is_none() {
            self.begin(&mut progress, context).await?;
        }
        for _ in 0..FRUITLESS {
            let ended = match self.site.dialect {
                Dialect::Cloud => self.by_token(&mut progress, &mut page, context.page_size).await?,
                Dialect::DataCenter => self.by_offset(&mut progress, &mut page, context.page_size).await?,
            };
            if ended {
                // What looks like the end may be where the credentials lapsed.
                self.site.is_still_ours(self.rest).await?;
                progress.pass = None;
                break;
            }
            if !page.records.is_empty() || !page.unreadable.is_empty() {
                break;
            }
        }
        progress.forget(progress.newest - self.overlap_millis());
        page.more = progress.pass.is_some();
        if !page.more {
            page.gaps = gaps::of(&progress);
        }
        page.next = progress.write();
        Ok(page)
    }

    /// Sets out: from the newest issue delivered, less the overlap. What comes late into the index lies within it.
    async fn begin(&self, progress: &mut Progress, context: PullContext) -> Result<(), PullErrorKind> {
        if progress.denied.contains(COMMENTS) && self.may_read_comments().await? {
            progress.denied.remove(COMMENTS);
            progress.reread = EVERYTHING_AGAIN;
        }
        let age = context.now.as_second() - progress.reread;
        let is_old = self.reread.is_some_and(|every| age > 0 && age.unsigned_abs() >= every.as_secs());
        let is_due = is_old || progress.reread == EVERYTHING_AGAIN;
        if progress.clock.is_none() || is_due {
            progress.clock = canary::sing(self.rest, &self.site, self.scope).await?;
        }
        let floor = if is_due {
            progress.reread = context.now.as_second();
            progress.forget_all();
            // What is still not whole is noted down again.
            progress.short.clear();
            0
        } else {
            (progress.newest - self.overlap_millis()).max(0)
        };
        progress.pass = Some(Pass { floor, whole: floor == 0, ..Pass::default() });
        Ok(())
    }

    /// One request of a walk by tokens: Cloud. Whether the walk is at its end; the token alone says that.
    async fn by_token(&self, progress: &mut Progress, page: &mut Page, limit: usize) -> Result<bool, PullErrorKind> {
        let clock = self.clock(progress);
        let Some(pass) = progress.pass.as_mut() else { return Ok(true) };
        let floor = pass.floor;
        let tokens = pass.tokens.get_or_insert_with(|| {
            let jql = self.scope.since(floor, clock, self.site.zone.as_ref());
            Tokens { jql, ..Tokens::default() }
        });
        let from = From::Token(tokens.next.as_deref());
        let ask = Ask { jql: &tokens.jql, limit, fields: &["*all"], from };
        let found = match self.rest.search(&ask).await {
            Ok(found) => found,
            // The token has expired: from the last issue on that surely has its place, what came before is delivered.
            Err(error) if error.status() == Some(400) && tokens.next.is_some() => {
                let restarts = if pass.settled > floor { 0 } else { tokens.restarts + 1 };
                if restarts > MOST_RESTARTS {
                    return Err(contract(format!("the site refuses its own page tokens: {error}")));
                }
                pass.floor = pass.settled.max(floor);
                let jql = self.scope.since(pass.floor, clock, self.site.zone.as_ref());
                pass.tokens = Some(Tokens { jql, restarts, ..Tokens::default() });
                return Ok(false);
            }
            Err(error) => return Err(failed(error)),
        };
        if let Some(token) = &found.token
            && (tokens.guard.is_circle(token) || tokens.guard.is_stuck(&names(&found)))
        {
            return Err(contract("the site's page tokens lead in a circle"));
        }
        let next = found.token.clone();
        tokens.next.clone_from(&next);
        self.take(progress, page, found).await?;
        Ok(next.is_none())
    }

    /// One request of a walk by offsets: Data Center. Offsets shift when issues change, so that each window begins at the last
    /// issue that surely has its place, and only what cannot be told apart by time is counted through.
    async fn by_offset(&self, progress: &mut Progress, page: &mut Page, limit: usize) -> Result<bool, PullErrorKind> {
        let clock = self.clock(progress);
        let Some(pass) = progress.pass.as_mut() else { return Ok(true) };
        let zone = self.site.zone.as_ref();
        let jql = match pass.window.ties {
            true => self.scope.within(clock.floor(pass.floor), clock, zone),
            false => self.scope.since(pass.floor, clock, zone),
        };
        let from = From::Offset(pass.window.offset);
        let ask = Ask { jql: &jql, limit, fields: &["*all"], from };
        let found = self.rest.search(&ask).await.map_err(failed)?;
        let moved = pass.window.offset > 0 && pass.window.total != found.total;
        if moved && pass.window.restarts < MOST_RESTARTS {
            // Issues left the window or came into it, and others moved into their places, unseen.
            let restarts = pass.window.restarts + 1;
            pass.window = Window { ties: pass.window.ties, restarts, ..Window::default() };
            return Ok(false);
        }
        pass.window.total = found.total;
        // However many were asked for: as many as came are behind us.
        let behind = pass.window.offset + found.step;
        let is_last = found.step == 0 || found.total.is_some_and(|total| behind >= total);
        let known = names(&found);
        self.take(progress, page, found).await?;
        let overlap = self.overlap_millis();
        let Some(pass) = progress.pass.as_mut() else { return Ok(true) };
        match (is_last, pass.window.ties) {
            (true, false) => return Ok(true),
            (true, true) => {
                pass.floor = clock.floor(pass.floor) + clock.unit();
                pass.window = Window::default();
            }
            (false, true) => pass.window.offset = behind,
            (false, false) => {
                let settled = known.iter().rev().find(|(_, updated)| *updated < pass.begun - overlap);
                match settled.map(|(_, updated)| clock.floor(*updated)) {
                    Some(unit) if unit > pass.floor => (pass.floor, pass.window) = (unit, Window::default()),
                    Some(unit) if unit == clock.floor(pass.floor) => {
                        pass.window = Window { ties: true, ..Window::default() };
                    }
                    Some(_) | None => pass.window.offset = behind,
                }
            }
        }
        Ok(false)
    }

    /// Takes in what was found: every version once, with what stands beside it.
    async fn take(&self, progress: &mut Progress, page: &mut Page, found: Found) -> Result<(), PullErrorKind> {
        let overlap = self.overlap_millis();
        if let Some(pass) = progress.pass.as_mut()
            && pass.begun == 0
            && let Some(date) = found.date
        {
            pass.begun = date.as_millisecond();
        }
        let begun = progress.pass.as_ref().map_or(0, |pass| pass.begun);
        let mut fresh: Vec<Issue> = Vec::with_capacity(found.issues.len());
        for issue in found.issues {
            match issue {
                Ok(issue) => {
                    let twice = fresh.iter().any(|other| other.id == issue.id && other.updated == issue.updated);
                    if let Some(pass) = progress.pass.as_mut().filter(|pass| issue.updated < pass.begun - overlap) {
                        pass.settled = pass.settled.max(issue.updated);
                    }
                    if !twice && !progress.has_seen(&issue) {
                        fresh.push(issue);
                    }
                }
                Err((text, why)) => page.unreadable.push(unreadable(&text, why)),
            }
        }
        let is_whole = progress.pass.as_ref().is_some_and(|pass| pass.whole);
        if is_whole && self.site.dialect == Dialect::Cloud {
            fresh = self.as_the_database_has(progress, fresh).await?;
        }
        let issues: Vec<&Issue> = fresh.iter().collect();
        page.records.extend(self.records(progress, &issues).await?);
        for issue in &fresh {
            // A moment ahead of the site's own clock must not carry the next pass past what is written meanwhile.
            let moment = if begun > 0 { issue.updated.min(begun + 999) } else { issue.updated };
            progress.newest = progress.newest.max(moment);
        }
        // What no pass meets again need not be remembered.
        let floor = progress.newest - overlap;
        fresh.iter().filter(|issue| issue.updated >= floor).for_each(|issue| progress.saw(issue));
        Ok(())
    }

    /// The same issues as the database has them. Some changes never reach the index, so that reading everything again from it
    /// alone would not find them.
    async fn as_the_database_has(
        &self,
        progress: &mut Progress,
        found: Vec<Issue>,
    ) -> Result<Vec<Issue>, PullErrorKind> {
        let ids: Vec<String> = found.iter().map(|issue| issue.id.clone()).collect();
        let shown = self.many(&ids).await.map_err(|error| kind(error, "read single issues"))?;
        let mut shown: HashMap<String, Issue> = shown.into_iter().map(|issue| (issue.id.clone(), issue)).collect();
        let mut issues = Vec::with_capacity(found.len());
        if found.iter().any(|issue| !shown.contains_key(&issue.id)) {
            // What is not shown by its id is gone or hidden, and the index has not heard of it; unless we are strangers now.
            self.site.is_still_ours(self.rest).await?;
        }
        for issue in &found {
            issues.extend(shown.remove(&issue.id).filter(|now| !progress.has_seen(now)));
            progress.saw(issue);
        }
        Ok(issues)
    }

    /// Issues as records; notes down what could not be had of them.
    pub(crate) async fn records(
        &self,
        progress: &mut Progress,
        issues: &[&Issue],
    ) -> Result<Vec<RawRecord>, PullErrorKind> {
        if issues.is_empty() {
            return Ok(Vec::new());
        }
        let whole = self.rest.whole(&self.site, self.extras, issues).await;
        let whole = whole.map_err(|error| kind(error, "read what stands beside issues"))?;
        if whole.iter().any(|one| one.may_be_a_strangers) {
            // Credentials that lapse between an issue and its history would make it one without any.
            self.site.is_still_ours(self.rest).await?;
        }
        // One text for the whole page; its records are slices of it.
        let mut text = String::with_capacity(whole.iter().map(|one| one.text.len()).sum());
        let mut ranges = Vec::with_capacity(issues.len());
        for (issue, complete) in issues.iter().zip(&whole) {
            for part in crate::beside::PARTS {
                let is_denied = complete.denied.contains(part);
                let is_short = complete.short.contains(part);
                if is_denied {
                    progress.denied.insert((*part).to_owned());
                } else if !is_short && was_answered(part, issue, complete) && progress.denied.remove(*part) {
                    // What was out of reach is there after all: the next pass reads everything again with it.
                    progress.reread = EVERYTHING_AGAIN;
                }
                progress.note(&issue.id, part, !is_short);
            }
            let start = text.len();
            text.push_str(&complete.text);
            ranges.push(start..text.len());
        }
        let text: Arc<str> = text.into();
        let record = |(issue, range): (&&Issue, _)| RawRecord {
            native_id: issue.id.clone(),
            version: issue.mark(),
            form: Form::Snapshot,
            payload: Payload::slice(&text, range),
            place: place(&issue.id),
        };
        Ok(issues.iter().zip(ranges).map(record).collect())
    }

    /// Whether comments that were out of reach can be read now. Issues that bring all of theirs along do not say that.
    async fn may_read_comments(&self) -> Result<bool, PullErrorKind> {
        let jql = self.scope.with("", Order::NewestFirst);
        let found = self.rest.look(self.site.dialect, &jql, 1).await.map_err(failed)?;
        let Some(issue) = found.issues.into_iter().flatten().next() else { return Ok(false) };
        let may = self.rest.may_read_comments(self.site.dialect, &issue.id).await;
        may.map_err(|error| kind(error, "read comments"))
    }

    /// Where it could not be tried, the clock that every site understands.
    fn clock(&self, progress: &Progress) -> Clock {
        progress.clock.unwrap_or(Clock::Minutes)
    }

    fn overlap_millis(&self) -> i64 {
        i64::try_from(self.overlap.as_millis()).unwrap_or(i64::MAX / 4)
    }
}

/// Whether a part of an issue was asked for and given. What is embedded whole is not asked for, and what is no request has
/// nothing that the service desk would give.
fn was_answered(part: &str, issue: &Issue, complete: &Complete) -> bool {
    match part {
        COMMENTS => issue.comments.as_ref().is_none_or(|listed| !listed.is_whole()),
        SERVICE_DESK => complete.text.contains("\"@request\":"),
        _ => true,
    }
}

fn names(found: &Found) -> Vec<(String, i64)> {
    found.issues.iter().flatten().map(|issue| (issue.id.clone(), issue.updated)).collect()
}

fn place(id: &str) -> Place {
    Place { container: "issue".into(), position: format!("id {id}") }
}

fn unreadable(text: &str, why: &str) -> Unreadable {
    Unreadable {
        code: "jira::issue-without-identity",
        place: Place { container: "issue".into(), position: String::new() },
        reason: format!("the issue cannot be told from others: {why}"),
        remedy: "let the account see the fields of these issues (`counterfoil doctor` says what it may)".to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// What a position says, before anything is asked.
pub(crate) fn known(from: &Position, scope: &Scope, extras: Extras) -> Result<Option<Progress>, PullErrorKind> {
    Progress::read(from, &fingerprint(scope, extras))
}
