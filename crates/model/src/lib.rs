//! The words everyone shares.
//!
//! Every other crate speaks in these types: what arrived ([`record`]), who it was ([`identity`]), when ([`time`])
//! and for how much ([`money`]); which rows or customers are meant ([`condition`]); what is asked
//! ([`question`]) and what comes back ([`answer`], [`measured`]), whose numbers can also be had as rows ([`rows`]).
//!
//! There is no I/O, no clock and no randomness here. To add a word, add it to the file of its family; a type that
//! only one crate needs belongs into that crate.

pub mod answer;
pub mod comments;
pub mod condition;
pub mod figures;
pub mod finding;
pub mod identity;
pub mod kpis;
pub mod measured;
pub mod money;
pub mod parts;
pub mod question;
pub mod record;
pub mod rows;
pub mod time;

pub use answer::{Answer, View};
pub use condition::Condition;
pub use identity::{CustomerKey, IdKind, Identifier};
pub use money::Money;
pub use parts::{Part, PartTable, Snapshot};
pub use record::{EventRow, LinkRow, Reason, TraitRow};
pub use time::{Instant, Span};
