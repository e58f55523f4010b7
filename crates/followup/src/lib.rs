//! What follows from what was seen: who is told when a figure is out of line ([`watch`]), and what becomes of a bad response
//! ([`case`]).
//!
//! A watch is a question that is asked again and again; [`judge`] says of its answer what is worth telling. What is told is written
//! here ([`message`]), for people and for programs, and signed ([`signature`]); letters go by a server ([`mail`]). A case is opened by a rule, has somebody who answers for it
//! and a time by which it is due, and goes from one status to the next ([`case::step`]).
//!
//! Nothing here asks, sends or keeps anything: answers and times are arguments.

pub mod case;
pub mod judge;
pub mod mail;
pub mod message;
pub mod signature;
pub mod watch;

pub use case::{Act, Case, CaseFigures, Outcome, Refused, Rule, Status};
pub use judge::{Judged, State, judge};
pub use mail::MailSettings;
pub use message::{Happening, Message, Paper};
pub use signature::Key;
pub use watch::{Rhythm, Tell, Unusual, Watch, Way, When};
