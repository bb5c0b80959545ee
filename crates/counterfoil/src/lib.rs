//! The gateway: commands, the list of connectors, wiring.
#![forbid(unsafe_code)]
