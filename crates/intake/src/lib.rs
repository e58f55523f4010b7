//! Bytes become events.
//!
//! A file comes in as a stream of bytes (or, for Parquet, as a file to jump about in) and goes out as events, traits and
//! links, one by one, to a [`Sink`]. On the way:
//!
//! 1. [`sniff`](mod@sniff) decides compression and format; [`stream`] decompresses on a second thread and never holds more of the
//!    input than a window.
//! 2. A format reader finds the records: [`separated`] (CSV, TSV), [`json`] (JSON Lines), [`columnar`] (Parquet), or
//!    [`dialects::xes`]. A broken record costs only itself.
//! 3. Either a [`mapping`] says what rows mean (compiled to [`rules`]), or a dialect is recognised ([`dialects`]): Segment,
//!    GA4, XES, or a table whose columns speak for themselves.
//! 4. The [`gate`] holds every result against the [`limits`] and the source's [`policy`], counts it, and passes it on. What is refused goes to
//!    [`Sink::reject`] with a [`Reason`] from a closed list; nothing is dropped in silence.
//!
//! There is no path, clock or network here: the caller opens files, and lookups ask for theirs through [`Open`].
//! Memory does not grow with the input.
//!
//! **To add a dialect** of JSON records write one file in `dialects/` and add one line to [`dialects::DIALECTS`].

pub mod cell;
pub mod collect;
pub mod columnar;
pub mod columns;
pub mod dialects;
pub mod gate;
pub mod group;
pub mod ids;
pub mod json;
pub mod limits;
pub mod lookup;
pub mod mapping;
pub mod policy;
pub mod rules;
pub mod separated;
pub mod sniff;
pub mod source;
pub mod stream;
pub mod table;
pub mod when;
pub mod xes_write;

mod read;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};

use periplus_model::{EventRow, IdKind, LinkRow, Reason, TraitRow};

pub use dialects::table::{GuessError, guess};
pub use mapping::{Mapping, MappingError};
pub use read::{read, read_under};
pub use sniff::{Compression, Format, sniff};
pub use stream::decompress;

/// Takes what was read. An error of the sink ends the reading.
pub trait Sink {
    /// Takes an event.
    ///
    /// # Errors
    /// When it cannot; nothing more is read then.
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()>;

    /// Takes a trait.
    ///
    /// # Errors
    /// When it cannot; nothing more is read then.
    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()>;

    /// Takes a link.
    ///
    /// # Errors
    /// When it cannot; nothing more is read then.
    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()>;

    /// Takes note of a row that was refused.
    ///
    /// # Errors
    /// When it cannot; nothing more is read then.
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()>;

    /// Whether one of these identifiers is of somebody who was erased, and of whom nothing is taken any more.
    fn is_erased(&self, _ids: &[(IdKind, &str)]) -> bool {
        false
    }

    /// Whether events may have this name, which is one that they have already or one of not too many.
    fn admits_name(&mut self, _name: &str) -> bool {
        true
    }
}

/// A row that was refused.
#[derive(Clone, Debug)]
pub struct Reject<'a> {
    /// Where: the line of a text file (its first, where a record has several), the row of a Parquet file, the event of an
    /// XES log; all from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// What exactly is wrong with this row.
    pub detail: Cow<'a, str>,
    /// The row as it was written, its first 2 KiB; a Parquet row or XES event as JSON.
    pub raw: Cow<'a, str>,
}

/// Where bytes come from.
pub enum Input {
    /// A stream of the file's raw bytes, decompressed here if need be.
    Stream {
        /// The file's name, without directories.
        name: String,
        /// Its bytes.
        reader: Box<dyn Read + Send>,
    },
    /// A Parquet file; a compressed one is to be decompressed first ([`decompress`]).
    Parquet {
        /// The file's name, without directories.
        name: String,
        /// The file.
        file: std::fs::File,
    },
}

/// What is known about the meaning of rows.
#[derive(Clone, Copy, Debug)]
pub enum Plan<'m> {
    /// Nothing: recognise a dialect, or guess.
    Auto,
    /// What a mapping says. XES logs need none and ignore it.
    Mapping(&'m Mapping),
}

/// Opens another file by the name that a mapping gives (a lookup table), next to the file that is read.
pub type Open<'o> = dyn Fn(&str) -> io::Result<Box<dyn Read + Send>> + 'o;

/// How far reading is. Told every 8,192 rows and at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read of a stream, as they are in the file (compressed).
    pub bytes: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows that there are, when the file says so (Parquet).
    pub rows_total: Option<u64>,
    /// Events passed on.
    pub events: u64,
}

/// What became of a file. Always `rows = accepted + skipped + rejected`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How the file was understood: `segment`, `ga4`, `xes`, `table` or `mapping`.
    pub dialect: &'static str,
    /// What was assumed about a table without a mapping.
    pub assumed: Option<Mapping>,
    /// Rows (messages of a batch, events of an XES log) that were read.
    pub rows: u64,
    /// Rows that yielded something.
    pub accepted: u64,
    /// Rows that no rule wanted.
    pub skipped: u64,
    /// Rows that were refused, by reason. What a row's other rules made of it before the refusal has passed.
    pub rejected: BTreeMap<Reason, u64>,
    /// Events passed on.
    pub events: u64,
    /// Traits passed on.
    pub traits: u64,
    /// Links passed on.
    pub links: u64,
}

/// Why a file could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is of a kind that cannot be read; the message says what to do.
    #[error("{0}")]
    Unreadable(String),
    /// Its bytes cannot be read at all.
    #[error("cannot read the file: {0}")]
    Read(io::Error),
    /// It breaks off, or breaks, after some rows; those have been delivered and are counted in the summary.
    #[error("the file is damaged or cut short after line or row {line}: {cause}; the {} rows before were read", .summary.rows)]
    CutShort {
        /// The last line or row that was read.
        line: u64,
        /// What is wrong.
        cause: String,
        /// What became of the rows before.
        summary: Box<Summary>,
    },
    /// The sink failed.
    #[error("cannot store what was read: {0}")]
    Sink(#[source] io::Error),
    /// The mapping cannot be used.
    #[error("the mapping cannot be used: {0}")]
    Mapping(#[from] MappingError),
    /// The mapping has no source for the file.
    #[error("the mapping has no source for '{file}'; its sources are for: {patterns}")]
    NoSource {
        /// The file's name.
        file: String,
        /// The patterns of all sources.
        patterns: String,
    },
    /// The mapping names columns that the file does not have.
    #[error("the source '{source_name}' of the mapping needs columns that the file does not have: {missing}. Its columns are: {columns}")]
    Columns {
        /// The source.
        source_name: String,
        /// What is missing.
        missing: String,
        /// What there is.
        columns: String,
    },
    /// Without a mapping, nobody can tell what the columns mean.
    #[error(transparent)]
    Guess(#[from] GuessError),
    /// A lookup table cannot be read.
    #[error("cannot use the lookup table '{file}': {message}")]
    Lookup {
        /// Its name.
        file: String,
        /// What is wrong.
        message: String,
    },
}
