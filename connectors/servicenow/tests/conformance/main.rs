//! The connector against the gym: the suites of every connector, and what is particular to this one.

#[cfg(test)]
mod examination;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod suites;
#[cfg(test)]
mod support;
