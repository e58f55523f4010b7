//! Answers that were given before: as long as the lake has not changed, the same question has the same answer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use periplus_maps::JourneyMap;
use periplus_model::Answer;

/// So many answers are remembered, and so many bytes of them.
const ANSWERS_MAX: usize = 256;
const BYTES_MAX: usize = 64 << 20;

/// What an answer hangs on.
#[derive(Clone, PartialEq)]
pub struct Key {
    /// The snapshot of the lake.
    pub snapshot: u64,
    /// The analysis.
    pub analysis: String,
    /// The question, as JSON text.
    pub question: String,
    /// The map.
    pub map: Option<JourneyMap>,
}

/// Answers to the latest questions.
#[derive(Default)]
pub struct Answers(Mutex<VecDeque<(Key, Answer, usize)>>);

impl Answers {
    fn kept(&self) -> MutexGuard<'_, VecDeque<(Key, Answer, usize)>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The answer to a question that was asked before.
    pub fn get(&self, key: &Key) -> Option<Answer> {
        let mut kept = self.kept();
        let place = kept.iter().position(|(known, ..)| known == key)?;
        // What is asked again goes to the end of the queue of those to be forgotten.
        let found = kept.remove(place)?;
        let answer = found.1.clone();
        kept.push_back(found);
        Some(answer)
    }

    /// Remembers an answer, and forgets those that were not asked for longest.
    pub fn put(&self, key: Key, answer: &Answer) {
        let bytes = serde_json::to_vec(answer).map_or(usize::MAX, |text| text.len());
        if bytes > BYTES_MAX / 8 {
            return;
        }
        let mut kept = self.kept();
        kept.retain(|(known, ..)| *known != key);
        kept.push_back((key, answer.clone(), bytes));
        while kept.len() > ANSWERS_MAX || kept.iter().map(|(.., bytes)| bytes).sum::<usize>() > BYTES_MAX {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use periplus_model::View;
    use periplus_model::answer::Meta;

    #[test]
    fn what_was_not_asked_for_longest_is_forgotten_first() {
        let answers = Answers::default();
        let key = |n: usize| Key { snapshot: 1, analysis: "a".into(), question: n.to_string(), map: None };
        let answer = |n: usize| Answer {
            analysis: "a".into(),
            caption: n.to_string(),
            view: View::Table(Default::default()),
            groups: Vec::new(),
            compared: None,
            meta: Meta::default(),
        };
        (0..ANSWERS_MAX).for_each(|n| answers.put(key(n), &answer(n)));
        assert_eq!(answers.get(&key(0)).map(|answer| answer.caption), Some("0".to_owned()));
        answers.put(key(ANSWERS_MAX), &answer(ANSWERS_MAX));
        assert!(answers.get(&key(0)).is_some() && answers.get(&key(1)).is_none());
        assert!(answers.get(&Key { snapshot: 2, ..key(0) }).is_none(), "another snapshot, another answer");
    }
}
