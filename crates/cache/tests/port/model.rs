//! Random records against a cache that is nothing but maps in memory.

use crate::records::{at, facts, open, record, reopen, scanned};
use counterfoil_pipeline::ports::{Cache, Projected};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone)]
struct Page {
    /// Number of the record, number of its name, its words.
    records: Vec<(u8, Option<u8>, String)>,
    open_again: bool,
}

fn page() -> impl Strategy<Value = Page> {
    let record = (0..60_u8, prop::option::of(0..20_u8), "[a-zü]{0,40}");
    (prop::collection::vec(record, 0..30), prop::bool::weighted(0.2))
        .prop_map(|(records, open_again)| Page { records, open_again })
}

/// The plainest cache.
#[derive(Default)]
struct Model {
    order: Vec<String>,
    words: BTreeMap<String, String>,
    /// By the name in lower case: the record, and the name as it was given.
    names: BTreeMap<String, BTreeSet<(String, String)>>,
}

impl Model {
    fn apply(&mut self, records: &[(Projected, String)]) {
        let mut last: BTreeMap<String, &(Projected, String)> = BTreeMap::new();
        for record in records {
            last.insert(record.0.id.to_string(), record);
        }
        for (id, (record, words)) in last {
            if self.words.insert(id.clone(), words.clone()).is_none() {
                self.order.push(id.clone());
            }
            for name in &record.names {
                self.names.entry(name.to_lowercase()).or_default().insert((id.clone(), name.clone()));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 60, ..ProptestConfig::default() })]
    #[test]
    fn any_records_are_served_as_by_maps_in_memory(pages in prop::collection::vec(page(), 1..12)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let mut cache = open(&path).cache;
        let mut model = Model::default();
        for (number, page) in pages.iter().enumerate() {
            let records: Vec<(Projected, String)> = page
                .records
                .iter()
                .map(|(n, name, words)| {
                    // Some names differ in case only.
                    let name = name.map(|name| format!("{}{}", if name % 3 == 0 { "Inc" } else { "INC" }, name / 2));
                    (record(&n.to_string(), name.as_deref(), words), words.clone())
                })
                .collect();
            cache.apply(records.iter().map(|(record, _)| record.clone()).collect(), at(number as u64)).unwrap();
            model.apply(&records);
            if page.open_again {
                drop(cache);
                cache = reopen(&path);
            }
            prop_assert_eq!(cache.projected().unwrap(), at(number as u64));
        }
        let expected: Vec<_> = model.order.iter().map(|id| (id.clone(), facts(&model.words[id]))).collect();
        prop_assert_eq!(scanned(&cache).unwrap(), expected);
        prop_assert_eq!(cache.len().unwrap(), model.order.len() as u64);
        for name in 0..10 {
            let expected: Vec<_> = model.names.get(&format!("inc{name}")).into_iter().flatten().cloned().collect();
            for typed in [format!("INC{name}"), format!("inC{name}")] {
                let found = cache.resolve(&typed).unwrap();
                let found: Vec<_> = found.into_iter().map(|named| (named.id.to_string(), named.name)).collect();
                prop_assert_eq!(&found, &expected);
            }
        }
    }
}
