//! A condition that describes a group: what its members did at least, or at most, so and so often, and perhaps one thing more.
//!
//! A group was found by many figures at once; a rule of one or two of them is what a journey map can say of a persona, and how well it
//! fits is told beside it.

use periplus_model::condition::Condition;

/// So often, at least or at most one less, may a rule say.
const TIMES: [u32; 8] = [1, 2, 3, 4, 5, 7, 10, 20];
/// A second term must make the rule better by this.
const GAIN_MIN: f64 = 0.02;
/// A rule that fits worse (F1, the harmonic mean of precision and recall) describes nothing.
pub(crate) const FIT_MIN: f64 = 0.6;

/// What was counted of a member decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Term {
    column: usize,
    /// At least so often; else fewer than that.
    at_least: bool,
    times: u32,
}

impl Term {
    fn holds(self, row: &[u32]) -> bool {
        let enough = row.get(self.column).copied().unwrap_or(0) >= self.times;
        enough == self.at_least
    }
}

/// How well a rule describes a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fit {
    /// Of those whom it names, those who are in the group.
    pub(crate) precision: f64,
    /// Of those in the group, those whom it names.
    pub(crate) recall: f64,
}

impl Fit {
    fn of(rows: &[Vec<u32>], groups: &[u32], group: u32, holds: impl Fn(&[u32]) -> bool) -> Fit {
        let (mut both, mut named, mut own) = (0u64, 0u64, 0u64);
        for (row, is) in rows.iter().zip(groups).map(|(row, other)| (row, *other == group)) {
            let is_named = holds(row);
            both += u64::from(is && is_named);
            named += u64::from(is_named);
            own += u64::from(is);
        }
        let share = |of: u64| if of > 0 { both as f64 / of as f64 } else { 0.0 };
        Fit { precision: share(named), recall: share(own) }
    }

    /// The harmonic mean of both.
    pub(crate) fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

/// The rule of a group and how well it fits, of rows that count how often each of some things was done. `did` says what a column is on a
/// map; none where a map has no words for it.
pub(crate) fn rule(
    rows: &[Vec<u32>],
    groups: &[u32],
    group: u32,
    columns: usize,
    did: &dyn Fn(usize) -> Option<Condition>,
) -> Option<(Condition, Fit)> {
    let terms: Vec<Term> = (0..columns)
        .filter(|column| did(*column).is_some())
        .flat_map(|column| TIMES.iter().flat_map(move |times| [true, false].map(|at_least| Term { column, at_least, times: *times })))
        .collect();
    let better = |before: &[Term]| {
        let mut best: Option<(Term, Fit)> = None;
        for term in &terms {
            let fit = Fit::of(rows, groups, group, |row| term.holds(row) && before.iter().all(|other| other.holds(row)));
            if best.is_none_or(|(_, most)| fit.f1() > most.f1() + 1e-12) {
                best = Some((*term, fit));
            }
        }
        best
    };
    let (first, mut fit) = better(&[])?;
    let mut all = vec![first];
    if let Some((second, with)) = better(&all)
        && with.f1() > fit.f1() + GAIN_MIN
    {
        all.push(second);
        fit = with;
    }
    let condition = |term: &Term| {
        let (at_least, at_most) = if term.at_least { (u64::from(term.times), None) } else { (0, Some(u64::from(term.times) - 1)) };
        Some(Condition::Did { what: Box::new(did(term.column)?), at_least, at_most, within: None })
    };
    let mut conditions = all.iter().map(condition).collect::<Option<Vec<Condition>>>()?;
    let condition = if conditions.len() == 1 { conditions.remove(0) } else { Condition::And(conditions) };
    (fit.f1() >= FIT_MIN).then_some((condition, fit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn did(column: usize) -> Option<Condition> {
        ["look", "buy"].get(column).map(|name| Condition::event(name))
    }

    #[test]
    fn what_was_planted_is_described() {
        // Group 1: looked at least three times and never bought.
        let rows: Vec<Vec<u32>> = (0..40).map(|n| vec![n % 5, u32::from(n % 2 == 0), 7]).collect();
        let groups: Vec<u32> = rows.iter().map(|row| u32::from(row[0] >= 3 && row[1] == 0)).collect();
        let (condition, fit) = rule(&rows, &groups, 1, 3, &did).unwrap();
        assert_eq!(
            condition.to_json(),
            json!({"and": [{"did": {"event": "look"}, "at_least": 3}, {"did": {"event": "buy"}, "at_least": 0, "at_most": 0}]})
        );
        assert_eq!(fit, Fit { precision: 1.0, recall: 1.0 });
        assert_eq!(Condition::from_json(condition.to_json()).unwrap(), condition);
    }

    #[test]
    fn where_nothing_fits_there_is_no_rule() {
        // A group of one in ten, that has nothing in common.
        let rows: Vec<Vec<u32>> = (0..100).map(|n| vec![n % 7, n % 3]).collect();
        let groups: Vec<u32> = (0..100).map(|n| u32::from(n % 10 == 3)).collect();
        assert_eq!(rule(&rows, &groups, 1, 2, &did), None);
        assert_eq!(rule(&[], &[], 0, 2, &did), None);
        assert_eq!(rule(&rows, &groups, 1, 0, &did), None);
    }
}
