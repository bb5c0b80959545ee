//! `up`: pulls, publishes and watches until stopped.

use super::{Context, demo, kpi, problems, status};
use crate::cli::{self, Global};
use crate::exit::Exit;
use crate::gateway::Gateway;
use crate::hooks;
use crate::load::{self, Loaded};
use crate::remote;
use crate::rhythm::Rhythm;
use crate::terminal::{Board, Terminal};
use crate::turns::{Turn, Turns};
use anyhow::Result;
use counterfoil_pipeline::sync::sync_stream;
use counterfoil_pipeline::{Listener, Source, Wake, listen, publish};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a stop waits for the broker before it leaves events to the next start.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs until Ctrl-C or SIGTERM, or with `--once` until everything was pulled once.
pub(crate) async fn run(args: &cli::Up, global: &Global, terminal: Terminal, out: &mut dyn Write) -> Result<Exit> {
    let (loaded, demo) = prepare(args, global, &terminal, out).await?;
    let gateway = Arc::new(Gateway::open(loaded, &terminal)?);
    let socket = remote::answer(&gateway)?;
    let board = Arc::new(Board::new(&terminal));
    gateway.sources.iter().for_each(|source| board.expect(&source.instance, source.stream.name));
    let listener: Arc<dyn Listener> = board.clone();
    let wake = Arc::new(Wake::default());
    let (stop, stopped) = watch::channel(false);
    let passes: Arc<[AtomicU64]> = gateway.sources.iter().map(|_| AtomicU64::new(0)).collect();

    let mut hints = hooks::Hints::default();
    let listening = if args.once { None } else { hooks::listen(&gateway, &mut hints).await? };
    if let Some(api) = &listening {
        writeln!(out, "  webhooks        http://{}/hooks/INSTANCE\n", api.address())?;
        out.flush()?;
    }
    let mut instances = JoinSet::new();
    let publishing = publisher(&gateway, &wake, &listener)?;
    let mut turns = Turns::new(&gateway);
    for streams in gateway.by_instance() {
        let (gateway, listener, wake) = (Arc::clone(&gateway), Arc::clone(&listener), Arc::clone(&wake));
        let (stopped, passes, once) = (stopped.clone(), Arc::clone(&passes), args.once);
        let instance = &streams[0].1.instance;
        let interval = if demo.is_some() { demo::INTERVAL } else { gateway.interval(instance) };
        // Files that mails bring are read soon after they came.
        let is_fed = !gateway.feeders(instance).is_empty();
        let hint = if is_fed { gateway.arrivals.of(instance) } else { hints.of(instance) };
        let turn = turns.take(&gateway, instance);
        let rhythm = if once { None } else { Some(Rhythm::new(interval, Arc::clone(&hint))) };
        if !once {
            // Beside the passes: a source that says something during one is pulled again soon after it.
            let (instance, connector) = (Arc::clone(instance), Arc::clone(&streams[0].1.connector));
            instances.spawn(async move { listen(&instance, connector.as_ref(), || hint.notify_one()).await });
        }
        instances.spawn(async move {
            watch(&gateway, &streams, turn, (&listener, &wake), stopped, &passes, rhythm).await;
        });
    }

    drop(turns);

    // Its instances run as long as it is held.
    let demo = demo.map(Arc::new);
    let mut feeding = demo.as_ref().map(|demo| {
        let (demo, stopped) = (Arc::clone(demo), stopped.clone());
        tokio::task::spawn_blocking(move || demo.feed(&|| *stopped.borrow()))
    });

    let told = async {
        let mut fed = false;
        if let Some(feeding) = feeding.as_mut() {
            fed = feeding.await?? && !args.once;
        }
        let counted =
            |passes: &[AtomicU64]| passes.iter().map(|ended| ended.load(Ordering::SeqCst)).collect::<Vec<_>>();
        settle(&passes, &vec![0; passes.len()], 1).await;
        if fed {
            // A pass under way may have missed what came last; the one after it has not.
            settle(&passes, &counted(&passes), 2).await;
        }
        tell(&gateway, &board, terminal, out)?;
        if args.once { Ok(()) } else { std::future::pending::<Result<()>>().await }
    };
    let ended = tokio::select! {
        ended = told => ended,
        ended = interrupted() => ended,
    };
    drop(listening);
    let began = Instant::now();
    stop.send_replace(true);
    instances.shutdown().await;
    wake.drain();
    if let Some(publishing) = publishing {
        // What is not confirmed by then waits in the ledger for the next start.
        tokio::time::timeout(PATIENCE, publishing).await.map_or(Ok(Ok(Ok(0))), Ok::<_, anyhow::Error>)???;
    }
    board.clear();
    gateway.close()?;
    std::fs::remove_file(&socket)?;
    ended?;
    board.say(&format!("stopped in {:.1} s; everything pulled so far is in the ledger", began.elapsed().as_secs_f32()));
    Ok(Exit::Complete)
}

/// The configuration to run: the user's, or the demo estate's.
async fn prepare(
    args: &cli::Up,
    global: &Global,
    terminal: &Terminal,
    out: &mut dyn Write,
) -> Result<(Loaded, Option<demo::Demo>)> {
    let own =
        global.config.clone().or_else(|| Path::new("counterfoil.toml").is_file().then(|| "counterfoil.toml".into()));
    let (file, demo) = match own {
        Some(file) => {
            let demo = demo::Demo::again(&file).await?;
            (file, demo)
        }
        None => {
            let folder = global.data_dir.clone().unwrap_or_else(|| load::DEMO_FOLDER.into());
            let demo = demo::Demo::prepare(&folder, args.once).await?;
            (demo.config.clone(), Some(demo))
        }
    };
    let loaded = load::load(&file, global, terminal)?;
    if demo.is_some() {
        writeln!(
            out,
            "Counterfoil with its demo estate: five providers, made up from a seed, with real kinds of trouble.\n\
             Two have a ServiceNow and one has a Jira, simulated in this process; one sends spreadsheets, and one has mail only.\n"
        )?;
    }
    writeln!(out, "  configuration   {}", file.display())?;
    writeln!(out, "  ledger          {}", loaded.data_dir.join("ledger").display())?;
    let broker = loaded.config.amqp.as_ref().map_or_else(
        || "none configured; `counterfoil events --follow` shows the same stream".to_owned(),
        |amqp| format!("{}:{}, exchange {}", amqp.host, amqp.port, amqp.exchange),
    );
    writeln!(out, "  broker          {broker}\n")?;
    out.flush()?;
    Ok((loaded, demo))
}

type Publishing = tokio::task::JoinHandle<Result<u64, counterfoil_pipeline::ports::LedgerError>>;

fn publisher(gateway: &Arc<Gateway>, wake: &Arc<Wake>, listener: &Arc<dyn Listener>) -> Result<Option<Publishing>> {
    let Some(publisher) = gateway.publisher()? else { return Ok(None) };
    let (ledger, wake, listener) = (Arc::clone(&gateway.ledger), Arc::clone(wake), Arc::clone(listener));
    Ok(Some(tokio::spawn(async move { publish(&ledger, publisher.as_ref(), &wake, listener.as_ref()).await })))
}

/// Pulls the streams of one instance again and again.
async fn watch(
    gateway: &Gateway,
    streams: &[(usize, Source)],
    mut turn: Turn,
    (listener, wake): (&Arc<dyn Listener>, &Wake),
    mut stopped: watch::Receiver<bool>,
    passes: &[AtomicU64],
    mut rhythm: Option<Rhythm>,
) {
    turn.come().await;
    let mut turn = Some(turn);
    loop {
        for (at, source) in streams {
            // A pass that fails has told the listener why; the next one tries again.
            if let Err(error) = sync_stream(source, &gateway.ledger, &gateway.clock, listener).await {
                tracing::debug!(%error, instance = %source.instance, "a pass failed");
            }
            wake.events();
            passes[*at].fetch_add(1, Ordering::SeqCst);
        }
        turn.take();
        let Some(rhythm) = rhythm.as_mut() else { return };
        tokio::select! {
            () = rhythm.next() => {}
            _ = stopped.changed() => return,
        }
    }
}

/// Returns when every stream has ended `more` passes after those that `since` counts.
async fn settle(passes: &[AtomicU64], since: &[u64], more: u64) {
    let ended = || passes.iter().zip(since).all(|(ended, since)| ended.load(Ordering::SeqCst) >= since + more);
    while !ended() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What was found, and where to look.
fn tell(gateway: &Gateway, board: &Board, terminal: Terminal, out: &mut dyn Write) -> Result<()> {
    let cache = gateway.cache(board)?;
    board.clear();
    let mut context = Context { gateway, terminal, json: false, out };
    writeln!(context.out)?;
    status::write_streams(&mut context)?;
    writeln!(context.out)?;
    kpi::write_overview(&mut context, cache.as_ref())?;
    problems::write(&mut context, problems::AT_MOST)?;
    writeln!(
        context.out,
        "\nLook closer from a second terminal, in this folder:\n  \
         counterfoil kpi --by party         figures per party, each with n and coverage\n  \
         counterfoil explain INC-06         a figure back to its records\n  \
         counterfoil explain {:<15}a record back to its raw values\n  \
         counterfoil quarantine list        what could not be taken in\n  \
         counterfoil events --follow        every change as it is published\n\
         Ctrl-C stops.",
        kpi::some_record(cache.as_ref())?.unwrap_or_else(|| "RECORD".to_owned())
    )?;
    context.out.flush()?;
    Ok(())
}

/// Returns when a person or the system asks to stop.
pub(crate) async fn interrupted() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        signal = tokio::signal::ctrl_c() => signal?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
