//! Writing cases as XES 1.0, so that a log that was imported can be exported, and what was exported imported again, with
//! nothing lost on the way: `export(import(export(x))) == export(x)`, byte for byte.
//!
//! How types and nested attributes are kept in JSON is told in [`crate::dialects::xes`]. What events of other sources have
//! beyond XES is written as attributes that begin with `periplus:`; the import knows them again. Not kept are comments
//! and the order of the attributes of one event (names and times are written first). Characters that XML cannot
//! hold (control characters) are replaced.

use std::io::{self, Write};

use periplus_model::{EventRow, IdKind};
use serde_json::{Map, Value, json};

use crate::cell::Cell;
use crate::dialects::xes::{LOG_TRAIT, OWN, case_kind};
use crate::when::TimeReader;

/// A case: a customer, or whatever else the log is about.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What kind of identifier names the case: `case_id` for imported logs.
    pub kind: IdKind,
    /// The case's name.
    pub id: &'a str,
    /// Traits: names and values as JSON text. [`LOG_TRAIT`] is not written among them.
    pub traits: Vec<(&'a str, &'a str)>,
    /// The events, in order.
    pub events: Vec<EventRow<'a>>,
}

/// Writes a log. `log` is the trait [`LOG_TRAIT`] of the imported log's first case, if there is one; without it a header
/// with the standard extensions and one classifier is written.
///
/// # Errors
/// When writing fails, or JSON text of a case is none.
pub fn write<'a>(log: Option<&str>, cases: impl IntoIterator<Item = Case<'a>>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
    header(&log.map_or_else(|| Ok(standard()), parse)?, out)?;
    for case in cases {
        out.write_all(b"  <trace>\n")?;
        attribute("concept:name", &Value::from(case.id), 4, out)?;
        if case.kind != case_kind() {
            attribute("periplus:id_kind", &Value::from(case.kind.name()), 4, out)?;
        }
        for (name, value) in case.traits.iter().filter(|(name, _)| *name != LOG_TRAIT) {
            attribute(name, &parse(value)?, 4, out)?;
        }
        for row in &case.events {
            event(row, out)?;
        }
        out.write_all(b"  </trace>\n")?;
    }
    out.write_all(b"</log>\n")
}

fn parse(text: &str) -> io::Result<Value> {
    serde_json::from_str(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("a stored value is no JSON: {error}")))
}

fn standard() -> Value {
    let extension =
        |name: &str, prefix: &str| json!({"name": name, "prefix": prefix, "uri": format!("http://www.xes-standard.org/{prefix}.xesext")});
    json!({
        "attributes": {"xes.features": "nested-attributes", "xes.version": "1.0", "xmlns": "http://www.xes-standard.org/"},
        "extensions": [extension("Concept", "concept"), extension("Time", "time"), extension("Lifecycle", "lifecycle"), extension("Organizational", "org")],
        "globals": [],
        "classifiers": [{"keys": "concept:name", "name": "Event Name"}],
        "values": []
    })
}

fn header(log: &Value, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"<log")?;
    xml_attributes(&log["attributes"], out)?;
    out.write_all(b">\n")?;
    for (tag, list) in [("extension", "extensions"), ("global", "globals"), ("classifier", "classifiers")] {
        for entry in log[list].as_array().into_iter().flatten() {
            if tag == "global" {
                writeln!(out, "  <global scope=\"{}\">", escaped(entry["scope"].as_str().unwrap_or("event")))?;
                pairs(&entry["attributes"], 4, out)?;
                out.write_all(b"  </global>\n")?;
            } else {
                write!(out, "  <{tag}")?;
                xml_attributes(entry, out)?;
                out.write_all(b"/>\n")?;
            }
        }
    }
    pairs(&log["values"], 2, out)
}

fn xml_attributes(fields: &Value, out: &mut dyn Write) -> io::Result<()> {
    for (key, value) in fields.as_object().into_iter().flatten() {
        write!(out, " {key}=\"{}\"", escaped(value.as_str().unwrap_or_default()))?;
    }
    Ok(())
}

fn event(row: &EventRow<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut fields = if row.properties.is_empty() { Map::new() } else { parse(row.properties)?.as_object().cloned().unwrap_or_default() };
    out.write_all(b"    <event>\n")?;
    attribute("concept:name", &Value::from(row.event), 6, out)?;
    // The text that was imported is kept while it still says the same instant.
    let kept = fields.shift_remove("time:timestamp").filter(|stamp| {
        stamp.get("$date").and_then(Value::as_str).and_then(|text| TimeReader::iso().read(Cell::Text(text))) == Some(row.time)
    });
    attribute("time:timestamp", &kept.unwrap_or_else(|| json!({"$date": row.time.to_string()})), 6, out)?;
    let amount = row.amount.map(|money| money.to_string());
    for (name, value) in
        [("channel", row.channel), ("amount", amount.as_deref()), ("currency", row.currency), ("message_id", row.message_id)]
    {
        if let Some(value) = value {
            attribute(&format!("{OWN}{name}"), &Value::from(value), 6, out)?;
        }
    }
    for (kind, value) in row.ids.iter().skip(1) {
        attribute(&format!("{OWN}id:{kind}"), &Value::from(*value), 6, out)?;
    }
    for (key, value) in &fields {
        attribute(key, value, 6, out)?;
    }
    out.write_all(b"    </event>\n")
}

fn pairs(list: &Value, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    for pair in list.as_array().into_iter().flatten() {
        attribute(pair[0].as_str().unwrap_or_default(), &pair[1], indent, out)?;
    }
    Ok(())
}

/// Writes one attribute; what XES has no value for (null) is not written.
fn attribute(key: &str, value: &Value, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let nothing = Value::Null;
    let (value, own) = match value.get("$value") {
        Some(inner) => (inner, value.get("$attributes").unwrap_or(&nothing)),
        None => (value, &nothing),
    };
    let (tag, text) = match value {
        Value::Null => return Ok(()),
        Value::String(text) => ("string", text.clone()),
        Value::Bool(b) => ("boolean", b.to_string()),
        Value::Number(number) if number.is_f64() => ("float", number.to_string()),
        Value::Number(number) => ("int", number.to_string()),
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(|item| json!(["item", item])).collect();
            return list(key, &Value::Array(items), own, indent, out);
        }
        Value::Object(fields) => match fields.iter().next() {
            Some((kind, Value::String(text)))
                if fields.len() == 1 && ["$date", "$id", "$int", "$float", "$boolean"].contains(&kind.as_str()) =>
            {
                (&kind[1..], text.clone())
            }
            Some((kind, Value::Array(values))) if kind == "$repeat" => {
                return values.iter().try_for_each(|value| attribute(key, value, indent, out));
            }
            Some((kind, members)) if kind == "$list" => return list(key, members, own, indent, out),
            Some((kind, members)) if kind == "$container" => return element("container", key, None, &[members, own], indent, out),
            _ => {
                let members: Vec<Value> = fields.iter().map(|(key, value)| json!([key, value])).collect();
                return element("container", key, None, &[&Value::Array(members)], indent, out);
            }
        },
    };
    element(tag, key, Some(&text), &[own], indent, out)
}

fn list(key: &str, members: &Value, own: &Value, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let space = " ".repeat(indent);
    writeln!(out, "{space}<list key=\"{}\">", escaped(key))?;
    pairs(own, indent + 2, out)?;
    writeln!(out, "{space}  <values>")?;
    pairs(members, indent + 4, out)?;
    writeln!(out, "{space}  </values>\n{space}</list>")
}

fn element(tag: &str, key: &str, value: Option<&str>, inner: &[&Value], indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let space = " ".repeat(indent);
    write!(out, "{space}<{tag} key=\"{}\"", escaped(key))?;
    if let Some(value) = value {
        write!(out, " value=\"{}\"", escaped(value))?;
    }
    if inner.iter().all(|pairs| pairs.as_array().is_none_or(Vec::is_empty)) {
        return out.write_all(b"/>\n");
    }
    out.write_all(b">\n")?;
    for list in inner {
        pairs(list, indent + 2, out)?;
    }
    writeln!(out, "{space}</{tag}>")
}

/// Text for an XML attribute. Line breaks and tabs are escaped, because a reader would turn them into spaces.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c if (c < ' ') || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
