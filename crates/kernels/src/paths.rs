//! The stretch of a run that a paths analysis counts: from some code, to some code, so many steps.

/// Which stretch, and how much of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    /// A path begins with the first row of one of these codes; with the first row of all when there are none.
    pub starts: Vec<u32>,
    /// A path ends with the first row of one of these codes (with `starts`: the first after the start); with the last of all
    /// when there are none.
    pub ends: Vec<u32>,
    /// The most steps to keep; at least 1 is.
    pub steps_max: usize,
    /// Whether rows of one code that directly follow each other are one step, at the time of the first.
    pub collapse: bool,
}

/// How a path finishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// There were more steps than are kept.
    GoesOn,
    /// The run was over: a drop-off.
    Ended,
    /// With one of the codes that it should end with.
    Target,
}

/// A path: its steps as (code, time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    /// The steps that are kept.
    pub steps: &'a [(u32, i64)],
    /// How many steps were left out inside of the path or before it. A path from somewhere keeps its first steps (what is
    /// missing comes after, see `finish`), a path to somewhere its last, and one from here to there the halves at both ends.
    pub left_out: usize,
    /// Before which of the steps they were left out.
    pub left_out_at: usize,
    /// How it finishes.
    pub finish: Finish,
}

/// Finds paths in many runs.
#[derive(Clone, Debug)]
pub struct Paths {
    rules: PathRules,
    steps: Vec<(u32, i64)>,
}

impl Paths {
    /// By these rules.
    pub fn new(mut rules: PathRules) -> Paths {
        rules.starts.sort_unstable();
        rules.ends.sort_unstable();
        rules.steps_max = rules.steps_max.max(1);
        Paths { rules, steps: Vec::new() }
    }

    /// The path of a run (of a customer, or of a session: paths do not cut runs). `None` when the run is empty, or has no
    /// start or no end as they are asked for.
    pub fn path(&mut self, times: &[i64], codes: &[u32]) -> Option<Path<'_>> {
        let PathRules { starts, ends, steps_max, collapse } = &self.rules;
        let (most, to_end) = (*steps_max, !ends.is_empty());
        let is_one = |codes: &[u32], code: u32| codes.binary_search(&code).is_ok();
        let from = codes.iter().position(|code| starts.is_empty() || is_one(starts, *code))?;
        self.steps.clear();
        let mut finish = Finish::Ended;
        for (row, (code, time)) in codes.iter().copied().zip(times.iter().copied()).enumerate().skip(from) {
            // With `collapse`, a start that may end a path as well cannot do so as its own repeat.
            let same = *collapse && self.steps.last().is_some_and(|last| last.0 == code);
            let inside = row > from || starts.is_empty();
            let target = to_end && inside && is_one(ends, code);
            if same {
                continue;
            }
            if !to_end && self.steps.len() == most {
                finish = Finish::GoesOn;
                break;
            }
            self.steps.push((code, time));
            if target {
                finish = Finish::Target;
                break;
            }
        }
        if self.steps.is_empty() || (to_end && finish != Finish::Target) {
            return None;
        }
        let left_out = self.steps.len().saturating_sub(most);
        // To an end, more steps may have been taken than are kept.
        let left_out_at = if starts.is_empty() || left_out == 0 { 0 } else { most - most / 2 };
        self.steps.drain(left_out_at..left_out_at + left_out);
        Some(Path { steps: &self.steps, left_out, left_out_at, finish })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(starts: &[u32], ends: &[u32], steps_max: usize, codes: &[u32]) -> Option<(Vec<u32>, usize, usize, Finish)> {
        let rules = PathRules { starts: starts.to_vec(), ends: ends.to_vec(), steps_max, collapse: true };
        let times: Vec<i64> = (0..codes.len() as i64).collect();
        let mut paths = Paths::new(rules);
        let path = paths.path(&times, codes)?;
        Some((path.steps.iter().map(|step| step.0).collect(), path.left_out, path.left_out_at, path.finish))
    }

    #[test]
    fn a_path_is_cut_or_drops_off() {
        assert_eq!(told(&[], &[], 3, &[1, 1, 2, 2, 1]), Some((vec![1, 2, 1], 0, 0, Finish::Ended)));
        assert_eq!(told(&[], &[], 2, &[1, 1, 2, 2, 1]), Some((vec![1, 2], 0, 0, Finish::GoesOn)));
        assert_eq!(told(&[], &[], 2, &[1, 2, 2, 2]), Some((vec![1, 2], 0, 0, Finish::Ended)));
        assert_eq!(told(&[], &[], 2, &[]), None);
    }

    #[test]
    fn a_path_begins_and_ends_where_it_is_asked_to() {
        let run = [1, 2, 3, 4, 5, 3, 2];
        assert_eq!(told(&[3, 9], &[], 9, &run), Some((vec![3, 4, 5, 3, 2], 0, 0, Finish::Ended)));
        assert_eq!(told(&[], &[5], 3, &run), Some((vec![3, 4, 5], 2, 0, Finish::Target)));
        assert_eq!(told(&[2], &[2], 4, &run), Some((vec![2, 3, 3, 2], 2, 2, Finish::Target)));
        assert_eq!(told(&[2], &[2], 1, &run), Some((vec![2], 5, 1, Finish::Target)));
        assert_eq!(told(&[5], &[4], 4, &run), None);
        assert_eq!(told(&[7], &[], 4, &run), None);
        assert_eq!(told(&[], &[7], 4, &run), None);
        assert_eq!(told(&[2], &[2], 4, &[2, 2]), None);
    }
}
