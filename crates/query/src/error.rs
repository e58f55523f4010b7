//! What can go wrong with a question in SQL, in words that say what to do.

use datafusion::error::DataFusionError;
use periplus_engine::EngineError;

use crate::run::Limits;
use crate::tables::tables;

/// What can go wrong with a question in SQL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// It cannot be understood, speaks of what is not there, or cannot be computed.
    #[error("{0}")]
    Wrong(String),
    /// It is something else than a question.
    #[error("SQL here only reads, with SELECT, EXPLAIN, DESCRIBE or SHOW TABLES: {0}")]
    Refused(String),
    /// Somebody stopped it.
    #[error("the question was stopped")]
    Stopped,
    /// It took longer than it may.
    #[error(
        "the question was stopped because it took longer than {0} seconds; ask for a shorter period or fewer columns, or allow more time"
    )]
    TooLong(u64),
    /// It needed more memory than it may.
    #[error("the question needs more memory than {0} MiB; group or sort by fewer things, ask for a shorter period, or allow more memory")]
    TooLarge(u64),
    /// The data cannot be read.
    #[error("{0}")]
    Data(String),
    /// A mistake in this program.
    #[error("this question could not be answered because of a mistake in Periplus, please report it: {0}")]
    Mistake(String),
}

impl From<QueryError> for DataFusionError {
    fn from(error: QueryError) -> DataFusionError {
        DataFusionError::External(Box::new(error))
    }
}

impl QueryError {
    /// What the engine means.
    pub(crate) fn of_engine(error: &EngineError, limits: Limits) -> QueryError {
        match error {
            EngineError::Unknown { .. } | EngineError::Question(_) | EngineError::NoMap => QueryError::Wrong(error.to_string()),
            EngineError::Cancelled => QueryError::Stopped,
            EngineError::TooSlow => QueryError::TooLong(limits.seconds.unwrap_or_default()),
            EngineError::TooLarge => QueryError::too_large(limits),
            EngineError::Partial(_) | EngineError::Elsewhere(_) | EngineError::Lake(_) | EngineError::Columns(_) => {
                QueryError::Data(error.to_string())
            }
        }
    }

    fn too_large(limits: Limits) -> QueryError {
        QueryError::TooLarge(limits.memory_bytes as u64 >> 20)
    }

    /// What DataFusion means.
    pub(crate) fn of(error: &DataFusionError, limits: Limits) -> QueryError {
        let root = error.find_root();
        let wrong = |text: &str| QueryError::Wrong(helpful(text));
        match root {
            DataFusionError::External(inner) => match inner.downcast_ref::<QueryError>() {
                Some(ours) => ours.clone(),
                None => QueryError::Data(inner.to_string()),
            },
            DataFusionError::ResourcesExhausted(_) => QueryError::too_large(limits),
            DataFusionError::SQL(parser, _) => wrong(&parser.to_string()),
            DataFusionError::SchemaError(schema, _) => wrong(&schema.to_string()),
            DataFusionError::Plan(text)
            | DataFusionError::Execution(text)
            | DataFusionError::NotImplemented(text)
            | DataFusionError::Configuration(text) => wrong(text),
            DataFusionError::ArrowError(arrow, _) => wrong(&arrow.to_string()),
            DataFusionError::Collection(all) => {
                let mut words: Vec<String> = all.iter().map(|one| QueryError::of(one, limits).to_string()).collect();
                words.dedup();
                QueryError::Wrong(words.join("; "))
            }
            DataFusionError::ObjectStore(_) | DataFusionError::ParquetError(_) | DataFusionError::IoError(_) => {
                QueryError::Data(format!("the lake cannot be read ({}); `periplus lake verify` says which parts are damaged", plain(root)))
            }
            _ => QueryError::Mistake(plain(root)),
        }
    }
}

fn plain(error: &DataFusionError) -> String {
    error.strip_backtrace()
}

/// Where everything lives, which nobody needs to know.
const HOME: &str = "periplus.lake.";

/// The text without where things live, and with what there is where something is not there.
fn helpful(text: &str) -> String {
    let text = text.split("\n\nbacktrace:").next().unwrap_or(text).replace(HOME, "");
    let text = text.trim_start_matches("sql parser error: ").to_owned();
    if text.starts_with("table '") && text.ends_with("not found") {
        let names: Vec<&str> = tables().iter().map(|table| table.name).collect();
        return format!("there is no {}; there are {}", text.trim_end_matches(" not found"), names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        let limits = Limits { memory_bytes: 3 << 20, ..Limits::default() };
        let error = DataFusionError::Plan("table 'periplus.lake.evnts' not found".to_owned());
        let text = QueryError::of(&error.context("planning"), limits).to_string();
        assert!(text.starts_with("there is no table 'evnts'; there are events, "), "{text}");
        let ours = DataFusionError::from(QueryError::Stopped);
        assert_eq!(QueryError::of(&ours, limits), QueryError::Stopped);
        assert_eq!(QueryError::of_engine(&EngineError::TooLarge, limits), QueryError::TooLarge(3));
        assert_eq!(QueryError::of(&DataFusionError::ResourcesExhausted(String::new()), limits), QueryError::TooLarge(3));
    }
}
