//! Reading: every frame from one on, or what is lost.

use std::sync::Arc;

use crate::LogError;
use crate::disk::{Disk, DiskFile};
use crate::frame::{self, FRAME_MAX, HEAD};
use crate::segment::{HEADER, Loaded, Segment, name, numbers};

/// What is next in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A frame.
    Frame {
        /// Its number.
        number: u64,
        /// Its records.
        records: Vec<Vec<u8>>,
    },
    /// Frames that were promised and cannot be read.
    Damage {
        /// The number of the first of them.
        first: u64,
        /// The number of the first frame after them.
        end: u64,
        /// What is wrong, for a person.
        why: String,
    },
}

/// Goes through the frames of a log.
pub struct Reader<D: Disk> {
    disk: Arc<D>,
    next: u64,
    open: Option<Open<D::File>>,
}

struct Open<F> {
    segment: Segment,
    file: F,
    place: u64,
}

impl<D: Disk> Reader<D> {
    /// From the frame of this number on.
    pub fn new(disk: Arc<D>, from: u64) -> Reader<D> {
        Reader { disk, next: from, open: None }
    }

    /// The number of the frame that comes next.
    pub fn position(&self) -> u64 {
        self.next
    }

    /// What is next, up to the frame `until`, which and all after which may not be durable yet.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn next(&mut self, until: u64) -> Result<Option<Item>, LogError> {
        while self.next < until {
            let Some(open) = &mut self.open else {
                if let Some(damage) = self.find(until)? {
                    return Ok(Some(damage));
                }
                continue;
            };
            if let Some((length, records)) = read_frame(open, self.next)? {
                open.place += length as u64;
                self.next += 1;
                return Ok(Some(Item::Frame { number: self.next - 1, records }));
            }
            if let Some(damage) = self.pass_over(until)? {
                return Ok(Some(damage));
            }
        }
        Ok(None)
    }

    /// Frames up to this number are lost; goes on behind them.
    fn lost(&mut self, end: u64, why: impl Into<String>) -> Item {
        let first = std::mem::replace(&mut self.next, end);
        Item::Damage { first, end, why: why.into() }
    }

    /// Opens the segment in which the next frame must be.
    fn find(&mut self, until: u64) -> Result<Option<Item>, LogError> {
        let mut after = None;
        for number in numbers(&*self.disk)?.into_iter().rev() {
            let Some(segment) = Segment::find(&*self.disk, number)? else { continue };
            if segment.first_frame <= self.next {
                self.enter(segment)?;
                return Ok(None);
            }
            after = Some(segment);
        }
        Ok(Some(match after {
            Some(segment) => self.lost(segment.first_frame.min(until), "the segment that held them is missing or cannot be read"),
            None => self.lost(until, "no segment holds them"),
        }))
    }

    /// Opens a segment at the next frame, or where its sound frames end before it.
    fn enter(&mut self, segment: Segment) -> Result<(), LogError> {
        let file = self.disk.open(&name(segment.number)).map_err(LogError::disk(format!("cannot open {}", name(segment.number))))?;
        let mut open = Open { segment, file, place: HEADER as u64 };
        let mut number = segment.first_frame;
        while number < self.next
            && let Some((length, _)) = read_frame(&open, number)?
        {
            open.place += length as u64;
            number += 1;
        }
        self.open = Some(open);
        Ok(())
    }

    /// There is no frame where the next one should be: the segment is over, or damaged.
    fn pass_over(&mut self, until: u64) -> Result<Option<Item>, LogError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        let mut after = None;
        for number in numbers(&*self.disk)?.into_iter().filter(|number| *number > open.segment.number) {
            if let Some(segment) = Segment::find(&*self.disk, number)? {
                after = Some(segment);
                break;
            }
        }
        if after.is_some_and(|segment| segment.first_frame == self.next) {
            self.open = None;
            return Ok(None);
        }
        let here = open.segment.number;
        let loaded = Loaded::read(&*self.disk, here)?;
        let found = loaded.next_frame(open.place as usize, self.next).map(|(place, frame)| (place, frame.number));
        if let Some((place, number)) = found.filter(|(_, number)| after.is_none_or(|segment| *number < segment.first_frame)) {
            open.place = place as u64;
            return Ok((number > self.next).then(|| self.lost(number.min(until), format!("{} is damaged", name(here)))));
        }
        self.open = None;
        let end = after.map_or(until, |segment| segment.first_frame.min(until));
        Ok((end > self.next).then(|| self.lost(end, format!("{} is damaged or cut short", name(here)))))
    }
}

type Records = Vec<Vec<u8>>;

/// How long the frame at hand is and what is in it, if it is the one of that number.
fn read_frame<F: DiskFile>(open: &Open<F>, number: u64) -> Result<Option<(usize, Records)>, LogError> {
    let refused = || LogError::disk(format!("cannot read {}", name(open.segment.number)));
    let mut bytes = vec![0; HEAD];
    if open.file.read_at(open.place, &mut bytes).map_err(refused())? < HEAD {
        return Ok(None);
    }
    let length = HEAD + bytes[4..8].try_into().map(u32::from_le_bytes).unwrap_or_default() as usize;
    if bytes[..4] != frame::MAGIC || length > FRAME_MAX {
        return Ok(None);
    }
    bytes.resize(length, 0);
    let read = open.file.read_at(open.place + HEAD as u64, &mut bytes[HEAD..]).map_err(refused())?;
    bytes.truncate(HEAD + read);
    let frame = frame::get(&bytes, open.segment.address()).filter(|frame| frame.number == number);
    Ok(frame.map(|frame| (frame.length, frame.records().map(<[u8]>::to_vec).collect())))
}
