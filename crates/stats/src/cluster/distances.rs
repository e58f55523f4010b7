//! How far each is from each: half a matrix, because there and back is the same.

use super::Error;

/// At most so many things: their distances take 4 bytes a pair, 800 MB.
pub const THINGS_MAX: usize = 20_000;

/// Distances between things that are numbered from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    things: usize,
    /// Of 1: to 0; of 2: to 0 and 1; and so on.
    pairs: Vec<f32>,
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
        let mut pairs = vec![0.0f32; things * things.saturating_sub(1) / 2];
        let threads = if things < 200 { 1 } else { std::thread::available_parallelism().map_or(1, usize::from).min(8) };
        // Each thread gets rows with about as many pairs.
        let (mut rest, mut row) = (&mut pairs[..], 1);
        std::thread::scope(|scope| {
            for thread in 1..=threads {
                let share = (thread as f64 / threads as f64).sqrt();
                let end = if thread == threads { things } else { ((things as f64 * share) as usize).clamp(row, things) };
                let size: usize = (row..end).sum();
                let (mut own, later) = std::mem::take(&mut rest).split_at_mut(size);
                rest = later;
                let fill = &fill;
                let first = row;
                row = end.max(row);
                let work = move || {
                    for row in first..end {
                        let (cells, later) = std::mem::take(&mut own).split_at_mut(row);
                        fill(row, cells);
                        own = later;
                    }
                };
                scope.spawn(work);
            }
        });
        if pairs.iter().any(|distance| !distance.is_finite() || *distance < 0.0) {
            return Err(Error::Setting("a distance must be finite and not negative"));
        }
        Ok(Distances { things, pairs })
    }

    /// How many things there are.
    pub fn things(&self) -> usize {
        self.things
    }

    /// How far two things are from each other.
    pub fn between(&self, a: usize, b: usize) -> f32 {
        match a.cmp(&b) {
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Greater => self.pairs[a * (a - 1) / 2 + b],
            std::cmp::Ordering::Less => self.pairs[b * (b - 1) / 2 + a],
        }
    }

    /// Calls with every thing and how far it is from one.
    pub(super) fn each(&self, one: usize, mut with: impl FnMut(usize, f32)) {
        let start = one * one.saturating_sub(1) / 2;
        self.pairs[start..start + one].iter().enumerate().for_each(|(other, distance)| with(other, *distance));
        with(one, 0.0);
        let mut at = (one + 1) * one / 2 + one;
        for other in one + 1..self.things {
            with(other, self.pairs[at]);
            at += other;
        }
    }

    pub(super) fn pairs(&self) -> &[f32] {
        &self.pairs
    }
}
