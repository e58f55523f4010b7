//! What arrives and what is refused, as it happens: kept for those who watch, and for nobody else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use periplus_model::Instant;
use serde::Serialize;

/// So many of the newest are remembered.
const KEPT: usize = 1_000;
/// A watcher who has not asked for so long has left (a minute, in microseconds).
const PATIENCE: i64 = 60_000_000;
/// Of what was sent, so many bytes are shown.
const SHOWN: usize = 2_048;

/// A request, or a message of one, that arrived.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arrival {
    /// When.
    pub at: Instant,
    /// The source, where the key is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The dialect.
    pub dialect: String,
    /// What became of it: `accepted`, `refused` (the request, which its sender was told) or `quarantined` (a message).
    pub outcome: &'static str,
    /// Why it was refused: the reason's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What exactly is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many messages it has.
    pub messages: usize,
    /// How it begins.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub begins: String,
}

/// What was seen since somebody looked last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// To be named the next time: what comes is behind it.
    pub next: u64,
    /// How many were missed, because more came than are remembered.
    pub missed: u64,
    /// The others, oldest first.
    pub arrivals: Vec<Arrival>,
}

/// The newest of what arrived, while somebody watches.
#[derive(Default)]
pub struct Live {
    watched_at: AtomicI64,
    seen: Mutex<(u64, VecDeque<Arrival>)>,
}

impl Live {
    /// Whether somebody watches. Nobody needs to tell of anything otherwise.
    pub fn is_watched(&self, now: Instant) -> bool {
        now.0 - self.watched_at.load(Ordering::Relaxed) < PATIENCE
    }

    /// Tells of something.
    pub fn tell(&self, arrival: Arrival) {
        let (count, kept) = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        kept.push_back(arrival);
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    /// What arrived after the one that is named; what is remembered when none is. Whoever asks watches.
    pub fn after(&self, number: Option<u64>, now: Instant) -> Seen {
        let was_watched = self.is_watched(now);
        self.watched_at.store(now.0, Ordering::Relaxed);
        let (count, kept) = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !was_watched {
            // What an earlier watcher saw is long past.
            kept.clear();
        }
        let oldest = *count - kept.len() as u64;
        // A number from before a new start of the server is none of this one's.
        let number = number.filter(|number| *number <= *count).unwrap_or(oldest);
        let arrivals = kept.iter().skip(number.saturating_sub(oldest) as usize).cloned().collect();
        Seen { next: *count, missed: oldest.saturating_sub(number), arrivals }
    }
}

/// How something begins, as text.
pub fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
    if bytes.len() > SHOWN { format!("{text}…") } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(number: usize) -> Arrival {
        let (dialect, begins) = ("segment".to_owned(), String::new());
        Arrival { at: Instant(0), source: None, dialect, outcome: "accepted", code: None, detail: None, messages: number, begins }
    }

    #[test]
    fn who_watches_sees_everything_once_and_is_told_what_was_missed() {
        let (live, at) = (Live::default(), |seconds: i64| Instant(1_700_000_000_000_000 + seconds * 1_000_000));
        assert!(!live.is_watched(at(0)));
        let first = live.after(None, at(0));
        assert_eq!((first.next, first.arrivals.len()), (0, 0));
        assert!(live.is_watched(at(59)) && !live.is_watched(at(60)));
        (0..3).for_each(|number| live.tell(arrival(number)));
        let seen = live.after(Some(first.next), at(1));
        assert_eq!(seen.arrivals.iter().map(|one| one.messages).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(live.after(Some(seen.next), at(2)).arrivals, []);
        (0..KEPT + 5).for_each(|number| live.tell(arrival(number)));
        let much = live.after(Some(seen.next), at(3));
        assert_eq!((much.arrivals.len(), much.missed, much.arrivals[0].messages), (KEPT, 5, 5));
        assert_eq!(live.after(Some(1 << 40), at(4)).arrivals.len(), KEPT, "a number of another server");
        assert_eq!(live.after(None, at(500)).arrivals, [], "what another watcher saw is past");
        assert_eq!(beginning(&[b'x'; 3_000]).len(), SHOWN + '…'.len_utf8());
    }
}
