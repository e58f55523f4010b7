//! What the team says about a source that sends to us: one TOML file for each, `sources/NAME.toml` in the data folder.
//!
//! ```toml
//! [webhook]
//! headers = ["x-shopify-topic"]
//! signature = { scheme = "hmac-sha256-base64", header = "X-Shopify-Hmac-SHA256", secret_env = "SHOPIFY_SECRET" }
//!
//! [mapping]
//! time = { column = "created_at" }
//! ids = [{ kind = "email", column = "customer.email" }]
//!
//! [[mapping.event]]
//! name = "Order Completed"
//!
//! [rules]
//! scrub = [{ property = "phone", do = "drop" }]
//! ```
//!
//! A setting of its own is a struct of its own here, and a line in [`Settings`].

use std::io::{self, Read};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::collect::webhook;
use crate::columns::Columns;
use crate::mapping::{self, Event, Id, Link, Text, TextTemplate, Time, Traits};
use crate::policy::Policy;
use crate::rules::Rules;

/// What is said about a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// How its webhooks come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<webhook::Settings>,
    /// What its webhooks mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// What its events must not bring in, what is agreed of them, and what becomes of bots and of what nobody consented to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::policy::Settings>")]
    pub rules: Option<Policy>,
}

/// What messages mean: the rules of a [mapping file](mapping::Mapping), without what only files have. A message is a row; a name
/// with dots reaches into what is nested (`customer.email`, `line_items.0.sku`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The time, for all rules that do not have their own; when the message was received, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The identifiers, strongest first, for all rules that do not have their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Id>,
    /// What is an event: every rule whose condition a message meets makes one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event: Vec<Event>,
    /// What is a trait of a customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<Traits>,
    /// Which identifiers belong to one customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link: Vec<Link>,
}

/// When a message was received, as a column.
pub const RECEIVED_AT: &str = "request.received_at";
/// What a message is known by that says itself when it happened, as a column.
pub const ID: &str = "request.id";
/// What a message is known by that does not, as a column.
pub const ID_ONCE: &str = "request.id_once";

/// Settings that cannot be used; the message says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

impl Settings {
    /// Reads the file about a source.
    ///
    /// # Errors
    /// When it is not TOML, has an unknown or missing key, or says what cannot be; the message says where.
    pub fn parse(text: &str) -> Result<Settings, SettingsError> {
        let settings: Settings = toml::from_str(text).map_err(|error| SettingsError(error.to_string().trim_end().to_owned()))?;
        if let Some(webhook) = &settings.webhook {
            webhook.check().map_err(|message| SettingsError(format!("[webhook]: {message}")))?;
            if settings.mapping.is_none() {
                return Err(SettingsError("there is a [webhook] and no [mapping] that says what it means".to_owned()));
            }
        }
        if let Some(mapping) = &settings.mapping {
            if mapping.event.is_empty() && mapping.traits.is_empty() && mapping.link.is_empty() {
                return Err(SettingsError("the [mapping] has neither events nor traits nor links".to_owned()));
            }
            mapping.rules("mapping", &mut Columns::open()).map_err(|error| SettingsError(error.to_string()))?;
        }
        Ok(settings)
    }

    /// The settings as a file.
    ///
    /// # Errors
    /// When they cannot be written as TOML (which no settings that were read do).
    pub fn to_toml(&self) -> Result<String, SettingsError> {
        toml::to_string(self).map_err(|error| SettingsError(error.to_string()))
    }

    /// The JSON schema of these files.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Settings).to_value()
    }
}

impl Mapping {
    /// The rules made ready for messages of a source.
    pub(crate) fn rules(&self, name: &str, columns: &mut Columns) -> Result<Rules, crate::IntakeError> {
        // There is no file beside a message, and nothing here can ask for one.
        let nothing = |name: &str| -> io::Result<Box<dyn Read + Send>> { Err(io::Error::new(io::ErrorKind::NotFound, name.to_owned())) };
        Rules::new(&self.written(name), columns, &nothing)
    }

    /// As the mapping of a file. An event that names no message id gets that of its message, which is the sender's where it gives one;
    /// what further rules make of the same message is told apart by their numbers.
    fn written(&self, name: &str) -> mapping::Source {
        let received = Time { column: RECEIVED_AT.to_owned(), format: "rfc3339".to_owned(), zone: None, end_of_day: false };
        let of_all = self.time.clone().unwrap_or(received);
        let identified = |(number, rule): (usize, &Event)| {
            let mut rule = rule.clone();
            if rule.message_id.is_none() && rule.distinct_by.is_empty() {
                let column = if rule.time.as_ref().unwrap_or(&of_all).column == RECEIVED_AT { ID_ONCE } else { ID };
                let number = if number == 0 { String::new() } else { format!("-{number}") };
                rule.message_id = Some(Text::Template(TextTemplate { template: format!("{{{column}}}{number}") }));
            }
            rule
        };
        mapping::Source {
            name: name.to_owned(),
            file: "*".to_owned(),
            delimiter: None,
            encoding: mapping::Encoding::Utf8,
            header: None,
            lookup: Vec::new(),
            ids: self.ids.clone(),
            event: self.event.iter().enumerate().map(identified).collect(),
            traits: self.traits.clone(),
            link: self.link.clone(),
            time: Some(of_all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_explained() {
        let webhook = "[mapping]\nids=[{kind='email',column='e'}]\n[[mapping.event]]\nname='x'\n[webhook]\n";
        for (text, part) in [
            ("[webhok]", "webhok"),
            ("[webhook]\nitems='a'", "no [mapping]"),
            ("[mapping]", "neither events"),
            ("[mapping]\n[[mapping.event]]\nname='x'", "no identifier"),
            (
                "[mapping]\ntime={column='t',format='soon'}\nids=[{kind='email',column='e'}]\n[[mapping.event]]\nname='x'",
                "not a time format",
            ),
            ("[mapping]\n[[mapping.lookup]]\nfile='x'", "lookup"),
            (&format!("{webhook}headers=['Authorization']"), "authorization"),
            (&format!("{webhook}headers=['a b']"), "a b"),
            (&format!("{webhook}items='a..b'"), "a..b"),
            (&format!("{webhook}signature={{scheme='hmac-sha256-hex',secret_env='S'}}"), "needs the header"),
            (&format!("{webhook}signature={{scheme='stripe',secret='s'}}"), "secret"),
        ] {
            let error = Settings::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
        let settings = Settings::parse(&format!("{webhook}items='a.b'")).unwrap();
        assert_eq!(Settings::parse(&settings.to_toml().unwrap()), Ok(settings));
    }

    #[test]
    fn the_published_schema_is_the_types() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/source.schema.json");
        let schema = serde_json::to_string_pretty(&Settings::schema()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), schema, "run the test with UPDATE=1 and review the difference");
    }
}
