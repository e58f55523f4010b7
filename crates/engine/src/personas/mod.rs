//! Groups of customers that are alike, as the analysis `personas` finds them.
//!
//! What is known of one member is a [`member::Member`]. [`figures`] makes comparable numbers of it, [`group`] says to which group a
//! member belongs by what an answer's place carries alone, [`find`] finds the groups, [`rule`] looks for a condition that
//! describes one, and [`words`] tells what sets it apart.

pub(crate) mod figures;
pub(crate) mod find;
pub(crate) mod group;
pub(crate) mod member;
pub(crate) mod rule;
pub(crate) mod words;

/// So many members are kept; of more, a blind sample.
pub(crate) const MEMBERS_MAX: usize = 50_000;
/// So many of them the groups are found among: more would not move them, and every number of groups is tried many times.
pub(crate) const FITTED_MAX: usize = 3_000;
/// So many different events, touchpoints or channels are figures, those of most members.
pub(crate) const COUNTED_MAX: usize = 30;
/// So many steps of a journey are compared, the first ones.
pub(crate) const STEPS_MAX: usize = 100;
/// So many groups at most.
pub(crate) const GROUPS_MAX: usize = 20;
/// Chance is a seed: the same members are grouped in the same way.
pub(crate) const SEED: u64 = 1;
