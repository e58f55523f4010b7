//! Hours, days, weeks, months, quarters and years in the time zone of whoever asks.
//!
//! Stretches are found by adding to the calendar, not by adding seconds: where clocks change, a day has 23 or 25 hours.

use jiff::civil::{self, Date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use periplus_model::answer::Axis;
use periplus_model::question::{Common, Interval, Weekday};
use periplus_model::time::Instant;

use crate::EngineError;

/// So many stretches are cut at most.
pub(crate) const CUTS_MAX: usize = 20_000;
const HOUR: i64 = 3_600_000_000;

/// A calendar: where it counts, and when its weeks begin.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: TimeZone,
    week_start: civil::Weekday,
}

impl Calendar {
    /// The calendar of a question.
    pub(crate) fn of(shared: &Common) -> Result<Calendar, EngineError> {
        let zone = match shared.timezone.as_deref() {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| {
                EngineError::Question(format!("there is no time zone '{name}'; write it as in Europe/Vienna or America/New_York"))
            })?,
        };
        let week_start = match shared.week_start.unwrap_or_default() {
            Weekday::Monday => civil::Weekday::Monday,
            Weekday::Tuesday => civil::Weekday::Tuesday,
            Weekday::Wednesday => civil::Weekday::Wednesday,
            Weekday::Thursday => civil::Weekday::Thursday,
            Weekday::Friday => civil::Weekday::Friday,
            Weekday::Saturday => civil::Weekday::Saturday,
            Weekday::Sunday => civil::Weekday::Sunday,
        };
        Ok(Calendar { zone, week_start })
    }

    fn date(&self, time: i64) -> Date {
        clamped(time).to_zoned(self.zone.clone()).date()
    }

    /// The number of the day that a time lies in: days are counted, however long the clocks make them.
    pub(crate) fn day(&self, time: i64) -> i64 {
        self.date(time).duration_since(civil::date(1970, 1, 1)).as_hours().div_euclid(24)
    }

    fn midnight(&self, date: Date) -> i64 {
        // Beyond the library's own ends there are no other days.
        let end = if date.year() < 0 { i64::MIN } else { i64::MAX };
        date.to_zoned(self.zone.clone()).map_or(end, |start| start.timestamp().as_microsecond())
    }

    /// When the stretch that a time lies in begins (microseconds).
    pub(crate) fn start(&self, interval: Interval, time: i64) -> i64 {
        let date = self.date(time);
        let first = |month: i8| Date::new(date.year(), month, 1).unwrap_or(date);
        self.midnight(match interval {
            Interval::Hour => {
                let clock = clamped(time).to_zoned(self.zone.clone()).time();
                let since = i64::from(clock.minute()) * 60_000_000 + i64::from(clock.second()) * 1_000_000;
                return time - since - i64::from(clock.subsec_nanosecond() / 1_000);
            }
            Interval::Day => date,
            Interval::Week => date.saturating_sub(i32::from(date.weekday().since(self.week_start)).days()),
            Interval::Month => first(date.month()),
            Interval::Quarter => first((date.month() - 1) / 3 * 3 + 1),
            Interval::Year => first(1),
        })
    }

    /// When the stretch after the one that begins at `start` begins, `many` stretches on.
    pub(crate) fn after(&self, interval: Interval, start: i64, many: i32) -> i64 {
        let date = self.date(start);
        self.midnight(date.saturating_add(match interval {
            Interval::Hour => return start.saturating_add(HOUR.saturating_mul(many.into())),
            Interval::Day => many.days(),
            Interval::Week => many.weeks(),
            Interval::Month => many.months(),
            Interval::Quarter => (many.saturating_mul(3)).months(),
            Interval::Year => many.years(),
        }))
    }

    /// When each stretch begins that a period (end exclusive) touches, and when the one after them would.
    pub(crate) fn cut(&self, interval: Interval, from: i64, to: i64) -> Result<Cuts, EngineError> {
        let mut starts = vec![self.start(interval, from)];
        while starts.last().is_some_and(|last| *last < to) {
            if starts.len() > CUTS_MAX {
                return Err(EngineError::Question(format!(
                    "the period has more than {CUTS_MAX} {}s; ask for a longer interval or a shorter period",
                    name(interval)
                )));
            }
            let next = self.after(interval, starts[starts.len() - 1], 1);
            if next <= starts[starts.len() - 1] {
                break;
            }
            starts.push(next);
        }
        Ok(Cuts { calendar: self.clone(), interval, starts })
    }

    /// What a stretch is called.
    pub(crate) fn label(&self, interval: Interval, start: i64) -> String {
        let zoned = clamped(start).to_zoned(self.zone.clone());
        let date = zoned.date();
        match interval {
            Interval::Hour => format!("{date} {:02}:{:02}", zoned.hour(), zoned.minute()),
            Interval::Day | Interval::Week => date.to_string(),
            Interval::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Interval::Quarter => format!("{:04} Q{}", date.year(), (date.month() - 1) / 3 + 1),
            Interval::Year => format!("{:04}", date.year()),
        }
    }
}

fn clamped(time: i64) -> Timestamp {
    // A day inside of the library's own ends, so that no zone's offset leads outside.
    let (min, max) = (Timestamp::MIN.as_microsecond() + 24 * HOUR, Timestamp::MAX.as_microsecond() - 24 * HOUR);
    Timestamp::from_microsecond(time.clamp(min, max)).unwrap_or_default()
}

/// The word for one stretch.
pub(crate) fn name(interval: Interval) -> &'static str {
    match interval {
        Interval::Hour => "hour",
        Interval::Day => "day",
        Interval::Week => "week",
        Interval::Month => "month",
        Interval::Quarter => "quarter",
        Interval::Year => "year",
    }
}

/// Neighbouring stretches of a calendar: where each begins, and at the end where the last one ends.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    calendar: Calendar,
    interval: Interval,
    pub(crate) starts: Vec<i64>,
}

impl Cuts {
    /// How many stretches.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// In which one a time lies.
    pub(crate) fn place(&self, time: i64) -> Option<usize> {
        let place = self.starts.partition_point(|start| *start <= time).checked_sub(1)?;
        (place < self.len()).then_some(place)
    }

    /// When each begins.
    pub(crate) fn instants(&self) -> impl Iterator<Item = Instant> {
        self.starts[..self.len()].iter().map(|start| Instant(*start))
    }

    /// The first one that ends later than this.
    pub(crate) fn first_ending_after(&self, time: i64) -> Option<usize> {
        (0..self.len()).find(|place| self.starts[place + 1] > time)
    }

    /// What one of them is called.
    pub(crate) fn label(&self, place: usize) -> String {
        self.calendar.label(self.interval, self.starts[place])
    }

    /// The word for one of them.
    pub(crate) fn word(&self) -> &'static str {
        name(self.interval)
    }

    /// All of them, across a series.
    pub(crate) fn axis(&self) -> Axis {
        let labels = (0..self.len()).map(|place| self.label(place)).collect();
        Axis::Calendar { interval: self.interval, starts: self.instants().collect(), labels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        Instant::parse(text).unwrap().0
    }

    fn calendar(zone: &str, week_start: Weekday) -> Calendar {
        Calendar::of(&Common { timezone: Some(zone.to_owned()), week_start: Some(week_start), ..Common::default() }).unwrap()
    }

    #[test]
    fn stretches_begin_where_the_calendar_says() {
        let vienna = calendar("Europe/Vienna", Weekday::Monday);
        let time = at("2026-11-22T10:35:07.5Z");
        for (interval, start, label) in [
            (Interval::Hour, "2026-11-22T10:00:00Z", "2026-11-22 11:00"),
            (Interval::Day, "2026-11-21T23:00:00Z", "2026-11-22"),
            (Interval::Week, "2026-11-15T23:00:00Z", "2026-11-16"),
            (Interval::Month, "2026-10-31T23:00:00Z", "2026-11"),
            (Interval::Quarter, "2026-09-30T22:00:00Z", "2026 Q4"),
            (Interval::Year, "2025-12-31T23:00:00Z", "2026"),
        ] {
            assert_eq!(vienna.start(interval, time), at(start), "{interval:?}");
            assert_eq!(vienna.label(interval, at(start)), label);
            assert_eq!(vienna.start(interval, at(start)), at(start), "a start is its own");
        }
        assert_eq!(calendar("UTC", Weekday::Sunday).start(Interval::Week, time), at("2026-11-22"));
        assert_eq!(calendar("Asia/Kolkata", Weekday::Monday).start(Interval::Hour, time), at("2026-11-22T10:30:00Z"));
    }

    #[test]
    fn days_are_as_long_as_the_clocks_make_them() {
        let vienna = calendar("Europe/Vienna", Weekday::Monday);
        let cuts = vienna.cut(Interval::Day, at("2026-03-28T12:00:00Z"), at("2026-03-31T00:00:00Z")).unwrap();
        let hours: Vec<i64> = cuts.starts.windows(2).map(|pair| (pair[1] - pair[0]) / HOUR).collect();
        assert_eq!(hours, [24, 23, 24, 24]);
        assert_eq!(cuts.place(at("2026-03-29T21:59:59Z")), Some(1));
        assert_eq!(cuts.place(at("2026-03-29T22:00:00Z")), Some(2));
        assert_eq!(cuts.place(at("2026-03-27")), None);
        assert_eq!(cuts.place(at("2026-04-09")), None);
        assert_eq!(cuts.first_ending_after(at("2026-03-29T22:00:00Z")), Some(2), "the day before ends at that very moment");
        assert_eq!(cuts.label(2), "2026-03-30");
        assert_eq!(vienna.after(Interval::Month, at("2026-01-30T23:00:00Z"), 1), at("2026-02-27T23:00:00Z"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_or_bounded() {
        assert!(Calendar::of(&Common { timezone: Some("Mars/Base".to_owned()), ..Common::default() }).is_err());
        let utc = calendar("UTC", Weekday::Monday);
        assert!(utc.cut(Interval::Hour, 0, i64::MAX).is_err());
        assert!(utc.cut(Interval::Year, i64::MIN, i64::MAX).is_ok_and(|cuts| cuts.len() <= CUTS_MAX));
        assert!(utc.start(Interval::Week, i64::MIN) < 0, "{}", utc.start(Interval::Week, i64::MIN));
        assert!(utc.after(Interval::Year, i64::MAX, 10_000) > 0, "{}", utc.after(Interval::Year, i64::MAX, 10_000));
    }
}
