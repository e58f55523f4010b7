//! A mapping made ready: column names became positions, texts became pieces, and applying it to a row allocates nothing
//! but what grows once.

use std::collections::{BTreeMap, HashSet};

use jiff::tz::TimeZone;
use periplus_model::condition::Test;
use periplus_model::{Condition, EventRow, IdKind, LinkRow, Money, Reason, TraitRow};
use serde_json::Value;

use crate::cell::{Cell, Row, write_json_text};
use crate::columns::{Columns, JOINED};
use crate::gate::{Gate, Outcome, Refusal, Stop, refuse};
use crate::group::Groups;
use crate::ids::{Ids, Normalise};
use crate::lookup::{Joined, WithJoined};
use crate::mapping::{self, Pick, PickWord, Source, Text};
use crate::when::{Pattern, TimeReader};
use crate::{IntakeError, Open, limits};

/// The rules of one source.
#[derive(Debug)]
pub struct Rules {
    source: String,
    joined: Vec<Joined>,
    events: Vec<EventRule>,
    traits: Vec<TraitsRule>,
    links: Vec<LinkRule>,
    ids: Ids,
    /// The texts of the row at hand.
    text: String,
    json: String,
}

#[derive(Debug)]
struct EventRule {
    when: Option<When>,
    name: TextRule,
    time: (usize, TimeReader),
    ids: Vec<IdRule>,
    channel: Option<TextRule>,
    message_id: Option<TextRule>,
    amount: Option<(usize, bool)>,
    currency: Option<TextRule>,
    properties: Picked,
    /// What properties begin with that are the same for all rows: the beginning of a JSON object, or nothing.
    with: String,
    distinct_by: Vec<usize>,
    groups: Groups,
}

#[derive(Debug)]
struct TraitsRule {
    when: Option<When>,
    time: Option<(usize, TimeReader)>,
    ids: Vec<IdRule>,
    columns: Picked,
}

#[derive(Debug)]
struct LinkRule {
    when: Option<When>,
    time: Option<(usize, TimeReader)>,
    ids: Vec<IdRule>,
}

#[derive(Debug)]
struct IdRule {
    kind: IdKind,
    column: usize,
    normalise: Normalise,
    country: Option<String>,
}

/// Columns that become properties or traits.
#[derive(Debug)]
struct Picked {
    /// The column, its name, and its name as a JSON key with the colon.
    columns: Vec<(usize, String, String)>,
    /// For "all": the columns that the rule uses otherwise.
    except: Option<HashSet<usize>>,
    /// How many columns were known when `columns` was made.
    known: Option<usize>,
    /// Names that somebody else speaks for.
    without: Vec<String>,
}

#[derive(Debug)]
enum When {
    And(Vec<When>),
    Or(Vec<When>),
    Not(Box<When>),
    Test(usize, Test),
}

#[derive(Debug)]
enum TextRule {
    Constant(String),
    Column { column: usize, values: BTreeMap<String, String>, default: Option<String> },
    Template(Vec<(String, Option<usize>)>),
}

impl Rules {
    /// Makes a source's rules ready for a table's columns.
    ///
    /// # Errors
    /// When a column is missing, a rule is incomplete or contradicts itself, or a lookup cannot be read.
    pub fn new(source: &Source, columns: &mut Columns, open: &Open<'_>) -> Result<Rules, IntakeError> {
        let mut joined = Vec::new();
        for (number, lookup) in source.lookup.iter().enumerate() {
            joined.push(Joined::load(lookup, number, columns, open)?);
        }
        let mut maker = Maker { source, columns, used: HashSet::new() };
        let events = source.event.iter().map(|rule| maker.event(rule)).collect::<Result<_, _>>()?;
        let traits = source.traits.iter().map(|rule| maker.traits(rule)).collect::<Result<_, _>>()?;
        let links = source.link.iter().map(|rule| maker.link(rule)).collect::<Result<_, _>>()?;
        columns.complain(&source.name)?;
        let mut rules = Rules {
            source: source.name.clone(),
            joined,
            events,
            traits,
            links,
            ids: Ids::default(),
            text: String::new(),
            json: String::new(),
        };
        rules.learn(columns);
        Ok(rules)
    }

    /// Notices columns that were added since.
    pub fn learn(&mut self, columns: &Columns) {
        let picks = self.events.iter_mut().map(|rule| &mut rule.properties).chain(self.traits.iter_mut().map(|rule| &mut rule.columns));
        for pick in picks {
            pick.learn(columns);
        }
    }

    /// The columns of the table that the rules look at.
    pub fn used(&self) -> HashSet<usize> {
        let mut used: HashSet<usize> = self.joined.iter().map(Joined::key).collect();
        for rule in &self.events {
            used.insert(rule.time.0);
            used.extend(rule.ids.iter().map(|id| id.column));
            used.extend(rule.amount.iter().map(|amount| amount.0));
            used.extend(&rule.distinct_by);
            used.extend(rule.properties.columns.iter().map(|pick| pick.0));
            for text in [Some(&rule.name), rule.channel.as_ref(), rule.message_id.as_ref(), rule.currency.as_ref()].into_iter().flatten() {
                text.columns(&mut used);
            }
            rule.when.iter().for_each(|when| when.columns(&mut used));
        }
        let others = self.traits.iter().map(|rule| (&rule.when, &rule.time, &rule.ids));
        for (when, time, ids) in others.chain(self.links.iter().map(|rule| (&rule.when, &rule.time, &rule.ids))) {
            used.extend(time.iter().map(|time| time.0));
            used.extend(ids.iter().map(|id| id.column));
            when.iter().for_each(|when| when.columns(&mut used));
        }
        used.extend(self.traits.iter().flat_map(|rule| rule.columns.columns.iter().map(|pick| pick.0)));
        used.retain(|column| *column < JOINED);
        used
    }

    /// Applies the rules to a row.
    ///
    /// # Errors
    /// The first refusal of any rule (what rules before it made of the row has passed already), or the sink's failure.
    pub fn apply<R: Row + ?Sized>(&mut self, row: &R, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        if self.joined.is_empty() {
            return self.apply_joined(row, gate);
        }
        let mut joined = std::mem::take(&mut self.joined);
        joined.iter_mut().for_each(|lookup| lookup.find(row));
        let result = self.apply_joined(&WithJoined { row, joined: &joined }, gate);
        self.joined = joined;
        result
    }

    fn apply_joined<R: Row + ?Sized>(&mut self, row: &R, gate: &mut Gate<'_>) -> Result<Outcome, Stop> {
        let mut outcome = Outcome::Skipped;
        let Rules { source, events, traits, links, ids, text, json, .. } = self;
        for rule in events {
            if rule.when.as_ref().is_none_or(|when| when.holds(row)) {
                rule.apply(source, row, ids, text, json, gate)?;
                outcome = Outcome::Accepted;
            }
        }
        for rule in traits {
            if rule.when.as_ref().is_none_or(|when| when.holds(row)) && rule.apply(row, ids, json, gate)? {
                outcome = Outcome::Accepted;
            }
        }
        for rule in links {
            if rule.when.as_ref().is_none_or(|when| when.holds(row)) {
                collect(&rule.ids, row, ids)?;
                let time = optional_time(&rule.time, row)?;
                if ids.len() >= 2 {
                    ids.with(|ids| gate.link(&LinkRow { time, ids }))?;
                    outcome = Outcome::Accepted;
                }
            }
        }
        Ok(outcome)
    }

    /// Lets the events pass that waited for more rows.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn finish(&mut self, gate: &mut Gate<'_>) -> Result<(), IntakeError> {
        for rule in &mut self.events {
            match rule.groups.finish(gate) {
                Err(Stop::Sink(error)) => return Err(IntakeError::Sink(error)),
                // What was opened has passed the gate's check before.
                Err(Stop::Refused(_)) | Ok(()) => {}
            }
        }
        Ok(())
    }
}

impl EventRule {
    fn apply<R: Row + ?Sized>(
        &mut self,
        source: &str,
        row: &R,
        ids: &mut Ids,
        text: &mut String,
        json: &mut String,
        gate: &mut Gate<'_>,
    ) -> Result<(), Stop> {
        text.clear();
        json.clear();
        let amount = self.amount.map(|(column, comma)| money(row.cell(column), comma)).transpose()?.flatten();
        let mut group = None;
        if !self.distinct_by.is_empty() {
            text.push_str(source);
            for column in &self.distinct_by {
                text.push('/');
                row.cell(*column).text(text);
            }
            let key = xxhash_rust::xxh3::xxh3_128(text.as_bytes());
            if self.groups.add(key, amount)? {
                return Ok(());
            }
            if text.len() > limits::MESSAGE_ID {
                text.clear();
                text.push_str(&format!("{key:032x}"));
            }
            group = Some((key, text.len()));
        }
        let (column, reader) = &self.time;
        let cell = row.cell(*column);
        if cell.is_null() {
            return refuse(Reason::NoTime, "the time is empty");
        }
        let Some(time) = reader.read(cell) else {
            let mut value = String::new();
            cell.text(&mut value);
            value.truncate(value.floor_char_boundary(80));
            return refuse(Reason::BadTime, format!("'{value}' is not a time of the expected format between 1900 and 2200"));
        };
        collect(&self.ids, row, ids)?;
        let mut piece = |rule: Option<&TextRule>| {
            let start = text.len();
            rule.is_some_and(|rule| rule.write(row, text)).then_some((start, text.len()))
        };
        let (name, channel) = (piece(Some(&self.name)), piece(self.channel.as_ref()));
        let message_id = piece(self.message_id.as_ref()).or(group.map(|(_, end)| (0, end)));
        let currency = piece(self.currency.as_ref());
        if let Some((from, to)) = currency
            && let Some(code) = text.get_mut(from..to)
        {
            code.make_ascii_uppercase();
        }
        let piece = |range: Option<(usize, usize)>| range.map(|(from, to)| &text[from..to]);
        json.push_str(&self.with);
        self.properties.write(row, json)?;
        let Some(event) = piece(name) else { return refuse(Reason::NoEvent, "the event's name is empty") };
        ids.with(|ids| {
            let event = EventRow {
                time,
                event: event.trim(),
                ids,
                channel: piece(channel),
                message_id: piece(message_id),
                amount,
                currency: piece(currency).filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())),
                properties: json,
            };
            match group {
                Some((key, _)) => self.groups.open(key, &event, gate),
                None => gate.event(&event),
            }
        })
    }
}

impl TraitsRule {
    /// Whether there was a trait.
    fn apply<R: Row + ?Sized>(&self, row: &R, ids: &mut Ids, json: &mut String, gate: &mut Gate<'_>) -> Result<bool, Stop> {
        collect(&self.ids, row, ids)?;
        let time = optional_time(&self.time, row)?;
        ids.with(|ids| {
            let mut any = false;
            for (column, name, _) in &self.columns.columns {
                let cell = row.cell(*column);
                if !cell.is_null() {
                    json.clear();
                    cell.json(json);
                    gate.traits(&TraitRow { time, ids, name, value: json })?;
                    any = true;
                }
            }
            Ok(any)
        })
    }
}

fn collect<R: Row + ?Sized>(rules: &[IdRule], row: &R, ids: &mut Ids) -> Result<(), Refusal> {
    ids.clear();
    for rule in rules {
        let cell = row.cell(rule.column);
        if !cell.is_null() {
            ids.add(&rule.kind, rule.normalise, rule.country.as_deref(), |out| id_text(cell, out))?;
        }
    }
    Ok(())
}

/// Identifiers that pandas turned into floats because some were missing (`123.0`) are whole numbers again.
fn id_text(cell: Cell<'_>, out: &mut String) {
    match cell {
        Cell::Float(x) if x.fract() == 0.0 && x.abs() < 9e15 => Cell::Int(x as i64).text(out),
        _ => cell.text(out),
    }
}

fn optional_time<R: Row + ?Sized>(time: &Option<(usize, TimeReader)>, row: &R) -> Result<Option<periplus_model::Instant>, Refusal> {
    let Some((column, reader)) = time else { return Ok(None) };
    let cell = row.cell(*column);
    if cell.is_null() {
        return Ok(None);
    }
    match reader.read(cell) {
        Some(at) => Ok(Some(at)),
        None => refuse(Reason::BadTime, "the time is not of the expected format, or not between 1900 and 2200"),
    }
}

/// Money in a cell; nothing where it is empty.
pub fn money(cell: Cell<'_>, decimal_comma: bool) -> Result<Option<Money>, Refusal> {
    let money = match cell {
        Cell::Null => return Ok(None),
        Cell::Int(units) => units.checked_mul(1_000_000).map(Money),
        Cell::Float(units) => Money::from_f64(units),
        Cell::Text(text) | Cell::Field(text) => {
            let bare = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥'));
            match decimal_comma {
                true => Money::parse(&bare.replace(['.', ' ', '\'', '\u{a0}', '\u{202f}'], "").replace(',', ".")),
                false => Money::parse(bare),
            }
        }
        _ => None,
    };
    match money {
        Some(money) => Ok(Some(money)),
        None => {
            let mut value = String::new();
            cell.text(&mut value);
            value.truncate(value.floor_char_boundary(80));
            refuse(Reason::BadAmount, format!("'{value}' is not an amount of money"))
        }
    }
}

impl Picked {
    fn learn(&mut self, columns: &Columns) {
        let Some(except) = &self.except else { return };
        let mut add = |column: usize, name: &str| {
            if !except.contains(&column) && !name.is_empty() {
                self.columns.push((column, name.to_owned(), json_key(name)));
            }
        };
        if self.known.is_none() {
            let mut joined: Vec<(&str, usize)> = columns.joined().collect();
            joined.sort_by_key(|(_, at)| *at);
            joined.into_iter().for_each(|(name, at)| add(at, name));
        }
        for (column, name) in columns.names().iter().enumerate().skip(self.known.unwrap_or(0)) {
            if columns.get(name) == Some(column) {
                add(column, name);
            }
        }
        self.known = Some(columns.names().len());
    }

    /// Writes the columns of a row as a JSON object; nothing when all are empty.
    fn write<R: Row + ?Sized>(&self, row: &R, out: &mut String) -> Result<(), Refusal> {
        for (column, name, key) in &self.columns {
            let cell = row.cell(*column);
            if cell.is_null() || self.without.contains(name) {
                continue;
            }
            if cell.text_length() > limits::PROPERTY_TEXT {
                let bytes = cell.text_length();
                return refuse(Reason::TooLarge, format!("'{name}' has {bytes} bytes; {} are allowed", limits::PROPERTY_TEXT));
            }
            out.push(if out.is_empty() { '{' } else { ',' });
            out.push_str(key);
            cell.json(out);
        }
        if !out.is_empty() {
            out.push('}');
        }
        Ok(())
    }
}

fn json_key(name: &str) -> String {
    let mut key = String::new();
    write_json_text(name, &mut key);
    key.push(':');
    key
}

impl When {
    fn holds<R: Row + ?Sized>(&self, row: &R) -> bool {
        match self {
            When::And(all) => all.iter().all(|when| when.holds(row)),
            When::Or(any) => any.iter().any(|when| when.holds(row)),
            When::Not(when) => !when.holds(row),
            When::Test(column, test) => match (test, row.cell(*column)) {
                // The common test, without making a JSON value of the cell.
                (Test::In(values), Cell::Text(text) | Cell::Field(text)) if values.iter().all(Value::is_string) => {
                    values.iter().any(|value| value.as_str() == Some(text))
                }
                (test, Cell::Null) => test.passes(None),
                (test, cell) => test.passes(Some(&cell.value())),
            },
        }
    }

    fn columns(&self, used: &mut HashSet<usize>) {
        match self {
            When::And(all) | When::Or(all) => all.iter().for_each(|when| when.columns(used)),
            When::Not(when) => when.columns(used),
            When::Test(column, _) => drop(used.insert(*column)),
        }
    }
}

impl TextRule {
    /// Appends the text; whether there is one.
    fn write<R: Row + ?Sized>(&self, row: &R, out: &mut String) -> bool {
        let start = out.len();
        match self {
            TextRule::Constant(text) => out.push_str(text),
            TextRule::Column { column, values, default } => {
                id_text(row.cell(*column), out);
                if let Some(text) = values.get(&out[start..]) {
                    out.truncate(start);
                    out.push_str(text);
                }
                if let Some(default) = default.as_ref().filter(|_| out[start..].trim().is_empty()) {
                    out.push_str(default);
                }
            }
            TextRule::Template(pieces) => {
                let mut any = pieces.iter().all(|(_, column)| column.is_none());
                for (text, column) in pieces {
                    out.push_str(text);
                    if let Some(column) = column {
                        let before = out.len();
                        id_text(row.cell(*column), out);
                        any |= out.len() > before;
                    }
                }
                if !any {
                    out.truncate(start);
                }
            }
        }
        !out[start..].trim().is_empty()
    }

    fn columns(&self, used: &mut HashSet<usize>) {
        match self {
            TextRule::Constant(_) => {}
            TextRule::Column { column, .. } => drop(used.insert(*column)),
            TextRule::Template(pieces) => used.extend(pieces.iter().filter_map(|(_, column)| *column)),
        }
    }
}

/// Makes rules of what was written.
struct Maker<'a> {
    source: &'a Source,
    columns: &'a mut Columns,
    /// The columns that the rule at hand uses, which "all" leaves out.
    used: HashSet<usize>,
}

impl Maker<'_> {
    fn event(&mut self, rule: &mapping::Event) -> Result<EventRule, IntakeError> {
        self.used.clear();
        let Some(time) = rule.time.as_ref().or(self.source.time.as_ref()) else {
            return self.wrong("an event rule has no time: add `time = { column = \"...\" }` to it or to the source");
        };
        let (name, time, ids) = (self.text(&rule.name)?, self.time(time)?, self.ids(&rule.ids)?);
        let channel = rule.channel.as_ref().map(|text| self.text(text)).transpose()?;
        let message_id = rule.message_id.as_ref().map(|text| self.text(text)).transpose()?;
        let amount = rule.amount.as_ref().map(|amount| (self.column(&amount.column), amount.decimal_comma));
        let currency = rule.currency.as_ref().map(|text| self.text(text)).transpose()?;
        let distinct_by = rule.distinct_by.iter().map(|name| self.column(name)).collect();
        let when = self.when(&rule.when)?;
        let mut properties = self.pick(&rule.properties);
        properties.without = rule.with.keys().cloned().collect();
        let mut with = String::new();
        for (name, value) in &rule.with {
            with.push(if with.is_empty() { '{' } else { ',' });
            with.push_str(&json_key(name));
            with.push_str(&value.json().to_string());
        }
        let groups = Groups::default();
        Ok(EventRule { when, name, time, ids, channel, message_id, amount, currency, properties, with, distinct_by, groups })
    }

    fn traits(&mut self, rule: &mapping::Traits) -> Result<TraitsRule, IntakeError> {
        self.used.clear();
        let (when, ids) = (self.when(&rule.when)?, self.ids(&rule.ids)?);
        let time = rule.time.as_ref().map(|time| self.time(time)).transpose()?;
        let household = rule.household.as_ref().map(|name| self.column(name));
        let mut columns = self.pick(&rule.columns);
        columns.columns.extend(household.map(|column| (column, "household".to_owned(), json_key("household"))));
        Ok(TraitsRule { when, time, ids, columns })
    }

    fn link(&mut self, rule: &mapping::Link) -> Result<LinkRule, IntakeError> {
        let (when, ids) = (self.when(&rule.when)?, self.ids(&rule.ids)?);
        if ids.len() < 2 {
            return self.wrong("a link needs at least two identifiers");
        }
        let time = rule.time.as_ref().map(|time| self.time(time)).transpose()?;
        Ok(LinkRule { when, time, ids })
    }

    fn column(&mut self, name: &str) -> usize {
        let column = self.columns.find(name);
        self.used.insert(column);
        column
    }

    fn time(&mut self, time: &mapping::Time) -> Result<(usize, TimeReader), IntakeError> {
        let pattern = match time.format.as_str() {
            "rfc3339" | "date" => Pattern::Iso,
            "epoch_s" => Pattern::Epoch(1_000_000),
            "epoch_ms" => Pattern::Epoch(1_000),
            "epoch_us" => Pattern::Epoch(1),
            pattern if pattern.contains('%') => Pattern::Strptime(pattern.to_owned()),
            other => {
                return self.wrong(&format!(
                    "'{other}' is not a time format; use rfc3339, date, epoch_s, epoch_ms, epoch_us or a pattern such as %d.%m.%Y %H:%M"
                ));
            }
        };
        let zone = match &time.zone {
            None => None,
            Some(name) => match TimeZone::get(name) {
                Ok(zone) => Some(zone),
                Err(_) => return self.wrong(&format!("'{name}' is not a time zone; use an IANA name such as Europe/Berlin")),
            },
        };
        Ok((self.column(&time.column), TimeReader::new(pattern, zone).end_of_day(time.end_of_day)))
    }

    fn ids(&mut self, own: &[mapping::Id]) -> Result<Vec<IdRule>, IntakeError> {
        let written = if own.is_empty() { &self.source.ids } else { own };
        if written.is_empty() {
            return self.wrong("a rule has no identifier: add `ids = [{ kind = \"user_id\", column = \"...\" }]` to it or to the source");
        }
        let rule = |id: &mapping::Id, column: usize| IdRule {
            kind: id.kind.clone(),
            column,
            normalise: id.normalise.unwrap_or_else(|| Normalise::default_for(&id.kind)),
            country: id.country.as_ref().map(|code| code.trim_start_matches(['+', '0']).to_owned()),
        };
        Ok(written.iter().map(|id| rule(id, self.column(&id.column))).collect())
    }

    fn text(&mut self, text: &Text) -> Result<TextRule, IntakeError> {
        Ok(match text {
            Text::Constant(text) => TextRule::Constant(text.clone()),
            Text::Column(from) => {
                TextRule::Column { column: self.column(&from.column), values: from.values.clone(), default: from.default.clone() }
            }
            Text::Template(template) => TextRule::Template(self.template(&template.template)?),
        })
    }

    fn template(&mut self, template: &str) -> Result<Vec<(String, Option<usize>)>, IntakeError> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('{') {
                text.push('{');
                rest = after;
                continue;
            }
            let Some((name, after)) = rest.split_once('}') else {
                return self.wrong(&format!("the template '{template}' opens a brace and does not close it"));
            };
            pieces.push((std::mem::take(&mut text), Some(self.column(name))));
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push((text, None));
        }
        Ok(pieces)
    }

    fn when(&mut self, when: &Option<Condition>) -> Result<Option<When>, IntakeError> {
        when.as_ref().map(|condition| self.condition(condition)).transpose()
    }

    fn condition(&mut self, condition: &Condition) -> Result<When, IntakeError> {
        let mut all = |list: &[Condition]| list.iter().map(|one| self.condition(one)).collect::<Result<Vec<_>, _>>();
        Ok(match condition {
            Condition::And(list) => When::And(all(list)?),
            Condition::Or(list) => When::Or(all(list)?),
            Condition::Not(one) => When::Not(Box::new(self.condition(one)?)),
            // A condition is no use of a column: it stays among "all".
            Condition::Property(name, test) => When::Test(self.columns.find(name), test.clone()),
            _ => return self.wrong("a row's condition may use `property` (which means a column), `and`, `or` and `not`"),
        })
    }

    fn pick(&mut self, pick: &Pick) -> Picked {
        let columns = match pick {
            Pick::Word(PickWord::All) => {
                return Picked { columns: Vec::new(), except: Some(self.used.clone()), known: None, without: Vec::new() };
            }
            Pick::Word(PickWord::None) => Vec::new(),
            Pick::List(names) => names.iter().map(|name| (self.columns.find(name), name.clone(), json_key(name))).collect(),
            Pick::Rename(names) => names.iter().map(|(theirs, ours)| (self.columns.find(theirs), ours.clone(), json_key(ours))).collect(),
        };
        Picked { columns, except: None, known: None, without: Vec::new() }
    }

    fn wrong<T>(&self, message: &str) -> Result<T, IntakeError> {
        Err(IntakeError::Mapping(mapping::MappingError(format!("source '{}': {message}", self.source.name))))
    }
}
