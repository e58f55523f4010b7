//! Opening parts.

use std::fs::File;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::statistics::Statistics;
use periplus_model::parts::Part;

use crate::{Lake, LakeError};

/// Rows per batch when nothing else is asked for.
pub const BATCH_ROWS: usize = 16 * 1024;

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

impl Lake {
    /// Opens a part and reads some of its columns; with `keys`, only those row groups that may hold a key in the range
    /// (inclusive) are read.
    ///
    /// # Errors
    /// When the file is missing or is not what the manifest says.
    pub fn read(&self, part: &Part, columns: &[&str], keys: Option<(i64, i64)>) -> Result<PartReader, LakeError> {
        let path = self.root().join(&part.file);
        let file = File::open(&path).map_err(LakeError::io(&path))?;
        let damaged = |why: String| LakeError::Damaged { file: part.file.clone(), why };
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| damaged(e.to_string()))?;
        let rows = metadata.metadata().file_metadata().num_rows();
        if rows != part.rows as i64 {
            return Err(damaged(format!("it has {rows} rows instead of {}", part.rows)));
        }
        let groups: Option<Vec<usize>> = keys.map(|(low, high)| {
            let overlaps = |group: &parquet::file::metadata::RowGroupMetaData| match group.column(0).statistics() {
                Some(Statistics::Int64(stats)) => match (stats.min_opt(), stats.max_opt()) {
                    (Some(min), Some(max)) => *min <= high && *max >= low,
                    _ => true,
                },
                _ => true,
            };
            metadata.metadata().row_groups().iter().enumerate().filter(|(_, group)| overlaps(group)).map(|(index, _)| index).collect()
        });
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
        let builder = match groups {
            Some(groups) => builder.with_row_groups(groups),
            None => builder,
        };
        let inner = builder.build().map_err(|e| damaged(e.to_string()))?;
        Ok(PartReader { file: part.file.clone(), inner })
    }

    /// Compares a part's bytes with its checksum.
    ///
    /// # Errors
    /// When they differ or cannot be read.
    pub fn verify(&self, part: &Part) -> Result<(), LakeError> {
        let path = self.root().join(&part.file);
        let mut file = File::open(&path).map_err(LakeError::io(&path))?;
        let mut hashing = crate::write::Hashing::new(std::io::sink());
        std::io::copy(&mut file, &mut hashing).map_err(LakeError::io(&path))?;
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
