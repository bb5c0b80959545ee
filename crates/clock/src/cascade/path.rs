//! The time of a path of stages and suppliers, and what is left of the target. Knows no calendar: what it adds is already
//! in the calendar of the customer's target ([`crate::cascade::worst_case`]).

use jiff::SignedDuration;
use std::time::Duration;

/// Deeper than any chain of suppliers: what is deeper goes in a circle, and its time is unknown.
const DEEPEST: usize = 64;

/// What has to happen for a target (iso20000.md 5.4, 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// One stage; `None` where nobody agreed on a time, as of a component that is not linked (5.4, 6).
    Stage(Option<Duration>),
    /// One after the other.
    Sequence(Vec<Path>),
    /// All at the same time.
    Parallel(Vec<Path>),
    /// One of them suffices; of none of them, nothing is known.
    Alternatives(Vec<Path>),
}

impl Path {
    /// Sequences add, parallels take the longest, alternatives the shortest; `None` where any part of it is unknown.
    pub fn time(&self) -> Option<Duration> {
        self.time_at(0)
    }

    fn time_at(&self, depth: usize) -> Option<Duration> {
        if depth > DEEPEST {
            return None;
        }
        let times = |paths: &[Self]| paths.iter().map(|path| path.time_at(depth + 1)).collect::<Option<Vec<_>>>();
        match self {
            Self::Stage(time) => *time,
            Self::Sequence(paths) => {
                Some(times(paths)?.into_iter().fold(Duration::ZERO, |sum, time| sum.saturating_add(time)))
            }
            Self::Parallel(paths) => Some(times(paths)?.into_iter().max().unwrap_or(Duration::ZERO)),
            Self::Alternatives(paths) => times(paths)?.into_iter().min(),
        }
    }

    /// What a target leaves over this path; `None` where the path's time is unknown.
    pub fn slack(&self, target: Duration) -> Option<Slack> {
        let signed = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let left = signed(target).saturating_sub(signed(self.time()?));
        // Less than a tenth, without a division: 10 × left < target.
        let tight = left.saturating_mul(10) < signed(target);
        let tightness = match left {
            left if left.is_negative() => Tightness::Exceeded,
            _ if tight => Tightness::Tight,
            _ => Tightness::Sufficient,
        };
        Some(Slack { left, tightness })
    }
}

/// What is left of a target (iso20000.md 5.4, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slack {
    /// Negative where the path takes longer.
    pub left: SignedDuration,
    /// What it means.
    pub tightness: Tightness,
}

/// Whether what is left is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tightness {
    /// The path takes longer than the target (SC-20).
    Exceeded,
    /// Less than a tenth of the target is left: an advisory.
    Tight,
    /// A tenth or more is left.
    Sufficient,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(minutes: u64) -> Path {
        Path::Stage(Some(Duration::from_secs(minutes * 60)))
    }

    fn minutes(path: &Path) -> Option<u64> {
        path.time().map(|time| time.as_secs() / 60)
    }

    #[test]
    fn stages_add_parallels_take_the_longest_and_alternatives_the_shortest() {
        // SC-20: triage 30 min, a supplier's 4 h, verification 30 min, against 4 h.
        let path = Path::Sequence(vec![stage(30), stage(240), stage(30)]);
        assert_eq!(minutes(&path), Some(300));
        let slack = |target: u64| path.slack(Duration::from_secs(target * 60)).unwrap();
        assert_eq!((slack(240).left, slack(240).tightness), (SignedDuration::from_mins(-60), Tightness::Exceeded));
        let tightness = [299, 300, 333, 334].map(|target| slack(target).tightness);
        assert_eq!(tightness, [Tightness::Exceeded, Tightness::Tight, Tightness::Tight, Tightness::Sufficient]);
        let both = Path::Parallel(vec![stage(10), path.clone()]);
        assert_eq!((minutes(&both), minutes(&Path::Alternatives(vec![stage(10), path]))), (Some(300), Some(10)));
    }

    #[test]
    fn a_missing_part_and_a_circle_make_it_unknown() {
        for whole in [Path::Sequence, Path::Parallel, Path::Alternatives] {
            assert_eq!(whole(vec![stage(10), Path::Stage(None)]).time(), None);
        }
        assert_eq!(Path::Alternatives(vec![]).time(), None);
        let deep = (0..80).fold(stage(1), |path, _| Path::Sequence(vec![path]));
        assert_eq!((deep.time(), deep.slack(Duration::from_secs(600))), (None, None));
    }
}
