use std::io;
use std::sync::Arc;

use periplus_model::{EventRow, LinkRow, Reason, TraitRow};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::dialects::{Dialect, segment::Segment};
use crate::gate::Gate;
use crate::{Reject, Sink};

/// Everything that was let through or kept, as it would be stored.
#[derive(Default)]
struct Stored {
    events: Vec<(String, Vec<String>, String)>,
    /// What else of events is stored as a text.
    beside: Vec<(Option<String>, Option<String>)>,
    traits: Vec<(String, String)>,
    links: Vec<Vec<String>>,
    refused: Vec<(Reason, String, String)>,
}

fn texts(ids: &[(IdKind, &str)]) -> Vec<String> {
    ids.iter().map(|(kind, value)| format!("{kind}:{value}")).collect()
}

impl Sink for Stored {
    fn event(&mut self, row: &EventRow<'_>) -> io::Result<()> {
        self.events.push((row.event.to_owned(), texts(row.ids), row.properties.to_owned()));
        self.beside.push((row.channel.map(str::to_owned), row.message_id.map(str::to_owned)));
        Ok(())
    }
    fn traits(&mut self, row: &TraitRow<'_>) -> io::Result<()> {
        self.traits.push((row.name.to_owned(), row.value.to_owned()));
        Ok(())
    }
    fn link(&mut self, row: &LinkRow<'_>) -> io::Result<()> {
        self.links.push(texts(row.ids));
        Ok(())
    }
    fn reject(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        self.refused.push((reject.reason, reject.detail.to_string(), reject.raw.to_string()));
        Ok(())
    }
}

impl Stored {
    fn all(&self) -> String {
        format!("{:?} {:?} {:?} {:?} {:?}", self.events, self.beside, self.traits, self.links, self.refused)
    }

    fn property(&self, name: &str) -> Value {
        serde_json::from_str::<Value>(&self.events[0].2).unwrap_or_default()[name].clone()
    }
}

/// What is stored of messages under rules.
fn stored(rules: Option<&str>, agent: Option<&str>, messages: &[Value]) -> Stored {
    let policy = rules.map(|rules| Policy::parse(rules).unwrap());
    let mut stored = Stored::default();
    let mut nobody = |_| ();
    let mut gate = Gate::new(&mut stored, &mut nobody, Arc::default(), None);
    gate.policy = policy.as_ref();
    gate.agent = agent;
    for message in messages {
        let result = Segment.record(message, &mut gate);
        gate.settle(1, result, &|| message.to_string()).unwrap();
    }
    stored
}

fn order(more: Value) -> Value {
    let mut message =
        json!({"type": "track", "event": "Order Completed", "userId": "ana", "messageId": "m-1", "timestamp": "2026-03-01T10:00:00Z"});
    message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    message
}

const SCRUB: &str = r#"
    scrub = [
        { property = "email", do = "hash" },
        { property = "user.address", do = "drop" },
        { property = "token", do = "drop" },
        { property = "*", pattern = "email", do = "mask" },
        { property = "*", pattern = "card", do = "drop" },
        { property = "*", pattern = "ip", do = "mask" },
        { identifier = "email", do = "hash" },
        { identifier = "phone", do = "drop" },
        { identifier = "*", pattern = "email", do = "hash" },
    ]
"#;

#[test]
fn personal_data_go_wherever_they_are() {
    let message = order(json!({
        "userId": "Ana@Example.org", "event": "Mailed ana@example.org", "messageId": "ana@example.org-1",
        "context": {"campaign": {"medium": "to-ana@example.org"}, "traits": {"email": "ana@example.org"}},
        "properties": {
            "email": " Ana@Example.org ", "note": "write to ana@example.org, from 203.0.113.77", "user": {"address": {"street": "x"}, "age": 5},
            "paid": "with 4111 1111 1111 1111", "number": 4111111111111111u64, "revenue": 59.9,
            "landing": "https://shop.example/a?email=ana%40example.org&token=t&x=ana%40example.org&y=1#top",
        },
    }));
    let identify = json!({"type": "identify", "userId": "u7", "timestamp": "2026-03-01T10:00:00Z",
        "traits": {"email": "ana@example.org", "token": 1, "city": "Bonn", "user": {"address": "x", "age": 5}}});
    let refused = order(json!({"timestamp": "ana@example.org", "properties": {"email": "ana@example.org", "token": "secret"}}));
    let kept = stored(Some(SCRUB), None, &[message.clone(), identify.clone(), refused.clone()]);
    // What `printf ana@example.org | sha256sum` says.
    let hash = "86b9260a115ceac89a9738af23696ce3a5d70449de8d95ef28bd754bb80196b9";
    let properties: Value = serde_json::from_str(&kept.events[0].2).unwrap();
    assert_eq!(
        properties,
        json!({"context_campaign_medium": "[email]", "email": hash, "note": "write to [email], from 203.0.113.0", "user": {"age": 5}, "revenue": 59.9,
            "landing": format!("https://shop.example/a?email={hash}&x=%5Bemail%5D&y=1#top")})
    );
    assert_eq!(kept.events[0].1, [format!("user_id:{hash}"), format!("email:{hash}")]);
    assert_eq!(kept.events[0].0, "Mailed [email]");
    assert_eq!(kept.beside[0], (Some("[email]".to_owned()), Some(hash::hashed("ana@example.org-1", None))));
    assert_eq!(
        kept.traits,
        [
            ("email".to_owned(), format!("\"{hash}\"")),
            ("city".to_owned(), "\"Bonn\"".to_owned()),
            ("user".to_owned(), "{\"age\":5}".to_owned())
        ]
    );
    assert_eq!(kept.links, [["user_id:u7".to_owned(), format!("email:{hash}")]]);
    assert_eq!(kept.refused.len(), 1);
    for secret in ["ana@", "ana%40", "4111", "street", "secret", "113.77"] {
        assert!(!kept.all().to_lowercase().contains(secret), "{secret}");
        // A control: without the rules it is all there.
        let without = stored(None, None, &[message.clone(), identify.clone(), refused.clone()]);
        assert!(without.all().to_lowercase().contains(secret), "{secret}");
    }
}

#[test]
fn refused_messages_keep_what_no_rule_names_to_the_byte() {
    let policy = Policy::parse(SCRUB).unwrap();
    let raw = r#"{ "userId": "ana", "a": 1.50, "b": "é", "token": 1, "traits": {"e-mail": "x", "EMAIL": null} }"#;
    assert_eq!(
        policy.scrub_text(raw),
        r#"{ "userId": "ana", "a": 1.50, "b": "é", "traits": {"e-mail": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "EMAIL": null} }"#
    );
    assert_eq!(policy.scrub_text("a,b,ana@example.org"), NOT_KEPT);
    assert_eq!(
        Policy::parse("scrub = [{ property = '*', pattern = 'email', do = 'hash' }]").unwrap().scrub_text("a,ana@x.org"),
        "a,[email]"
    );
    assert_eq!(Policy::default().scrub_text("a,ana@x.org"), "a,ana@x.org");
    let ga4 = r#"{"event_params":[{"key":"email","value":{"string_value":"x"}},{"key":"page","value":{"string_value":"x"}}]}"#;
    assert_eq!(
        Policy::parse("scrub = [{ property = 'email', do = 'mask' }]").unwrap().scrub_text(ga4),
        ga4.replacen("\"x\"", "\"[masked]\"", 1)
    );
    let escaped = "{\"a\":\"ana\\u0040x.org\"}";
    assert_eq!(policy.scrub_text(escaped), "{\"a\":\"[email]\"}");
}

#[test]
fn an_event_without_any_identifier_left_is_refused() {
    let rules = "scrub = [{ identifier = \"user_id\", do = \"drop\" }]";
    let kept = stored(Some(rules), None, &[order(json!({})), order(json!({"anonymousId": "a"}))]);
    assert_eq!(kept.refused[0].0, Reason::NoIdentifier);
    assert!(!kept.refused[0].2.contains("ana") && kept.refused[0].2.contains("m-1"));
    assert_eq!(kept.events[0].1, ["anonymous_id:a"]);
}

#[test]
fn parameters_of_urls_are_properties() {
    let policy = Policy::parse("scrub = [{ property = 'email', do = 'drop' }, { property = 'user.phone', do = 'mask' }]").unwrap();
    for (text, wanted) in [
        ("https://x.de/?email=a&b=1", "https://x.de/?b=1"),
        ("https://x.de/?b=1&EMAIL=a", "https://x.de/?b=1"),
        ("https://x.de/?email=a#email=b", "https://x.de/"),
        ("https://x.de/?email=a&email=b&c=1&amp;email=d", "https://x.de/?c=1&amp"),
        ("email=a&b=1", "b=1"),
        ("/p?user[phone]=017&c=%20", "/p?user[phone]=%5Bmasked%5D&c=%20"),
        ("https://x.de/?emails=a", "https://x.de/?emails=a"),
    ] {
        let properties = json!({"url": text}).to_string();
        let scrubbed = policy.scrub.properties(&properties).unwrap_or(properties);
        assert_eq!(scrubbed, json!({"url": wanted}).to_string());
    }
}

#[test]
fn bots_are_marked_or_refused_and_servers_are_not_bots() {
    let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0";
    let said = |agent: &str| order(json!({"context": {"userAgent": agent}, "properties": {"bot": "no"}}));
    assert_eq!(stored(Some(""), None, &[said(crawler)]).property("bot"), "Googlebot");
    assert_eq!(stored(Some(""), Some(crawler), &[order(json!({}))]).property("bot"), "Googlebot");
    assert_eq!(stored(Some(""), Some("python-requests/2.31"), &[order(json!({}))]).property("bot"), Value::Null);
    assert_eq!(stored(Some(""), Some("python-requests/2.31"), &[said("python-requests/2.31")]).property("bot"), "python-requests");
    assert_eq!(stored(Some(""), Some(crawler), &[said(browser)]).property("bot"), "no", "what the message says goes before what sent it");
    assert_eq!(stored(Some("bots = 'accept'"), None, &[said(crawler)]).property("bot"), "no");
    let identify =
        json!({"type": "identify", "userId": "u", "traits": {"a": 1}, "timestamp": "2026-03-01", "context": {"userAgent": crawler}});
    let refused = stored(Some("bots = 'quarantine'"), None, &[said(crawler), identify, said(browser)]);
    assert_eq!(
        refused.refused.iter().map(|(reason, detail, _)| (*reason, detail.as_str())).collect::<Vec<_>>(),
        [(Reason::Bot, "it was sent by Googlebot"); 2]
    );
    assert_eq!((refused.events.len(), refused.traits.len(), refused.links.len()), (1, 0, 0));
}

#[test]
fn without_consent_nothing_of_a_message_is_kept() {
    let rules = "[consent]\nrequire = ['Analytics']";
    let says = |yes: bool| json!({"context": {"consent": {"categoryPreferences": {"Analytics": yes, "Advertising": false}}}, "properties": {"secret": 1}});
    let identify = json!({"type": "identify", "userId": "secret", "messageId": "m-2", "traits": {"secret": 1}, "timestamp": "2026-03-01"});
    let broken = json!({"type": "secret", "messageId": "secret@x.org"});
    let kept =
        stored(Some(rules), None, &[order(says(true)), order(says(false)), order(json!({"properties": {"secret": 1}})), identify, broken]);
    assert_eq!(kept.property("consent"), "analytics:yes marketing:no");
    assert_eq!(
        kept.refused.iter().map(|(reason, _, raw)| (*reason, raw.as_str())).collect::<Vec<_>>(),
        [
            (Reason::NoConsent, r#"{"messageId":"m-1"}"#),
            (Reason::NoConsent, r#"{"messageId":"m-1"}"#),
            (Reason::NoConsent, r#"{"messageId":"m-2"}"#),
            (Reason::UnknownType, "{}")
        ]
    );
    assert!(!format!("{:?} {:?} {:?}", kept.refused, kept.traits, kept.links).contains("secret"));
    let accepting = stored(Some("[consent]\nrequire = ['analytics']\nwithout = 'accept'"), None, &[order(says(false))]);
    assert_eq!(accepting.property("consent"), "analytics:no marketing:no");
    let mut no_with_yes = order(says(true));
    no_with_yes["properties"]["consent"] = json!({"analytics": false});
    assert_eq!(stored(Some(rules), None, &[no_with_yes]).refused[0].0, Reason::NoConsent, "a no counts wherever it stands");
}

/// A row of a table has no record to hear: its properties say it.
#[test]
fn rows_of_tables_are_heard_by_their_properties() {
    let policy = Policy::parse("[consent]\nrequire = ['analytics']").unwrap();
    let (mut kept, mut nobody) = (Stored::default(), |_| ());
    let mut gate = Gate::new(&mut kept, &mut nobody, Arc::default(), None);
    gate.policy = Some(&policy);
    let mut pass = |properties: &str| {
        let ids = [(IdKind::USER, "u")];
        let time = periplus_model::Instant(0);
        let row = EventRow { time, event: "e", ids: &ids, channel: None, message_id: None, amount: None, currency: None, properties };
        let result = gate.event(&row).map(|()| crate::gate::Outcome::Accepted);
        gate.settle(1, result, &|| properties.to_owned()).unwrap();
    };
    pass(r#"{"gcs":"G111","user_agent":"curl/8.5.0"}"#);
    pass(r#"{"a":1}"#);
    assert_eq!(kept.events.len(), 1);
    assert_eq!(kept.events[0].2, r#"{"gcs":"G111","user_agent":"curl/8.5.0","bot":"curl","consent":"analytics:yes marketing:yes"}"#);
    assert_eq!((kept.refused[0].0, kept.refused[0].2.as_str()), (Reason::NoConsent, "{}"));
}

#[test]
fn the_measurement_protocol_says_consent_beside_its_events() {
    use crate::collect::{Arrived, Speech, ga4::MeasurementProtocol};
    let at = periplus_model::Instant(1_700_000_000_000_000);
    let arrived = Arrived { at, source: "s", dialect: "ga4-mp", call: "collect", agent: None, body: b"" };
    let body = json!({"client_id": "1.2", "consent": {"ad_user_data": "GRANTED", "ad_personalization": "GRANTED"}, "events": [{"name": "purchase"}]});
    let messages = MeasurementProtocol.messages(&MeasurementProtocol.calls()[0], body, &arrived, &crate::source::Settings::default());
    let (policy, mut kept, mut nobody) = (Policy::default(), Stored::default(), |_| ());
    let mut gate = Gate::new(&mut kept, &mut nobody, Arc::default(), None);
    gate.policy = Some(&policy);
    assert!(crate::dialects::ga4::Ga4.record(&messages[0], &mut gate).is_ok());
    assert_eq!(kept.property("consent"), "marketing:yes");
}

#[test]
fn deviations_from_the_plan_are_marked_or_refused() {
    let rules = "[plan]\nviolations = 'mark'\nunknown_events = 'quarantine'\n[[plan.event]]\nname = 'Order Completed'\nproperties = { revenue = { type = 'number', required = true } }";
    let kept = stored(
        Some(rules),
        None,
        &[order(json!({"properties": {"revenue": "5"}})), order(json!({"event": "Other"})), order(json!({"properties": {"revenue": 5}}))],
    );
    assert_eq!(kept.property("plan_violation"), "revenue is no number");
    assert_eq!((kept.refused[0].0, kept.refused[0].1.as_str()), (Reason::PlanViolation, "the event is not in the plan"));
    assert_eq!(kept.events[1].2, r#"{"revenue":5}"#, "what keeps to the plan is as it was");
}

#[test]
fn mistakes_are_explained() {
    for (text, part) in [
        ("scrub = [{ do = 'drop' }]", "write either `property"),
        ("scrub = [{ property = 'a', identifier = 'b', do = 'drop' }]", "scrub rule 1"),
        ("scrub = [{ property = '*', do = 'drop' }]", "add a `pattern`"),
        ("scrub = [{ identifier = '*', do = 'drop' }]", "add a `pattern`"),
        ("scrub = [{ identifier = 'email', do = 'mask' }]", "do = \"hash\""),
        ("scrub = [{ identifier = 'E-mail', do = 'hash' }]", "a-z, 0-9"),
        ("scrub = [{ property = '', do = 'hash' }]", "the name is empty"),
        ("scrub = [{ property = 'a', do = 'encrypt' }]", "`drop`, `hash`, `mask`"),
        ("scrub = [{ property = 'a', pattern = 'passport', do = 'drop' }]", "`email`"),
        ("hash_key = 'short'", "16 characters"),
        ("[consent]\nrequire = []", "nothing is required"),
        ("[consent]\nrequire = [' ']", "is empty"),
        ("bot = 'mark'", "`bots`"),
        ("[plan]\nunknown = 'mark'", "`unknown_events`"),
    ] {
        let error = Policy::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_guide_shows_rules_that_can_be_used() {
    let guide = include_str!("../../../../docs/guide/collect.md");
    let (_, section) = guide.split_once("## What a source's rules can do").unwrap();
    let (_, rest) = section.split_once("```toml").unwrap();
    let settings = crate::source::Settings::parse(rest.split_once("```").unwrap().0).unwrap();
    assert!(settings.rules.as_ref().is_some_and(|rules| rules.settings().plan.is_some() && rules.settings().scrub.len() == 6));
    assert_eq!(crate::source::Settings::parse(&settings.to_toml().unwrap()).unwrap(), settings);
}

/// JSON with what rules look for in it, whole and in pieces.
fn document() -> impl Strategy<Value = Value> {
    let piece = prop_oneof![
        Just("ana@x.org".to_owned()),
        Just("4111 1111 1111 1111".to_owned()),
        Just("+49 171 1234567".to_owned()),
        Just("203.0.113.77".to_owned()),
        Just("2001:db8::1".to_owned()),
        Just("DE89370400440532013000".to_owned()),
        Just("219-09-9999".to_owned()),
        Just("?email=a%40x.org&".to_owned()),
        Just("@".to_owned()),
        Just(".".to_owned()),
        Just("token=".to_owned()),
        Just("#".to_owned()),
        "[0-9a-f:.]{0,8}",
        "\\PC{0,4}",
        "[a-z=&;?%@+ -]{0,6}",
    ];
    let text = prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        Just(json!(4111111111111111u64)),
        text.prop_map(Value::from),
    ];
    let name =
        prop_oneof![Just("email".to_owned()), Just("token".to_owned()), Just("user".to_owned()), Just("address".to_owned()), "\\PC{0,3}"];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn scrubbed_json_is_json_and_scrubbing_it_again_changes_nothing(value in document(), is_pretty: bool, drop: bool) {
        let rules = if drop { SCRUB.replace("\"mask\"", "\"drop\"") } else { SCRUB.to_owned() };
        let policy = Policy::parse(&rules.replace("\"card\"", "\"phone\"")).unwrap();
        let raw = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let once = policy.scrub_text(&raw);
        prop_assert!(serde_json::from_str::<Value>(&once).is_ok(), "{}", once);
        prop_assert_eq!(policy.scrub_text(&once), once);
        let object = json!({"a": value}).to_string();
        let once = policy.scrub.properties(&object).unwrap_or_else(|| object.clone());
        prop_assert!(once.is_empty() || serde_json::from_str::<Value>(&once).unwrap().is_object());
        prop_assert_eq!(policy.scrub.properties(&once), None);
    }

    #[test]
    fn what_no_rule_names_stays_to_the_byte(value in document(), is_pretty: bool) {
        let raw = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let policy = Policy::parse("scrub = [{ property = 'nothing is called so', do = 'drop' }, { identifier = 'nobody', do = 'hash' }]").unwrap();
        prop_assert_eq!(policy.scrub_text(&raw), raw);
    }

    #[test]
    fn a_dropped_property_is_all_that_is_missing(value in document()) {
        fn without(value: &Value) -> Value {
            match value {
                Value::Object(fields) => Value::Object(fields.iter().filter(|(name, _)| *name != "token").map(|(name, value)| (name.clone(), without(value))).collect()),
                Value::Array(items) => items.iter().map(without).collect(),
                other => other.clone(),
            }
        }
        // The texts have no parameters here: those are properties too.
        let plain: Value = serde_json::from_str(&value.to_string().replace('=', ":")).unwrap();
        let raw = plain.to_string();
        let policy = Policy::parse("scrub = [{ property = 'token', do = 'drop' }]").unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&policy.scrub_text(&raw)).unwrap(), without(&plain));
    }

    #[test]
    fn any_text_can_be_looked_at(text in "\\PC{0,60}") {
        let policy = Policy::parse(SCRUB).unwrap();
        policy.scrub_text(&text);
        for pattern in Pattern::ALL {
            if let Some(range) = pattern.find(&text, 0) {
                prop_assert!(text.get(range).is_some_and(|found| !found.is_empty()));
            }
        }
        bots::name(&text, true);
        Consent::of_record(&json!({"consent": text, "context": {"consent": {"a": text}}}));
    }
}
