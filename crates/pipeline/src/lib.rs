//! Pull, map, commit; publish; project.
#![forbid(unsafe_code)]
