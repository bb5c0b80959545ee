//! The demo estate: five made-up providers, two with a ServiceNow instance in this process, one with a Jira in it, one that
//! sends spreadsheets and one that has mail only, and a configuration that reads them.

use super::gym::SERVICENOW_MAPPINGS;
use crate::load::write_whole;
use crate::remote;
use anyhow::{Context as _, Result};
use counterfoil_gym::mail::{AUTHSERV_ID, SUPPLIERS, US};
use counterfoil_gym::{BY_MAIL, Demo as Providers, Scale, Served, World, jira, servicenow};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The same seed gives the same estate on every machine.
const SEED: u64 = 20_000;

/// How the configuration begins; who finds this knows that its instances have to be started.
const TITLE: &str =
    "# The demo estate: five providers, what they have, and who they are. `counterfoil up` writes this file.";

/// The accounts of the simulated instances; they listen on loopback only and hold nothing that is secret.
const PASSWORD: &str = "only-for-the-demo";
const PASSWORD_FILE: &str = "password";

/// In how long the files arrive on a first start, so that one can watch.
const ARRIVES_IN: Duration = Duration::from_secs(6);

/// How often the estate is looked at while it arrives, and after.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// The estate, where it is written to, and its running instances; they stop with it.
pub(crate) struct Demo {
    /// Its configuration.
    pub(crate) config: PathBuf,
    folder: PathBuf,
    providers: Providers,
    _servers: (Vec<servicenow::Server>, Vec<jira::Server>),
}

impl Demo {
    /// Starts the instances and makes the rest of the estate below `folder`. Unless `at_once`, its files arrive with
    /// [`Demo::feed`].
    pub(crate) async fn prepare(folder: &Path, at_once: bool) -> Result<Self> {
        let mut providers = Providers::of(&World::generate(SEED, Scale::default()), PASSWORD);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let mut text = format!("{TITLE}\ndata_dir = \".\"\n\n");
        let mut servers = (Vec::new(), Vec::new());
        for Served { name, instance, switches, .. } in std::mem::take(&mut providers.servicenow) {
            let server = servicenow::Server::start(Arc::new(Mutex::new(instance)), switches).await;
            let server = server.context("cannot serve the demo's ServiceNow instances on loopback")?;
            servicenow_section(&mut text, name, &server.url())?;
            servers.0.push(server);
        }
        for Served { name, instance, switches, .. } in std::mem::take(&mut providers.jira) {
            let user = instance.account().user.clone();
            let server = jira::Server::start(Arc::new(Mutex::new(instance)), switches).await;
            let server = server.context("cannot serve the demo's Jira on loopback")?;
            jira_section(&mut text, name, &server.url(), &user)?;
            servers.1.push(server);
        }
        mail_section(&mut text)?;
        let mailbox = providers.mail.write_maildir(&folder.join(BY_MAIL));
        mailbox.with_context(|| format!("cannot write the demo's mailbox below `{}`", folder.display()))?;
        text.push_str(&providers.estate.config);
        let config = folder.join("counterfoil.toml");
        write_if_other(&folder.join(PASSWORD_FILE), &format!("{PASSWORD}\n"))?;
        write_if_other(&config, &text)?;
        let demo = Self { config, folder: folder.to_owned(), providers, _servers: servers };
        if at_once {
            demo.providers.estate.write(folder)?;
            return Ok(demo);
        }
        // Every source has something from the start: the first step of each of its files, or of the first file of a kind.
        let mut begun = BTreeSet::new();
        for stage in demo.providers.stages() {
            let folder_of = || stage.path.split_once('/').map_or(stage.path, |(folder, _)| folder);
            let source = if stage.path.ends_with(".xlsx") { folder_of() } else { stage.path };
            if begun.insert(source.to_owned()) {
                stage.write(folder)?;
            }
        }
        Ok(demo)
    }

    /// Starts the instances again when this is the configuration of a demo estate and no `up` runs them.
    pub(crate) async fn again(config: &Path) -> Result<Option<Self>> {
        let is_demo = std::fs::read_to_string(config).is_ok_and(|text| text.starts_with(TITLE));
        let folder = config.parent().unwrap_or(Path::new("."));
        if !is_demo || remote::is_answered(folder) {
            return Ok(None);
        }
        Self::prepare(folder, true).await.map(Some)
    }

    /// Lets the files arrive in the order in which the provider sent them. Returns whether anything did.
    pub(crate) fn feed(&self, stopped: &dyn Fn() -> bool) -> Result<bool> {
        let stages = self.providers.stages();
        let pause = ARRIVES_IN / u32::try_from(stages.len().max(1)).unwrap_or(u32::MAX);
        let files = &self.providers.estate.files;
        let is_there = |path: &str, bytes: &[u8]| std::fs::read(self.folder.join(path)).is_ok_and(|held| held == bytes);
        if files.iter().all(|file| is_there(&file.path, &file.bytes)) {
            return Ok(false);
        }
        for stage in stages {
            if stopped() {
                return Ok(true);
            }
            stage.write(&self.folder)?;
            std::thread::sleep(pause);
        }
        Ok(true)
    }
}

fn servicenow_section(text: &mut String, name: &str, url: &str) -> std::fmt::Result {
    writeln!(
        text,
        "# A ServiceNow instance. It is simulated in the process that reads it; the port is another one each time.\n\
         [connector.{name}]\n\
         type = \"servicenow\"\n\
         url = \"{url}\"\n\
         user = \"integration\"\n\
         password = \"file:{PASSWORD_FILE}\"\n\
         requests_per_second = 200\n\
         tables = \"all\"\n\
         mapping = [{SERVICENOW_MAPPINGS}]\n\
         party = \"{name}\"\n"
    )
}

fn jira_section(text: &mut String, name: &str, url: &str, user: &str) -> std::fmt::Result {
    writeln!(
        text,
        "# A Jira in the cloud with service management; it is simulated as well.\n\
         [connector.{name}]\n\
         type = \"jira\"\n\
         url = \"{url}\"\n\
         user = \"{user}\"\n\
         token = \"file:{PASSWORD_FILE}\"\n\
         jsm = true\n\
         requests_per_second = 1000\n\
         mapping = [\"jira/issue\", \"jira/request\", \"jira/problem\", \"jira/change\", \"jira/catalogue\", \"jira/field\"]\n\
         party = \"{name}\"\n\n\
         # Fields of a site's own are named by id: three of this one are called `Team`. The status `Parked with partner`\n\
         # is left out on purpose: it is what a supplier makes one day without telling anybody.\n\
         [connector.{name}.override.fields]\n\
         assignee_group = {{ from = \"/fields/customfield_10050\", track = [\"customfield_10050\"] }}\n\
         service = \"/fields/customfield_10051\"\n\
         reassign_count = {{ derive = \"number of group changes\" }}\n\n\
         [party.{name}]\n\
         name = \"Tarn Integration Ltd\"\n\
         role = \"external_supplier\"\n"
    )
}

fn write_if_other(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|held| held == text) { Ok(()) } else { write_whole(path, text) }
}

fn mail_section(text: &mut String) -> std::fmt::Result {
    writeln!(
        text,
        "# A Maildir: this supplier has no tool that we may ask, and answers by mail.\n\
         [connector.{BY_MAIL}]\n\
         type = \"email\"\n\
         folder = \"{BY_MAIL}\"\n\
         mapping = [\"email/mail\", \"email/incident\", \"email/request\", \"email/conversation\"]\n\
         authserv_ids = [\"{AUTHSERV_ID}\"]\n"
    )?;
    let supplier = SUPPLIERS.iter().filter(|party| party.id == BY_MAIL).map(|party| (party, "external_supplier"));
    for (party, role) in std::iter::once((&US, "customer")).chain(supplier) {
        writeln!(
            text,
            "[party.{}]\n\
             name = \"{}\"\n\
             role = \"{role}\"\n\
             identifiers = [{{ type = \"email_domain\", value = \"{}\" }}]\n",
            party.id, party.name, party.domain
        )?;
    }
    Ok(())
}
