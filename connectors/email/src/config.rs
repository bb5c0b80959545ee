//! The section `[connector.<instance>] type = "email"`, checked as far as it can be without looking at a mailbox.

use crate::record::Limits;
use crate::{client, graph, imap};
use counterfoil_diagnostics::Finding;
use counterfoil_sdk::{ConfigSection, within};
use serde::Deserialize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// Where mails are and how much of them is read.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) instance: String,
    pub(crate) source: Source,
    pub(crate) limits: Limits,
    /// `None`: never.
    pub(crate) census_every: Option<Duration>,
}

/// Where mails are.
#[derive(Debug)]
pub(crate) enum Source {
    /// At rest.
    Folder {
        path: PathBuf,
        /// As the user wrote it.
        shown: String,
    },
    /// On a server.
    Imap(imap::Settings),
    /// Behind Microsoft Graph.
    Graph(graph::Settings),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    folder: Option<Spanned<String>>,
    dialect: Option<Spanned<String>>,
    mail_mb: Option<Spanned<i64>>,
    census_hours: Option<Spanned<i64>>,
    server: Option<Spanned<String>>,
    tls: Option<Spanned<String>>,
    ca_file: Option<Spanned<String>>,
    user: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    token: Option<Spanned<String>>,
    sasl: Option<Spanned<String>>,
    mailboxes: Option<Vec<Spanned<String>>>,
    timeout_secs: Option<Spanned<i64>>,
    url: Option<Spanned<String>>,
    tenant: Option<Spanned<String>>,
    token_url: Option<Spanned<String>>,
    client_id: Option<Spanned<String>>,
    client_secret: Option<Spanned<String>>,
    refresh_token: Option<Spanned<String>>,
    scope: Option<Spanned<String>>,
    requests_per_second: Option<Spanned<i64>>,
}

/// Reads the section; every problem at once.
pub(crate) fn parse(section: ConfigSection<'_>) -> Result<Settings, Vec<Finding>> {
    let (instance, at, base) = (section.instance.to_owned(), section.at.clone(), section.folder.to_owned());
    let read: Section = section.read()?;
    let mut findings = Vec::new();
    let mail_mb = within("email::out-of-range", "mail_mb", read.mail_mb.as_ref(), 25, 1..=100, &mut findings);
    // 0 is never: then nobody notices mails that are gone, or that came to a folder under an old date.
    let census_hours =
        within("email::out-of-range", "census_hours", read.census_hours.as_ref(), 24, 0..=720, &mut findings);
    let source = match read.dialect.as_ref().map(|dialect| dialect.get_ref().as_str()) {
        None | Some("imap") => at_rest_or_imap(read, &at, &base, &mut findings),
        Some("graph") => behind_graph(read, &at, &base, &mut findings),
        Some(_) => {
            let place = read.dialect.as_ref().map_or(at, Spanned::span);
            let finding = Finding::error("email::dialect", "`dialect` is none of its words", place, "not known");
            findings.push(finding.help("`imap`, or `graph` for Microsoft Graph; mails at rest need none"));
            None
        }
    };
    match source {
        Some(source) if findings.is_empty() => {
            let limits = Limits { mail_bytes: mail_mb.unsigned_abs() << 20, ..Limits::default() };
            let hours = census_hours.unsigned_abs();
            let census_every = (hours > 0).then(|| Duration::from_secs(hours * 3600));
            Ok(Settings { instance, source, limits, census_every })
        }
        _ => Err(findings),
    }
}

impl Section {
    fn client(&mut self) -> client::Keys {
        client::Keys {
            tenant: self.tenant.take(),
            token_url: self.token_url.take(),
            client_id: self.client_id.take(),
            client_secret: self.client_secret.take(),
            refresh_token: self.refresh_token.take(),
            scope: self.scope.take(),
        }
    }
}

fn behind_graph(mut read: Section, at: &Range<usize>, base: &Path, findings: &mut Vec<Finding>) -> Option<Source> {
    let strange = [&read.folder, &read.server, &read.tls, &read.password, &read.token, &read.sasl];
    let strange = strange.into_iter().flatten().map(Spanned::span).chain(read.timeout_secs.iter().map(Spanned::span));
    for place in strange {
        let message = "this key has no meaning for Microsoft Graph";
        let finding = Finding::error("email::source", message, place, "beside `dialect = \"graph\"`");
        findings.push(finding.help("remove it, or write another instance for the other place"));
    }
    let client = read.client();
    let Section { url, requests_per_second, user, mailboxes, ca_file, .. } = read;
    let keys = graph::Keys { url, requests_per_second, user, mailboxes, ca_file, client };
    keys.read(at, base, findings).map(Source::Graph)
}

fn at_rest_or_imap(mut read: Section, at: &Range<usize>, base: &Path, findings: &mut Vec<Finding>) -> Option<Source> {
    let strange = read.url.as_ref().map(Spanned::span).or(read.requests_per_second.as_ref().map(Spanned::span));
    if let Some(place) = strange {
        let message = "this key has a meaning for Microsoft Graph only";
        let finding = Finding::error("email::source", message, place, "without `dialect = \"graph\"`");
        findings.push(finding.help("remove it, or write `dialect = \"graph\"`"));
    }
    let client = read.client();
    let Section { server, tls, ca_file, user, password, token, sasl, mailboxes, timeout_secs, .. } = read;
    let keys = imap::Keys { server, tls, ca_file, user, password, token, sasl, client, mailboxes, timeout_secs };
    match (read.folder, keys.first()) {
        (Some(_), Some(first)) => {
            let message = "mails are either at rest or on a server";
            let finding = Finding::error("email::source", message, first, "beside `folder`");
            findings.push(finding.help("write two instances, one with `folder` and one with `server`"));
            None
        }
        (Some(folder), None) if folder.get_ref().is_empty() => {
            let finding = Finding::error("email::folder", "`folder` is empty", folder.span(), "a folder or a file");
            findings.push(finding.help("for example `folder = \"mail/\"`; paths start at the configuration's folder"));
            None
        }
        (Some(folder), None) => Some(Source::Folder { path: base.join(folder.get_ref()), shown: folder.into_inner() }),
        (None, Some(_)) if keys.server.is_some() => keys.read(at, base, findings).map(Source::Imap),
        (None, _) => {
            let finding = Finding::error("email::source", "there is no place to read mails from", at.clone(), "here");
            findings.push(finding.help(
                "write `folder = \"…\"` for mails at rest, `server = \"…\"` for an IMAP server, or `dialect = \"graph\"` for \
                 Microsoft Graph",
            ));
            None
        }
    }
}
