//! How much each source may send: so many messages a second, and so many at once after a quiet while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use periplus_model::Instant;

/// What a source may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Messages a second, over time.
    pub per_second: u64,
    /// Messages at once, after a quiet while.
    pub burst: u64,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate { per_second: 2_000, burst: 10_000 }
    }
}

/// Keeps account of all sources.
pub(crate) struct Meter {
    rate: Option<Rate>,
    /// By source: when the last of what it was allowed will be used up, in microseconds (the generic cell rate algorithm, GCRA, of
    /// ITU-T I.371).
    used_until: Mutex<HashMap<String, i64>>,
}

/// So many sources are remembered before those that have used up nothing are forgotten.
const SOURCES_MAX: usize = 10_000;

impl Meter {
    /// For a rate; without one, everything passes.
    pub fn new(rate: Option<Rate>) -> Meter {
        Meter { rate, used_until: Mutex::default() }
    }

    /// Lets messages of a source pass, or says how long to wait, in seconds, before another attempt. More messages than a burst pass
    /// as if they were one: they would never pass otherwise.
    pub fn pass(&self, source: &str, messages: usize, now: Instant) -> Result<(), u64> {
        let Some(Rate { per_second, burst }) = self.rate else { return Ok(()) };
        let micros =
            |messages: u64| i64::try_from(u128::from(messages) * 1_000_000 / u128::from(per_second.max(1))).unwrap_or(i64::MAX / 4);
        let cost = micros((messages as u64).min(burst));
        let mut used_until = self.used_until.lock().unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= SOURCES_MAX {
            used_until.retain(|_, until| *until > now.0);
        }
        let until = used_until.get(source).copied().unwrap_or(now.0).max(now.0) + cost;
        let ahead = until - now.0 - micros(burst);
        if ahead > 0 {
            return Err((ahead as u64).div_ceil(1_000_000));
        }
        match used_until.get_mut(source) {
            Some(known) => *known = until,
            None => drop(used_until.insert(source.to_owned(), until)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_send_its_burst_and_then_its_rate() {
        let meter = Meter::new(Some(Rate { per_second: 10, burst: 20 }));
        let at = |tenths: i64| Instant(1_700_000_000_000_000 + tenths * 100_000);
        assert_eq!(meter.pass("a", 20, at(0)), Ok(()));
        assert_eq!(meter.pass("a", 1, at(0)), Err(1));
        assert_eq!(meter.pass("b", 20, at(0)), Ok(()), "another source has its own");
        assert_eq!((meter.pass("a", 1, at(1)), meter.pass("a", 1, at(1))), (Ok(()), Err(1)), "ten a second, one every tenth");
        assert_eq!(meter.pass("a", 15, at(1)), Err(2), "it is said how long it takes");
        assert_eq!(meter.pass("a", 1_000, at(1_000)), Ok(()), "a batch larger than the burst passes after a quiet while");
        assert_eq!(meter.pass("a", 1, at(1_000)), Err(1));
        assert_eq!(meter.pass("a", 1, at(0)), Err(101), "a clock that goes back lets nothing pass twice");
        assert_eq!(Meter::new(None).pass("a", usize::MAX, at(0)), Ok(()));
        assert_eq!(Meter::new(Some(Rate { per_second: 0, burst: 0 })).pass("a", 1, at(0)), Ok(()));
    }
}
