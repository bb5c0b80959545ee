//! The pipeline as a whole, over a ledger in memory, scripted sources and a broker that loses sessions.

#[cfg(test)]
mod census;
#[cfg(test)]
mod deliver;
#[cfg(test)]
mod gather;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod support;
#[cfg(test)]
mod way;
