//! What SQL lacks: properties out of JSON, and the sequence kernels as aggregates.

mod property;
mod sequence;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use serde::Serialize;

/// A function that can be called, as it is documented.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FunctionDoc {
    /// How it is called.
    pub call: &'static str,
    /// What it answers.
    pub about: &'static str,
}

/// The functions beyond those that DataFusion has, as they are documented.
pub fn functions() -> Vec<FunctionDoc> {
    property::DOCS.iter().chain(sequence::DOCS).copied().collect()
}

/// The functions of single rows.
pub(crate) fn scalars() -> Vec<Arc<ScalarUDF>> {
    property::all().into_iter().map(Arc::new).collect()
}

/// The functions of groups.
pub(crate) fn aggregates() -> Vec<Arc<AggregateUDF>> {
    sequence::all().into_iter().map(Arc::new).collect()
}

/// Functions that make much out of little: a few letters of SQL would fill the memory before anybody could count it.
/// (`generate_series` and `range` are there as tables, which are counted.)
pub(crate) const LEFT_OUT: &[&str] =
    &["repeat", "lpad", "rpad", "space", "array_repeat", "list_repeat", "array_resize", "list_resize", "generate_series", "range"];
