//! Texts, of which at most so many are kept: the same ones, however they were gathered.

use periplus_findings::mix;
use periplus_model::comments::Tone;
use serde::{Deserialize, Serialize};

/// So many texts are kept to find themes in.
pub(crate) const TEXTS_MAX: usize = 20_000;
/// Orders have so many bits: numbers that are exact in any JSON.
const ORDER_BITS: u32 = 48;

/// A text that a customer wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Heard {
    /// Texts with the smallest are kept.
    pub(crate) order: u64,
    /// Whose it is: the same for all texts of a customer (or session, or whatever is counted).
    pub(crate) who: u64,
    pub(crate) time: i64,
    /// The model's score in ten-thousandths.
    pub(crate) score: Option<i32>,
    /// How it is meant: as people say, else as the model says.
    pub(crate) label: Option<Tone>,
    pub(crate) is_corrected: bool,
    /// The mark that came with it, from −1 to 1, in ten-thousandths.
    pub(crate) mark: Option<i32>,
    pub(crate) text: String,
}

/// By what a text is drawn.
pub(crate) fn order(who: u64, time: i64, text: &str) -> u64 {
    let letters = text.bytes().fold(who, |all, byte| mix(all ^ u64::from(byte)));
    mix(letters ^ time as u64) >> (64 - ORDER_BITS)
}

/// The texts with the smallest orders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// What is not below this was left out; nothing was when absent.
    below: Option<u64>,
    texts: Vec<Heard>,
}

impl Sample {
    /// Adds a text.
    pub(crate) fn add(&mut self, heard: Heard) {
        if self.below.is_none_or(|below| heard.order < below) {
            self.texts.push(heard);
        }
        // Sorting now and then is cheaper than keeping them sorted.
        self.few(2 * TEXTS_MAX, TEXTS_MAX);
    }

    pub(crate) fn merge(&mut self, other: Sample) {
        self.below = [self.below, other.below].into_iter().flatten().min();
        self.texts.extend(other.texts);
        self.keep_below();
        self.few(2 * TEXTS_MAX, TEXTS_MAX);
    }

    /// With more than `most`, leaves only those below that of number `kept`. Whatever was left out before, in whichever part, was
    /// not below the one that this comes to when nothing was left out: so it comes to the same.
    fn few(&mut self, most: usize, kept: usize) {
        if self.texts.len() > most {
            self.texts.sort_unstable();
            let cut = self.texts[kept].order;
            self.below = Some(self.below.map_or(cut, |below| below.min(cut)));
            self.keep_below();
        }
    }

    fn keep_below(&mut self) {
        if let Some(below) = self.below {
            self.texts.retain(|heard| heard.order < below);
        }
    }

    /// The sample as it is told: in order, and what it is below, if anything was left out.
    pub(crate) fn told(&self) -> (Vec<Heard>, Option<u64>) {
        let mut all = self.clone();
        all.few(TEXTS_MAX, TEXTS_MAX);
        all.texts.sort_unstable();
        (all.texts, all.below)
    }

    /// All that is kept.
    pub(crate) fn texts(&self) -> &[Heard] {
        &self.texts
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.texts.len() as u64 * 200
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_to_the_same_sample_in_any_order() {
        let heard = |n: u64| {
            let text = format!("text {}", n % 30_000);
            Heard { order: order(n % 40_000, 0, &text), who: n, time: 0, score: None, label: None, is_corrected: false, mark: None, text }
        };
        let of = |numbers: std::ops::Range<u64>| {
            let mut sample = Sample::default();
            numbers.for_each(|n| sample.add(heard(n)));
            sample
        };
        let whole = of(0..100_000).told();
        assert!(whole.0.len() <= TEXTS_MAX && whole.0.len() > TEXTS_MAX - 10 && whole.1.is_some());
        for cuts in [[10, 50_000], [30_000, 70_000], [99_000, 99_001]] {
            let mut parts = of(cuts[0]..cuts[1]);
            parts.merge(of(cuts[1]..100_000));
            parts.merge(of(0..cuts[0]));
            assert!(parts.told() == whole, "{cuts:?}");
        }
        assert_eq!(of(0..5).told().1, None, "of few texts, none is left out");
    }
}
