//! The bytes of parts for DataFusion's reader: through the lake, which holds every block against its checksum first.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::{ParquetError, Result as ParquetResult};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use periplus_lake::{Lake, LakeError, PartBytes};
use periplus_model::parts::Part;

use crate::error::QueryError;

/// Opens parts, which the files that are asked for carry with them.
#[derive(Debug)]
pub(crate) struct PartFiles(pub(crate) Lake);

struct PartFile {
    bytes: PartBytes,
    metadata: Arc<ParquetMetaData>,
}

fn unreadable(error: &LakeError) -> DataFusionError {
    QueryError::Data(error.to_string()).into()
}

impl ParquetFileReaderFactory for PartFiles {
    fn create_reader(
        &self,
        _: usize,
        file: PartitionedFile,
        _: Option<usize>,
        _: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let part = file.extension::<Part>();
        let part = part.ok_or_else(|| DataFusionError::Internal(format!("{} is no part", file.object_meta.location)))?;
        let open = self.0.open_part(part).map_err(|error| unreadable(&error))?;
        let bytes = open.bytes().map_err(|error| unreadable(&error))?;
        Ok(Box::new(PartFile { bytes, metadata: open.metadata() }))
    }
}

// Parts lie on this machine's disk: reading some of one takes about as long as decoding it, so nobody waits for it elsewhere.
impl AsyncFileReader for PartFile {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        let read = self.bytes.get(range).map_err(|error| ParquetError::External(Box::new(unreadable(&error))));
        ready(read).boxed()
    }

    fn get_metadata<'a>(&'a mut self, _: Option<&'a ArrowReaderOptions>) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        ready(Ok(self.metadata.clone())).boxed()
    }
}
