//! `suppliers`: what the contract counts of each, and what can be said of any two.

use super::kpi::{known_ids, load, window, write_as_of};
use super::{Context, suppliers_text};
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::terminal::safe;
use anyhow::Result;
use counterfoil_assurance::comparison::{Comparer, NativeClocks, PeerGroup, Shape, Target, Terms};
use counterfoil_assurance::statistics::Share;
use counterfoil_assurance::{KPIS, Kpi, kpi};

/// Prints the comparison.
pub(crate) fn run(context: &mut Context<'_>, args: &cli::Suppliers) -> Result<Exit> {
    let ids = known_ids(&args.ids)?;
    let wanted = |kpi: &dyn Kpi| {
        let comparable = !matches!(kpi.comparability().shape, Shape::No(_));
        if ids.is_empty() { comparable } else { ids.iter().any(|id| id.eq_ignore_ascii_case(kpi.spec().id)) }
    };
    let kpis: Vec<&'static dyn Kpi> = KPIS.iter().copied().filter(|kpi| wanted(*kpi)).collect();
    let table = load(context, &args.as_of)?;
    let window = window(context, &table, args.from.as_deref(), args.to.as_deref())?;
    let mut terms = Terms::new(window, peer_groups(&args.peers)?);
    terms.targets = args.target.iter().map(|text| target(text)).collect::<Result<_>>()?;
    if args.clocks_agreed {
        terms.native_clocks = NativeClocks::AgreedAlike;
    }
    let mut comparer = Comparer::new(&kpis, terms);
    let view = table.view(window);
    table.rows().for_each(|row| comparer.add(row, &view));
    let comparisons = comparer.conclude();
    if context.json {
        context.write_json(&serde_json::to_value(&comparisons)?)?;
        return Ok(Exit::Complete);
    }
    write_as_of(context, &args.as_of)?;
    let text = suppliers_text::text(&comparisons, &window, context.terminal);
    write!(context.out, "{text}")?;
    Ok(Exit::Complete)
}

/// Each `a,b,c` is a group; it has no other name than its parties.
fn peer_groups(texts: &[String]) -> Result<Vec<PeerGroup>> {
    let mut groups: Vec<PeerGroup> = Vec::new();
    for text in texts {
        let parties: Vec<Box<str>> = text.split(',').map(|party| party.trim().into()).collect();
        if parties.len() < 2 || parties.iter().any(|party| party.is_empty()) {
            let message = format!("`{}` names no two parties\n  help: write them like --peers acme,umbra", safe(text));
            return Err(Failure::error(Exit::Usage, message));
        }
        if let Some(twice) = parties.iter().find(|party| groups.iter().any(|group| group.parties.contains(party))) {
            let message = format!("`{}` is in two groups of --peers", safe(twice));
            return Err(Failure::error(Exit::Usage, message));
        }
        groups.push(PeerGroup { name: parties.join(", ").into(), parties });
    }
    Ok(groups)
}

/// `INC-06=95`, `INC-06:acme=97.5`. Kept as a fraction, so that reaching it is arithmetic.
fn target(text: &str) -> Result<Target> {
    let refused = |why: &str| {
        let help = "write it like INC-06=95 or INC-06:acme=97.5";
        Failure::error(Exit::Usage, format!("the target `{}` {why}\n  help: {help}", safe(text)))
    };
    let (whose, percent) = text.split_once('=').ok_or_else(|| refused("has no `=`"))?;
    let (id, party) = whose.split_once(':').map_or((whose, None), |(id, party)| (id, Some(party.into())));
    let kpi = kpi(id).ok_or_else(|| refused("is for no figure there is"))?;
    if kpi.comparability().shape != Shape::Rate {
        return Err(refused("is for a figure that is no rate"));
    }
    let share = fraction(percent).ok_or_else(|| refused("is no percentage from 0 to 100"))?;
    Ok(Target { kpi: kpi.spec().id, party, share })
}

/// Percent with up to four decimals.
fn fraction(percent: &str) -> Option<Share> {
    let (whole, decimals) = percent.split_once('.').unwrap_or((percent, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let parts: u32 = format!("{whole}{decimals:0<4}").parse().ok()?;
    (parts <= 1_000_000).then_some(Share { parts, of: 1_000_000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_fraction() {
        let of = |text: &str| target(text).map(|target| (target.kpi, target.party, target.share.parts));
        assert_eq!(of("INC-06=95").unwrap(), ("INC-06", None, 950_000));
        assert_eq!(of("inc-06:acme=97.5").unwrap(), ("INC-06", Some("acme".into()), 975_000));
        for wrong in ["INC-06", "INC-99=95", "INC-04=95", "INC-06=101", "INC-06=-1", "INC-06=9.99999", "INC-06="] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_party_is_in_one_group() {
        let of = |texts: &[&str]| peer_groups(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["acme, umbra", "north,south"]).unwrap().len(), 2);
        for wrong in [&["acme"][..], &["acme,"], &["acme,umbra", "umbra,north"]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
