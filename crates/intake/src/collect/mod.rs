//! What senders send over HTTP: requests as they are kept in the log, and the dialects in which they come.
//!
//! A request is accepted when its body is a JSON object within the limits and its key is a source's; it is kept as it came
//! ([`Arrived`]). What its messages mean is found out when it is read from the log ([`read`]), so that nobody waits for it, and
//! so that a mistake in a dialect costs nothing: the request is still there to be read again.
//!
//! What the messages of most dialects mean is known ([`Meaning::Own`]). A webhook's mean what the team says about the source
//! ([`crate::source`]), and may be signed ([`signature`]).
//!
//! **To add a dialect** write one file here and add one line to [`SPEECHES`].

pub mod cloudevents;
pub mod ga4;
pub mod own;
pub mod posthog;
pub mod rudder;
pub mod segment;
pub mod signature;
pub mod snowplow;
pub mod webhook;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use periplus_model::{EventRow, Instant, LinkRow, Reason, TraitRow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::json::{check_nodes, parse_within};
use crate::source::Settings;
use crate::{IntakeError, Reject, Sink, Summary, limits};
use signature::{Secret, Unverified};

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

    /// Makes JSON of what was sent, if it is not JSON already. The settings are those of the source whose key the headers or the
    /// address name; a dialect whose keys are in the body gets those of nobody.
    ///
    /// # Errors
    /// Why it cannot be.
    fn decode(&self, _call: &Call, sent: Sent<'_>, _settings: &Settings) -> Result<Vec<u8>, Refusal> {
        Ok(sent.body.to_vec())
    }

    /// The parameter of the address that names the key.
    fn key_in_query(&self) -> Option<&'static str> {
        None
    }

    /// The key that a body names, where neither headers nor address name one that is somebody's.
    fn key<'b>(&self, body: &'b Value) -> Option<&'b str>;

    /// Whether a request may come in, beyond having a key.
    ///
    /// # Errors
    /// Why it may not.
    fn admit(&self, _sent: Sent<'_>, _settings: &Settings, _secrets: &[Secret], _at: Instant) -> Result<(), Unwelcome> {
        Ok(())
    }

    /// How many messages a body has.
    fn count(&self, call: &Call, body: &Value, settings: &Settings) -> usize;

    /// What a body says once for all of its messages, by its names: each of them gets a copy.
    fn shared(&self) -> &'static [&'static str] {
        &[]
    }

    /// Takes a body apart into messages, each with all that is known of it.
    fn messages(&self, call: &Call, body: Value, arrived: &Arrived<'_>, settings: &Settings) -> Vec<Value>;

    /// What its messages mean.
    fn meaning(&self) -> Meaning;

    /// What an accepted request is answered, with status 200.
    fn thanks(&self, call: &Call) -> Thanks;

    /// What a request is answered that is only examined, given what of it would be refused.
    fn told(&self, refused: &[Refused]) -> Value {
        json!({"refused": refused})
    }
}

/// What messages mean.
#[derive(Clone, Copy)]
pub enum Meaning {
    /// What the dialect says: makes events, traits and links of a message, or says why it is refused.
    Own(fn(&Value, &mut Gate<'_>) -> Result<Outcome, Stop>),
    /// What the source's mapping says.
    OfSource,
}

/// Why a request may not come in although it has a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwelcome {
    /// Nobody has said yet what the source's messages mean.
    #[error("the source has no mapping yet: say what its messages mean in sources/NAME.toml in the data folder")]
    NoMapping,
    /// Its signature is missing or wrong.
    #[error(transparent)]
    Unverified(#[from] Unverified),
}

/// What an accepted request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thanks {
    /// Its content type.
    pub kind: &'static str,
    /// The body.
    pub body: &'static [u8],
}

impl Thanks {
    /// The smallest picture, one transparent pixel, for those who asked for one.
    pub const PIXEL: Thanks = Thanks {
        kind: "image/gif",
        body: b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    };

    /// JSON.
    pub const fn json(body: &'static str) -> Thanks {
        Thanks { kind: "application/json", body: body.as_bytes() }
    }

    /// Plain text.
    pub const fn text(body: &'static str) -> Thanks {
        Thanks { kind: "text/plain; charset=utf-8", body: body.as_bytes() }
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
    /// The path; `{key}` stands for the key. Empty where no sender can make the call.
    pub path: &'static str,
    /// What it is kept under, within the dialect.
    pub name: &'static str,
    /// How it is asked.
    pub method: Method,
    /// Whether requests are only examined, and not kept.
    pub examines: bool,
}

/// How a path is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With GET: everything is in the address.
    Get,
    /// With POST.
    Post,
}

impl Call {
    /// A path to which requests are sent that are kept.
    pub const fn kept(path: &'static str, name: &'static str) -> Call {
        Call { path, name, method: Method::Post, examines: false }
    }

    /// A path that is asked for, as a picture is, which is kept.
    pub const fn asked(path: &'static str, name: &'static str) -> Call {
        Call { path, name, method: Method::Get, examines: false }
    }

    /// No path: only the program itself keeps such requests.
    pub const fn unspoken(name: &'static str) -> Call {
        Call { path: "", name, method: Method::Post, examines: false }
    }

    /// A path at which requests are examined.
    pub const fn examined(path: &'static str, name: &'static str) -> Call {
        Call { path, name, method: Method::Post, examines: true }
    }
}

/// What a library asks for besides sending.
#[derive(Debug)]
pub struct Stub {
    /// The path; `{key}` stands for any part of it.
    pub path: &'static str,
    /// What it is told.
    pub told: Told,
}

/// What a library is told, as JSON.
#[derive(Clone, Copy, Debug)]
pub enum Told {
    /// The same, whoever asks.
    Always(&'static str),
    /// Something about a source, to whoever has its key.
    OfSource(fn(&Asked<'_>) -> Value),
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The key.
    pub key: &'a str,
    /// The host that was asked, as the sender calls it.
    pub host: &'a str,
}

/// What was sent, decompressed.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The address's query.
    pub query: &'a str,
    /// All headers that are text, their names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Sent<'a> {
    /// A header, by its name in lower case; the first where there are several.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The content type in lower case, without what comes after a semicolon; senders often do not say what it is.
    pub fn kind(&self) -> String {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The query as an object, the values as texts; the first counts where a name comes twice.
    pub fn query_object(&self) -> Map<String, Value> {
        object_of_form(self.query.as_bytes())
    }
}

/// A form as an object.
pub(crate) fn object_of_form(form: &[u8]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (key, value) in form_urlencoded::parse(form) {
        fields.entry(key.into_owned()).or_insert_with(|| value.into_owned().into());
    }
    fields
}

/// Every dialect.
pub static SPEECHES: &[&dyn Speech] = &[
    &segment::Segment,
    &rudder::Rudder,
    &posthog::PostHog,
    &ga4::MeasurementProtocol,
    &cloudevents::CloudEvents,
    &snowplow::Snowplow,
    &webhook::Webhook,
    &own::Own,
];

/// All stubs of all dialects.
pub fn stubs() -> impl Iterator<Item = (&'static dyn Speech, &'static Stub)> {
    SPEECHES.iter().copied().flat_map(|speech| speech.stubs().iter().map(move |stub| (speech, stub)))
}

/// All calls of all dialects that senders can make.
pub fn calls() -> impl Iterator<Item = (&'static dyn Speech, &'static Call)> {
    let spoken = |call: &&Call| !call.path.is_empty();
    SPEECHES.iter().copied().flat_map(move |speech| speech.calls().iter().filter(spoken).map(move |call| (speech, call)))
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
    // As many values as several messages may have; each is held against the limit of one when it is read.
    match parse_within(bytes, limits::ROW)? {
        value @ Value::Object(_) => Ok(value),
        _ => refuse(Reason::Malformed, "the body is no JSON object"),
    }
}

/// Whether the messages of a body would take far more room than the body: each gets a copy of what they share.
pub fn shares_too_much(speech: &dyn Speech, call: &Call, body: &Value, settings: &Settings) -> bool {
    let bytes: usize = speech.shared().iter().filter_map(|name| body.get(name)).map(|shared| shared.to_string().len()).sum();
    bytes * speech.count(call, body, settings) > limits::SHARED
}

/// Makes events, traits and links of a kept request, given what the team says about its source. A message that is refused goes
/// to [`Sink::reject`], its number in the request as the line.
///
/// # Errors
/// The sink's failure.
pub fn read(arrived: &Arrived<'_>, settings: &Settings, sink: &mut dyn Sink) -> Result<Summary, IntakeError> {
    let mut nobody = |_| ();
    let mut gate = Gate::new(sink, &mut nobody, Arc::new(AtomicU64::new(0)), None);
    // Whole, so that it can be mended and sent again.
    gate.raw_max = limits::MESSAGE;
    gate.agent = arrived.agent;
    gate.policy = settings.rules.as_ref();
    let spoken = SPEECHES.iter().copied().find(|speech| speech.name() == arrived.dialect);
    let known = spoken.and_then(|speech| Some((speech, speech.calls().iter().find(|call| call.name == arrived.call)?)));
    let whole = || String::from_utf8_lossy(arrived.body).into_owned();
    let (Some((speech, call)), Ok(value)) = (known, body(arrived.body)) else {
        let refusal = refuse(Reason::Malformed, "the request cannot be read any more");
        gate.settle(1, refusal, &whole)?;
        return Ok(gate.summary);
    };
    if shares_too_much(speech, call, &value, settings) {
        gate.settle(1, refuse(Reason::TooLarge, "what its messages share is too large for so many"), &whole)?;
        return Ok(gate.summary);
    }
    let messages = speech.messages(call, value, arrived, settings);
    match speech.meaning() {
        Meaning::Own(record) => each(messages, &mut gate, &mut |message, gate| record(message, gate))?,
        Meaning::OfSource => webhook::apply(messages, arrived.source, settings, &mut gate)?,
    }
    Ok(gate.summary)
}

/// Settles messages one by one: those that are too large or too complex are refused before `record` sees them.
fn each<'s>(
    messages: Vec<Value>,
    gate: &mut Gate<'s>,
    record: &mut dyn FnMut(&Value, &mut Gate<'s>) -> Result<Outcome, Stop>,
) -> Result<(), IntakeError> {
    for (number, message) in (1..).zip(messages) {
        let text = message.to_string();
        let result = match text.len() > limits::MESSAGE {
            true => refuse(Reason::TooLarge, format!("the message has {} bytes; {} are allowed", text.len(), limits::MESSAGE)),
            false => check_nodes(message).map_err(Stop::from).and_then(|message| record(&message, gate)),
        };
        gate.settle(number, result, &|| text.clone())?;
    }
    Ok(())
}

/// Makes events, traits and links of a message that was refused before, as it lies in quarantine, after somebody mended it, or
/// what is said about its source.
///
/// # Errors
/// The sink's failure.
pub fn again(dialect: &str, source: &str, message: &str, settings: &Settings, sink: &mut dyn Sink) -> Result<Summary, IntakeError> {
    let mut nobody = |_| ();
    let mut gate = Gate::new(sink, &mut nobody, Arc::new(AtomicU64::new(0)), None);
    gate.raw_max = limits::MESSAGE;
    gate.policy = settings.rules.as_ref();
    let meaning = SPEECHES.iter().copied().find(|speech| speech.name() == dialect).map(Speech::meaning);
    let refusal = match (meaning, body(message.as_bytes())) {
        (Some(Meaning::Own(record)), Ok(value)) => {
            each(vec![value], &mut gate, &mut |message, gate| record(message, gate))?;
            return Ok(gate.summary);
        }
        (Some(Meaning::OfSource), Ok(value)) => {
            webhook::apply(vec![value], source, settings, &mut gate)?;
            return Ok(gate.summary);
        }
        (None, _) => refuse(Reason::Malformed, format!("'{dialect}' is no dialect in which anything is sent")),
        (_, Err(refusal)) => Err(refusal.into()),
    };
    gate.settle(1, refusal, &|| message.to_owned())?;
    Ok(gate.summary)
}

/// What of a request would be refused.
pub fn examine(arrived: &Arrived<'_>, settings: &Settings) -> Vec<Refused> {
    let mut examining = Examining::default();
    // The sink takes everything, so nothing can fail.
    let _ = read(arrived, settings, &mut examining);
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
        let paths: Vec<&str> = calls().map(|(_, call)| call.path).chain(stubs().map(|(_, stub)| stub.path)).collect();
        let different: std::collections::HashSet<&str> = paths.iter().copied().collect();
        assert_eq!(different.len(), paths.len());
        assert!(paths.iter().all(|path| path.starts_with('/')));
        let told = |stub: &Stub| match stub.told {
            Told::Always(text) => serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object()),
            Told::OfSource(tell) => tell(&Asked { key: "k", host: "h" }).is_object(),
        };
        assert!(stubs().all(|(_, stub)| told(stub)));
    }

    #[test]
    fn a_request_is_found_again_by_its_dialect_and_call() {
        let names: Vec<(&str, &str)> = calls().map(|(speech, call)| (speech.name(), call.name)).collect();
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), names.len());
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
