//! `sync`: one pass over all sources, publishing beside it.

use super::{Context, known_instance, problems, status};
use crate::cli;
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::terminal::{Board, plural};
use crate::turns::Turns;
use anyhow::Result;
use counterfoil_pipeline::ports::EventOffset;
use counterfoil_pipeline::sync::{SyncError, sync_stream};
use counterfoil_pipeline::{Listener, Outcome, PassReport, TARGET, Wake, publish};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Runs a pass and prints where everything ended.
pub(crate) async fn run(context: &mut Context<'_>, args: &cli::Sync) -> Result<Exit> {
    for instance in &args.instance {
        known_instance(context.gateway, instance)?;
    }
    let board = Arc::new(Board::new(&context.terminal));
    context.gateway.sources.iter().for_each(|source| board.expect(&source.instance, source.stream.name));
    let listener: Arc<dyn Listener> = board.clone();
    let wanted = |name: &str| args.instance.is_empty() || args.instance.iter().any(|wanted| wanted == name);
    let passes = pass(context.gateway, &listener, &wanted).await?;
    let cache = context.gateway.cache(listener.as_ref())?;
    drop(cache);
    board.clear();

    let exit = exit_of(context.gateway, &passes)?;
    if context.json {
        status::run(context)?;
    } else {
        status::write_streams(context)?;
        status::write_notes(context, problems::AT_MOST)?;
        problems::write(context, problems::AT_MOST)?;
        let waiting = waiting(context.gateway)?;
        if context.gateway.config.amqp.is_some() {
            match waiting {
                0 => writeln!(context.out, "\nall events are confirmed by the broker")?,
                _ => writeln!(context.out, "\n{} in the ledger for the broker", plural(waiting, "event"))?,
            }
        }
    }
    Ok(exit)
}

/// One pass over the instances that `wanted` names, all at once and each stream by stream, and then what they made for the
/// broker.
pub(crate) async fn pass(
    gateway: &Gateway,
    listener: &Arc<dyn Listener>,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Result<PassReport, SyncError>>> {
    let wake = Arc::new(Wake::default());
    let publisher = gateway.publisher()?;
    let pull = async {
        let mut instances = JoinSet::new();
        let mut turns = Turns::new(gateway);
        for streams in gateway.by_instance().into_iter().filter(|streams| wanted(&streams[0].1.instance)) {
            let (ledger, clock) = (Arc::clone(&gateway.ledger), Arc::clone(&gateway.clock));
            let (listener, wake) = (Arc::clone(listener), Arc::clone(&wake));
            let mut turn = turns.take(gateway, &streams[0].1.instance);
            instances.spawn(async move {
                turn.come().await;
                let mut passes = Vec::new();
                for (_, source) in &streams {
                    passes.push(sync_stream(source, &ledger, &clock, &listener).await);
                    wake.events();
                }
                drop(turn);
                passes
            });
        }
        drop(turns);
        let passes = instances.join_all().await.into_iter().flatten().collect();
        wake.drain();
        passes
    };
    let publishing = async {
        match &publisher {
            Some(publisher) => publish(&gateway.ledger, publisher.as_ref(), &wake, listener.as_ref()).await,
            None => Ok(0),
        }
    };
    let (passes, published) = tokio::join!(pull, publishing);
    published?;
    Ok(passes)
}

/// Events that the broker has not confirmed.
pub(crate) fn waiting(gateway: &Gateway) -> Result<u64> {
    if gateway.config.amqp.is_none() {
        return Ok(0);
    }
    let confirmed: EventOffset = gateway.ledger.confirmed(TARGET)?;
    Ok(gateway.ledger.count(confirmed, gateway.ledger.end()?)?)
}

/// What a pass means for scripts: a refusal first, then a broker that is away, then what is missing.
fn exit_of(gateway: &Gateway, passes: &[Result<PassReport, SyncError>]) -> Result<Exit> {
    let mut exit = Exit::Complete;
    for pass in passes {
        exit = exit.max(match pass {
            Ok(report) => match report.outcome {
                Outcome::Complete if report.tally.quarantined + report.tally.unreadable == 0 => Exit::Complete,
                Outcome::Complete | Outcome::Partial => Exit::Incomplete,
                Outcome::Failed { .. } => Exit::Source,
            },
            Err(SyncError::Pull(_)) => return Ok(Exit::Source),
            Err(SyncError::Commit(_) | SyncError::Ledger(_) | SyncError::Gather(_)) => return Ok(Exit::Ledger),
        });
    }
    if waiting(gateway)? > 0 {
        return Ok(Exit::Broker);
    }
    if !gateway.ledger.set_aside(None, 1)?.is_empty() {
        exit = exit.max(Exit::Incomplete);
    }
    Ok(exit)
}
