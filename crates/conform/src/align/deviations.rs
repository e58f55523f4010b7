//! Where customers left the design: what was skipped or inserted, between which steps, and by how many.

use std::collections::HashMap;

use super::{Alignments, Move};

/// In which way something was not as designed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It was designed and left out.
    Skipped,
    /// It was done and not designed there.
    Inserted,
}

/// One way to leave the design, over all customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// Skipped or inserted.
    pub kind: Kind,
    /// What: a number in [`Alignments::activities`].
    pub activity: u32,
    /// The last step before it that was as designed; `None`: there was none.
    pub after: Option<u32>,
    /// The next step after it that was as designed; `None`: there was none.
    pub before: Option<u32>,
    /// Customers to whom it happened, each once.
    pub cases: u64,
    /// How often it happened.
    pub times: u64,
    /// In which sequences: places in [`Alignments::variants`].
    pub variants: Vec<u32>,
}

/// What became of one activity, over all customers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Customers who did it as designed at least once.
    pub cases_as_designed: u64,
    /// Customers who left it out at least once.
    pub cases_skipped: u64,
    /// Customers who did it where it was not designed at least once.
    pub cases_inserted: u64,
}

impl Alignments {
    /// The ways to leave the design, those of most customers first. Sequences for which the limit was reached are not in it.
    pub fn deviations(&self) -> Vec<Deviation> {
        let mut places: HashMap<(Kind, u32, Option<u32>, Option<u32>), usize> = HashMap::new();
        let mut found: Vec<Deviation> = Vec::new();
        for (number, variant) in self.variants.iter().enumerate() {
            let as_designed = |step: &Move| match step {
                Move::Both(activity) => Some(*activity),
                _ => None,
            };
            // By place, the next step as designed.
            let mut next = vec![None; variant.moves.len() + 1];
            for at in (0..variant.moves.len()).rev() {
                next[at] = as_designed(&variant.moves[at]).or(next[at + 1]);
            }
            let mut after = None;
            for (at, step) in variant.moves.iter().enumerate() {
                let (kind, activity) = match *step {
                    Move::Both(activity) => {
                        after = Some(activity);
                        continue;
                    }
                    Move::Skipped(activity) => (Kind::Skipped, activity),
                    Move::Inserted(activity) => (Kind::Inserted, activity),
                };
                let before = next[at];
                let place = *places.entry((kind, activity, after, before)).or_insert_with(|| {
                    found.push(Deviation { kind, activity, after, before, cases: 0, times: 0, variants: Vec::new() });
                    found.len() - 1
                });
                let deviation = &mut found[place];
                deviation.times += variant.cases;
                if deviation.variants.last() != Some(&(number as u32)) {
                    deviation.variants.push(number as u32);
                    deviation.cases += variant.cases;
                }
            }
        }
        found.sort_by_key(|found| (std::cmp::Reverse(found.cases), found.kind, found.activity, found.after, found.before));
        found
    }

    /// By activity, how many customers did it as designed, left it out, or did it elsewhere.
    pub fn by_activity(&self) -> Vec<Activity> {
        let mut all = vec![Activity::default(); self.activities.len()];
        for variant in &self.variants {
            let mut steps = variant.moves.clone();
            steps.sort_unstable();
            steps.dedup();
            for step in steps {
                match step {
                    Move::Both(activity) => all[activity as usize].cases_as_designed += variant.cases,
                    Move::Skipped(activity) => all[activity as usize].cases_skipped += variant.cases,
                    Move::Inserted(activity) => all[activity as usize].cases_inserted += variant.cases,
                }
            }
        }
        all
    }
}
