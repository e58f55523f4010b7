//! Webhooks: what other companies' systems send when something happens there, to the only thing they can be given, an address:
//! `POST /v1/webhook/KEY`. The body is a JSON object, a list of them, or a form.
//!
//! What it means, the team says ([`crate::source`]): by the rules of a mapping a message becomes events, traits and links. A row is the body, or each
//! object of the list in it that `items` names. Names with dots reach into what is nested, and out of it:
//!
//! - `header.NAME` is a header of the request, in lower case, of those that `headers` names;
//! - `body.NAME` is what stands beside the list of items, where that is a short text, a number, true or false;
//! - `request.received_at` is when it was received. A mapping without a time means this.
//!
//! A message is known again by `webhook-id` where the sender gives it one, else by what it says, so that a second attempt adds nothing.
//! A message that says no time is then known by when it was received too, and is new each time.

use periplus_model::{Instant, Reason};
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_128;

use super::signature::{Secret, Signature, verify};
use super::{Arrived, Call, Meaning, Sent, Speech, Thanks, Unwelcome, each, object_of_form};
use crate::columns::Columns;
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::json::at;
use crate::rules::Rules;
use crate::table::Objects;
use crate::{IntakeError, limits, source};

/// The dialect.
pub struct Webhook;

const CALLS: &[Call] = &[Call::kept("/v1/webhook/{key}", "webhook"), Call::kept("/v1/webhook", "plain")];

/// How a source's webhooks come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which list of the body has the messages, by its name, with dots where it is nested. Without it the body is one message, or
    /// a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// Headers that are kept with the body, for the mapping's use (`header.x-shopify-topic`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// How requests are signed. Without it, whoever knows the address may send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// Headers that have secrets in them, which no log should have.
const SECRET: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];
/// So many headers are kept at most.
const HEADERS_MAX: usize = 32;
/// Of what stands beside the items, so many values are kept with each, and texts of so many bytes.
const BESIDE_MAX: (usize, usize) = (32, limits::ID);

impl Settings {
    /// What is wrong with how they are written, if anything.
    ///
    /// # Errors
    /// The first mistake.
    pub fn check(&self) -> Result<(), String> {
        if let Some(items) = self.items.as_ref().filter(|items| items.split('.').any(str::is_empty)) {
            return Err(format!("items = \"{items}\" is no name; write \"events\", or \"data.events\" for what is nested"));
        }
        if self.headers.len() > HEADERS_MAX {
            return Err(format!("there are {} headers; {HEADERS_MAX} are allowed", self.headers.len()));
        }
        for header in &self.headers {
            if header.is_empty() || !header.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
                return Err(format!("'{header}' is no name of a header"));
            }
            if SECRET.contains(&header.to_ascii_lowercase().as_str()) {
                return Err(format!("the header {} has a secret in it, and is not kept", header.to_ascii_lowercase()));
            }
        }
        self.signature.as_ref().map_or(Ok(()), |signature| signature.check().map_err(|message| format!("signature: {message}")))
    }
}

impl Speech for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    /// The body and what is kept of the headers, in an envelope.
    fn decode(&self, _call: &Call, sent: Sent<'_>, settings: &source::Settings) -> Result<Vec<u8>, Refusal> {
        let wanted = settings.webhook.iter().flat_map(|webhook| &webhook.headers).map(|name| name.to_ascii_lowercase());
        let kept: Map<String, Value> = wanted.filter_map(|name| sent.header(&name).map(|value| (name, value.into()))).collect();
        let id = ["webhook-id", "svix-id"].into_iter().find_map(|name| sent.header(name)).filter(|id| !id.trim().is_empty());
        let form;
        let body = match sent.kind() == "application/x-www-form-urlencoded" {
            true => {
                form = Value::Object(object_of_form(sent.body)).to_string().into_bytes();
                &form[..]
            }
            false => sent.body.trim_ascii(),
        };
        // It stands in the envelope as it came, so it must be one value and nothing else.
        if !matches!(body.first(), Some(b'{' | b'[')) || serde_json::from_slice::<IgnoredAny>(body).is_err() {
            return refuse(Reason::Malformed, "the body is neither a JSON object, nor a list, nor a form");
        }
        let mut envelope = json!({"header": kept, "id": id}).to_string().into_bytes();
        envelope.pop();
        Ok([&envelope[..], &br#","body":"#[..], body, b"}"].concat())
    }

    fn key_in_query(&self) -> Option<&'static str> {
        Some("key")
    }

    fn key<'b>(&self, _body: &'b Value) -> Option<&'b str> {
        None
    }

    fn admit(&self, sent: Sent<'_>, settings: &source::Settings, secrets: &[Secret], now: Instant) -> Result<(), Unwelcome> {
        if settings.mapping.is_none() {
            return Err(Unwelcome::NoMapping);
        }
        match settings.webhook.as_ref().and_then(|webhook| webhook.signature.as_ref()) {
            Some(signature) => Ok(verify(signature, secrets, sent.headers, sent.body, now)?),
            None => Ok(()),
        }
    }

    fn count(&self, _call: &Call, body: &Value, settings: &source::Settings) -> usize {
        let whole = body.get("body").unwrap_or(&Value::Null);
        let place = settings.webhook.as_ref().and_then(|webhook| webhook.items.as_deref());
        place.map_or(Some(whole), |place| at(whole, place)).and_then(Value::as_array).map_or(1, Vec::len)
    }

    fn messages(&self, _call: &Call, mut body: Value, arrived: &Arrived<'_>, settings: &source::Settings) -> Vec<Value> {
        let header = body.get("header").cloned().unwrap_or_default();
        let given = body.get("id").and_then(Value::as_str).map(str::to_owned);
        let mut whole = body.get_mut("body").map(Value::take).unwrap_or_default();
        let place = settings.webhook.as_ref().and_then(|webhook| webhook.items.as_deref());
        let items = match place {
            Some(place) => match whole.pointer_mut(&format!("/{}", place.replace('.', "/"))).map(Value::take) {
                Some(Value::Array(items)) => items,
                Some(item @ Value::Object(_)) => vec![item],
                // Refused with the whole body to look at.
                _ => return vec![json!({"header": header, "body": whole, "missing": place})],
            },
            None => match whole.take() {
                Value::Array(items) => items,
                item => vec![item],
            },
        };
        let beside = beside(&whole);
        let received = arrived.at.to_string();
        let mut seen = HashMap::new();
        (1..)
            .zip(items)
            .map(|(number, item)| {
                let (id, once) = match &given {
                    Some(id) if number == 1 => (id.clone(), id.clone()),
                    Some(id) => (format!("{id}-{number}"), format!("{id}-{number}")),
                    None => {
                        let content = xxh3_128(format!("{header}{item}").as_bytes());
                        let nth = seen.entry(content).and_modify(|nth| *nth += 1).or_insert(0u32);
                        let once = xxh3_128(format!("{received}{content}").as_bytes());
                        (format!("content-{content:032x}-{nth}"), format!("content-{once:032x}-{nth}"))
                    }
                };
                let request = json!({"received_at": received, "id": id, "id_once": once});
                json!({"header": header, "request": request, "body": beside, "item": item})
            })
            .collect()
    }

    fn meaning(&self) -> Meaning {
        Meaning::OfSource
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json(r#"{"success":true}"#)
    }
}

/// What stands beside the items, as far as each can have it: all of them together must not be much larger than the request.
fn beside(whole: &Value) -> Map<String, Value> {
    let short = |value: &Value| match value {
        Value::String(text) => text.len() <= BESIDE_MAX.1,
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let fields = whole.as_object().into_iter().flatten().filter(|(name, value)| name.len() <= BESIDE_MAX.1 && short(value));
    fields.take(BESIDE_MAX.0).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Makes rows of messages by what their source's mapping says.
pub(super) fn apply(messages: Vec<Value>, name: &str, settings: &source::Settings, gate: &mut Gate<'_>) -> Result<(), IntakeError> {
    let mut columns = Columns::open();
    let rules = match &settings.mapping {
        Some(mapping) => mapping.rules(name, &mut columns).map_err(|error| error.to_string()),
        None => Err(Unwelcome::NoMapping.to_string()),
    };
    let mut rules = match rules {
        Ok(rules) => rules,
        // It was accepted when there was one, so it waits in quarantine, with what is wrong.
        Err(why) => return each(messages, gate, &mut |_, _| refuse(Reason::Malformed, why.clone())),
    };
    let mut objects = Objects::new(columns);
    each(messages, gate, &mut |message, gate| row(message, &mut objects, &mut rules, gate))?;
    rules.finish(gate)
}

fn row(message: &Value, objects: &mut Objects, rules: &mut Rules, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
    let Some(Value::Object(item)) = message.get("item") else {
        return match message.get("missing").and_then(Value::as_str) {
            Some(place) => refuse(Reason::Malformed, format!("there is no '{place}' in the body, which the source's `items` names")),
            None => refuse(Reason::Malformed, "the message is no JSON object"),
        };
    };
    if objects.lay(item.clone(), message)? {
        rules.learn(objects.columns());
    }
    rules.apply(objects.row(), gate)
}

#[cfg(test)]
mod tests {
    use super::super::signature::{Scheme, Unverified};
    use super::*;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn settings(text: &str) -> source::Settings {
        source::Settings::parse(&format!(
            "{text}\n[mapping]\nids = [{{ kind = 'email', column = 'email' }}]\n[[mapping.event]]\nname = {{ column = 'header.x-topic', default = 'thing' }}\n"
        ))
        .unwrap()
    }

    fn messages(settings: &source::Settings, headers: &[(&str, &str)], body: &[u8]) -> Vec<Value> {
        let decoded = Webhook.decode(&CALLS[0], Sent { query: "", headers, body }, settings).unwrap();
        let value = super::super::body(&decoded).unwrap();
        let count = Webhook.count(&CALLS[0], &value, settings);
        let arrived = Arrived { at: AT, source: "s", dialect: "webhook", call: "webhook", agent: None, body: &decoded };
        let told = Webhook.messages(&CALLS[0], value, &arrived, settings);
        assert_eq!(count, told.len());
        told
    }

    #[test]
    fn objects_lists_and_forms_are_rows_with_what_is_kept_of_the_headers() {
        let kept = settings("[webhook]\nheaders = ['X-Topic']");
        let headers = [("x-topic", "orders"), ("x-other", "no"), ("content-type", "application/json")];
        let one = messages(&kept, &headers, br#" {"email": "a@x.org"} "#);
        assert_eq!((&one[0]["header"], &one[0]["item"]["email"]), (&json!({"x-topic": "orders"}), &json!("a@x.org")));
        assert_eq!(one[0]["request"]["received_at"], AT.to_string());
        assert_eq!(messages(&kept, &headers, br#"[{"a": 1}, {"a": 1}, 7]"#).len(), 3);
        let form = [("content-type", "Application/x-www-form-urlencoded; charset=utf-8")];
        assert_eq!(messages(&kept, &form, b"email=a%40x.org&n=1")[0]["item"], json!({"email": "a@x.org", "n": "1"}));
        let nested = settings("[webhook]\nitems = 'data.events'");
        let told = messages(&nested, &[], br#"{"shop": "s1", "data": {"events": [{"a": 1}]}}"#);
        assert_eq!((&told[0]["item"], &told[0]["body"]), (&json!({"a": 1}), &json!({"shop": "s1"})));
        assert_eq!(messages(&nested, &[], b"{\"data\": {\"events\": {\"a\": 1}}}")[0]["item"], json!({"a": 1}));
        assert_eq!(messages(&nested, &[], b"{}")[0]["missing"], "data.events");
        for body in [&b""[..], b"7", b"\"x\"", b"{", b"{}}", br#"{},"header":{"x-topic":"forged"}"#, b"\xff"] {
            assert!(Webhook.decode(&CALLS[0], Sent { query: "", headers: &[], body }, &kept).is_err());
        }
    }

    #[test]
    fn what_is_sent_again_is_known_again() {
        let settings = settings("");
        let id = |told: &[Value], at: usize| (told[at]["request"]["id"].clone(), told[at]["request"]["id_once"].clone());
        let body = br#"[{"a": 1}, {"a": 1}, {"a": 2}]"#;
        let (first, again) = (messages(&settings, &[], body), messages(&settings, &[], body));
        assert_eq!(first, again);
        let ids: std::collections::HashSet<String> = (0..3).map(|at| format!("{:?}", id(&first, at))).collect();
        assert_eq!(ids.len(), 3);
        let named = messages(&settings, &[("webhook-id", "msg_1")], body);
        assert_eq!((id(&named, 0).0, id(&named, 1).1), (json!("msg_1"), json!("msg_1-2")));
    }

    #[test]
    fn what_stands_beside_the_items_is_small() {
        let whole: Map<String, Value> =
            (0..100).map(|n| (format!("k{n}"), json!("x".repeat(if n % 2 == 0 { 255 } else { 256 })))).collect();
        let kept = beside(&Value::Object(whole));
        assert!(kept.len() == 32 && kept.values().all(|value| value.as_str().unwrap().len() == 255));
    }

    #[test]
    fn who_may_not_come_in_is_told_why() {
        let sent = Sent { query: "", headers: &[], body: b"{}" };
        let admit = |settings: &source::Settings, secrets: &[Secret]| Webhook.admit(sent, settings, secrets, AT);
        assert_eq!(admit(&source::Settings::default(), &[]), Err(Unwelcome::NoMapping));
        assert_eq!(admit(&settings(""), &[]), Ok(()));
        let signed = settings("[webhook]\nsignature = { scheme = 'slack', secret_env = 'S' }");
        let signature = signed.webhook.as_ref().unwrap().signature.as_ref().unwrap();
        assert_eq!(signature.scheme, Scheme::Slack);
        assert_eq!(admit(&signed, &[]), Err(Unwelcome::Unverified(Unverified::NoSecret { variable: "S".to_owned() })));
        let secrets = signature.secrets("x").unwrap();
        assert!(matches!(admit(&signed, &secrets), Err(Unwelcome::Unverified(Unverified::Header { .. }))));
    }
}
