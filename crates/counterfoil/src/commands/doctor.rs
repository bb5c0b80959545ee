//! `doctor`: asks every source and the broker what the accounts may do, and says what to mend and who can.

use super::{Inquiry, write_json};
use crate::commands::problems::write_entry;
use crate::exit::Exit;
use crate::gateway::publisher;
use crate::terminal::{plural, safe};
use anyhow::Result;
use counterfoil_sdk::{Examination, PullContext, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long one source or the broker may take to answer everything.
const PATIENCE: Duration = Duration::from_secs(60);

/// What was asked, and what was found.
struct Patient {
    name: String,
    is_broker: bool,
    found: Vec<Examination>,
}

/// Asks all at once, and tells in the order of the configuration.
pub(crate) async fn run(inquiry: &mut Inquiry<'_>, only: Option<&str>) -> Result<Exit> {
    let mut asked = JoinSet::new();
    for (at, name) in inquiry.instances(only)?.into_iter().enumerate() {
        let Some(source) = inquiry.streams(name).next() else { continue };
        let (connector, clock, page_size) =
            (Arc::clone(&source.connector), Arc::clone(inquiry.clock), source.page_size);
        let name = name.to_owned();
        asked.spawn(async move {
            let examined = async { connector.examine(PullContext { now: clock.now(), page_size }).await };
            (at, Patient { name, is_broker: false, found: patiently(examined).await })
        });
    }
    let mut patients: Vec<(usize, Patient)> = asked.join_all().await;
    patients.sort_by_key(|(at, _)| *at);
    let mut patients: Vec<Patient> = patients.into_iter().map(|(_, patient)| patient).collect();
    if only.is_none() && inquiry.config.amqp.is_some() {
        patients.push(broker(inquiry).await?);
    }
    if inquiry.json {
        write_json(inquiry.out, &patients.iter().map(Patient::as_json).collect())?;
    } else {
        write(inquiry, &patients)?;
    }
    // What is broken counts more than what is missing, although its code is smaller.
    let exits = patients.iter().flat_map(Patient::exits);
    Ok(exits.max_by_key(|exit| (*exit != Exit::Complete, *exit != Exit::Incomplete)).unwrap_or(Exit::Complete))
}

async fn patiently(examined: impl Future<Output = Vec<Examination>>) -> Vec<Examination> {
    tokio::time::timeout(PATIENCE, examined).await.unwrap_or_else(|_| {
        let reason = format!("no answer to everything within {} s", PATIENCE.as_secs());
        vec![Examination::broken("ask the source", reason, "see whether it is up and can be reached from here")]
    })
}

/// Signs in and declares what publishing needs, as `up` does.
async fn broker(inquiry: &Inquiry<'_>) -> Result<Patient> {
    const WHAT: &str = "sign in and declare exchange and queues";
    let (Some(publisher), Some(amqp)) = (publisher(inquiry.config)?, &inquiry.config.amqp) else {
        return Ok(Patient { name: "broker".into(), is_broker: true, found: Vec::new() });
    };
    let name = format!("broker {}:{}", amqp.host, amqp.port);
    let examined = async {
        vec![match publisher.connect().await {
            Ok(session) => {
                session.close().await;
                Examination::fine(WHAT, format!("exchange {}, queue {}", amqp.exchange, amqp.reporting_queue))
            }
            Err(error) => {
                let remedy = "check address, user, password and virtual host; events wait in the ledger meanwhile";
                Examination::broken(WHAT, crate::chain(&error.into()), remedy)
            }
        }]
    };
    Ok(Patient { name, is_broker: true, found: patiently(examined).await })
}

fn write(inquiry: &mut Inquiry<'_>, patients: &[Patient]) -> Result<()> {
    let width = inquiry.terminal.width;
    let (mut limited, mut broken) = (0, 0);
    for (at, patient) in patients.iter().enumerate() {
        writeln!(inquiry.out, "{}{}", if at == 0 { "" } else { "\n" }, safe(&patient.name))?;
        for Examination { what, verdict } in &patient.found {
            match verdict {
                Verdict::Fine(found) => write_entry(inquiry.out, width, "ok", what, found, "")?,
                Verdict::Limited { reason, remedy } => {
                    limited += 1;
                    write_entry(inquiry.out, width, "limited", what, reason, remedy)?;
                }
                Verdict::Broken { reason, remedy } => {
                    broken += 1;
                    write_entry(inquiry.out, width, "BROKEN", what, reason, remedy)?;
                }
            }
        }
    }
    let verdict = match (broken, limited) {
        (0, 0) => "everything is as it should be".to_owned(),
        (0, limited) => format!("it works, with {}", plural(limited, "limit")),
        (broken, 0) => format!("{} in the way", plural(broken, "thing")),
        (broken, limited) => format!("{} in the way, and {}", plural(broken, "thing"), plural(limited, "limit")),
    };
    writeln!(inquiry.out, "\n{verdict}")?;
    Ok(())
}

impl Patient {
    fn exits(&self) -> impl Iterator<Item = Exit> {
        self.found.iter().map(|found| match found.verdict {
            Verdict::Fine(_) => Exit::Complete,
            Verdict::Limited { .. } => Exit::Incomplete,
            Verdict::Broken { .. } if self.is_broker => Exit::Broker,
            Verdict::Broken { .. } => Exit::Source,
        })
    }

    fn as_json(&self) -> Value {
        let found = self.found.iter().map(|Examination { what, verdict }| match verdict {
            Verdict::Fine(found) => json!({ "what": what, "verdict": "ok", "found": found }),
            Verdict::Limited { reason, remedy } => {
                json!({ "what": what, "verdict": "limited", "reason": reason, "remedy": remedy })
            }
            Verdict::Broken { reason, remedy } => {
                json!({ "what": what, "verdict": "broken", "reason": reason, "remedy": remedy })
            }
        });
        json!({ "name": self.name, "found": found.collect::<Value>() })
    }
}
