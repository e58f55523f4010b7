//! What there is to ask about: every event name with its days, properties and values, and what looks odd about it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use periplus_lake::read::{keys, names};
use periplus_maps::TraitProfile;
use periplus_model::parts::PartTable;
use periplus_model::time::Instant;
use serde::Serialize;
use serde_json::Value;

use crate::profile::profile;
use crate::{Desk, EngineError};

/// So many days are told, the last one being that of the newest event.
pub const DAYS: usize = 30;
const DAY: i64 = 86_400_000_000;
/// The properties of so many events of each name are looked into.
const LOOKED_INTO: u64 = 2_000;
/// So many properties of an event, and values of a property, are told.
const PROPERTIES_MAX: usize = 200;
const VALUES_MAX: usize = 50;
/// A value that is longer is a text of its own rather than one of a few.
const VALUE_BYTES_MAX: usize = 200;
/// A day that usually has fewer events than this may well have none.
const USUAL_MIN: f64 = 20.0;

/// Everything that events and customers have.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Catalogue {
    /// One per event name, the most frequent first.
    pub events: Vec<Entry>,
    /// One per trait.
    pub traits: Vec<TraitProfile>,
    /// Customers in all.
    pub customers: u64,
    /// The oldest event.
    pub first: Option<Instant>,
    /// The newest event.
    pub last: Option<Instant>,
}

/// The events of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// How many.
    pub events: u64,
    /// Customers who had one.
    pub customers: u64,
    /// The first.
    pub first: Instant,
    /// The last.
    pub last: Instant,
    /// The channels they came through.
    pub channels: Vec<(String, u64)>,
    /// How many on each of the last days (UTC), up to the day of the newest event of all.
    pub days: Vec<u64>,
    /// What some of them carry.
    pub properties: Vec<Property>,
    /// What looks odd.
    pub flags: Vec<Flag>,
}

/// A property of events of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// The share of the events that carry it, of those that were looked into.
    pub share: f64,
    /// Its most frequent values; none when nearly every event has another one.
    pub values: Vec<(Value, u64)>,
}

/// What values are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "everybody knows them")]
pub enum Kind {
    #[default]
    Text,
    Number,
    Boolean,
    Time,
    Object,
    List,
    /// Several of these.
    Mixed,
}

/// Something that looks odd about an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// What: `new`, `silent`, `gap`, `spike` or `drift`.
    pub flag: &'static str,
    /// One sentence for a person.
    pub sentence: String,
}

/// Looks at the whole lake.
///
/// # Errors
/// When a part cannot be read, or nobody waits any more.
pub fn catalogue(desk: &Desk<'_>) -> Result<Catalogue, EngineError> {
    let profile = profile(desk)?;
    let (first, last) = desk
        .snapshot
        .of(PartTable::Events)
        .fold((i64::MAX, i64::MIN), |(first, last), part| (first.min(part.time_min), last.max(part.time_max)));
    if first > last {
        return Ok(Catalogue { traits: profile.traits, customers: profile.customers, ..Catalogue::default() });
    }
    let mut looks = looks(desk, last.div_euclid(DAY))?;
    let entry = |event: periplus_maps::EventProfile| {
        let look = looks.remove(&event.name).unwrap_or_default();
        let mut entry = Entry {
            first: Instant(look.first),
            last: Instant(look.last),
            properties: look.properties(),
            days: look.days,
            name: event.name,
            events: event.events,
            customers: event.customers,
            channels: event.channels,
            flags: Vec::new(),
        };
        entry.flags = flags(&entry, first, last);
        entry
    };
    let events = profile.events.into_iter().map(entry).collect();
    Ok(Catalogue { events, traits: profile.traits, customers: profile.customers, first: Some(Instant(first)), last: Some(Instant(last)) })
}

struct Look {
    first: i64,
    last: i64,
    days: Vec<u64>,
    looked: u64,
    seen: BTreeMap<String, Seen>,
}

impl Default for Look {
    fn default() -> Look {
        Look { first: i64::MAX, last: i64::MIN, days: vec![0; DAYS], looked: 0, seen: BTreeMap::new() }
    }
}

#[derive(Default)]
struct Seen {
    count: u64,
    kinds: BTreeSet<Kind>,
    /// None when there are too many.
    values: Option<HashMap<String, u64>>,
}

fn looks(desk: &Desk<'_>, last_day: i64) -> Result<HashMap<String, Look>, EngineError> {
    let mut looks: HashMap<String, Look> = HashMap::new();
    for part in desk.snapshot.of(PartTable::Events) {
        desk.watch.check((desk.stopwatch)())?;
        let wrong = || EngineError::Columns(part.file.clone());
        for batch in desk.lake.read(part, &["customer_key", "time", "event", "properties"], None)? {
            let batch = batch?;
            let column = |name: &str| batch.column_by_name(name).ok_or_else(wrong);
            let (codes, list) = names(column("event")?);
            let times = column("time")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(wrong)?;
            let properties = column("properties")?.as_string_opt::<i32>().ok_or_else(wrong)?;
            for (index, key) in keys(&batch).iter().enumerate() {
                let Some(name) = usize::try_from(codes[index]).ok().map(|code| list[code]) else { continue };
                if desk.snapshot.is_dead(*key, part) {
                    continue;
                }
                if !looks.contains_key(name) {
                    looks.insert(name.to_owned(), Look::default());
                }
                let Some(look) = looks.get_mut(name) else { continue };
                let time = times.value(index);
                look.first = look.first.min(time);
                look.last = look.last.max(time);
                let age = usize::try_from(last_day - time.div_euclid(DAY)).unwrap_or(usize::MAX);
                if let Some(day) = (DAYS - 1).checked_sub(age).and_then(|day| look.days.get_mut(day)) {
                    *day += 1;
                }
                if look.looked < LOOKED_INTO {
                    look.looked += 1;
                    if !properties.is_null(index) {
                        look.look_into(properties.value(index));
                    }
                }
            }
        }
    }
    Ok(looks)
}

impl Look {
    fn look_into(&mut self, text: &str) {
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
        for (name, value) in fields {
            if value.is_null() || (self.seen.len() >= PROPERTIES_MAX && !self.seen.contains_key(&name)) {
                continue;
            }
            let seen = self.seen.entry(name).or_insert_with(|| Seen { values: Some(HashMap::new()), ..Seen::default() });
            seen.count += 1;
            seen.kinds.insert(kind(&value));
            let text = value.to_string();
            if let Some(values) = &mut seen.values {
                *values.entry(text).or_default() += 1;
                if values.len() > VALUES_MAX * 4 || values.keys().any(|value| value.len() > VALUE_BYTES_MAX) {
                    seen.values = None;
                }
            }
        }
    }

    fn properties(&self) -> Vec<Property> {
        let property = |(name, seen): (&String, &Seen)| {
            let mut values: Vec<(Value, u64)> =
                (seen.values.iter().flatten()).filter_map(|(text, count)| Some((serde_json::from_str(text).ok()?, *count))).collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.to_string().cmp(&b.0.to_string())));
            values.truncate(VALUES_MAX);
            // What nearly every event has another one of says who or when it is, and is no choice.
            if seen.count > 20 && values.first().is_some_and(|(_, count)| *count * 20 < seen.count) && values.len() == VALUES_MAX {
                values.clear();
            }
            let kind = match seen.kinds.first() {
                Some(kind) if seen.kinds.len() == 1 => *kind,
                _ => Kind::Mixed,
            };
            Property { name: name.clone(), kind, share: seen.count as f64 / self.looked.max(1) as f64, values }
        };
        let mut properties: Vec<Property> = self.seen.iter().map(property).collect();
        properties.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
        properties
    }
}

fn kind(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Boolean,
        Value::Number(_) => Kind::Number,
        Value::Array(_) => Kind::List,
        Value::Object(_) => Kind::Object,
        Value::String(text) if text.len() >= 10 && text.as_bytes()[4] == b'-' && text.parse::<Instant>().is_ok() => Kind::Time,
        _ => Kind::Text,
    }
}

/// What looks odd about an event: compared with itself on the same days of the weeks before, the last day left out because it is
/// not over.
fn flags(entry: &Entry, first: i64, last: i64) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut say = |flag, sentence| flags.push(Flag { flag, sentence });
    let is_old = last - first > 14 * DAY;
    if is_old && last - entry.first.0 < 7 * DAY {
        say("new", "It came for the first time in the last seven days.".to_owned());
    }
    let week = |days: &[u64]| days.iter().sum::<u64>();
    let earlier = week(&entry.days[..DAYS - 7]) as f64 / (DAYS - 7) as f64;
    if earlier >= USUAL_MIN && week(&entry.days[DAYS - 7..]) == 0 {
        say("silent", format!("There was none in the last seven days, and {earlier:.0} a day before."));
        return flags;
    }
    for age in (2..=7).rev() {
        let at = DAYS - age;
        let (there, usual) = (entry.days[at], usual(&entry.days, at));
        let when = Instant((last.div_euclid(DAY) - (age as i64 - 1)) * DAY).to_string();
        let day = when.get(..10).unwrap_or(&when);
        if usual >= USUAL_MIN && there == 0 {
            say("gap", format!("There was none on {day}, where {usual:.0} are usual on that day of the week."));
        } else if usual >= 1.0 && there as f64 > usual * 3.0 && there as f64 > usual + 6.0 * usual.sqrt() + USUAL_MIN {
            say("spike", format!("There were {there} on {day}, where {usual:.0} are usual on that day of the week."));
        }
    }
    for property in entry.properties.iter().filter(|property| property.kind == Kind::Mixed) {
        say("drift", format!("The values of its property '{}' are not all of one type.", property.name));
    }
    flags
}

/// The median of the same days of the three weeks before.
fn usual(days: &[u64], at: usize) -> f64 {
    let mut same: Vec<u64> = (1..=3).filter_map(|weeks| at.checked_sub(weeks * 7)).map(|day| days[day]).collect();
    same.sort_unstable();
    same.get(same.len() / 2).copied().unwrap_or(0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(days: Vec<u64>, first: i64) -> Entry {
        Entry { days, first: Instant(first), ..Entry::default() }
    }

    fn told(entry: &Entry) -> Vec<&'static str> {
        flags(entry, 0, 100 * DAY).iter().map(|flag| flag.flag).collect()
    }

    #[test]
    fn what_is_as_ever_is_not_odd_and_what_is_not_is_told() {
        let calm = vec![100; DAYS];
        assert_eq!(told(&entry(calm.clone(), 0)), [] as [&str; 0]);
        assert_eq!(told(&entry(calm.clone(), 96 * DAY)), ["new"]);
        let mut gap = calm.clone();
        gap[DAYS - 4] = 0;
        assert_eq!(told(&entry(gap, 0)), ["gap"]);
        let mut spike = calm.clone();
        spike[DAYS - 4] = 500;
        assert_eq!(told(&entry(spike, 0)), ["spike"]);
        let mut silent = calm.clone();
        silent[DAYS - 7..].fill(0);
        assert_eq!(told(&entry(silent, 0)), ["silent"]);
        // Closed on every seventh day: that is usual.
        let closed: Vec<u64> = (0..DAYS).map(|day| if day % 7 == 3 { 0 } else { 100 }).collect();
        assert_eq!(told(&entry(closed, 0)), [] as [&str; 0]);
        let mut today = calm;
        today[DAYS - 1] = 0;
        assert_eq!(told(&entry(today, 0)), [] as [&str; 0], "today is not over");
    }

    #[test]
    fn properties_have_kinds_and_values() {
        let mut look = Look::default();
        for number in 0..100 {
            look.looked += 1;
            look.look_into(&format!(
                r#"{{"size":"{}","n":{number},"at":"2026-01-02T03:04:05Z","odd":{}}}"#,
                ["s", "m"][number % 2],
                ["1", "\"1\""][number % 2]
            ));
        }
        let properties = look.properties();
        let kind_of = |name: &str| properties.iter().find(|property| property.name == name).map(|property| property.kind);
        assert_eq!(["size", "n", "at", "odd"].map(kind_of), [Some(Kind::Text), Some(Kind::Number), Some(Kind::Time), Some(Kind::Mixed)]);
        let size = properties.iter().find(|property| property.name == "size").unwrap();
        assert_eq!(size.values, [(Value::from("m"), 50), (Value::from("s"), 50)]);
        look.look_into("no JSON");
        look.look_into("[]");
        look.look_into(&format!(r#"{{"long":"{}"}}"#, "é".repeat(VALUE_BYTES_MAX)));
        assert_eq!(look.properties().iter().find(|property| property.name == "long").unwrap().values, []);
    }
}
