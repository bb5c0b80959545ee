//! Open hours that repeat with a period, on a line of seconds. Knows neither dates nor zones.

/// A piece of open time within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    start: i64,
    until: i64,
    /// Open seconds of the period before it.
    before: i64,
}

/// A set of seconds that repeats for ever in both directions. Asked in O(log pieces).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// A moment at which a period begins.
    anchor: i64,
    period: i64,
    pieces: Box<[Piece]>,
    /// Open seconds of a period.
    total: i64,
}

impl Pattern {
    /// From intervals of a period, in any order and overlapping at will. What goes over the end of the period goes on at
    /// its beginning.
    pub(crate) fn new(anchor: i64, period: i64, intervals: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut parts = Vec::new();
        for (start, until) in intervals {
            parts.push((start, until.min(period)));
            if until > period {
                parts.push((0, until - period));
            }
        }
        let mut pieces: Vec<Piece> = Vec::new();
        let mut total = 0;
        for (start, until) in union(parts) {
            pieces.push(Piece { start, until, before: total });
            total += until - start;
        }
        Self { anchor, period, pieces: pieces.into(), total }
    }

    /// Nothing.
    pub(crate) fn never() -> Self {
        Self::new(0, 1, [])
    }

    /// Everything.
    pub(crate) fn always() -> Self {
        Self::new(0, 1, [(0, 1)])
    }

    fn split(&self, at: i64) -> (i64, i64) {
        let since = at - self.anchor;
        (since.div_euclid(self.period), since.rem_euclid(self.period))
    }

    /// Open seconds from the anchor to a moment; negative before the anchor.
    pub(crate) fn cumulative(&self, at: i64) -> i64 {
        let (periods, within) = self.split(at);
        let started = self.pieces.partition_point(|piece| piece.start <= within);
        let inside = match started.checked_sub(1).map(|last| self.pieces[last]) {
            None => 0,
            Some(last) => last.before + within.min(last.until) - last.start,
        };
        periods * self.total + inside
    }

    /// The end of the piece that has the second from `at` on; `None` where that is closed, `i64::MAX` where it never ends.
    pub(crate) fn open_until(&self, at: i64) -> Option<i64> {
        if self.total == self.period {
            return Some(i64::MAX);
        }
        let (_, within) = self.split(at);
        let started = self.pieces.partition_point(|piece| piece.start <= within);
        let last = self.pieces[started.checked_sub(1)?];
        (within < last.until).then(|| at + last.until - within)
    }

    /// The first moment at which `open` seconds since the anchor have passed; `None` where nothing is open.
    pub(crate) fn first_at(&self, open: i64) -> Option<i64> {
        if self.total == 0 {
            return None;
        }
        // One less and one more: the end of a period and the beginning of the next have the same sum, and the first counts.
        let periods = (open - 1).div_euclid(self.total);
        let rest = open - periods * self.total;
        let piece = self.pieces[self.pieces.partition_point(|piece| piece.before < rest) - 1];
        Some(self.anchor + periods * self.period + piece.start + rest - piece.before)
    }

    /// The last moment at which no more than `open` seconds since the anchor have passed; `None` where nothing is open.
    pub(crate) fn last_at(&self, open: i64) -> Option<i64> {
        if self.total == 0 {
            return None;
        }
        let periods = open.div_euclid(self.total);
        let rest = open - periods * self.total;
        let piece = self.pieces[self.pieces.partition_point(|piece| piece.before <= rest) - 1];
        Some(self.anchor + periods * self.period + piece.start + rest - piece.before)
    }

    /// The open intervals of a period, in order, apart from each other.
    pub(crate) fn intervals(&self) -> impl Iterator<Item = (i64, i64)> {
        self.pieces.iter().map(|piece| (piece.start, piece.until))
    }
}

/// The same set in order, with what touches put together.
pub(crate) fn union(mut parts: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    parts.retain(|(start, until)| start < until);
    parts.sort_unstable();
    let mut united: Vec<(i64, i64)> = Vec::new();
    for (start, until) in parts {
        match united.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(until),
            _ => united.push((start, until)),
        }
    }
    united
}

/// What is left of a set, in order as [`union`] gives it, without the parts of another.
pub(crate) fn without(set: &[(i64, i64)], other: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut left = Vec::new();
    for &(start, until) in set {
        let mut from = start;
        for &(cut, end) in other.iter().filter(|(cut, end)| *cut < until && *end > start) {
            left.push((from, cut));
            from = end;
        }
        left.push((from, until));
    }
    left.retain(|(start, until)| start < until);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_asked_both_ways_and_over_the_ends_of_its_period() {
        // Open at 8, 9, 0 and 1, 3 of every ten; the period begins at 100.
        let pattern = Pattern::new(100, 10, [(8, 12), (3, 4), (3, 4)]);
        assert_eq!(pattern.intervals().collect::<Vec<_>>(), [(0, 2), (3, 4), (8, 10)]);
        let open = |at: i64| [0, 1, 3, 8, 9].contains(&(at - 100).rem_euclid(10));
        let mut sum = pattern.cumulative(70);
        assert_eq!(sum, -15);
        for at in 70..130 {
            assert_eq!(pattern.cumulative(at), sum, "{at}");
            assert_eq!(pattern.open_until(at).is_some(), open(at), "{at}");
            sum += i64::from(open(at));
        }
        for sum in -14..14 {
            let first = (70..130).find(|at| pattern.cumulative(*at) >= sum);
            let last = (70..130).rev().find(|at| pattern.cumulative(*at) <= sum);
            assert_eq!((pattern.first_at(sum), pattern.last_at(sum)), (first, last), "{sum}");
        }
        assert_eq!((pattern.open_until(108), pattern.open_until(101)), (Some(110), Some(102)));
    }

    #[test]
    fn nothing_is_never_reached_and_everything_never_ends() {
        assert_eq!((Pattern::never().first_at(1), Pattern::never().last_at(0)), (None, None));
        let always = Pattern::always();
        assert_eq!((always.cumulative(-7), always.first_at(-7), always.last_at(9)), (-7, Some(-7), Some(9)));
        assert_eq!(always.open_until(3), Some(i64::MAX));
    }

    #[test]
    fn sets_are_united_and_cut() {
        assert_eq!(union(vec![(5, 6), (1, 3), (3, 4), (2, 2)]), [(1, 4), (5, 6)]);
        assert_eq!(without(&[(1, 4), (5, 9)], &[(2, 3), (3, 6), (8, 20)]), [(1, 2), (6, 8)]);
        assert_eq!(without(&[(1, 4)], &[(0, 9)]), []);
    }
}
