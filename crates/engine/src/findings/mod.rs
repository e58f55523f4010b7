//! What findings are made of: a customer's way is cut into trials, detectors say what struck, and what was found is told.
//!
//! The search itself is in the crate `findings`, which knows trials and nothing else.

pub(crate) mod detectors;
pub(crate) mod examples;
pub(crate) mod families;
pub(crate) mod groups;
pub(crate) mod look;
pub(crate) mod rulebook;
pub(crate) mod telling;
pub(crate) mod way;
