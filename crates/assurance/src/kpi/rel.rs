//! Releases (ISO/IEC 20000-1:2018 clause 8.5.3), catalogue rows REL-01 and REL-02.

use super::chg::caused;
use super::family::{Measured, amount, hit, nothing, number, rate};
use super::{Attribution, Direction, Spec};
use crate::cohort::{self, Cohort};
use crate::facts::Told;
use crate::figure::Unit;
use crate::row::Row;
use crate::statistics::mean;
use counterfoil_model::{Field, Kind, LinkType};

const RELEASES: &[Kind] = &[Kind::Release];
const AFTERMATH: i64 = 7 * 86_400_000;

pub(super) static WITHOUT_ROLLBACK: Measured = Measured {
    spec: &Spec {
        id: "REL-01",
        title: "Releases without rollback",
        unit: Unit::Percent,
        direction: Direction::Up,
        about: RELEASES,
        cohort: Cohort::Within,
        remark: "deployed in the window; one that was taken back in part was taken back",
        attribution: Attribution::Fields(&[Field::AssigneeParty, Field::OwnerParty]),
        definition: "Releases deployed in the window and not rolled back divided by all deployed in it.",
        source: "catalogue row REL-01",
        top_level: &[],
    },
    judge: |row, view| {
        cohort::within(&row, Field::DeployedAt, &view.window)?;
        let back = row.said(Field::RolledBackAt) != Told::Missing
            || row.state_name() == Some("rolled_back")
            || row.word(Field::Outcome) == Told::Known("reversed");
        Ok(hit(!back, "stayed", "rolled_back"))
    },
    keep: nothing,
    conclude: rate,
};

pub(super) static INCIDENTS_AFTER: Measured = Measured {
    spec: &Spec {
        id: "REL-02",
        title: "Incidents after releases",
        unit: Unit::Records,
        direction: Direction::Down,
        about: RELEASES,
        cohort: Cohort::Within,
        remark: "deployed in the window; n counts the releases",
        attribution: Attribution::Fields(&[Field::AssigneeParty, Field::OwnerParty]),
        definition: "Incidents opened within 7 days of the deployment that name as their cause a change that implements the release.",
        source: "catalogue row REL-02",
        top_level: &[],
    },
    judge: |row, view| {
        let deployed = cohort::within(&row, Field::DeployedAt, &view.window)?;
        let mut found: Vec<u32> = view
            .linked(row, LinkType::ImplementedBy)
            .filter(|change| change.kind() == Some(Kind::Change))
            .flat_map(|change| caused(change, view))
            .filter(|incident| follows(*incident, deployed))
            .map(|incident| incident.at)
            .collect();
        found.sort_unstable();
        found.dedup();
        Ok(amount(i64::try_from(found.len()).unwrap_or(i64::MAX), "deployed"))
    },
    keep: nothing,
    conclude: |sums, figure| {
        number(sums, figure);
        figure.put("per_release", mean(sums.total, figure.n));
    },
};

fn follows(incident: Row<'_>, deployed: i64) -> bool {
    cohort::opened_at(&incident).is_ok_and(|opened| opened.at >= deployed && opened.at <= deployed + AFTERMATH)
}
