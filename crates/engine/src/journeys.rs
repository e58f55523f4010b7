//! What one customer did, cut into journeys that end with a conversion or without one.
//!
//! A journey is the places that were touched one after the other. It ends with a conversion; or without, when nothing came for
//! longer than the window. Of its touches those count that were within the window before its end. The last one may not be over:
//! whoever was seen within the window may still convert. Whoever asks what journeys come to cuts them here, so that the same question
//! has the same answer wherever it is asked.

use periplus_model::time::Span;
use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::columns::Names;
use crate::kind::{Asked, SequenceOf};
use crate::lens::{NONE, Number};
use crate::scan::Run;
use crate::steps::Step;

/// So many touches of a journey count, the last ones.
pub(crate) const TOUCHES_MAX: usize = 200;
/// Amounts are added up in millionths.
pub(crate) const MILLIONTHS: f64 = 1e6;

/// How journeys are cut, as a question says it.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    conversion: u32,
    window: i64,
    visit: i64,
    first_only: bool,
    known_until: i64,
    amount: usize,
}

/// What a question says of it.
pub(crate) struct Said<'q> {
    pub(crate) conversion: &'q Step,
    pub(crate) of: SequenceOf,
    pub(crate) window: Span,
    pub(crate) visit: Span,
    pub(crate) first_only: bool,
}

/// How a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// With a conversion at this time that was worth so much (millionths, never negative).
    Converted { time: i64, value: i64 },
    /// Without.
    Lost,
    /// It goes on.
    Open,
}

/// A journey: what was touched, and when first and last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Journey<'a> {
    pub(crate) touches: &'a [(u32, i64, i64)],
    pub(crate) end: End,
}

/// Memory for one customer.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    touches: Vec<(u32, i64, i64)>,
    /// Conversions of this customer with a negative amount, which counts as none.
    pub(crate) negative: u64,
}

impl Cut {
    /// Asks the lens for what cutting needs; answers what is touched, too.
    pub(crate) fn of(said: &Said<'_>, asked: &mut Asked<'_>) -> Result<(Cut, std::sync::Arc<Names>), EngineError> {
        if said.window <= Span(0) || said.visit < Span(0) {
            return Err(EngineError::Question("\"window\" is longer than nothing, \"visit\" is not below it".to_owned()));
        }
        let conversion = said.conversion.required()?.bit(asked)?;
        let names = asked.codes(said.of)?;
        Ok((Cut::with(conversion, said.window, said.visit, said.first_only, asked), names))
    }

    /// Asks the lens for amounts; what is touched is the business of who asks ([`each_of`](Self::each_of)). The window is longer than
    /// nothing, the visit not below it.
    pub(crate) fn with(conversion: u32, window: Span, visit: Span, first_only: bool, asked: &mut Asked<'_>) -> Cut {
        let amount = asked.lens.number(Number::Amount);
        Cut { conversion, window: window.0, visit: visit.0, first_only, known_until: asked.known_until(), amount }
    }

    /// Whether a row is a conversion.
    pub(crate) fn converts(&self, run: &Run<'_>, row: usize) -> bool {
        run.meets(row, Some(self.conversion))
    }

    /// Gives the journeys of a customer, in order. Every conversion ends one, also one before which nothing was touched.
    pub(crate) fn each(&self, run: &Run<'_>, walk: &mut Walk, each: impl FnMut(&Journey<'_>)) {
        self.each_of(run, run.codes, walk, each);
    }

    /// The same with what each row touches; [`NONE`] where it touches nothing.
    pub(crate) fn each_of(&self, run: &Run<'_>, codes: &[u32], walk: &mut Walk, mut each: impl FnMut(&Journey<'_>)) {
        walk.touches.clear();
        walk.negative = 0;
        let mut give = |touches: &mut Vec<(u32, i64, i64)>, end: End| {
            let over = match end {
                End::Converted { time, .. } => time,
                End::Lost | End::Open => touches.last().map_or(0, |(_, _, last)| *last),
            };
            let since = over.saturating_sub(self.window);
            let from = touches.partition_point(|(_, _, last)| *last < since).max(touches.len().saturating_sub(TOUCHES_MAX));
            each(&Journey { touches: &touches[from..], end });
            touches.clear();
        };
        let mut has_converted = false;
        for (row, time) in run.times.iter().copied().enumerate() {
            if has_converted && self.first_only {
                break;
            }
            if walk.touches.last().is_some_and(|(_, _, last)| time.saturating_sub(*last) > self.window) {
                give(&mut walk.touches, End::Lost);
            }
            if self.converts(run, row) {
                let amount = run.number(self.amount, row);
                walk.negative += u64::from(amount < 0.0);
                let value = if amount.is_finite() { (amount.max(0.0) * MILLIONTHS).round() as i64 } else { 0 };
                give(&mut walk.touches, End::Converted { time, value });
                has_converted = true;
                continue;
            }
            let Some(code) = codes.get(row).copied().filter(|code| *code != NONE) else { continue };
            match walk.touches.last_mut() {
                Some((last, _, at)) if *last == code && time.saturating_sub(*at) <= self.visit => *at = time,
                _ => walk.touches.push((code, time, time)),
            }
        }
        if let Some((_, _, last)) = walk.touches.last().copied() {
            let is_open = last > self.known_until.saturating_sub(self.window);
            give(&mut walk.touches, if is_open { End::Open } else { End::Lost });
        }
    }
}

/// Whatever takes half an hour to come back to is a touch of its own.
pub(crate) fn visit() -> Span {
    Span::minutes(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Codes by hour; 9 is a conversion.
    fn journeys(events: &[(i64, u32)], first_only: bool) -> Vec<(Vec<u32>, End)> {
        let cut = Cut { conversion: 0, window: 10 * HOUR, visit: HOUR, first_only, known_until: 100 * HOUR, amount: 0 };
        let times: Vec<i64> = events.iter().map(|(hour, _)| hour * HOUR).collect();
        let codes: Vec<u32> = events.iter().map(|(_, code)| if *code == 9 { NONE } else { *code }).collect();
        let masks: Vec<u64> = events.iter().map(|(_, code)| u64::from(*code == 9)).collect();
        let amounts = [events.iter().map(|(hour, _)| *hour as f64 - 50.0).collect()];
        let run = Run {
            key: 1,
            name: None,
            times: &times,
            codes: &codes,
            masks: &masks,
            numbers: &amounts,
            texts: &[],
            offset: 0,
            traits: &[],
            histories: &[],
            members: 0,
        };
        let mut all = Vec::new();
        let mut walk = Walk::default();
        cut.each(&run, &mut walk, |journey| all.push((journey.touches.iter().map(|(code, ..)| *code).collect(), journey.end)));
        all
    }

    #[test]
    fn journeys_end_with_conversions_pauses_and_not_at_all() {
        let converted = |hour: i64, value: i64| End::Converted { time: hour * HOUR, value };
        let events = [(1, 0), (2, 0), (4, 0), (5, 1), (6, 9), (60, 9), (61, 2), (80, 2), (92, 1)];
        let expected = vec![
            (vec![0, 0, 1], converted(6, 0)),
            (vec![], converted(60, 10_000_000)),
            (vec![2], End::Lost),
            (vec![2], End::Lost),
            (vec![1], End::Open),
        ];
        assert_eq!(journeys(&events, false), expected);
        assert_eq!(journeys(&events, true), expected[..1]);
        assert_eq!(journeys(&[(90, 1)], false), [(vec![1], End::Lost)], "the window is over at its last moment");
        assert!(journeys(&[], false).is_empty());
        // What was longer before the end than the window does not count, whether it ended with a conversion or without.
        let late = [(1, 0), (8, 1), (15, 2), (20, 9), (30, 0), (38, 1), (45, 2)];
        assert_eq!(journeys(&late, false), [(vec![2], converted(20, 0)), (vec![1, 2], End::Lost)]);
        let long: Vec<(i64, u32)> = (0..500).map(|n| (n / 100, (n % 2) as u32)).collect();
        assert_eq!(journeys(&long, false)[0].0.len(), TOUCHES_MAX);
    }
}
