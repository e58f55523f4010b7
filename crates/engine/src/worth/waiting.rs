//! How long customers wait for something, and how many have waited how long: for whoever asks how long it takes until something happens.

use std::collections::BTreeMap;

use periplus_model::answer::Axis;
use periplus_stats::Survival;
use serde::{Deserialize, Serialize};

use crate::scan::Run;

/// What is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// The first event of this kind after the start.
    Event(u32),
    /// That no event of the start's kind comes for so long; it happens when that time is over, so that it was known then.
    Idle(i64),
}

/// From the first event of one kind until something, no longer than a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    /// Any event, when there is none.
    pub(crate) start: Option<u32>,
    pub(crate) until: Until,
    pub(crate) window: i64,
    pub(crate) known_until: i64,
}

/// One customer's wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waited {
    /// The row of the start.
    pub(crate) row: usize,
    /// How long, up to the window.
    pub(crate) time: i64,
    /// Whether it happened then; else nothing is known of what came later.
    pub(crate) happened: bool,
}

impl Waiting {
    /// How long a customer waited; `None` when they never started.
    pub(crate) fn of(&self, run: &Run<'_>) -> Option<Waited> {
        let row = (0..run.times.len()).find(|row| run.meets(*row, self.start))?;
        let start = run.times[row];
        let found = match self.until {
            Until::Event(goal) => {
                (row + 1..run.times.len()).find(|row| run.meets(*row, Some(goal))).map(|row| run.times[row].saturating_sub(start))
            }
            Until::Idle(idle) => {
                let mut last = start;
                let next = (row + 1..run.times.len()).filter(|row| run.meets(*row, self.start)).map(|row| run.times[row]);
                for time in next.take_while(|time| *time - start <= self.window) {
                    if time - last > idle {
                        break;
                    }
                    last = time;
                }
                // What is known ends with the period, and silence that is not over yet is none.
                let over = last.saturating_add(idle);
                (over <= self.known_until).then_some(over - start)
            }
        };
        Some(match found.filter(|time| *time <= self.window) {
            Some(time) => Waited { row, time, happened: true },
            None => Waited { row, time: self.known_until.saturating_sub(start).clamp(0, self.window), happened: false },
        })
    }
}

/// A window in equal stretches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretches {
    pub(crate) window: i64,
    pub(crate) points: u32,
}

impl Stretches {
    /// The stretch that a time lies in, from 1; its upper end belongs to it.
    pub(crate) fn point(self, time: i64) -> u32 {
        let points = i128::from(self.points);
        let place = (i128::from(time) * points + i128::from(self.window) - 1) / i128::from(self.window);
        place.clamp(1, points) as u32
    }

    /// Where a stretch ends.
    pub(crate) fn end(self, point: u32) -> i64 {
        (i128::from(self.window) * i128::from(point) / i128::from(self.points)) as i64
    }

    /// Their ends, across a series.
    pub(crate) fn axis(self) -> Axis {
        Axis::Seconds((1..=self.points).map(|point| self.end(point) as f64 / 1e6).collect())
    }
}

/// How long many have waited.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Waits {
    pub(crate) units: u64,
    pub(crate) happened: u64,
    /// Those who were not known for the whole window.
    pub(crate) immature: u64,
    /// By stretch of the window: to how many it happened in it.
    pub(crate) arrived: BTreeMap<u32, u64>,
    pub(crate) survival: Survival,
}

impl Waits {
    pub(crate) fn add(&mut self, waited: Waited, stretches: Stretches) {
        self.units += 1;
        if waited.happened {
            self.happened += 1;
            *self.arrived.entry(stretches.point(waited.time)).or_default() += 1;
            self.survival.add_event(waited.time);
        } else {
            self.immature += u64::from(waited.time < stretches.window);
            self.survival.add_censored(waited.time);
        }
    }

    pub(crate) fn merge(&mut self, other: &Waits) {
        self.units += other.units;
        self.happened += other.happened;
        self.immature += other.immature;
        for (point, n) in &other.arrived {
            *self.arrived.entry(*point).or_default() += n;
        }
        self.survival.merge(&other.survival);
    }

    /// To how many it happened in a stretch (at all when absent), or did not.
    pub(crate) fn count(&self, point: Option<u32>, happened: bool) -> u64 {
        match (point, happened) {
            (Some(point), true) => self.arrived.get(&point).copied().unwrap_or(0),
            (None, true) => self.happened,
            (None, false) => self.units - self.happened,
            (Some(_), false) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(until: Until, times: &[i64], masks: &[u64], known_until: i64) -> Option<(i64, bool)> {
        let run = Run {
            key: 1,
            name: None,
            times,
            codes: &[],
            masks,
            numbers: &[],
            texts: &[],
            offset: 0,
            traits: &[],
            histories: &[],
            members: 0,
        };
        let waited = Waiting { start: Some(0), until, window: 100, known_until }.of(&run)?;
        Some((waited.time, waited.happened))
    }

    #[test]
    fn silence_is_over_when_it_is_known() {
        let idle = |times: &[i64], known| wait(Until::Idle(10), times, &vec![1; times.len()], known);
        assert_eq!(idle(&[], 50), None);
        assert_eq!(idle(&[5], 14), Some((9, false)), "not long enough yet");
        assert_eq!(idle(&[5], 15), Some((10, true)));
        assert_eq!(idle(&[5, 15], 24), Some((19, false)), "back in the last moment");
        assert_eq!(idle(&[5, 15], 90), Some((20, true)));
        assert_eq!(idle(&[5, 16, 17, 18], 90), Some((10, true)), "who comes again later was gone nevertheless");
        let steady: Vec<i64> = (0..40).map(|n| n * 5).collect();
        assert_eq!(idle(&steady, 300), Some((100, false)), "beyond the window nothing counts");
        // Other events are no sign of life.
        assert_eq!(wait(Until::Idle(10), &[5, 9, 14], &[1, 0, 0], 90), Some((10, true)));
    }

    #[test]
    fn an_event_counts_after_the_start_only() {
        assert_eq!(wait(Until::Event(1), &[1, 2, 7], &[2, 1, 2], 90), Some((5, true)));
        assert_eq!(wait(Until::Event(0), &[1, 2, 7], &[1, 1, 1], 90), Some((1, true)), "the second of its kind");
        assert_eq!(wait(Until::Event(1), &[1, 300], &[1, 2], 300), Some((100, false)));
        assert_eq!(wait(Until::Event(1), &[1], &[2], 300), None);
    }
}
