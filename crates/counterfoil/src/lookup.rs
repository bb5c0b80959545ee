//! Which record people mean: by its id here, its id in the source, or a key that it has or once had.
//!
//! A key may be used again. Then who has it now is meant, and a remark says who had it.

use crate::gateway::Gateway;
use crate::keys::{End, Keys};
use anyhow::Result;
use counterfoil_pipeline::Silent;
use counterfoil_record::{RecordId, RecordKey};
use std::collections::BTreeMap;
use std::fmt;

/// What was found by a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Several when several instances use the name.
    pub(crate) ids: Vec<RecordId>,
    /// What has to be known of the name, one sentence each.
    pub(crate) remarks: Vec<String>,
}

/// The records that are meant; none when nothing that is held was ever called so.
pub(crate) fn find(gateway: &Gateway, what: &str) -> Result<Found> {
    let ledger = gateway.ledger.as_ref();
    let direct = RecordId::from_stored(what);
    if ledger.head(&direct)?.is_some() {
        return Ok(Found { ids: vec![direct], remarks: Vec::new() });
    }
    let mut bearers = Vec::new();
    for named in gateway.cache(&Silent)?.resolve(what)? {
        let (instance, _, _) = named.id.parts();
        if named.name == what || ignores_case(gateway, instance) {
            let keys = Keys::knowing(ledger, &named.id, &named.name)?;
            bearers.push(Bearer::of(named.id, named.name, keys));
        }
    }
    let mut found = chosen(bearers);
    for (instance, stream, _) in ledger.streams()? {
        let key = RecordKey {
            instance: instance.as_str().into(),
            stream: stream.as_str().into(),
            native_id: what.to_owned(),
        };
        let id = key.id();
        if !found.ids.contains(&id) && ledger.head(&id)?.is_some() {
            found.ids.push(id);
        }
    }
    Ok(found)
}

/// Of an instance that is no longer configured keys have to be typed as they are written.
fn ignores_case(gateway: &Gateway, instance: &str) -> bool {
    let source = gateway.sources.iter().find(|source| source.instance.as_ref() == instance);
    source.is_some_and(|source| source.connector.ignores_case_of_keys())
}

/// A record that has a name, or had it.
struct Bearer {
    id: RecordId,
    name: String,
    is_gone: bool,
    /// What it is called now and until when it had the name; `None` while it has the name.
    moved: Option<(Option<String>, End)>,
}

impl Bearer {
    fn of(id: RecordId, name: String, keys: Keys) -> Self {
        let has_it = keys.now.as_deref() == Some(name.as_str());
        let end = keys.former.iter().find(|former| former.key == name).map_or(End::Unknown, |former| former.end);
        Self { id, name, is_gone: keys.is_gone, moved: (!has_it).then_some((keys.now, end)) }
    }

    /// Whom a name leads to: a record that is still there before one that is gone, who has it before who had it, and who
    /// had it last before who had it earlier.
    fn rank(&self) -> (bool, bool, Option<jiff::Timestamp>) {
        let end = self.moved.as_ref().and_then(|(_, end)| end.moment());
        (!self.is_gone, self.moved.is_none(), end)
    }
}

impl fmt::Display for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = if self.is_gone { ", which is deleted" } else { "" };
        match &self.moved {
            None => write!(f, "`{}` is the key of {}{gone}", self.name, self.id),
            Some((_, End::SeenLast(at))) => {
                write!(f, "`{}` was the key of {}{gone}, last seen {at}", self.name, self.id)
            }
            Some((_, end)) => write!(f, "`{}` was the key of {}{gone} {end}", self.name, self.id),
        }
    }
}

/// Those whom the name leads to, in each instance for itself.
fn chosen(bearers: Vec<Bearer>) -> Found {
    let mut found = Found::default();
    let mut instances: BTreeMap<String, Vec<Bearer>> = BTreeMap::new();
    for bearer in bearers {
        instances.entry(bearer.id.parts().0.to_owned()).or_default().push(bearer);
    }
    for bearers in instances.into_values() {
        let best = bearers.iter().map(Bearer::rank).max();
        let (first, others): (Vec<_>, Vec<_>) = bearers.into_iter().partition(|bearer| Some(bearer.rank()) == best);
        for one in &first {
            if let Some((now, _)) = &one.moved {
                let now = now.as_deref().map_or("now it has none".to_owned(), |now| format!("now its key is `{now}`"));
                found.remarks.push(format!("{one}; {now}"));
            }
        }
        let ids = first.iter().map(|bearer| bearer.id.to_string()).collect::<Vec<_>>().join(" and ");
        let is_held = first.iter().all(|bearer| bearer.moved.is_none());
        let now = if is_held { format!("now it is the key of {ids}") } else { format!("it leads to {ids}") };
        found.remarks.extend(others.iter().map(|other| format!("{other}; {now}")));
        found.ids.extend(first.into_iter().map(|bearer| bearer.id));
    }
    found.ids.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::FormerKey;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn bearer(id: &str, now: &str, former: &[(&str, End)], is_gone: bool) -> Bearer {
        let former = former.iter().map(|(key, end)| FormerKey { key: (*key).to_owned(), end: *end }).collect();
        Bearer::of(RecordId::from_stored(id), "PAY-1".to_owned(), Keys { now: Some(now.to_owned()), former, is_gone })
    }

    fn shown(bearers: Vec<Bearer>) -> String {
        let Found { ids, remarks } = chosen(bearers);
        let ids: Vec<_> = ids.iter().map(RecordId::to_string).collect();
        format!("{}\n{}", ids.join(" "), remarks.join("\n"))
    }

    #[test]
    fn who_has_a_key_now_is_meant_and_who_had_it_is_said() {
        let moved = |id, second| bearer(id, "OPS-4", &[("PAY-1", End::At(at(second)))], false);
        let holder = |is_gone| bearer("a/issue/3", "PAY-1", &[], is_gone);
        let cases = [
            shown(vec![holder(false)]),
            shown(vec![moved("a/issue/1", 60)]),
            shown(vec![moved("a/issue/1", 60), holder(false)]),
            shown(vec![moved("a/issue/1", 60), moved("a/issue/2", 120)]),
            shown(vec![moved("a/issue/1", 60), holder(true)]),
            shown(vec![moved("a/issue/1", 60), bearer("b/issue/1", "PAY-1", &[], false)]),
            shown(vec![bearer("a/issue/1", "X-1", &[("PAY-1", End::SeenLast(at(7)))], true)]),
        ];
        insta::assert_snapshot!(cases.join("\n\n"));
    }
}
