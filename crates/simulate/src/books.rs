//! The books: lines on their way to the outlet, and the counts that become the truth.

use crate::SimulateError;
use crate::outlet::{DataFile, Outlet, Progress};
use crate::truth::Tally;

/// Buffers are handed over when they reach this size.
const PIECE: usize = 1 << 16;

/// Lines on their way out. Lives only write into memory here, so that nothing that happens in them can fail;
/// [`Books::settle`] hands the bytes over between two households.
pub(crate) struct Books<'a> {
    outlet: &'a mut dyn Outlet,
    buffers: [Vec<u8>; DataFile::ALL.len()],
    pub(crate) tally: Tally,
}

impl<'a> Books<'a> {
    pub(crate) fn open(outlet: &'a mut dyn Outlet, tally: Tally) -> Books<'a> {
        let buffers = DataFile::ALL.map(|file| match file.header() {
            Some(header) => format!("{header}\n").into_bytes(),
            None => Vec::new(),
        });
        Books { outlet, buffers, tally }
    }

    /// Writes one record and says where its line begins in the buffer.
    pub(crate) fn write(&mut self, file: DataFile, fill: impl FnOnce(&mut Vec<u8>)) -> usize {
        let buffer = &mut self.buffers[file as usize];
        let begin = buffer.len();
        fill(buffer);
        buffer.push(b'\n');
        self.tally.records[file as usize] += 1;
        begin
    }

    /// Writes the line that begins at `begin` once more.
    pub(crate) fn repeat(&mut self, file: DataFile, begin: usize) {
        let buffer = &mut self.buffers[file as usize];
        buffer.extend_from_within(begin..);
        self.tally.duplicates[file as usize] += 1;
    }

    /// Writes a part of the line that begins at `begin` once more: cut off in the middle, at a comma or quote if there is one,
    /// so that it is neither JSON nor a row of the right width.
    pub(crate) fn tear(&mut self, file: DataFile, begin: usize) {
        let buffer = &mut self.buffers[file as usize];
        let half = (buffer.len() - begin) / 2;
        let cut = buffer[begin..begin + half].iter().rposition(|byte| *byte == b',').unwrap_or(1);
        buffer.extend_from_within(begin..begin + cut);
        buffer.push(b'\n');
        self.tally.malformed[file as usize] += 1;
    }

    /// Hands full buffers over.
    pub(crate) fn settle(&mut self) -> Result<(), SimulateError> {
        for file in DataFile::ALL {
            if self.buffers[file as usize].len() >= PIECE {
                self.hand_over(file)?;
            }
        }
        Ok(())
    }

    /// Hands everything over and closes the books.
    pub(crate) fn close(mut self) -> Result<(Tally, &'a mut dyn Outlet), SimulateError> {
        for file in DataFile::ALL.into_iter().filter(|file| *file != DataFile::Truth) {
            self.hand_over(file)?;
        }
        Ok((self.tally, self.outlet))
    }

    pub(crate) fn report(&mut self, customers_total: u64) {
        self.outlet.progress(Progress { customers: self.tally.customers, customers_total, lines: self.tally.lines() });
    }

    fn hand_over(&mut self, file: DataFile) -> Result<(), SimulateError> {
        let buffer = &mut self.buffers[file as usize];
        self.outlet.write(file, buffer).map_err(|source| SimulateError::Write { file: file.name(), source })?;
        buffer.clear();
        Ok(())
    }
}
