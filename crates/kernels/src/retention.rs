//! Who came back, and after how long.
//!
//! A start puts a customer into a cohort; time is counted from there in intervals. *Calendar*: interval 0 is the day (week,
//! month) of the start, interval 1 the next one, whatever their lengths; boundaries come from outside, where time zones are
//! known. *Rolling*: interval k begins k lengths after the start. A return is a return event **later than the start**: what
//! happens at the time of the start, or before it on the same day, is none. So interval 0 says who came back within the
//! interval of the start, not how many there were.

/// How time is cut into intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intervals<'a> {
    /// At these times, ascending: interval `i` of the calendar lies from `[i]` (inclusive) to `[i + 1]` (exclusive).
    Calendar(&'a [i64]),
    /// Every so long after the start; at least 1.
    Rolling(i64),
}

impl Intervals<'_> {
    /// The calendar interval of a time; 0 for rolling ones. `None` when the calendar does not hold it.
    fn cohort(&self, start: i64) -> Option<usize> {
        match self {
            Intervals::Calendar(bounds) => {
                let after = bounds.partition_point(|bound| *bound <= start);
                if after == 0 || after == bounds.len() { None } else { Some(after - 1) }
            }
            Intervals::Rolling(_) => Some(0),
        }
    }

    /// When interval `k` of a start begins. `None` when the calendar ends before it.
    fn begin(&self, start: i64, cohort: usize, k: u32) -> Option<i64> {
        match self {
            Intervals::Calendar(bounds) => bounds.get(cohort.checked_add(k as usize)?).copied(),
            Intervals::Rolling(length) => (*length).max(1).checked_mul(i64::from(k)).and_then(|later| start.checked_add(later)),
        }
    }

    /// How many intervals of a start (0, 1, ...) are wholly over at a time: younger ones say nothing yet (right-censoring).
    pub fn passed(&self, start: i64, now: i64) -> u32 {
        let passed = match self {
            Intervals::Calendar(bounds) => {
                let Some(cohort) = self.cohort(start) else { return 0 };
                bounds.partition_point(|bound| *bound <= now).saturating_sub(cohort + 1) as u64
            }
            Intervals::Rolling(length) => now.saturating_sub(start).max(0).unsigned_abs() / (*length).max(1).unsigned_abs(),
        };
        u32::try_from(passed).unwrap_or(u32::MAX)
    }
}

/// In which intervals somebody must have come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// From this interval on,
    pub from: u32,
    /// to this one, inclusive; for ever when there is none.
    pub to: Option<u32>,
}

impl Bracket {
    /// Each of the intervals 0 to n by itself.
    pub fn exact(n: u32) -> Vec<Bracket> {
        (0..=n).map(|k| Bracket { from: k, to: Some(k) }).collect()
    }

    /// Each of the intervals 0 to n or any later one (rolling, or unbounded, retention).
    pub fn on_or_after(n: u32) -> Vec<Bracket> {
        (0..=n).map(|k| Bracket { from: k, to: None }).collect()
    }

    /// Whether so many passed intervals are enough to judge. A bracket without an end never closes; it counts as judged when its
    /// first interval is over.
    pub fn is_over(&self, passed: u32) -> bool {
        self.to.unwrap_or(self.from) < passed
    }
}

/// The rules of retention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionRules {
    /// What is asked, in any order; they may overlap.
    pub brackets: Vec<Bracket>,
    /// How many returns within a bracket count as having come back; at least 1.
    pub times_min: usize,
    /// Whether every start opens an entry in a cohort (calendar: the first of each interval; rolling: each time), or only the
    /// first.
    pub recurring: bool,
}

/// One entry of a customer in a cohort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrant<'a> {
    /// When it started.
    pub start: i64,
    /// The calendar interval of the start; 0 for rolling ones.
    pub cohort: usize,
    /// For each bracket, whether the customer came back. Where the calendar ends too early to tell, false.
    pub back: &'a [bool],
}

/// Retention, ready to be run over many customers.
#[derive(Clone, Debug)]
pub struct Retention {
    rules: RetentionRules,
    back: Vec<bool>,
}

impl Retention {
    /// By these rules.
    pub fn new(rules: RetentionRules) -> Retention {
        Retention { back: Vec::with_capacity(rules.brackets.len()), rules }
    }

    /// Its rules.
    pub fn rules(&self) -> &RetentionRules {
        &self.rules
    }

    /// Tells each entry of a customer, from the ascending times of starts and of returns (the same slice where they are the same
    /// event). Starts outside of the calendar open none. A binary search for each entry and bracket.
    pub fn each(&mut self, starts: &[i64], returns: &[i64], intervals: Intervals<'_>, mut tell: impl FnMut(Entrant<'_>)) {
        let mut last = None;
        for start in starts.chunk_by(|a, b| a == b).map(|same| same[0]) {
            let cohort = intervals.cohort(start);
            if let Some(cohort) = cohort
                && (last != Some(cohort) || matches!(intervals, Intervals::Rolling(_)))
            {
                last = Some(cohort);
                let later = returns.partition_point(|time| *time <= start);
                self.back.clear();
                for bracket in &self.rules.brackets {
                    // The number of returns before an interval begins; an interval too far away begins after all of them.
                    let before = |k: u32| {
                        let begin = intervals.begin(start, cohort, k);
                        begin.map(|begin| returns.partition_point(|time| *time < begin))
                    };
                    let from = before(bracket.from).map_or(returns.len(), |row| row.max(later));
                    let to = match (bracket.to, intervals) {
                        (None, _) => Some(returns.len()),
                        (Some(to), Intervals::Calendar(_)) => before(to.saturating_add(1)),
                        (Some(to), Intervals::Rolling(_)) => Some(before(to.saturating_add(1)).unwrap_or(returns.len())),
                    };
                    self.back.push(to.is_some_and(|to| to.saturating_sub(from) >= self.rules.times_min.max(1)));
                }
                tell(Entrant { start, cohort, back: &self.back });
            }
            if !self.rules.recurring {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rules: RetentionRules, starts: &[i64], returns: &[i64], intervals: Intervals<'_>) -> Vec<(i64, usize, Vec<bool>)> {
        let mut all = Vec::new();
        Retention::new(rules).each(starts, returns, intervals, |entrant| all.push((entrant.start, entrant.cohort, entrant.back.to_vec())));
        all
    }

    #[test]
    fn intervals_are_those_of_the_calendar_or_of_the_start() {
        let rules = RetentionRules { brackets: Bracket::exact(2), times_min: 1, recurring: false };
        let calendar = Intervals::Calendar(&[0, 10, 20, 30, 40]);
        // A start late on day 0: two units later it is day 1, but less than a length later.
        assert_eq!(told(rules.clone(), &[9], &[9, 11], calendar), [(9, 0, vec![false, true, false])]);
        assert_eq!(told(rules.clone(), &[9], &[9, 11], Intervals::Rolling(10)), [(9, 0, vec![true, false, false])]);
        // What came before the start on its day is no return.
        assert_eq!(told(rules.clone(), &[15], &[12, 35], calendar), [(15, 1, vec![false, false, true])]);
        assert_eq!(told(rules, &[-1], &[5], calendar), []);
    }

    #[test]
    fn every_start_opens_an_entry_if_asked() {
        let rules = RetentionRules { brackets: Bracket::on_or_after(1), times_min: 1, recurring: true };
        let times = [1, 2, 25];
        let calendar = told(rules.clone(), &times, &times, Intervals::Calendar(&[0, 10, 20, 30]));
        assert_eq!(calendar, [(1, 0, vec![true, true]), (25, 2, vec![false, false])]);
        let rolling = told(rules, &times, &times, Intervals::Rolling(10));
        assert_eq!(rolling, [(1, 0, vec![true, true]), (2, 0, vec![true, true]), (25, 0, vec![false, false])]);
    }

    #[test]
    fn what_is_not_over_is_not_judged() {
        let calendar = Intervals::Calendar(&[0, 10, 20, 30]);
        assert_eq!([9, 10, 19, 20, 99].map(|now| calendar.passed(5, now)), [0, 1, 1, 2, 3]);
        assert_eq!([9, 14, 15, 25].map(|now| Intervals::Rolling(10).passed(5, now)), [0, 0, 1, 2]);
        assert_eq!((calendar.passed(-5, 50), calendar.passed(50, 99)), (0, 0));
        assert_eq!(Intervals::Rolling(0).passed(i64::MIN, i64::MAX), u32::MAX);
        assert!(Bracket { from: 1, to: Some(2) }.is_over(3) && !Bracket { from: 1, to: Some(2) }.is_over(2));
        assert!(Bracket { from: 1, to: None }.is_over(2));
    }
}
