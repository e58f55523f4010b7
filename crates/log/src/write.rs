//! Writing: one frame after the other, each durable before the next begins.

use std::sync::Arc;

use crate::LogError;
use crate::disk::{Disk, DiskFile};
use crate::frame;
use crate::recovery::{self, Found};
use crate::segment::{HEADER, Segment, name};

/// How a log is written.
pub struct Settings {
    /// How large a segment is, in bytes; one with a single larger frame is as large as that.
    pub segment_bytes: u64,
    /// A number that strangers cannot guess, for each segment.
    pub salt: Box<dyn FnMut() -> u64 + Send>,
}

/// How large segments are unless there is a reason.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// What the one thread does that writes.
pub struct Writer<D: Disk> {
    disk: Arc<D>,
    settings: Settings,
    /// All segments whose headers can be read, the one that is written last.
    segments: Vec<Segment>,
    next_segment: u64,
    next_frame: u64,
    current: Option<Current<D::File>>,
    buffer: Vec<u8>,
    /// Whether a write was never confirmed; nothing can be promised after that.
    broken: bool,
}

struct Current<F> {
    segment: Segment,
    file: F,
    place: u64,
    bytes: u64,
    /// Whether a write failed, of which some may be there.
    is_spoiled: bool,
}

impl<D: Disk> Writer<D> {
    /// Opens a log, which is made when there is none. The next frame gets at least the number `at_least`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(disk: Arc<D>, settings: Settings, at_least: u64) -> Result<(Writer<D>, Found), LogError> {
        let opened = recovery::open(&*disk, at_least)?;
        let writer = Writer {
            disk,
            settings,
            segments: opened.segments,
            next_segment: opened.next_segment,
            next_frame: opened.found.next_frame,
            current: None,
            buffer: Vec::new(),
            broken: false,
        };
        Ok((writer, opened.found))
    }

    /// The number that the next frame gets: all below it are durable.
    pub fn next_frame(&self) -> u64 {
        self.next_frame
    }

    /// Makes records durable, all or none of them, and answers the number of their frame.
    ///
    /// # Errors
    /// [`LogError::Disk`] when the disk refuses: the records may turn up after a crash nevertheless, and writing can be tried
    /// again. [`LogError::NotConfirmed`] when nothing more can be written; whoever gets it must end the process.
    pub fn write<'r>(&mut self, records: impl Iterator<Item = &'r [u8]> + Clone) -> Result<u64, LogError> {
        if self.broken {
            return Err(LogError::NotConfirmed(std::io::Error::other("an earlier write was not confirmed")));
        }
        if self.current.as_ref().is_some_and(|current| current.is_spoiled) {
            self.close()?;
        }
        let bytes = frame::HEAD + records.clone().map(frame::size).sum::<usize>();
        if bytes > frame::FRAME_MAX {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, format!("{bytes} bytes are too much for a frame"));
            return Err(LogError::disk("cannot write")(error));
        }
        if self.current.as_ref().is_none_or(|current| current.place + bytes as u64 > current.bytes) {
            self.roll(bytes as u64)?;
        }
        let Some(current) = &mut self.current else { unreachable!("a segment was just begun") };
        frame::put(&mut self.buffer, current.segment.address(), self.next_frame, records);
        let what = || format!("cannot write to {}", name(current.segment.number));
        if let Err(error) = current.file.write_at(current.place, &self.buffer) {
            current.is_spoiled = true;
            return Err(LogError::disk(what())(error));
        }
        if let Err(error) = current.file.sync() {
            self.broken = true;
            return Err(LogError::NotConfirmed(error));
        }
        current.place += self.buffer.len() as u64;
        self.next_frame += 1;
        Ok(self.next_frame - 1)
    }

    /// Ends a segment before what was written in vain: nobody may take that for the frame that gets its number later.
    fn close(&mut self) -> Result<(), LogError> {
        let Some(current) = &self.current else { return Ok(()) };
        current.file.cut(current.place).map_err(LogError::disk(format!("cannot cut {}", name(current.segment.number))))?;
        if let Err(error) = current.file.sync() {
            self.broken = true;
            return Err(LogError::NotConfirmed(error));
        }
        self.current = None;
        Ok(())
    }

    /// Begins a segment that has room for a frame.
    fn roll(&mut self, frame_bytes: u64) -> Result<(), LogError> {
        let segment = Segment { number: self.next_segment, first_frame: self.next_frame, salt: (self.settings.salt)() };
        let bytes = self.settings.segment_bytes.max(HEADER as u64 + frame_bytes);
        // A number is never used again, not even that of a file that could not be made.
        self.next_segment += 1;
        let what = format!("cannot make segment {}", name(segment.number));
        let file = Segment::create(&*self.disk, segment, bytes).map_err(LogError::disk(what))?;
        self.segments.push(segment);
        self.current = Some(Current { segment, file, place: HEADER as u64, bytes, is_spoiled: false });
        Ok(())
    }

    /// Removes the segments that hold nothing but frames below this number. Answers how many.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn retire(&mut self, below: u64) -> Result<usize, LogError> {
        let is_over = |pair: &[Segment]| pair[1].first_frame <= below;
        let over = self.segments.windows(2).take_while(|pair| is_over(pair)).count();
        // Oldest first: what is left is always the end of the log.
        for segment in &self.segments[..over] {
            self.disk.remove(&name(segment.number)).map_err(LogError::disk(format!("cannot remove {}", name(segment.number))))?;
        }
        self.segments.drain(..over);
        Ok(over)
    }

    /// Removes all segments, the one that is being written too, if all frames are below this number; the next frame begins
    /// another. Nothing of what was accepted is then left in the log. Answers how many.
    ///
    /// # Errors
    /// When the disk refuses. [`LogError::NotConfirmed`] as for [`Writer::write`].
    pub fn clear(&mut self, below: u64) -> Result<usize, LogError> {
        if self.next_frame > below {
            return self.retire(below);
        }
        if self.current.as_ref().is_some_and(|current| current.is_spoiled) {
            // Should its file stay after all, it must not have anything that looks like the next frame.
            self.close()?;
        }
        self.current = None;
        let all = self.segments.len();
        // Oldest first, and those that stay are remembered: what is left is always the end of the log.
        while let Some(segment) = self.segments.first() {
            let number = segment.number;
            self.disk.remove(&name(number)).map_err(LogError::disk(format!("cannot remove {}", name(number))))?;
            self.segments.remove(0);
        }
        Ok(all)
    }

    /// About how many bytes the log takes on the disk.
    pub fn bytes(&self) -> u64 {
        self.segments.len() as u64 * self.settings.segment_bytes
    }
}
