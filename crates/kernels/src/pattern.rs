//! Small patterns over a customer's rows, such as "viewed, then within five minutes bought".

use std::fmt;

/// The most steps that a pattern may have.
const STEPS_MAX: usize = 32;

/// One step of a pattern: a row that it matches, and how that row may lie to the row of the step before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternStep {
    /// The condition that the row must meet (a bit of the mask, from 0); any row when there is none.
    pub condition: Option<u32>,
    /// Whether other rows may lie between.
    pub apart: bool,
    /// The shortest time since the row before.
    pub gap_min: i64,
    /// The longest time since the row before.
    pub gap_max: i64,
}

/// A pattern: steps, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    steps: Vec<PatternStep>,
}

/// Why a pattern cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The byte at which reading failed.
    pub at: usize,
    /// What is wrong there.
    pub wrong: &'static str,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {} of the pattern: {}; write for example (?1).*(?2) or (?1)(?t<=60)(?2)", self.at, self.wrong)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Reads a pattern in ClickHouse's notation: `(?1)` is a row that meets the first condition, `.` any one row, `.*` any
    /// number of rows, `(?t<=60)` any number of rows as long as the next step comes at most 60 seconds after the step
    /// before (`<`, `<=`, `>`, `>=` and `==` can be used, several of them hold together). `second` says how many units of
    /// the rows' times are a second.
    ///
    /// # Errors
    /// When the text is something else, is empty, has more than 32 steps or conditions, or a time without a step on both sides.
    pub fn parse(text: &str, second: i64) -> Result<Pattern, PatternError> {
        let mut steps: Vec<PatternStep> = Vec::new();
        const DIRECT: PatternStep = PatternStep { condition: None, apart: false, gap_min: 0, gap_max: i64::MAX };
        let mut next = DIRECT;
        let mut timed = false;
        let mut rest = text;
        while !rest.is_empty() {
            let at = text.len() - rest.len();
            let wrong = |wrong| Err(PatternError { at, wrong });
            if let Some(tail) = rest.strip_prefix(".*") {
                next.apart = true;
                rest = tail;
                continue;
            }
            if let Some(tail) = rest.strip_prefix("(?t") {
                if steps.is_empty() {
                    return wrong("a time needs a step before it");
                }
                let Some((bound, tail)) = tail.split_once(')') else { return wrong("this bracket is never closed") };
                let digits = bound.trim_start_matches(['<', '>', '=']);
                let limit = digits.parse::<i64>().ok().filter(|n| *n >= 0).and_then(|n| n.checked_mul(second));
                let Some(limit) = limit else { return wrong("a time is a whole number of seconds") };
                let (low, high) = match &bound[..bound.len() - digits.len()] {
                    "<=" => (0, limit),
                    "<" => (0, limit - 1),
                    ">=" => (limit, i64::MAX),
                    ">" => (limit.saturating_add(1), i64::MAX),
                    "==" => (limit, limit),
                    _ => return wrong("a time is compared with <, <=, >, >= or =="),
                };
                next.gap_min = next.gap_min.max(low);
                next.gap_max = next.gap_max.min(high);
                next.apart = true;
                timed = true;
                rest = tail;
                continue;
            }
            if let Some(tail) = rest.strip_prefix('.') {
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix("(?") {
                let Some((number, tail)) = tail.split_once(')') else { return wrong("this bracket is never closed") };
                let number = number.parse::<u32>().ok().filter(|n| (1..=32).contains(n));
                let Some(number) = number else { return wrong("conditions have numbers from 1 to 32") };
                next.condition = Some(number - 1);
                rest = tail;
            } else {
                return wrong("this is neither a step, a time, '.' nor '.*'");
            }
            if steps.len() == STEPS_MAX {
                return wrong("a pattern has at most 32 steps");
            }
            steps.push(std::mem::replace(&mut next, DIRECT));
            timed = false;
        }
        match (steps.is_empty(), timed) {
            (true, _) => Err(PatternError { at: 0, wrong: "there is no step" }),
            (_, true) => Err(PatternError { at: text.len(), wrong: "a time needs a step after it" }),
            _ => Ok(Pattern { steps }),
        }
    }

    /// Its steps.
    pub fn steps(&self) -> &[PatternStep] {
        &self.steps
    }
}

/// Finds a pattern in the runs of many customers.
#[derive(Clone, Debug)]
pub struct Matcher {
    pattern: Pattern,
    /// The rows that meet some condition; others do not exist for a pattern.
    rows: Vec<u32>,
    /// For each step and row, whether the rest of the pattern was sought in vain from there.
    vain: Vec<bool>,
    /// For each step without a longest gap, the first row from which it was sought in vain: from later ones it is in vain, too.
    vain_from: [usize; STEPS_MAX],
}

impl Matcher {
    /// Of this pattern.
    pub fn new(pattern: Pattern) -> Matcher {
        Matcher { pattern, rows: Vec::new(), vain: Vec::new(), vain_from: [usize::MAX; STEPS_MAX] }
    }

    /// Whether the pattern occurs in a run.
    pub fn occurs(&mut self, times: &[i64], masks: &[u32]) -> bool {
        self.prepare(times, masks);
        self.next_from(0, times, masks).is_some()
    }

    /// How often the pattern occurs in a run, without overlaps, from left to right. Where it may be read in several ways, each
    /// step takes the earliest row from which the rest can still be found.
    pub fn count(&mut self, times: &[i64], masks: &[u32]) -> u64 {
        self.prepare(times, masks);
        let (mut count, mut from) = (0, 0);
        while let Some(last) = self.next_from(from, times, masks) {
            count += 1;
            from = last + 1;
        }
        count
    }

    fn prepare(&mut self, times: &[i64], masks: &[u32]) {
        self.rows.clear();
        let met = masks.iter().take(times.len()).enumerate().filter(|(_, mask)| **mask != 0);
        self.rows.extend(met.map(|(row, _)| row as u32));
        self.vain.clear();
        self.vain.resize(self.rows.len() * self.pattern.steps.len(), false);
        self.vain_from = [usize::MAX; STEPS_MAX];
    }

    /// The last row (counted among the met ones) of the first occurrence that begins at or after `from`.
    fn next_from(&mut self, from: usize, times: &[i64], masks: &[u32]) -> Option<usize> {
        (from..self.rows.len()).find_map(|first| self.end_of(0, first, times, masks))
    }

    /// The row of the last step when step `step` is at `place`. Recursion is as deep as there are steps.
    fn end_of(&mut self, step: usize, place: usize, times: &[i64], masks: &[u32]) -> Option<usize> {
        let row = self.rows[place] as usize;
        if self.pattern.steps[step].condition.is_some_and(|bit| masks[row] >> bit & 1 == 0) {
            return None;
        }
        let Some(next) = self.pattern.steps.get(step + 1).copied() else { return Some(place) };
        let memory = place * self.pattern.steps.len() + step;
        if self.vain[memory] || place >= self.vain_from[step] {
            return None;
        }
        let until = if next.apart { self.rows.len() } else { self.rows.len().min(place + 2) };
        for candidate in place + 1..until {
            let gap = times[self.rows[candidate] as usize].saturating_sub(times[row]);
            if gap > next.gap_max {
                break;
            }
            if gap >= next.gap_min
                && let Some(end) = self.end_of(step + 1, candidate, times, masks)
            {
                return Some(end);
            }
        }
        self.vain[memory] = true;
        if next.apart && next.gap_max == i64::MAX {
            self.vain_from[step] = self.vain_from[step].min(place);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read() {
        let pattern = Pattern::parse("(?1)(?t>=2)(?t<5).(?2).*", 10).unwrap();
        let direct = PatternStep { condition: None, apart: false, gap_min: 0, gap_max: i64::MAX };
        assert_eq!(
            pattern.steps(),
            [
                PatternStep { condition: Some(0), ..direct },
                PatternStep { apart: true, gap_min: 20, gap_max: 49, ..direct },
                PatternStep { condition: Some(1), ..direct }
            ]
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_place() {
        for (text, at) in [
            ("", 0),
            (".*", 0),
            ("(?0)", 0),
            ("(?1)(?33)", 4),
            ("(?1", 0),
            ("(?t<5)(?1)", 0),
            ("(?1)(?t<5)", 10),
            ("(?1)(?t!5)(?2)", 4),
            ("(?1)x", 4),
            ("(?1)(?t<9223372036854775807)(?2)", 4),
        ] {
            assert_eq!(Pattern::parse(text, 1_000_000).map_err(|e| e.at), Err(at), "{text}");
        }
        assert!(Pattern::parse(&".".repeat(33), 1).is_err());
    }

    #[test]
    fn a_long_run_without_an_occurrence_takes_no_squares() {
        let times: Vec<i64> = (0..200_000).collect();
        let masks: Vec<u32> = times.iter().map(|t| if t % 2 == 0 { 1 } else { 2 }).collect();
        let mut matcher = Matcher::new(Pattern::parse("(?1).*(?2).*(?1).*(?3)", 1).unwrap());
        assert!(!matcher.occurs(&times, &masks));
    }
}
