//! How large a thing may be. Every limit is here, so that documentation and tests can name it.

/// Bytes of an event name.
pub const EVENT_NAME: usize = 200;
/// Bytes of an identifier.
pub const ID: usize = 255;
/// Bytes of a message id.
pub const MESSAGE_ID: usize = 128;
/// Bytes of one property's or trait's text.
pub const PROPERTY_TEXT: usize = 32 * 1024;
/// Bytes of a property's, trait's or column's name.
pub const KEY: usize = 256;
/// Bytes of one message that somebody sends.
pub const MESSAGE: usize = 128 * 1024;
/// Bytes of the body of a request, before and after it is decompressed.
pub const BODY: usize = 4 * 1024 * 1024;
/// Bytes of what a request says once for all of its messages, times the messages.
pub const SHARED: usize = 32 * 1024 * 1024;
/// Messages in one request.
pub const MESSAGES: usize = 1_000;
/// Bytes of a line, of a record over several lines, or of an XES event.
pub const ROW: usize = 1024 * 1024;
/// Lines that one quoted field may span before its opening quote is taken for a mistake.
pub const QUOTED_LINES: usize = 1_000;
/// How deeply JSON and XES may be nested.
pub const DEPTH: usize = 32;
/// Values in one JSON row, or attributes in one XES event.
pub const NODES: usize = 4_096;
/// Columns of a table, or different keys in the rows of a JSON Lines file that is read as a table.
pub const COLUMNS: usize = 4_096;
/// Bytes of a refused row that are kept to show it.
pub const RAW: usize = 2 * 1024;
/// Bytes of a lookup table's file, decompressed.
pub const LOOKUP_BYTES: u64 = 256 * 1024 * 1024;
/// Rows of a lookup table.
pub const LOOKUP_ROWS: usize = 1_000_000;
/// Events that wait for more of their rows when `distinct_by` joins several rows to one event.
pub const OPEN_GROUPS: usize = 65_536;
/// Joined events that are remembered after they are done, to notice rows that come too late.
pub const DONE_GROUPS: usize = 2_000_000;
/// Different events of one XES case that are remembered to tell a repetition; beyond them, repetitions count once.
pub const CASE_EVENTS: usize = 1_000_000;
/// Rows that are looked at to guess what a table's columns mean.
pub const SAMPLE_ROWS: usize = 200;
