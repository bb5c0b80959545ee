//! DQ-06: reconciliation. Computed from streams, not from records.

use super::{Attribution, Direction, Spec, WORK};
use crate::cohort::{Cohort, Window};
use crate::figure::{Figure, Status, Unit};
use crate::statistics::percent;
use std::collections::BTreeMap;

pub(super) static SPEC: Spec = Spec {
    id: "DQ-06",
    title: "Reconciliation",
    unit: Unit::Records,
    direction: Direction::Info,
    about: WORK,
    cohort: Cohort::Held,
    remark: "n counts the streams that could be counted at the source, the coverage their share; too many in one \
             stream never make up for too few in another",
    attribution: Attribution::Holder,
    definition: "Records counted at the source less records held, summed over all streams; 0 is right.",
    source: "catalogue row DQ-06; Counterfoil",
    top_level: &[],
};

/// What a stream counted at its source, and what the ledger holds of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamCount {
    /// The instance.
    pub instance: String,
    /// The stream.
    pub stream: String,
    /// Counted at the source in the last whole pass; `None` where that cannot be done or was not done yet.
    pub counted: Option<u64>,
    /// Held by the ledger.
    pub held: u64,
}

/// DQ-06 over some streams. `window` is shown only: the streams are counted as they are now.
///
/// The details name each stream: `<instance>/<stream>.difference`. When too many here and too few there cancel out, the
/// figure is degraded and `differences` (their absolute sum) says by how much.
pub fn reconcile(streams: &[StreamCount], window: Window) -> Figure {
    let mut details = BTreeMap::new();
    let (mut n, mut uncounted, mut differing) = (0_u64, 0_u64, 0_u64);
    let (mut sum, mut absolute) = (0_i128, 0_i128);
    for stream in streams {
        let name = format!("{}/{}", stream.instance, stream.stream);
        let Some(counted) = stream.counted else {
            uncounted += 1;
            details.insert(format!("{name}.held_uncounted"), stream.held as f64);
            continue;
        };
        let difference = i128::from(counted) - i128::from(stream.held);
        n += 1;
        sum += difference;
        absolute += difference.abs();
        differing += u64::from(difference != 0);
        details.insert(format!("{name}.counted"), counted as f64);
        details.insert(format!("{name}.held"), stream.held as f64);
        details.insert(format!("{name}.difference"), difference as f64);
    }
    details.insert("streams".to_owned(), (n + uncounted) as f64);
    details.insert("streams_uncounted".to_owned(), uncounted as f64);
    details.insert("streams_differing".to_owned(), differing as f64);
    details.insert("differences".to_owned(), absolute as f64);
    let status = if n == 0 {
        Status::NotComputable("no stream was counted at its source")
    } else if uncounted > 0 || absolute != sum.abs() {
        Status::Degraded
    } else {
        Status::Ok
    };
    Figure {
        spec: &SPEC,
        value: (n > 0).then_some(sum as f64),
        n,
        excluded: Vec::new(),
        imputed: 0,
        coverage: percent(n, n + uncounted).unwrap_or(0.0),
        status,
        cohort: format!("all streams of the instances; {}", SPEC.remark),
        window,
        interval: None,
        details,
        group: None,
    }
}
