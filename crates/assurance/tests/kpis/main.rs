//! The KPIs from outside: single incidents, any incidents in any order, suppliers side by side, a real log.
#![forbid(unsafe_code)]

#[cfg(test)]
mod chance;
#[cfg(test)]
mod compared;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod process;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod real_data;
