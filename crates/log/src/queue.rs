//! Many threads append, one writes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::disk::Disk;
use crate::frame;
use crate::{Found, LogError, Reader, Settings, Writer};

/// So many bytes of records become durable together, unless one alone is larger.
const GROUP_BYTES: usize = 1 << 20;

/// Told what became of a record: the number of its frame, or why there is none. It is mostly called on the writing thread and
/// must be quick. Where the disk did not confirm a write, it is dropped instead: nothing can be said.
pub type Done = Box<dyn FnOnce(Result<u64, Refused>) + Send>;

/// Why a record was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Too much is waiting for the disk.
    #[error("too much is waiting to be written")]
    Busy,
    /// There is no room on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The log has ended, or the disk refused.
    #[error("{0}")]
    Failed(String),
}

/// A log that is being written.
pub struct Log<D: Disk> {
    disk: Arc<D>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Something was put into the queue.
    work: Condvar,
    /// Something became durable, or the log ended.
    news: Condvar,
    /// All frames below are durable.
    durable: AtomicU64,
    bytes_on_disk: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<(Vec<u8>, Done)>,
    bytes: usize,
    retire_below: Option<u64>,
    /// Whether the segment that is being written is let go of, too.
    clear: bool,
    ended: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Whoever panicked here had at worst not put their record in.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Log<D> {
    /// Opens a log and begins to write. The next frame gets at least the number `at_least`. `fatal` is called when the disk
    /// does not confirm a write: it must end the process, since what was written so far may or may not be there.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(
        disk: D,
        settings: Settings,
        at_least: u64,
        fatal: impl FnOnce(&LogError) + Send + 'static,
    ) -> Result<(Log<D>, Found), LogError> {
        let disk = Arc::new(disk);
        let (writer, found) = Writer::open(disk.clone(), settings, at_least)?;
        let shared = Arc::new(Shared::default());
        shared.durable.store(writer.next_frame(), Ordering::Release);
        shared.bytes_on_disk.store(writer.bytes(), Ordering::Relaxed);
        let theirs = shared.clone();
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write(writer, &theirs, fatal));
        let thread = thread.map_err(LogError::disk("cannot start the writing thread"))?;
        Ok((Log { disk, shared, thread: Some(thread) }, found))
    }

    /// Hands over a record; `done` is told when it is durable, or at once that it cannot be taken now. `waiting_max` is how many
    /// bytes may be waiting before it.
    pub fn append(&self, record: Vec<u8>, waiting_max: usize, done: Done) {
        let mut queue = self.shared.queue();
        let refused = match (queue.ended, queue.bytes > waiting_max) {
            (true, _) => Refused::Failed("the log is closed".to_owned()),
            (false, true) => Refused::Busy,
            (false, false) => {
                queue.bytes += frame::size(&record);
                queue.waiting.push((record, done));
                self.shared.work.notify_one();
                return;
            }
        };
        drop(queue);
        done(Err(refused));
    }

    /// The number of the next frame: all below it are durable.
    pub fn durable(&self) -> u64 {
        self.shared.durable.load(Ordering::Acquire)
    }

    /// Waits until frame `number` is durable, or the log has ended, or so much time has passed. Answers [`Log::durable`].
    pub fn wait_for(&self, number: u64, at_most: Duration) -> u64 {
        let queue = self.shared.queue();
        let not_yet = |queue: &mut Queue| self.durable() <= number && !queue.ended;
        drop(self.shared.news.wait_timeout_while(queue, at_most, not_yet));
        self.durable()
    }

    /// Reads from a frame on.
    pub fn read(&self, from: u64) -> Reader<D> {
        Reader::new(self.disk.clone(), from)
    }

    /// Lets the segments go that hold nothing but frames below this number; some time soon.
    pub fn retire(&self, below: u64) {
        self.shared.queue().retire_below = Some(below);
        self.shared.work.notify_one();
    }

    /// Lets all segments go, if all frames are below this number, some time soon: nothing of what was accepted is then left in
    /// the log. What is appended meanwhile begins another segment.
    pub fn clear(&self, below: u64) {
        let mut queue = self.shared.queue();
        (queue.retire_below, queue.clear) = (Some(below), true);
        self.shared.work.notify_one();
    }

    /// About how many bytes the log takes on the disk.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes_on_disk.load(Ordering::Relaxed)
    }
}

impl<D: Disk> Drop for Log<D> {
    /// Writes what is waiting, and ends.
    fn drop(&mut self) {
        self.shared.queue().ended = true;
        self.shared.work.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the writing thread does until the log ends.
fn write<D: Disk>(mut writer: Writer<D>, shared: &Shared, fatal: impl FnOnce(&LogError)) {
    loop {
        let mut queue = shared.queue();
        while queue.waiting.is_empty() && queue.retire_below.is_none() && !queue.ended {
            queue = shared.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(below) = queue.retire_below.take() {
            let clear = std::mem::take(&mut queue.clear);
            drop(queue);
            match if clear { writer.clear(below) } else { writer.retire(below) } {
                Err(error @ LogError::NotConfirmed(_)) => {
                    fatal(&error);
                    break;
                }
                // What could not be removed now is removed another time.
                Ok(_) | Err(LogError::Disk { .. }) => {}
            }
            shared.bytes_on_disk.store(writer.bytes(), Ordering::Relaxed);
            continue;
        }
        if queue.waiting.is_empty() {
            break;
        }
        let (mut bytes, mut count) = (0, 0);
        for (record, _) in &queue.waiting {
            bytes += frame::size(record);
            if count > 0 && bytes > GROUP_BYTES {
                bytes -= frame::size(record);
                break;
            }
            count += 1;
        }
        let group: Vec<(Vec<u8>, Done)> = queue.waiting.drain(..count).collect();
        drop(queue);
        let written = writer.write(group.iter().map(|(record, _)| record.as_slice()));
        shared.durable.store(writer.next_frame(), Ordering::Release);
        shared.bytes_on_disk.store(writer.bytes(), Ordering::Relaxed);
        // Held while it is told, so that nobody looks in between and then waits for news that has passed.
        shared.queue().bytes -= bytes;
        shared.news.notify_all();
        let outcome = match written {
            Ok(number) => Ok(number),
            Err(error @ LogError::NotConfirmed(_)) => {
                // Nobody is answered: nothing can be said.
                fatal(&error);
                break;
            }
            Err(error) if error.is_disk_full() => Err(Refused::DiskFull),
            Err(error) => Err(Refused::Failed(error.to_string())),
        };
        group.into_iter().for_each(|(_, done)| done(outcome.clone()));
    }
    let mut queue = shared.queue();
    queue.ended = true;
    queue.waiting.clear();
    shared.news.notify_all();
}
