//! KPIs over facts: pure functions, no clock, no input or output.
#![forbid(unsafe_code)]
