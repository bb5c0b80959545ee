//! What the simulated tools have in common, seen from the command line.

use crate::cli;
use anyhow::Result;
use counterfoil_gym::{Dice, Provider, World};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Whose records they are: the end of the section, and a section of its own.
pub(super) const PARTY: &str = r#"party = "gym"

[party.gym]
name = "A provider of the gym"
role = "external_supplier"
"#;

/// An instance that can be made, served, and told about.
pub(super) trait Tool: Sized + Send + 'static {
    /// What can be odd about it.
    type Switches: Default;
    /// What serves it, as long as it is held.
    type Server;

    /// Whether it is served when nobody names a tool.
    const IS_DEFAULT: bool;

    /// Every switch with its fact.
    fn names() -> Vec<(&'static str, &'static str)>;

    /// All switches that can be on at once.
    fn all() -> Self::Switches;

    /// Turns one more switch on; `false` when there is none of this name.
    fn turn(switches: &mut Self::Switches, name: &str) -> bool;

    /// The incidents of one provider of a world.
    fn made_up(world: &World, args: &cli::Gym) -> Self;

    /// What is recorded at this path.
    fn recorded(path: &Path, args: &cli::Gym) -> Result<Self>;

    /// Serves it on this address.
    async fn serve(
        instance: Arc<Mutex<Self>>,
        address: SocketAddr,
        switches: Self::Switches,
    ) -> io::Result<Self::Server>;

    /// Where it is served.
    fn url(server: &Self::Server) -> String;

    /// What it is, and the section for `counterfoil.toml`.
    fn introduction(&self, url: &str, args: &cli::Gym) -> String;

    /// Lets so many seconds pass, and something happen.
    fn live(&mut self, secs: i64, dice: &mut Dice);

    /// How many requests there were, by what they asked for.
    fn counts(server: &Self::Server) -> BTreeMap<String, u64>;

    /// Time that was spent on answering.
    fn busy(server: &Self::Server) -> Duration;
}

/// The provider of this name, or of none the one that has such a tool.
pub(super) fn provider(args: &cli::Gym, unless_named: Provider) -> Provider {
    let named = args.provider.as_ref().and_then(|name| Provider::ALL.iter().find(|provider| provider.id() == name));
    named.copied().unwrap_or(unless_named)
}
