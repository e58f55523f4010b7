//! Ways of reaching somebody: one file each. What is sent was written before, and whether it may be sent was decided before.
//!
//! Each way answers what came of it in the same four words ([`Outcome`]), so that whoever keeps the list of messages knows what to do next.
//! To add a way, write its file and give it a line in the app's `Sender`; what says where somebody is reached is `Tell` in `periplus-followup`.

mod address;
pub mod mail;
pub mod webhook;

pub use mail::Mail;
pub use webhook::Webhook;

/// What came of sending something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Sent,
    /// It was surely not taken, and may be later.
    Later(String),
    /// It was refused, and will be again.
    Failed(String),
    /// It may have been taken, or not.
    Unknown(String),
}
