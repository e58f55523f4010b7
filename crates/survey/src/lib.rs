//! Surveys: what is asked, of whom, and what an answer is.
//!
//! A survey is a file that people write ([`definition`]), which is held against the [`check`]s and refused with line and column. Whoever
//! may be asked is decided about one [`person`] at a time ([`asking`]). A person is led through the questions by [`path`],
//! screen by screen; what they give is held against the question ([`answers`]), is decided about ([`mod@turn`]) and becomes events ([`event`]) like all others.
//! Links that are sent to people carry who they are for, and are signed ([`link`]). [`words`] are what surveys say besides their
//! questions, and [`template`]s are files to begin with.
//!
//! Nothing here knows a file, the clock or chance: the text of a survey, the time, the secret and the number of an ask are arguments.
//! To add a kind of question, add it to [`definition::Kind`] and follow the compiler; to add a language, a line in [`words`].

pub mod answers;
pub mod asking;
pub mod check;
pub mod definition;
pub mod event;
pub mod link;
pub mod path;
pub mod person;
pub mod template;
pub mod turn;
pub mod words;

pub use answers::{Answers, Wrong};
pub use asking::{NotAsked, may_ask};
pub use check::Problem;
pub use definition::{Channel, Kind, Question, Survey, Text};
pub use link::{Link, Purpose, Secret, Unlinked};
pub use path::{Screen, screen};
pub use person::{Happened, Known, Meanings, Person};
pub use turn::{Record, Stuck, Turn, turn};

/// The JSON schema of a survey's file; editors use it to complete and explain.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Survey).to_value()
}
