//! The program as a whole: the built binary as a person, a script or a crash meets it. One test program, because
//! linking five of them takes longer than running them.
//!
//! The long kill loop is the same test with more of everything:
//! `COUNTERFOIL_KILLS=50 COUNTERFOIL_KILL_RECORDS=100000 cargo nextest run --release -p counterfoil kill --no-capture`

#[cfg(test)]
mod as_of;
#[cfg(test)]
mod broker;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod export;
#[cfg(test)]
mod file_estate;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod jira;
#[cfg(test)]
mod jira_data;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kpis;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod moved;
#[cfg(test)]
mod other_data;
#[cfg(test)]
mod program;
#[cfg(test)]
mod real_data;
#[cfg(test)]
mod real_log;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod servicenow;
#[cfg(test)]
mod webhooks;
