//! What senders send over HTTP: requests as they are kept in the log, and the dialects in which they come.
//!
//! A request is accepted when its body is a JSON object within the limits and its key is a source's; it is kept as it came
//! ([`Arrived`]). What its messages mean is found out when it is read from the log ([`read`]), so that nobody waits for it, and
//! so that a mistake in a dialect costs nothing: the request is still there to be read again.
//!
//! **To add a dialect** write one file here and add one line to [`SPEECHES`].

pub mod ga4;
pub mod posthog;
pub mod segment;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use periplus_model::{EventRow, Instant, LinkRow, Reason, TraitRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::json::{check_nodes, parse};
use crate::{IntakeError, Reject, Sink, Summary, limits};

/// A dialect that senders speak.
pub trait Speech: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Where it is spoken.
    fn calls(&self) -> &'static [Call];

    /// What its libraries ask for besides, and what they are told.
    fn stubs(&self) -> &'static [Stub] {
        &[]
    }

    /// Makes JSON of what was sent, if it is not JSON already.
    ///
    /// # Errors
    /// Why it cannot be.
    fn decode(&self, _call: &Call, sent: Sent<'_>) -> Result<Vec<u8>, Refusal> {
        Ok(sent.body.to_vec())
    }

    /// The parameter of the address that names the key, where the request's headers name none.
    fn key_in_query(&self) -> Option<&'static str> {
        None
    }

    /// The key that a body names, where neither headers nor address do.
    fn key<'b>(&self, body: &'b Value) -> Option<&'b str>;

    /// How many messages a body has.
    fn count(&self, call: &Call, body: &Value) -> usize;

    /// Takes a body apart into messages, each with all that is known of it.
    fn messages(&self, call: &Call, body: Value, arrived: &Arrived<'_>) -> Vec<Value>;

    /// Makes events, traits and links of a message.
    ///
    /// # Errors
    /// Why it is refused, or the sink's failure.
    fn record(&self, message: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop>;

    /// What an accepted request is answered, with status 200.
    fn thanks(&self) -> &'static str;

    /// What a request is answered that is only examined, given what of it would be refused.
    fn told(&self, refused: &[Refused]) -> Value {
        json!({"refused": refused})
    }
}

/// A message that would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its number in the request, from 1.
    pub number: u64,
    /// The reason's code.
    pub code: &'static str,
    /// What exactly is wrong.
    pub detail: String,
}

/// A path at which a dialect is spoken.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    /// The path.
    pub path: &'static str,
    /// What it is kept under, within the dialect.
    pub name: &'static str,
    /// Whether requests are only examined, and not kept.
    pub examines: bool,
}

impl Call {
    /// A path at which requests are kept.
    pub const fn kept(path: &'static str, name: &'static str) -> Call {
        Call { path, name, examines: false }
    }

    /// A path at which requests are examined.
    pub const fn examined(path: &'static str, name: &'static str) -> Call {
        Call { path, name, examines: true }
    }
}

/// What a library asks for besides sending.
#[derive(Debug, PartialEq, Eq)]
pub struct Stub {
    /// The path; `{key}` stands for any part of it.
    pub path: &'static str,
    /// What it is told, as JSON.
    pub body: &'static str,
}

/// What was sent, decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The address's query.
    pub query: &'a str,
    /// The content type; senders often do not say what it is.
    pub kind: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Every dialect.
pub static SPEECHES: &[&dyn Speech] = &[&segment::Segment, &posthog::PostHog, &ga4::MeasurementProtocol];

/// All stubs of all dialects.
pub fn stubs() -> impl Iterator<Item = &'static Stub> {
    SPEECHES.iter().flat_map(|speech| speech.stubs())
}

/// All calls of all dialects.
pub fn calls() -> impl Iterator<Item = (&'static dyn Speech, &'static Call)> {
    SPEECHES.iter().copied().flat_map(|speech| speech.calls().iter().map(move |call| (speech, call)))
}

/// A request as it is kept in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived<'a> {
    /// When it was received.
    pub at: Instant,
    /// The source whose key it had.
    pub source: &'a str,
    /// The dialect.
    pub dialect: &'a str,
    /// The call within the dialect.
    pub call: &'a str,
    /// The sender's program, as it calls itself.
    pub agent: Option<&'a str>,
    /// The body, decompressed.
    pub body: &'a [u8],
}

/// What a kept request begins with.
const VERSION: u8 = 1;

impl<'a> Arrived<'a> {
    /// As bytes for the log.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing into memory cannot fail.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// From bytes of the log; nothing when they are of another version.
    pub fn of(bytes: &'a [u8]) -> Option<Arrived<'a>> {
        let (version, rest) = bytes.split_first()?;
        (*version == VERSION).then(|| postcard::from_bytes(rest).ok()).flatten()
    }
}

/// Reads a body, held against the limits before anything is built of it.
///
/// # Errors
/// Why it cannot be accepted.
pub fn body(bytes: &[u8]) -> Result<Value, Refusal> {
    if bytes.len() > limits::BODY {
        return refuse(Reason::TooLarge, format!("the body has {} bytes; {} are allowed", bytes.len(), limits::BODY));
    }
    match parse(bytes)? {
        value @ Value::Object(_) => Ok(value),
        _ => refuse(Reason::Malformed, "the body is no JSON object"),
    }
}

/// Makes events, traits and links of a kept request. A message that is refused goes to [`Sink::reject`], its number in the
/// request as the line.
///
/// # Errors
/// The sink's failure.
pub fn read(arrived: &Arrived<'_>, sink: &mut dyn Sink) -> Result<Summary, IntakeError> {
    let mut nobody = |_| ();
    let mut gate = Gate::new(sink, &mut nobody, Arc::new(AtomicU64::new(0)), None);
    // Whole, so that it can be mended and sent again.
    gate.raw_max = limits::MESSAGE;
    gate.agent = arrived.agent;
    let spoken = SPEECHES.iter().copied().find(|speech| speech.name() == arrived.dialect);
    let known = spoken.and_then(|speech| Some((speech, speech.calls().iter().find(|call| call.name == arrived.call)?)));
    let whole = || String::from_utf8_lossy(arrived.body).into_owned();
    let (Some((speech, call)), Ok(value)) = (known, body(arrived.body)) else {
        let refusal = refuse(Reason::Malformed, "the request cannot be read any more");
        gate.settle(1, refusal, &whole)?;
        return Ok(gate.summary);
    };
    for (number, message) in (1..).zip(speech.messages(call, value, arrived)) {
        let text = message.to_string();
        let result = match text.len() > limits::MESSAGE {
            true => refuse(Reason::TooLarge, format!("the message has {} bytes; {} are allowed", text.len(), limits::MESSAGE)),
            false => check_nodes(message).map_err(Stop::from).and_then(|message| speech.record(&message, &mut gate)),
        };
        gate.settle(number, result, &|| text.clone())?;
    }
    Ok(gate.summary)
}

/// What of a request would be refused.
pub fn examine(arrived: &Arrived<'_>) -> Vec<Refused> {
    let mut examining = Examining::default();
    // The sink takes everything, so nothing can fail.
    let _ = read(arrived, &mut examining);
    examining.refused
}

/// Takes note of what is refused, and of nothing else.
#[derive(Default)]
struct Examining {
    refused: Vec<Refused>,
}

impl Sink for Examining {
    fn event(&mut self, _row: &EventRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn traits(&mut self, _row: &TraitRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn link(&mut self, _row: &LinkRow<'_>) -> io::Result<()> {
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        self.refused.push(Refused { number: reject.line, code: reject.reason.code(), detail: reject.detail.clone().into_owned() });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_paths_of_their_own() {
        let paths: Vec<&str> = calls().map(|(_, call)| call.path).chain(stubs().map(|stub| stub.path)).collect();
        let different: std::collections::HashSet<&str> = paths.iter().copied().collect();
        assert_eq!(different.len(), paths.len());
        assert!(paths.iter().all(|path| path.starts_with('/')));
        assert!(stubs().all(|stub| serde_json::from_str::<Value>(stub.body).is_ok()));
    }

    #[test]
    fn a_request_is_kept_as_it_came() {
        let arrived = Arrived { at: Instant(5), source: "shop", dialect: "segment", call: "track", agent: None, body: b"{}" };
        let bytes = arrived.to_bytes();
        assert_eq!(Arrived::of(&bytes), Some(arrived));
        for length in 0..bytes.len() {
            assert_eq!(Arrived::of(&bytes[..length]).map(|arrived| arrived.body.len()).filter(|length| *length == 2), None);
        }
        assert_eq!(Arrived::of(&[2, 0, 0]), None);
    }
}
