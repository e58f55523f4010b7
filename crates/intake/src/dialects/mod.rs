//! The dialects: shapes of data that are understood without a mapping.
//!
//! One dialect of JSON records is one file here and one line in [`DIALECTS`]. Records come from JSON Lines, or from
//! Parquet with one record a row. XES has a format of its own ([`xes`]), and any other table is guessed ([`table`]).

pub mod ga4;
pub mod own;
pub mod segment;
pub mod table;
pub mod xes;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::IntakeError;
use crate::cell::Row;
use crate::columns::Columns;
use crate::gate::{Gate, Outcome, Refusal, Stop};
use crate::table::Rows;

/// A shape of JSON records.
pub trait Dialect: Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Whether a record is of this shape.
    fn speaks(&self, record: &Value) -> bool;

    /// Takes a record apart that holds several.
    fn unwrap(&self, record: Value) -> Vec<Value> {
        vec![record]
    }

    /// Makes events, traits and links of a record. Before that, the gate hears the record ([`Gate::hear`]).
    ///
    /// # Errors
    /// Why it is refused, or the sink's failure.
    fn record(&self, record: &Value, gate: &mut Gate<'_>) -> Result<Outcome, Stop>;
}

/// Every dialect; the first that speaks a file's first records reads it.
pub static DIALECTS: &[&dyn Dialect] = &[&own::Own, &segment::Segment, &ga4::Ga4];

/// The dialect of some records: the one that speaks most of them, if it is more than half.
pub fn find(records: &[Value]) -> Option<&'static dyn Dialect> {
    DIALECTS.iter().copied().find(|dialect| 2 * records.iter().filter(|record| dialect.speaks(record)).count() > records.len())
}

/// Reads the rows of a table as records of a dialect.
pub struct Records<'a, 's> {
    /// The dialect.
    pub dialect: &'static dyn Dialect,
    /// Where results pass.
    pub gate: &'a mut Gate<'s>,
    names: Vec<String>,
}

impl<'a, 's> Records<'a, 's> {
    /// For a dialect.
    pub fn new(dialect: &'static dyn Dialect, gate: &'a mut Gate<'s>) -> Records<'a, 's> {
        Records { dialect, gate, names: Vec::new() }
    }
}

/// A row as a JSON object, without what is empty.
pub fn object<R: Row + ?Sized>(names: &[String], row: &R) -> Value {
    let mut fields = Map::new();
    for (column, name) in names.iter().enumerate() {
        let cell = row.cell(column);
        if !cell.is_null() {
            fields.insert(name.clone(), cell.value());
        }
    }
    Value::Object(fields)
}

impl Rows for Records<'_, '_> {
    fn columns(&mut self, columns: &mut Columns) -> Result<(), IntakeError> {
        self.names = columns.names().to_vec();
        Ok(())
    }

    fn row<R: Row + ?Sized>(&mut self, line: u64, row: Result<&R, Refusal>, raw: &dyn Fn() -> String) -> Result<(), IntakeError> {
        let result = row.map_err(Stop::from).and_then(|row| self.dialect.record(&object(&self.names, row), self.gate));
        self.gate.settle(line, result, raw)
    }
}

/// The channel that a campaign's medium and source (as in UTM parameters) stand for, in our words. A medium that is not
/// known is a channel of its own; `(none)` and the like are none.
pub fn campaign_channel<'a>(medium: Option<&'a str>, source: Option<&'a str>) -> Option<Cow<'a, str>> {
    let lower = |text: Option<&str>| text.map(|text| text.trim().to_ascii_lowercase()).unwrap_or_default();
    let (word, source) = (lower(medium), lower(source));
    let social = ["facebook", "instagram", "tiktok", "twitter", "x.com", "linkedin", "pinterest", "youtube", "reddit", "snapchat"];
    let search = ["google", "bing", "duckduckgo", "yahoo", "baidu", "ecosia"];
    Some(Cow::Borrowed(match word.as_str() {
        "" if social.iter().any(|name| source.contains(name)) => "social",
        "" | "(none)" | "(not set)" | "<other>" | "none" | "direct" | "(data deleted)" => return None,
        "email" | "e-mail" | "e_mail" | "mail" | "newsletter" => "e-mail",
        "cpc" | "ppc" | "sem" | "paid" if social.iter().any(|name| source.contains(name)) => "social",
        "cpc" | "ppc" | "sem" | "paidsearch" | "paid-search" | "paid_search" | "organic" | "search" | "seo" => "search",
        "paid" if search.iter().any(|name| source.contains(name)) => "search",
        word if word.contains("social") => "social",
        "sm" => "social",
        "display" | "banner" | "cpm" | "interstitial" | "expandable" | "programmatic" => "display",
        "affiliate" | "affiliates" => "affiliate",
        "referral" => "referral",
        "sms" | "text" => "sms",
        "push" | "mobile push" | "web-push" => "push",
        "video" => "video",
        "qr" | "print" | "offline" => "print",
        _ => return medium.map(|medium| Cow::Owned(medium.trim().to_ascii_lowercase())),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_have_names_of_their_own() {
        let names: std::collections::HashSet<_> = DIALECTS.iter().map(|dialect| dialect.name()).collect();
        assert_eq!(names.len(), DIALECTS.len());
    }

    #[test]
    fn campaigns_become_channels() {
        let channel = |medium: &str, source: &str| campaign_channel(Some(medium), Some(source)).map(Cow::into_owned);
        assert_eq!(channel("Email", "mailchimp").unwrap(), "e-mail");
        assert_eq!(channel("cpc", "google").unwrap(), "search");
        assert_eq!(channel("cpc", "facebook").unwrap(), "social");
        assert_eq!(channel("paid-social", "x").unwrap(), "social");
        assert_eq!(channel("Podcast", "x").unwrap(), "podcast");
        assert_eq!(channel("(none)", "(direct)"), None);
    }
}
