//! Raw record to process record, by a mapping file.
//!
//! A mapping is data that an auditor can read; `mappings/README.md` documents its format. It is compiled once into a trie
//! of JSON pointers that drives the JSON parser, so that only what is mapped is ever materialised. This crate knows no
//! connector, does no IO and reads no clock: the same payload and the same mapping always give the same record.
#![forbid(unsafe_code)]

pub mod cases;
pub mod shipped;

mod adf;
mod adf_read;
mod by_length;
mod changes;
mod compile;
mod compile_changes;
mod compile_links;
mod compile_rule;
mod compile_words;
mod convert;
mod duration;
mod evaluate;
mod explain;
mod expression;
mod history;
mod instance;
mod instant;
mod layout;
mod links;
mod lint;
mod located;
mod map;
mod note;
mod number;
mod overrides;
mod pairs;
mod pick;
mod plan;
mod pointer;
mod read;
mod read_words;
mod rich;
mod scan;
mod source;
mod spec;
mod spec_links;
mod spec_rule;
mod told;
mod trie;
mod untaken;
mod wiki;
mod wiki_inline;
mod words;

pub use explain::{Explanation, FieldExplanation, LinkExplanation, TransitionExplanation};
pub use instance::{InstanceProblems, NamedMapping, compile_instance};
pub use instant::DateOrder;
pub use lint::{CatalogueEntry, LintFinding, lint, lint_instance};
pub use note::{Note, Outcome};
pub use overrides::Overrides;
pub use plan::Mapping;
pub use source::{MappingSource, Problems, Settings, StoredError};
pub use words::WordEntry;
