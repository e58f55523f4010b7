//! How far each is from each.

use super::Error;

/// At most so many things: their distances are a square of 4 bytes each, 256 MB.
pub const THINGS_MAX: usize = 8_000;

/// Distances between things that are numbered from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    things: usize,
    /// Row after row. Half of it would say as much, but whoever walks along a row would jump through all of the memory.
    cells: Vec<f32>,
}

impl Distances {
    /// The distances that `of` gives for pairs (i, j) with j < i. They must be finite and not negative. Threads divide the work; the
    /// result does not depend on them.
    ///
    /// # Errors
    /// Too many things, or a distance that is none.
    pub fn of(things: usize, of: impl Fn(usize, usize) -> f32 + Sync) -> Result<Distances, Error> {
        Distances::by_rows(things, |row, out| out.iter_mut().enumerate().for_each(|(other, cell)| *cell = of(row, other)))
    }

    /// The same, where `fill` writes the distances of a thing to all before it.
    pub(super) fn by_rows(things: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Result<Distances, Error> {
        if things > THINGS_MAX {
            return Err(Error::TooMany { what: "things to compare with each other", found: things, most: THINGS_MAX });
        }
        let mut cells = vec![0.0f32; things * things];
        let threads = if things < 200 { 1 } else { std::thread::available_parallelism().map_or(1, usize::from).min(8) };
        let (mut rest, mut row) = (&mut cells[..], 0);
        std::thread::scope(|scope| {
            for thread in 1..=threads {
                // A row has as many pairs as its number says; each thread gets rows with about as many together.
                let share = (thread as f64 / threads as f64).sqrt();
                let end = if thread == threads { things } else { ((things as f64 * share) as usize).clamp(row, things) };
                let (own, later) = std::mem::take(&mut rest).split_at_mut((end - row) * things);
                rest = later;
                let (fill, first) = (&fill, row);
                row = end;
                let mut work =
                    move || own.chunks_mut(things.max(1)).enumerate().for_each(|(at, cells)| fill(first + at, &mut cells[..first + at]));
                // Without others there is nothing to wait for.
                if threads == 1 { work() } else { drop(scope.spawn(work)) }
            }
        });
        mirrored(&mut cells, things);
        if cells.iter().any(|distance| !distance.is_finite() || *distance < 0.0) {
            return Err(Error::Setting("a distance must be finite and not negative"));
        }
        Ok(Distances { things, cells })
    }

    /// How many things there are.
    pub fn things(&self) -> usize {
        self.things
    }

    /// How far two things are from each other.
    pub fn between(&self, a: usize, b: usize) -> f32 {
        self.cells[a * self.things + b]
    }

    /// How far a thing is from each, itself included.
    pub fn row(&self, thing: usize) -> &[f32] {
        &self.cells[thing * self.things..][..self.things]
    }
}

/// Copies what is under the diagonal above it, in squares that fit into the nearest memory.
fn mirrored(cells: &mut [f32], things: usize) {
    const SIDE: usize = 64;
    for top in (0..things).step_by(SIDE) {
        for left in (0..=top).step_by(SIDE) {
            for row in top..(top + SIDE).min(things) {
                for column in left..(left + SIDE).min(row) {
                    cells[column * things + row] = cells[row * things + column];
                }
            }
        }
    }
}
