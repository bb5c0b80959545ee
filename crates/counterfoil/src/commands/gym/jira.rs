//! A Jira that is served: Cloud or Data Center, with or without service management.

use super::recording::{self, Recording};
use super::tool::{PARTY, Tool, provider};
use crate::cli::{self, GymTool};
use crate::exit::{Exit, Failure};
use crate::terminal::plural;
use anyhow::Result;
use counterfoil_gym::jira::{Edition, Instance, Server, Switches, TrueIssue};
use counterfoil_gym::{Dice, Provider, World};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

impl Tool for Instance {
    type Switches = Switches;
    type Server = Server;

    const IS_DEFAULT: bool = false;

    fn names() -> Vec<(&'static str, &'static str)> {
        Switches::names().collect()
    }

    fn all() -> Switches {
        Switches::all()
    }

    fn turn(switches: &mut Switches, name: &str) -> bool {
        switches.turn(name)
    }

    fn made_up(world: &World, args: &cli::Gym) -> Self {
        let instance = Self::of_world(world, provider(args, Provider::Tarn), edition(args.tool));
        if has_service_management(args.tool) { instance } else { instance.without_service_management() }
    }

    fn recorded(path: &Path, args: &cli::Gym) -> Result<Self> {
        if has_service_management(args.tool) {
            let text = "a recording has nothing of service management\n  \
                        help: `--tool jira-cloud` or `--tool jira-data-center` serves it";
            return Err(Failure::error(Exit::Usage, text));
        }
        let Recording::Lines(lines) = recording::open(path)? else {
            let text = format!(
                "`{}` is no recording of a Jira\n  help: one issue a line, in a file that ends in .jsonl",
                path.display()
            );
            return Err(Failure::error(Exit::Usage, text));
        };
        Self::recorded(edition(args.tool), lines).map_err(|error| recording::unusable(path, &error.into()))
    }

    async fn serve(instance: Arc<Mutex<Self>>, address: SocketAddr, switches: Switches) -> io::Result<Server> {
        Server::start_on(address, instance, switches).await
    }

    fn url(server: &Server) -> String {
        server.url()
    }

    fn introduction(&self, url: &str, args: &cli::Gym) -> String {
        let has_service_management = has_service_management(args.tool);
        let product = match self.edition() {
            Edition::Cloud => "Jira Cloud",
            Edition::DataCenter => "Jira Data Center",
        };
        let with = if has_service_management { " with service management and" } else { " with" };
        let issues = plural(self.count() as u64, "issue");
        let account = self.account();
        // A personal access token is what is advised there, and it works where passwords do not.
        let (secret, user) = match self.edition() {
            Edition::Cloud => (&account.token, format!("user = \"{}\"\n", account.user)),
            Edition::DataCenter => (&account.personal_token, String::new()),
        };
        let jsm = if has_service_management { "jsm = true\n" } else { "" };
        let more = if args.recorded.is_some() { types_as_incidents(self) } else { MADE_UP.to_owned() };
        format!(
            "A simulated {product}{with} {issues}; it is no copy of the product.\n\n\
             # for counterfoil.toml, after `export GYM_TOKEN={secret}`\n\
             [connector.gym]\n\
             type = \"jira\"\n\
             url = \"{url}\"\n\
             {user}token = \"env:GYM_TOKEN\"\n\
             {jsm}requests_per_second = 200\n\
             mapping = [{MAPPINGS}]\n{PARTY}{more}"
        )
    }

    fn live(&mut self, secs: i64, dice: &mut Dice) {
        self.advance(secs);
        self.mutate(dice);
    }

    fn counts(server: &Server) -> BTreeMap<String, u64> {
        server.counts()
    }

    fn busy(server: &Server) -> Duration {
        server.busy()
    }
}

/// By issue type; then the word lists.
const MAPPINGS: &str = r#""jira/issue", "jira/request", "jira/problem", "jira/change", "jira/catalogue", "jira/field""#;

/// The fields that every made-up site has of its own.
const MADE_UP: &str = r#"
# Fields of this site's own are named by id: all are called `Team`.
[connector.gym.override.fields]
assignee_group = { from = "/fields/customfield_10050", track = ["customfield_10050"] }
service = "/fields/customfield_10051"
reassign_count = { derive = "number of group changes" }
"#;

fn edition(tool: GymTool) -> Edition {
    match tool {
        GymTool::Servicenow | GymTool::Mail | GymTool::MailGraph | GymTool::JiraCloud | GymTool::JsmCloud => {
            Edition::Cloud
        }
        GymTool::JiraDataCenter | GymTool::JsmDataCenter => Edition::DataCenter,
    }
}

fn has_service_management(tool: GymTool) -> bool {
    matches!(tool, GymTool::JsmCloud | GymTool::JsmDataCenter)
}

/// What a recording is about is not known: all its issues, until somebody says which are none.
fn types_as_incidents(instance: &Instance) -> String {
    let truth = instance.oracle();
    let name = |issue: &TrueIssue| issue.fields["issuetype"]["name"].as_str().map(str::to_owned);
    let types: BTreeSet<String> = truth.issues.values().filter_map(name).collect();
    let types: Vec<String> = types.into_iter().map(|name| format!("    {},\n", Value::from(name))).collect();
    format!(
        "\n# Every type of issue is read as an incident; leave out those that are none.\n\
         [connector.gym.override.\"jira/issue\".when]\n\
         \"/fields/issuetype/name\" = [\n{}]\n",
        types.concat()
    )
}
