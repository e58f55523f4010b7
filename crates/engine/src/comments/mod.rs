//! What customers write: a sample of it that is the same however it was gathered, how each text is read, and what they are about.
//!
//! Every text is read when its customer is counted (`mood.rs` adds up how they feel). What they are about can only be told from many at
//! once, so a bounded sample travels with the sums (`sample.rs`), and themes are found in it when everything is there (`themes.rs`).

pub(crate) mod mood;
pub(crate) mod sample;
pub(crate) mod themes;
