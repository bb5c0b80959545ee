//! A mailbox that is served as Microsoft Graph serves one.

use super::mail::read_by;
use super::tool::Tool;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::terminal::plural;
use anyhow::Result;
use counterfoil_gym::graph::{FOLDERS, Instance, Server, Switches};
use counterfoil_gym::mail::{Estate, Scale, Switches as Oddities};
use counterfoil_gym::{Dice, World};
use std::collections::BTreeMap;
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

    fn made_up(_: &World, args: &cli::Gym) -> Self {
        let oddities = Oddities { copies: true, ..Oddities::default() };
        Self::of_estate(&Estate::generate(args.seed, Scale { tickets: args.incidents }, oddities))
    }

    fn recorded(_: &Path, _: &cli::Gym) -> Result<Self> {
        let text = "a mailbox is made up\n  help: leave `--recorded` out";
        Err(Failure::error(Exit::Usage, text))
    }

    async fn serve(instance: Arc<Mutex<Self>>, address: SocketAddr, switches: Switches) -> io::Result<Server> {
        Server::start_on(address, instance, switches).await
    }

    fn url(server: &Server) -> String {
        server.url()
    }

    fn introduction(&self, url: &str, _: &cli::Gym) -> String {
        let account = self.account();
        let keys = format!(
            "dialect = \"graph\"\n\
             url = \"{url}\"\n\
             token_url = \"{url}/{}/oauth2/v2.0/token\"\n\
             client_id = \"{}\"\n\
             client_secret = \"env:GYM_SECRET\"\n\
             user = \"{}\"\n\
             mailboxes = {FOLDERS:?}\n",
            account.tenant, account.client_id, account.user
        );
        let section = read_by(&keys).expect("a text takes what is written to it");
        format!(
            "A mailbox with {} behind a simulated Microsoft Graph; it is no copy of the service.\n\n\
             # after `export GYM_SECRET={}`\n{section}",
            plural(self.count() as u64, "mail"),
            account.client_secret,
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
