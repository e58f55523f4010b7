//! One workspace over HTTP: pages to read, and an API that answers the same questions as the command line.
//!
//! [`serve`] takes a listener and a [`House`], which is all that the server knows of a workspace. A request goes
//! `accept` (deadlines and caps) → `guard` (is it addressed to us; headers of every answer) → `routes` (the one list) →
//! `maps`, `ask` or `home` → `desk` (few blocking calls at once, the others wait their turn) → the house. A refusal from
//! anywhere is a `Problem`, which `guard` writes at the very end: problem+json under `/api` and `/health`, a page
//! elsewhere.
//!
//! Senders' requests take another way: `accept` → `collect`, whose routes are those of the dialects, → the [`Collector`], which
//! keeps them before they are answered. Pages of the web send with `snippet`, which is served to them. So do people who answer
//! a survey: `survey` has its pages and its widget's calls, and [`Surveys`] knows who may be asked and who has answered.
//!
//! What a map or an answer can be had as (SVG, PNG, PDF, CSV, JSON) is in one file, `form`. To add a route, write its
//! handler and one line in the list of `routes`; to add a form, one variant in `form`. What changes something (`customers`) goes to
//! the house, which decides whether it may. Nothing here knows who is asking, or reads the clock other than to wait.

mod accept;
mod app;
mod ask;
mod body;
mod changes;
mod collect;
mod customers;
mod desk;
mod errand;
mod form;
mod guard;
mod home;
mod house;
mod live;
mod looks;
mod maps;
mod meter;
mod patience;
mod problem;
mod question;
mod routes;
mod snippet;
mod survey;
mod uploads;
mod words;

pub use accept::{Limits, ServerError, serve};
pub use collect::{Collector, Sender, Unkept};
pub use errand::{Again, Errand, SourceChange};
pub use house::{AnalysisEntry, Asked, Change, House, MapEntry, Metric, Refusal, RefusalKind, Shared};
pub use live::{Arrival, Live, Seen, beginning};
pub use meter::Rate;
pub use question::Light;
pub use survey::Surveys;
