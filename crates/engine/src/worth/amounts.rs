//! Money, added up in millionths: whole numbers give the same sum in whatever order they come.

use crate::kind::Asked;
use crate::lens::Number;

/// So many to a unit of currency.
pub(crate) const UNIT: f64 = 1e6;
/// What one event may bring, either way; beyond that it is a mistake, and would overflow sums.
const AMOUNT_MAX: f64 = 1e15;

/// Asks the lens for amounts: those of a property, or the events' own.
pub(crate) fn wanted(property: Option<&String>, asked: &mut Asked<'_>) -> usize {
    asked.lens.number(property.cloned().map_or(Number::Amount, Number::Property))
}

/// An amount in millionths; what is no number is nothing.
pub(crate) fn millionths(amount: f64) -> i64 {
    if amount.is_finite() { (amount * UNIT).round().clamp(-AMOUNT_MAX, AMOUNT_MAX) as i64 } else { 0 }
}

/// Millionths as currency units.
pub(crate) fn units(millionths: i128) -> f64 {
    millionths as f64 / UNIT
}

/// An amount as a person reads it: with cents where they matter.
pub(crate) fn said(amount: f64) -> String {
    let whole = amount.abs() >= 1_000.0;
    let text = if whole { format!("{:.0}", amount.abs()) } else { format!("{:.2}", amount.abs()) };
    let (digits, cents) = text.split_once('.').map_or((text.as_str(), None), |(digits, cents)| (digits, Some(cents)));
    let digits = digits.parse().map_or_else(|_| digits.to_owned(), crate::analyses::count);
    let sign = if amount < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) { "-" } else { "" };
    cents.map_or_else(|| format!("{sign}{digits}"), |cents| format!("{sign}{digits}.{cents}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_whole_and_read_as_people_write_them() {
        assert_eq!((millionths(1.25), millionths(-0.000_000_4), millionths(f64::NAN)), (1_250_000, 0, 0));
        assert_eq!(millionths(1e300), -millionths(-1e300));
        let read: Vec<String> = [0.0, -0.001, 9.5, -12.25, 1_234.5, -1e6].into_iter().map(said).collect();
        assert_eq!(read, ["0.00", "0.00", "9.50", "-12.25", "1,234", "-1,000,000"]);
    }
}
