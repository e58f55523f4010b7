//! The mapping file as a person writes it: what in which file is an event, an identifier, a trait.
//!
//! This is only the written form; [`crate::rules`] turns it into something that can be applied to rows.

use std::collections::BTreeMap;

use periplus_model::{Condition, IdKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::ids::Normalise;

/// A mapping: for each file, what its rows mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The sources. A file belongs to the first whose `file` matches its name.
    #[serde(default)]
    pub source: Vec<Source>,
}

/// One kind of file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What to call it.
    pub name: String,
    /// Which files: a name in which `*` stands for any text and `?` for one character. A file's `.gz` or `.zst` need not
    /// be written.
    #[serde(default = "any_file")]
    pub file: String,
    /// The separator of a CSV file, when it is not to be guessed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// How the text of the file is encoded.
    #[serde(default, skip_serializing_if = "Encoding::is_default")]
    pub encoding: Encoding,
    /// The names of the columns, for a CSV file without a header line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Vec<String>>,
    /// Columns that are fetched from other, small files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookup: Vec<Lookup>,
    /// The time, for all rules of this source that do not have their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// The identifiers, strongest first, for all rules of this source that do not have their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Id>,
    /// What is an event: every rule whose condition a row meets makes one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event: Vec<Event>,
    /// What is a trait of a customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub traits: Vec<Traits>,
    /// Which identifiers belong to one customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link: Vec<Link>,
}

fn any_file() -> String {
    "*".to_owned()
}

/// How text is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1, also called Latin-1.
    #[serde(rename = "latin-1")]
    Latin1,
}

impl Encoding {
    fn is_default(&self) -> bool {
        *self == Encoding::Utf8
    }
}

/// Columns from another file: the row there whose key equals the key here. It is read into memory as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The other file, next to the one that is read.
    pub file: String,
    /// The column here that holds the key.
    pub key: String,
    /// The column there that holds the key; the same name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub their_key: Option<String>,
    /// Which columns to fetch: a list, or a table of their name and the name here.
    pub columns: Pick,
}

/// When it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The column.
    pub column: String,
    /// How it is written: `rfc3339` (the default; also with a space for the T, without seconds, without an offset, or only
    /// a date), `date`, `epoch_s`, `epoch_ms`, `epoch_us`, or a pattern of strptime such as `%d.%m.%Y %H:%M`.
    #[serde(default = "rfc3339", skip_serializing_if = "is_rfc3339")]
    pub format: String,
    /// The time zone (IANA name) of times that do not have an offset; UTC when absent. In the hour that is skipped when
    /// clocks go forward, the time is read as if they had not yet; in the hour that comes twice, the first is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Whether only the day counts, and the event is put at its last second: for what is known by its date alone and
    /// comes after what else happened that day (a coupon after the purchase that it was part of).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_of_day: bool,
}

fn rfc3339() -> String {
    "rfc3339".to_owned()
}

fn is_rfc3339(format: &str) -> bool {
    format == "rfc3339"
}

/// An identifier. Values that stand for nobody (`null`, `guest`, `0`, ...) are passed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Id {
    /// What kind of identifier it is: `user_id`, `email`, `loyalty_card`, `household_id`, ...
    pub kind: IdKind,
    /// The column.
    pub column: String,
    /// How values are made comparable; `lower` for e-mail addresses, `digits` for telephone numbers, else `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normalise>,
    /// The calling code (`49`) that replaces the leading zero of telephone numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A text: the same for all rows, or from columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "write a text, { column = \"...\" } or { template = \"... {column} ...\" }")]
pub enum Text {
    /// The same for all rows.
    Constant(String),
    /// From one column.
    Column(TextColumn),
    /// From several columns.
    Template(TextTemplate),
}

/// A text from one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextColumn {
    /// The column.
    pub column: String,
    /// What to say instead of a value; values that are not listed stay as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// What to say where the column is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// A text from several columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextTemplate {
    /// The text, in which `{column}` stands for that column's value (and `{{` for `{`). Where all its columns are empty it
    /// is empty too.
    pub template: String,
}

/// Which columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "write \"all\", \"none\", a list of columns, or a table { column = \"new name\" }")]
pub enum Pick {
    /// All that the rule does not use otherwise, or none.
    Word(PickWord),
    /// These.
    List(Vec<String>),
    /// These, under new names.
    Rename(BTreeMap<String, String>),
}

/// All columns or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickWord {
    /// All that the rule does not use otherwise.
    All,
    /// None.
    None,
}

impl Pick {
    fn all() -> Pick {
        Pick::Word(PickWord::All)
    }

    fn is_all(&self) -> bool {
        *self == Pick::all()
    }
}

/// A value that is the same for all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "write a text, a number, true or false")]
pub enum Scalar {
    /// True or false.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// Any number.
    Number(f64),
    /// A text.
    Text(String),
}

impl Scalar {
    /// As JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        match self {
            Scalar::Truth(truth) => (*truth).into(),
            Scalar::Whole(number) => (*number).into(),
            Scalar::Number(number) => (*number).into(),
            Scalar::Text(text) => text.as_str().into(),
        }
    }
}

/// Money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// The column.
    pub column: String,
    /// Whether a comma separates the decimals (`1.234,50`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decimal_comma: bool,
}

/// A rule that makes events of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The event's name.
    pub name: Text,
    /// Which rows: a condition on columns, such as `{ property = "status", is = "paid" }`; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Who it was, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Id>,
    /// The channel it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Text>,
    /// The sender's own id of the event, by which a repetition is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<Text>,
    /// Money that changed hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// The currency of the amount, an ISO 4217 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text>,
    /// Which columns become properties.
    #[serde(default = "Pick::all", skip_serializing_if = "Pick::is_all")]
    pub properties: Pick,
    /// Properties that are the same for all rows, such as `{ survey = "spring-2026", kind = "nps" }`; they go before columns of these
    /// names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Scalar>,
    /// Several rows make one event when they are equal in these columns (the lines of a receipt): the first row gives the
    /// event, the amounts of all are added up. The rows of one event must lie near each other: no more than 65,536 other
    /// events may begin between them, or the late row is refused. Unless there is a `message_id`, these columns make one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distinct_by: Vec<String>,
}

/// A rule that makes traits of rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traits {
    /// Which rows; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Whose, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Id>,
    /// Since when. The time of the source is not used here: traits without a time hold since always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Which columns are traits. An empty field says nothing.
    #[serde(default = "Pick::all", skip_serializing_if = "Pick::is_all")]
    pub columns: Pick,
    /// The column that says which household the customer belongs to; it becomes the trait `household`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<String>,
}

/// A rule that links the identifiers of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Which rows; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// The identifiers that belong to one customer, strongest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<Id>,
    /// When they were seen together; not known when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// When it is not TOML, has an unknown or missing key, or a source does nothing; the message says where.
    pub fn parse(text: &str) -> Result<Mapping, MappingError> {
        let mapping: Mapping = toml::from_str(text).map_err(|e| MappingError(e.to_string().trim_end().to_owned()))?;
        if mapping.source.is_empty() {
            return Err(MappingError("the mapping has no [[source]]".to_owned()));
        }
        for source in &mapping.source {
            if source.event.is_empty() && source.traits.is_empty() && source.link.is_empty() {
                return Err(MappingError(format!("the source '{}' has neither events nor traits nor links", source.name)));
            }
        }
        Ok(mapping)
    }

    /// The mapping as a file.
    ///
    /// # Errors
    /// When it cannot be written as TOML (which no mapping that was read or guessed does).
    pub fn to_toml(&self) -> Result<String, MappingError> {
        toml::to_string(self).map_err(|e| MappingError(e.to_string()))
    }

    /// The source for a file of this name.
    pub fn source_for(&self, file: &str) -> Option<&Source> {
        let bare = [".gz", ".gzip", ".zst", ".zstd"].iter().find_map(|end| file.strip_suffix(end));
        self.source.iter().find(|source| matches(&source.file, file) || bare.is_some_and(|bare| matches(&source.file, bare)))
    }

    /// The JSON schema of mapping files.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Mapping).to_value()
    }
}

/// Whether a name fits a pattern with `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut retry) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    (p, n) = (after_star, from + 1);
                    retry = Some((after_star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// A mapping that cannot be used; the message says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MappingError(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name) in
            [("*", "a"), ("a.csv", "a.csv"), ("orders_*.csv", "orders_2026-01.csv"), ("?.csv", "a.csv"), ("*a*b", "xaxbxb")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a.csv", "b.csv"), ("orders_*.csv", "orders.csv"), ("?", ""), ("*a", "ab")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        let mapping = Mapping::parse("[[source]]\nname='x'\nfile='x.csv'\n[[source.link]]\n").unwrap();
        assert!(mapping.source_for("x.csv.gz").is_some() && mapping.source_for("y.csv").is_none());
    }

    #[test]
    fn mistakes_are_explained() {
        for (text, part) in [
            ("", "no [[source]]"),
            ("[[source]]\nname='x'", "neither events"),
            ("[[source]]\nname='x'\nfiel='x'", "fiel"),
            ("[[source]]\nname='x'\n[[source.event]]\nname={colum='x'}", "{ column"),
            ("[[source]]\nname='x'\n[[source.event]]\nname='e'\nwhen={property='p'}", "a test is missing"),
        ] {
            let error = Mapping::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_guide_shows_a_mapping_that_can_be_read() {
        let guide = include_str!("../../../docs/guide/mapping.md");
        let (_, rest) = guide.split_once("```toml").unwrap();
        let mapping = Mapping::parse(rest.split_once("```").unwrap().0).unwrap();
        assert_eq!(Mapping::parse(&mapping.to_toml().unwrap()).unwrap(), mapping);
    }

    #[test]
    fn the_published_schema_is_the_types() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/mapping.schema.json");
        let schema = serde_json::to_string_pretty(&Mapping::schema()).unwrap() + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &schema).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), schema, "run the test with UPDATE=1 and review the difference");
    }
}
