//! Raw record to process record, by a mapping file.
#![forbid(unsafe_code)]
