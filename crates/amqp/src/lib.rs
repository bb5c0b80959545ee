//! The Publisher port on lapin.
#![forbid(unsafe_code)]
