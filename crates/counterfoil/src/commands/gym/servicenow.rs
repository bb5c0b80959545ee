//! A ServiceNow that is served.

use super::recording::{self, Recording};
use super::tool::{PARTY, Tool, provider};
use crate::cli;
use crate::terminal::plural;
use anyhow::Result;
use counterfoil_gym::servicenow::{Instance, Server, Switches};
use counterfoil_gym::{Dice, Provider, World};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The shipped mappings of all tables that it serves.
pub(crate) const MAPPINGS: &str = r#""servicenow/core_company", "servicenow/sys_user_group", "servicenow/cmdb_ci_service", "servicenow/cmdb_ci",
    "servicenow/ast_contract", "servicenow/contract_sla", "servicenow/incident", "servicenow/problem",
    "servicenow/change_request", "servicenow/change_task", "servicenow/sc_req_item", "servicenow/sc_task",
    "servicenow/sysapproval_approver", "servicenow/task_sla", "servicenow/choice""#;

impl Tool for Instance {
    type Switches = Switches;
    type Server = Server;

    const IS_DEFAULT: bool = true;

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
        Self::of_world(world, provider(args, Provider::Acme))
    }

    fn recorded(path: &Path, _: &cli::Gym) -> Result<Self> {
        let instance = match recording::open(path)? {
            Recording::Log(rows) => Self::recorded_log(rows),
            Recording::Lines(lines) => Self::recorded_json_lines(lines),
        };
        instance.map_err(|error| recording::unusable(path, &error.into()))
    }

    async fn serve(instance: Arc<Mutex<Self>>, address: SocketAddr, switches: Switches) -> io::Result<Server> {
        Server::start_on(address, instance, switches).await
    }

    fn url(server: &Server) -> String {
        server.url()
    }

    fn introduction(&self, url: &str, _: &cli::Gym) -> String {
        format!(
            "A simulated ServiceNow with {} and {} of history; it is no copy of the product.\n\n\
             # for counterfoil.toml, after `export GYM_PASSWORD={}`\n\
             [connector.gym]\n\
             type = \"servicenow\"\n\
             url = \"{url}\"\n\
             user = \"{}\"\n\
             password = \"env:GYM_PASSWORD\"\n\
             requests_per_second = 200\n\
             tables = \"all\"\n\
             mapping = [{MAPPINGS}]\n\
             {PARTY}",
            plural(self.rows("incident") as u64, "incident"),
            plural(self.rows("sys_audit") as u64, "row"),
            self.account().password,
            self.account().user,
        )
    }

    fn live(&mut self, secs: i64, dice: &mut Dice) {
        self.advance(secs);
        if dice.chance(500) {
            self.mutate(dice);
        } else {
            self.mutate_beside(dice);
        }
    }

    fn counts(server: &Server) -> BTreeMap<String, u64> {
        server.counts()
    }

    fn busy(server: &Server) -> Duration {
        server.busy()
    }
}
