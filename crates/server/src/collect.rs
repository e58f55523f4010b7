//! Collecting: senders' requests, answered when what they sent is on the disk.
//!
//! These routes are not behind `guard`: senders are pages of other sites and programs that know us by any name, and all that
//! they can do is add. A request goes: is there room for it, its body with deadlines, decompressed within limits, parsed within
//! limits, whose key is it, may a browser of that origin use it, kept, answered. Whatever is in the way is answered as senders
//! expect it: 400 for what will never do, 401 for a wrong key or signature, and 429 or 503 with `Retry-After` for what is worth
//! another attempt.
//!
//! Senders name their key in several ways, and things between them and us add headers of their own. So the key is the first of
//! these that is somebody's: the user of `Authorization: Basic`, what the path or the query names, `Authorization: Bearer`, and what
//! the body names.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use periplus_intake::collect::signature::{Secret, Unverified};
use periplus_intake::collect::{
    Arrived, Asked, Call, Method as How, Sent, Speech, Stub, Told, Unwelcome, body as parse, calls, examine, shares_too_much, stubs,
};
use periplus_intake::limits;
use periplus_intake::source::Settings;
use periplus_model::Instant;
use serde_json::json;
use tokio::sync::{Semaphore, oneshot};

use crate::accept::Limits;
use crate::body::{Packing, Unreceived, length, receive};
use crate::live::{Arrival, Live, beginning};
use crate::meter::Meter;
use crate::survey::Surveys;

/// Where what is sent goes, as the server sees it.
pub trait Collector: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Instant;
    /// Whose a key is; nothing when it is nobody's.
    fn sender(&self, key: &str) -> Option<Sender>;
    /// Keeps a request; `done` is told when it is durable, or that it is not.
    fn keep(&self, request: Vec<u8>, done: Box<dyn FnOnce(Result<(), Unkept>) + Send>);
    /// A request was refused before it was kept, and why: for the counts that are shown.
    fn turned_away(&self, code: &'static str);
    /// Where those look who watch what arrives.
    fn live(&self) -> &Live;
    /// What surveys need, where people can be asked.
    fn surveys(&self) -> Option<Arc<dyn Surveys>> {
        None
    }
}

/// Who may send with a key.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Sender {
    /// The source.
    pub source: String,
    /// The origins from which browsers may send; any when there are none.
    pub origins: Vec<String>,
    /// What the team says about the source.
    pub settings: Arc<Settings>,
    /// The secrets that its webhooks are signed with, from the environment variable that the settings name.
    pub secrets: Arc<[Secret]>,
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
    meter: Meter,
}

type Shared = Arc<Counter>;

/// The routes of all dialects.
pub(crate) fn router(collector: Arc<dyn Collector>, limits: &Limits) -> Router {
    let counter =
        Counter { collector, limits: limits.clone(), room: Arc::new(Semaphore::new(BYTES_AT_ONCE / UNIT)), meter: Meter::new(limits.rate) };
    let mut router: Router<Shared> = Router::new();
    for (speech, call) in calls() {
        let take = move |state: State<Shared>, path: RawPathParams, RawQuery(query): RawQuery, headers: HeaderMap, body: Body| {
            take(state, speech, call, Envelope::new(path, query, headers), body)
        };
        let way = match call.method {
            How::Get => get(take),
            How::Post => post(take),
        };
        for path in [call.path.to_owned(), format!("{}/", call.path)] {
            router = router.route(&path, way.clone().options(allow));
        }
    }
    for (speech, stub) in stubs() {
        let tell = move |State(counter): State<Shared>, path: RawPathParams, RawQuery(query): RawQuery, headers: HeaderMap| async move {
            tell(&counter, speech, stub, &Envelope::new(path, query, headers))
        };
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
    /// In how many seconds another attempt is worth it, where it is.
    wait: u64,
}

fn refusal(status: StatusCode, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into(), wait: 2 }
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
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.wait));
        }
        if matches!(self.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Unwelcome> for Refusal {
    fn from(why: Unwelcome) -> Refusal {
        let (status, code) = match &why {
            Unwelcome::NoMapping => (StatusCode::NOT_FOUND, "no_mapping"),
            // What is missing is here, and the sender's next attempt may find it.
            Unwelcome::Unverified(Unverified::NoSecret { .. }) => (StatusCode::SERVICE_UNAVAILABLE, "no_secret"),
            Unwelcome::Unverified(_) => (StatusCode::UNAUTHORIZED, "signature"),
        };
        refusal(status, code, why.to_string())
    }
}

/// All of a request but its body.
struct Envelope {
    /// The key that the path names.
    key: Option<String>,
    query: String,
    headers: HeaderMap,
}

impl Envelope {
    fn new(path: RawPathParams, query: Option<String>, headers: HeaderMap) -> Envelope {
        let key = path.iter().find(|(name, _)| *name == "key").map(|(_, value)| value.to_owned());
        Envelope { key, query: query.unwrap_or_default(), headers }
    }

    /// A header that is text.
    fn text(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whose request it is, and the key, as far as all but the body says.
    fn sender(&self, collector: &dyn Collector, speech: &dyn Speech) -> Option<(String, Sender)> {
        let authorization = self.text(header::AUTHORIZATION).and_then(authorized);
        let (user, bearer) = match authorization {
            Some(Authorized::User(user)) => (Some(user), None),
            Some(Authorized::Bearer(token)) => (None, Some(token)),
            None => (None, None),
        };
        let in_query = speech.key_in_query().and_then(|name| form_urlencoded::parse(self.query.as_bytes()).find(|(key, _)| key == name));
        let in_query = in_query.map(|(_, value)| value.into_owned());
        let named = [user, self.key.clone(), in_query, bearer].into_iter().flatten().filter(|key| !key.is_empty());
        named.into_iter().find_map(|key| collector.sender(&key).map(|sender| (key, sender)))
    }
}

async fn take(State(counter): State<Shared>, speech: &'static dyn Speech, call: &'static Call, envelope: Envelope, body: Body) -> Response {
    match accept(&counter, speech, call, envelope, body).await {
        Ok(None) => {
            let thanks = speech.thanks(call);
            ([(header::CONTENT_TYPE, thanks.kind)], thanks.body).into_response()
        }
        Ok(Some(told)) => ([(header::CONTENT_TYPE, "application/json")], told).into_response(),
        Err(refusal) => {
            counter.collector.turned_away(refusal.code);
            let (collector, at) = (&counter.collector, counter.collector.now());
            if collector.live().is_watched(at) {
                collector.live().tell(Arrival {
                    at,
                    source: None,
                    dialect: speech.name().to_owned(),
                    outcome: "refused",
                    code: Some(refusal.code.to_owned()),
                    detail: Some(refusal.message.clone()),
                    messages: 0,
                    begins: String::new(),
                });
            }
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
    // Room for what it may come to, before any of it is read. What is asked for has all in its address.
    let bytes = match call.method {
        How::Get => 0,
        How::Post => {
            length(&envelope.headers).filter(|_| packing == Packing::None).map_or(limits::BODY, |bytes| (bytes as usize).min(limits::BODY))
        }
    };
    let room = counter.room.clone().try_acquire_many_owned(bytes.div_ceil(UNIT).max(1) as u32).map_err(|_| busy())?;
    let received = match call.method {
        How::Get => Vec::new(),
        How::Post => receive(&envelope.headers, body, &counter.limits, limits::BODY).await?,
    };
    let arrived_at = counter.collector.now();
    let collector = counter.collector.clone();
    let is_large = received.len() > LARGE || packing != Packing::None;
    let counter_of_keys = counter.clone();
    let understand = move || {
        let received = packing.unpack(received, limits::BODY)?;
        understand(&*collector, &counter_of_keys.meter, speech, call, &envelope, received, arrived_at)
    };
    let request = match is_large {
        true => {
            tokio::task::spawn_blocking(understand).await.map_err(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "bug", "it failed"))?
        }
        false => understand(),
    }?;
    let (request, arrival) = match request {
        Understood::Examined(told) => return Ok(Some(told)),
        Understood::ToKeep(request, arrival) => (request, arrival),
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
    if let (Ok(()), Some(arrival)) = (&outcome, arrival) {
        counter.collector.live().tell(arrival);
    }
    outcome.map(|()| None).map_err(|why| match why {
        Unkept::Busy => busy(),
        Unkept::Disk => refusal(StatusCode::SERVICE_UNAVAILABLE, "disk", "it cannot be kept now; try again"),
    })
}

/// What becomes of a request.
enum Understood {
    /// It is kept as this, and told to whoever watches.
    ToKeep(Vec<u8>, Option<Arrival>),
    /// It was only to be examined, and this is the answer.
    Examined(String),
}

/// Everything that can be said of a request without keeping it: what is to be kept of it, or why it will not be.
fn understand(
    collector: &dyn Collector,
    meter: &Meter,
    speech: &'static dyn Speech,
    call: &'static Call,
    envelope: &Envelope,
    received: Vec<u8>,
    at: Instant,
) -> Result<Understood, Refusal> {
    let malformed = |why: periplus_intake::gate::Refusal| refusal(StatusCode::BAD_REQUEST, why.reason.code(), why.detail.into_owned());
    let headers: Vec<(&str, &str)> =
        envelope.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let sent = Sent { query: &envelope.query, headers: &headers, body: &received };
    let mut sender = envelope.sender(collector, speech).map(|(_, sender)| sender);
    let of_nobody = Settings::default();
    let body = speech.decode(call, sent, sender.as_ref().map_or(&of_nobody, |sender| &sender.settings)).map_err(malformed)?;
    let value = parse(&body).map_err(malformed)?;
    if sender.is_none() {
        sender = speech.key(&value).and_then(|key| collector.sender(key));
    }
    let Some(sender) = sender else {
        return Err(refusal(StatusCode::UNAUTHORIZED, "key", "no source has this write key"));
    };
    let origin = envelope.text(header::ORIGIN);
    if let Some(origin) = origin.filter(|origin| !sender.origins.is_empty() && !sender.origins.iter().any(|known| known == origin)) {
        return Err(refusal(StatusCode::FORBIDDEN, "origin", format!("browsers may not send from {origin} with this key")));
    }
    speech.admit(sent, &sender.settings, &sender.secrets, at)?;
    let messages = speech.count(call, &value, &sender.settings);
    if messages > limits::MESSAGES {
        let why = format!("there are {messages} messages in the request; {} are allowed", limits::MESSAGES);
        return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_many", why));
    }
    if !call.examines {
        meter.pass(&sender.source, messages, at).map_err(|wait| Refusal {
            wait,
            ..refusal(StatusCode::TOO_MANY_REQUESTS, "rate", "this source sends more than it may; try again")
        })?;
    }
    if shares_too_much(speech, call, &value, &sender.settings) {
        let why = format!("what {messages} messages share is too large: {} bytes are allowed, times the messages", limits::SHARED);
        return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, "shares_too_much", why));
    }
    let agent = envelope.text(header::USER_AGENT);
    let arrived = Arrived { at, source: &sender.source, dialect: speech.name(), call: call.name, agent, body: &body };
    let arrival = || Arrival {
        at,
        source: Some(sender.source.clone()),
        dialect: speech.name().to_owned(),
        outcome: "accepted",
        code: None,
        detail: None,
        messages,
        begins: beginning(&body),
    };
    Ok(match call.examines {
        true => Understood::Examined(speech.told(&examine(&arrived, &sender.settings)).to_string()),
        false => Understood::ToKeep(arrived.to_bytes(), collector.live().is_watched(at).then(arrival)),
    })
}

/// With or without padding: senders do it either way.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// Who the header `Authorization` says it is.
#[derive(Debug, PartialEq)]
enum Authorized {
    /// The user of `Basic`, with or without a colon after it.
    User(String),
    /// Whoever has this token.
    Bearer(String),
}

fn authorized(value: &str) -> Option<Authorized> {
    let (scheme, rest) = value.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let decoded = String::from_utf8(BASE64.decode(rest.trim()).ok()?).ok()?;
            Some(Authorized::User(decoded.split(':').next().unwrap_or_default().to_owned()))
        }
        "bearer" => Some(Authorized::Bearer(rest.trim().to_owned())),
        _ => None,
    }
}

/// What a library asks before it sends.
fn tell(counter: &Counter, speech: &dyn Speech, stub: &Stub, envelope: &Envelope) -> Response {
    let text = match stub.told {
        Told::Always(text) => text.to_owned(),
        Told::OfSource(about) => match envelope.sender(&*counter.collector, speech) {
            None => return refusal(StatusCode::NOT_FOUND, "key", "no source has this write key").into_response(),
            Some((key, _)) => about(&Asked { key: &key, host: envelope.text(header::HOST).unwrap_or_default() }).to_string(),
        },
    };
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// A browser asks whether it may send.
pub(crate) async fn allow() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Browsers of any page may send and read what they are answered; what a key's origins are is looked at for itself.
pub(crate) async fn cross_origin(request: axum::extract::Request, next: Next) -> Response {
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
        let user = |key: &str| Some(Authorized::User(key.to_owned()));
        assert_eq!(authorized("Basic d3JpdGUta2V5Og=="), user("write-key"));
        assert_eq!(authorized("basic d3JpdGUta2V5"), user("write-key"));
        assert_eq!(authorized("Basic d3JpdGUta2V5OnNlY3JldA"), user("write-key"));
        assert_eq!(authorized("Bearer token "), Some(Authorized::Bearer("token".to_owned())));
        assert_eq!((authorized("Basic d3Jp*"), authorized("Digest x"), authorized("token")), (None, None, None));
        assert_eq!(authorized("Basic /w=="), None, "not UTF-8");
    }

    /// Knows the keys that end in `-key`, by what stands before it; all webhooks are signed.
    struct Desk;

    impl Collector for Desk {
        fn now(&self) -> Instant {
            Instant(1_700_000_000_000_000)
        }
        fn sender(&self, key: &str) -> Option<Sender> {
            let source = key.strip_suffix("-key")?.to_owned();
            let settings = match source.as_str() {
                "hooks" | "open" => Settings::parse(HOOKS).unwrap(),
                _ => Settings::default(),
            };
            let signature = settings.webhook.as_ref().and_then(|webhook| webhook.signature.clone());
            let secrets = signature.filter(|_| source == "hooks").map(|signature| signature.secrets("Jefe").unwrap()).unwrap_or_default();
            Some(Sender { source, origins: Vec::new(), settings: Arc::new(settings), secrets: secrets.into() })
        }
        fn keep(&self, _request: Vec<u8>, done: Box<dyn FnOnce(Result<(), Unkept>) + Send>) {
            done(Ok(()));
        }
        fn live(&self) -> &Live {
            static LIVE: std::sync::LazyLock<Live> = std::sync::LazyLock::new(Live::default);
            &LIVE
        }
        fn turned_away(&self, _code: &'static str) {}
    }

    const HOOKS: &str = "[webhook]\nheaders = ['x-topic']\nsignature = { scheme = 'hmac-sha256-hex', header = 'x-signature', secret_env = 'S' }\n[mapping]\nids = [{ kind = 'email', column = 'email' }]\n[[mapping.event]]\nname = 'thing'\n";

    /// Whose request it is understood to be and as which call; else the status and the code.
    fn understood(
        path: &str,
        key: Option<&str>,
        query: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Result<(String, &'static str, String), (u16, &'static str)> {
        let (speech, call) = calls().find(|(_, call)| call.path == path).unwrap();
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        let envelope = Envelope { key: key.map(str::to_owned), query: query.to_owned(), headers };
        match understand(&Desk, &Meter::new(None), speech, call, &envelope, body.as_bytes().to_vec(), Desk.now()) {
            Err(refusal) => Err((refusal.status.as_u16(), refusal.code)),
            Ok(Understood::Examined(told)) => Ok((String::new(), "examined", told)),
            Ok(Understood::ToKeep(bytes, _)) => {
                let arrived = Arrived::of(&bytes).unwrap();
                Ok((arrived.source.to_owned(), call.name, String::from_utf8_lossy(arrived.body).into_owned()))
            }
        }
    }

    #[test]
    fn the_first_key_that_is_somebodys_counts() {
        let source = |query: &str, authorization: &str, body: &str| {
            understood("/v1/cloudevents", None, query, &[("authorization", authorization)], body).map(|kept| kept.0)
        };
        let basic = |key: &str| format!("Basic {}", BASE64.encode(key));
        let event = "{}";
        assert_eq!(source("key=b-key", &basic("a-key"), event), Ok("a".to_owned()));
        assert_eq!(source("key=b-key", &basic("nobody"), event), Ok("b".to_owned()));
        assert_eq!(source("key=b-key", "Bearer c-key", event), Ok("b".to_owned()));
        assert_eq!(source("", "Bearer c-key", event), Ok("c".to_owned()));
        assert_eq!(source("", "Bearer nobody", event), Err((401, "key")));
        // Segment's libraries may send a token of their own and the key in the body.
        let body = r#"{"writeKey": "d-key"}"#;
        let segment = |authorization: &str| understood("/v1/track", None, "", &[("authorization", authorization)], body).map(|kept| kept.0);
        assert_eq!(segment("Bearer of.something.else"), Ok("d".to_owned()));
        assert_eq!(segment("Bearer c-key"), Ok("c".to_owned()));
        let snowplow = understood("/i", None, "e=pv&aid=e-key", &[("authorization", "Bearer x")], "").unwrap();
        assert_eq!((snowplow.0.as_str(), snowplow.1), ("e", "i"));
    }

    #[test]
    fn webhooks_come_in_with_a_mapping_and_the_right_signature() {
        let path = "/v1/webhook/{key}";
        let body = "what do ya want for nothing?";
        let send =
            |key: &str, signature: &str, body: &str| understood(path, Some(key), "", &[("x-signature", signature), ("x-topic", "t")], body);
        // The body of RFC 4231 is no JSON: it is turned away for that before its signature is looked at.
        assert_eq!(send("hooks-key", "5b", body), Err((400, "malformed")));
        let signed = "4135bd437554a23464ced005bac1ccfdee34429283f85d1b4eac9db7cd0e5d26";
        let kept = send("hooks-key", signed, r#"{"email": "a@x.org"}"#).unwrap();
        assert_eq!(kept, ("hooks".to_owned(), "webhook", r#"{"header":{"x-topic":"t"},"id":null,"body":{"email": "a@x.org"}}"#.to_owned()));
        assert_eq!(send("hooks-key", signed, r#"{"email": "b@x.org"}"#), Err((401, "signature")));
        assert_eq!(send("open-key", signed, "{}"), Err((503, "no_secret")));
        assert_eq!(send("shop-key", signed, "{}"), Err((404, "no_mapping")));
        assert_eq!(send("nobody", signed, "{}"), Err((401, "key")));
    }

    #[test]
    fn every_call_has_a_route_and_is_answered_as_its_senders_expect() {
        use http_body_util::BodyExt;
        use hyper::service::Service;

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let service = hyper_util::service::TowerToHyperService::new(router(Arc::new(Desk), &Limits::default()));
        let ask = |method: &str, path: &str, body: &str| {
            let request = axum::http::Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
            runtime.block_on(async {
                let response = service.call(request).await.unwrap();
                let (status, kind) = (response.status().as_u16(), response.headers().get(header::CONTENT_TYPE).cloned());
                let body = response.into_body().collect().await.unwrap().to_bytes();
                (
                    status,
                    kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default(),
                    String::from_utf8_lossy(&body).into_owned(),
                )
            })
        };
        for path in ["/i?e=pv&aid=a-key", "/pixel/v1/track/?writeKey=a-key&event=e&anonymousId=a"] {
            let (status, kind, body) = ask("GET", path, "");
            assert_eq!((status, kind.as_str(), body.get(..6)), (200, "image/gif", Some("GIF89a")), "{path}");
        }
        let tracked = r#"{"data": [{"e": "pv", "aid": "a-key"}]}"#;
        assert_eq!(ask("POST", "/com.snowplowanalytics.snowplow/tp2", tracked).2, "ok");
        assert_eq!(ask("POST", "/beacon/v1/batch?writeKey=a-key", r#"{"batch": []}"#).2, "OK");
        assert_eq!(ask("POST", "/v1/track/", r#"{"writeKey": "a-key"}"#).2, r#"{"success":true}"#);
        assert_eq!((ask("GET", "/v1/track", "").0, ask("POST", "/i", "{}").0, ask("OPTIONS", "/i", "").0), (405, 405, 204));
        // What the path names is a key, and only that.
        assert_eq!((ask("POST", "/v1/webhook/shop-key", "{}").0, ask("POST", "/v1/webhook/nobody/", "{}").0), (404, 401));
        assert_eq!(ask("POST", "/v1/webhook?key=shop-key", "{}").0, 404);
        let config = ask("GET", "/sourceConfig/?p=npm&v=3&writeKey=a-key", "");
        assert!(config.0 == 200 && config.2.contains(r#""destinations":[]"#), "{config:?}");
        assert!(ask("GET", "/v1/projects/a-key/settings", "").2.contains(r#""apiKey":"a-key""#));
        assert_eq!((ask("GET", "/sourceConfig?writeKey=nobody", "").0, ask("GET", "/flags/?v=2", "").0), (404, 200));
    }
}
