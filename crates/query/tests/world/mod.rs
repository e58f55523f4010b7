//! A lake and the same as plain lists: several parts per customer, months, late rows, ties in time, customers who turn out
//! to be others, and compaction.
#![allow(dead_code, reason = "every test file uses some of it")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use periplus_engine::Columns;
use periplus_lake::{Import, Lake, Rewrite, Settings, Themselves, Whose, Written, compaction};
use periplus_maps::JourneyMap;
use periplus_model::answer::{Answer, Table, View};
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::money::Money;
use periplus_model::parts::Snapshot;
use periplus_model::record::{EventRow, TraitRow};
use periplus_model::time::Instant;
use periplus_query::{Limits, Names, QueryError, Source, Sql, sql};
use serde_json::Value;

const TINY: Settings = Settings { threads: 2, bytes_at_once: 3_000, bucket_rows: 150 };
pub const MINUTE: i64 = 60_000_000;
pub const DAY: i64 = 86_400_000_000;
pub const EVENTS: [&str; 5] = ["look", "basket", "buy", "call", "survey"];
pub const CUSTOMERS: u64 = 60;

pub const MAP: &str = r#"
version: 1
id: shop
title: Shop
stages:
  - {id: see, name: See}
  - {id: have, name: Buy}
touchpoints:
  - {id: look-web, name: Looks on the web, stage: see, when: {event: look, where: {channel: web}}}
  - {id: look, name: Looks elsewhere, stage: see, when: look}
  - {id: buy, name: Buys, stage: have, when: buy}
scores:
  - {name: NPS, when: survey, property: nps, scale: [0, 10], comment: words}
"#;

/// Chance that comes again.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

#[derive(Clone, Debug)]
pub struct Plain {
    pub who: u64,
    pub time: i64,
    pub event: usize,
    pub web: bool,
    pub n: u64,
    pub amount: Option<i64>,
    pub seq: u64,
}

#[derive(Clone, Debug)]
pub struct Told {
    pub who: u64,
    pub time: Option<i64>,
    pub name: &'static str,
    pub value: String,
    pub seq: u64,
}

#[derive(Default)]
pub struct Merged(HashMap<i64, i64>);

impl Whose for Merged {
    fn customer(&self, own_key: i64, _time: i64) -> i64 {
        self.0.get(&own_key).copied().unwrap_or(own_key)
    }
}

/// Those who were merged are in the store's list; it names them.
struct Known(HashMap<i64, String>);

impl Names for Known {
    fn name(&self, key: i64) -> Result<Option<String>, String> {
        Ok(self.0.get(&key).cloned())
    }
}

pub fn key(who: u64) -> i64 {
    CustomerKey::of("user_id", &who.to_string()).0
}

pub struct World {
    home: tempfile::TempDir,
    lake: Lake,
    pub columns: Arc<Columns>,
    pub snapshot: Snapshot,
    whose: Merged,
    seq: u64,
    pub events: Vec<Plain>,
    pub traits: Vec<Told>,
    pub map: Option<JourneyMap>,
}

impl World {
    pub fn empty() -> World {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let (snapshot, whose) = (Snapshot::default(), Merged::default());
        let map = periplus_maps::parse(MAP).unwrap_or_else(|problems| panic!("{problems:?}"));
        World {
            home,
            lake,
            columns: Arc::new(Columns::new(1 << 20)),
            snapshot,
            whose,
            seq: 0,
            events: Vec::new(),
            traits: Vec::new(),
            map: Some(map),
        }
    }

    /// Some imports of so many events.
    pub fn new(seed: u64, imports: u64, events: u64) -> World {
        let mut world = World::empty();
        let mut dice = Dice::new(seed);
        for _ in 0..imports {
            world.import(&mut dice, events);
        }
        world
    }

    pub fn import(&mut self, dice: &mut Dice, events: u64) {
        let mut import = Import::begin(&self.lake, TINY, self.seq).unwrap();
        for _ in 0..events {
            let event = Plain {
                who: dice.below(CUSTOMERS),
                time: dice.below(70) as i64 * DAY + dice.below(6) as i64 * 17 * MINUTE,
                event: dice.below(EVENTS.len() as u64) as usize,
                web: dice.below(2) == 0,
                n: dice.below(11),
                amount: (dice.below(3) == 0).then(|| dice.below(1_000_000_000) as i64),
                seq: self.seq + import.rows(),
            };
            let (who, message) = (event.who.to_string(), event.seq.to_string());
            let words = if event.n.is_multiple_of(2) { r#","words":"so so""# } else { "" };
            let row = EventRow {
                time: Instant(event.time),
                event: EVENTS[event.event],
                ids: &[(IdKind::USER, &who)],
                channel: event.web.then_some("web"),
                message_id: Some(&message),
                amount: event.amount.map(Money),
                currency: None,
                properties: &format!(r#"{{"nps":{},"deep":{{"er":"x{}"}}{words}}}"#, event.n, event.n),
            };
            import.event("test", &row).unwrap();
            self.events.push(event);
        }
        for _ in 0..events / 8 {
            let name = ["tier", "age"][dice.below(2) as usize];
            let value = match (name, dice.below(4)) {
                (_, 0) => "null".to_owned(),
                ("tier", one) => format!("\"t{one}\""),
                (_, one) => (one * 10).to_string(),
            };
            // Some of them never did anything.
            let who = dice.below(CUSTOMERS + 20);
            let time = (dice.below(3) > 0).then(|| dice.below(70) as i64 * DAY);
            let same = |told: &Told| (told.who, told.time, told.name, told.value.as_str()) == (who, time, name, value.as_str());
            // What was told before in the same words says nothing new.
            if !self.traits.iter().any(same) {
                self.traits.push(Told { who, time, name, value: value.clone(), seq: self.seq + import.rows() });
            }
            let row = TraitRow { time: time.map(Instant), ids: &[(IdKind::USER, &who.to_string())], name, value: &value };
            import.traits("test", &row).unwrap();
        }
        let mut moved = HashSet::new();
        let (from, to) = (dice.below(CUSTOMERS), dice.below(CUSTOMERS));
        if from != to {
            // Whoever said to be 'from' is 'to' now, and 'to' is nobody else any more.
            moved.extend([self.whose.customer(key(from), 0), self.whose.customer(key(to), 0), key(from), key(to)]);
            self.whose.0.remove(&key(to));
            self.whose.0.insert(key(from), key(to));
        }
        let dead = import.rewrite(&self.lake, &self.snapshot, &Rewrite::Keys(&moved), &self.whose).unwrap();
        let written = import.finish(&self.snapshot, 0, &self.whose, &|_, _| ()).unwrap();
        self.seq = written.next_seq;
        self.commit(written, &HashSet::new());
        self.snapshot.dead.extend(dead.into_iter().map(|key| (CustomerKey(key), self.snapshot.id)));
    }

    fn commit(&mut self, written: Written, removed: &HashSet<String>) {
        self.snapshot.id += 1;
        self.snapshot.parts.retain(|part| !removed.contains(&part.file));
        for mut part in written.parts {
            part.begin = self.snapshot.id;
            self.snapshot.parts.push(part);
        }
    }

    pub fn compact(&mut self) {
        let snapshot = self.snapshot.clone();
        let chosen = compaction(&snapshot, &TINY).concat();
        let removed = chosen.iter().map(|part| part.file.clone()).collect();
        let mut rewriting = Import::begin(&self.lake, TINY, self.seq).unwrap();
        rewriting.rewrite(&self.lake, &snapshot, &Rewrite::Parts(&chosen), &self.whose).unwrap();
        let written = rewriting.finish(&snapshot, 1, &Themselves, &|_, _| ()).unwrap();
        self.commit(written, &removed);
    }

    pub fn source(&self) -> Source {
        let customers = self.whose.0.values().chain(self.whose.0.keys());
        let named = customers.map(|key| (*key, (0..CUSTOMERS).find(|who| self::key(*who) == *key)));
        let names = named.filter_map(|(key, who)| Some((key, format!("user_id:{}", who?)))).collect();
        let started = std::time::SystemTime::UNIX_EPOCH;
        let stopwatch = move || started.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1e3);
        Source {
            elsewhere: None,
            lake: self.lake.clone(),
            snapshot: Arc::new(self.snapshot.clone()),
            columns: self.columns.clone(),
            map: self.map.clone().map(Arc::new),
            names: Arc::new(Known(names)),
            stopwatch: Arc::new(stopwatch),
        }
    }

    pub fn ask(&self, text: &str) -> Result<Answer, QueryError> {
        sql(&Sql { limits: Limits { threads: 2, ..Limits::default() }, ..Sql::new(text) }, &self.source())
    }

    pub fn table(&self, text: &str) -> Table {
        match self.ask(text) {
            Ok(Answer { view: View::Table(table), .. }) => table,
            other => panic!("{text}\n{other:?}"),
        }
    }

    /// The rows in an order that does not hang on the order in which they came.
    pub fn rows(&self, text: &str) -> Vec<String> {
        sorted(self.table(text).rows)
    }

    pub fn number(&self, text: &str) -> i64 {
        self.table(text).rows[0][0].as_i64().unwrap()
    }

    pub fn customer(&self, who: u64) -> i64 {
        self.whose.customer(key(who), 0)
    }

    /// Every customer's events, in order.
    pub fn journeys(&self) -> BTreeMap<i64, Vec<&Plain>> {
        let mut all: BTreeMap<i64, Vec<&Plain>> = BTreeMap::new();
        for event in &self.events {
            all.entry(self.customer(event.who)).or_default().push(event);
        }
        all.values_mut().for_each(|events| events.sort_by_key(|event| (event.time, event.seq)));
        all
    }

    /// What holds of every customer of whom something was said.
    pub fn current(&self) -> BTreeMap<i64, BTreeMap<&str, &Told>> {
        let mut told: Vec<&Told> = self.traits.iter().collect();
        told.sort_by_key(|told| (told.time, told.seq));
        let mut all: BTreeMap<i64, BTreeMap<&str, &Told>> = BTreeMap::new();
        for one in told {
            all.entry(self.customer(one.who)).or_default().insert(one.name, one);
        }
        all.values_mut().for_each(|traits| traits.retain(|_, told| told.value != "null"));
        all
    }
}

pub fn sorted(rows: Vec<Vec<Value>>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(|row| Value::Array(row).to_string()).collect();
    rows.sort_unstable();
    rows
}

pub fn time(micros: i64) -> Value {
    Value::String(Instant(micros).to_string())
}
