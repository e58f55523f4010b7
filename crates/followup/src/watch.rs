//! Watches: which question is asked again and again, and when somebody is told.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// So many may be told by one watch, or one rule.
pub const TELL_MAX: usize = 20;
/// A name has so many characters at most,
pub(crate) const NAME_MAX: usize = 200;
/// and an address.
const ADDRESS_MAX: usize = 2_000;
/// An alarm may come by chance as often as this at most: more would be noise.
const CHANCE_MAX: f64 = 0.05;
const CHANCE_MIN: f64 = 1e-6;

/// A question that is asked again and again, and when somebody is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// What it is called.
    pub name: String,
    /// Which analysis is asked: one whose answer is a series over days, weeks or months (`kpis` with an `interval`, `trends`), or `findings`.
    pub analysis: String,
    /// With which settings. The period is chosen by the watch.
    #[serde(default)]
    pub question: Map<String, Value>,
    /// By which journey map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// Which line of the series; each of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// When somebody is told.
    pub when: When,
    /// Who is told, beside those who look at the list of alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tell: Vec<Tell>,
    /// How soon.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Whether it rests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_off: bool,
}

/// When somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The figure is out of line with what was to be expected of it on such a day.
    Unusual(Unusual),
    /// The figure is below this, with its whole interval.
    Below(f64),
    /// The figure is above this, with its whole interval.
    Above(f64),
    /// There is a finding that was not there before.
    Found,
}

/// What is out of line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Unusual {
    /// How often a figure may be told that is so by chance: 0.001 is once in a thousand days.
    pub chance: f64,
    /// Only if it went this way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
}

impl Default for Unusual {
    fn default() -> Unusual {
        Unusual { chance: 0.001, way: None }
    }
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Above what was to be expected.
    Up,
    /// Below.
    Down,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// A program, by a signed POST to this address.
    Webhook(String),
    /// A person, by e-mail.
    Mail(String),
}

/// How soon people are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// As soon as it is seen.
    #[default]
    AtOnce,
    /// Once a day, in the morning, with everything else of that day.
    Daily,
    /// On Monday mornings, with everything else of that week.
    Weekly,
}

/// What is wrong with a watch or a rule, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// Reads a watch and holds it against its limits.
///
/// # Errors
/// What is wrong with it.
pub fn parse(object: &Map<String, Value>) -> Result<Watch, Wrong> {
    let watch: Watch = serde_json::from_value(Value::Object(object.clone())).map_err(|error| Wrong(format!("a watch: {error}")))?;
    check_name(&watch.name)?;
    check_tell(&watch.tell)?;
    let finds = watch.analysis == "findings";
    match watch.when {
        When::Found if !finds => return Err(Wrong("\"when\": \"found\" is for the analysis findings".to_owned())),
        When::Unusual(_) | When::Below(_) | When::Above(_) if finds => {
            return Err(Wrong("of findings one is told when there are new ones: \"when\": \"found\"".to_owned()));
        }
        When::Unusual(unusual) if !(CHANCE_MIN..=CHANCE_MAX).contains(&unusual.chance) => {
            return Err(Wrong(format!("\"chance\" is {CHANCE_MIN} to {CHANCE_MAX}")));
        }
        When::Below(bound) | When::Above(bound) if !bound.is_finite() => return Err(Wrong("the bound is no number".to_owned())),
        _ => {}
    }
    if ["from", "to"].iter().any(|name| watch.question.contains_key(*name)) {
        return Err(Wrong("the question of a watch has no \"from\" and no \"to\": the watch looks at what came last".to_owned()));
    }
    let interval = watch.question.get("interval").and_then(Value::as_str);
    if !finds && !matches!(interval, Some("day" | "week" | "month")) {
        return Err(Wrong("the question of a watch has an \"interval\": day, week or month".to_owned()));
    }
    Ok(watch)
}

pub(crate) fn check_name(name: &str) -> Result<(), Wrong> {
    if name.trim().is_empty() || name.chars().count() > NAME_MAX {
        return Err(Wrong(format!("it needs a \"name\" of {NAME_MAX} characters at most")));
    }
    Ok(())
}

pub(crate) fn check_tell(tell: &[Tell]) -> Result<(), Wrong> {
    if tell.len() > TELL_MAX {
        return Err(Wrong(format!("{TELL_MAX} are told at most")));
    }
    tell.iter().try_for_each(Tell::check)
}

impl Tell {
    /// Holds an address against what an address is. Whether anybody is there is seen when they are told.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Wrong> {
        let is_plain = |text: &str| text.len() <= ADDRESS_MAX && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        match self {
            Tell::Webhook(address) => {
                let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or_default();
                let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
                if host.is_empty() || host.contains('@') || !is_plain(address) {
                    return Err(Wrong(format!("'{address}' is no address of a webhook: https://host/path")));
                }
            }
            Tell::Mail(address) => {
                let (name, host) = address.rsplit_once('@').unwrap_or_default();
                let odd = |c: char| "<>,;:\"()[]\\".contains(c);
                if name.is_empty() || host.is_empty() || name.contains('@') || address.chars().any(odd) || !is_plain(address) {
                    return Err(Wrong(format!("'{address}' is no e-mail address: name@host")));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Watch, Wrong> {
        parse(value.as_object().unwrap())
    }

    #[test]
    fn a_watch_is_held_against_its_limits() {
        let nps = json!({"name": "NPS", "analysis": "kpis", "question": {"interval": "day"}, "when": {"unusual": {}},
            "tell": [{"mail": "ana@example.org"}, {"webhook": "https://example.org/hook?x=1"}]});
        let watch = read(nps.clone()).unwrap();
        assert_eq!(watch.when, When::Unusual(Unusual { chance: 0.001, way: None }));
        let but = |name: &str, value: Value| {
            let mut changed = nps.clone();
            changed[name] = value;
            read(changed)
        };
        assert!(but("when", json!({"below": 30})).is_ok());
        for (name, value) in [
            ("name", json!(" ")),
            ("when", json!("found")),
            ("when", json!({"unusual": {"chance": 0.5}})),
            ("when", json!({"unusual": {"chance": null}})),
            ("analysis", json!("findings")),
            ("question", json!({})),
            ("question", json!({"interval": "hour"})),
            ("question", json!({"interval": "day", "from": "2026-01-01"})),
            ("tell", json!([{"mail": "ana"}])),
            ("tell", json!([{"mail": "a@b\r\nBcc: c@d"}])),
            ("tell", json!([{"mail": "a@b,c@d"}])),
            ("tell", json!([{"webhook": "ftp://example.org"}])),
            ("tell", json!([{"webhook": "https://user:word@example.org"}])),
            ("tell", json!(vec![json!({"mail": "a@b"}); TELL_MAX + 1])),
            ("colour", json!("red")),
        ] {
            assert!(but(name, value.clone()).is_err(), "{name}: {value}");
        }
        assert!(read(json!({"name": "New", "analysis": "findings", "when": "found"})).is_ok());
    }
}
