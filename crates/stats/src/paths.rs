//! Paths of customers to a conversion, and to none: what attribution and the journey chain count.

use crate::chance::Chance;

/// How many different channels (or touchpoints) there may be.
pub const CHANNELS_MAX: usize = 65_535;
/// How many touches all paths together may have: places in them are kept as 32-bit numbers.
pub const TOUCHES_MAX: usize = 1 << 30;
/// How many journeys all paths together may stand for: up to here a floating-point number counts them one by one.
pub const JOURNEYS_MAX: u64 = 1 << 53;
/// How much all conversions together may be worth, in currency units. More is a mistake, and sums of products must stay numbers.
pub const VALUE_MAX: f64 = 1e30;

/// Why paths, or what is asked of them, give no figures.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum JourneyError {
    /// A path names a channel that is not below the number of channels.
    #[error("a path names channel {channel}, but there are only {channels} (from 0 on): give the number of channels that there are")]
    UnknownChannel {
        /// The channel that is named.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// More channels, touches or journeys than can be counted.
    #[error("there are more than {limit} {what}: choose a shorter time, fewer channels or a sample")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// Times were given for some paths and not for others, or not for every touch.
    #[error("every touch needs its time, or none may have one: give as many ages as touches, in all paths")]
    Ages,
    /// Ages that grow along a path.
    #[error("the touches of a path must be in the order of time: an age (seconds before the end) may not grow from touch to touch")]
    Order,
    /// Money that is negative or no number.
    #[error(
        "the value of conversions must be a number from 0 on, and not above 1e30 in all: leave refunds out, or take them off the conversion that they belong to"
    )]
    Value,
    /// Money without a conversion that it could belong to.
    #[error("a path without a conversion has a value: leave the value out, or count its conversion")]
    ValueWithoutConversion,
    /// A model that needs times, of paths that have none.
    #[error("time decay needs to know how long before the end each touch was: give the ages of the touches")]
    AgesNeeded,
    /// There are no paths at all.
    #[error("there are no journeys: choose a longer time, or a wider definition of what counts as a touch")]
    NoJourneys,
    /// There is nothing to give credit for.
    #[error("there are no conversions after a touch: choose a longer time or look-back, or another conversion")]
    NoConversions,
    /// A setting out of its range.
    #[error("{what} must be {range}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// What it may be.
        range: &'static str,
    },
    /// A chain in which people go round for so long that the iteration does not end.
    #[error("people go round in {states} states for too long to compute exactly: choose a lower order, or drop repeats from the paths")]
    TooSlow {
        /// How many states hang together.
        states: usize,
    },
    /// A state that the chain does not have.
    #[error("there is no state {state} in the chain (it has {states}, from 0 on): choose one that customers were in")]
    UnknownState {
        /// The state that is named.
        state: usize,
        /// How many there are.
        states: usize,
    },
    /// A transition that nobody made, or from or to where nobody can go.
    #[error(
        "nobody went this way, so there is nothing to scale or to wait for: choose a transition that the chain has, or set its probability"
    )]
    NoTransition,
    /// All who leave a state go the same way, so there is no other way for the rest.
    #[error(
        "everybody goes the same way from there, so there is nowhere for the others to go: add a state first, or choose another change"
    )]
    NowhereElse,
    /// A change that would make a probability more than 1.
    #[error("the change makes a probability {probability}, more than 1: choose a smaller one")]
    Probability {
        /// What it would be.
        probability: f64,
    },
}

/// What a path stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weight {
    /// How many journeys along it ended with the conversion.
    pub conversions: u64,
    /// What these conversions were worth together, in currency units.
    pub value: f64,
    /// How many ended without.
    pub nulls: u64,
}

impl Weight {
    /// What as many journeys would stand for if each counted as often as a Poisson number of mean 1 says (Hanley and MacGibbon 2006).
    pub(crate) fn drawn(&self, dice: &mut Chance) -> Weight {
        let (conversions, nulls) = (dice.poisson(self.conversions as f64), dice.poisson(self.nulls as f64));
        let each = if self.conversions > 0 { self.value / self.conversions as f64 } else { 0.0 };
        Weight { conversions, value: each * conversions as f64, nulls }
    }
}

/// Paths, each with how many journeys went along it. Equal paths may be pushed as one with their weights added up, or apart:
/// all figures are the same but those of the bootstrap, which cannot tell the values of one group's conversions apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Paths {
    channels: usize,
    touches: Vec<u16>,
    ages: Vec<u32>,
    /// Where each path ends in `touches`.
    ends: Vec<u32>,
    weights: Vec<Weight>,
    journeys: u64,
    value: f64,
}

/// One path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path<'a> {
    /// The channels in the order in which they were touched, repeats included; empty when nothing was.
    pub touches: &'a [u16],
    /// How many seconds before the end of the journey (the conversion, or giving up) each touch was; empty when not known.
    pub ages: &'a [u32],
    /// How many journeys went along it.
    pub weight: Weight,
}

impl Paths {
    /// No paths yet. Channels have numbers from 0 on, below `channels`.
    ///
    /// Errors: more than [`CHANNELS_MAX`] channels.
    pub fn new(channels: usize) -> Result<Paths, JourneyError> {
        if channels > CHANNELS_MAX {
            return Err(JourneyError::TooMany { what: "channels", limit: CHANNELS_MAX as u64 });
        }
        Ok(Paths { channels, touches: Vec::new(), ages: Vec::new(), ends: Vec::new(), weights: Vec::new(), journeys: 0, value: 0.0 })
    }

    /// Adds a path. `ages` has as many entries as `touches`, or is empty in all paths; a path without touches fits both.
    ///
    /// Errors: channels that there are not, ages that are missing or grow, a value below 0 or without conversions, or more
    /// touches or journeys than [`TOUCHES_MAX`] and [`JOURNEYS_MAX`]. Nothing was added then.
    pub fn push(&mut self, touches: &[u16], ages: &[u32], weight: Weight) -> Result<(), JourneyError> {
        if let Some(channel) = touches.iter().map(|channel| usize::from(*channel)).find(|channel| *channel >= self.channels) {
            return Err(JourneyError::UnknownChannel { channel, channels: self.channels });
        }
        let timed = !self.ages.is_empty() || self.touches.is_empty() && !ages.is_empty();
        if !touches.is_empty() && ages.len() != if timed { touches.len() } else { 0 } || touches.is_empty() && !ages.is_empty() {
            return Err(JourneyError::Ages);
        }
        if ages.windows(2).any(|pair| pair[0] < pair[1]) {
            return Err(JourneyError::Order);
        }
        let value = self.value + weight.value;
        if !(weight.value >= 0.0 && value <= VALUE_MAX) {
            return Err(JourneyError::Value);
        }
        if weight.value > 0.0 && weight.conversions == 0 {
            return Err(JourneyError::ValueWithoutConversion);
        }
        if self.touches.len() + touches.len() > TOUCHES_MAX || self.ends.len() >= TOUCHES_MAX {
            return Err(JourneyError::TooMany { what: "touches", limit: TOUCHES_MAX as u64 });
        }
        let more = weight.conversions.checked_add(weight.nulls).and_then(|more| more.checked_add(self.journeys));
        let Some(journeys) = more.filter(|journeys| *journeys <= JOURNEYS_MAX) else {
            return Err(JourneyError::TooMany { what: "journeys", limit: JOURNEYS_MAX });
        };
        (self.journeys, self.value) = (journeys, value);
        self.touches.extend_from_slice(touches);
        self.ages.extend_from_slice(ages);
        self.ends.push(self.touches.len() as u32);
        self.weights.push(weight);
        Ok(())
    }

    /// How many channels there are.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How many paths there are, whatever they stand for.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many journeys all paths stand for.
    pub fn journeys(&self) -> u64 {
        self.journeys
    }

    /// Whether it is known when the touches were.
    pub fn timed(&self) -> bool {
        self.ages.len() == self.touches.len()
    }

    /// How many touches all paths have, each path counted once.
    pub fn touch_count(&self) -> usize {
        self.touches.len()
    }

    /// The paths in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Path<'_>> {
        let mut start = 0;
        self.ends.iter().zip(&self.weights).map(move |(end, weight)| {
            let range = start..*end as usize;
            start = range.end;
            let ages = self.ages.get(range.clone()).unwrap_or_default();
            Path { touches: &self.touches[range], ages, weight: *weight }
        })
    }

    /// What the paths stand for, in their order.
    pub(crate) fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// Gives the paths other weights; as many as there are paths. For draws of the bootstrap and hold-outs, whose weights are made
    /// from checked ones.
    pub(crate) fn reweight(&mut self, weights: Vec<Weight>) {
        debug_assert_eq!(weights.len(), self.len(), "a weight for each path");
        self.journeys = weights.iter().map(|weight| weight.conversions + weight.nulls).sum();
        self.value = weights.iter().map(|weight| weight.value).sum();
        self.weights = weights;
    }

    /// Conversions and value of all paths that have a touch, or of those that have none.
    pub(crate) fn converted(&self, touched: bool) -> (u64, f64) {
        self.iter()
            .filter(|path| path.touches.is_empty() != touched)
            .fold((0, 0.0), |(count, value), path| (count + path.weight.conversions, value + path.weight.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLD: Weight = Weight { conversions: 1, value: 2.5, nulls: 3 };

    #[test]
    fn paths_come_back_as_they_went_in() {
        let mut paths = Paths::new(3).unwrap();
        paths.push(&[], &[], SOLD).unwrap();
        paths.push(&[2, 0], &[9, 0], SOLD).unwrap();
        paths.push(&[], &[], Weight::default()).unwrap();
        paths.push(&[1], &[7], Weight::default()).unwrap();
        let found: Vec<Path> = paths.iter().collect();
        assert_eq!(found[1], Path { touches: &[2, 0], ages: &[9, 0], weight: SOLD });
        assert_eq!((found[0].touches.len(), found[2].ages.len(), found[3].touches), (0, 0, &[1u16][..]));
        assert_eq!((paths.len(), paths.journeys(), paths.touch_count(), paths.timed()), (4, 8, 3, true));
        assert_eq!((paths.converted(true), paths.converted(false)), ((1, 2.5), (1, 2.5)));
    }

    #[test]
    fn what_cannot_be_is_refused_and_leaves_no_trace() {
        let mut paths = Paths::new(2).unwrap();
        paths.push(&[0, 1], &[], SOLD).unwrap();
        let before = paths.clone();
        let mut refused = |touches: &[u16], ages: &[u32], weight: Weight| paths.push(touches, ages, weight).unwrap_err();
        assert_eq!(refused(&[2], &[], SOLD), JourneyError::UnknownChannel { channel: 2, channels: 2 });
        assert_eq!(refused(&[1], &[4], SOLD), JourneyError::Ages);
        assert_eq!(refused(&[], &[4], SOLD), JourneyError::Ages);
        for value in [-1.0, f64::NAN, f64::INFINITY, 2.0 * VALUE_MAX] {
            assert_eq!(refused(&[1], &[], Weight { value, ..SOLD }), JourneyError::Value);
        }
        assert_eq!(refused(&[1], &[], Weight { conversions: 0, ..SOLD }), JourneyError::ValueWithoutConversion);
        let many = Weight { conversions: u64::MAX, ..SOLD };
        assert_eq!(refused(&[1], &[], many), JourneyError::TooMany { what: "journeys", limit: JOURNEYS_MAX });
        assert_eq!(paths, before);
        let mut timed = Paths::new(2).unwrap();
        assert_eq!(timed.push(&[0, 1], &[3, 4], SOLD), Err(JourneyError::Order));
        timed.push(&[0, 1], &[4, 3], SOLD).unwrap();
        assert_eq!(timed.push(&[0, 1], &[4], SOLD), Err(JourneyError::Ages));
        assert_eq!(timed.push(&[0, 1], &[], SOLD), Err(JourneyError::Ages));
        assert!(Paths::new(CHANNELS_MAX + 1).is_err());
    }
}
