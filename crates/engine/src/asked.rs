//! What a question asks: the settings that all questions share, and those of one analysis.

use periplus_model::question::Common;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::EngineError;

/// The settings that all questions share.
const SHARED: [&str; 11] =
    ["from", "to", "timezone", "week_start", "segment", "filter", "unit", "breakdown", "groups", "compare", "sample"];

/// Reads a question: the shared settings, those of the analysis, and the question with its defaults filled in. Unknown
/// fields are refused; the message says which field and what would be right.
///
/// # Errors
/// When the question is no object, or a field is unknown or wrong.
pub(crate) fn settings<T: DeserializeOwned + Serialize>(question: &Value) -> Result<(Common, T, Value), EngineError> {
    let Value::Object(fields) = question else { return Err(EngineError::Question("it is not a JSON object".to_owned())) };
    // Serde's `flatten` cannot refuse unknown fields, so the two kinds are read one after the other.
    let (shared, own): (Map<String, Value>, Map<String, Value>) =
        fields.clone().into_iter().partition(|(name, _)| SHARED.contains(&name.as_str()));
    let wrong = |error: serde_json::Error| {
        let text = error.to_string();
        let all =
            if text.starts_with("unknown field") { format!("; all questions also have {}", SHARED.join(", ")) } else { String::new() };
        EngineError::Question(text + &all)
    };
    let shared: Common = serde_json::from_value(Value::Object(shared)).map_err(wrong)?;
    let own: T = serde_json::from_value(Value::Object(own)).map_err(wrong)?;
    let mut filled = Map::new();
    for part in [serde_json::to_value(&shared), serde_json::to_value(&own)] {
        if let Ok(Value::Object(fields)) = part {
            filled.extend(fields);
        }
    }
    Ok((shared, own, Value::Object(filled)))
}

/// The JSON schema of an analysis's questions: its own settings and the shared ones.
pub(crate) fn schema<T: schemars::JsonSchema>() -> Value {
    let mut schema = schemars::schema_for!(T).to_value();
    let mut shared = schemars::schema_for!(Common).to_value();
    for part in ["properties", "$defs"] {
        if let Some(Value::Object(more)) = shared.get_mut(part).map(Value::take) {
            let fields = schema.as_object_mut().map(|schema| schema.entry(part).or_insert_with(|| Map::new().into()));
            if let Some(Value::Object(fields)) = fields {
                fields.extend(more);
            }
        }
    }
    schema
}

/// The settings of an analysis that has none of its own.
#[derive(Clone, Debug, serde::Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoneOfItsOwn {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(serde::Deserialize, Serialize, schemars::JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Own {
        #[serde(default)]
        top: u32,
    }

    #[test]
    fn shared_and_own_settings_are_read_and_filled_in() {
        let (shared, own, filled) = settings::<Own>(&json!({"from": "2026-01-01T00:00:00Z", "top": 3})).unwrap();
        assert!(shared.from.is_some() && shared.to.is_none() && own.top == 3);
        assert_eq!(filled, json!({"from": "2026-01-01T00:00:00Z", "top": 3}));
        assert_eq!(settings::<Own>(&json!({})).unwrap().2, json!({"top": 0}));
    }

    #[test]
    fn what_is_unknown_or_wrong_is_refused_with_a_word_about_what_is_known() {
        let refusal = |question: Value| settings::<Own>(&question).err().map(|error| error.to_string()).unwrap_or_default();
        let unknown = refusal(json!({"form": 1}));
        assert!(["form", "top", "from", "segment"].iter().all(|word| unknown.contains(word)), "{unknown}");
        assert!(refusal(json!({"from": "yesterday"})).contains("yesterday"));
        assert!(refusal(json!({"top": -1})).contains("-1"));
        assert!(refusal(json!([])).contains("object"));
        assert!(settings::<NoneOfItsOwn>(&json!({"top": 1})).is_err());
    }

    #[test]
    fn the_schema_has_both_and_names_all_that_is_shared() {
        let schema = schema::<Own>();
        assert_eq!(schema["additionalProperties"], false);
        assert!(schema["properties"]["top"].is_object());
        let shared = schemars::schema_for!(Common).to_value();
        let mut names: Vec<&str> = shared["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(names.iter().all(|name| schema["properties"][name].is_object()));
        names.sort_unstable();
        let mut known = SHARED;
        known.sort_unstable();
        assert_eq!(names, known);
    }
}
