//! The Table API and the count of the Aggregate API. It opens no socket and checks no secret.

use super::account::Denial;
use super::display::Display;
use super::evaluate::{Bound, Path, path};
use super::id::Id;
use super::instance::Instance;
use super::query::Query;
use super::render::{Form, Links, Shape, Whole, string};
use super::select::{Asked, Count, Found, select};
use super::table::{Row, Table};
use crate::loopback::reply::Reply;
use crate::loopback::request::{Request, encode};

/// What `sysparm_limit` is unless it is given.
const LIMIT: u64 = 10_000;
const NO_RECORD: (&str, &str) = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval");

/// Where an answer comes from.
pub(crate) struct Asking<'a> {
    pub(crate) request: &'a Request,
    /// `http://…`, without a slash at its end.
    pub(crate) base: &'a str,
    /// Counts requests; decides how ties fall.
    pub(crate) nth: u64,
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Rows { table: &'a str, version: Version },
    Row { table: &'a str, id: &'a str },
    Count { table: &'a str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Later,
}

impl<'a> Route<'a> {
    pub(crate) fn of(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("/api/now/")?;
        let (version, rest) = match (rest.strip_prefix("v1/"), rest.strip_prefix("v2/")) {
            (Some(rest), _) => (Version::One, rest),
            (None, Some(rest)) => (Version::Later, rest),
            (None, None) => (Version::Later, rest),
        };
        let parts: Vec<&str> = rest.split('/').collect();
        match parts.as_slice() {
            ["table", table] => Some(Self::Rows { table, version }),
            ["table", table, id] => Some(Self::Row { table, id }),
            ["stats", table] => Some(Self::Count { table }),
            _ => None,
        }
    }

    pub(crate) fn table(&self) -> &'a str {
        match self {
            Self::Rows { table, .. } | Self::Row { table, .. } | Self::Count { table } => table,
        }
    }
}

/// The answer to a request of the account that is allowed in.
pub(crate) fn answer(instance: &Instance, asking: &Asking<'_>) -> Reply {
    let request = asking.request;
    let Some(route) = Route::of(&request.path) else {
        return Reply::error(400, "Requested URI does not represent any resource", &request.path);
    };
    if request.method != "GET" {
        return Reply::error(405, "Method not supported", &request.method);
    }
    let accept = request.header("accept");
    if !["application/json", "*/*", "application/*"].iter().any(|form| accept.contains(form)) {
        return Reply::error(406, "Unsupported media type in Accept header", accept);
    }
    let is_there = |table: &&Table| !instance.switches.lacks(table.name);
    let Some(table) = instance.tables.get(route.table()).filter(is_there) else {
        return Reply::error(400, &format!("Invalid table {}", route.table()), "");
    };
    let denial = match instance.account.denial(table.name) {
        None if instance.switches.denies(table.name) && instance.switches.denied_silently => Some(Denial::Silently),
        None if instance.switches.denies(table.name) => Some(Denial::Forbidden),
        denial => denial,
    };
    if denial == Some(Denial::Forbidden) {
        return Reply::error(403, "Operation against file was aborted", "User is not authorized to read the table");
    }
    let view = View { instance, table, asking, blind: denial.is_some() };
    match route {
        Route::Rows { version, .. } => view.page(version),
        Route::Row { id, .. } => view.single(id),
        Route::Count { .. } => view.count(),
    }
}

/// A table as the account sees it.
struct View<'a> {
    instance: &'a Instance,
    table: &'a Table,
    asking: &'a Asking<'a>,
    /// It sees no row of it and is not told so.
    blind: bool,
}

impl View<'_> {
    fn page(&self, version: Version) -> Reply {
        let request = self.asking.request;
        let asked = request.number("sysparm_limit").unwrap_or(LIMIT);
        let cap = self.instance.switches.page_cap;
        let limit = if cap > 0 { asked.min(u64::from(cap)) } else { asked };
        let offset = request.number("sysparm_offset").unwrap_or(0);
        let count = if request.says("sysparm_no_count") { Count::OnlyWhetherMore } else { Count::All };
        let found = self.find((offset, limit), count);
        let form = self.form();
        let mut body = Vec::with_capacity(64 + found.slots.len() * 1_024);
        body.extend_from_slice(b"{\"result\":[");
        let mut rows = 0;
        let mut write = |slot: u32| {
            let row = self.table.held(slot);
            if self.is_hidden(row) {
                return;
            }
            if rows > 0 {
                body.push(b',');
            }
            form.row(&mut body, self.table, row);
            rows += 1;
        };
        if self.instance.switches.duplicate_rows && offset > 0 && !found.slots.is_empty() {
            self.find((offset - 1, 1), Count::OnlyWhetherMore).slots.into_iter().for_each(&mut write);
        }
        found.slots.iter().copied().for_each(&mut write);
        let empty_is_404 = version == Version::One || self.instance.switches.empty_is_404;
        if rows == 0 && empty_is_404 {
            return self.with_pages(Reply::error(404, NO_RECORD.0, NO_RECORD.1), &found, (offset, limit), rows);
        }
        body.push(b']');
        let most = u64::from(self.instance.switches.cancel_above_rows);
        if most > 0 && rows > most {
            let message = "Transaction cancelled: maximum execution time exceeded";
            body.extend_from_slice(b",\"error\":{\"message\":");
            string(&mut body, message.as_bytes());
            body.extend_from_slice(
                b",\"detail\":\"maximum execution time exceeded Check logs for error trace\"},\"status\":\"failure\"",
            );
        }
        body.push(b'}');
        let mut reply = Reply::json(200, body);
        reply.rows = rows;
        self.with_pages(reply, &found, (offset, limit), rows)
    }

    fn single(&self, id: &str) -> Reply {
        let row = Id::parse(id.as_bytes()).and_then(|id| self.table.find(&id));
        match row.filter(|row| self.has(row) && !self.is_hidden(row)) {
            Some(row) => {
                let mut body = b"{\"result\":".to_vec();
                self.form().row(&mut body, self.table, row);
                body.push(b'}');
                Reply { rows: 1, ..Reply::json(200, body) }
            }
            None => Reply::error(404, NO_RECORD.0, NO_RECORD.1),
        }
    }

    fn count(&self) -> Reply {
        let request = self.asking.request;
        if !request.says("sysparm_count") {
            return Reply::json(200, b"{\"result\":{\"stats\":{}}}".to_vec());
        }
        // The Aggregate API counts what the account may read.
        let found = self.find((0, u64::MAX), Count::All);
        let seen = found.slots.iter().filter(|slot| !self.is_hidden(self.table.held(**slot))).count();
        Reply::json(200, format!("{{\"result\":{{\"stats\":{{\"count\":\"{seen}\"}}}}}}").into_bytes())
    }

    fn find(&self, (offset, limit): (u64, u64), count: Count) -> Found {
        let tables = &self.instance.tables;
        let query = Query::parse(self.asking.request.parameter("sysparm_query"));
        let readable = |at: usize| self.may_read(at);
        let bound = Bound::new(tables, self.table, &query, readable);
        if bound.dropped > 0 && self.instance.switches.invalid_query_finds_nothing {
            return Found::default();
        }
        let column = |(name, direction): &(String, _)| Some((self.table.column(name)?, *direction));
        let asked = Asked {
            bound: &bound,
            order: query.order.iter().filter_map(column).collect(),
            offset,
            limit,
            count,
            ties: self.instance.switches.ties_shuffled.then_some(self.asking.nth),
            has: &|row| self.has(row),
        };
        select(tables, self.table, &asked)
    }

    /// Whether the database has the row for this account at all.
    fn has(&self, row: &Row) -> bool {
        if self.table.is_record {
            return !(self.table.is_in_domains() && self.instance.is_elsewhere(&row.id));
        }
        let of = |name: &str| self.table.column(name).map(|at| row.value(&self.table.columns, at));
        if self.table.name == "sys_audit" && self.instance.switches.not_audited {
            return false;
        }
        if self.table.name == "sys_audit" && self.instance.switches.creation_unaudited {
            return of("record_checkpoint").as_deref() != Some(b"0");
        }
        true
    }

    /// Whether a rule of access hides the row after the page was cut.
    fn is_hidden(&self, row: &Row) -> bool {
        self.blind || (self.table.is_record && self.instance.is_hidden(&row.id))
    }

    fn may_read(&self, at: usize) -> bool {
        self.instance.account.may_read(self.table.name, &self.table.columns[at].name)
    }

    fn form(&self) -> Form<'_> {
        let request = self.asking.request;
        let asked = request.parameter("sysparm_fields");
        let missing = &self.instance.switches.columns_missing;
        let sees = |name: &str, path: &Path| {
            let (Path::Own(at) | Path::Along { reference: at, .. }) = path;
            self.may_read(*at) && !missing.iter().any(|other| other == name)
        };
        let names: Vec<String> = if asked.is_empty() {
            self.table.columns.iter().map(|column| column.name.to_string()).collect()
        } else {
            asked.split(',').map(|name| name.trim().to_owned()).collect()
        };
        let place = |name: String| Some((path(&self.instance.tables, self.table, &name)?, name));
        let fields: Vec<(String, Path)> =
            names.into_iter().filter_map(place).map(|(path, name)| (name, path)).filter(|(n, p)| sees(n, p)).collect();
        let whole = fields.len() == self.table.columns.len()
            && fields.iter().enumerate().all(|(at, (_, path))| *path == Path::Own(at));
        let shape = match request.parameter("sysparm_display_value") {
            "true" => Shape::Shown,
            "all" => Shape::Both,
            _ => Shape::Raw,
        };
        Form {
            shape,
            links: if request.says("sysparm_exclude_reference_link") { Links::LeftOut } else { Links::Written },
            fields,
            whole: if whole { Whole::Row } else { Whole::Choice },
            base: self.asking.base,
            switches: &self.instance.switches,
            tables: &self.instance.tables,
            display: (shape != Shape::Raw).then(|| Display::new(self.instance, self.table.name)),
        }
    }

    /// Links to the neighbouring pages, and the count from before the rules of access.
    fn with_pages(&self, mut reply: Reply, found: &Found, (offset, limit): (u64, u64), rows: u64) -> Reply {
        let request = self.asking.request;
        let counts = !request.says("sysparm_no_count") && !self.instance.switches.count_missing;
        if counts {
            reply = reply.with("x-total-count", found.total.to_string());
        }
        let emptied = rows == 0 && !found.slots.is_empty();
        let suppressed = request.says("sysparm_suppress_pagination_header");
        if suppressed || limit == 0 || (emptied && self.instance.switches.no_link_on_empty_pages) {
            return reply;
        }
        let mut links = vec![self.link("first", 0)];
        if offset > 0 {
            links.push(self.link("prev", offset.saturating_sub(limit)));
        }
        if found.more || self.instance.switches.link_at_the_end {
            links.push(self.link("next", offset + limit));
        }
        if counts {
            links.push(self.link("last", found.total.saturating_sub(1) / limit * limit));
        }
        reply.with("link", links.join(","))
    }

    fn link(&self, word: &str, offset: u64) -> String {
        let request = self.asking.request;
        let mut parameters = request.parameters.clone();
        parameters.insert("sysparm_offset".into(), offset.to_string());
        let query: Vec<String> =
            parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        format!("<{}{}?{}>;rel=\"{word}\"", self.asking.base, request.path, query.join("&"))
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
