//! What customers add to a key figure, and what all of it says.

use std::collections::BTreeMap;

use periplus_model::answer::Estimate;
use periplus_model::measured::KpiFormat;
use periplus_stats::{Moments, Pairs, Survival, nps, wilson};
use serde::{Deserialize, Serialize};

use crate::scan::Run;

/// Values are added up in millionths.
pub(crate) const UNIT: f64 = 1e6;

/// What a customer adds to a key figure at one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Seen {
    /// One of those that the figure is a share of, and whether it is what the figure counts.
    Share(bool),
    /// An answer to whether one would recommend something: 1 for a promoter, −1 for a detractor.
    Face(i8),
    /// A value in millionths, and whether it speaks for or against (1, 0, −1).
    Value(i64, i8),
    /// How long it took; or how long it has not happened.
    Wait(i64, bool),
    /// So many of so many.
    Of(u32, u32),
    /// Too young to tell.
    Immature,
    /// There is no value, for this reason.
    Without(&'static str),
}

impl Seen {
    /// 1 for what the figure counts, −1 for the opposite; nothing where nothing is judged.
    fn leaning(self) -> Option<i8> {
        match self {
            Seen::Share(yes) | Seen::Wait(_, yes) => Some(if yes { 1 } else { -1 }),
            Seen::Face(leaning) | Seen::Value(_, leaning) => Some(leaning),
            Seen::Of(part, _) => Some(if part > 0 { 1 } else { -1 }),
            Seen::Immature | Seen::Without(_) => None,
        }
    }
}

/// Something seen, and where and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    /// The event.
    pub(crate) row: usize,
    /// The time that it counts for.
    pub(crate) at: i64,
    /// The stage that it speaks of, if it says so.
    pub(crate) stage: Option<usize>,
    /// Whether it is an answer, which speaks of what was before it.
    pub(crate) is_answer: bool,
    pub(crate) seen: Seen,
}

impl Sighting {
    /// Something that happened at an event of a customer.
    pub(crate) fn at(run: &Run<'_>, row: usize, seen: Seen) -> Sighting {
        Sighting { row, at: run.times[row], stage: None, is_answer: false, seen }
    }
}

/// How a customer's sightings become one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Each counts.
    Each,
    /// The first one counts; at each place, the first there.
    First,
    /// A customer counts once wherever something was seen, and with what speaks for it if anything does.
    Any,
    /// A customer counts once, with the sum.
    Sum,
}

/// A key figure that can be counted.
pub(crate) trait See: Send + Sync {
    /// Looks at one customer. With `plain`, nobody asks where or when.
    fn see(&self, run: &Run<'_>, plain: bool, into: &mut Vec<Sighting>);
    /// The bits of events in which customers answer, and which are no touchpoints that they speak of.
    fn answers(&self) -> u64 {
        0
    }
}

/// A key figure, understood.
pub(crate) struct Planned {
    pub(crate) kpi: &'static str,
    pub(crate) name: String,
    pub(crate) counts: Counts,
    /// What is told of it: a time has a median and more.
    pub(crate) shown: Vec<Shown>,
    /// What those are called whom it counts, and the others.
    pub(crate) means: [&'static str; 2],
    pub(crate) smaller_is_better: bool,
    /// What the map aims at, stage by stage.
    pub(crate) aims: Vec<Aim>,
    /// Whether what is seen at the stages adds up to something.
    pub(crate) has_whole: bool,
    /// Whether a place at which nobody is what it counts says nothing.
    pub(crate) skips_idle: bool,
    pub(crate) see: Box<dyn See>,
    /// Of answers, how many of those that were asked for came.
    pub(crate) response: Option<Box<dyn See>>,
}

/// What a map declares of a key figure at a stage.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    pub(crate) stage: usize,
    pub(crate) target: Option<f64>,
    pub(crate) smaller_is_better: bool,
    pub(crate) owner: Option<String>,
}

/// One number of a key figure.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// Behind the name.
    pub(crate) suffix: &'static str,
    pub(crate) variant: String,
    pub(crate) format: KpiFormat,
    /// The ends of the scale.
    pub(crate) ends: [f64; 2],
    /// Of waiting times, when this share has arrived.
    pub(crate) arrived: f64,
}

impl Shown {
    pub(crate) fn new(variant: impl Into<String>, format: KpiFormat) -> Shown {
        Shown { suffix: "", variant: variant.into(), format, ends: [f64::NEG_INFINITY, f64::INFINITY], arrived: 0.5 }
    }
}

/// What was counted of one key figure at one place and time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) customers: u64,
    pub(crate) yes: u64,
    pub(crate) no: u64,
    pub(crate) immature: u64,
    pub(crate) without: BTreeMap<String, u64>,
    total: Total,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Total {
    #[default]
    Nothing,
    Share(u64, u64),
    /// Detractors, passives, promoters.
    Faces([u64; 3]),
    Mean(Moments),
    Waits(Survival),
    Pairs(Pairs),
}

impl Cell {
    /// Adds what was seen of one customer here.
    pub(crate) fn add(&mut self, counts: Counts, seen: &[Seen]) {
        let leanings = || seen.iter().filter_map(|seen| seen.leaning());
        let is_yes = leanings().any(|leaning| leaning > 0);
        let is_no = leanings().any(|leaning| leaning < 0) && !(is_yes && counts == Counts::Any);
        let is_judged = leanings().next().is_some();
        self.customers += u64::from(is_judged);
        self.yes += u64::from(is_yes);
        self.no += u64::from(is_no);
        match counts {
            Counts::Each | Counts::First => seen.iter().for_each(|seen| self.take(*seen)),
            Counts::Any if is_judged => self.take(Seen::Share(is_yes)),
            Counts::Any => self.immature += 1,
            Counts::Sum => self.take_sum(seen),
        }
    }

    fn take_sum(&mut self, seen: &[Seen]) {
        let (mut sum, mut pairs) = (None::<i64>, None::<(u32, u32)>);
        for seen in seen {
            match *seen {
                Seen::Value(value, _) => sum = Some(sum.unwrap_or(0).saturating_add(value)),
                Seen::Of(part, of) => {
                    let (a, b) = pairs.unwrap_or_default();
                    pairs = Some((a.saturating_add(part), b.saturating_add(of)));
                }
                other => self.take(other),
            }
        }
        sum.into_iter().for_each(|sum| self.take(Seen::Value(sum, 0)));
        pairs.into_iter().for_each(|(part, of)| self.take(Seen::Of(part, of)));
    }

    fn take(&mut self, seen: Seen) {
        let one = match seen {
            Seen::Share(yes) => Total::Share(u64::from(yes), 1),
            Seen::Face(leaning) => Total::Faces([leaning < 0, leaning == 0, leaning > 0].map(u64::from)),
            Seen::Value(value, _) => {
                let mut moments = Moments::default();
                moments.add(value);
                Total::Mean(moments)
            }
            Seen::Wait(time, happened) => match &mut self.total {
                // A curve of one is not merged: it is too large.
                Total::Waits(waits) => return waits.add(time, u64::from(happened), u64::from(!happened)),
                _ => {
                    let mut waits = Survival::default();
                    waits.add(time, u64::from(happened), u64::from(!happened));
                    Total::Waits(waits)
                }
            },
            Seen::Of(part, of) => {
                let mut pairs = Pairs::default();
                let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
                pairs.add(whole(of), whole(part));
                Total::Pairs(pairs)
            }
            Seen::Immature => {
                self.immature += 1;
                return;
            }
            Seen::Without(why) => {
                *self.without.entry(why.to_owned()).or_default() += 1;
                return;
            }
        };
        self.total.merge(one);
    }

    pub(crate) fn merge(&mut self, other: Cell) {
        self.customers += other.customers;
        self.yes += other.yes;
        self.no += other.no;
        self.immature += other.immature;
        for (why, n) in other.without {
            *self.without.entry(why).or_default() += n;
        }
        self.total.merge(other.total);
    }

    /// How many observations.
    pub(crate) fn n(&self) -> u64 {
        match &self.total {
            Total::Nothing => 0,
            Total::Share(_, n) => *n,
            Total::Faces(faces) => faces.iter().sum(),
            Total::Mean(moments) => moments.count(),
            Total::Waits(waits) => waits.count(),
            Total::Pairs(pairs) => u64::try_from(pairs.sum_x()).unwrap_or(0),
        }
    }

    /// The figure.
    pub(crate) fn value(&self, shown: &Shown) -> Option<Estimate> {
        let estimate = match &self.total {
            Total::Nothing => None,
            Total::Share(part, n) => wilson(*part, *n),
            Total::Faces([detractors, passives, promoters]) => nps(*promoters, *passives, *detractors),
            Total::Mean(moments) => moments.estimate().map(|mean| scaled(mean, UNIT)),
            Total::Waits(waits) => waits.quantile(shown.arrived).map(|arrival| {
                // Where the upper end is open, it is known up to the longest time that anybody was watched.
                let watched = waits.curve().last().map_or(arrival.time, |step| step.time);
                let [value, low, high] = [arrival.time, arrival.low, arrival.high.unwrap_or(watched)].map(|time| time as f64 / 1e6);
                Estimate { value, low, high, n: waits.count() }
            }),
            Total::Pairs(pairs) => pairs.ratio(),
        };
        let [least, most] = shown.ends;
        estimate.map(|estimate| Estimate { low: estimate.low.max(least), high: estimate.high.min(most), ..estimate })
    }

    /// What kind of interval the figure has.
    pub(crate) fn interval(&self) -> &'static str {
        match self.total {
            Total::Nothing => "",
            Total::Share(..) => "Wilson",
            Total::Faces(_) => "normal, from the standard error of the score",
            Total::Mean(_) => "Student's t",
            Total::Waits(_) => "from the band of the survival curve (Brookmeyer and Crowley)",
            Total::Pairs(_) => "ratio of sums, each customer as a whole",
        }
    }

    /// The share, if it is one, as a part and the whole.
    pub(crate) fn share(&self) -> Option<(u64, u64)> {
        if let Total::Share(part, n) = self.total { Some((part, n)) } else { None }
    }

    /// What it is the mean of, if it is one, and how many of these are one.
    pub(crate) fn moments(&self) -> Option<(Moments, f64)> {
        match self.total {
            Total::Mean(moments) => Some((moments, UNIT)),
            // Promoters count 1, detractors −1, and the score is in per cent.
            Total::Faces(faces) => {
                let mut moments = Moments::default();
                faces.iter().zip([-1, 0, 1]).for_each(|(times, face)| moments.add_many(face, *times));
                Some((moments, 0.01))
            }
            _ => None,
        }
    }
}

fn scaled(estimate: Estimate, unit: f64) -> Estimate {
    Estimate { value: estimate.value / unit, low: estimate.low / unit, high: estimate.high / unit, ..estimate }
}

impl Total {
    fn merge(&mut self, other: Total) {
        match (self, other) {
            (_, Total::Nothing) => {}
            (mine @ Total::Nothing, theirs) => *mine = theirs,
            (Total::Share(part, n), Total::Share(more, of)) => {
                *part += more;
                *n += of;
            }
            (Total::Faces(mine), Total::Faces(theirs)) => mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs),
            (Total::Mean(mine), Total::Mean(theirs)) => mine.merge(&theirs),
            (Total::Waits(mine), Total::Waits(theirs)) => mine.merge(&theirs),
            (Total::Pairs(mine), Total::Pairs(theirs)) => mine.merge(&theirs),
            // A key figure always sees the same kind of thing.
            (_, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(counts: Counts, customers: &[&[Seen]]) -> Cell {
        let mut all = Cell::default();
        for seen in customers {
            let mut alone = Cell::default();
            alone.add(counts, seen);
            all.merge(alone);
        }
        all
    }

    fn value(cell: &Cell) -> Option<Estimate> {
        cell.value(&Shown::new("", KpiFormat::Number))
    }

    #[test]
    fn fifty_promoters_and_twenty_detractors_of_a_hundred_are_thirty() {
        let faces: Vec<Seen> = [(50, 1), (30, 0), (20, -1)].iter().flat_map(|(n, face)| vec![Seen::Face(*face); *n]).collect();
        let customers: Vec<&[Seen]> = faces.chunks(1).collect();
        let all = cell(Counts::Each, &customers);
        let score = value(&all).unwrap();
        assert_eq!((score.value, score.n, all.yes, all.no), (30.0, 100, 50, 20));
        assert!((score.high - 45.3).abs() < 0.05 && (score.low - 14.7).abs() < 0.05, "{score:?}");
    }

    /// 15 of 20: 53.1 % to 88.8 % (Wilson).
    #[test]
    fn shares_count_customers_or_events() {
        let one = [Seen::Share(true), Seen::Share(false), Seen::Immature];
        let (each, any) = (cell(Counts::Each, &[&one[..]; 3]), cell(Counts::Any, &[&one[..]; 3]));
        assert_eq!((each.share(), each.immature, each.customers, each.yes, each.no), (Some((3, 6)), 3, 3, 3, 3));
        assert_eq!((any.share(), any.immature, any.customers, any.yes, any.no), (Some((3, 3)), 0, 3, 3, 0));
        assert_eq!(cell(Counts::Any, &[&[Seen::Immature]]), Cell { immature: 1, ..Cell::default() });
        let fifteen: Vec<Seen> = (0..20).map(|n| Seen::Share(n < 15)).collect();
        let share = value(&cell(Counts::Each, &[&fifteen])).unwrap();
        assert!((share.low - 0.5313).abs() < 1e-4 && (share.high - 0.8881).abs() < 1e-4, "{share:?}");
    }

    #[test]
    fn sums_count_each_customer_once() {
        let all = cell(Counts::Sum, &[&[Seen::Value(2_000_000, 0), Seen::Value(3_000_000, 1)], &[Seen::Value(1_000_000, 1)]]);
        assert_eq!(value(&all).map(|mean| (mean.value, mean.n)), Some((3.0, 2)));
        let clicks = cell(Counts::Sum, &[&[Seen::Of(2, 1), Seen::Of(0, 1)], &[Seen::Of(0, 2)]]);
        assert_eq!((value(&clicks).map(|ratio| (ratio.value, ratio.n)), clicks.yes, clicks.no), (Some((0.5, 4)), 1, 2));
    }

    #[test]
    fn times_count_those_who_have_not_arrived() {
        let day = 86_400_000_000;
        let waits = [Seen::Wait(day, true), Seen::Wait(2 * day, true), Seen::Wait(3 * day, true), Seen::Wait(3 * day, false)];
        let customers: Vec<&[Seen]> = waits.chunks(1).collect();
        let all = cell(Counts::First, &customers);
        assert_eq!(value(&all).map(|time| (time.value, time.n)), Some((2.0 * 86_400.0, 4)));
        assert_eq!(all.value(&Shown { arrived: 0.9, ..Shown::new("", KpiFormat::Seconds) }), None, "three of four are not nine of ten");
    }

    #[test]
    fn texts_without_a_score_are_counted_by_reason() {
        let all = cell(Counts::Each, &[&[Seen::Value(500_000, 1), Seen::Without("German")], &[Seen::Without("German")]]);
        assert_eq!((all.n(), all.customers, all.without["German"]), (1, 1, 2));
    }
}
