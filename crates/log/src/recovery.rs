//! Opening a log that may have ended in the middle of a write.

use crate::LogError;
use crate::disk::{Disk, DiskFile};
use crate::frame::{HEAD, MAGIC};
use crate::segment::{HEADER, Loaded, Segment, name, numbers};

/// What was found on opening a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The number that the next frame gets.
    pub next_frame: u64,
    /// Bytes of a last write that never ended, which were cut off. Nobody was promised anything of it.
    pub torn_bytes: u64,
    /// Files with bytes that are neither a frame nor the torn end of a last write: something that was promised is lost. They
    /// are kept as they are.
    pub damaged: Vec<String>,
}

/// The segment that is written last, by its name, and how many of its bytes hold frames by now: they change no more, while others
/// are written behind them. Nothing when there is none, or its header cannot be read.
///
/// # Errors
/// When the disk refuses.
pub fn growing(disk: &impl Disk) -> Result<Option<(String, u64)>, LogError> {
    let Some(number) = numbers(disk)?.pop() else { return Ok(None) };
    let loaded = Loaded::read(disk, number)?;
    let Some(segment) = loaded.segment else { return Ok(None) };
    let (mut place, mut next) = (HEADER, segment.first_frame);
    while let Some(frame) = loaded.frame(place, next) {
        place += frame.length;
        next += 1;
    }
    Ok(Some((name(number), place as u64)))
}

/// What a writer needs to know.
pub(crate) struct Opened {
    pub found: Found,
    /// The segments whose headers can be read, in their order.
    pub segments: Vec<Segment>,
    /// The number that the next segment gets.
    pub next_segment: u64,
}

/// Looks at the end of the log. Frames get numbers from `at_least` on, so that none is given twice even if files are missing.
pub(crate) fn open(disk: &impl Disk, at_least: u64) -> Result<Opened, LogError> {
    let numbers = numbers(disk)?;
    let mut opened = Opened {
        found: Found { next_frame: at_least, ..Found::default() },
        segments: Vec::new(),
        next_segment: numbers.last().map_or(1, |number| number + 1),
    };
    // From the end: the last segment that can be read says which frame is next, and those behind it how many are unknown.
    let mut unknown = 0;
    for number in numbers.into_iter().rev() {
        match Segment::find(disk, number)? {
            Some(segment) if opened.segments.is_empty() => opened.end(disk, segment)?,
            Some(segment) => opened.segments.push(segment),
            None => unknown += opened.unreadable(disk, number)?,
        }
    }
    opened.segments.reverse();
    opened.found.damaged.reverse();
    opened.found.next_frame += unknown;
    Ok(opened)
}

impl Opened {
    /// The last segment: its frames are counted, and what the last write left unfinished is cut off.
    fn end(&mut self, disk: &impl Disk, segment: Segment) -> Result<(), LogError> {
        let loaded = Loaded::read(disk, segment.number)?;
        let (mut place, mut next) = (HEADER, segment.first_frame);
        while let Some(frame) = loaded.frame(place, next) {
            place += frame.length;
            next += 1;
        }
        let sound_end = place;
        let mut damaged = false;
        while let Some((at, frame)) = loaded.next_frame(place, next) {
            // A frame was only written when the one before it was durable, so what is broken here was promised.
            damaged = true;
            place = at + frame.length;
            next = frame.number + 1;
        }
        self.found.next_frame = self.found.next_frame.max(next);
        if damaged {
            self.found.damaged.push(name(segment.number));
            self.segments.push(segment);
            return Ok(());
        }
        if !loaded.is_blank(sound_end) {
            self.found.torn_bytes = (loaded.length() - sound_end) as u64;
        }
        if sound_end == HEADER {
            // It holds nothing, and the next one begins where it would have.
            return remove(disk, segment.number);
        }
        // A frame that was seen may not be kept yet, if only the process ended and not the machine. It has to be, before
        // another one is written behind it.
        let kept = disk.open(&name(segment.number)).and_then(|file| {
            if loaded.length() > sound_end {
                file.cut(sound_end as u64)?;
            }
            file.sync()
        });
        kept.map_err(LogError::disk(format!("cannot cut off the torn end of {}", name(segment.number))))?;
        self.segments.push(segment);
        Ok(())
    }

    /// A segment whose header cannot be read: it was being made when the power went, or it is damaged. Answers how many frames
    /// it may hold, whose numbers must not be given again.
    fn unreadable(&mut self, disk: &impl Disk, number: u64) -> Result<u64, LogError> {
        let loaded = Loaded::read(disk, number)?;
        if !loaded.has(&MAGIC) {
            return remove(disk, number).map(|()| 0);
        }
        self.found.damaged.push(name(number));
        Ok((loaded.length() / HEAD) as u64)
    }
}

fn remove(disk: &impl Disk, number: u64) -> Result<(), LogError> {
    let removed = disk.remove(&name(number)).and_then(|()| disk.sync_names());
    removed.map_err(LogError::disk(format!("cannot remove {}, which was never used", name(number))))
}
