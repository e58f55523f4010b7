//! Why there is no net or no answer, in sentences that say what to do.

use thiserror::Error;

/// What went wrong.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum Error {
    /// Something is larger than what can be handled.
    #[error("{what}: {found}, and at most {most} can be handled; make the model or the log smaller")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        most: usize,
    },
    /// The file is no well-formed XML.
    #[error("line {line}: the file is no well-formed XML: {message}")]
    Xml {
        /// Where reading stopped, from 1.
        line: usize,
        /// What was wrong there.
        message: String,
    },
    /// The file is XML, but not what it should be.
    #[error("{0}")]
    Format(String),
    /// The model uses something that has no meaning here.
    #[error("{0}")]
    Unsupported(String),
    /// A number of an activity, place or transition that there is none of.
    #[error("{what} {number} does not exist: there are {known}")]
    Unknown {
        /// Of what the number is.
        what: &'static str,
        /// The number.
        number: usize,
        /// How many there are.
        known: usize,
    },
    /// A log or a model without content.
    #[error("{0}")]
    Empty(&'static str),
    /// The model has no run from its beginning to its end.
    #[error(
        "nobody can ever complete this model: its end cannot be reached from its beginning; look for a parallel split whose branches do not join, or a branch that leads nowhere"
    )]
    NoRun,
    /// The search for a shortest run was given up.
    #[error(
        "no way through the model was found among {states} states; it is too parallel, or cannot be completed: make it smaller or raise the limit"
    )]
    RunNotFound {
        /// How many states were explored.
        states: usize,
    },
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(&'static str),
}
