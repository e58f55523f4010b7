//! A cell for every sequence of codes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::lens::NONE;

/// Sequences of so many codes, of which each is small, are kept as one number.
const SHORT_MAX: usize = 8;

/// A cell for every sequence of codes that occurred.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ways<C> {
    short: HashMap<u128, C, foldhash::fast::RandomState>,
    long: HashMap<Box<[u32]>, C, foldhash::fast::RandomState>,
}

impl<C> Default for Ways<C> {
    fn default() -> Ways<C> {
        Ways { short: HashMap::default(), long: HashMap::default() }
    }
}

/// A sequence. The order is that of the codes, one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way<'a> {
    Short(u128),
    Long(&'a [u32]),
}

impl Way<'_> {
    /// Its codes.
    pub(crate) fn codes(self) -> Vec<u32> {
        match self {
            Way::Short(packed) => unpack(packed),
            Way::Long(codes) => codes.to_vec(),
        }
    }
}

impl Ord for Way<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Way::Short(a), Way::Short(b)) => a.cmp(b),
            _ => self.codes().cmp(&other.codes()),
        }
    }
}

impl PartialOrd for Way<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Sixteen bits for each code, the first ones highest, so that numbers are in the order of sequences. 0 is no code.
fn pack(codes: &[u32]) -> Option<u128> {
    if codes.len() > SHORT_MAX {
        return None;
    }
    let mut packed = 0;
    for (place, code) in codes.iter().enumerate() {
        let bits = match *code {
            NONE => u16::MAX,
            code => u16::try_from(code + 1).ok().filter(|bits| *bits != u16::MAX)?,
        };
        packed |= u128::from(bits) << (112 - 16 * place);
    }
    Some(packed)
}

fn unpack(packed: u128) -> Vec<u32> {
    let bits = (0..SHORT_MAX).map(|place| (packed >> (112 - 16 * place)) as u16);
    bits.take_while(|bits| *bits != 0).map(|bits| if bits == u16::MAX { NONE } else { u32::from(bits) - 1 }).collect()
}

impl<C: Default> Ways<C> {
    /// The cell of a sequence.
    pub(crate) fn at(&mut self, codes: &[u32]) -> &mut C {
        match pack(codes) {
            Some(packed) => self.short.entry(packed).or_default(),
            None => self.long.entry(codes.into()).or_default(),
        }
    }

    /// How many sequences there are.
    pub(crate) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// Every sequence with its cell, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Way<'_>, &C)> {
        self.short
            .iter()
            .map(|(packed, cell)| (Way::Short(*packed), cell))
            .chain(self.long.iter().map(|(codes, cell)| (Way::Long(codes), cell)))
    }

    /// Adds others, cell by cell.
    pub(crate) fn merge(&mut self, other: Ways<C>, add: impl Fn(&mut C, C)) {
        for (packed, cell) in other.short {
            add(self.short.entry(packed).or_default(), cell);
        }
        for (codes, cell) in other.long {
            add(self.long.entry(codes).or_default(), cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_keep_their_codes_and_their_order() {
        let sequences: [&[u32]; 9] = [&[], &[0], &[0, 5], &[1], &[1, 0], &[1, NONE], &[65_000, 3], &[70_000], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
        let mut ways: Ways<usize> = Ways::default();
        for (number, codes) in sequences.iter().enumerate() {
            *ways.at(codes) += number;
            *ways.at(codes) += 100;
        }
        let mut more = Ways::default();
        *more.at(&[1]) += 1_000;
        *more.at(&[70_000]) += 1_000;
        ways.merge(more, |mine, theirs| *mine += theirs);
        let mut all: Vec<(Way<'_>, &usize)> = ways.iter().collect();
        all.sort();
        let told: Vec<(Vec<u32>, usize)> = all.iter().map(|(way, cell)| (way.codes(), **cell)).collect();
        let extra = |codes: &[u32]| if [&[1][..], &[70_000]].contains(&codes) { 1_000 } else { 0 };
        let mut expected: Vec<(Vec<u32>, usize)> =
            sequences.iter().enumerate().map(|(number, codes)| (codes.to_vec(), number + 100 + extra(codes))).collect();
        expected.sort();
        assert_eq!(told, expected);
        assert_eq!(ways.len(), sequences.len());
    }
}
