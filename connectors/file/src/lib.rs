//! Records from files: CSV, JSON lines, spreadsheets.
#![forbid(unsafe_code)]
