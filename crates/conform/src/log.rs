//! What customers did: distinct sequences of activities, and how many had each.

use std::collections::HashMap;

use crate::Error;

/// At most so many different activities.
pub const ACTIVITIES_MAX: usize = 10_000;
/// At most so many different sequences.
pub const VARIANTS_MAX: usize = 1_000_000;
/// At most so many activities in a sequence.
pub const LENGTH_MAX: usize = 10_000;

/// One sequence of activities and how many customers had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Numbers of activities, in order.
    pub activities: Vec<u32>,
    /// How many customers (or other cases) had exactly this sequence.
    pub cases: u64,
}

/// What customers did. Every sequence is there once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    activities: Vec<String>,
    variants: Vec<Variant>,
}

impl Log {
    /// A log of sequences as numbers into `activities`. Equal sequences are put together; the first one's place counts. Sequences
    /// that nobody had are left out.
    ///
    /// # Errors
    /// A number that has no activity; too many activities or sequences, or a sequence that is too long.
    pub fn new(activities: Vec<String>, sequences: impl IntoIterator<Item = (Vec<u32>, u64)>) -> Result<Log, Error> {
        at_most("different activities", activities.len(), ACTIVITIES_MAX)?;
        let mut places: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut variants: Vec<Variant> = Vec::new();
        for (sequence, cases) in sequences {
            at_most("activities in a sequence", sequence.len(), LENGTH_MAX)?;
            if let Some(number) = sequence.iter().find(|number| **number as usize >= activities.len()) {
                return Err(Error::Unknown { what: "activity", number: *number as usize, known: activities.len() });
            }
            if cases == 0 {
                continue;
            }
            match places.get(&sequence) {
                Some(place) => variants[*place].cases = variants[*place].cases.saturating_add(cases),
                None => {
                    at_most("different sequences", variants.len() + 1, VARIANTS_MAX)?;
                    places.insert(sequence.clone(), variants.len());
                    variants.push(Variant { activities: sequence, cases });
                }
            }
        }
        Ok(Log { activities, variants })
    }

    /// A log of sequences of names. Activities are numbered as they come.
    ///
    /// # Errors
    /// Too many activities or sequences, or a sequence that is too long.
    pub fn of_names<S: AsRef<str>>(sequences: impl IntoIterator<Item = (Vec<S>, u64)>) -> Result<Log, Error> {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut activities = Vec::new();
        let mut numbered = Vec::new();
        for (names, cases) in sequences {
            at_most("activities in a sequence", names.len(), LENGTH_MAX)?;
            let sequence = names
                .iter()
                .map(|name| {
                    *numbers.entry(name.as_ref().to_owned()).or_insert_with(|| {
                        activities.push(name.as_ref().to_owned());
                        activities.len() as u32 - 1
                    })
                })
                .collect();
            numbered.push((sequence, cases));
            at_most("different activities", activities.len(), ACTIVITIES_MAX)?;
        }
        Log::new(activities, numbered)
    }

    /// The names of the activities.
    pub fn activities(&self) -> &[String] {
        &self.activities
    }

    /// The sequences, in the order in which they first came.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// How many customers there are.
    pub fn cases(&self) -> u64 {
        self.variants.iter().fold(0, |sum, variant| sum.saturating_add(variant.cases))
    }
}

/// Refuses more than there may be.
pub(crate) fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), Error> {
    if found > most { Err(Error::TooLarge { what, found, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sequences_are_one() {
        let log = Log::of_names([(vec!["a", "b"], 2), (vec!["b"], 1), (vec!["a", "b"], 3), (vec!["c"], 0)]).unwrap();
        assert_eq!(log.variants().len(), 2);
        assert_eq!((log.variants()[0].cases, log.cases()), (5, 6));
        assert_eq!(log.activities(), ["a", "b", "c"]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let unknown = Log::new(vec!["a".to_owned()], [(vec![1], 1)]);
        assert_eq!(unknown, Err(Error::Unknown { what: "activity", number: 1, known: 1 }));
        assert!(matches!(Log::new(vec!["a".to_owned()], [(vec![0; LENGTH_MAX + 1], 1)]), Err(Error::TooLarge { .. })));
    }
}
