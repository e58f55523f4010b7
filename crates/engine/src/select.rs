//! A piece of a part as the lens sees it: which rows count, and as what.
//!
//! Nearly every condition speaks of the event's name or channel, so it is decided once per pair of names, in a [`Table`],
//! and a row is then two look-ups. Rows are selected without branches first and gathered afterwards: processors guess
//! badly which of a customer's events matter. Only rows whose truth hangs on a property are looked into one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, StringArray};

use crate::columns::{Codes, Piece};
use crate::lens::{Lens, NONE, Naming, Properties, RowView};

/// Rows as the lens sees them, customer by customer.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) runs: Vec<Entry>,
    pub(crate) times: Vec<i64>,
    pub(crate) seqs: Vec<i64>,
    pub(crate) codes: Vec<u32>,
    pub(crate) masks: Vec<u64>,
    pub(crate) numbers: Vec<Vec<f64>>,
    pub(crate) texts: Vec<Vec<Option<Arc<str>>>>,
    /// Memory for the numbers of rows that are chosen, used again for every block.
    chosen: Vec<u32>,
}

/// One customer's rows in a block; none when all that the customer did is nothing to the lens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) key: i64,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Block {
    pub(crate) fn new(lens: &Lens) -> Block {
        Block { numbers: vec![Vec::new(); lens.numbers.len()], texts: vec![Vec::new(); lens.texts.len()], ..Block::default() }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn clear(&mut self) {
        self.runs.clear();
        self.times.clear();
        self.seqs.clear();
        self.codes.clear();
        self.masks.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
        self.texts.iter_mut().for_each(Vec::clear);
    }

    /// Appends rows `from..to` of another block.
    pub(crate) fn extend(&mut self, other: &Block, from: usize, to: usize) {
        fn append<T: Clone>(mine: &mut Vec<T>, theirs: &[T], from: usize, to: usize) {
            // Columns that the lens does not want are empty.
            if !theirs.is_empty() {
                mine.extend_from_slice(&theirs[from..to]);
            }
        }
        append(&mut self.times, &other.times, from, to);
        append(&mut self.seqs, &other.seqs, from, to);
        append(&mut self.codes, &other.codes, from, to);
        append(&mut self.masks, &other.masks, from, to);
        self.numbers.iter_mut().zip(&other.numbers).for_each(|(mine, theirs)| append(mine, theirs, from, to));
        self.texts.iter_mut().zip(&other.texts).for_each(|(mine, theirs)| append(mine, theirs, from, to));
    }

    /// Puts the rows into the order of (time, arrival).
    pub(crate) fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.times.len()).collect();
        order.sort_by_key(|&i| (self.times[i], self.seqs.get(i).copied().unwrap_or(0)));
        fn arrange<T: Clone>(list: &mut Vec<T>, order: &[usize]) {
            if !list.is_empty() {
                *list = order.iter().map(|&i| list[i].clone()).collect();
            }
        }
        arrange(&mut self.times, &order);
        arrange(&mut self.seqs, &order);
        arrange(&mut self.codes, &order);
        arrange(&mut self.masks, &order);
        self.numbers.iter_mut().for_each(|list| arrange(list, &order));
        self.texts.iter_mut().for_each(|list| arrange(list, &order));
    }
}

/// What is known of a row from its event's name and channel, for every pair in a piece.
pub(crate) struct Table {
    /// Channels, and none.
    width: usize,
    mask: Vec<u64>,
    code: Vec<u32>,
    /// 1 where the row is to be seen.
    keep: Vec<u8>,
    /// 1 where the row counts as an event.
    pass: Vec<u8>,
    /// Whether every row is to be seen.
    all: bool,
    /// What has to be looked into, by pair; empty when everything is decided.
    open: Vec<Option<Open>>,
}

/// Questions that the names leave open.
#[derive(Clone, Default)]
struct Open {
    /// Touchpoints to be tried in order.
    touchpoints: Vec<u32>,
    filter: bool,
    bits: Vec<u32>,
}

impl Table {
    pub(crate) fn new(lens: &Lens, piece: &Piece) -> Table {
        let events: &[Arc<str>] = piece.events.as_ref().map_or(&[], |texts| &texts.values);
        let channels: Option<&[Arc<str>]> = piece.channels.as_ref().map(|texts| texts.values.as_slice());
        let width = channels.map_or(1, |channels| channels.len() + 1);
        let size = events.len() * width;
        let mut table = Table {
            width,
            mask: Vec::with_capacity(size),
            code: Vec::with_capacity(size),
            keep: Vec::with_capacity(size),
            pass: Vec::with_capacity(size),
            all: true,
            open: Vec::new(),
        };
        let mut opens = Vec::with_capacity(size);
        for event in events {
            for place in 0..width {
                let channel = channels.map(|channels| channels.get(place).map(AsRef::as_ref));
                let mut open = Open::default();
                let code = match &lens.naming {
                    Naming::Nothing => NONE,
                    Naming::Events(names) => names.code(event).unwrap_or(NONE),
                    Naming::Channels(names) => channel.flatten().and_then(|channel| names.code(channel)).unwrap_or(NONE),
                    Naming::Touchpoints(tests) => {
                        let mut code = NONE;
                        for (place, test) in tests.iter().enumerate() {
                            match test.known(event, channel) {
                                Some(false) => {}
                                // Certain unless an earlier one comes true first.
                                Some(true) => {
                                    code = place as u32;
                                    break;
                                }
                                None => open.touchpoints.push(place as u32),
                            }
                        }
                        code
                    }
                };
                let pass = lens.filter.as_ref().map_or(Some(true), |filter| filter.known(event, channel));
                open.filter = pass.is_none();
                let mut mask = 0;
                for (bit, test) in lens.bits.iter().enumerate() {
                    match test.known(event, channel) {
                        Some(true) => mask |= 1 << bit,
                        Some(false) => {}
                        None => open.bits.push(bit as u32),
                    }
                }
                let keep = pass == Some(true) && (lens.keep_all || mask != 0 || code != NONE);
                table.all &= keep;
                table.mask.push(mask);
                table.code.push(code);
                table.keep.push(keep.into());
                table.pass.push((pass == Some(true)).into());
                let is_open = pass != Some(false) && (open.filter || !open.touchpoints.is_empty() || !open.bits.is_empty());
                opens.push(is_open.then_some(open));
            }
        }
        if opens.iter().any(Option::is_some) {
            table.open = opens;
        }
        table
    }
}

/// Rows of a piece that are to be looked at: `runs` are places in the list of the piece's customers.
pub(crate) struct Rows<'a> {
    pub(crate) piece: &'a Piece,
    pub(crate) runs: std::ops::Range<usize>,
    /// The rows; the first and the last customer may have more outside of them.
    pub(crate) rows: std::ops::Range<usize>,
    /// The properties of these rows, if the lens wants them.
    pub(crate) properties: Option<&'a StringArray>,
    /// Whether all times lie in the period.
    pub(crate) in_period: bool,
}

impl Rows<'_> {
    fn run(&self, place: usize) -> std::ops::Range<usize> {
        let ends = &self.piece.runs.ends;
        let start = place.checked_sub(1).map_or(0, |before| ends[before] as usize);
        start.max(self.rows.start)..(ends[place] as usize).min(self.rows.end)
    }
}

/// Looks at rows through the lens and appends what is to be seen. Customers whom `skip` names are passed over. Answers how
/// many events there are; in the `census`, by name, if the lens wants one.
pub(crate) fn select(
    rows: &Rows<'_>,
    lens: &Lens,
    table: &Table,
    into: &mut Block,
    skip: &mut dyn FnMut(i64) -> bool,
    census: &mut BTreeMap<String, (u64, u64)>,
) -> u64 {
    let (Some(times), Some(events)) = (&rows.piece.times, &rows.piece.events) else { return 0 };
    if !table.open.is_empty() || lens.wants_values() || lens.census {
        let mut counts = vec![(0, 0); events.values.len()];
        let found = look_into(rows, lens, table, into, skip, &mut counts);
        for (name, (events, coded)) in events.values.iter().zip(counts).filter(|(_, (events, _))| lens.census && *events > 0) {
            let mine = census.entry(name.to_string()).or_default();
            mine.0 += events;
            mine.1 += coded;
        }
        return found;
    }
    match (&events.codes, table.width) {
        (Codes::One(codes), 1) => pick(rows, lens, table, times, &codes[rows.rows.clone()], into, skip),
        (Codes::Two(codes), 1) => pick(rows, lens, table, times, &codes[rows.rows.clone()], into, skip),
        (Codes::Four(codes), 1) => pick(rows, lens, table, times, &codes[rows.rows.clone()], into, skip),
        _ => {
            let places: Vec<u32> = rows.rows.clone().map(|row| place(rows.piece, table, row) as u32).collect();
            pick(rows, lens, table, times, &places, into, skip)
        }
    }
}

/// The place of a row's names in the table.
fn place(piece: &Piece, table: &Table, row: usize) -> usize {
    let event = piece.events.as_ref().map_or(0, |texts| texts.codes.get(row));
    let channel = piece.channels.as_ref().map_or(0, |texts| texts.codes.get(row));
    event * table.width + channel
}

/// A row's place in the table, in as few bytes as it needs.
trait Place: Copy {
    fn place(self) -> usize;
}

impl Place for u8 {
    fn place(self) -> usize {
        self.into()
    }
}

impl Place for u16 {
    fn place(self) -> usize {
        self.into()
    }
}

impl Place for u32 {
    fn place(self) -> usize {
        self as usize
    }
}

/// Where names decide. `places` has one per row.
fn pick<C: Place>(
    rows: &Rows<'_>,
    lens: &Lens,
    table: &Table,
    times: &[i64],
    places: &[C],
    into: &mut Block,
    skip: &mut dyn FnMut(i64) -> bool,
) -> u64 {
    let (from, to) = (lens.from.unwrap_or(i64::MIN), lens.to.unwrap_or(i64::MAX));
    let whole = rows.in_period && lens.filter.is_none();
    let mut events = 0;
    // Customers are looked at in stretches of neighbours, so that the loops over rows are long.
    let mut runs = rows.runs.clone();
    while let Some(first) = runs.find(|at| !skip(rows.piece.runs.keys[*at])) {
        let mut end = first + 1;
        while runs.start < runs.end && !skip(rows.piece.runs.keys[end]) {
            runs.start += 1;
            end += 1;
        }
        // The one that ended the stretch was looked at already.
        runs.start = runs.end.min(runs.start + usize::from(end < runs.end));
        let stretch = rows.run(first).start..rows.run(end - 1).end;
        let (times, places) = (&times[stretch.clone()], &places[stretch.start - rows.rows.start..stretch.end - rows.rows.start]);
        let base = into.rows();
        if whole && table.all {
            into.times.extend_from_slice(times);
            take_all(lens, table, places, into);
            if let Some(seqs) = &rows.piece.seqs {
                into.seqs.extend_from_slice(&seqs[stretch.clone()]);
            }
            for at in first..end {
                let run = rows.run(at);
                let (start, end) = (base + run.start - stretch.start, base + run.end - stretch.start);
                into.runs.push(Entry { key: rows.piece.runs.keys[at], start, end });
            }
            events += stretch.len() as u64;
            continue;
        }
        let mut chosen = std::mem::take(&mut into.chosen);
        chosen.resize(chosen.len().max(stretch.len()), 0);
        let mut count = 0;
        if whole {
            count = choose(places, &table.keep, &mut chosen);
        } else {
            for (row, (place, time)) in places.iter().zip(times).enumerate() {
                chosen[count] = row as u32;
                count += usize::from(table.keep[place.place()] & u8::from(*time >= from) & u8::from(*time < to));
            }
        }
        let kept = &chosen[..count];
        into.times.extend(kept.iter().map(|row| times[*row as usize]));
        if lens.has_masks() {
            into.masks.extend(kept.iter().map(|row| table.mask[places[*row as usize].place()]));
        }
        if lens.has_codes() {
            into.codes.extend(kept.iter().map(|row| table.code[places[*row as usize].place()]));
        }
        if let Some(seqs) = &rows.piece.seqs {
            into.seqs.extend(kept.iter().map(|row| seqs[stretch.start + *row as usize]));
        }
        let mut taken = 0;
        for at in first..end {
            let run = rows.run(at);
            let (from_row, to_row) = (run.start - stretch.start, run.end - stretch.start);
            let start = taken;
            while taken < count && (kept[taken] as usize) < to_row {
                taken += 1;
            }
            let passed = match whole {
                true => run.len(),
                false => (from_row..to_row)
                    .filter(|row| table.pass[places[*row].place()] == 1 && times[*row] >= from && times[*row] < to)
                    .count(),
            };
            if passed > 0 {
                events += passed as u64;
                into.runs.push(Entry { key: rows.piece.runs.keys[at], start: base + start, end: base + taken });
            }
        }
        into.chosen = chosen;
    }
    events
}

/// The numbers of the rows that are kept, and how many there are.
fn choose<C: Place>(places: &[C], keep: &[u8], chosen: &mut [u32]) -> usize {
    let mut count = 0;
    // So many rows at a time that the number of those that are kept, which nobody can guess, is asked for seldom.
    for (stretch, rows) in places.chunks(64).enumerate() {
        let mut kept = 0u64;
        let mut eights = rows.chunks_exact(8);
        let mut shift = 0;
        for eight in &mut eights {
            let bit = |place: usize| u64::from(keep[eight[place].place()]) << place;
            // By pairs, so that none waits for all that are before it.
            let bits = ((bit(0) | bit(1)) | (bit(2) | bit(3))) | ((bit(4) | bit(5)) | (bit(6) | bit(7)));
            kept |= bits << shift;
            shift += 8;
        }
        for place in eights.remainder() {
            kept |= u64::from(keep[place.place()]) << shift;
            shift += 1;
        }
        let base = stretch as u32 * 64;
        while kept != 0 {
            chosen[count] = base + kept.trailing_zeros();
            count += 1;
            kept &= kept - 1;
        }
    }
    count
}

/// Every row is to be seen.
fn take_all<C: Place>(lens: &Lens, table: &Table, places: &[C], into: &mut Block) {
    if lens.has_masks() {
        into.masks.extend(places.iter().map(|place| table.mask[place.place()]));
    }
    if lens.has_codes() {
        into.codes.extend(places.iter().map(|place| table.code[place.place()]));
    }
}

/// Row by row: where names do not decide, or values are wanted.
fn look_into(
    rows: &Rows<'_>,
    lens: &Lens,
    table: &Table,
    into: &mut Block,
    skip: &mut dyn FnMut(i64) -> bool,
    counts: &mut [(u64, u64)],
) -> u64 {
    let (Some(times), Some(names)) = (&rows.piece.times, &rows.piece.events) else { return 0 };
    let piece = rows.piece;
    let (with_masks, with_codes) = (lens.has_masks(), lens.has_codes());
    let mut read: Properties = lens.properties();
    let mut events = 0;
    for at in rows.runs.clone() {
        let key = piece.runs.keys[at];
        if skip(key) {
            continue;
        }
        let start = into.times.len();
        let mut passed = 0;
        for row in rows.run(at) {
            let time = times[row];
            if !rows.in_period && (lens.from.is_some_and(|from| time < from) || lens.to.is_some_and(|to| time >= to)) {
                continue;
            }
            let place = place(piece, table, row);
            let open = table.open.get(place).and_then(Option::as_ref);
            if open.is_none() && table.pass[place] == 0 {
                continue;
            }
            let Some(name) = names.values.get(names.codes.get(row)) else { continue };
            let mut view = RowView {
                name,
                channel: piece.channels.as_ref().and_then(|texts| texts.values.get(texts.codes.get(row))),
                amount: piece.amounts.as_ref().filter(|amounts| !amounts.is_null(row)).map(|amounts| amounts.value(row)),
                properties: rows
                    .properties
                    .map(|texts| (texts, row - rows.rows.start))
                    .filter(|(t, at)| !t.is_null(*at))
                    .map(|(t, at)| t.value(at)),
                read: &mut read,
                is_read: false,
            };
            let (mut code, mut mask) = (table.code[place], table.mask[place]);
            if let Some(open) = open {
                if open.filter && !lens.filter.as_ref().is_none_or(|filter| filter.passes(&mut view)) {
                    continue;
                }
                if let Naming::Touchpoints(tests) = &lens.naming
                    && let Some(place) = open.touchpoints.iter().find(|place| tests[**place as usize].passes(&mut view))
                {
                    code = *place;
                }
                for bit in &open.bits {
                    mask |= u64::from(lens.bits[*bit as usize].passes(&mut view)) << bit;
                }
            }
            passed += 1;
            let counts = &mut counts[names.codes.get(row)];
            counts.0 += 1;
            counts.1 += u64::from(code != NONE);
            if !lens.keep_all && mask == 0 && code == NONE {
                continue;
            }
            into.times.push(time);
            if let Some(seqs) = &piece.seqs {
                into.seqs.push(seqs[row]);
            }
            if with_codes {
                into.codes.push(code);
            }
            if with_masks {
                into.masks.push(mask);
            }
            for (list, number) in into.numbers.iter_mut().zip(&lens.numbers) {
                list.push(view.number(number));
            }
            for (list, text) in into.texts.iter_mut().zip(&lens.texts) {
                list.push(view.text(text));
            }
        }
        if passed > 0 {
            events += passed;
            into.runs.push(Entry { key, start, end: into.times.len() });
        }
    }
    events
}
