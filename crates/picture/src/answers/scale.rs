//! The scales of charts: round steps, and where a number lies between the ends.

use crate::numbers::{Kind, grouped};

/// Numbers larger than this are not drawn: their differences could no longer be counted.
const LARGEST: f64 = 1e300;

/// Spans at which a person would set a mark, in seconds; longer ones are round numbers of days.
const SPANS: [f64; 18] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0];

/// A scale from a round number to a round number.
pub(super) struct Scale {
    kind: Kind,
    step: f64,
    /// The marks, from the lowest to the highest, which are the ends.
    pub ticks: Vec<f64>,
}

/// A value that can be drawn.
pub(super) fn drawable(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && value.abs() <= LARGEST)
}

impl Scale {
    /// A scale on which zero and all values lie, with about so many steps.
    pub fn around(kind: Kind, values: impl Iterator<Item = f64>, steps: usize) -> Scale {
        let (low, high) = values.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let step = step(kind, (high - low) / steps.max(1) as f64);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let last = if first == last { first + 1 } else { last };
        Scale { kind, step, ticks: (first..=last).map(|at| at as f64 * step).collect() }
    }

    /// Where a value lies: 0 at the lowest mark, 1 at the highest.
    pub fn place(&self, value: f64) -> f32 {
        let (low, high) = (self.ticks.first().copied().unwrap_or(0.0), self.ticks.last().copied().unwrap_or(1.0));
        ((value - low) / (high - low)) as f32
    }

    /// How a mark is written: all marks of a scale with the same number of decimals.
    pub fn write(&self, tick: f64) -> String {
        let decimals = |step: f64| (-step.log10()).ceil().clamp(0.0, 6.0) as usize;
        match self.kind {
            Kind::Seconds => Kind::Seconds.write(tick).replace(".0 ", " "),
            _ if tick == 0.0 && self.step >= 1e5 => "0".to_owned(),
            Kind::Share if self.step < 1e6 => format!("{} %", grouped(tick * 100.0, decimals(self.step * 100.0))),
            _ if self.step >= 1e14 => format!("{tick:.0e}"),
            _ if self.step >= 1e8 => format!("{} bn", grouped(tick / 1e9, decimals(self.step / 1e9))),
            _ if self.step >= 1e5 => format!("{} M", grouped(tick / 1e6, decimals(self.step / 1e6))),
            _ => grouped(tick, decimals(self.step)),
        }
    }
}

/// The smallest round step that is not smaller than this.
fn step(kind: Kind, least: f64) -> f64 {
    if least.is_nan() || least <= 0.0 {
        return match kind {
            Kind::Share => 0.25,
            Kind::Seconds => 60.0,
            _ => 1.0,
        };
    }
    if kind == Kind::Seconds && least > 0.5 {
        if let Some(span) = SPANS.into_iter().find(|span| *span >= least) {
            return span;
        }
        return 86_400.0 * round(least / 86_400.0);
    }
    match kind {
        Kind::Count => round(least).max(1.0),
        // Shorter spans than a tenth of a second are all written as none.
        Kind::Seconds => round(least).max(0.1),
        _ => round(least),
    }
}

fn round(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least * 0.999_999).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(kind: Kind, values: &[f64]) -> String {
        let scale = Scale::around(kind, values.iter().copied(), 4);
        scale.ticks.iter().map(|tick| scale.write(*tick)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn marks_are_round_and_alike() {
        for (kind, values, text) in [
            (Kind::Count, &[1_234.0][..], "0 500 1,000 1,500"),
            (Kind::Count, &[1.0], "0 1"),
            (Kind::Count, &[], "0 1"),
            (Kind::Count, &[-40.0, 90.0], "−50 0 50 100"),
            (Kind::Share, &[0.97], "0 % 50 % 100 %"),
            (Kind::Share, &[0.004], "0.0 % 0.1 % 0.2 % 0.3 % 0.4 %"),
            (Kind::Number, &[3.7], "0 1 2 3 4"),
            (Kind::Number, &[0.37], "0.0 0.1 0.2 0.3 0.4"),
            (Kind::Seconds, &[9_000.0], "0 s 1 h 2 h 3 h"),
            (Kind::Seconds, &[20.0 * 86_400.0], "0 s 5 d 10 d 15 d 20 d"),
            (Kind::Money, &[3_400_000.0], "0 1 M 2 M 3 M 4 M"),
            (Kind::Money, &[2.1e9], "0 1 bn 2 bn 3 bn"),
        ] {
            assert_eq!(marks(kind, values), text, "{values:?}");
        }
    }

    #[test]
    fn any_number_has_a_scale() {
        for kind in [Kind::Count, Kind::Number, Kind::Share, Kind::Seconds, Kind::Money] {
            for value in [1e-300, 1e300, -1e300, 5e-324, 0.0, 1e15] {
                let scale = Scale::around(kind, [value, 0.5 * value].into_iter(), 4);
                assert!((2..9).contains(&scale.ticks.len()), "{kind:?} {value}: {:?}", scale.ticks);
                assert!((-0.01..=1.01).contains(&scale.place(value)), "{kind:?} {value}");
            }
        }
    }
}
