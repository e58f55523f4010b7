//! A line of JSON.

use periplus_intake::json::{check_nodes, parse};
use periplus_intake::limits;
use serde_json::Value;

/// Whatever is taken is within the limits, and is taken again as it is written.
pub fn hold(bytes: &[u8]) {
    let Ok(value) = parse(bytes) else { return };
    assert!(depth(&value) <= limits::DEPTH + 1, "{} deep", depth(&value));
    let written = value.to_string();
    if written.len() <= limits::ROW && check_nodes(value.clone()).is_ok() {
        let again = parse(written.as_bytes()).unwrap_or_else(|refusal| panic!("{written} is refused: {refusal:?}"));
        assert_eq!(shape(&again), shape(&value), "{written}");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}

/// A value without the last digits of its numbers.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Number(number) if number.is_f64() => format!("{:.12e}", number.as_f64().unwrap_or_default()).into(),
        other => other.clone(),
    }
}
