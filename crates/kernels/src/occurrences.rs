//! The rows of each code.

/// Sorts a run's rows by code; the list is kept from run to run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occurrences {
    sorted: Vec<(u32, usize)>,
}

impl Occurrences {
    /// The rows of a run, ascending, one slice of (code, row) for each code.
    pub(crate) fn of<'a>(&'a mut self, codes: &[u32]) -> impl Iterator<Item = &'a [(u32, usize)]> + use<'a> {
        self.sorted.clear();
        self.sorted.extend(codes.iter().copied().zip(0..));
        self.sorted.sort_unstable();
        self.sorted.chunk_by(|a, b| a.0 == b.0)
    }
}
