//! The connector against the gym: the suites of every connector, and what is particular to this one.

#[cfg(test)]
mod bulk;
#[cfg(test)]
mod entry;
#[cfg(test)]
mod examination;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod suites;
#[cfg(test)]
mod support;
#[cfg(test)]
mod truth;
#[cfg(test)]
mod walks;
