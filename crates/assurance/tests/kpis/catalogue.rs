//! The table of all figures in the documentation is the one that the figures tell of themselves.

use crate::incidents::window;
use counterfoil_assurance::{Direction, specs};
use std::fmt::Write as _;
use std::path::PathBuf;

const INTRODUCTION: &str = "\
# Figures

Every figure that `counterfoil kpi` computes, as the program itself tells it. A test fails when this table is stale; \
`UPDATE_KPIS=1 cargo nextest run --workspace -E 'test(the_table_of_figures)'` writes it again.

Of every figure there are `n`, the records left out with the reason of each, the coverage, the status (`degraded` from 5 % imputed \
or unknown inputs, `insufficient_data` from 20 %), the 95 % interval of chance where there is one (Wilson's for shares, by order for \
medians), and `bounds`: between which values it lies whatever the records are of which something is not known. Until seven days \
behind its window a figure is `provisional`; what is reopened later does not change it any more. `counterfoil explain <id>` lists the \
records of a figure.

Durations are in the calendar of the target that was agreed on, by the gateway's own clock, and around the clock where nothing was \
agreed; verdicts likewise, with the tool's own verdict beside ours or, where nothing was agreed, in its place.

| figure | title | definition | records | unit | better | source |
|---|---|---|---|---|---|---|
";

#[test]
fn the_table_of_figures_is_up_to_date() {
    let mut table = INTRODUCTION.to_owned();
    for spec in specs() {
        let better = match spec.direction {
            Direction::Up => "higher",
            Direction::Down => "lower",
            Direction::Info => "",
        };
        // The window is a placeholder: every figure has the one it is asked for.
        let window = window(0, 31);
        let cohort = spec.cohort.describe(spec.about, &window);
        let cohort = cohort.replace(&format!("from {} to before {}", window.from.unwrap(), window.to), "in the window");
        let cohort = cohort.replace(&format!("before {}", window.to), "before its end");
        let cohort = cohort.replace(&format!(", {}", window.to), "");
        let remark = if spec.remark.is_empty() { String::new() } else { format!("; {}", spec.remark) };
        let cells =
            [spec.id, spec.title, spec.definition, &format!("{cohort}{remark}"), spec.unit.name(), better, spec.source];
        writeln!(table, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")).unwrap();
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/kpis.md");
    if std::env::var_os("UPDATE_KPIS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = written.lines().zip(table.lines()).find(|(written, told)| written != told);
    assert!(written == table, "docs/kpis.md is stale; run this test with UPDATE_KPIS=1. First difference: {stale:?}");
}
