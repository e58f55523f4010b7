//! Any other table: what its columns mean is guessed from their names and held against their values.
//!
//! The guess is a [`Mapping`], so that a person can look at it, save it, correct it and import with it.

use periplus_model::IdKind;
use periplus_model::identity::is_blocked;
use serde_json::Value;

use crate::cell::Cell;
use crate::limits;
use crate::mapping::{Amount, Event, Id, Mapping, Pick, PickWord, Source, Text, TextColumn, Time};
use crate::when::{Pattern, TimeReader};

/// Names of time columns, best first, as [`plain`] writes them.
const TIMES: [&str; 20] = [
    "timestamp",
    "event_timestamp",
    "event_time",
    "time",
    "time_timestamp",
    "datetime",
    "date_time",
    "occurred_at",
    "happened_at",
    "ts",
    "event_date",
    "created_at",
    "transaction_timestamp",
    "order_date",
    "purchase_date",
    "sent_at",
    "visit_time",
    "received_at",
    "date",
    "day",
];

/// Names of event columns, best first.
const EVENTS: [&str; 13] = [
    "event",
    "event_name",
    "activity",
    "concept_name",
    "event_type",
    "touchpoint",
    "action",
    "event_action",
    "interaction",
    "activity_name",
    "step",
    "type",
    "name",
];

/// Names of identifiers and their kinds, strongest first.
const IDS: [(&str, &str); 40] = [
    ("user_id", "user_id"),
    ("userid", "user_id"),
    ("customer_id", "user_id"),
    ("customerid", "user_id"),
    ("customer", "user_id"),
    ("user", "user_id"),
    ("uid", "user_id"),
    ("person_id", "user_id"),
    ("member_id", "user_id"),
    ("contact_id", "user_id"),
    ("profile_id", "user_id"),
    ("account_id", "user_id"),
    ("distinct_id", "user_id"),
    ("master_id", "user_id"),
    ("email", "email"),
    ("e_mail", "email"),
    ("email_address", "email"),
    ("mail", "email"),
    ("phone", "phone"),
    ("phone_number", "phone"),
    ("telephone", "phone"),
    ("mobile", "phone"),
    ("loyalty_card", "loyalty_card"),
    ("loyalty_id", "loyalty_card"),
    ("loyalty_card_id", "loyalty_card"),
    ("card_number", "loyalty_card"),
    ("case_concept_name", "case_id"),
    ("case_id", "case_id"),
    ("caseid", "case_id"),
    ("case", "case_id"),
    ("anonymous_id", "anonymous_id"),
    ("user_pseudo_id", "anonymous_id"),
    ("visitor_id", "anonymous_id"),
    ("visitorid", "anonymous_id"),
    ("fullvisitorid", "anonymous_id"),
    ("visitor", "anonymous_id"),
    ("cookie_id", "anonymous_id"),
    ("client_id", "anonymous_id"),
    ("client", "anonymous_id"),
    ("device_id", "device_id"),
];

/// Households are customers only where nobody more precise is named.
const HOUSEHOLDS: [&str; 3] = ["household_id", "household_key", "household"];

const MESSAGE_IDS: [&str; 5] = ["message_id", "event_id", "insert_id", "event_uuid", "uuid"];

const AMOUNTS: [&str; 8] = ["amount", "revenue", "total", "order_value", "sales_value", "price", "value", "spend"];

/// Patterns of times that are not RFC 3339.
const PATTERNS: [&str; 10] = [
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
    "%Y%m%d",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y",
    "%d/%m/%Y",
];

/// A table whose columns do not say what they mean.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot tell which column is {}; its columns are: {}. Say it in a mapping file (--mapping){}", .missing.join(", or which is "), .columns.join(", "), .hint)]
pub struct GuessError {
    /// What is missing ("the time", "the event", "the customer").
    pub missing: Vec<&'static str>,
    /// The columns that there are.
    pub columns: Vec<String>,
    /// What else was noticed.
    pub hint: String,
}

/// A column's name in lower case, with one underscore for whatever separates its words.
fn plain(name: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && lower_before {
                out.push('_');
            }
            lower_before = c.is_lowercase() || c.is_numeric();
            out.extend(c.to_lowercase());
        } else {
            if !out.ends_with('_') && !out.is_empty() {
                out.push('_');
            }
            lower_before = false;
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Guesses what a table's columns mean, from their names and some rows (one value per column, in the columns' order).
///
/// # Errors
/// When no column is obviously the time, the event or the customer: what is missing, and which columns there are.
pub fn guess(headers: &[String], rows: &[Vec<Value>]) -> Result<Mapping, GuessError> {
    let names: Vec<String> = headers.iter().map(|name| plain(name)).collect();
    let values = |column: usize| rows.iter().filter_map(move |row| row.get(column)).filter(|value| !Cell::of(value).is_null());
    let position = |wanted: &str| names.iter().position(|name| name == wanted);
    let text_like = |column: &usize| values(*column).all(|value| !value.is_array() && !value.is_object());
    let mut hint = String::new();

    let by_name = TIMES.iter().filter_map(|name| position(name));
    let by_ending =
        names.iter().enumerate().filter(|(_, name)| ["_at", "_time", "_timestamp", "_date"].iter().any(|end| name.ends_with(end)));
    let time = by_name.chain(by_ending.map(|(column, _)| column)).find_map(|column| {
        let cells: Vec<Cell<'_>> = values(column).map(Cell::of).collect();
        // A header without rows has nothing to hold its names against.
        let format = if rows.is_empty() { Ok("rfc3339".to_owned()) } else { time_format(&cells) };
        match format {
            Ok(format) => Some(Time { column: headers[column].clone(), format, zone: None, end_of_day: false }),
            Err(why) => {
                hint = format!(". The column '{}' {why}", headers[column]);
                None
            }
        }
    });

    let event = EVENTS.iter().filter_map(|name| position(name)).filter(text_like).find(|column| {
        let texts: Vec<&Value> = values(*column).collect();
        let distinct: std::collections::HashSet<String> = texts.iter().map(|value| value.to_string()).collect();
        // Names repeat; a column in which hardly any value does is a title or a person.
        let repeats = texts.len() < 20 || distinct.len() * 2 <= texts.len();
        (rows.is_empty() || !texts.is_empty())
            && repeats
            && texts.iter().all(|value| value.as_str().is_none_or(|text| text.len() <= limits::EVENT_NAME))
    });

    let names_somebody = |column: &usize| rows.is_empty() || values(*column).any(|value| !value.as_str().is_some_and(is_blocked));
    let mut ids: Vec<Id> = Vec::new();
    let households = HOUSEHOLDS.iter().map(|name| (*name, "household_id"));
    for (name, kind) in IDS.iter().copied().chain(households) {
        let wanted = kind != "household_id" || ids.is_empty();
        if let Some(column) = position(name).filter(text_like).filter(names_somebody).filter(|_| wanted)
            && ids.iter().all(|id| id.kind.name() != kind)
            && let Ok(kind) = IdKind::new(kind)
        {
            ids.push(Id { kind, column: headers[column].clone(), normalise: None, country: None });
        }
    }

    let mut missing = Vec::new();
    for (what, there) in [("the time", time.is_some()), ("the event", event.is_some()), ("the customer", !ids.is_empty())] {
        if !there {
            missing.push(what);
        }
    }
    let (Some(time), Some(event), true) = (time, event, missing.is_empty()) else {
        return Err(GuessError { missing, columns: headers.to_vec(), hint });
    };
    let column = |wanted: &str| position(wanted).filter(text_like).map(|at| headers[at].clone());
    let text = |column: String| Text::Column(TextColumn { column, values: Default::default(), default: None });
    let amount = AMOUNTS.iter().find_map(|name| {
        let at = position(name)?;
        let is_money = |value: &Value| value.is_number();
        (values(at).next().is_some() && values(at).all(is_money)).then(|| Amount { column: headers[at].clone(), decimal_comma: false })
    });
    let rule = Event {
        name: text(headers[event].clone()),
        when: None,
        time: None,
        ids: Vec::new(),
        channel: column("channel").map(text),
        message_id: MESSAGE_IDS.iter().find_map(|name| column(name)).map(text),
        amount,
        currency: column("currency").map(text),
        properties: Pick::Word(PickWord::All),
        with: Default::default(),
        distinct_by: Vec::new(),
    };
    Ok(Mapping {
        source: vec![Source {
            name: "table".to_owned(),
            file: "*".to_owned(),
            delimiter: None,
            encoding: Default::default(),
            header: None,
            lookup: Vec::new(),
            time: Some(time),
            ids,
            event: vec![rule],
            traits: Vec::new(),
            link: Vec::new(),
        }],
    })
}

/// The format in which at least nine of ten values are times; or why there is none.
fn time_format(cells: &[Cell<'_>]) -> Result<String, &'static str> {
    if cells.is_empty() {
        return Err("is empty");
    }
    let fits = |pattern: Pattern| {
        let reader = TimeReader::new(pattern, None);
        10 * cells.iter().filter(|cell| reader.read(**cell).is_some()).count() >= 9 * cells.len()
    };
    if fits(Pattern::Iso) {
        return Ok("rfc3339".to_owned());
    }
    let number = |cell: &Cell<'_>| match cell {
        Cell::Int(number) => Some(*number as f64),
        Cell::Float(number) => Some(*number),
        Cell::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let numbers: Vec<f64> = cells.iter().filter_map(number).collect();
    if numbers.len() * 10 >= cells.len() * 9 {
        // Between 1973 and 5138, so that neither small counts nor another unit are taken for times.
        for (format, low, high) in [("epoch_s", 1e8, 1e11), ("epoch_ms", 1e11, 1e14), ("epoch_us", 1e14, 1e17)] {
            let plausible = 10 * numbers.iter().filter(|number| (low..high).contains(*number)).count() >= 9 * cells.len();
            if plausible && !(format == "epoch_s" && fits(Pattern::Strptime("%Y%m%d".to_owned()))) {
                return Ok(format.to_owned());
            }
        }
    }
    let fitting: Vec<&str> = PATTERNS.into_iter().filter(|pattern| fits(Pattern::Strptime((*pattern).to_owned()))).collect();
    match fitting[..] {
        [] => Err("holds readable times in fewer than nine of ten rows"),
        [one] => Ok(one.to_owned()),
        _ => Err("holds dates that may be day first or month first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn guessed(headers: &[&str], row: Value) -> Result<Mapping, GuessError> {
        let headers: Vec<String> = headers.iter().map(|name| name.to_string()).collect();
        guess(&headers, &[row.as_array().unwrap().clone()])
    }

    #[test]
    fn obvious_tables_are_understood() {
        let mapping = guessed(
            &["CustomerId", "eventTime", "Event Name", "channel", "revenue", "x"],
            json!([7, 1_700_000_000_000i64, "a", "web", 1.5, 2]),
        )
        .unwrap();
        let source = &mapping.source[0];
        assert_eq!(source.time.as_ref().unwrap().format, "epoch_ms");
        assert_eq!(source.ids[0].kind, IdKind::USER);
        assert_eq!(source.event[0].amount.as_ref().unwrap().column, "revenue");
        assert_eq!(Mapping::parse(&mapping.to_toml().unwrap()).unwrap(), mapping);
        let mapping =
            guessed(&["", "concept:name", "time:timestamp", "case:concept:name"], json!([0, "a", "2010-12-30 14:32:00+01:00", "3"]))
                .unwrap();
        assert_eq!(mapping.source[0].ids[0].kind.name(), "case_id");
        let mapping = guessed(&["email", "visitor", "household_id", "day", "event"], json!(["a@b.c", "v", 3, 20260301, "x"])).unwrap();
        assert_eq!(mapping.source[0].ids.iter().map(|id| id.kind.name()).collect::<Vec<_>>(), ["email", "anonymous_id"]);
        assert_eq!(mapping.source[0].time.as_ref().unwrap().format, "%Y%m%d");
    }

    #[test]
    fn what_is_missing_is_said() {
        let error = guessed(&["recency", "history", "segment"], json!([1, 2, "a"])).unwrap_err();
        assert_eq!(error.missing, ["the time", "the event", "the customer"]);
        assert!(error.to_string().contains("recency, history, segment"), "{error}");
        let error = guessed(&["user_id", "date", "event"], json!(["u", "03/04/2026", "a"])).unwrap_err();
        assert_eq!(error.missing, ["the time"]);
        assert!(error.to_string().contains("day first or month first"), "{error}");
    }
}
