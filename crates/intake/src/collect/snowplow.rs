//! Snowplow's tracker protocol, version 2: `GET /i` and `POST /com.snowplowanalytics.snowplow/tp2`.
//!
//! An event becomes what it would be in Segment's words ([`super::segment`]). By its type `e`:
//!
//! - **pv** is a page, the event `page`; **pp** the event `page_ping`, with how far the page was scrolled.
//! - **se** is an event named after its action (`se_ac`, else `se_ca`), with `category`, `action`, `label`, `property` and `value`.
//! - **ue** is named after its schema: `iglu:com.acme/basket_shared/jsonschema/1-0-0` is `basket_shared`, and its data are the properties. Snowplow's
//!   own `screen_view` is a screen, the event `screen`.
//! - **tr** is the event `transaction`, with `order_id`, `total` as the amount, and `currency`; **ti** is `transaction_item`.
//! - What hangs on an event as context (`co`, `cx`) becomes the property `contexts`, by the names of the schemas.
//!
//! Who it was: `uid` is the user id, `duid` (else the `userId` of a mobile tracker's session, else `nuid` or `tnuid`) the anonymous id.
//! `eid` is the message id. `ttm`, where the tracker knows the true time, is the time; else `dtm`, with the clock put right by
//! `stm` as everybody's is. Campaigns are read from the page's address. Trackers have no write key: the application's id (`aid`) is it, unless
//! the address or a header names another.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use periplus_model::{Instant, Reason};
use serde_json::{Map, Value, json};

use super::segment::{is_translated, translate_all};
use super::{Arrived, Call, Meaning, Method, Sent, Speech, Thanks};
use crate::dialects::{Dialect, segment};
use crate::gate::{Refusal, refuse};
use crate::json::{at, parse, text_at};
use crate::limits;
use crate::source::Settings;

/// The dialect.
pub struct Snowplow;

const CALLS: &[Call] = &[Call::asked("/i", "i"), Call::kept("/com.snowplowanalytics.snowplow/tp2", "tp2")];

/// Of a structured event, a page ping, a transaction and its items: what becomes which property.
const PROPERTIES: [(&str, &str); 28] = [
    ("se_ca", "category"),
    ("se_ac", "action"),
    ("se_la", "label"),
    ("se_pr", "property"),
    ("se_va", "value"),
    ("pp_mix", "scroll_x_min"),
    ("pp_max", "scroll_x_max"),
    ("pp_miy", "scroll_y_min"),
    ("pp_may", "scroll_y_max"),
    ("tr_id", "order_id"),
    ("tr_af", "affiliation"),
    ("tr_tt", "total"),
    ("tr_tx", "tax"),
    ("tr_sh", "shipping"),
    ("tr_ci", "city"),
    ("tr_st", "state"),
    ("tr_co", "country"),
    ("tr_cu", "currency"),
    ("ti_id", "order_id"),
    ("ti_sk", "sku"),
    ("ti_na", "name"),
    ("ti_ca", "category"),
    ("ti_pr", "price"),
    ("ti_qu", "quantity"),
    ("ti_cu", "currency"),
    ("sid", "session_id"),
    ("vid", "session_number"),
    ("res", "screen_resolution"),
];

/// Which of them are numbers, and may be written as such.
const NUMBERS: [&str; 11] = ["se_va", "pp_mix", "pp_max", "pp_miy", "pp_may", "tr_tt", "tr_tx", "tr_sh", "ti_pr", "ti_qu", "vid"];

/// The parameters of an address that name a campaign.
const CAMPAIGN: [(&str, &str); 5] =
    [("utm_source", "source"), ("utm_medium", "medium"), ("utm_campaign", "name"), ("utm_term", "term"), ("utm_content", "content")];

impl Speech for Snowplow {
    fn name(&self) -> &'static str {
        "snowplow"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn decode(&self, call: &Call, sent: Sent<'_>, _settings: &Settings) -> Result<Vec<u8>, Refusal> {
        Ok(match call.method {
            Method::Get => json!({"data": [sent.query_object()]}).to_string().into_bytes(),
            Method::Post => sent.body.to_vec(),
        })
    }

    fn key_in_query(&self) -> Option<&'static str> {
        Some("key")
    }

    fn key<'b>(&self, body: &'b Value) -> Option<&'b str> {
        body.get("data")?.get(0)?.get("aid")?.as_str()
    }

    fn count(&self, _call: &Call, body: &Value, _settings: &Settings) -> usize {
        body.get("data").and_then(Value::as_array).map_or(1, Vec::len)
    }

    fn messages(&self, _call: &Call, mut body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        let events = match body.get_mut("data").map(Value::take) {
            Some(Value::Array(events)) => events,
            // Nothing of what the protocol knows: refused with the whole body to look at.
            _ => vec![body],
        };
        translate_all(events, arrived.at, |event| translated(event, arrived.agent).ok())
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| match is_translated(message) {
            true => segment::Segment.record(message, gate),
            false => Err(translated(message, None).err().unwrap_or_else(unknown).into()),
        })
    }

    fn thanks(&self, call: &Call) -> Thanks {
        match call.method {
            Method::Get => Thanks::PIXEL,
            Method::Post => Thanks::text("ok"),
        }
    }
}

fn unknown() -> Refusal {
    Refusal { reason: Reason::Malformed, detail: "this is no event of Snowplow's tracker protocol".into() }
}

/// An event in Segment's words.
fn translated(event: &Value, agent: Option<&str>) -> Result<Value, Refusal> {
    let Value::Object(fields) = event else { return Err(unknown()) };
    let text = |key: &str| text_at(event, key);
    let contexts = match inner(fields, "co", "cx")? {
        Some(Value::Array(contexts)) => by_schema(contexts),
        _ => Map::new(),
    };
    let mut properties = Map::new();
    for (theirs, ours) in PROPERTIES {
        if let Some(value) = text(theirs) {
            let number = NUMBERS.contains(&theirs).then(|| serde_json::from_str::<serde_json::Number>(&value).ok()).flatten();
            properties.insert(ours.to_owned(), number.map_or(value.into(), Value::Number));
        }
    }
    let mut kind = "track";
    let name = match text("e").as_deref() {
        Some("pv") => {
            kind = "page";
            None
        }
        Some("pp") => Some("page_ping".to_owned()),
        Some("se") => text("se_ac").or_else(|| text("se_ca")),
        Some("tr") => Some("transaction".to_owned()),
        Some("ti") => Some("transaction_item".to_owned()),
        Some("ue") => {
            let Some(Value::Object(mut own)) = inner(fields, "ue_pr", "ue_px")? else {
                return refuse(Reason::Malformed, "a self-describing event needs ue_pr or ue_px, with a schema and data");
            };
            let schema = own.get("schema").and_then(Value::as_str).and_then(schema_name).map(str::to_owned);
            match own.shift_remove("data") {
                Some(Value::Object(data)) => properties.extend(data),
                None | Some(Value::Null) => {}
                Some(other) => drop(properties.insert("data".to_owned(), other)),
            }
            match schema.as_deref() {
                None => return refuse(Reason::NoEvent, "the event's schema is not written as iglu:vendor/name/format/version"),
                Some("screen_view") => {
                    kind = "screen";
                    None
                }
                Some(_) => schema,
            }
        }
        Some(other) => {
            let other: String = other.chars().take(20).collect();
            return refuse(Reason::UnknownType, format!("'{other}' is not a type of event; pv, pp, se, ue, tr and ti are"));
        }
        None => return refuse(Reason::UnknownType, "the event has no type (e)"),
    };
    let session = contexts.get("client_session").cloned().unwrap_or_default();
    if let Some(id) = text_at(&session, "sessionId") {
        properties.entry("session_id").or_insert_with(|| id.into());
    }
    let anonymous = text("duid").or_else(|| text_at(&session, "userId")).or_else(|| text("nuid")).or_else(|| text("tnuid"));
    let mut message = json!({"type": kind, "context": context(event, agent)});
    let time = text("ttm").or_else(|| text("dtm")).map(moment);
    // What is known to be true needs no correction.
    let sent = text("stm").filter(|_| text("ttm").is_none()).map(moment);
    let surface = match text("p").as_deref() {
        Some("web") => Some("web"),
        Some("mob") => Some("mobile"),
        _ => None,
    };
    if !contexts.is_empty() {
        properties.insert("contexts".to_owned(), contexts.into());
    }
    let more = [
        ("event", name.map(Value::from)),
        ("name", text("page").filter(|_| kind == "page").map(Value::from)),
        ("messageId", text("eid").map(Value::from)),
        ("userId", text("uid").map(Value::from)),
        ("anonymousId", anonymous.map(Value::from)),
        ("timestamp", time),
        ("sentAt", sent),
        ("channel", surface.map(Value::from)),
        ("properties", (!properties.is_empty()).then(|| properties.into())),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            message[name] = value;
        }
    }
    Ok(message)
}

/// A number of milliseconds since 1970 as a time; what is no such number stays as it is, and is refused for that.
fn moment(text: String) -> Value {
    match text
        .parse::<i64>()
        .ok()
        .and_then(|millis| millis.checked_mul(1_000))
        .and_then(|micros| crate::when::within_bounds(Instant(micros)))
    {
        Some(time) => time.to_string().into(),
        None => text.into(),
    }
}

/// What is known of page, campaign, library and device.
fn context(event: &Value, agent: Option<&str>) -> Value {
    let mut context = Map::new();
    let mut put = |part: &str, name: &str, value: Option<String>| {
        if let Some(value) = value
            && let Value::Object(fields) = context.entry(part).or_insert_with(|| Value::Object(Map::new()))
        {
            fields.insert(name.to_owned(), value.into());
        }
    };
    let url = text_at(event, "url");
    let (path, campaign) = url.as_deref().map(address).unwrap_or_default();
    put("page", "url", url.clone());
    put("page", "path", path);
    put("page", "title", text_at(event, "page"));
    put("page", "referrer", text_at(event, "refr"));
    for (name, value) in campaign {
        put("campaign", name, Some(value));
    }
    put("library", "name", Some("snowplow".to_owned()));
    put("library", "version", text_at(event, "tv"));
    for (theirs, ours) in [("lang", "locale"), ("tz", "timezone"), ("ua", "userAgent")] {
        if let Some(value) = text_at(event, theirs).or_else(|| agent.filter(|_| theirs == "ua").map(str::to_owned)) {
            context.insert(ours.to_owned(), value.into());
        }
    }
    context.into()
}

/// The path of an address, and the campaign that it names.
fn address(url: &str) -> (Option<String>, Vec<(&'static str, String)>) {
    let whole = url.split('#').next().unwrap_or_default();
    let (place, query) = whole.split_once('?').unwrap_or((whole, ""));
    let path = place.split_once("://").map(|(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]).to_owned());
    let named = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        CAMPAIGN.iter().find(|(parameter, _)| *parameter == key).map(|(_, name)| (*name, value.into_owned()))
    };
    (path, form_urlencoded::parse(query.as_bytes()).filter_map(named).filter(|(_, value)| !value.is_empty()).collect())
}

/// With or without padding: trackers do it either way.
const URL_SAFE: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// What a field holds that is JSON in a text, or that in base64 in another field: the data in its envelope.
fn inner(fields: &Map<String, Value>, plain: &str, packed: &str) -> Result<Option<Value>, Refusal> {
    let text = match (fields.get(plain).and_then(Value::as_str), fields.get(packed).and_then(Value::as_str)) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(packed)) => match URL_SAFE.decode(packed.trim()) {
            Ok(text) => text,
            Err(_) => return refuse(Reason::Malformed, "ue_px or cx is no base64"),
        },
        (None, None) => return Ok(None),
    };
    if text.len() > limits::MESSAGE {
        return refuse(Reason::TooLarge, format!("'{plain}' has {} bytes; {} are allowed", text.len(), limits::MESSAGE));
    }
    Ok(at(&parse(&text)?, "data").cloned())
}

/// The name in `iglu:vendor/name/format/version`.
fn schema_name(schema: &str) -> Option<&str> {
    schema.strip_prefix("iglu:")?.split('/').nth(1).filter(|name| !name.is_empty())
}

/// Self-describing data by the names of their schemas; a list where a name comes more than once.
fn by_schema(contexts: Vec<Value>) -> Map<String, Value> {
    let mut named: Map<String, Value> = Map::new();
    for mut context in contexts {
        let Some(name) = context.get("schema").and_then(Value::as_str).and_then(schema_name).map(str::to_owned) else { continue };
        let data = context.get_mut("data").map(Value::take).unwrap_or_default();
        match named.get_mut(&name) {
            None => drop(named.insert(name, data)),
            Some(Value::Array(several)) => several.push(data),
            Some(one) => *one = Value::Array(vec![one.take(), data]),
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant(1_700_000_000_000_000);

    fn told(call: &Call, query: &str, body: &[u8]) -> Vec<Value> {
        let settings = Settings::default();
        let decoded = Snowplow.decode(call, Sent { query, headers: &[], body }, &settings).unwrap();
        let body = super::super::body(&decoded).unwrap();
        assert_eq!(Snowplow.key(&body), Some("shop"));
        let arrived = Arrived { at: AT, source: "s", dialect: "snowplow", call: call.name, agent: Some("Firefox"), body: b"" };
        Snowplow.messages(call, body, &arrived, &settings)
    }

    fn posted(events: Value) -> Vec<Value> {
        let body = json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": events});
        told(&CALLS[1], "", body.to_string().as_bytes())
    }

    #[test]
    fn a_page_is_told_as_segment_tells_it() {
        let query = "e=pv&p=web&tv=js-3.1.0&aid=shop&eid=m1&duid=d&nuid=n&uid=ana&dtm=1700000000123&stm=1700000000200&lang=de&tz=Europe%2FBerlin&page=Home&refr=https%3A%2F%2Fx.org%2F&url=https%3A%2F%2Fshop.example%2Fa%2Fb%3Futm_source%3Dnews%26utm_medium%3Demail%26x%3D1%23top&res=1920x1080&vid=3&sid=s1";
        let page = &told(&CALLS[0], query, b"")[0];
        assert_eq!(
            [&page["type"], &page["messageId"], &page["userId"], &page["anonymousId"], &page["name"], &page["channel"]],
            ["page", "m1", "ana", "d", "Home", "web"]
        );
        assert_eq!(
            page["context"],
            json!({"page": {"url": "https://shop.example/a/b?utm_source=news&utm_medium=email&x=1#top", "path": "/a/b", "title": "Home", "referrer": "https://x.org/"},
                "campaign": {"source": "news", "medium": "email"}, "library": {"name": "snowplow", "version": "js-3.1.0"},
                "locale": "de", "timezone": "Europe/Berlin", "userAgent": "Firefox"})
        );
        assert_eq!(page["properties"], json!({"session_id": "s1", "session_number": 3, "screen_resolution": "1920x1080"}));
        assert_eq!((&page["originalTimestamp"], page.get("sentAt")), (&json!("2023-11-14T22:13:20.123Z"), None));
    }

    #[test]
    fn times_are_true_or_put_right() {
        let time = |more: Value| {
            let mut event = json!({"e": "pp", "aid": "shop", "duid": "d"});
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            posted(json!([event])).remove(0)
        };
        let late = time(json!({"dtm": "1600000000000", "stm": "1600000060000"}));
        assert_eq!((&late["originalTimestamp"], &late["sentAt"]), (&json!("2020-09-13T12:26:40Z"), &json!("2020-09-13T12:27:40Z")));
        let known = time(json!({"dtm": "1600000000000", "stm": "1600000060000", "ttm": 1_650_000_000_000i64}));
        assert_eq!((&known["originalTimestamp"], known.get("sentAt")), (&json!("2022-04-15T05:20:00Z"), None));
        assert_eq!(time(json!({"dtm": "soon"}))["originalTimestamp"], "soon", "refused later, with its reason");
    }

    #[test]
    fn other_events_have_names_by_their_types() {
        let own = |schema: &str, data: Value| {
            json!({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": {"schema": schema, "data": data}}).to_string()
        };
        let shared = own("iglu:com.acme/basket_shared/jsonschema/1-0-0", json!({"with": "bo", "n": 2}));
        let context = json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0", "data": [
            {"schema": "iglu:com.snowplowanalytics.snowplow/client_session/jsonschema/1-0-2", "data": {"userId": "phone-1", "sessionId": "s9"}},
            {"schema": "iglu:com.acme/item/jsonschema/1-0-0", "data": {"sku": "a"}}, {"schema": "iglu:com.acme/item/jsonschema/1-0-0", "data": {"sku": "b"}}, {"schema": "odd"}, 7]});
        let told = posted(json!([
            {"e": "ue", "aid": "shop", "ue_px": URL_SAFE.encode(&shared), "cx": URL_SAFE.encode(context.to_string()).trim_end_matches('='), "p": "mob"},
            {"e": "ue", "ue_pr": own("iglu:com.snowplowanalytics.mobile/screen_view/jsonschema/1-0-0", json!({"name": "Basket"})), "uid": "ana"},
            {"e": "se", "se_ca": "video", "se_ac": "play", "se_va": "1.5"},
            {"e": "tr", "tr_id": "o1", "tr_tt": "59.90", "tr_cu": "eur"},
            {"e": "ti", "ti_id": "o1", "ti_sk": "a", "ti_pr": "5", "ti_qu": "2"},
        ]));
        assert_eq!(
            (&told[0]["event"], &told[0]["anonymousId"], &told[0]["channel"]),
            (&json!("basket_shared"), &json!("phone-1"), &json!("mobile"))
        );
        assert_eq!((&told[0]["properties"]["with"], &told[0]["properties"]["session_id"]), (&json!("bo"), &json!("s9")));
        assert_eq!(told[0]["properties"]["contexts"]["item"], json!([{"sku": "a"}, {"sku": "b"}]));
        assert_eq!((&told[1]["type"], &told[1]["properties"]["name"]), (&json!("screen"), &json!("Basket")));
        assert_eq!((&told[2]["event"], &told[2]["properties"]["value"]), (&json!("play"), &json!(1.5)));
        assert_eq!(
            (&told[3]["event"], &told[3]["properties"]["total"], &told[3]["properties"]["currency"]),
            (&json!("transaction"), &json!(59.9), &json!("eur"))
        );
        assert_eq!((&told[4]["event"], &told[4]["properties"]["quantity"]), (&json!("transaction_item"), &json!(2)));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_with_its_reason() {
        let deep = format!("{}1{}", r#"{"data":"#.repeat(40), "}".repeat(40));
        for (event, reason) in [
            (json!({"e": "xx"}), Reason::UnknownType),
            (json!({}), Reason::UnknownType),
            (json!("e=pv"), Reason::Malformed),
            (json!({"e": "ue"}), Reason::Malformed),
            (json!({"e": "ue", "ue_px": "***"}), Reason::Malformed),
            (json!({"e": "ue", "ue_pr": "{"}), Reason::Malformed),
            (json!({"e": "ue", "ue_pr": deep}), Reason::TooComplex),
            (json!({"e": "ue", "ue_pr": r#"{"data":{"schema":"x","data":{}}}"#}), Reason::NoEvent),
        ] {
            assert_eq!(translated(&event, None).unwrap_err().reason, reason, "{event}");
        }
    }
}
