//! What was to be expected of the next value of a series: is today's figure out of line, or is it noise?
//!
//! A value is a weekday's level plus a slope over time plus noise, and the noise has two parts: what the value's own standard error says, and
//! what differs from day to day beyond it (its variance is estimated by the method of Paule and Mandel, Journal of Research of the
//! National Bureau of Standards 87, 1982). The coefficients are weighted least squares; the next value is judged by Student's t with the
//! prediction's variance. Values that are far out of line themselves do not make the measure wider: up to a tenth are left out.

use crate::distribution::{student_quantile, student_two_sided};
use crate::matrix::{inverse, product};

/// A value with its standard error; an error of zero where it is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

/// What was to be expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The value to be expected.
    pub value: f64,
    /// From here
    pub low: f64,
    /// to here a value lies, save by a chance as small as was asked for.
    pub high: f64,
    /// By which chance a value would be as far away as the one that was seen, or farther.
    pub p: f64,
    /// From how many earlier values this was told.
    pub from: usize,
    /// How many of them were left out as out of line themselves.
    pub left_out: usize,
}

impl Expected {
    /// Whether the value that was seen lies outside.
    pub fn is_missed_by(&self, value: f64) -> bool {
        !(self.low..=self.high).contains(&value)
    }
}

/// Too few earlier values to expect anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {has} earlier values, and {needs} are needed")]
pub struct TooShort {
    /// How many there are.
    pub has: usize,
    /// How many are needed.
    pub needs: usize,
}

/// So many rounds of the same place in a season are needed.
const ROUNDS_MIN: usize = 4;
/// With so many, a slope is told, too.
const ROUNDS_SLOPE: usize = 6;
/// Values so many standard deviations out of line are left out.
const FAR: f64 = 4.5;
/// At most one in so many.
const LEFT_OUT_PART: usize = 10;
/// A chance smaller than this is none.
const CHANCE_MIN: f64 = 1e-9;
/// Steps of halving: the variance beyond is known to a billionth of the spread.
const HALVINGS: usize = 30;

/// Judges a value by those before it.
///
/// `before` are the earlier values, the last one directly before this one, `None` where there was none; `season` is after how many values
/// the same place comes again (7 for days, 1 where there is no season); a value outside of the interval comes by chance as
/// often as `chance` says. `at_least` is the smallest standard deviation that is believed (for counts, the root of a usual one).
///
/// # Errors
/// When there are fewer than four rounds of earlier values, or something is no number.
pub fn expected(before: &[Option<Measured>], season: usize, seen: Measured, chance: f64, at_least: f64) -> Result<Expected, TooShort> {
    let season = season.max(1);
    let sound = |measured: &Measured| measured.value.is_finite() && measured.error.is_finite() && measured.error >= 0.0;
    let mut rows: Vec<Row> = before
        .iter()
        .rev()
        .enumerate()
        .filter_map(|(at, measured)| {
            let measured = measured.filter(sound)?;
            // The value that is judged is at place 0, the one before it at the last place of the season.
            let place = (season - (at + 1) % season) % season;
            Some(Row { place, when: -((at + 1) as f64) / season as f64, measured })
        })
        .collect();
    let needs = ROUNDS_MIN * season;
    let of_place = rows.iter().filter(|row| row.place == 0).count();
    if rows.len() < needs || of_place < ROUNDS_MIN || !sound(&seen) {
        return Err(TooShort { has: if sound(&seen) { rows.len().min(of_place * season) } else { 0 }, needs });
    }
    // Days on which nothing was ever seen (a shop that is closed on Sundays) have no level.
    let mut places: Vec<usize> = rows.iter().map(|row| row.place).collect();
    places.sort_unstable();
    places.dedup();
    let slope = of_place >= ROUNDS_SLOPE;
    let columns = places.len() + usize::from(slope);
    let floor = at_least.max(0.0).powi(2);
    let from = rows.len();
    let mut fit = Fit::of(&rows, &places, slope, columns, floor).ok_or(TooShort { has: from, needs })?;
    let mut far: Vec<(f64, usize)> =
        rows.iter().enumerate().map(|(at, row)| (fit.distance(row, &places, slope), at)).filter(|(far, _)| *far > FAR).collect();
    far.sort_by(|one, other| other.0.total_cmp(&one.0));
    far.truncate(from / LEFT_OUT_PART);
    let left_out = far.len();
    if left_out > 0 {
        let far: Vec<usize> = far.into_iter().map(|(_, at)| at).collect();
        let kept: Vec<Row> = rows.iter().enumerate().filter(|(at, _)| !far.contains(at)).map(|(_, row)| *row).collect();
        if let Some(again) = Fit::of(&kept, &places, slope, columns, floor) {
            (fit, rows) = (again, kept);
        }
    }
    let x = design(&Row { place: 0, when: 0.0, measured: seen }, &places, slope);
    let value = dot(&x, &fit.coefficients);
    let variance = (seen.error.powi(2) + fit.beyond).max(floor) + product(&fit.covariance, &x, &x).max(0.0);
    let (deviation, freedom) = (variance.sqrt(), rows.len().saturating_sub(columns).max(1) as f64);
    let reach = student_quantile(chance.clamp(CHANCE_MIN, 0.5), freedom) * deviation;
    let away = (seen.value - value).abs();
    let scale = value.abs().max(seen.value.abs()).max(1e-300);
    let p = match deviation > scale * 1e-12 {
        true => student_two_sided(away / deviation, freedom),
        // A series that never varied.
        false => f64::from(u8::from(away <= scale * 1e-9)),
    };
    let reach = reach.max(scale * 1e-9);
    Ok(Expected { value, low: value - reach, high: value + reach, p, from, left_out })
}

#[derive(Clone, Copy)]
struct Row {
    place: usize,
    /// In seasons, before the value that is judged.
    when: f64,
    measured: Measured,
}

/// The row's line of the design matrix: the level of its place, and the slope.
fn design(row: &Row, places: &[usize], slope: bool) -> Vec<f64> {
    let mut x: Vec<f64> = places.iter().map(|place| f64::from(u8::from(*place == row.place))).collect();
    if slope {
        x.push(row.when);
    }
    x
}

struct Fit {
    coefficients: Vec<f64>,
    /// Of the coefficients.
    covariance: Vec<f64>,
    /// The variance beyond the values' own errors.
    beyond: f64,
    floor: f64,
}

impl Fit {
    fn of(rows: &[Row], places: &[usize], slope: bool, columns: usize, floor: f64) -> Option<Fit> {
        let freedom = rows.len().checked_sub(columns).filter(|freedom| *freedom > 0)? as f64;
        let x: Vec<Vec<f64>> = rows.iter().map(|row| design(row, places, slope)).collect();
        let with = |beyond: f64| {
            let weights: Vec<f64> = rows.iter().map(|row| 1.0 / (row.measured.error.powi(2) + beyond).max(floor).max(1e-300)).collect();
            weighted(&x, rows, &weights)
        };
        // The spread about the fit where nothing is known of errors; the variance beyond is never larger than this.
        let (coefficients, _) = weighted(&x, rows, &vec![1.0; rows.len()])?;
        let spread = rows.iter().zip(&x).map(|(row, x)| (row.measured.value - dot(x, &coefficients)).powi(2)).sum::<f64>() / freedom;
        let misfit = |beyond: f64| -> Option<f64> {
            let (coefficients, _) = with(beyond)?;
            let of = |(row, x): (&Row, &Vec<f64>)| {
                let variance = (row.measured.error.powi(2) + beyond).max(floor).max(1e-300);
                (row.measured.value - dot(x, &coefficients)).powi(2) / variance
            };
            Some(rows.iter().zip(&x).map(of).sum::<f64>() - freedom)
        };
        let mut beyond = 0.0;
        if spread > 0.0 && misfit(0.0)? > 0.0 {
            let (mut low, mut high) = (0.0, spread * 2.0);
            while misfit(high)? > 0.0 {
                high *= 2.0;
                if !high.is_finite() {
                    return None;
                }
            }
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low, high);
                if misfit(middle)? > 0.0 { low = middle } else { high = middle }
            }
            beyond = high;
        }
        let (coefficients, covariance) = with(beyond)?;
        Some(Fit { coefficients, covariance, beyond, floor })
    }

    /// How many standard deviations a value is out of line.
    fn distance(&self, row: &Row, places: &[usize], slope: bool) -> f64 {
        // Without the values' own influence on the variance beyond, one far value would hide itself: it is judged by its error and
        // the floor, and by a part of what is beyond.
        let variance = (row.measured.error.powi(2) + self.beyond).max(self.floor).max(1e-300);
        (row.measured.value - dot(&design(row, places, slope), &self.coefficients)).abs() / variance.sqrt()
    }
}

/// Weighted least squares: the coefficients and (XᵀWX)⁻¹, row by row; nothing when columns depend on each other.
fn weighted(x: &[Vec<f64>], rows: &[Row], weights: &[f64]) -> Option<(Vec<f64>, Vec<f64>)> {
    let columns = x.first()?.len();
    let mut square = vec![0.0; columns * columns];
    let mut side = vec![0.0; columns];
    for ((x, row), weight) in x.iter().zip(rows).zip(weights) {
        for one in 0..columns {
            side[one] += weight * x[one] * row.measured.value;
            for other in 0..columns {
                square[one * columns + other] += weight * x[one] * x[other];
            }
        }
    }
    let inverse = inverse(&square, columns)?;
    let coefficients: Vec<f64> = inverse.chunks(columns).map(|line| dot(line, &side)).collect();
    coefficients.iter().all(|c| c.is_finite()).then_some((coefficients, inverse))
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chance that is the same every time (SplitMix64), as a normal value: the sum of twelve equal ones.
    struct Dice(u64);

    impl Dice {
        fn equal(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
        fn normal(&mut self) -> f64 {
            (0..12).map(|_| self.equal()).sum::<f64>() - 6.0
        }
    }

    /// Fifty-six days and the next one: weekends are lower, it grows, each day has its error, and something of its own beyond it.
    fn days(dice: &mut Dice, error: f64, beyond: f64) -> (Vec<Option<Measured>>, Measured) {
        let day = |at: usize, dice: &mut Dice| {
            let level = if at % 7 >= 5 { 20.0 } else { 50.0 };
            Measured { value: level + 0.1 * at as f64 + error * dice.normal() + beyond * dice.normal(), error }
        };
        let before = (0..56).map(|at| Some(day(at, dice))).collect();
        (before, day(56, dice))
    }

    #[test]
    fn noise_is_out_of_line_no_more_often_than_was_asked_for() {
        for (error, beyond) in [(2.0, 0.0), (2.0, 3.0), (0.0, 2.0)] {
            let mut dice = Dice(7);
            let rounds = 1_000;
            let missed = (0..rounds).filter(|_| {
                let (before, seen) = days(&mut dice, error, beyond);
                expected(&before, 7, seen, 0.05, 0.0).unwrap().is_missed_by(seen.value)
            });
            let share = missed.count() as f64 / f64::from(rounds);
            // Where nothing is beyond the errors, what is taken to be beyond is never below nothing: a little more is expected.
            assert!((0.015..0.07).contains(&share), "of errors {error} and {beyond} beyond, {share} were out of line, not 0.05");
        }
    }

    #[test]
    fn without_its_weekday_a_weekend_would_be_out_of_line() {
        let mut dice = Dice(3);
        let (mut before, _) = days(&mut dice, 1.0, 0.5);
        // The last of the 56 is a Sunday: it is judged by the Sundays before it.
        let sunday = before.pop().flatten().unwrap();
        let by_weekday = expected(&before, 7, sunday, 0.001, 0.0).unwrap();
        assert!(!by_weekday.is_missed_by(sunday.value), "{by_weekday:?} {sunday:?}");
        let control = expected(&before, 7, Measured { value: sunday.value + 25.0, error: 1.0 }, 0.001, 0.0).unwrap();
        assert!(control.is_missed_by(sunday.value + 25.0), "a Sunday like a Monday is: {control:?}");
        let blind = expected(&before, 1, sunday, 0.001, 0.0).unwrap();
        assert!(
            blind.high - blind.low > 3.0 * (by_weekday.high - by_weekday.low),
            "who does not know weekdays expects anything: {blind:?}"
        );
    }

    #[test]
    fn a_shift_is_noticed_and_an_old_accident_does_not_hide_it() {
        let mut noticed = 0;
        for seed in 0..200 {
            let mut dice = Dice(seed);
            let (mut before, mut seen) = days(&mut dice, 1.0, 0.5);
            before[30] = before[30].map(|day| Measured { value: day.value + 60.0, ..day });
            before[41] = None;
            seen.value -= 10.0;
            let told = expected(&before, 7, seen, 0.001, 0.0).unwrap();
            assert_eq!(told.from, 55);
            noticed += usize::from(told.is_missed_by(seen.value) && told.left_out >= 1);
        }
        assert!(noticed >= 190, "{noticed} of 200 shifts were noticed");
    }

    #[test]
    fn the_slope_is_followed() {
        let before: Vec<_> = (0..56).map(|at| Some(Measured { value: f64::from(at), error: 0.5 })).collect();
        let told = expected(&before, 7, Measured { value: 56.0, error: 0.5 }, 0.01, 0.0).unwrap();
        assert!((told.value - 56.0).abs() < 1e-6, "{told:?}");
        assert!(told.p > 0.99);
    }

    #[test]
    fn too_little_and_what_is_no_number_is_said() {
        let flat = |n: usize| vec![Some(Measured { value: 5.0, error: 0.0 }); n];
        let five = Measured { value: 5.0, error: 0.0 };
        assert_eq!(expected(&flat(27), 7, five, 0.01, 0.0), Err(TooShort { has: 21, needs: 28 }));
        assert!(expected(&flat(28), 7, Measured { value: f64::NAN, error: 0.0 }, 0.01, 0.0).is_err());
        assert!(expected(&[None; 80], 7, five, 0.01, 0.0).is_err());
        let never = expected(&flat(28), 7, five, 0.01, 0.0).unwrap();
        assert!(!never.is_missed_by(5.0) && never.p == 1.0);
        assert!(never.is_missed_by(6.0), "a series that never varied");
        let counts = expected(&flat(28), 7, Measured { value: 6.0, error: 0.0 }, 0.01, 5f64.sqrt()).unwrap();
        assert!(!counts.is_missed_by(6.0), "a count of 5 is 6 now and then: {counts:?}");
        assert!(
            expected(&flat(28), 0, Measured { value: 9.0, error: 1e308 }, 0.0, 0.0)
                .is_ok_and(|told| told.low.is_finite() || told.low < 0.0)
        );
    }
}
