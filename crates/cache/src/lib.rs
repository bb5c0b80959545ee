//! The Cache port on sled.
#![forbid(unsafe_code)]
