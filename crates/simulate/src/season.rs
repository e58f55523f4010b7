//! When people come: the year, the week, the hours of the day, and campaigns.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::SimulateError;
use crate::dice::Dice;
use crate::line::print;
use crate::scenario::Scenario;

/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000;
/// Milliseconds of a day of 24 hours.
pub(crate) const DAY: i64 = 24 * HOUR;
/// Days in a month, on average.
const MONTH_DAYS: f64 = 30.44;

/// Clothing sells before seasons and before Christmas. January to December; the mean is about 1.
const MONTHS: [f64; 12] = [1.05, 0.8, 0.95, 1.0, 1.0, 0.95, 0.95, 0.8, 1.0, 1.05, 1.3, 1.35];

/// A kind of visit with a rhythm of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    Online,
    Store,
}

impl Rhythm {
    /// Monday to Sunday.
    fn week(self) -> [f64; 7] {
        match self {
            Rhythm::Online => [1.05, 0.95, 0.95, 0.95, 0.9, 0.9, 1.3],
            // Stores are closed on Sundays.
            Rhythm::Store => [0.8, 0.8, 0.9, 1.0, 1.3, 2.2, 0.0],
        }
    }

    /// Midnight to eleven in the evening.
    fn hours(self) -> [f64; 24] {
        match self {
            Rhythm::Online => {
                [1.0, 0.5, 0.2, 0.1, 0.1, 0.3, 1.0, 2.5, 3.0, 2.5, 2.5, 3.0, 4.0, 3.5, 3.0, 3.0, 3.5, 4.0, 5.0, 6.5, 8.0, 7.5, 5.0, 2.5]
            }
            Rhythm::Store => {
                [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 3.5, 4.5, 4.0, 4.0, 5.0, 6.0, 6.5, 5.5, 0.0, 0.0, 0.0, 0.0, 0.0]
            }
        }
    }
}

/// A newsletter.
pub(crate) struct Issue {
    /// When it is sent, in milliseconds.
    pub(crate) at: i64,
    /// The campaign's name in `email.csv` and in UTM parameters.
    pub(crate) name: String,
}

/// The observed time, day by day.
pub(crate) struct Calendar {
    zone: TimeZone,
    /// Local midnights in milliseconds, one more than there are days.
    midnights: Vec<i64>,
    /// How lively each day is, before campaigns: online and in stores.
    lively: [Vec<f64>; 2],
    /// The strongest campaign of each day: position in the scenario and lift.
    campaigns: Vec<Option<(usize, f64)>>,
    lively_most: [f64; 2],
    lift_most: f64,
    /// Newsletters, in order.
    pub(crate) issues: Vec<Issue>,
}

impl Calendar {
    pub(crate) fn of(scenario: &Scenario) -> Result<Calendar, SimulateError> {
        let zone = TimeZone::get(&scenario.timezone).map_err(|error| SimulateError::Scenario(error.to_string()))?;
        let days = scenario.days as i32;
        let mut midnights = Vec::with_capacity(scenario.days as usize + 1);
        for ahead in 0..=days {
            let (year, month, day) = scenario.start.plus(ahead).date();
            let midnight = jiff::civil::Date::new(year as i16, month as i8, day as i8)
                .and_then(|date| date.to_zoned(zone.clone()))
                .map_err(|error| SimulateError::Scenario(format!("start and days leave the calendar: {error}")))?;
            midnights.push(midnight.timestamp().as_millisecond());
        }
        let lively = [Rhythm::Online, Rhythm::Store].map(|rhythm| {
            let week = rhythm.week();
            (0..days)
                .map(|ahead| {
                    let day = scenario.start.plus(ahead);
                    // 1970-01-01 was a Thursday.
                    week[(day.number() + 3).rem_euclid(7) as usize] * MONTHS[day.date().1 as usize - 1]
                })
                .collect::<Vec<f64>>()
        });
        let campaigns = (0..days)
            .map(|ahead| {
                let day = scenario.start.plus(ahead);
                let running = scenario.campaigns.iter().enumerate().filter(|(_, campaign)| (campaign.from..=campaign.to).contains(&day));
                running.map(|(position, campaign)| (position, campaign.lift)).max_by(|a, b| a.1.total_cmp(&b.1))
            })
            .collect::<Vec<_>>();
        let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        Ok(Calendar {
            issues: issues(scenario, &midnights),
            lively_most: [most(&lively[0]), most(&lively[1])],
            lift_most: campaigns.iter().flatten().map(|campaign| campaign.1).fold(1.0, f64::max),
            zone,
            midnights,
            lively,
            campaigns,
        })
    }

    /// The first moment, in milliseconds.
    pub(crate) fn start(&self) -> i64 {
        self.midnights[0]
    }

    /// The first moment that is not observed any more.
    pub(crate) fn end(&self) -> i64 {
        self.midnights[self.midnights.len() - 1]
    }

    /// The day that a moment lies in, counted from the first; the nearest day for moments outside.
    pub(crate) fn day(&self, time: i64) -> usize {
        self.midnights.partition_point(|midnight| *midnight <= time).saturating_sub(1).min(self.lively[0].len() - 1)
    }

    /// The position of the campaign that runs at a moment.
    pub(crate) fn campaign(&self, time: i64) -> Option<usize> {
        self.campaigns[self.day(time)].map(|campaign| campaign.0)
    }

    /// The next visit after `now` of somebody who usually comes `per_month` times; `None` when that is after the end.
    pub(crate) fn next_visit(&self, dice: &mut Dice, rhythm: Rhythm, now: i64, per_month: f64, pull: f64) -> Option<i64> {
        // Thinning: propose at the rate of the liveliest day there could be, accept by how lively the day is.
        let most = self.lively_most[rhythm as usize] * lifted(self.lift_most, pull);
        if per_month <= 0.0 || most <= 0.0 {
            return None;
        }
        let mut at = now as f64;
        loop {
            at += dice.waiting(MONTH_DAYS / (per_month * most)) * DAY as f64;
            if at >= self.end() as f64 {
                return None;
            }
            let day = self.day(at as i64);
            let lift = self.campaigns[day].map_or(1.0, |campaign| campaign.1);
            if dice.chance(self.lively[rhythm as usize][day] * lifted(lift, pull) / most) {
                let visit = self.moment_in(dice, rhythm, day);
                if visit > now {
                    return Some(visit);
                }
            }
        }
    }

    /// A moment of a day, at an hour at which people come.
    fn moment_in(&self, dice: &mut Dice, rhythm: Rhythm, day: usize) -> i64 {
        let hour = dice.weighted(&rhythm.hours()) as i64;
        (self.midnights[day] + hour * HOUR + dice.whole(0, HOUR - 1)).min(self.midnights[day + 1] - 1)
    }

    /// The same moment if it lies between two hours of the day, else one in the next such time: nobody rings at four.
    pub(crate) fn between_hours(&self, time: i64, from: i64, to: i64) -> i64 {
        let midnight = self.midnights[self.day(time)];
        let since = time - midnight;
        // What is moved keeps a part of its distance, so that it does not all happen on the hour.
        if since < from * HOUR {
            midnight + from * HOUR + since / 4
        } else if since >= to * HOUR {
            midnight + DAY + from * HOUR + (since - to * HOUR) / 4
        } else {
            time
        }
    }

    /// `2025-03-01 14:05:09` in the retailer's time zone, without saying so.
    pub(crate) fn local(&self, out: &mut Vec<u8>, time: i64) {
        let (local, _) = self.local_parts(time);
        print(
            out,
            format_args!(
                "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
                local.year(),
                local.month(),
                local.day(),
                local.hour(),
                local.minute(),
                local.second()
            ),
        );
    }

    /// `2025-03-01T14:05:09+01:00` in the retailer's time zone.
    pub(crate) fn local_with_offset(&self, time: i64) -> String {
        let (local, offset) = self.local_parts(time);
        let minutes = offset / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.abs();
        format!("{}{sign}{:02}:{:02}", local.strftime("%Y-%m-%dT%H:%M:%S"), minutes / 60, minutes % 60)
    }

    /// The local date of a moment.
    pub(crate) fn local_date(&self, time: i64) -> String {
        self.local_parts(time).0.date().to_string()
    }

    fn local_parts(&self, time: i64) -> (jiff::civil::DateTime, i32) {
        let stamp = Timestamp::from_millisecond(time).unwrap_or(Timestamp::UNIX_EPOCH);
        let offset = self.zone.to_offset(stamp);
        (offset.to_datetime(stamp), offset.seconds())
    }
}

/// What a campaign's lift means for somebody whom campaigns move that much.
fn lifted(lift: f64, pull: f64) -> f64 {
    1.0 + (lift - 1.0) * pull
}

fn issues(scenario: &Scenario, midnights: &[i64]) -> Vec<Issue> {
    let mut issues: Vec<Issue> = (0..scenario.days)
        .step_by(scenario.newsletter_every_days as usize)
        .map(|day| Issue { at: midnights[day as usize] + 7 * HOUR, name: format!("newsletter_{}", scenario.start.plus(day as i32)) })
        .collect();
    for campaign in scenario.campaigns.iter().filter(|campaign| campaign.mail) {
        let ahead = campaign.from.number() - scenario.start.number();
        if (0..scenario.days as i32).contains(&ahead) {
            issues.push(Issue { at: midnights[ahead as usize] + 9 * HOUR, name: campaign.name.clone() });
        }
    }
    issues.sort_by_key(|issue| issue.at);
    issues
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_follow_the_rate_the_week_and_the_campaigns() {
        let scenario = Scenario::clothing_retailer();
        let calendar = Calendar::of(&scenario).unwrap();
        let mut dice = Dice::of(1, 1);
        let mut by_day = vec![0u32; scenario.days as usize];
        for _ in 0..400 {
            let mut now = calendar.start();
            while let Some(next) = calendar.next_visit(&mut dice, Rhythm::Store, now, 4.0, 1.0) {
                assert!(next > now && next < calendar.end());
                by_day[calendar.day(next)] += 1;
                now = next;
            }
        }
        let total: u32 = by_day.iter().sum();
        assert!((12_000..30_000).contains(&total), "{total} visits of 400 people who come four times a month");
        // 2025-01-05 is a Sunday; 2025-11-28, in the black week, a Friday, as is 2025-10-31.
        assert_eq!(by_day[4], 0);
        assert!(by_day[331] > by_day[303]);
    }

    #[test]
    fn local_times_know_summer() {
        let calendar = Calendar::of(&Scenario::clothing_retailer()).unwrap();
        assert_eq!(calendar.local_with_offset(1_751_364_000_000), "2025-07-01T12:00:00+02:00");
        let mut out = Vec::new();
        calendar.local(&mut out, 1_735_729_200_000);
        assert_eq!(out, b"2025-01-01 12:00:00");
        // Four in the morning is too early; half past nine is not.
        assert_eq!(calendar.local_with_offset(calendar.between_hours(1_751_335_200_000, 8, 20)), "2025-07-01T09:00:00+02:00");
        assert_eq!(calendar.between_hours(1_751_355_000_000, 8, 20), 1_751_355_000_000);
        // The day on which summer begins has 23 hours.
        assert_eq!(calendar.midnights[89] - calendar.midnights[88], 23 * HOUR);
    }
}
