//! Reading times: RFC 3339 and its common relatives by hand, because there is one in every row; everything else by jiff.
//!
//! A time without an offset is a wall-clock time in the mapping's zone (UTC without one). Where a clock was put forward
//! the hour that does not exist is read as if the clock had not been put forward yet (02:30 becomes 03:30); where it
//! was put back, the first of the two hours is meant.

use jiff::civil;
use jiff::tz::TimeZone;
use periplus_model::Instant;

use crate::cell::Cell;

const DAY: i64 = 86_400_000_000;

/// How the values of a time column are written.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// RFC 3339 and the like: `2026-03-01T10:00:00Z`, `2026-03-01 10:00`, `2026-03-01`.
    Iso,
    /// Numbers since 1970: how many microseconds one of them is.
    Epoch(i64),
    /// A pattern of `strptime`.
    Strptime(String),
}

/// Reads the times of one column.
#[derive(Clone, Debug)]
pub struct TimeReader {
    pattern: Pattern,
    zone: Option<TimeZone>,
    end_of_day: bool,
}

impl TimeReader {
    /// A reader for a pattern; times without an offset are in `zone`, or in UTC.
    pub fn new(pattern: Pattern, zone: Option<TimeZone>) -> TimeReader {
        TimeReader { pattern, zone, end_of_day: false }
    }

    /// The same, but with only the day of each time counting, if told so: the instant is the day's last second.
    pub fn end_of_day(self, end_of_day: bool) -> TimeReader {
        TimeReader { end_of_day, ..self }
    }

    /// RFC 3339 in UTC.
    pub fn iso() -> TimeReader {
        TimeReader::new(Pattern::Iso, None)
    }

    /// The instant, or `None` when the value is no time of this pattern or lies outside 1900 to 2200.
    pub fn read(&self, cell: Cell<'_>) -> Option<Instant> {
        let at = match (cell, &self.pattern) {
            (Cell::Time(at), _) => at,
            (Cell::Local(micros), _) => self.local(micros)?,
            (Cell::Day(days), _) => self.local(i64::from(days).checked_mul(DAY)?)?,
            (Cell::Int(number), Pattern::Epoch(unit)) => Instant(number.checked_mul(*unit)?),
            (Cell::Float(number), Pattern::Epoch(unit)) => epoch(number, *unit)?,
            (Cell::Text(text) | Cell::Field(text), Pattern::Epoch(unit)) => match text.trim().parse::<i64>() {
                Ok(number) => Instant(number.checked_mul(*unit)?),
                Err(_) => epoch(text.trim().parse().ok()?, *unit)?,
            },
            (Cell::Text(text) | Cell::Field(text), Pattern::Iso) => self.iso_text(text.trim())?,
            (Cell::Text(text) | Cell::Field(text), Pattern::Strptime(pattern)) => self.strptime(pattern, text.trim())?,
            // Dates such as 20260301 come as numbers from sources that have types.
            (Cell::Int(number), Pattern::Strptime(pattern)) => self.strptime(pattern, &number.to_string())?,
            _ => return None,
        };
        within_bounds(if self.end_of_day { self.last_second(at)? } else { at })
    }

    fn last_second(&self, at: Instant) -> Option<Instant> {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let day = zone.to_datetime(jiff::Timestamp::from_microsecond(at.0).ok()?).date();
        let end = zone.to_ambiguous_timestamp(day.at(23, 59, 59, 0)).compatible().ok()?;
        Some(Instant(end.as_microsecond()))
    }

    fn local(&self, micros: i64) -> Option<Instant> {
        let Some(zone) = &self.zone else { return Some(Instant(micros)) };
        let stamp = jiff::Timestamp::from_microsecond(micros).ok()?;
        let wall = TimeZone::UTC.to_datetime(stamp);
        zone.to_ambiguous_timestamp(wall).compatible().ok().map(|at| Instant(at.as_microsecond()))
    }

    fn iso_text(&self, text: &str) -> Option<Instant> {
        let (micros, offset) = iso(text.as_bytes())?;
        match offset {
            Some(seconds) => Some(Instant(micros - seconds * 1_000_000)),
            None => self.local(micros),
        }
    }

    fn strptime(&self, pattern: &str, text: &str) -> Option<Instant> {
        let parsed = jiff::fmt::strtime::parse(pattern, text).ok()?;
        if let Ok(at) = parsed.to_timestamp() {
            return Some(Instant(at.as_microsecond()));
        }
        let wall = match parsed.to_datetime() {
            Ok(wall) => wall,
            Err(_) => parsed.to_date().ok()?.to_datetime(civil::Time::midnight()),
        };
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        zone.to_ambiguous_timestamp(wall).compatible().ok().map(|at| Instant(at.as_microsecond()))
    }
}

/// The instant, when it may be an event's.
pub fn within_bounds(at: Instant) -> Option<Instant> {
    (Instant::EARLIEST..Instant::LATEST).contains(&at).then_some(at)
}

fn epoch(number: f64, unit: i64) -> Option<Instant> {
    let micros = (number * unit as f64).round();
    (micros.is_finite() && micros.abs() < 9.0e18).then_some(Instant(micros as i64))
}

/// Reads `YYYY-MM-DD`, optionally with `[T ]HH:MM[:SS[.fraction]]` and `Z`, `±hh[[:]mm]` or ` UTC`: microseconds of the
/// wall clock, and the offset in seconds when there is one.
fn iso(text: &[u8]) -> Option<(i64, Option<i64>)> {
    let digits = |from: usize, count: usize| -> Option<i64> {
        text.get(from..from + count)?.iter().try_fold(0i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    let (year, month, day) = (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?);
    if !is(4, b'-') || !is(7, b'-') || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let mut micros = days_from_civil(year, month, day) * DAY;
    if text.len() == 10 {
        return Some((micros, None));
    }
    if !(is(10, b'T') || is(10, b' ') || is(10, b't')) || !is(13, b':') {
        return None;
    }
    let (hour, minute) = (digits(11, 2)?, digits(14, 2)?);
    let mut at = 16;
    let mut second = 0;
    if is(16, b':') {
        second = digits(17, 2)?;
        at = 19;
        if is(19, b'.') || is(19, b',') {
            let fraction = text[20..].iter().take_while(|b| b.is_ascii_digit()).count();
            if fraction == 0 {
                return None;
            }
            // What is finer than a microsecond is cut off.
            let kept = fraction.min(6);
            micros += digits(20, kept)? * 10i64.pow(6 - kept as u32);
            at = 20 + fraction;
        }
    }
    // A leap second is the last second of its minute, as in every clock that has none.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    micros += (hour * 3_600 + minute * 60 + second.min(59)) * 1_000_000;
    let offset = match text.get(at..)? {
        [] => None,
        [b'Z' | b'z'] | [b' ', b'Z'] => Some(0),
        [b' ', b'U', b'T', b'C'] => Some(0),
        [b' ', rest @ ..] | rest => Some(offset(rest)?),
    };
    Some((micros, offset))
}

fn offset(text: &[u8]) -> Option<i64> {
    let sign = match text.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let number = |a: u8, b: u8| (a.is_ascii_digit() && b.is_ascii_digit()).then(|| i64::from(a - b'0') * 10 + i64::from(b - b'0'));
    let (hours, minutes) = match text[1..] {
        [a, b] => (number(a, b)?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (number(a, b)?, number(c, d)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(reader: &TimeReader, text: &str) -> Option<String> {
        reader.read(Cell::Field(text)).map(|at| at.to_string())
    }

    #[test]
    fn a_day_may_be_put_at_its_end() {
        let utc = TimeReader::iso().end_of_day(true);
        let new_york = TimeReader::new(Pattern::Iso, TimeZone::get("America/New_York").ok()).end_of_day(true);
        assert_eq!(read(&utc, "2017-03-03").as_deref(), Some("2017-03-03T23:59:59Z"));
        assert_eq!(read(&utc, "2017-03-03T10:00:00+11:00").as_deref(), Some("2017-03-02T23:59:59Z"));
        assert_eq!(read(&new_york, "2017-03-03").as_deref(), Some("2017-03-04T04:59:59Z"));
        assert_eq!(read(&new_york, "2017-07-03").as_deref(), Some("2017-07-04T03:59:59Z"), "in summer");
        assert_eq!(read(&new_york, "2017-03-04T03:00:00Z").as_deref(), Some("2017-03-04T04:59:59Z"), "the day it is there");
        let day = new_york.read(Cell::Local(1_488_499_200_000_000)).map(|at| at.to_string());
        assert_eq!(day.as_deref(), Some("2017-03-04T04:59:59Z"));
    }

    #[test]
    fn common_forms_are_read() {
        let reader = TimeReader::iso();
        for (text, expected) in [
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
            ("2026-03-01 10:00", "2026-03-01T10:00:00Z"),
            ("2026-03-01 10:00:00.5", "2026-03-01T10:00:00.500Z"),
            ("2026-03-01 10:00:00.123456789", "2026-03-01T10:00:00.123456Z"),
            ("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00Z"),
            ("2026-03-01T10:00:00.000-0530", "2026-03-01T15:30:00Z"),
            ("2026-03-01 10:00:00 UTC", "2026-03-01T10:00:00Z"),
            ("2011-12-06 13:41:31.788000+01:00", "2011-12-06T12:41:31.788Z"),
        ] {
            assert_eq!(read(&reader, text).as_deref(), Some(expected), "{text}");
        }
        for wrong in [
            "",
            "soon",
            "2026-02-30",
            "2026-13-01",
            "2026-03-01T25:00:00Z",
            "2026-03-01T10:00:00+99:00",
            "1899-12-31",
            "2200-01-01",
            "01/02/2026",
            "2026-03-01T10:00:00.Z",
        ] {
            assert_eq!(read(&reader, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn local_times_follow_the_zone_through_gaps_and_folds() {
        let reader = TimeReader::new(Pattern::Iso, Some(TimeZone::get("Europe/Berlin").unwrap()));
        assert_eq!(read(&reader, "2026-01-15 12:00:00").unwrap(), "2026-01-15T11:00:00Z");
        assert_eq!(read(&reader, "2026-03-29 02:30:00").unwrap(), "2026-03-29T01:30:00Z");
        assert_eq!(read(&reader, "2026-10-25 02:30:00").unwrap(), "2026-10-25T00:30:00Z");
        assert_eq!(read(&reader, "2026-10-25 02:30:00+01:00").unwrap(), "2026-10-25T01:30:00Z");
        assert_eq!(reader.read(Cell::Day(20_468)).unwrap().to_string(), "2026-01-14T23:00:00Z");
    }

    #[test]
    fn other_patterns_are_read() {
        let german = TimeReader::new(Pattern::Strptime("%d.%m.%Y %H:%M".into()), None);
        assert_eq!(read(&german, "01.03.2026 10:05").unwrap(), "2026-03-01T10:05:00Z");
        let day = TimeReader::new(Pattern::Strptime("%Y%m%d".into()), None);
        assert_eq!(day.read(Cell::Int(19_970_101)).unwrap().to_string(), "1997-01-01T00:00:00Z");
        let seconds = TimeReader::new(Pattern::Epoch(1_000_000), None);
        assert_eq!(read(&seconds, "1700000000.25").unwrap(), "2023-11-14T22:13:20.250Z");
        assert_eq!(seconds.read(Cell::Int(i64::MAX)), None);
    }

    proptest! {
        #[test]
        fn the_fast_path_agrees_with_jiff(micros in -2_208_988_800_000_000i64..7_258_118_400_000_000, minutes in -720i32..840) {
            let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
            let stamp = jiff::Timestamp::from_microsecond(micros).unwrap();
            let text = stamp.display_with_offset(offset).to_string();
            prop_assert_eq!(TimeReader::iso().read(Cell::Text(&text)), Some(Instant(micros)));
        }
    }
}
