//! From rows in memory to parts on disk: sort, encode, make durable.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use arrow::array::{
    ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::{Part, PartTable};
use periplus_model::time::Instant;

use crate::read::NAMES_KEYS;
use crate::spill::{NO_NAME, NO_TIME, Names, Row, RowHead, heads};
use crate::sums::Sealing;
use crate::{Lake, LakeError, schema, sums};

/// So many names of events or channels are told in a part's footer; with more, whoever wants them reads the column.
pub(crate) const NAMES_MAX: usize = 1_000;

/// Rows that are encoded at a time.
const BATCH_ROWS: usize = 32 * 1024;

/// A writer that hashes what passes through it.
pub(crate) struct Hashing<W> {
    inner: W,
    hash: xxhash_rust::xxh3::Xxh3Default,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Hashing<W> {
        Hashing { inner, hash: xxhash_rust::xxh3::Xxh3Default::new(), bytes: 0 }
    }

    pub(crate) fn checksum(&self) -> u64 {
        self.hash.digest()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes a file of the lake under a temporary name, until [`settle`] has made it durable. Answers its size and checksum.
pub(crate) fn write_file(
    lake: &Lake,
    file: &str,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(u64, u64), LakeError> {
    let path = lake.root().join(file);
    let folder = path.parent().unwrap_or(lake.root()).to_owned();
    fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
    let temporary = temporary(&path);
    let write = || -> io::Result<(u64, u64)> {
        let mut out = Hashing::new(BufWriter::with_capacity(256 * 1024, fs::File::create(&temporary)?));
        fill(&mut out)?;
        out.flush()?;
        Ok((out.bytes, out.hash.digest()))
    };
    write().map_err(|error| {
        // Best effort: a full disk must not stay full because of a file that nobody will ever read.
        let _ = fs::remove_file(&temporary);
        LakeError::io(&path)(error)
    })
}

fn temporary(path: &Path) -> PathBuf {
    path.with_extension("tmp")
}

/// Makes a file that was written durable and gives it its name, so that it is there completely or not at all. The name is
/// durable after [`sync_folders`].
pub(crate) fn settle(lake: &Lake, file: &str) -> Result<(), LakeError> {
    let path = lake.root().join(file);
    let temporary = temporary(&path);
    let synced = fs::File::options().write(true).open(&temporary).and_then(|file| file.sync_all());
    synced.and_then(|()| fs::rename(&temporary, &path)).map_err(LakeError::io(&path))
}

/// A new file or folder is durable only when the folder that names it is: syncs all folders of new parts, each once.
pub(crate) fn sync_folders<'a>(lake: &Lake, parts: impl IntoIterator<Item = &'a Part>) -> Result<(), LakeError> {
    let below = |part: &'a Part| Path::new(&part.file).ancestors().skip(1);
    let folders: BTreeSet<&Path> = parts.into_iter().flat_map(below).collect();
    for folder in folders {
        let folder = lake.root().join(folder);
        fs::File::open(&folder).and_then(|f| f.sync_all()).map_err(LakeError::io(&folder))?;
    }
    Ok(())
}

/// Names the parts that one commit writes, and passes on the names of those that are written and not settled yet.
pub(crate) struct Naming {
    pub(crate) snapshot: u64,
    pub(crate) level: u8,
    pub(crate) bits: u32,
    pub(crate) next: std::sync::atomic::AtomicU64,
    pub(crate) unsettled: Sender<String>,
}

impl Naming {
    fn name(&self, table: PartTable, bucket: u16, month: Option<i32>) -> String {
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let month = month.map_or(String::new(), |m| format!("month={:04}-{:02}/", m.div_euclid(12), m.rem_euclid(12) + 1));
        format!("{}/bucket={bucket:03}/{month}L{}-{:08x}-{number:05}.parquet", table.name(), self.level, self.snapshot)
    }
}

/// A row's place in the order of its part, and in the buffer: (key, time, seq, place).
type Place = (i64, i64, u64, u32);

/// Sorts rows of one bucket and writes them as parts, one per month. `wanted` is asked with each row's place in `bytes`.
pub(crate) fn write_rows(
    lake: &Lake,
    table: PartTable,
    naming: &Naming,
    names: &SharedNames,
    bytes: &[u8],
    wanted: impl Fn(usize, &RowHead) -> bool,
) -> Result<Vec<Part>, LakeError> {
    let by_month = table == PartTable::Events;
    let mut months: BTreeMap<Option<i32>, Vec<Place>> = BTreeMap::new();
    let mut place = 0;
    for (head, row) in heads(bytes) {
        if wanted(place, &head) {
            let month = by_month.then(|| Instant(head.time).month());
            months.entry(month).or_default().push((head.key, head.time, head.seq, place as u32));
        }
        place += row.len();
    }
    let mut parts = Vec::new();
    for (month, mut order) in months {
        order.sort_unstable();
        parts.push(write_part(lake, table, naming, names, bytes, &order, month)?);
    }
    Ok(parts)
}

fn write_part(
    lake: &Lake,
    table: PartTable,
    naming: &Naming,
    names: &SharedNames,
    bytes: &[u8],
    order: &[Place],
    month: Option<i32>,
) -> Result<Part, LakeError> {
    let schema = if table == PartTable::Events { schema::events() } else { schema::traits() };
    let key_min = order.first().map_or(0, |row| row.0);
    let key_max = order.last().map_or(0, |row| row.0);
    let bucket = CustomerKey(key_min).bucket(naming.bits);
    debug_assert_eq!(bucket, CustomerKey(key_max).bucket(naming.bits), "a part's keys lie in one bucket");
    let file = naming.name(table, bucket, month);
    let (mut time_min, mut time_max) = (i64::MAX, i64::MIN);
    let mut used = [Vec::new(), Vec::new()];
    let (size, checksum) = write_file(lake, &file, |out| {
        let mut writer = ArrowWriter::try_new(Sealing::new(out), schema.clone(), Some(schema::properties())).map_err(sad)?;
        for chunk in order.chunks(BATCH_ROWS) {
            let rows = chunk.iter().filter_map(|row| Row::get(bytes, row.3 as usize)).map(|(row, _)| row);
            for row in chunk {
                time_min = time_min.min(row.1);
                time_max = time_max.max(row.1);
            }
            let batch =
                if table == PartTable::Events { event_batch(&schema, names, rows, &mut used)? } else { trait_batch(&schema, names, rows)? };
            if batch.num_rows() != chunk.len() {
                return Err(io::Error::other("the scratch file changed while it was read"));
            }
            writer.write(&batch).map_err(sad)?;
        }
        for (key, used) in NAMES_KEYS.iter().zip(&used) {
            if let Some(names) = names.told(used) {
                writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), names));
            }
        }
        seal(writer)
    })?;
    // Who settles parts ends only on an error of its own, which is told there.
    let _ = naming.unsettled.send(file.clone());
    Ok(Part {
        table,
        file,
        bits: naming.bits,
        bucket,
        month,
        rows: order.len() as u64,
        bytes: size,
        key_min,
        key_max,
        time_min,
        time_max,
        checksum,
        begin: 0,
    })
}

/// Ends a part, with the checksums of its blocks in the footer.
pub(crate) fn seal<W: Write + Send>(mut writer: ArrowWriter<Sealing<W>>) -> io::Result<()> {
    writer.flush().map_err(sad)?;
    writer.sync()?;
    let sums = writer.inner_mut().sums();
    writer.append_key_value_metadata(KeyValue::new(sums::KEY.to_owned(), sums));
    writer.into_inner().map_err(sad)?.finish()
}

/// An error of the Parquet library is nearly always the file system's; keep it as such, so that a full disk is told as one.
pub(crate) fn sad(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(inner) => *inner,
            Err(inner) => io::Error::other(inner),
        },
        other => {
            let text = other.to_string();
            let full = text.contains("No space left") || text.contains("StorageFull");
            io::Error::new(if full { io::ErrorKind::StorageFull } else { io::ErrorKind::Other }, text)
        }
    }
}

/// The names of one import as a dictionary's values.
pub(crate) struct SharedNames(ArrayRef);

impl SharedNames {
    pub(crate) fn new(names: &Names) -> SharedNames {
        SharedNames(Arc::new(StringArray::from_iter_values(names.list())))
    }

    /// Those in use, sorted, as a JSON list; nothing when there are too many to be of help.
    fn told(&self, used: &[bool]) -> Option<String> {
        let values = self.0.as_string_opt::<i32>()?;
        let mut list: Vec<&str> = used.iter().enumerate().filter(|(_, used)| **used).map(|(code, _)| values.value(code)).collect();
        list.sort_unstable();
        (!used.is_empty() && list.len() <= NAMES_MAX).then(|| serde_json::to_string(&list).ok())?
    }

    fn column(&self, codes: Vec<u32>) -> Result<ArrayRef, io::Error> {
        let codes: Int32Array = codes.into_iter().map(|code| (code != NO_NAME).then_some(code as i32)).collect();
        Ok(Arc::new(DictionaryArray::try_new(codes, self.0.clone()).map_err(io::Error::other)?))
    }
}

#[derive(Default)]
struct Columns {
    keys: Vec<i64>,
    times: Vec<i64>,
    seqs: Vec<i64>,
    codes: [Vec<u32>; 4],
}

impl Columns {
    fn push(&mut self, row: &Row<'_>) {
        self.keys.push(row.key);
        self.times.push(row.time);
        self.seqs.push(row.seq as i64);
        for (column, code) in self.codes.iter_mut().zip([row.name, row.channel, row.source, row.currency]) {
            column.push(code);
        }
    }
}

/// A batch of events; the names of events and of channels that occur in it are marked in `used`.
fn event_batch<'a>(
    schema: &SchemaRef,
    names: &SharedNames,
    rows: impl Iterator<Item = Row<'a>>,
    used: &mut [Vec<bool>; 2],
) -> io::Result<RecordBatch> {
    let mut columns = Columns::default();
    let (mut distinct, mut message, mut properties) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let mut amount = Int64Builder::new();
    for row in rows {
        columns.push(&row);
        distinct.append_value(row.distinct_id);
        message.append_option(row.message_id);
        amount.append_option(row.amount);
        properties.append_option((!row.body.is_empty()).then_some(row.body));
    }
    let [event, channel, source, currency] = columns.codes;
    for (used, codes) in used.iter_mut().zip([&event, &channel]) {
        used.resize(names.0.len(), false);
        codes.iter().filter(|code| **code != NO_NAME).for_each(|code| used[*code as usize] = true);
    }
    RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(Int64Array::from(columns.keys)),
            Arc::new(TimestampMicrosecondArray::from(columns.times).with_timezone("UTC")),
            Arc::new(Int64Array::from(columns.seqs)),
            names.column(event)?,
            names.column(channel)?,
            names.column(source)?,
            Arc::new(distinct.finish()),
            Arc::new(message.finish()),
            Arc::new(amount.finish()),
            names.column(currency)?,
            Arc::new(properties.finish()),
        ],
    )
    .map_err(io::Error::other)
}

fn trait_batch<'a>(schema: &SchemaRef, names: &SharedNames, rows: impl Iterator<Item = Row<'a>>) -> io::Result<RecordBatch> {
    let mut columns = Columns::default();
    let (mut distinct, mut value) = (StringBuilder::new(), StringBuilder::new());
    for row in rows {
        columns.push(&row);
        distinct.append_value(row.distinct_id);
        value.append_value(row.body);
    }
    let [name, _, source, _] = columns.codes;
    let times: TimestampMicrosecondArray = columns.times.into_iter().map(|time| (time != NO_TIME).then_some(time)).collect();
    RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(Int64Array::from(columns.keys)),
            Arc::new(times.with_timezone("UTC")),
            Arc::new(Int64Array::from(columns.seqs)),
            names.column(name)?,
            Arc::new(value.finish()),
            names.column(source)?,
            Arc::new(distinct.finish()),
        ],
    )
    .map_err(io::Error::other)
}
