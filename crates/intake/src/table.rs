//! Tables, whatever they are written in: rows under columns, given one by one to whoever wants them.

use std::collections::HashSet;
use std::io::{self, Cursor};

use periplus_model::Reason;
use serde_json::{Map, Value};

use crate::cell::{Cell, Row};
use crate::columns::Columns;
use crate::gate::{Gate, Refusal, refuse};
use crate::rules::Rules;
use crate::separated::{Found, Separated};
use crate::sniff::Format;
use crate::stream::Window;
use crate::{IntakeError, columnar, json, limits, sniff};

/// Takes the rows of a table.
pub trait Rows {
    /// Called once, before the first row.
    ///
    /// # Errors
    /// When these columns are not what is needed.
    fn columns(&mut self, columns: &mut Columns) -> Result<(), IntakeError>;

    /// The columns that are looked at, when that is not all of them.
    fn used(&self) -> Option<HashSet<usize>> {
        None
    }

    /// Called when rows with new columns turn up, before the first of them.
    fn grown(&mut self, _columns: &Columns) {}

    /// Called for each row, or for what should have been one.
    ///
    /// # Errors
    /// When reading is to end.
    fn row<R: Row + ?Sized>(&mut self, line: u64, row: Result<&R, Refusal>, raw: &dyn Fn() -> String) -> Result<(), IntakeError>;
}

/// Where reading ended.
#[derive(Debug)]
pub struct Ended {
    /// The last line or row.
    pub line: u64,
    /// Why it ended before its end, if it did.
    pub error: Option<io::Error>,
}

/// Rules that are applied to every row.
pub struct Apply<'a, 's, F> {
    /// Where results pass.
    pub gate: &'a mut Gate<'s>,
    /// Makes the rules, once the columns are known.
    pub make: F,
    /// The rules.
    pub rules: Option<Rules>,
}

impl<F: FnMut(&mut Columns) -> Result<Rules, IntakeError>> Rows for Apply<'_, '_, F> {
    fn columns(&mut self, columns: &mut Columns) -> Result<(), IntakeError> {
        self.rules = Some((self.make)(columns)?);
        Ok(())
    }

    fn used(&self) -> Option<HashSet<usize>> {
        self.rules.as_ref().map(Rules::used)
    }

    fn grown(&mut self, columns: &Columns) {
        self.rules.iter_mut().for_each(|rules| rules.learn(columns));
    }

    fn row<R: Row + ?Sized>(&mut self, line: u64, row: Result<&R, Refusal>, raw: &dyn Fn() -> String) -> Result<(), IntakeError> {
        let Some(rules) = &mut self.rules else { return Ok(()) };
        let result = row.map_err(Into::into).and_then(|row| rules.apply(row, self.gate));
        self.gate.settle(line, result, raw)
    }
}

/// Keeps the first rows, to look at them.
#[derive(Debug, Default)]
pub struct Sample {
    /// The columns.
    pub columns: Columns,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

impl Rows for Sample {
    fn columns(&mut self, columns: &mut Columns) -> Result<(), IntakeError> {
        self.columns = columns.clone();
        Ok(())
    }

    fn grown(&mut self, columns: &Columns) {
        self.columns = columns.clone();
    }

    fn row<R: Row + ?Sized>(&mut self, _: u64, row: Result<&R, Refusal>, _: &dyn Fn() -> String) -> Result<(), IntakeError> {
        if let Ok(row) = row
            && self.rows.len() < limits::SAMPLE_ROWS
        {
            self.rows.push((0..self.columns.names().len()).map(|column| row.cell(column).value()).collect());
        }
        Ok(())
    }
}

/// How a table is written.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The format.
    pub format: Format,
    /// The column names of a CSV file without a header line.
    pub header: Option<Vec<String>>,
}

/// Reads a table from a stream.
///
/// # Errors
/// When the header cannot be used, or `rows` fails.
pub fn read_stream<T: Rows>(window: &mut Window, layout: &Layout, rows: &mut T) -> Result<Ended, IntakeError> {
    match layout.format {
        Format::Csv { delimiter } => read_csv(window, delimiter, layout.header.as_deref(), rows),
        Format::JsonLines => read_json(window, rows),
        Format::Parquet => Err(IntakeError::Unreadable("Parquet is read from its end, so it must be given as a file".to_owned())),
        Format::Xes => Err(IntakeError::Unreadable("an XES file is not a table; it needs no mapping".to_owned())),
    }
}

/// Reads a whole table that is in memory.
///
/// # Errors
/// When it is no table, or breaks.
pub fn read_bytes<T: Rows>(name: &str, bytes: Vec<u8>, rows: &mut T) -> Result<(), IntakeError> {
    let (_, format) = sniff(name, &bytes[..bytes.len().min(64 * 1024)])?;
    let ended = match format {
        Some(Format::Parquet) => columnar::read(bytes::Bytes::from(bytes), rows)?,
        Some(format) => read_stream(&mut Window::open(Box::new(Cursor::new(bytes))), &Layout { format, header: None }, rows)?,
        None => return Err(IntakeError::Unreadable("it is compressed twice".to_owned())),
    };
    match ended.error {
        None => Ok(()),
        Some(error) => Err(IntakeError::Unreadable(format!("line {}: {error}", ended.line))),
    }
}

/// A row of fields without types.
struct CsvRow<'a> {
    text: &'a str,
    fields: &'a [(usize, usize)],
}

impl Row for CsvRow<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        match self.fields.get(column) {
            Some((from, to)) if from < to => self.text.get(*from..*to).map_or(Cell::Null, Cell::Field),
            _ => Cell::Null,
        }
    }
}

fn read_csv<T: Rows>(window: &mut Window, delimiter: u8, header: Option<&[String]>, rows: &mut T) -> Result<Ended, IntakeError> {
    while window.data().len() < 3 && window.more() {}
    if window.data().starts_with(b"\xef\xbb\xbf") {
        window.consume(3);
    }
    let mut reader = Separated::new(delimiter);
    let names = match header {
        Some(names) => names.to_vec(),
        None => read_header(&mut reader, window)?,
    };
    if names.len() > limits::COLUMNS {
        return Err(IntakeError::Unreadable(format!("the header has {} columns; {} are allowed", names.len(), limits::COLUMNS)));
    }
    let mut columns = Columns::of_header(&names)?;
    rows.columns(&mut columns)?;
    while let Some(found) = reader.next(window) {
        let consume = match found {
            Found::Record { line, text, fields, raw, consume } => {
                let show = || raw_text(raw);
                let text = check_record(text, fields.len(), names.len());
                let row = text.map(|text| CsvRow { text, fields });
                rows.row(line, row.as_ref().map_err(Clone::clone), &show)?;
                consume
            }
            Found::Broken { line, why, raw, consume } => {
                rows.row::<CsvRow<'_>>(line, refuse(Reason::Malformed, why), &|| raw_text(raw))?;
                consume
            }
            Found::TooLong { line, raw } => {
                let refusal = refuse(Reason::TooLarge, format!("the line has more than {} bytes", limits::ROW));
                rows.row::<CsvRow<'_>>(line, refusal, &|| raw_text(raw))?;
                window.skip_line();
                continue;
            }
        };
        window.consume(consume);
    }
    Ok(Ended { line: reader.lines(), error: window.error() })
}

fn check_record(text: &[u8], fields: usize, wanted: usize) -> Result<&str, Refusal> {
    let Ok(text) = std::str::from_utf8(text) else {
        return refuse(Reason::Encoding, "the row is not UTF-8; if it is Latin-1, a mapping can say so (encoding = \"latin-1\")");
    };
    if fields != wanted {
        return refuse(Reason::Fields, format!("the row has {fields} fields, the header {wanted}"));
    }
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return refuse(Reason::Encoding, "there is a NUL character in the row");
    }
    Ok(text)
}

fn read_header(reader: &mut Separated, window: &mut Window) -> Result<Vec<String>, IntakeError> {
    let unreadable = |message: &str| Err(IntakeError::Unreadable(message.to_owned()));
    let (names, consume) = match reader.next(window) {
        None => return Err(window.error().map_or(IntakeError::Empty, IntakeError::Read)),
        Some(Found::TooLong { .. }) => return unreadable("the first line is too long for a header"),
        Some(Found::Broken { why, .. }) => return unreadable(&format!("the header is broken: {why}")),
        Some(Found::Record { text, fields, consume, .. }) => match std::str::from_utf8(text) {
            Ok(text) => (fields.iter().map(|(from, to)| text[*from..*to].trim().to_owned()).collect(), consume),
            Err(_) => {
                return unreadable(
                    "the header is not UTF-8; convert the file (iconv -f ISO-8859-1 -t UTF-8 FILE > NEW) or say encoding = \"latin-1\" in a mapping",
                );
            }
        },
    };
    window.consume(consume);
    Ok(names)
}

fn read_json<T: Rows>(window: &mut Window, rows: &mut T) -> Result<Ended, IntakeError> {
    let mut columns = Columns::open();
    rows.columns(&mut columns)?;
    let mut objects = Objects::new(columns);
    json::lines(window, &mut |line, value, raw| {
        let fields = match value {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return rows.row::<[Value]>(line, refuse(Reason::Malformed, "the line is no JSON object"), raw),
            Err(refusal) => return rows.row::<[Value]>(line, Err(refusal), raw),
        };
        match objects.lay(fields, &Value::Null) {
            Err(refusal) => return rows.row::<[Value]>(line, Err(refusal), raw),
            Ok(true) => rows.grown(objects.columns()),
            Ok(false) => {}
        }
        rows.row(line, Ok(objects.row()), raw)
    })
}

/// JSON objects as the rows of a table: columns become known as objects come, and names with a dot reach into what is nested.
#[derive(Debug)]
pub struct Objects {
    columns: Columns,
    /// The columns that somebody asked for by a name with a dot.
    paths: Vec<(usize, String)>,
    values: Vec<Value>,
}

impl Objects {
    /// Rows for whoever has asked for columns already.
    pub fn new(columns: Columns) -> Objects {
        let names = columns.names().iter().enumerate();
        let paths = names.filter(|(_, name)| name.contains('.')).map(|(at, name)| (at, name.clone())).collect();
        Objects { columns, paths, values: Vec::new() }
    }

    /// The columns that are known.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Lays an object out as the row at hand; whether it has new columns. What the object does not have under a name with a
    /// dot is looked for outside of it.
    ///
    /// # Errors
    /// When there are too many columns.
    pub fn lay(&mut self, fields: Map<String, Value>, outside: &Value) -> Result<bool, Refusal> {
        let new = fields.keys().filter(|key| self.columns.own(key).is_none()).count();
        if self.columns.names().len() + new > limits::COLUMNS {
            return refuse(Reason::TooComplex, format!("there are more than {} different keys", limits::COLUMNS));
        }
        if new > 0 {
            for key in fields.keys() {
                if self.columns.own(key).is_none() {
                    self.columns.add(key);
                }
            }
        }
        self.values.clear();
        self.values.resize(self.columns.names().len(), Value::Null);
        let whole = Value::Object(fields);
        for (column, path) in &self.paths {
            self.values[*column] = json::at(&whole, path).or_else(|| json::at(outside, path)).cloned().unwrap_or_default();
        }
        if let Value::Object(fields) = whole {
            for (key, value) in fields {
                if let Some(column) = self.columns.own(&key) {
                    self.values[column] = value;
                }
            }
        }
        Ok(new > 0)
    }

    /// The row at hand.
    pub fn row(&self) -> &[Value] {
        &self.values
    }
}

/// The beginning of a row as a text that can be shown.
pub fn raw_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(limits::RAW)]).into_owned()
}
