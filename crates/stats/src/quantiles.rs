//! Medians and other quantiles of integers, in bounded memory, merged in any order.

use std::borrow::Cow;
use std::cmp::Ordering;

use periplus_model::answer::Estimate;
use serde::{Deserialize, Serialize};

/// How many different values are kept exactly.
pub const EXACT_MAX: usize = 4096;

/// No quantile is further from the true one than this share of it, once there are too many different values to keep.
pub const ERROR_MAX: f64 = 1.0 / 256.0;

/// Values that can be asked for their quantiles.
///
/// Up to [`EXACT_MAX`] different values are kept as they are. With more, values are counted in buckets: a power of two is
/// cut into 128 equal parts, so that the middle of a bucket is within 1/256 (0.4 %) of every value in it, and values
/// under 256 keep their own (the layout of HdrHistogram; integers only, so that no machine rounds differently). Both forms,
/// and when the one turns into the other, depend on the set of values alone: however data was divided and merged,
/// the state and all results are the same. At most about 120 kB; no more than two words as long as there is one value,
/// since there may be millions of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles(Seen);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Seen {
    #[default]
    Nothing,
    One(i64),
    /// Two at least.
    Many(Box<Many>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Many {
    count: u64,
    min: i64,
    max: i64,
    kept: Kept,
    /// Values that came lately and are not among the kept yet: many at a time are added faster.
    late: Vec<i64>,
}

/// So many values wait, at least, until they are added.
const LATE_MAX: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kept {
    /// How often each value occurred, in the order of values.
    Values(Vec<(i64, u64)>),
    /// How many values each bucket holds, by the bucket of their size; the lists end with the last bucket in use.
    Buckets { negative: Vec<u64>, positive: Vec<u64> },
}

impl Default for Many {
    fn default() -> Many {
        Many { count: 0, min: i64::MAX, max: i64::MIN, kept: Kept::Values(Vec::new()), late: Vec::new() }
    }
}

impl Quantiles {
    /// Adds one value.
    pub fn add(&mut self, value: i64) {
        match &mut self.0 {
            Seen::Nothing => self.0 = Seen::One(value),
            Seen::One(first) => {
                let mut many = Many::default();
                many.add(*first);
                many.add(value);
                self.0 = Seen::Many(Box::new(many));
            }
            Seen::Many(many) => many.add(value),
        }
    }

    /// Adds a value so many times.
    pub fn add_many(&mut self, value: i64, times: u64) {
        match times {
            0 => {}
            1 => self.add(value),
            _ => self.many().add_many(value, times),
        }
    }

    /// Adds what another one has seen.
    pub fn merge(&mut self, other: &Quantiles) {
        match &other.0 {
            Seen::Nothing => {}
            Seen::One(value) => self.add(*value),
            Seen::Many(many) => self.many().merge(many),
        }
    }

    /// As many, of which there are about to be.
    fn many(&mut self) -> &mut Many {
        let one = match &self.0 {
            Seen::One(value) => Some(*value),
            Seen::Nothing | Seen::Many(_) => None,
        };
        if !matches!(self.0, Seen::Many(_)) {
            let mut many = Many::default();
            one.into_iter().for_each(|value| many.add(value));
            self.0 = Seen::Many(Box::new(many));
        }
        match &mut self.0 {
            Seen::Many(many) => many,
            Seen::Nothing | Seen::One(_) => unreachable!("they were just turned into many"),
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        match &self.0 {
            Seen::Nothing => 0,
            Seen::One(_) => 1,
            Seen::Many(many) => many.count,
        }
    }

    /// Whether quantiles are exact, not only within [`ERROR_MAX`].
    pub fn is_exact(&self) -> bool {
        match &self.0 {
            Seen::Nothing | Seen::One(_) => true,
            Seen::Many(many) => matches!(*many.settled(), Kept::Values(_)),
        }
    }

    /// The middle value, or the mean of the two middle ones; `None` when there are no values.
    pub fn median(&self) -> Option<f64> {
        self.quantile(0.5)
    }

    /// The median with a 95 % interval that assumes nothing about how the values are distributed: the values whose ranks are
    /// 1.96 standard deviations of a binomial (n, 1/2) away from the middle (Conover, *Practical Nonparametric Statistics*,
    /// 3.2). With fewer than four values, that is from the smallest to the largest.
    pub fn median_estimate(&self) -> Option<Estimate> {
        let away = 1.959_963_984_540_054 / 2.0 / (self.count() as f64).sqrt();
        Some(Estimate {
            value: self.median()?,
            low: self.quantile((0.5 - away).max(0.0))?,
            high: self.quantile((0.5 + away).min(1.0))?,
            n: self.count(),
        })
    }

    /// The value below which a share `q` of the values lies, interpolated between neighbours (type 7 of Hyndman and Fan, the
    /// default of R and NumPy). The smallest and the largest are always exact. `None` when there are no values, or `q` is
    /// not between 0 and 1.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        match &self.0 {
            Seen::Nothing => None,
            Seen::One(value) => Some(*value as f64),
            Seen::Many(many) => Some(many.quantile(q)),
        }
    }
}

impl Many {
    fn add(&mut self, value: i64) {
        self.see(value, 1);
        match &mut self.kept {
            Kept::Buckets { .. } => self.kept.count(value, 1),
            Kept::Values(values) => {
                self.late.push(value);
                if self.late.len() >= LATE_MAX.max(values.len()) {
                    self.settle();
                }
            }
        }
    }

    fn add_many(&mut self, value: i64, times: u64) {
        self.see(value, times);
        self.settle();
        self.kept.add(&[(value, times)]);
    }

    fn see(&mut self, value: i64, times: u64) {
        self.count = self.count.saturating_add(times);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds the late values to the kept ones.
    fn settle(&mut self) {
        if self.late.is_empty() {
            return;
        }
        self.late.sort_unstable();
        let late: Vec<(i64, u64)> = self.late.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect();
        self.late.clear();
        self.kept.add(&late);
    }

    /// The kept values, the late ones among them.
    fn settled(&self) -> Cow<'_, Kept> {
        if self.late.is_empty() {
            return Cow::Borrowed(&self.kept);
        }
        let mut settled = self.clone();
        settled.settle();
        Cow::Owned(settled.kept)
    }

    fn merge(&mut self, other: &Many) {
        self.count = self.count.saturating_add(other.count);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if let (Kept::Values(mine), Kept::Values(theirs)) = (&self.kept, &other.kept)
            && theirs.is_empty()
            && self.late.len() + other.late.len() < LATE_MAX.max(mine.len())
        {
            self.late.extend_from_slice(&other.late);
            return;
        }
        self.settle();
        match other.settled().as_ref() {
            Kept::Values(values) => self.kept.add(values),
            Kept::Buckets { negative, positive } => {
                let (own_negative, own_positive) = self.kept.in_buckets();
                add_up(own_negative, negative);
                add_up(own_positive, positive);
            }
        }
    }

    fn quantile(&self, q: f64) -> f64 {
        let place = (self.count - 1) as f64 * q;
        let below = place.floor();
        let rank = (below as u64).min(self.count - 1);
        let (lower, upper) = self.at(rank);
        lower + (upper - lower) * (place - below)
    }

    /// The values of a rank, counted from 0, and of the next (of the last when there is no next).
    fn at(&self, rank: u64) -> (f64, f64) {
        match self.settled().as_ref() {
            Kept::Values(values) => neighbours(values.iter().map(|(value, times)| (*value as f64, *times)), rank),
            Kept::Buckets { negative, positive } => {
                let down = negative.iter().enumerate().rev().map(|(bucket, times)| (-middle(bucket), *times));
                let up = positive.iter().enumerate().map(|(bucket, times)| (middle(bucket), *times));
                let (min, max) = (self.min as f64, self.max as f64);
                let inner = neighbours(down.chain(up), rank);
                let lower = if rank == 0 { min } else { inner.0.clamp(min, max) };
                let upper = if rank + 2 >= self.count { max } else { inner.1.clamp(min, max) };
                (if rank + 1 >= self.count { max } else { lower }, upper)
            }
        }
    }
}

/// Late values or not, what counts is what was seen.
impl PartialEq for Many {
    fn eq(&self, other: &Many) -> bool {
        (self.count, self.min, self.max) == (other.count, other.min, other.max) && self.settled() == other.settled()
    }
}

impl Eq for Many {}

impl Kept {
    /// Adds values, in their order, with how often they occurred.
    fn add(&mut self, more: &[(i64, u64)]) {
        match self {
            Kept::Values(values) => {
                *values = joined(values, more);
                if values.len() > EXACT_MAX {
                    self.in_buckets();
                }
            }
            Kept::Buckets { .. } => more.iter().for_each(|(value, times)| self.count(*value, *times)),
        }
    }

    /// Counts a value in its bucket.
    fn count(&mut self, value: i64, times: u64) {
        let Kept::Buckets { negative, positive } = self else { return };
        let side = if value < 0 { negative } else { positive };
        let bucket = bucket(value.unsigned_abs());
        if side.len() <= bucket {
            side.resize(bucket + 1, 0);
        }
        side[bucket] = side[bucket].saturating_add(times);
    }

    /// Turns values into buckets if they are not yet.
    fn in_buckets(&mut self) -> (&mut Vec<u64>, &mut Vec<u64>) {
        if let Kept::Values(values) = self {
            let values = std::mem::take(values);
            *self = Kept::Buckets { negative: Vec::new(), positive: Vec::new() };
            values.into_iter().for_each(|(value, times)| self.count(value, times));
        }
        match self {
            Kept::Buckets { negative, positive } => (negative, positive),
            Kept::Values(_) => unreachable!("they were just turned into buckets"),
        }
    }
}

/// Two lists of values, each in order, as one.
fn joined(a: &[(i64, u64)], b: &[(i64, u64)]) -> Vec<(i64, u64)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some((left, n)), Some((right, m))) = (a.peek(), b.peek()) {
        match left.cmp(right) {
            Ordering::Less => all.extend(a.next()),
            Ordering::Greater => all.extend(b.next()),
            Ordering::Equal => {
                all.push((*left, n.saturating_add(*m)));
                a.next();
                b.next();
            }
        }
    }
    all.extend(a);
    all.extend(b);
    all
}

fn add_up(own: &mut Vec<u64>, other: &[u64]) {
    if own.len() < other.len() {
        own.resize(other.len(), 0);
    }
    own.iter_mut().zip(other).for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
}

/// The bucket of a size: sizes below 256 have their own, larger ones share by their highest 8 bits.
pub(crate) fn bucket(size: u64) -> usize {
    let shift = (u64::BITS - size.leading_zeros()).saturating_sub(8);
    ((shift as usize) << 7) + (size >> shift) as usize
}

/// The middle of the sizes in a bucket.
fn middle(bucket: usize) -> f64 {
    let shift = (bucket >> 7).saturating_sub(1);
    let top = (bucket - (shift << 7)) as f64;
    let width = (shift as f64).exp2();
    top * width + (width - 1.0) / 2.0
}

/// The entries that hold a rank and the next, in a list of (value, times).
fn neighbours(entries: impl Iterator<Item = (f64, u64)>, rank: u64) -> (f64, f64) {
    let mut seen = 0u64;
    let mut found: Option<f64> = None;
    let mut last = 0.0;
    for (value, times) in entries.filter(|(_, times)| *times > 0) {
        if let Some(lower) = found {
            return (lower, value);
        }
        seen = seen.saturating_add(times);
        last = value;
        if rank + 1 < seen {
            return (value, value);
        }
        if rank < seen {
            found = Some(value);
        }
    }
    (found.unwrap_or(last), last)
}

/// The whole number at the middle of the sizes in a bucket, which lies in that bucket.
pub(crate) fn middle_whole(bucket: usize) -> u64 {
    let shift = (bucket >> 7).saturating_sub(1);
    let top = (bucket - (shift << 7)) as u64;
    (top << shift) + ((1 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = i64>) -> Quantiles {
        let mut quantiles = Quantiles::default();
        values.into_iter().for_each(|value| quantiles.add(value));
        quantiles
    }

    fn naive(sorted: &[i64], q: f64) -> (f64, f64, f64) {
        let place = (sorted.len() - 1) as f64 * q;
        let (lower, upper) = (sorted[place.floor() as usize] as f64, sorted[place.ceil() as usize] as f64);
        (lower + (upper - lower) * place.fract(), lower, upper)
    }

    #[test]
    fn the_interval_of_a_median_covers_it_and_shrinks() {
        let of = |n: i64| {
            let mut values = Quantiles::default();
            (0..n).for_each(|value| values.add(value));
            values.median_estimate()
        };
        assert_eq!(of(0), None);
        assert_eq!(of(3).map(|e| (e.low, e.value, e.high)), Some((0.0, 1.0, 2.0)));
        // For 100 values, ranks 40 and 61 (from 1) are the tabulated bounds.
        let hundred = of(100).unwrap();
        assert!((hundred.low - 39.5).abs() < 1.0 && (hundred.high - 59.5).abs() < 1.0, "{hundred:?}");
        let many = of(4_000).unwrap();
        assert!((many.high - many.low) / 4_000.0 < (hundred.high - hundred.low) / 100.0 / 5.0, "{many:?}");
    }

    #[test]
    fn few_values_are_exact() {
        assert_eq!(of([]).median(), None);
        assert_eq!(of([5]).median(), Some(5.0));
        assert_eq!(of([4, 1, 3, 2]).median(), Some(2.5));
        assert_eq!(of([3, 1, 2]).quantile(0.25), Some(1.5));
        assert_eq!(of([1, 2]).quantile(1.5), None);
        let mut many = of([1]);
        many.add_many(9, u64::MAX);
        assert_eq!((many.median(), many.count()), (Some(9.0), u64::MAX));
    }

    #[test]
    fn buckets_are_in_order_and_within_their_error() {
        let sizes = (0..64)
            .flat_map(|bits| [0, 1, 3].map(|more| (1u64 << bits).saturating_add(more << (bits.max(9) - 9))))
            .chain([0, i64::MAX as u64]);
        let mut last = 0;
        let mut sorted: Vec<u64> = sizes.filter(|size| *size <= 1 << 63).collect();
        sorted.sort_unstable();
        for size in sorted {
            assert!(bucket(size) >= last);
            last = bucket(size);
            assert!((middle(last) - size as f64).abs() <= ERROR_MAX * size as f64, "{size}");
            assert_eq!(bucket(middle_whole(last)), last);
            if size < 256 {
                assert_eq!(middle(last), size as f64);
            }
        }
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let all = of((0..200_000i64).map(|n| n.wrapping_mul(0x5851_F42D_4C95_7F2D)).chain([i64::MIN, i64::MAX]));
        let Seen::Many(many) = &all.0 else { panic!("these are many values") };
        match many.settled().as_ref() {
            Kept::Buckets { negative, positive } => assert!((negative.len() + positive.len()) * 8 < 120_000),
            Kept::Values(_) => panic!("too many values to keep"),
        }
        assert_eq!((all.quantile(0.0), all.quantile(1.0)), (Some(i64::MIN as f64), Some(i64::MAX as f64)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quantiles_are_those_of_the_sorted_list(
            values in prop::collection::vec((any::<i64>(), 0u32..64), 1..9000),
            cuts in prop::collection::vec(0usize..9000, 3),
            q in 0.0..=1.0f64,
        ) {
            let mut values: Vec<i64> = values.into_iter().map(|(value, shift)| value >> shift).collect();
            let whole = of(values.iter().copied());
            // Divided at three places and merged from the end.
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).chain([0, values.len()]).collect();
            cuts.sort_unstable();
            let mut merged = Quantiles::default();
            cuts.windows(2).rev().for_each(|part| merged.merge(&of(values[part[0]..part[1]].iter().copied())));
            prop_assert_eq!(&merged, &whole);

            values.sort_unstable();
            for q in [q, 0.0, 0.5, 1.0] {
                let (expected, lower, upper) = naive(&values, q);
                let error = if whole.is_exact() { 1e-9 } else { ERROR_MAX + 1e-9 };
                let found = whole.quantile(q).unwrap();
                prop_assert!((found - expected).abs() <= error * lower.abs().max(upper.abs()), "{} is not {}", found, expected);
            }
        }
    }
}
