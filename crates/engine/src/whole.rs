//! A range of keys put in order once, and kept in memory.
//!
//! On disk a customer's events lie in several parts: one for each month, and more where events came late or customers were
//! merged. [`put_together`] makes one piece of them, in which each customer is one stretch of rows in the order of time, and
//! nobody is dead. What is walked then needs no merging, and late events and merged customers cost nothing any more.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, Int64Builder};
use arrow::buffer::ScalarBuffer;
use periplus_model::parts::Part;

use crate::columns::{Codes, Name, Piece, Runs, Texts};
use crate::scan::Dead;
use crate::{Desk, EngineError};

/// A part with all its pieces, and where it is read.
struct Source<'a> {
    pieces: Vec<Loaded>,
    dead: &'a [(i64, u64)],
    begin: u64,
    piece: usize,
    run: usize,
}

/// A piece, and what its codes are in the whole.
struct Loaded {
    piece: Piece,
    events: Vec<u32>,
    channels: Vec<u32>,
}

/// Rows of one customer in one piece of one source.
struct Segment {
    source: usize,
    piece: usize,
    rows: Range<usize>,
}

impl Source<'_> {
    fn key(&self) -> Option<i64> {
        self.pieces.get(self.piece)?.piece.runs.keys.get(self.run).copied()
    }

    /// The rows at hand; then goes on.
    fn take(&mut self) -> (usize, Range<usize>) {
        let (piece, runs) = (self.piece, &self.pieces[self.piece].piece.runs);
        let start = self.run.checked_sub(1).map_or(0, |before| runs.ends[before] as usize);
        let end = runs.ends[self.run] as usize;
        self.run += 1;
        if self.run >= runs.keys.len() {
            (self.piece, self.run) = (piece + 1, 0);
        }
        (piece, start..end)
    }

    /// Whether what it has of a customer is dead. Customers are asked for in the order of their keys.
    fn is_dead(&mut self, key: i64) -> bool {
        while self.dead.first().is_some_and(|(first, _)| *first < key) {
            self.dead = &self.dead[1..];
        }
        self.dead.first().is_some_and(|(first, since)| *first == key && self.begin < *since)
    }
}

/// All events of these parts, which have one range of keys, customer by customer. `wanted` are the columns; the order of
/// arrival is only asked for where it matters, and is not part of what comes out.
pub(crate) fn put_together(desk: &Desk<'_>, parts: &[&Part], dead: &Dead<'_>, wanted: &[Name]) -> Result<Piece, EngineError> {
    let mut sources = Vec::new();
    for part in parts {
        let open = desk.columns.open(desk.lake, part)?;
        let mut pieces = Vec::new();
        for group in 0..open.groups().count() {
            desk.watch.check((desk.stopwatch)())?;
            let piece = desk.columns.piece(&open, part, group, wanted, false)?;
            if !piece.runs.keys.is_empty() {
                pieces.push(Loaded { piece, events: Vec::new(), channels: Vec::new() });
            }
        }
        sources.push(Source { pieces, dead: dead.within(part), begin: part.begin, piece: 0, run: 0 });
    }
    let rows: usize =
        sources.iter().flat_map(|source| &source.pieces).filter_map(|loaded| loaded.piece.runs.ends.last()).map(|n| *n as usize).sum();
    let events = in_common(&mut sources, |loaded| (loaded.piece.events.as_deref(), &mut loaded.events));
    let channels = in_common(&mut sources, |loaded| (loaded.piece.channels.as_deref(), &mut loaded.channels));
    let mut whole = Whole {
        runs: Runs::default(),
        times: Vec::with_capacity(rows),
        events: Codes::for_values(events.len(), rows),
        channels: Codes::for_values(channels.len(), if wanted.contains(&Name::Channel) { rows } else { 0 }),
        amounts: Int64Builder::with_capacity(if wanted.contains(&Name::Amount) { rows } else { 0 }),
    };
    let mut segments: Vec<Segment> = Vec::new();
    while let Some(key) = sources.iter().filter_map(Source::key).min() {
        segments.clear();
        for (number, source) in sources.iter_mut().enumerate() {
            let dead = source.key() == Some(key) && source.is_dead(key);
            while source.key() == Some(key) {
                let (piece, rows) = source.take();
                if !dead {
                    segments.push(Segment { source: number, piece, rows });
                }
            }
        }
        whole.add(key, &sources, &segments);
    }
    let texts = |codes, values| Some(Arc::new(Texts { codes, values }));
    Ok(Piece {
        runs: Arc::new(whole.runs),
        times: Some(ScalarBuffer::from(whole.times)),
        seqs: None,
        events: texts(whole.events, events),
        channels: texts(whole.channels, channels).filter(|_| wanted.contains(&Name::Channel)),
        amounts: Some(whole.amounts.finish()).filter(|_| wanted.contains(&Name::Amount)),
    })
}

/// All texts of a column, sorted; in every piece, what its codes become.
fn in_common(sources: &mut [Source<'_>], column: impl Fn(&mut Loaded) -> (Option<&Texts>, &mut Vec<u32>)) -> Vec<Arc<str>> {
    let mut all: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut pieces = |each: &mut dyn FnMut(&Texts, &mut Vec<u32>)| {
        for loaded in sources.iter_mut().flat_map(|source| &mut source.pieces) {
            if let (Some(texts), codes) = column(loaded) {
                each(texts, codes);
            }
        }
    };
    pieces(&mut |texts, _| all.extend(texts.values.iter().cloned()));
    let all: Vec<Arc<str>> = all.into_iter().collect();
    pieces(&mut |texts, codes| {
        let code = |text: &Arc<str>| all.binary_search(text).unwrap_or(all.len()) as u32;
        // After the values stands the code of nothing.
        *codes = texts.values.iter().map(code).chain([all.len() as u32]).collect();
    });
    all
}

/// What has been put together so far.
struct Whole {
    runs: Runs,
    times: Vec<i64>,
    events: Codes,
    channels: Codes,
    amounts: Int64Builder,
}

impl Whole {
    /// Adds a customer.
    fn add(&mut self, key: i64, sources: &[Source<'_>], segments: &[Segment]) {
        if segments.is_empty() {
            return;
        }
        let piece = |segment: &Segment| &sources[segment.source].pieces[segment.piece];
        let time = |segment: &Segment, row: usize| piece(segment).piece.times.as_ref().map_or(0, |times| times[row]);
        let follows = |pair: &[Segment]| {
            // Two pieces of one source are in order whatever their times.
            pair[0].source == pair[1].source || time(&pair[0], pair[0].rows.end - 1) < time(&pair[1], pair[1].rows.start)
        };
        if segments.windows(2).all(follows) {
            segments.iter().for_each(|segment| self.append(piece(segment), segment.rows.clone()));
        } else {
            let seq = |segment: &Segment, row: usize| piece(segment).piece.seqs.as_ref().map_or(0, |seqs| seqs[row]);
            let mut rows: Vec<(&Segment, usize)> =
                segments.iter().flat_map(|segment| segment.rows.clone().map(move |row| (segment, row))).collect();
            let order = |(a, row_a): &(&Segment, usize), (b, row_b): &(&Segment, usize)| -> Ordering {
                time(a, *row_a).cmp(&time(b, *row_b)).then_with(|| seq(a, *row_a).cmp(&seq(b, *row_b)))
            };
            rows.sort_by(order);
            rows.into_iter().for_each(|(segment, row)| self.append(piece(segment), row..row + 1));
        }
        self.runs.keys.push(key);
        self.runs.ends.push(self.times.len() as u32);
    }

    fn append(&mut self, loaded: &Loaded, rows: Range<usize>) {
        let piece = &loaded.piece;
        if let Some(times) = &piece.times {
            self.times.extend_from_slice(&times[rows.clone()]);
        }
        if let Some(events) = &piece.events {
            self.events.append(&events.codes, rows.clone(), &loaded.events);
        }
        if let Some(channels) = &piece.channels {
            self.channels.append(&channels.codes, rows.clone(), &loaded.channels);
        }
        if let Some(amounts) = &piece.amounts {
            rows.for_each(|row| self.amounts.append_option(amounts.is_valid(row).then(|| amounts.value(row))));
        }
    }
}
