//! Before the first issue: does the site read a moment in JQL as we mean it? Its own issue is asked for, once so that it has
//! to be found, once so that it must not be.

use crate::issue::Issue;
use crate::jql::{Order, Scope};
use crate::moment::{Clock, mark};
use crate::rest::{Rest, contract};
use crate::search::failed;
use crate::site::Site;
use counterfoil_sdk::PullErrorKind;
use jiff::tz::TimeZone;

/// A minute later nothing of that moment may be found; for a clock of minutes in a zone we do not know, two days later.
const LATER: i64 = 60_000;
const MUCH_LATER: i64 = 172_800_000;

/// How this site is told a moment. None where the scope has no issue to try it with.
pub(crate) async fn sing(rest: &Rest, site: &Site, scope: &Scope) -> Result<Option<Clock>, PullErrorKind> {
    let found = rest.look(site.dialect, &scope.with("", Order::ByUpdate), 1).await.map_err(failed)?;
    let Some(issue) = found.issues.into_iter().flatten().next() else { return Ok(None) };
    if is_understood(rest, site, Clock::Millis, &issue, site.zone.as_ref(), LATER).await? {
        return Ok(Some(Clock::Millis));
    }
    let later = if site.zone.is_some() { 2 * LATER } else { MUCH_LATER };
    if is_understood(rest, site, Clock::Minutes, &issue, site.zone.as_ref(), later).await? {
        return Ok(Some(Clock::Minutes));
    }
    Err(contract(format!(
        "JQL does not find issue {} by the moment of its own change ({}), neither as a number nor as a text in the zone of the \
         account ({}): searching by time would lose issues",
        issue.id,
        mark(issue.updated),
        site.zone_name.as_deref().unwrap_or("not told")
    )))
}

async fn is_understood(
    rest: &Rest,
    site: &Site,
    clock: Clock,
    issue: &Issue,
    zone: Option<&TimeZone>,
    later: i64,
) -> Result<bool, PullErrorKind> {
    let finds = async |operand: String| {
        let condition = format!("id = {} AND updated >= {operand}", issue.id);
        match rest.look(site.dialect, &Scope::default().with(&condition, Order::ByUpdate), 1).await {
            Ok(found) => Ok(!found.issues.is_empty()),
            Err(error) if error.status() == Some(400) => Err(None),
            Err(error) => Err(Some(failed(error))),
        }
    };
    let answers = match finds(clock.not_after(issue.updated, zone)).await {
        Ok(false) => Ok(false),
        Ok(true) => finds(clock.not_before(issue.updated + later, zone)).await.map(|found| !found),
        Err(error) => Err(error),
    };
    match answers {
        Ok(is_understood) => Ok(is_understood),
        // Such a moment is refused.
        Err(None) => Ok(false),
        Err(Some(error)) => Err(error),
    }
}
