//! What somebody consented to, however the sender says it, as a property of a small and stable form.
//!
//! The property `consent` names purposes and whether there is consent to each: `analytics:yes marketing:no`. The known purposes
//! are `necessary`, `functional`, `analytics`, `personalisation` and `marketing`; a category that is called something else keeps
//! its name. Understood are Segment's `categoryPreferences`, RudderStack's `consentManagement`, Google's Consent Mode (names, and
//! codes such as `G101`), the TC string of IAB's framework (kept too, as `consent_tc`), and OneTrust's groups.
//!
//! Where two of these contradict each other, a no counts. What nobody spoke of is not consented to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::tcf::Purposes;
use crate::json::at;

/// What a source asks of consent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRule {
    /// The purposes that there must be consent to: `functional`, `analytics`, `personalisation`, `marketing`, or the name of a
    /// category of yours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<String>,
    /// What becomes of messages without.
    #[serde(default)]
    pub without: Without,
}

/// What becomes of a message without consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Without {
    /// It is refused: it is counted, and quarantine keeps its message id and nothing of what it says.
    #[default]
    Quarantine,
    /// It is stored with what is known of consent, for questions to choose by.
    Accept,
}

/// Purposes, and whether there is consent to each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    purposes: BTreeMap<String, bool>,
    tc: Option<String>,
}

/// More purposes are not kept of one message.
const PURPOSES_MAX: usize = 32;
/// Bytes of the name of a purpose.
const NAME_MAX: usize = 40;
/// How deeply consent may be wrapped.
const WRAPPED_MAX: u8 = 3;

/// What categories are called by consent platforms, as their letters and digits, and the purpose that they mean.
const CATEGORIES: [(&str, &[&str]); 33] = [
    ("necessary", &["necessary"]),
    ("strictlynecessary", &["necessary"]),
    ("essential", &["necessary"]),
    ("required", &["necessary"]),
    ("securitystorage", &["necessary"]),
    ("c0001", &["necessary"]),
    ("functional", &["functional"]),
    ("functionality", &["functional"]),
    ("functionalitystorage", &["functional"]),
    ("preferences", &["functional"]),
    ("c0003", &["functional"]),
    ("analytics", &["analytics"]),
    ("analytical", &["analytics"]),
    ("analyticsstorage", &["analytics"]),
    ("statistics", &["analytics"]),
    ("statistical", &["analytics"]),
    ("performance", &["analytics"]),
    ("measurement", &["analytics"]),
    ("c0002", &["analytics"]),
    ("marketingandanalytics", &["analytics", "marketing"]),
    ("personalisation", &["personalisation"]),
    ("personalization", &["personalisation"]),
    ("personalizationstorage", &["personalisation"]),
    ("marketing", &["marketing"]),
    ("advertising", &["marketing"]),
    ("ads", &["marketing"]),
    ("adstorage", &["marketing"]),
    ("adsstorage", &["marketing"]),
    ("aduserdata", &["marketing"]),
    ("adpersonalization", &["marketing"]),
    ("targeting", &["marketing"]),
    ("c0004", &["marketing"]),
    ("c0005", &["marketing"]),
];

/// The purpose that a rule means; what it is called in messages where it is no known one.
pub(super) fn purpose(name: &str) -> String {
    let bare = bare(name);
    match CATEGORIES.iter().find(|(called, _)| *called == bare) {
        Some((_, [purpose])) => (*purpose).to_owned(),
        _ => own_name(name),
    }
}

/// A name as it may stand in the property: what would part one purpose from the next becomes `_`.
fn own_name(name: &str) -> String {
    let mut own: String = name.trim().to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    own.truncate(own.floor_char_boundary(NAME_MAX));
    own
}

fn bare(name: &str) -> String {
    let mut bare = String::new();
    super::rewrite::bare_name(name, &mut bare);
    bare
}

/// What in a record, its context or its properties says consent by its own name.
const PLACES: [&str; 4] = ["", "context", "properties", "traits"];
const NAMES: [&str; 13] = [
    "consent",
    "consentManagement",
    "privacy_info",
    "gcs",
    "tcString",
    "tc_string",
    "gdpr_consent",
    "gdprConsent",
    "OnetrustActiveGroups",
    "OptanonActiveGroups",
    "OptanonConsent",
    "ad_user_data",
    "ad_personalization",
];

impl Consent {
    /// What a message says of consent; nothing when it does not speak of it.
    pub fn of_record(record: &Value) -> Option<Consent> {
        let mut consent = Consent::default();
        let places = PLACES.iter().filter_map(|place| if place.is_empty() { Some(record) } else { at(record, place) });
        for fields in places.filter_map(Value::as_object) {
            consent.hear_members(fields, &NAMES);
        }
        // GA4 writes its parameters as a list.
        for item in record.get("event_params").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(name), Some(value)) = (item.get("key").and_then(Value::as_str), at(item, "value.string_value"))
                && NAMES.contains(&name)
            {
                consent.hear_named(name, value);
            }
        }
        (!consent.purposes.is_empty()).then_some(consent)
    }

    /// What properties say of consent, given as the text of a JSON object.
    pub fn of_properties(properties: &str) -> Option<Consent> {
        if !NAMES.iter().any(|name| memchr::memmem::find(properties.as_bytes(), name.as_bytes()).is_some()) {
            return None;
        }
        let mut consent = Consent::default();
        consent.hear_members(&serde_json::from_str(properties).ok()?, &NAMES);
        (!consent.purposes.is_empty()).then_some(consent)
    }

    /// Whether there is consent to all of these purposes.
    pub fn has(&self, purposes: &[String]) -> bool {
        purposes.iter().all(|purpose| self.purposes.get(purpose).copied().unwrap_or(false))
    }

    /// As the property `consent` has it.
    pub fn to_text(&self) -> String {
        let words: Vec<String> =
            self.purposes.iter().map(|(name, given)| format!("{name}:{}", if *given { "yes" } else { "no" })).collect();
        words.join(" ")
    }

    /// The TC string that it was read from.
    pub fn tc(&self) -> Option<&str> {
        self.tc.as_deref()
    }

    fn hear_members(&mut self, fields: &Map<String, Value>, names: &[&str]) {
        for name in names {
            if let Some(value) = fields.get(*name) {
                self.hear_named(name, value);
            }
        }
    }

    fn hear_named(&mut self, name: &str, value: &Value) {
        match (name, granted(value)) {
            // `consent: true` does not say to what.
            ("ad_user_data" | "ad_personalization", Some(given)) => self.hear_category(name, given),
            _ => self.hear(value, 0),
        }
    }

    /// Hears what a value says, in whichever of the known forms.
    fn hear(&mut self, value: &Value, depth: u8) {
        match value {
            Value::Object(fields) if depth < WRAPPED_MAX => {
                for (name, value) in fields.iter().take(2 * PURPOSES_MAX) {
                    match (name.as_str(), granted(value)) {
                        ("allowedConsentIds" | "deniedConsentIds", _) => {
                            let ids = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                            ids.for_each(|id| self.hear_category(id, name == "allowedConsentIds"));
                        }
                        // How long GA4's export keeps ids is no consent.
                        ("uses_transient_token" | "gdprApplies" | "gdpr_applies", _) => {}
                        (name, Some(given)) => self.hear_category(name, given),
                        // Who asked and how is no category; what it holds may say more.
                        _ => self.hear(value, depth + 1),
                    }
                }
            }
            Value::Array(names) => names.iter().filter_map(Value::as_str).for_each(|name| self.hear_group(name)),
            Value::String(text) => self.hear_text(text.trim()),
            _ => {}
        }
    }

    fn hear_text(&mut self, text: &str) {
        if let Some(state) =
            text.strip_prefix("G1").filter(|state| state.len() == 2 && state.bytes().all(|b| matches!(b, b'0' | b'1' | b'-')))
        {
            self.hear_category("ad_storage", state.starts_with('1'));
            self.hear_category("analytics_storage", state.ends_with('1'));
        } else if let Some(purposes) = Purposes::of(text) {
            self.hear_category("analytics", purposes.has(&[1, 8]));
            self.hear_category("personalisation", purposes.has(&[1, 5, 6]));
            self.hear_category("marketing", purposes.has(&[1, 3, 4]));
            self.tc = Some(text.to_owned());
        } else if text.contains("groups=") {
            // OneTrust's cookie, which is written like the query of a URL.
            let groups = form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == "groups");
            groups.iter().flat_map(|(_, groups)| groups.split(',')).for_each(|group| self.hear_group(group));
        } else if text.contains([',', ':']) {
            text.split([',', ' ']).for_each(|group| self.hear_group(group));
        }
    }

    /// Hears one of a list: a group that is listed is consented to, unless it says otherwise (`C0002:0`).
    fn hear_group(&mut self, group: &str) {
        match group.trim().split_once(':') {
            Some((name, state)) => {
                if let Some(given) = granted(&Value::from(state)) {
                    self.hear_category(name, given);
                }
            }
            // A list of texts may be anything; only what is known to be a category is one.
            None if CATEGORIES.iter().any(|(called, _)| *called == bare(group)) => self.hear_category(group, true),
            None => {}
        }
    }

    fn hear_category(&mut self, name: &str, given: bool) {
        let bare = bare(name);
        if bare.is_empty() {
            return;
        }
        let mut put = |name: String| {
            if self.purposes.len() < PURPOSES_MAX || self.purposes.contains_key(&name) {
                self.purposes.entry(name).and_modify(|before| *before &= given).or_insert(given);
            }
        };
        match CATEGORIES.iter().find(|(called, _)| *called == bare) {
            Some((_, purposes)) => purposes.iter().for_each(|purpose| put((*purpose).to_owned())),
            None => put(own_name(name)),
        }
    }
}

/// Whether a value says yes or no.
fn granted(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(given) => Some(*given),
        Value::Number(number) => number.as_u64().filter(|number| *number <= 1).map(|number| number == 1),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "granted" | "yes" | "true" | "1" | "allowed" | "accepted" | "opt-in" => Some(true),
            "denied" | "no" | "false" | "0" | "rejected" | "opt-out" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(record: Value) -> Option<String> {
        Consent::of_record(&record).map(|consent| consent.to_text())
    }

    #[test]
    fn platforms_say_the_same_in_many_ways() {
        let wanted = Some("analytics:yes marketing:no".to_owned());
        for record in [
            json!({"context": {"consent": {"categoryPreferences": {"Advertising": false, "Analytics": true}}}}),
            json!({"context": {"consent": {"categoryPreferences": {"C0002": true, "C0004": false}}}}),
            json!({"context": {"consentManagement": {"provider": "oneTrust", "allowedConsentIds": ["C0002"], "deniedConsentIds": ["C0004", "C0005"]}}}),
            json!({"privacy_info": {"analytics_storage": "Yes", "ads_storage": "No", "uses_transient_token": "No"}}),
            json!({"consent": {"ad_storage": "denied", "analytics_storage": "granted"}}),
            json!({"properties": {"gcs": "G101"}}),
            json!({"event_params": [{"key": "gcs", "value": {"string_value": "G101"}}]}),
            json!({"properties": {"consent": "analytics:yes marketing:no"}}),
            json!({"properties": {"OptanonConsent": "isGpcEnabled=0&version=6.10&groups=C0002%3A1%2CC0004%3A0&hosts="}}),
        ] {
            assert_eq!(text(record.clone()), wanted, "{record}");
        }
        let mp = json!({"consent": {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"}});
        assert_eq!(text(mp).as_deref(), Some("marketing:no"));
        assert_eq!(text(json!({"properties": {"OnetrustActiveGroups": ",C0001,C0003,"}})).as_deref(), Some("functional:yes necessary:yes"));
        assert_eq!(
            text(json!({"context": {"consent": {"categoryPreferences": {"Data Sharing": true}}}})).as_deref(),
            Some("data_sharing:yes")
        );
    }

    #[test]
    fn a_tc_string_is_kept_and_understood() {
        let tc = "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA";
        let consent = Consent::of_record(&json!({"context": {"consent": {"tcString": tc, "gdprApplies": true}}})).unwrap();
        assert_eq!((consent.to_text().as_str(), consent.tc()), ("analytics:no marketing:no personalisation:no", Some(tc)));
    }

    #[test]
    fn silence_is_no_consent_and_a_no_counts() {
        for record in [
            json!({}),
            json!({"properties": {"consent": "I agree to the terms, gladly"}}),
            json!({"consent": true, "gcs": "G1", "properties": {"consent": 1}}),
            json!({"consent": [[[[["analytics"]]]]], "context": 1}),
        ] {
            assert_eq!(text(record.clone()), None, "{record}");
        }
        let both = json!({"properties": {"gcs": "G111"}, "context": {"consent": {"categoryPreferences": {"Analytics": false}}}});
        let consent = Consent::of_record(&both).unwrap();
        assert!(!consent.has(&["analytics".to_owned()]) && consent.has(&["marketing".to_owned()]));
        assert!(!consent.has(&["functional".to_owned()]) && consent.has(&[]));
        assert_eq!((purpose("Advertising"), purpose("Data Sharing")), ("marketing".to_owned(), "data_sharing".to_owned()));
    }

    #[test]
    fn properties_are_heard_like_records() {
        assert_eq!(Consent::of_properties(r#"{"consent":{"analytics":true}}"#).unwrap().to_text(), "analytics:yes");
        assert_eq!(Consent::of_properties(r#"{"a":1}"#), None);
        assert_eq!(Consent::of_properties("consent"), None);
    }
}
