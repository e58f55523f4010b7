//! A cell for every pair of codes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// With at most so many codes every pair has its place; with more, only pairs that occur.
const DENSE_MAX: usize = 128;

/// A cell for every pair of codes: at its place where there are few codes, looked up where there are many.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grid<C> {
    width: usize,
    dense: Vec<C>,
    sparse: HashMap<(u32, u32), C, foldhash::fast::RandomState>,
}

impl<C: Clone + Default> Grid<C> {
    /// For so many codes.
    pub(crate) fn new(codes: usize) -> Grid<C> {
        let width = if codes <= DENSE_MAX { codes } else { 0 };
        Grid { width, dense: vec![C::default(); width * width], sparse: HashMap::default() }
    }

    /// For a few pairs of many codes.
    pub(crate) fn sparse() -> Grid<C> {
        Grid { width: 0, dense: Vec::new(), sparse: HashMap::default() }
    }

    /// The cell of a pair.
    #[inline]
    pub(crate) fn at(&mut self, from: u32, to: u32) -> &mut C {
        // Codes of a dense grid are all below its width; a stranger finds a cell too.
        let (a, b) = (from as usize, to as usize);
        if a < self.width && b < self.width { &mut self.dense[a * self.width + b] } else { self.sparse.entry((from, to)).or_default() }
    }

    /// The cell of a pair, if it was ever used.
    pub(crate) fn get(&self, from: u32, to: u32) -> Option<&C> {
        let (a, b) = (from as usize, to as usize);
        if a < self.width && b < self.width { self.dense.get(a * self.width + b) } else { self.sparse.get(&(from, to)) }
    }

    /// Every cell with its pair, unused ones of a dense grid included.
    pub(crate) fn cells(&self) -> impl Iterator<Item = ((u32, u32), &C)> {
        let width = self.width.max(1);
        let dense = self.dense.iter().enumerate().map(move |(place, cell)| (((place / width) as u32, (place % width) as u32), cell));
        dense.chain(self.sparse.iter().map(|(pair, cell)| (*pair, cell)))
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.dense.len() + self.sparse.len()
    }

    /// Adds another grid, cell by cell.
    pub(crate) fn merge(&mut self, other: Grid<C>, add: impl Fn(&mut C, C)) {
        let width = other.width.max(1);
        let dense = other.dense.into_iter().enumerate().map(|(place, cell)| (((place / width) as u32, (place % width) as u32), cell));
        for ((from, to), cell) in dense.chain(other.sparse) {
            add(self.at(from, to), cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_codes_or_many_it_is_the_same() {
        for mut grid in [Grid::<u64>::new(3), Grid::new(1_000), Grid::sparse()] {
            *grid.at(1, 2) += 5;
            *grid.at(2, 1) += 1;
            *grid.at(700, 1) += 2;
            let mut other = Grid::new(1_000);
            *other.at(1, 2) += 3;
            grid.merge(other, |mine, theirs| *mine += theirs);
            let mut cells: Vec<_> = grid.cells().filter(|(_, n)| **n > 0).map(|(pair, n)| (pair, *n)).collect();
            cells.sort_unstable();
            assert_eq!(cells, [((1, 2), 8), ((2, 1), 1), ((700, 1), 2)]);
            assert_eq!((grid.get(1, 2), grid.get(9, 9)), (Some(&8), None));
        }
    }
}
