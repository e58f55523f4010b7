//! Amounts of money, exact.

use std::fmt;

/// An amount in millionths of a currency unit (12.50 EUR is 12,500,000 EUR).
///
/// Integers, so that a sum is the same in whatever order its parts are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// From a decimal number of currency units, rounded to the nearest millionth; `None` when not finite or too large.
    pub fn from_f64(units: f64) -> Option<Money> {
        let micros = (units * 1e6).round();
        (micros.is_finite() && micros.abs() < 9.0e18).then_some(Money(micros as i64))
    }

    /// Currency units as a floating number, for showing.
    pub fn units(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Reads `12.5`, `-3`, `1,234.50` (commas as thousands separators) exactly, without passing through floating point
    /// when it has at most six decimals.
    pub fn parse(text: &str) -> Option<Money> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let whole: String = whole.chars().filter(|c| *c != ',').collect();
        if (whole.is_empty() && fraction.is_empty()) || !plain(&whole) || !plain(fraction) || fraction.len() > 6 {
            return text.parse::<f64>().ok().and_then(Money::from_f64);
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
        let micros = whole.checked_mul(1_000_000)?.checked_add(fraction)?;
        Some(Money(if negative { -micros } else { micros }))
    }
}

impl fmt::Display for Money {
    /// Two decimals, more only where the amount has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let micros = self.0.unsigned_abs();
        let fraction = format!("{:06}", micros % 1_000_000);
        let fraction = fraction.trim_end_matches('0');
        write!(f, "{sign}{}.{fraction:0<2}", micros / 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, micros) in
            [("12.5", 12_500_000), ("-3", -3_000_000), ("1,234.50", 1_234_500_000), (".5", 500_000), ("0.1", 100_000), ("1e2", 100_000_000)]
        {
            assert_eq!(Money::parse(text), Some(Money(micros)), "{text}");
        }
        for wrong in ["", "abc", "NaN", "inf", "1.2.3", "99999999999999999999"] {
            assert_eq!(Money::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Money(12_500_000).to_string(), "12.50");
        assert_eq!(Money(-1_234_567).to_string(), "-1.234567");
    }
}
