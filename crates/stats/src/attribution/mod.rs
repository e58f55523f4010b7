//! Which channels conversions are credited to.
//!
//! [`Paths`] go in (what was touched before each conversion, and before none), [`Credits`] come out, by one of the [`Model`]s. Rules
//! look at one path at a time ([`touch`]), Shapley at which channels a path has ([`shapley`]), Markov at how paths go on
//! ([`mod@markov`]). [`intervals()`] says how sure that is, [`returns`] what it cost.
//!
//! None of this is cause and effect: a channel may be credited because those who buy anyway pass it. To add a model, add a variant
//! with its doc, an arm in `Prepared`, and a naive twin or published figures in the tests.

pub mod intervals;
pub mod markov;
pub mod shapley;
pub mod spend;
pub mod touch;

pub use crate::bootstrap::Bootstrap;
pub use intervals::{Intervals, chain_intervals, intervals};
pub use markov::{Markov, Removal, markov};
pub use shapley::{Ordered, ordered};
pub use spend::{Return, returns};

use crate::paths::{JourneyError, Paths, Weight};

/// How much of a conversion the first, the last and the touches between them get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Share of the first touch, from 0 to 1.
    pub first: f64,
    /// Share of the last touch; at most 1 together with `first`. What remains is divided equally among those between.
    pub last: f64,
}

impl Default for Position {
    /// 40 %, 20 %, 40 %.
    fn default() -> Position {
        Position { first: 0.4, last: 0.4 }
    }
}

/// A way to divide a conversion among the touches before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// The same to every touch; a channel that was touched twice gets twice as much.
    Linear,
    /// More to the first and the last touch. A single touch gets all. Of two, each gets its own share and half of what would be
    /// between: with 40/20/40 both get half.
    Position(Position),
    /// Twice as much to a touch that is later by a half-life: each gets 2^(−age / half-life), divided by their sum.
    TimeDecay {
        /// The half-life in seconds, above 0. Needs the ages of touches.
        half_life_seconds: f64,
    },
    /// All to every channel that was touched, once: the sum is more than there were conversions.
    Participation,
    /// To each channel in proportion to what would be lost without it ([`markov()`]).
    Markov {
        /// How many touches back a state remembers, from 1 on.
        order: usize,
    },
    /// The same to every channel that was touched, however often: the Shapley value of the game in which a set of channels is worth
    /// the conversions that need no other channel ([`shapley`]).
    Shapley,
}

/// What each channel is credited with. By channel, in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Credits {
    /// Conversions.
    pub conversions: Vec<f64>,
    /// Their value, in currency units.
    pub value: Vec<f64>,
    /// Conversions before which nothing was touched, which no channel gets.
    pub untouched_conversions: u64,
    /// Their value.
    pub untouched_value: f64,
}

/// Divides the conversions of paths among channels. All models but [`Model::Participation`] give out exactly the conversions (and
/// the value) of paths with a touch.
///
/// Errors: no conversions after a touch, a setting out of its range, ages that are not known, or what [`markov()`] complains of.
pub fn credits(paths: &Paths, model: &Model) -> Result<Credits, JourneyError> {
    Prepared::new(paths, model)?.credits(paths, crate::chain::sweep::EXACT)
}

/// A model that is ready to be asked for several weightings of the same paths.
pub(crate) enum Prepared {
    Rule(Model),
    Shapley,
    Markov(Box<markov::Walks>),
}

impl Prepared {
    pub fn new(paths: &Paths, model: &Model) -> Result<Prepared, JourneyError> {
        match model {
            Model::Markov { order } => Ok(Prepared::Markov(Box::new(markov::Walks::new(paths, *order)?))),
            Model::Shapley => Ok(Prepared::Shapley),
            rule => touch::checked(rule, paths).map(|()| Prepared::Rule(*rule)),
        }
    }

    pub fn credits(&self, paths: &Paths, precision: f64) -> Result<Credits, JourneyError> {
        let (conversions, _) = paths.converted(true);
        if paths.journeys() == 0 {
            return Err(JourneyError::NoJourneys);
        }
        if conversions == 0 {
            return Err(JourneyError::NoConversions);
        }
        match self {
            Prepared::Rule(model) => Ok(touch::credits(paths, model)),
            Prepared::Shapley => Ok(shapley::credits(paths)),
            Prepared::Markov(walks) => Ok(walks.solve(paths, precision)?.credits),
        }
    }
}

impl Credits {
    /// Nothing for anybody yet, but what no channel can get.
    pub(crate) fn none(paths: &Paths) -> Credits {
        let (untouched_conversions, untouched_value) = paths.converted(false);
        let nothing = vec![0.0; paths.channels()];
        Credits { conversions: nothing.clone(), value: nothing, untouched_conversions, untouched_value }
    }

    /// Gives a channel a share of what a path is worth.
    pub(crate) fn give(&mut self, channel: u16, share: f64, weight: &Weight) {
        self.conversions[usize::from(channel)] += share * weight.conversions as f64;
        self.value[usize::from(channel)] += share * weight.value;
    }
}
