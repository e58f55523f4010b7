//! Collecting: senders' requests, answered when what they sent is on the disk.
//!
//! These routes are not behind `guard`: senders are pages of other sites and programs that know us by any name, and all that
//! they can do is add. A request goes: is there room for it, its body with deadlines, decompressed within limits, parsed within
//! limits, whose key is it, may a browser of that origin use it, kept, answered. Whatever is in the way is answered as senders
//! expect it: 400 for what will never do, 401 for a wrong key, and 429 or 503 with `Retry-After` for what is worth another
//! attempt.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use periplus_intake::collect::{Arrived, Call, Sent, Speech, body as parse, calls, examine, stubs};
use periplus_intake::limits;
use periplus_model::Instant;
use serde_json::json;
use tokio::sync::{Semaphore, oneshot};

use crate::accept::Limits;
use crate::body::{Packing, Unreceived, length, receive};

/// Where what is sent goes, as the server sees it.
pub trait Collector: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Instant;
    /// Whose a key is; nothing when it is nobody's.
    fn sender(&self, key: &str) -> Option<Sender>;
    /// Keeps a request; `done` is told when it is durable, or that it is not.
    fn keep(&self, request: Vec<u8>, done: Box<dyn FnOnce(Result<(), Unkept>) + Send>);
    /// How many messages were refused before they were kept, and why: for the counts that are shown.
    fn turned_away(&self, code: &'static str);
}

/// Who may send with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The source.
    pub source: String,
    /// The origins from which browsers may send; any when there are none.
    pub origins: Vec<String>,
}

/// Why a request was not kept; it is worth another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unkept {
    /// Too much is waiting.
    Busy,
    /// There is no room, or the disk refuses.
    Disk,
}

/// Bodies in work at once, in bytes.
const BYTES_AT_ONCE: usize = 256 << 20;
/// A unit of that, so that a number of them fits a semaphore.
const UNIT: usize = 4 << 10;
/// Larger bodies are unpacked and parsed on a thread of their own.
const LARGE: usize = 64 << 10;

struct Counter {
    collector: Arc<dyn Collector>,
    limits: Limits,
    room: Arc<Semaphore>,
}

type Shared = Arc<Counter>;

/// The routes of all dialects.
pub(crate) fn router(collector: Arc<dyn Collector>, limits: &Limits) -> Router {
    let counter = Counter { collector, limits: limits.clone(), room: Arc::new(Semaphore::new(BYTES_AT_ONCE / UNIT)) };
    let mut router: Router<Shared> = Router::new().route("/v1/projects/{key}/settings", get(settings));
    for (speech, call) in calls() {
        let take = move |state: State<Shared>, RawQuery(query): RawQuery, headers: HeaderMap, body: Body| {
            let query = query.unwrap_or_default();
            take(state, speech, call, Envelope { query, headers }, body)
        };
        for path in [call.path.to_owned(), format!("{}/", call.path)] {
            router = router.route(&path, post(take).options(allow));
        }
    }
    for stub in stubs() {
        let tell = move || async move { ([(header::CONTENT_TYPE, "application/json")], stub.body) };
        for path in [stub.path.to_owned(), format!("{}/", stub.path)] {
            router = router.route(&path, get(tell).post(tell).options(allow));
        }
    }
    // Of these routes only: what is nobody's is the other router's.
    router.route_layer(from_fn(cross_origin)).with_state(Arc::new(counter))
}

/// What is in the way of a request.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

fn refusal(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into() }
}

impl From<Unreceived> for Refusal {
    fn from(why: Unreceived) -> Refusal {
        match why {
            Unreceived::TooSlow => refusal(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body did not arrive in time"),
            Unreceived::TooLarge => {
                refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("a body may have {} bytes, decompressed too", limits::BODY))
            }
            Unreceived::Broken => refusal(StatusCode::BAD_REQUEST, "broken", "the body broke off"),
            Unreceived::Encoding => {
                refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding", "Content-Encoding may be gzip, zstd or identity, once")
            }
            Unreceived::Compression => refusal(StatusCode::BAD_REQUEST, "compression", "the body cannot be decompressed"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // Clients of several makers look for a code and a message.
        let text = json!({"success": false, "code": self.code, "message": self.message}).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], text).into_response();
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if matches!(self.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// All of a request but its body.
struct Envelope {
    query: String,
    headers: HeaderMap,
}

async fn take(State(counter): State<Shared>, speech: &'static dyn Speech, call: &'static Call, envelope: Envelope, body: Body) -> Response {
    match accept(&counter, speech, call, envelope, body).await {
        Ok(None) => ([(header::CONTENT_TYPE, "application/json")], speech.thanks()).into_response(),
        Ok(Some(told)) => ([(header::CONTENT_TYPE, "application/json")], told).into_response(),
        Err(refusal) => {
            counter.collector.turned_away(refusal.code);
            refusal.into_response()
        }
    }
}

async fn accept(
    counter: &Shared,
    speech: &'static dyn Speech,
    call: &'static Call,
    envelope: Envelope,
    body: Body,
) -> Result<Option<String>, Refusal> {
    let busy = || refusal(StatusCode::SERVICE_UNAVAILABLE, "busy", "too much is being sent at once; try again");
    let packing = Packing::of(&envelope.headers)?;
    // Room for what it may come to, before any of it is read.
    let bytes =
        length(&envelope.headers).filter(|_| packing == Packing::None).map_or(limits::BODY, |bytes| (bytes as usize).min(limits::BODY));
    let room = counter.room.clone().try_acquire_many_owned(bytes.div_ceil(UNIT).max(1) as u32).map_err(|_| busy())?;
    let received = receive(&envelope.headers, body, &counter.limits, limits::BODY).await?;
    let arrived_at = counter.collector.now();
    let collector = counter.collector.clone();
    let is_large = received.len() > LARGE || packing != Packing::None;
    let understand = move || understand(&*collector, speech, call, &envelope, packing.unpack(received, limits::BODY)?, arrived_at);
    let request = match is_large {
        true => {
            tokio::task::spawn_blocking(understand).await.map_err(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "bug", "it failed"))?
        }
        false => understand(),
    }?;
    let request = match request {
        Understood::Examined(told) => return Ok(Some(told)),
        Understood::ToKeep(request) => request,
    };
    let (tell, told) = oneshot::channel();
    counter.collector.keep(
        request,
        Box::new(move |outcome| {
            // Whoever asked may have left.
            let _ = tell.send(outcome);
        }),
    );
    let outcome = told.await.unwrap_or(Err(Unkept::Disk));
    drop(room);
    outcome.map(|()| None).map_err(|why| match why {
        Unkept::Busy => busy(),
        Unkept::Disk => refusal(StatusCode::SERVICE_UNAVAILABLE, "disk", "it cannot be kept now; try again"),
    })
}

/// What becomes of a request.
enum Understood {
    /// It is kept as this.
    ToKeep(Vec<u8>),
    /// It was only to be examined, and this is the answer.
    Examined(String),
}

/// Everything that can be said of a request without keeping it: what is to be kept of it, or why it will not be.
fn understand(
    collector: &dyn Collector,
    speech: &'static dyn Speech,
    call: &'static Call,
    Envelope { query, headers }: &Envelope,
    received: Vec<u8>,
    at: Instant,
) -> Result<Understood, Refusal> {
    let malformed = |why: periplus_intake::gate::Refusal| refusal(StatusCode::BAD_REQUEST, why.reason.code(), why.detail.into_owned());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = speech.decode(call, Sent { query, kind, body: &received }).map_err(malformed)?;
    let value = parse(&body).map_err(malformed)?;
    let named = key_of(headers);
    let in_query = speech.key_in_query().and_then(|name| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name));
    let in_query = in_query.map(|(_, value)| value.into_owned());
    let key = named.as_deref().filter(|key| !key.is_empty()).or(in_query.as_deref()).or_else(|| speech.key(&value)).unwrap_or_default();
    let Some(sender) = collector.sender(key) else {
        return Err(refusal(StatusCode::UNAUTHORIZED, "key", "no source has this write key"));
    };
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if let Some(origin) = origin.filter(|origin| !sender.origins.is_empty() && !sender.origins.iter().any(|known| known == origin)) {
        return Err(refusal(StatusCode::FORBIDDEN, "origin", format!("browsers may not send from {origin} with this key")));
    }
    let messages = speech.count(call, &value);
    if messages > limits::MESSAGES {
        let why = format!("there are {messages} messages in the request; {} are allowed", limits::MESSAGES);
        return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_many", why));
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let arrived = Arrived { at, source: &sender.source, dialect: speech.name(), call: call.name, agent, body: &body };
    Ok(match call.examines {
        true => Understood::Examined(speech.told(&examine(&arrived)).to_string()),
        false => Understood::ToKeep(arrived.to_bytes()),
    })
}

/// With or without padding: senders do it either way.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The key that the headers name: the user of `Authorization: Basic`, with or without a colon after it.
fn key_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let decoded = String::from_utf8(BASE64.decode(rest.trim()).ok()?).ok()?;
            Some(decoded.split(':').next().unwrap_or_default().to_owned())
        }
        _ => None,
    }
}

/// What the browser's library asks before it sends: where to, and which of Segment's integrations to load (none).
async fn settings(State(counter): State<Shared>, Path(key): Path<String>, headers: HeaderMap) -> Response {
    if counter.collector.sender(&key).is_none() {
        return refusal(StatusCode::NOT_FOUND, "key", "no source has this write key").into_response();
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = json!({
        "integrations": {"Segment.io": {
            "apiKey": key,
            "apiHost": format!("{host}/v1"),
            "addBundledMetadata": false,
            "unbundledIntegrations": [],
            "maybeBundledConfigIds": {},
            "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        }},
        "plan": {"track": {"__default": {"enabled": true, "integrations": {}}}, "identify": {"__default": {"enabled": true}}, "group": {"__default": {"enabled": true}}},
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
        "autoInstrumentationSettings": {"sampleRate": 0},
    });
    ([(header::CONTENT_TYPE, "application/json")], text.to_string()).into_response()
}

/// A browser asks whether it may send.
async fn allow() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Browsers of any page may send and read what they are answered; what a key's origins are is looked at for itself.
async fn cross_origin(request: axum::extract::Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_question = request.method() == Method::OPTIONS;
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed = [
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "Origin"),
    ];
    fixed.into_iter().for_each(|(name, value)| drop(headers.insert(name, HeaderValue::from_static(value))));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Retry-After"));
        if is_question {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
            if let Some(wanted) = wanted {
                headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted);
            }
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_the_ways_that_senders_write_them() {
        let key = |value: &str| key_of(&HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]));
        assert_eq!(key("Basic d3JpdGUta2V5Og==").as_deref(), Some("write-key"));
        assert_eq!(key("basic d3JpdGUta2V5").as_deref(), Some("write-key"));
        assert_eq!(key("Basic d3JpdGUta2V5OnNlY3JldA").as_deref(), Some("write-key"));
        assert_eq!(key("Bearer token"), None);
        assert_eq!(key("Basic d3Jp*"), None);
        assert_eq!(key("Basic /w=="), None, "not UTF-8");
        assert_eq!(key_of(&HeaderMap::new()), None);
    }
}
