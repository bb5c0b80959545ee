//! A ServiceNow instance to try with curl: `cargo run -p counterfoil-gym --example servicenow [SWITCH…]`.
#![expect(clippy::print_stdout, reason = "this is a program for a person at a terminal")]

use counterfoil_gym::servicenow::{Instance, Server, Switches};
use counterfoil_gym::{Provider, Scale, World};
use std::error::Error;
use std::sync::{Arc, Mutex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut switches = Switches::default();
    for name in std::env::args().skip(1) {
        if !switches.turn(&name) {
            println!("there is no switch `{name}`; there are:");
            Switches::names().for_each(|(name, fact)| println!("  {name:28} {fact}"));
            return Ok(());
        }
    }
    let world = World::generate(1, Scale::default());
    let instance = Instance::of_world(&world, Provider::Nordlicht);
    let account = instance.account().clone();
    let server = Server::start(Arc::new(Mutex::new(instance)), switches).await?;
    println!(
        "{} incidents, user `{}`, password `{}`; try",
        world.incidents_of(Provider::Nordlicht).count(),
        account.user,
        account.password
    );
    println!(
        "  curl -s -u {}:{} -H 'Accept: application/json' '{}/api/now/table/incident?sysparm_limit=1'",
        account.user,
        account.password,
        server.url()
    );
    println!("Ctrl-C ends it");
    tokio::signal::ctrl_c().await?;
    Ok(())
}
