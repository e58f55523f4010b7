//! Points in time and spans between them, in whole microseconds.
//!
//! Microseconds because GA4 exports them and ties must not be invented by rounding; integers because sums and
//! comparisons must be exact whatever the order in which partial results are merged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: microseconds since 1970-01-01T00:00:00Z. It has no time zone; zones belong to questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct Instant(pub i64);

impl Instant {
    /// The earliest instant that an event may carry: 1900-01-01T00:00:00Z.
    pub const EARLIEST: Instant = Instant(-2_208_988_800_000_000);
    /// The first instant that no event may carry any more: 2200-01-01T00:00:00Z.
    pub const LATEST: Instant = Instant(7_258_118_400_000_000);

    /// From milliseconds since the epoch, saturating.
    pub fn from_millis(millis: i64) -> Instant {
        Instant(millis.saturating_mul(1_000))
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The UTC calendar month this instant lies in, counted from January of the year 0 (`year * 12 + month - 1`).
    pub fn month(self) -> i32 {
        let (year, month, _) = civil_from_days(self.0.div_euclid(86_400_000_000));
        year * 12 + month as i32 - 1
    }

    /// Years, months and days in UTC.
    pub fn date(self) -> (i32, u32, u32) {
        civil_from_days(self.0.div_euclid(86_400_000_000))
    }

    /// This instant moved by a span, saturating at the ends of time.
    pub fn plus(self, span: Span) -> Instant {
        Instant(self.0.saturating_add(span.0))
    }

    /// The span from `earlier` to `self`, saturating.
    pub fn since(self, earlier: Instant) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Reads an RFC 3339 time (`2026-03-01T10:00:00Z`, with any offset), or a date, which means its midnight in UTC.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<Instant, TimeError> {
        let wrong = || TimeError(format!("'{text}' is not a time such as 2026-03-01T10:00:00Z or a date such as 2026-03-01"));
        let text = text.trim();
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            return Ok(Instant(stamp.as_microsecond()));
        }
        let civil: jiff::civil::DateTime = match text.parse::<jiff::civil::Date>() {
            Ok(date) if text.len() <= 10 => date.to_datetime(jiff::civil::Time::midnight()),
            _ => text.parse().map_err(|_| wrong())?,
        };
        civil.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| Instant(zoned.timestamp().as_microsecond())).map_err(|_| wrong())
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC, with as many fractional digits as are needed (0, 3 or 6).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let micros = self.0.rem_euclid(86_400_000_000);
        let seconds = micros / 1_000_000;
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        match micros % 1_000_000 {
            0 => {}
            rest if rest % 1_000 == 0 => write!(f, ".{:03}", rest / 1_000)?,
            rest => write!(f, ".{rest:06}")?,
        }
        f.write_str("Z")
    }
}

impl FromStr for Instant {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Instant, TimeError> {
        Instant::parse(text)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Instant, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "A time (RFC 3339) or a date (midnight UTC).", "examples": ["2026-03-01", "2026-03-01T10:00:00+01:00"]})
    }
}

/// A length of time in microseconds; may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub i64);

impl Span {
    /// Whole seconds.
    pub const fn seconds(seconds: i64) -> Span {
        Span(seconds * 1_000_000)
    }
    /// Whole minutes.
    pub const fn minutes(minutes: i64) -> Span {
        Span::seconds(minutes * 60)
    }
    /// Whole hours.
    pub const fn hours(hours: i64) -> Span {
        Span::seconds(hours * 3_600)
    }
    /// Days of exactly 24 hours.
    pub const fn days(days: i64) -> Span {
        Span::seconds(days * 86_400)
    }
    /// Seconds as a floating number.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Reads `90s`, `30m`, `1h`, `7d`, `2w`, `500ms`, `20us`, or a sum of them such as `1d12h`; a `-` in front makes all
    /// of it negative.
    ///
    /// # Errors
    /// When a number or a unit is missing or unknown, or the sum overflows.
    pub fn parse(text: &str) -> Result<Span, TimeError> {
        let wrong = || TimeError(format!("'{text}' is not a span such as 30m, 24h, 7d or 1d12h"));
        let text = text.trim();
        let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        if rest.is_empty() {
            return Err(wrong());
        }
        let mut total = 0i64;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = rest[digits..].trim_start();
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let unit = match &rest[..letters] {
                "us" => 1,
                "ms" => 1_000,
                "s" | "sec" | "second" | "seconds" => 1_000_000,
                "m" | "min" | "minute" | "minutes" => 60_000_000,
                "h" | "hour" | "hours" => 3_600_000_000,
                "d" | "day" | "days" => 86_400_000_000,
                "w" | "week" | "weeks" => 604_800_000_000,
                _ => return Err(wrong()),
            };
            // With the sign in every part, because the most negative span has no positive twin.
            total = number.checked_mul(sign * unit).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
            rest = rest[letters..].trim_start();
        }
        Ok(Span(total))
    }
}

impl fmt::Display for Span {
    /// The shortest exact form, such as `7d`, `1d12h`, `90s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (unit, name) in [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1_000, "ms"), (1, "us")] {
            if rest >= unit {
                write!(f, "{}{name}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

impl FromStr for Span {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Span, TimeError> {
        Span::parse(text)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "A length of time: a number and a unit (us, ms, s, m, h, d, w), or several of them; a leading minus makes it negative.", "examples": ["30m", "7d", "1d12h"]})
    }
}

/// Text that is not the time or span that was expected; the message says what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TimeError(String);

/// Days since 1970-01-01 to (year, month, day) in the proleptic Gregorian calendar.
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_what_they_parse() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59.123Z", "1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"] {
            assert_eq!(Instant::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Instant::parse("2024-03-31T01:30:00+01:00").unwrap().to_string(), "2024-03-31T00:30:00Z");
        assert_eq!(Instant::parse("2024-03-31").unwrap().to_string(), "2024-03-31T00:00:00Z");
        assert!(Instant::parse("2024-02-30").is_err());
        assert!(Instant::parse("soon").is_err());
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(Instant::parse("2024-01-31T23:59:59Z").unwrap().month() + 1, Instant::parse("2024-02-01").unwrap().month());
        assert_eq!(Instant::parse("1969-12-31").unwrap().month() + 1, Instant(0).month());
    }

    #[test]
    fn spans_print_what_they_parse() {
        for text in ["7d", "1d12h", "30m", "0s", "1m30s", "500ms"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Span::parse("2w").unwrap(), Span::days(14));
        for wrong in ["", "-", "7", "d", "7 parsecs", "99999999999999d", "1d-2h", "--1s"] {
            assert!(Span::parse(wrong).is_err(), "{wrong}");
        }
        for exact in [Span(i64::MIN), Span(i64::MAX), Span(-1)] {
            assert_eq!(Span::parse(&exact.to_string()), Ok(exact));
        }
    }

    proptest::proptest! {
        #[test]
        fn every_span_is_parsed_as_it_was_printed(micros: i64, shift in 0u32..64) {
            let span = Span(micros >> shift);
            proptest::prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }
    }
}
