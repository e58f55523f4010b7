//! Imports as the store would commit them: whatever the order, the settings and the number of repetitions, the lake
//! holds every row once, sorted, under the right customer.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use std::collections::{BTreeMap, HashMap, HashSet};

use periplus_lake::{Import, Lake, Rewrite, Settings, Themselves, Whose, Written, compaction};
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::money::Money;
use periplus_model::parts::{PartTable, Snapshot};
use periplus_model::record::{EventRow, TraitRow};
use periplus_model::time::Instant;
use proptest::prelude::*;

const TINY: Settings = Settings { threads: 2, bytes_at_once: 2_000, bucket_rows: 40 };

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Plain {
    who: u8,
    time: i64,
    event: u8,
    message: Option<u8>,
}

fn commit(snapshot: &mut Snapshot, written: Written, removed: &HashSet<String>) {
    snapshot.id += 1;
    snapshot.parts.retain(|part| !removed.contains(&part.file));
    for mut part in written.parts {
        part.begin = snapshot.id;
        snapshot.parts.push(part);
    }
}

fn import(lake: &Lake, snapshot: &mut Snapshot, seq: &mut u64, rows: &[Plain], whose: &dyn Whose, moved: &HashSet<i64>) -> Written {
    let mut import = Import::begin(lake, TINY, *seq).unwrap();
    for row in rows {
        let (who, event, message) = (row.who.to_string(), format!("event {}", row.event), row.message.map(|m| format!("m{m}")));
        let ids = [(IdKind::USER, who.as_str())];
        let row = EventRow {
            time: Instant(row.time * 86_400_000_000),
            event: &event,
            ids: &ids,
            channel: row.event.is_multiple_of(2).then_some("web"),
            message_id: message.as_deref(),
            amount: row.event.is_multiple_of(3).then_some(Money(5)),
            currency: None,
            properties: "{\"a\":1}",
        };
        import.event("test", &row).unwrap();
    }
    import.rewrite(lake, snapshot, &Rewrite::Keys(moved), whose).unwrap();
    let written = import.finish(snapshot, 0, whose, &|_, _| ()).unwrap();
    *seq = written.next_seq;
    commit(snapshot, written.clone(), &HashSet::new());
    for key in moved {
        snapshot.dead.insert(CustomerKey(*key), snapshot.id);
    }
    written
}

/// Every living event as (customer key, time, event), checking order and bounds of every part on the way.
fn contents(lake: &Lake, snapshot: &Snapshot) -> Vec<(i64, i64, String)> {
    use arrow::array::AsArray;
    use arrow::datatypes::TimestampMicrosecondType;
    let mut all = Vec::new();
    for part in snapshot.of(PartTable::Events) {
        lake.verify(part).unwrap();
        let mut last = (i64::MIN, i64::MIN);
        for batch in lake.read(part, &["customer_key", "time", "event"], None).unwrap() {
            let batch = batch.unwrap();
            let keys = periplus_lake::read::keys(&batch);
            let times = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            let (codes, names) = periplus_lake::read::names(batch.column(2));
            for index in 0..batch.num_rows() {
                let here = (keys[index], times.value(index));
                assert!(here >= last, "a part is sorted");
                last = here;
                assert!((part.key_min..=part.key_max).contains(&here.0) && (part.time_min..=part.time_max).contains(&here.1));
                assert_eq!(CustomerKey(here.0).bucket(part.bits), part.bucket);
                assert_eq!(Some(Instant(here.1).month()), part.month);
                if !snapshot.is_dead(here.0, part) {
                    all.push((here.0, here.1, names[codes[index] as usize].to_owned()));
                }
            }
        }
    }
    all.sort();
    all
}

/// What should be there: messages once (the first wins), equal contents as often as in the file that has most of them.
fn expected(imports: &[Vec<Plain>], whose: &dyn Whose) -> Vec<(i64, i64, String)> {
    let mut messages: HashMap<u8, Plain> = HashMap::new();
    let mut contents: BTreeMap<Plain, usize> = BTreeMap::new();
    for rows in imports {
        let mut here: BTreeMap<Plain, usize> = BTreeMap::new();
        for row in rows {
            match row.message {
                Some(message) => drop(messages.entry(message).or_insert_with(|| row.clone())),
                None => *here.entry(row.clone()).or_default() += 1,
            }
        }
        for (row, count) in here {
            let most = contents.entry(row).or_default();
            *most = (*most).max(count);
        }
    }
    let rows = messages.into_values().chain(contents.into_iter().flat_map(|(row, count)| std::iter::repeat_n(row, count)));
    let mut all: Vec<_> = rows
        .map(|row| {
            let time = row.time * 86_400_000_000;
            (whose.customer(CustomerKey::of("user_id", &row.who.to_string()).0, time), time, format!("event {}", row.event))
        })
        .collect();
    all.sort();
    all
}

struct Merged(HashMap<i64, i64>);

impl Whose for Merged {
    fn customer(&self, own_key: i64, _time: i64) -> i64 {
        self.0.get(&own_key).copied().unwrap_or(own_key)
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    (0..12u8, -400..400i64, 0..4u8, proptest::option::weighted(0.3, 0..20u8)).prop_map(|(who, time, event, message)| Plain {
        who,
        time,
        event,
        message,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_row_is_there_once_under_the_right_customer(
        imports in proptest::collection::vec(proptest::collection::vec(plain(), 0..120), 1..5),
        merges in proptest::collection::vec((0..12u8, 0..12u8), 0..6),
    ) {
        let home = tempfile::tempdir().unwrap();
        let lake = Lake::open(home.path()).unwrap();
        let (mut snapshot, mut seq) = (Snapshot::default(), 0);
        let mut whose = Merged(HashMap::new());
        for (index, rows) in imports.iter().enumerate() {
            // Identities change between imports: some customer turns out to be another.
            let mut moved = HashSet::new();
            if let Some((from, to)) = merges.get(index) {
                let (from, to) = (CustomerKey::of("user_id", &from.to_string()).0, CustomerKey::of("user_id", &to.to_string()).0);
                let before = whose.0.insert(from, to).unwrap_or(from);
                if before != to {
                    moved.insert(before);
                }
            }
            let written = import(&lake, &mut snapshot, &mut seq, rows, &whose, &moved);
            prop_assert_eq!(written.stored + written.duplicates, rows.len() as u64);
            prop_assert_eq!(contents(&lake, &snapshot), expected(&imports[..=index], &whose));
        }
        // Repeating any of them adds nothing.
        for rows in &imports {
            let again = import(&lake, &mut snapshot, &mut seq, rows, &whose, &HashSet::new());
            prop_assert_eq!((again.stored, again.duplicates), (0, rows.len() as u64));
        }
        let before = contents(&lake, &snapshot);
        // Compaction changes nothing but the parts.
        let chosen: Vec<_> = compaction(&snapshot, &TINY).concat();
        let files: HashSet<String> = chosen.iter().map(|part| part.file.clone()).collect();
        let mut rewrite = Import::begin(&lake, TINY, seq).unwrap();
        rewrite.rewrite(&lake, &snapshot, &Rewrite::Parts(&chosen), &whose).unwrap();
        let written = rewrite.finish(&snapshot, 1, &Themselves, &|_, _| ()).unwrap();
        commit(&mut snapshot, written, &files);
        prop_assert_eq!(contents(&lake, &snapshot), before.clone());
        // What no snapshot names goes; what one names stays.
        let live: HashSet<String> = snapshot.parts.iter().map(|part| part.file.clone()).collect();
        lake.sweep(&live).unwrap();
        prop_assert_eq!(contents(&lake, &snapshot), before);
        prop_assert_eq!(lake.sweep(&live).unwrap(), 0);
    }
}

#[test]
fn traits_are_kept_with_and_without_a_time_and_told_twice_count_once() {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let mut import = Import::begin(&lake, TINY, 0).unwrap();
    let ids = [(IdKind::USER, "a")];
    for time in [None, Some(Instant(5)), None] {
        import.traits("crm", &TraitRow { time, ids: &ids, name: "tier", value: "\"gold\"" }).unwrap();
    }
    let written = import.finish(&Snapshot::default(), 0, &Themselves, &|_, _| ()).unwrap();
    assert_eq!((written.stored, written.duplicates, written.events), (2, 1, 0));
    let part = written.parts.iter().find(|part| part.table == PartTable::Traits).unwrap();
    assert_eq!(part.rows, 2);
}

/// Rows of so many users, one each, imported with these settings: how many parts of events there are.
fn parts_of(users: u64, settings: Settings) -> usize {
    let home = tempfile::tempdir().unwrap();
    let lake = Lake::open(home.path()).unwrap();
    let mut import = Import::begin(&lake, settings, 0).unwrap();
    for user in 0..users {
        let name = user.to_string();
        let ids = [(IdKind::USER, name.as_str())];
        let row = EventRow {
            time: Instant(5),
            event: "e",
            ids: &ids,
            channel: None,
            message_id: None,
            amount: None,
            currency: None,
            properties: "",
        };
        import.event("test", &row).unwrap();
    }
    let written = import.finish(&Snapshot::default(), 0, &Themselves, &|_, _| ()).unwrap();
    let events: Vec<_> = written.parts.iter().filter(|part| part.table == PartTable::Events).collect();
    assert_eq!(events.iter().map(|part| part.rows).sum::<u64>(), users);
    for part in &events {
        assert_eq!(CustomerKey(part.key_min).bucket(part.bits), CustomerKey(part.key_max).bucket(part.bits));
    }
    events.len()
}

#[test]
fn ranges_that_are_cut_twice_become_no_more_parts_than_they_must() {
    // 1,024 buckets, which is finer than rows are cut at first.
    let buckets = parts_of(6_000, Settings { threads: 2, bytes_at_once: 1 << 20, bucket_rows: 10 });
    assert!((1_000..=1_024).contains(&buckets), "{buckets}");
    // Four buckets, of which each is many times as large as what is sorted at a time.
    let (rows, at_once) = (6_000, 1_000);
    let pieces = parts_of(rows, Settings { threads: 2, bytes_at_once: at_once, bucket_rows: rows });
    assert!(pieces < 1_500, "{pieces}");
    let many = parts_of(rows, Settings { threads: 2, bytes_at_once: 50, bucket_rows: rows });
    assert!(many > pieces, "{many}");
}
