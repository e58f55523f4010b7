//! From an input and a plan to the right reader.

use std::fs::File;
use std::io::{Cursor, Read};
use std::sync::Arc;

use periplus_model::Reason;
use serde_json::Value;

use crate::columns::Columns;
use crate::dialects::{self, Dialect, Records};
use crate::gate::{Gate, refuse};
use crate::mapping::{Encoding, Mapping, Source};
use crate::policy::Policy;
use crate::rules::Rules;
use crate::sniff::{Compression, Format};
use crate::stream::{Counted, FromLatin1, Window, decompress, head};
use crate::table::{self, Apply, Ended, Layout, Sample};
use crate::{Input, IntakeError, Open, Plan, Progress, Sink, Summary, columnar, json, limits, sniff};

/// So much of a file is looked at to recognise it.
const HEAD: usize = 256 * 1024;

/// Reads a file and passes what is in it to the sink.
///
/// Bad rows never end the reading: they are refused one by one.
///
/// # Errors
/// When the file as a whole cannot be read or understood, breaks off ([`IntakeError::CutShort`], with what was read), or
/// the sink fails.
pub fn read(
    input: Input,
    plan: Plan<'_>,
    open: &Open<'_>,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, IntakeError> {
    read_under(None, input, plan, open, sink, progress)
}

/// The same, holding everything against the rules of a source.
///
/// # Errors
/// As [`read`].
pub fn read_under(
    rules: Option<&Policy>,
    input: Input,
    plan: Plan<'_>,
    open: &Open<'_>,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, IntakeError> {
    let (mut gate, ended) = match input {
        Input::Parquet { name, file } => {
            let total = columnar::rows_total(file.try_clone().map_err(IntakeError::Read)?)?;
            let mut gate = Gate::new(sink, progress, Arc::default(), Some(total));
            gate.policy = rules;
            let ended = read_parquet(&name, file, plan, open, &mut gate)?;
            (gate, ended)
        }
        Input::Stream { name, reader } => {
            let (counted, bytes) = Counted::new(reader);
            let mut gate = Gate::new(sink, progress, bytes, None);
            gate.policy = rules;
            let ended = read_stream(&name, Box::new(counted), plan, open, &mut gate)?;
            (gate, ended)
        }
    };
    gate.tell();
    let summary = gate.summary;
    match ended.error {
        None => Ok(summary),
        Some(error) => Err(IntakeError::CutShort { line: ended.line, cause: error.to_string(), summary: Box::new(summary) }),
    }
}

fn source_for<'m>(mapping: &'m Mapping, name: &str) -> Result<&'m Source, IntakeError> {
    mapping.source_for(name).ok_or_else(|| IntakeError::NoSource {
        file: name.to_owned(),
        patterns: mapping.source.iter().map(|source| source.file.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// Applies a source's rules to all rows that `table` gives.
fn apply<'s>(
    source: &Source,
    open: &Open<'_>,
    gate: &mut Gate<'s>,
    table: impl FnOnce(&mut Apply<'_, 's, &mut dyn FnMut(&mut Columns) -> Result<Rules, IntakeError>>) -> Result<Ended, IntakeError>,
) -> Result<Ended, IntakeError> {
    let mut make = |columns: &mut Columns| Rules::new(source, columns, open);
    let mut rows = Apply { gate, make: &mut make as &mut dyn FnMut(&mut Columns) -> Result<Rules, IntakeError>, rules: None };
    let ended = table(&mut rows)?;
    let Apply { gate, rules, .. } = rows;
    if let Some(mut rules) = rules {
        rules.finish(gate)?;
    }
    Ok(ended)
}

/// What a table without a mapping is taken for.
enum Understood {
    Dialect(&'static dyn Dialect),
    Table(Mapping),
}

fn understand(sample: &Sample) -> Result<Understood, IntakeError> {
    let names = sample.columns.names();
    let records: Vec<Value> = sample.rows.iter().map(|row| dialects::object(names, row.as_slice())).collect();
    match dialects::find(&records) {
        Some(dialect) => Ok(Understood::Dialect(dialect)),
        None => Ok(Understood::Table(crate::guess(names, &sample.rows)?)),
    }
}

fn read_parquet(name: &str, file: File, plan: Plan<'_>, open: &Open<'_>, gate: &mut Gate<'_>) -> Result<Ended, IntakeError> {
    let guessed;
    let source = match plan {
        Plan::Mapping(mapping) => {
            gate.summary.dialect = "mapping";
            source_for(mapping, name)?
        }
        Plan::Auto => {
            let mut sample = Sample::default();
            columnar::sample(file.try_clone().map_err(IntakeError::Read)?, &mut sample)?;
            match understand(&sample)? {
                Understood::Dialect(dialect) => {
                    gate.summary.dialect = dialect.name();
                    return columnar::read(file, &mut Records::new(dialect, gate));
                }
                Understood::Table(mapping) => {
                    gate.summary.dialect = "table";
                    gate.summary.assumed = Some(mapping.clone());
                    guessed = mapping;
                    source_for(&guessed, name)?
                }
            }
        }
    };
    apply(source, open, gate, |rows| columnar::read(file, rows))
}

fn read_stream(
    name: &str,
    reader: Box<dyn Read + Send>,
    plan: Plan<'_>,
    open: &Open<'_>,
    gate: &mut Gate<'_>,
) -> Result<Ended, IntakeError> {
    let (first, reader) = head(reader, HEAD).map_err(IntakeError::Read)?;
    let (compression, format) = sniff(name, &first)?;
    let (first, format, reader) = match (compression, format) {
        (Compression::None, Some(format)) => (first, format, reader),
        _ => {
            let (first, reader) = decompress(reader, compression)
                .and_then(|reader| head(reader, HEAD))
                .map_err(|error| IntakeError::Unreadable(format!("the compressed file cannot be decompressed: {error}")))?;
            let bare = [".gz", ".gzip", ".zst", ".zstd"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            match sniff(bare, &first)? {
                (Compression::None, Some(format)) => (first, format, reader),
                _ => return Err(IntakeError::Unreadable("the file is compressed twice; decompress it once".to_owned())),
            }
        }
    };
    if format == Format::Xes {
        gate.summary.dialect = "xes";
        return dialects::xes::read(Window::open(reader), gate);
    }
    let guessed;
    let source = match plan {
        Plan::Mapping(mapping) => {
            gate.summary.dialect = "mapping";
            source_for(mapping, name)?
        }
        Plan::Auto => match understand_head(format, &first)? {
            Understood::Dialect(dialect) => {
                gate.summary.dialect = dialect.name();
                return read_dialect(&mut Window::open(reader), dialect, gate);
            }
            Understood::Table(mapping) => {
                gate.summary.dialect = "table";
                gate.summary.assumed = Some(mapping.clone());
                guessed = mapping;
                source_for(&guessed, name)?
            }
        },
    };
    let format = match (format, source.delimiter) {
        (Format::Csv { .. }, Some(delimiter)) => match u8::try_from(delimiter) {
            Ok(delimiter) if delimiter.is_ascii() => Format::Csv { delimiter },
            _ => return Err(crate::MappingError(format!("'{delimiter}' cannot separate fields; use an ASCII character")).into()),
        },
        (format, _) => format,
    };
    let reader = match source.encoding {
        Encoding::Utf8 => reader,
        Encoding::Latin1 => Box::new(FromLatin1(reader)) as Box<dyn Read + Send>,
    };
    let layout = Layout { format, header: source.header.clone() };
    apply(source, open, gate, |rows| table::read_stream(&mut Window::open(reader), &layout, rows))
}

/// Looks at the first rows.
fn understand_head(format: Format, first: &[u8]) -> Result<Understood, IntakeError> {
    // The last line is whole only when the head is the whole file.
    let whole = match first.iter().rposition(|byte| *byte == b'\n') {
        Some(at) if first.len() == HEAD => &first[..=at],
        _ => first,
    };
    let mut window = Window::open(Box::new(Cursor::new(whole.to_vec())));
    if format == Format::JsonLines {
        let mut records = Vec::new();
        json::lines(&mut window, &mut |_, value, _| {
            records.extend(value.ok().filter(|_| records.len() < limits::SAMPLE_ROWS));
            Ok(())
        })?;
        if let Some(dialect) = dialects::find(&records) {
            return Ok(Understood::Dialect(dialect));
        }
        window = Window::open(Box::new(Cursor::new(whole.to_vec())));
    }
    let mut sample = Sample::default();
    table::read_stream(&mut window, &Layout { format, header: None }, &mut sample)?;
    if let Format::JsonLines = format {
        // Rows that came before a column was known do not have it.
        let width = sample.columns.names().len();
        sample.rows.iter_mut().for_each(|row| row.resize(width, Value::Null));
    }
    understand(&sample)
}

/// Reads JSON Lines of a dialect.
fn read_dialect(window: &mut Window, dialect: &'static dyn Dialect, gate: &mut Gate<'_>) -> Result<Ended, IntakeError> {
    json::lines(window, &mut |line, value, raw| {
        let value = match value {
            Ok(value) => value,
            Err(refusal) => return gate.settle(line, Err(refusal.into()), raw),
        };
        let records = dialect.unwrap(value);
        if records.is_empty() {
            return gate.settle(line, refuse(Reason::Malformed, "the batch is empty"), raw);
        }
        for record in records {
            let shown = json::check_nodes(record);
            let result = shown.as_ref().map_err(|refusal| refusal.clone().into()).and_then(|record| dialect.record(record, gate));
            gate.settle(line, result, &|| shown.as_ref().map_or_else(|_| raw(), Value::to_string))?;
        }
        Ok(())
    })
}
