//! counterfoil.toml to instances, with every problem at its place.
#![forbid(unsafe_code)]
