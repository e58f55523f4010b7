//! Google Analytics 4's Measurement Protocol: `POST /mp/collect?api_secret=KEY`, and `/debug/mp/collect`, which keeps nothing and
//! says what would be refused.
//!
//! Each event becomes what it is in GA4's own export ([`crate::dialects::ga4`]). The protocol has no ids of events: one that says when it
//! happened (`timestamp_micros`) counts once, one that does not counts each time it is sent.

use periplus_model::Instant;
use serde_json::{Map, Value, json};

use super::segment::tell_apart;
use super::{Arrived, Call, Meaning, Refused, Speech, Thanks};
use crate::dialects::{Dialect, ga4};
use crate::source::Settings;

/// The dialect.
pub struct MeasurementProtocol;

const CALLS: &[Call] = &[Call::kept("/mp/collect", "collect"), Call::examined("/debug/mp/collect", "debug")];

impl Speech for MeasurementProtocol {
    fn name(&self) -> &'static str {
        "ga4-mp"
    }

    fn calls(&self) -> &'static [Call] {
        CALLS
    }

    fn key_in_query(&self) -> Option<&'static str> {
        Some("api_secret")
    }

    fn key<'b>(&self, _body: &'b Value) -> Option<&'b str> {
        None
    }

    fn count(&self, _call: &Call, body: &Value, _settings: &Settings) -> usize {
        body.get("events").and_then(Value::as_array).map_or(1, Vec::len)
    }

    fn shared(&self) -> &'static [&'static str] {
        &["user_properties", "user_id", "client_id", "app_instance_id", "timestamp_micros", "consent"]
    }

    fn messages(&self, _call: &Call, mut body: Value, arrived: &Arrived<'_>, _settings: &Settings) -> Vec<Value> {
        let events = match body.get_mut("events").map(Value::take) {
            Some(Value::Array(events)) => events,
            // Nothing of what the protocol knows: refused with the whole body to look at.
            _ => return vec![body],
        };
        let mut messages: Vec<Value> = events.into_iter().map(|event| exported(event, &body, arrived.at)).collect();
        tell_apart(&mut messages);
        messages
    }

    fn meaning(&self) -> Meaning {
        Meaning::Own(|message, gate| ga4::Ga4.record(message, gate))
    }

    fn thanks(&self, _call: &Call) -> Thanks {
        Thanks::json("{}")
    }

    fn told(&self, refused: &[Refused]) -> Value {
        let message = |one: &Refused| json!({"fieldPath": format!("events[{}]", one.number - 1), "description": one.detail, "validationCode": one.code.to_ascii_uppercase()});
        json!({"validationMessages": refused.iter().map(message).collect::<Vec<_>>()})
    }
}

/// An event as the export writes it.
fn exported(event: Value, body: &Value, at: Instant) -> Value {
    let Value::Object(mut event) = event else { return event };
    let pick = |keys: &[&str]| keys.iter().find_map(|key| body.get(*key).filter(|value| !value.is_null())).cloned().unwrap_or_default();
    let mut parameters = match event.shift_remove("params") {
        Some(Value::Object(parameters)) => parameters,
        _ => Map::new(),
    };
    let items = parameters.shift_remove("items");
    let time = event.get("timestamp_micros").filter(|time| !time.is_null()).cloned();
    let time = time.or_else(|| body.get("timestamp_micros").filter(|time| !time.is_null()).cloned()).unwrap_or_else(|| at.micros().into());
    let properties = match body.get("user_properties") {
        Some(Value::Object(properties)) => {
            properties.iter().map(|(key, value)| (key.clone(), value.get("value").cloned().unwrap_or_default())).collect()
        }
        _ => Map::new(),
    };
    let mut message = json!({
        "event_name": event.get("name").cloned().unwrap_or_default(),
        "event_timestamp": time,
        "user_id": pick(&["user_id"]),
        "user_pseudo_id": pick(&["client_id", "app_instance_id"]),
        "platform": if body.get("app_instance_id").is_some() { "APP" } else { "WEB" },
        "event_params": listed(parameters),
        "user_properties": listed(properties),
    });
    // Absent where it is absent: what has no id is known by what it says.
    if let Some(consent) = body.get("consent") {
        message["consent"] = consent.clone();
    }
    if let Some(items) = items {
        message["items"] = items;
    }
    message
}

/// Keys and values as the export writes them: by type.
fn listed(values: Map<String, Value>) -> Vec<Value> {
    let typed = |value: Value| match &value {
        Value::Number(number) if number.is_i64() => json!({"int_value": value}),
        Value::Number(_) => json!({"double_value": value}),
        Value::String(_) => json!({"string_value": value}),
        other => json!({"string_value": other.to_string()}),
    };
    values.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| json!({"key": key, "value": typed(value)})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_as_the_export_tells_them() {
        let at = Instant(1_700_000_000_000_000);
        let arrived = Arrived { at, source: "s", dialect: "ga4-mp", call: "collect", agent: None, body: b"" };
        let body = json!({"client_id": "1.2", "user_id": "ana", "user_properties": {"plan": {"value": "gold"}},
            "events": [{"name": "purchase", "params": {"currency": "eur", "value": 59.9, "items": [{"item_id": "a"}], "session_id": "7", "new": true}},
                {"name": "page_view", "timestamp_micros": "1600000000000000"}, 3]});
        assert_eq!(MeasurementProtocol.count(&CALLS[0], &body, &Settings::default()), 3);
        let told = MeasurementProtocol.messages(&CALLS[0], body, &arrived, &Settings::default());
        assert_eq!((&told[0]["event_timestamp"], &told[1]["event_timestamp"]), (&json!(at.micros()), &json!("1600000000000000")));
        assert_eq!((&told[0]["user_pseudo_id"], &told[0]["user_id"], &told[0]["platform"]), (&json!("1.2"), &json!("ana"), &json!("WEB")));
        assert_eq!(told[0]["user_properties"], json!([{"key": "plan", "value": {"string_value": "gold"}}]));
        assert_eq!(told[0]["event_params"][1], json!({"key": "value", "value": {"double_value": 59.9}}));
        assert_eq!((&told[0]["items"][0]["item_id"], &told[2]), (&json!("a"), &json!(3)));
        assert!(ga4::Ga4.speaks(&told[0]) && ga4::Ga4.speaks(&told[1]));
    }
}
