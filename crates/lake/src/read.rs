//! Opening parts.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;
use parquet::file::statistics::Statistics;
use periplus_model::parts::Part;

use crate::sums::{Checked, Sums};
use crate::{Lake, LakeError};

/// Rows per batch when nothing else is asked for.
pub const BATCH_ROWS: usize = 16 * 1024;

/// The keys of a part's footer under which the names of its events and of its channels stand, as JSON lists; absent when
/// there are too many.
pub(crate) const NAMES_KEYS: [&str; 2] = ["periplus.event", "periplus.channel"];

/// A part being read, batch by batch, in its order.
pub struct PartReader {
    file: String,
    inner: ParquetRecordBatchReader,
}

impl Iterator for PartReader {
    type Item = Result<RecordBatch, LakeError>;
    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.inner.next()?;
        Some(batch.map_err(|error| LakeError::Damaged { file: self.file.clone(), why: error.to_string() }))
    }
}

/// A part whose footer has been read.
#[derive(Clone)]
pub struct OpenPart {
    file: String,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    sums: Option<Arc<Sums>>,
}

/// A part's bytes for a reader that is not ours, held against their checksums before it sees them.
pub struct PartBytes {
    file: String,
    checked: Checked,
}

impl PartBytes {
    /// The bytes of a range.
    ///
    /// # Errors
    /// When the file is shorter, or damaged there.
    pub fn get(&self, range: Range<u64>) -> Result<Bytes, LakeError> {
        let length = range.end.saturating_sub(range.start) as usize;
        self.checked.get_bytes(range.start, length).map_err(|e| LakeError::Damaged { file: self.file.clone(), why: e.to_string() })
    }
}

/// A piece of a part that can be read by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowGroup {
    /// Rows in it.
    pub rows: usize,
    /// Smallest and largest customer key in it, as far as known.
    pub keys: (i64, i64),
}

impl OpenPart {
    /// The row groups, in order.
    pub fn groups(&self) -> impl Iterator<Item = RowGroup> + '_ {
        self.metadata.metadata().row_groups().iter().map(|group| {
            let keys = match group.column(0).statistics() {
                Some(Statistics::Int64(stats)) => stats.min_opt().copied().zip(stats.max_opt().copied()),
                _ => None,
            };
            RowGroup { rows: group.num_rows() as usize, keys: keys.unwrap_or((i64::MIN, i64::MAX)) }
        })
    }

    /// What the footer says, for a reader that is not ours.
    pub fn metadata(&self) -> Arc<ParquetMetaData> {
        self.metadata.metadata().clone()
    }

    /// The bytes, for a reader that is not ours. It asks for as much as it wants at a time: nothing is read ahead.
    ///
    /// # Errors
    /// When the file is missing.
    pub fn bytes(&self) -> Result<PartBytes, LakeError> {
        let checked = Checked::open(&self.path, self.sums.clone(), Vec::new()).map_err(LakeError::io(&self.path))?;
        Ok(PartBytes { file: self.file.clone(), checked })
    }

    /// All values in one of the columns `event` and `channel`, sorted, if the footer tells them.
    pub fn names(&self, column: &str) -> Option<Vec<String>> {
        let pairs = self.metadata.metadata().file_metadata().key_value_metadata()?;
        let key = NAMES_KEYS.into_iter().find(|key| key.rsplit('.').next() == Some(column))?;
        let told = pairs.iter().find(|pair| pair.key == key)?.value.as_ref()?;
        serde_json::from_str(told).ok()
    }

    /// Reads some columns of some row groups (all when not given), so many rows at a time.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn read(&self, columns: &[&str], groups: Option<Vec<usize>>, batch_rows: usize) -> Result<PartReader, LakeError> {
        let chunks = self.metadata.metadata().row_groups().iter().flat_map(|group| group.columns().iter().enumerate());
        let chunks = chunks
            .map(|(column, chunk)| (chunk.byte_range(), column))
            .map(|((start, length), column)| (start..start.saturating_add(length), column));
        let checked = Checked::open(&self.path, self.sums.clone(), chunks.collect()).map_err(LakeError::io(&self.path))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(checked, self.metadata.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let builder = builder.with_projection(mask).with_batch_size(batch_rows);
        let builder = match groups {
            Some(groups) => builder.with_row_groups(groups),
            None => builder,
        };
        let inner = builder.build().map_err(|e| LakeError::Damaged { file: self.file.clone(), why: e.to_string() })?;
        Ok(PartReader { file: self.file.clone(), inner })
    }
}

impl Lake {
    /// Opens a part and reads its footer, held against the checksums that it has.
    ///
    /// # Errors
    /// When the file is missing or is not what the manifest says.
    pub fn open_part(&self, part: &Part) -> Result<OpenPart, LakeError> {
        let path = self.root().join(&part.file);
        let file = File::open(&path).map_err(LakeError::io(&path))?;
        let damaged = |why: String| LakeError::Damaged { file: part.file.clone(), why };
        let bytes = file.metadata().map_err(LakeError::io(&path))?.len();
        if bytes != part.bytes {
            return Err(damaged(format!("it has {bytes} bytes instead of {}", part.bytes)));
        }
        let sums = Sums::of(&file, bytes).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => damaged(error.to_string()),
            _ => LakeError::io(&path)(error),
        })?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| damaged(e.to_string()))?;
        let rows = metadata.metadata().file_metadata().num_rows();
        if rows != part.rows as i64 {
            return Err(damaged(format!("it has {rows} rows instead of {}", part.rows)));
        }
        Ok(OpenPart { file: part.file.clone(), path, metadata, sums: sums.map(Arc::new) })
    }

    /// Opens a part and reads some of its columns; with `keys`, only those row groups that may hold a key in the range
    /// (inclusive) are read.
    ///
    /// # Errors
    /// When the file is missing or is not what the manifest says.
    pub fn read(&self, part: &Part, columns: &[&str], keys: Option<(i64, i64)>) -> Result<PartReader, LakeError> {
        let open = self.open_part(part)?;
        let groups = keys.map(|(low, high)| {
            let overlaps = |group: &RowGroup| group.keys.0 <= high && group.keys.1 >= low;
            open.groups().enumerate().filter(|(_, group)| overlaps(group)).map(|(index, _)| index).collect()
        });
        open.read(columns, groups, BATCH_ROWS)
    }

    /// Compares a part's bytes with its checksum.
    ///
    /// # Errors
    /// When they differ or cannot be read.
    pub fn verify(&self, part: &Part) -> Result<(), LakeError> {
        self.verify_copy(part, &self.root().join(&part.file))
    }

    /// Compares the bytes of a part's copy with the part's checksum.
    ///
    /// # Errors
    /// When they differ or cannot be read.
    pub fn verify_copy(&self, part: &Part, path: &Path) -> Result<(), LakeError> {
        let mut file = File::open(path).map_err(LakeError::io(path))?;
        let mut hashing = crate::write::Hashing::new(std::io::sink());
        std::io::copy(&mut file, &mut hashing).map_err(LakeError::io(path))?;
        let checksum = hashing.checksum();
        if checksum != part.checksum {
            return Err(LakeError::Damaged { file: part.file.clone(), why: "its checksum differs".to_owned() });
        }
        Ok(())
    }
}

/// The customer keys of a batch (its first column).
///
/// # Panics
/// Never on batches that [`Lake::read`] gave with `customer_key` among the columns.
pub fn keys(batch: &RecordBatch) -> &[i64] {
    batch.column(0).as_primitive::<Int64Type>().values()
}

/// A dictionary column: its codes (−1 where null) and its values.
pub fn names(column: &dyn Array) -> (Vec<i32>, Vec<&str>) {
    let dictionary = column.as_dictionary::<arrow::datatypes::Int32Type>();
    let codes = dictionary.keys().iter().map(|code| code.unwrap_or(-1)).collect();
    let values = dictionary.values().as_string::<i32>();
    (codes, (0..values.len()).map(|index| values.value(index)).collect())
}
