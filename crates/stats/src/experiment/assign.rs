//! Who gets what: by a hash, so that nothing need be remembered and every SDK comes to the same.
//!
//! **The formula.** Join the bytes of the salt (UTF-8), one byte 0, and the bytes of the unit's id (UTF-8). Take their XXH3-64 with seed 0
//! as an unsigned 64-bit number h. Then u = ⌊h / 2¹¹⌋ / 2⁵³, a number from 0 up to but not including 1, which an IEEE double holds exactly.
//! The salt `checkout` and the unit `ana` give h = 0xA7B4_0718_CCCB_174C and u = 0.6550907550379572
//! (`tests/experiment.rs` holds this and others).
//!
//! **The way of a unit** through a [`Design`]:
//! 1. with a holdout: if u(holdout's salt, unit) < share, it is held out of this and every experiment with that holdout;
//! 2. with a layer: if u(layer's salt, unit) is not in from ≤ u < to, it is outside. Experiments with the same layer and intervals that do
//!    not overlap exclude each other; an interval from 0 to 0.1 exposes a tenth;
//! 3. its arm is the first, in order, for which u(own salt, unit) · W < w₁ + … + wᵢ, with whole weights w and their sum W (the product as a
//!    double); the last arm where rounding leaves none.
//!
//! Different salts give independent numbers, so experiments do not disturb each other. Changing a salt deals out anew. Changing weights moves
//! units between arms, which spoils an experiment that is running; widening a layer's interval does not.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::ExperimentError;

/// At most as many arms.
pub const ARMS_MAX: usize = 100;
/// At most as long a salt, in bytes.
pub const SALT_MAX: usize = 1_000;

/// The number from 0 to 1 (not included) of a unit under a salt; the formula is in the [module](self).
pub fn unit_interval(salt: &str, unit: &str) -> f64 {
    (hash(salt, unit) >> 11) as f64 / (1u64 << 53) as f64
}

fn hash(salt: &str, unit: &str) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(salt.as_bytes());
    hasher.update(&[0]);
    hasher.update(unit.as_bytes());
    hasher.digest()
}

/// Customers who see none of several experiments, to measure what all of them do together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// The same for all experiments that the holdout is for.
    pub salt: String,
    /// Which share is held out, from 0 to 1.
    pub share: f64,
}

/// A part of the units, for experiments that must not meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The same for all experiments that exclude each other.
    pub salt: String,
    /// Where the part begins, from 0.
    pub from: f64,
    /// Where it ends, not included, up to 1.
    pub to: f64,
}

/// How units are dealt out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Design {
    salt: String,
    weights: Vec<u32>,
    holdout: Option<Holdout>,
    layer: Option<Layer>,
}

/// What a unit gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "assigned", content = "arm")]
pub enum Assignment {
    /// The arm of this number, from 0.
    Arm(usize),
    /// Nothing, as part of the holdout.
    Holdout,
    /// Nothing, because it is not in the experiment's part of the layer.
    Outside,
}

impl Design {
    /// Checks a design. `weights` are one whole number for each arm, in order: 50, 50, or 1, 1, 2; an arm of weight 0 gets nobody.
    ///
    /// # Errors
    /// [`ExperimentError::Design`] saying what is wrong. Salts of the experiment, the holdout and the layer must differ: with equal ones
    /// the same units would be held out and in the first arm.
    pub fn new(salt: &str, weights: &[u32], holdout: Option<Holdout>, layer: Option<Layer>) -> Result<Design, ExperimentError> {
        let wrong = |what| Err(ExperimentError::Design(what));
        let mut salts = vec![salt];
        salts.extend(holdout.iter().map(|holdout| holdout.salt.as_str()));
        salts.extend(layer.iter().map(|layer| layer.salt.as_str()));
        if salts.iter().any(|salt| salt.is_empty() || salt.len() > SALT_MAX || salt.contains('\0')) {
            return wrong("a salt has 1 to 1,000 bytes and no zero byte");
        }
        if (0..salts.len()).any(|i| salts[..i].contains(&salts[i])) {
            return wrong("the experiment, its holdout and its layer need different salts, or they deal out the same units");
        }
        if !(1..=ARMS_MAX).contains(&weights.len()) || weights.iter().all(|weight| *weight == 0) {
            return wrong("an experiment has 1 to 100 arms, and not all weights are 0");
        }
        if holdout.as_ref().is_some_and(|holdout| !(0.0..=1.0).contains(&holdout.share)) {
            return wrong("the share of a holdout is from 0 to 1");
        }
        if layer.as_ref().is_some_and(|layer| !(0.0 <= layer.from && layer.from < layer.to && layer.to <= 1.0)) {
            return wrong("a layer's part goes from at least 0 to at most 1, and its end is above its beginning");
        }
        Ok(Design { salt: salt.to_owned(), weights: weights.to_vec(), holdout, layer })
    }

    /// The weights, in the order of the arms; what [`balance`](super::balance()) expects.
    pub fn weights(&self) -> &[u32] {
        &self.weights
    }

    /// What a unit gets: always the same.
    pub fn assign(&self, unit: &str) -> Assignment {
        if self.holdout.as_ref().is_some_and(|holdout| unit_interval(&holdout.salt, unit) < holdout.share) {
            return Assignment::Holdout;
        }
        let inside = |layer: &Layer| (layer.from..layer.to).contains(&unit_interval(&layer.salt, unit));
        if !self.layer.as_ref().is_none_or(inside) {
            return Assignment::Outside;
        }
        let all: u64 = self.weights.iter().map(|weight| u64::from(*weight)).sum();
        let place = unit_interval(&self.salt, unit) * all as f64;
        let mut sum = 0u64;
        let found = self.weights.iter().position(|weight| {
            sum += u64::from(*weight);
            place < sum as f64
        });
        // Rounding can only leave what belongs to the last arm that gets anybody.
        let last = || self.weights.iter().rposition(|weight| *weight > 0).unwrap_or(0);
        Assignment::Arm(found.unwrap_or_else(last))
    }
}
