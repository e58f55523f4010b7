//! SQL over the lake, for reading.
//!
//! Beside `periplus-cluster`, this is the only crate that knows DataFusion: it plans and runs SQL, and no type of it leaves
//! here. What it reads are tables over one pinned snapshot:
//!
//! - [`tables`]: `events` and `traits` are the lake's own Parquet parts, read with DataFusion's reader so that filters and
//!   columns are pushed down into the files, over bytes that the lake has held against their checksums; the others (`customers`, `sessions`, `journeys`, `responses`,
//!   `current_traits`) are told customer by customer from the engine's pass over the same parts.
//! - [`functions`]: what SQL lacks: properties out of JSON, and the sequence kernels as aggregates.
//! - [`analyses`]: every analysis of the engine as a table function.
//!
//! All tables are cut into the same ranges of customer keys and say so (`Partitioning::Range`), which makes grouping by
//! customer and joins on customers free of shuffles. They never say `Hash`: our keys are hashes, but not DataFusion's.
//!
//! [`sql`] is the one way in. It looks at the statement before anything is planned ([`guard`], [`extent`]), runs it on threads and a
//! runtime of its own within limits of time, memory and rows ([`run`]), and turns what comes back into an
//! [`Answer`](periplus_model::Answer) ([`cells`]). Statements cannot write, name files or change settings.
//!
//! To add a table, write a file in `tables/` and add it to its list; a function likewise in `functions/`. Documentation
//! (`periplus sql --tables`) and the schema both come from the same description.

mod analyses;
mod cells;
mod error;
mod extent;
mod functions;
mod guard;
mod prune;
mod ranges;
mod run;
mod tables;
mod world;

pub use error::QueryError;
pub use functions::{FunctionDoc, functions};
pub use run::{Limits, Sql, sql};
pub use tables::{ColumnDoc, TableDoc, tables};
pub use world::{Names, Nobody, Source};
