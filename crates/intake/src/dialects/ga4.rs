//! The event export of Google Analytics 4 to BigQuery, as Parquet or as JSON Lines (where integers are texts).
//!
//! - `user_id` is the login, `user_pseudo_id` the browser or app; `user_properties` are traits.
//! - `event_params` become properties, under their own names; of device, geo, traffic source and shop the columns of
//!   `COLUMNS` do, where no parameter has the name; `items` stays a list.
//! - The channel is the medium of the event's own campaign, else of the customer's first; without either `web` or `app`.
//! - The amount is the purchase's revenue, or the refund as a negative amount.

use periplus_model::{EventRow, IdKind, Instant, LinkRow, Money, Reason, TraitRow};
use serde_json::{Map, Value};

use crate::cell::Cell;
use crate::dialects::{Dialect, campaign_channel};
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::ids::Ids;
use crate::json::{at, check_texts, text_at};
use crate::limits;
use crate::rules::money;
use crate::when::{Pattern, TimeReader};

/// The dialect.
#[derive(Debug)]
pub struct Ga4;

/// Which columns become which properties.
const COLUMNS: [(&str, &str); 15] = [
    ("platform", "platform"),
    ("device.category", "device_category"),
    ("device.operating_system", "operating_system"),
    ("device.language", "language"),
    ("device.web_info.browser", "browser"),
    ("geo.country", "country"),
    ("geo.region", "region"),
    ("geo.city", "city"),
    ("traffic_source.source", "first_source"),
    ("traffic_source.medium", "first_medium"),
    ("traffic_source.name", "first_campaign"),
    ("ecommerce.transaction_id", "transaction_id"),
    ("ecommerce.total_item_quantity", "total_item_quantity"),
    ("ecommerce.shipping_value", "shipping"),
    ("ecommerce.tax_value", "tax"),
];

impl Dialect for Ga4 {
    fn name(&self) -> &'static str {
        "ga4"
    }

    fn speaks(&self, record: &Value) -> bool {
        ["event_name", "event_timestamp"].iter().all(|key| record.get(key).is_some())
            && (record.get("user_pseudo_id").is_some() || record.get("event_params").is_some())
    }

    fn record(&self, record: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        gate.hear(record);
        let reader = TimeReader::new(Pattern::Epoch(1), None);
        let Some(stamp) = at(record, "event_timestamp") else { return refuse(Reason::NoTime, "there is no event_timestamp") };
        let Some(time) = reader.read(Cell::of(stamp)) else {
            return refuse(Reason::BadTime, "event_timestamp is not a number of microseconds between 1900 and 2200");
        };
        let mut ids = Ids::default();
        ids.push(&IdKind::USER, &text_at(record, "user_id").unwrap_or_default())?;
        ids.push(&IdKind::ANONYMOUS, &text_at(record, "user_pseudo_id").unwrap_or_default())?;
        let name = text_at(record, "event_name").unwrap_or_default();
        let parameters = parameters(record.get("event_params"));
        let parameter = |key: &str| parameters.get(key).and_then(Value::as_str);
        let own = ["collected_traffic_source.manual_medium", "session_traffic_source_last_click.manual_campaign.medium"];
        let own = own.iter().find_map(|path| text_at(record, path));
        let (first_medium, first_source) = (text_at(record, "traffic_source.medium"), text_at(record, "traffic_source.source"));
        let channel = campaign_channel(own.as_deref().or(parameter("medium")), parameter("source"))
            .or_else(|| campaign_channel(first_medium.as_deref(), first_source.as_deref()))
            .map(|channel| channel.into_owned())
            .or_else(|| text_at(record, "platform").map(|platform| if platform == "WEB" { "web" } else { "app" }.to_owned()));
        let amount = amount(record, &name, &parameters)?;
        let currency = parameter("currency").map(str::to_ascii_uppercase).filter(|code| amount.is_some() && code.len() == 3);
        let properties = properties(record, parameters)?;
        // The export has none; what is collected gets one.
        let message_id = text_at(record, "messageId");
        ids.with(|ids| {
            let event = EventRow {
                time,
                event: &name,
                ids,
                channel: channel.as_deref(),
                message_id: message_id.as_deref(),
                amount,
                currency: currency.as_deref(),
                properties: &properties,
            };
            gate.event(&event)?;
            gate.link(&LinkRow { time: Some(time), ids })?;
            send_traits(record, time, ids, gate)
        })?;
        Ok(Outcome::Accepted)
    }
}

fn send_traits(record: &Value, time: Instant, ids: &[(IdKind, &str)], gate: &mut Gate<'_>) -> Result<(), Stop> {
    for (name, value) in parameters(record.get("user_properties")) {
        gate.traits(&TraitRow { time: Some(time), ids, name: &name, value: &value.to_string() })?;
    }
    Ok(())
}

/// A list of keys and typed values as an object.
fn parameters(list: Option<&Value>) -> Map<String, Value> {
    let mut found = Map::new();
    for item in list.and_then(Value::as_array).into_iter().flatten() {
        // Keys that look like numbers are numbers in some exports.
        let Some(key) = text_at(item, "key") else { continue };
        let value = match item.get("value") {
            Some(Value::Object(typed)) => typed,
            _ => continue,
        };
        let set = |kind: &str| typed_value(value.get(kind), kind);
        if let Some(value) = ["string_value", "int_value", "double_value", "float_value"].iter().find_map(|kind| set(kind)) {
            found.insert(key, value);
        }
    }
    found
}

/// JSON exports write integers as texts.
fn typed_value(value: Option<&Value>, kind: &str) -> Option<Value> {
    match value? {
        Value::Null => None,
        Value::String(text) if kind == "int_value" => Some(text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from)),
        value => Some(value.clone()),
    }
}

fn amount(record: &Value, name: &str, parameters: &Map<String, Value>) -> Result<Option<Money>, Refusal> {
    let read = |value: Option<&Value>| value.map(|value| money(Cell::of(value), false)).transpose().map(Option::flatten);
    Ok(match name {
        "purchase" | "in_app_purchase" | "ecommerce_purchase" => match read(at(record, "ecommerce.purchase_revenue"))? {
            None => read(parameters.get("value"))?,
            found => found,
        },
        "refund" => match read(at(record, "ecommerce.refund_value"))? {
            None => read(parameters.get("value"))?,
            found => found,
        }
        .map(|money| Money(-money.0.abs())),
        _ => None,
    })
}

fn properties(record: &Value, parameters: Map<String, Value>) -> Result<String, Refusal> {
    let mut properties = parameters;
    for (path, name) in COLUMNS {
        if let Some(value) = at(record, path).filter(|value| !is_placeholder(value)) {
            properties.entry(name).or_insert_with(|| value.clone());
        }
    }
    if let Some(Value::Array(items)) = record.get("items").filter(|items| items.as_array().is_some_and(|items| !items.is_empty())) {
        let mut bare = items.clone();
        for item in bare.iter_mut().filter_map(Value::as_object_mut) {
            item.retain(|_, value| !value.is_null() && !is_placeholder(value));
        }
        let items = Value::Array(bare);
        // A list over the limit of a property is left out; the event is worth more than its details.
        if items.to_string().len() <= limits::PROPERTY_TEXT {
            properties.insert("items".to_owned(), items);
        }
    }
    check_texts(&properties)?;
    Ok(if properties.is_empty() { String::new() } else { Value::Object(properties).to_string() })
}

fn is_placeholder(value: &Value) -> bool {
    matches!(value.as_str(), Some("" | "(not set)" | "<Other>" | "(data deleted)"))
}
