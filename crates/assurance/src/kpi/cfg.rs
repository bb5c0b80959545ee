//! Configuration items (ISO/IEC 20000-1:2018 clause 8.2.6), catalogue rows CFG-01 to CFG-05.

use super::family::{Measured, amount, hit, nothing, rate};
use super::{Attribution, Direction, Spec};
use crate::class::{Class, Reason};
use crate::cohort::{self, Cohort};
use crate::facts::Told;
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::percent;
use counterfoil_model::{Category, Field, Kind};

const ITEMS: &[Kind] = &[Kind::ConfigurationItem];
const WHOSE: Attribution = Attribution::Fields(&[Field::SupplierParty, Field::OwnerParty]);
/// An item that was not compared with what is there for so long is stale.
const STALE_AFTER: i64 = 365 * 86_400_000;

pub(super) static DUPLICATES: Measured = Measured {
    spec: &Spec {
        id: "CFG-01",
        title: "Duplicate items",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: ITEMS,
        cohort: Cohort::Held,
        remark: "retired and disposed items left out; participants of benchmarks define duplicates differently",
        attribution: WHOSE,
        definition: "Configuration items that the source says repeat another one divided by all.",
        source: "catalogue row CFG-01; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, _| {
        current(row)?;
        Ok(hit(row.duplicate, "duplicate", "single"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static STALE: Measured = Measured {
    spec: &Spec {
        id: "CFG-02",
        title: "Stale items",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: ITEMS,
        cohort: Cohort::Held,
        remark: "retired and disposed items left out; of an item that does not say when it was verified it is not known",
        attribution: WHOSE,
        definition: "Configuration items last verified more than 365 days before the end of the window divided by all that say when.",
        source: "catalogue row CFG-02; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        current(row)?;
        let checks =
            view.referring(row, Field::ConfigurationItem).filter(|check| check.kind() == Some(Kind::CiVerification));
        let moments = checks.filter_map(|check| check.moment(Field::VerifiedAt).known().copied());
        let own = row.moment(Field::LastVerifiedAt).known().copied();
        let last = moments.chain(own).filter(|at| *at < view.window.end()).max();
        let last = last.ok_or(Class::excluded(Reason::InputUnknown))?;
        Ok(hit(view.window.end() - last > STALE_AFTER, "stale", "fresh"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static AUDIT_FAILURES: Measured = Measured {
    spec: &Spec {
        id: "CFG-03",
        title: "Audit failures",
        unit: Unit::Percent,
        direction: Direction::Down,
        about: &[Kind::CiVerification],
        cohort: Cohort::Within,
        remark: "verified in the window; an item that was verified twice counts twice",
        attribution: Attribution::Fields(&[Field::OwnerParty]),
        definition: "Verifications in the window that found the record wrong divided by all in it.",
        source: "catalogue row CFG-03; ServiceNow Benchmarks",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::within(&row, Field::VerifiedAt, &view.window)?;
        let Told::Known(compliant) = row.flag(Field::Compliant) else {
            return Err(Class::excluded(Reason::InputUnknown));
        };
        Ok(hit(!compliant, "wrong", "right"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static COMPLETENESS: Measured = Measured {
    spec: &Spec {
        id: "CFG-04",
        title: "Mandatory attributes of items",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: ITEMS,
        cohort: Cohort::Held,
        remark: "n counts the items, hits and cells their mandatory attributes",
        attribution: WHOSE,
        definition: "Mandatory attributes of configuration items that are known divided by all mandatory attributes of them.",
        source: "catalogue row CFG-04",
        top_level: &[],
    },
    judge: |row, _| {
        if row.tombstone {
            return Err(Class::OutsideCohort);
        }
        let cells = row.required().count();
        Ok(amount(i64::try_from(cells - row.lacking.len()).unwrap_or(0), "held"))
    },
    keep: |row, _, class, sums| {
        if let Class::Counted(_) = class {
            sums.add("cells", row.required().count() as i128);
        }
    },
    conclude: |sums, figure| {
        let (cells, hits) = (sums.count("cells"), u64::try_from(sums.total).unwrap_or(0));
        figure.value = percent(hits, cells);
        figure.put_count("hits", hits);
        figure.put_count("cells", cells);
    },
};

pub(super) static SUPPORTED: Measured = Measured {
    spec: &Spec {
        id: "CFG-05",
        title: "Items with owner and support",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: ITEMS,
        cohort: Cohort::Held,
        remark: "those in the state live",
        attribution: WHOSE,
        definition: "Live configuration items that name the party accountable and the agreement under which they are supported divided \
                     by all live ones.",
        source: "catalogue row CFG-05",
        top_level: &[],
    },
    judge: |row, _| {
        if row.tombstone || row.state_name() != Some("live") {
            return Err(Class::OutsideCohort);
        }
        let both = [Field::OwnerParty, Field::SupportAgreement].map(|field| row.said(field));
        Ok(hit(both == [Told::Known(()); 2], "supported", "not_supported"))
    },
    keep: nothing,
    conclude: rate,
};

fn current(row: Row<'_>) -> Result<(), Class> {
    if row.tombstone || row.category() == Category::Closed {
        return Err(Class::OutsideCohort);
    }
    if row.category() == Category::Unknown && row.state != Told::Missing {
        return Err(Class::excluded(Reason::StateUnknown));
    }
    Ok(())
}
