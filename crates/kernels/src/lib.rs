//! The loops at the bottom of every question: one customer's events in time order go in, a few numbers come out.
//!
//! - [`Funnel`]: how many of a list of steps were reached, in order, within a window;
//! - [`Matcher`]: whether, and how often, a small [`Pattern`] occurs;
//! - [`sessions`]: where one visit ends and the next begins;
//! - [`follows`], [`Neighbours`] and [`EventuallyFollows`]: which event came directly, or ever, after which;
//! - [`Paths`]: the steps from, to or between given events;
//! - [`Rework`]: what was done again;
//! - [`Retention`]: who came back, and after how long;
//! - [`lifecycle`]: who is new, returning, resurrecting or dormant.
//!
//! Kernels know nothing of files, names, or conditions. Somebody else has turned conditions into bits (bit `i` of a row's
//! mask: the row meets condition `i`) and names into codes, and hands over slices; rows with the same time stand in the
//! order in which they were received. Times are integers of any one unit. Nothing is allocated while rows are walked: what
//! a kernel needs to remember it keeps from customer to customer.
//!
//! To add a kernel, add a file with a function or a struct over slices, and in `tests/` a naive twin that is compared
//! with it on random runs.

mod follows;
mod funnel;
mod lifecycle;
mod occurrences;
mod paths;
mod pattern;
mod retention;
mod rework;
mod sessions;

pub use follows::{EventuallyFollows, NEIGHBOURS_MAX, Neighbour, Neighbourhood, Neighbours, follows};
pub use funnel::{EXCLUSIONS_MAX, Entry, Exclusion, Funnel, FunnelError, FunnelRules, FunnelRun, Mode, Reached, STEPS_MAX};
pub use lifecycle::{Phase, lifecycle};
pub use paths::{Finish, Path, PathRules, Paths};
pub use pattern::{Matcher, Pattern, PatternError, PatternStep};
pub use retention::{Bracket, Entrant, Intervals, Retention, RetentionRules};
pub use rework::{Again, Rework};
pub use sessions::{SessionRules, sessions};
