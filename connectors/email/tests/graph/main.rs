//! Against the gym's Microsoft Graph: the suites of every connector, and what is particular to this dialect.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod links;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod suites;
#[cfg(test)]
mod support;
