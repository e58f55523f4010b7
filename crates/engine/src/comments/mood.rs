//! How many texts feel how.

use periplus_model::answer::Estimate;
use periplus_model::comments::{Agreement, Mood, Tone};
use periplus_stats::{Moments, Pairs, wilson};
use periplus_voice::Label;
use serde::{Deserialize, Serialize};

use super::sample::Heard;

/// Scores are added up in ten-thousandths: the model gives no more digits.
pub(crate) const UNIT: f64 = 1e4;

/// A label of the model.
pub(crate) fn tone(label: Label) -> Tone {
    match label {
        Label::Negative => Tone::Negative,
        Label::Neutral => Tone::Neutral,
        Label::Positive => Tone::Positive,
    }
}

/// What a mark says about how somebody feels: of eleven marks as the NPS divides them, else by the middle of the scale.
pub(crate) fn tone_of_mark(place: f64, scale: [f64; 2]) -> Tone {
    let (worse, better) = if (scale[1] - scale[0]).abs() > 9.5 { (0.65, 0.85) } else { (0.45, 0.55) };
    match place {
        place if place < worse => Tone::Negative,
        place if place > better => Tone::Positive,
        _ => Tone::Neutral,
    }
}

/// What is counted of some texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Feelings {
    comments: u64,
    pub(crate) customers: u64,
    labels: [u64; 3],
    pub(crate) customers_by_label: [u64; 3],
    pub(crate) scores: Moments,
}

impl Feelings {
    /// Adds all texts of one customer.
    pub(crate) fn add<'h>(&mut self, texts: impl IntoIterator<Item = &'h Heard>) {
        let (mut is_there, mut has) = (false, [false; 3]);
        for heard in texts {
            is_there = true;
            self.comments += 1;
            if let Some(label) = heard.label {
                self.labels[label as usize] += 1;
                has[label as usize] = true;
            }
            heard.score.into_iter().for_each(|score| self.scores.add(score.into()));
        }
        self.customers += u64::from(is_there);
        self.customers_by_label.iter_mut().zip(has).for_each(|(customers, has)| *customers += u64::from(has));
    }

    pub(crate) fn merge(&mut self, other: &Feelings) {
        self.comments += other.comments;
        self.customers += other.customers;
        self.labels.iter_mut().zip(other.labels).for_each(|(mine, theirs)| *mine += theirs);
        self.customers_by_label.iter_mut().zip(other.customers_by_label).for_each(|(mine, theirs)| *mine += theirs);
        self.scores.merge(&other.scores);
    }

    /// How many have a label, and how many of them are negative.
    pub(crate) fn negative(&self) -> (u64, u64) {
        (self.labels[0], self.labels.iter().sum())
    }

    /// The customers who wrote something, or something that is meant like this.
    pub(crate) fn who(&self, label: Option<Tone>) -> u64 {
        label.map_or(self.customers, |label| self.customers_by_label[label as usize])
    }

    /// What it says; means and shares only of enough texts.
    pub(crate) fn told(&self, at_least: u64) -> Mood {
        let (negative, labelled) = self.negative();
        let mean = self.scores.estimate().filter(|mean| mean.n >= at_least).map(|mean| {
            let [value, low, high] = [mean.value, mean.low, mean.high].map(|score| (score / UNIT).clamp(-1.0, 1.0));
            Estimate { value, low, high, n: mean.n }
        });
        Mood {
            comments: self.comments,
            customers: self.customers,
            scored: self.scores.count(),
            labels: self.labels,
            customers_by_label: self.customers_by_label,
            mean,
            negative: wilson(negative, labelled).filter(|share| share.n >= at_least),
        }
    }
}

/// How the model's reading agrees with what else is known of the same texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compared {
    pairs: Pairs,
    confusion: [[u64; 3]; 3],
}

impl Compared {
    /// Adds a text: its label, and that of the model; and mark and score, if there is a mark.
    pub(crate) fn add(&mut self, other: Tone, model: Tone, marks: Option<(i32, i32)>) {
        self.confusion[other as usize][model as usize] += 1;
        marks.into_iter().for_each(|(mark, score)| self.pairs.add(mark, score));
    }

    pub(crate) fn merge(&mut self, other: &Compared) {
        self.pairs.merge(&other.pairs);
        for (mine, theirs) in self.confusion.iter_mut().flatten().zip(other.confusion.iter().flatten()) {
            *mine += theirs;
        }
    }

    /// What it says; nothing when there is nothing to compare.
    pub(crate) fn told(&self) -> Option<Agreement> {
        let n = self.confusion.iter().flatten().sum();
        let same = (0..3).map(|label| self.confusion[label][label]).sum();
        (n > 0).then(|| Agreement { n, same: wilson(same, n), correlation: self.pairs.correlation(), confusion: self.confusion })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(score: Option<i32>, label: Option<Tone>) -> Heard {
        Heard { order: 0, who: 0, time: 0, score, label, is_corrected: false, mark: None, text: String::new() }
    }

    #[test]
    fn feelings_are_counted_by_text_and_by_customer() {
        let mut all = Feelings::default();
        all.add(&[heard(Some(-5_000), Some(Tone::Negative)), heard(Some(5_000), Some(Tone::Positive)), heard(None, None)]);
        all.add(&[heard(Some(-6_000), Some(Tone::Negative)), heard(None, Some(Tone::Negative))]);
        all.add(&[]);
        let told = all.told(1);
        assert_eq!((told.comments, told.customers, told.scored), (5, 2, 3));
        assert_eq!((told.labels, told.customers_by_label), ([3, 0, 1], [2, 0, 1]));
        assert_eq!(told.mean.map(|mean| (mean.value, mean.n)), Some((-0.2, 3)));
        assert_eq!(told.negative.map(|share| (share.value, share.n)), Some((0.75, 4)), "labels of people count where the model has none");
        assert_eq!(all.told(5).mean, None);
    }

    #[test]
    fn marks_say_how_somebody_feels() {
        let tones = |scale: [f64; 2], marks: std::ops::RangeInclusive<i32>| {
            marks.map(|mark| tone_of_mark((f64::from(mark) - scale[0]) / (scale[1] - scale[0]), scale) as usize).collect::<Vec<_>>()
        };
        assert_eq!(tones([1.0, 5.0], 1..=5), [0, 0, 1, 2, 2]);
        assert_eq!(tones([0.0, 10.0], 0..=10), [0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(tones([1.0, 7.0], 1..=7), [0, 0, 0, 1, 2, 2, 2]);
    }

    #[test]
    fn agreement_is_what_lies_on_the_diagonal() {
        let mut compared = Compared::default();
        assert_eq!(compared.told(), None);
        for (other, model, marks) in [
            (Tone::Negative, Tone::Negative, (-10_000, -9_000)),
            (Tone::Negative, Tone::Neutral, (-5_000, 0)),
            (Tone::Positive, Tone::Positive, (10_000, 8_000)),
            (Tone::Positive, Tone::Positive, (5_000, 9_000)),
        ] {
            compared.add(other, model, Some(marks));
        }
        let told = compared.told().unwrap();
        assert_eq!((told.n, told.same.unwrap().value), (4, 0.75));
        assert_eq!(told.confusion, [[1, 1, 0], [0, 0, 0], [0, 0, 2]]);
        assert!(told.correlation.is_some_and(|r| r.value > 0.9));
    }
}
