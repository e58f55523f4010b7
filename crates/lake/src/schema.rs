//! The columns of the tables and how they are encoded.
//!
//! The encodings are measured choices: run-length dictionaries for what repeats, deltas for times, and compression only
//! where it pays (identifiers, message ids and properties), because a scan of the uncompressed columns is twice as fast.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

/// Rows in a row group, at most. Half a million keys still fit into the key column's dictionary.
pub const ROW_GROUP_ROWS: usize = 512 * 1024;

const DICTIONARY_BYTES: usize = 4 * 1024 * 1024;

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn time() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// The columns of `events`.
///
/// `customer_key` (63-bit hash of the customer's canonical identifier), `time`, `seq` (order of arrival), `event`,
/// `channel`, `source`, `distinct_id` (the identifier that the event carried, `kind:value`), `message_id`, `amount`
/// (millionths of a currency unit), `currency`, `properties` (a JSON object).
pub fn events() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("customer_key", DataType::Int64, false),
        Field::new("time", time(), false),
        Field::new("seq", DataType::Int64, false),
        Field::new("event", dictionary(), false),
        Field::new("channel", dictionary(), true),
        Field::new("source", dictionary(), false),
        Field::new("distinct_id", DataType::Utf8, false),
        Field::new("message_id", DataType::Utf8, true),
        Field::new("amount", DataType::Int64, true),
        Field::new("currency", dictionary(), true),
        Field::new("properties", DataType::Utf8, true),
    ]))
}

/// The columns of `traits`: `customer_key`, `time` (null: since always), `seq`, `name`, `value` (JSON), `source`,
/// `distinct_id`.
pub fn traits() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("customer_key", DataType::Int64, false),
        Field::new("time", time(), true),
        Field::new("seq", DataType::Int64, false),
        Field::new("name", dictionary(), false),
        Field::new("value", DataType::Utf8, false),
        Field::new("source", dictionary(), false),
        Field::new("distinct_id", DataType::Utf8, false),
    ]))
}

/// How the columns of both tables are written.
pub fn properties() -> WriterProperties {
    let zstd = Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default());
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by("periplus".to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES);
    for column in ["time", "seq"] {
        let path = ColumnPath::from(column);
        builder = builder.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    // Nobody prunes by the smallest and the largest text, and finding them compares every text twice.
    for column in ["event", "name", "channel", "source", "distinct_id", "message_id", "currency", "properties", "value"] {
        builder = builder.set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::None);
    }
    for column in ["distinct_id", "message_id", "amount", "properties", "value"] {
        builder = builder.set_column_compression(ColumnPath::from(column), zstd);
    }
    builder = builder.set_column_dictionary_enabled(ColumnPath::from("message_id"), false);
    builder = builder.set_column_dictionary_page_size_limit(ColumnPath::from("distinct_id"), 4 * DICTIONARY_BYTES);
    builder.build()
}
