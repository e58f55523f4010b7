//! Whatever is imported, in whatever order, however often, and however it ends: what the lake says is right, and a failed
//! import leaves nothing behind.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::BTreeMap;
use std::io::Write;

use common::{House, NOW, example_map, example_mapping, import_retailer, retailer, table};
use flate2::Compression;
use flate2::write::GzEncoder;
use periplus_engine::Watch;
use periplus_intake::Mapping;
use periplus_lake::Import;
use periplus_maps::JourneyMap;
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_model::record::EventRow;
use periplus_model::time::Instant;
use periplus_store::{Commit, Store};
use periplus_workspace::identity::Word;
use periplus_workspace::import::{Rejected, Stage};
use periplus_workspace::{Workspace, WorkspaceError};
use serde_json::json;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Every linked identifier with its customer.
fn customers(house: &House) -> BTreeMap<String, (i64, Option<i64>)> {
    let mut all = BTreeMap::new();
    let mut note = |row: &periplus_store::IdentifierRow| {
        all.insert(row.identifier.to_string(), (row.customer.0, row.since));
    };
    house.workspace.store.each_identifier(&mut note).unwrap();
    all
}

/// A message as Segment's libraries send it.
fn track(event: &str, time: &str, user: Option<&str>, anonymous: Option<&str>) -> String {
    let message = json!({"type": "track", "event": event, "timestamp": time, "userId": user, "anonymousId": anonymous,
        "messageId": format!("{event} {time} {user:?} {anonymous:?}"), "properties": {}});
    format!("{message}\n")
}

/// So many good rows that a few bad ones do not keep anybody from guessing what the columns are.
const GOOD: &str = "20,2026-03-01 10:00:00,look
21,2026-03-01 10:00:00,look
22,2026-03-01 10:00:00,look
23,2026-03-01 10:00:00,look
24,2026-03-01 10:00:00,look
25,2026-03-01 10:00:00,look
26,2026-03-01 10:00:00,look
27,2026-03-01 10:00:00,look
28,2026-03-01 10:00:00,look
29,2026-03-01 10:00:00,look
";

const PLAIN: &str = "user_id,timestamp,event,colour
1,2026-01-05 10:00:00,look,red
1,2026-01-05 10:00:00,look,red
2,2026-02-05 10:00:00,look,red
2,2026-02-05 10:01:00,buy,blue
";

#[test]
fn importing_a_file_again_adds_nothing_however_it_is_packed() {
    let mut house = House::new();
    assert_eq!(house.take("shop.csv", PLAIN).row.stored, 4, "two equal rows are two events");
    let before = house.answers(None);
    let again = house.take("shop.csv", PLAIN);
    assert_eq!((again.row.stored, again.row.duplicates), (0, 4));
    let packed = house.file("shop.csv.gz", gzip(PLAIN.as_bytes()));
    assert_eq!(house.import(&packed, None).row.stored, 0);
    for n in 0..12 {
        house.take(&format!("{n}.csv"), &format!("user_id,timestamp,event,colour\n{n},2026-01-05 10:00:00,sleep,\n"));
    }
    assert!(house.workspace.wants_compaction().unwrap());
    let now = house.now();
    let compacted = house.workspace.compact(now, &|_, _| ()).unwrap();
    assert!(compacted.parts_after < compacted.parts_before, "{compacted:?}");
    assert!(!house.workspace.wants_compaction().unwrap(), "a compacted lake has nothing to compact");
    let all = house.answers(None);
    assert_eq!((house.import(&packed, None).row.stored, house.take("shop.csv", PLAIN).row.stored), (0, 0));
    assert_eq!(house.answers(None), all);
    assert_ne!(before, all);
    // Another of the equal rows is one more.
    assert_eq!(house.take("shop.csv", &format!("{PLAIN}1,2026-01-05 10:00:00,look,red\n")).row.stored, 1);
    house.is_sound();
}

#[test]
fn message_ids_are_unique_to_their_source_only() {
    let source = |name: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nfile = \"{name}.csv\"\ntime = {{ column = \"time\" }}\nids = [{{ kind = \"user_id\", column = \"who\" }}]\n[[source.event]]\nname = \"{name} opened\"\nmessage_id = {{ column = \"number\" }}\n"
        )
    };
    let mapping = Mapping::parse(&(source("ticket") + &source("order"))).unwrap();
    let mut house = House::new();
    for name in ["ticket", "order"] {
        let path = house.file(&format!("{name}.csv"), "number,who,time\n1,ana,2026-01-01\n2,ben,2026-01-02\n");
        assert_eq!(house.import(&path, Some(&mapping)).row.stored, 2, "{name}");
        assert_eq!(house.import(&path, Some(&mapping)).row.stored, 0, "{name} again");
    }
}

#[test]
fn the_order_of_files_changes_neither_customers_nor_answers() {
    let files = retailer(60);
    let mapping = example_mapping("retailer/mapping.toml");
    let map = example_map("retailer/map.yaml");
    let mut forth = House::new();
    import_retailer(&mut forth, &files, &mapping);
    let mut back = House::new();
    import_retailer(&mut back, files.iter().rev(), &mapping);
    assert!(customers(&forth).len() > 100, "there is something to stitch");
    assert_eq!(customers(&forth), customers(&back));
    // The tills and the loyalty system stamp the same second; such ties are in the order of arrival, so what hangs on the order
    // within one moment is not compared here.
    similar(&whatever_the_ties(&forth, &map), &whatever_the_ties(&back, &map));
    let b = back.answers(Some(&map));
    // Neither does importing everything again in a third order, nor compaction.
    let mut mixed = files.clone();
    mixed.rotate_left(5);
    let snapshot = back.snapshot();
    import_retailer(&mut back, &mixed, &mapping);
    similar(&b, &back.answers(Some(&map)));
    let now = back.now();
    back.workspace.compact(now, &|_, _| ()).unwrap();
    similar(&b, &back.answers(Some(&map)));
    similar(&b, &back.answers_at(Some(&map), &snapshot));
    back.is_sound();
    let mut house = back.reopen();
    similar(&b, &house.answers(Some(&map)));
    let now = house.now();
    assert_eq!(house.workspace.compact(now, &|_, _| ()).unwrap().removed_files, 0, "opening has swept already");
}

/// Answers that do not hang on which of two events of one moment comes first.
fn whatever_the_ties(house: &House, map: &JourneyMap) -> String {
    let overview = house.ask("overview", json!({}));
    let counts: Vec<_> = table(&overview).rows.iter().map(|row| json!([row[0], row[1], row[2], row[5], row[6]])).collect();
    let reach = house.ask_at("reach", json!({}), Some(map), &house.snapshot());
    let steps = json!([{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}]);
    let funnel = house.ask("funnel", json!({"steps": steps, "window": "30d"}));
    let segment = house.ask("overview", json!({"segment": {"trait": "region", "exists": true}}));
    let known = (segment.caption.clone(), table(&segment).rows.iter().map(|row| row[2].as_u64().unwrap()).sum::<u64>());
    serde_json::to_string_pretty(&json!([overview.caption, counts, reach.view, funnel.view, known])).unwrap()
}

/// Two texts are equal; says where they are not without printing all of them.
fn similar(a: &str, b: &str) {
    if let Some((line, (a, b))) = a.lines().zip(b.lines()).enumerate().find(|(_, (a, b))| a != b) {
        panic!("line {line} differs:\n{a}\n{b}");
    }
    assert_eq!(a.lines().count(), b.lines().count());
}

#[test]
fn people_who_turn_out_to_be_one_are_one_and_can_be_parted_again() {
    let mut house = House::new();
    house.take(
        "a.jsonl",
        &(track("look", "2026-01-05T10:00:00Z", None, Some("phone")) + &track("buy", "2026-01-06T10:00:00Z", Some("ana"), None)),
    );
    assert_eq!(house.ask("overview", json!({})).meta.customers, 2);
    let (phone, ana) = (CustomerKey::of("anonymous_id", "phone"), CustomerKey::of("user_id", "ana"));
    let apart = house.answers(None);
    let first = house.snapshot();

    let outcome = house.take("b.jsonl", &track("login", "2026-01-07T10:00:00Z", Some("ana"), Some("phone")));
    assert_eq!(outcome.changed_identifiers, 1);
    assert_eq!(house.ask("overview", json!({})).meta.customers, 1);
    let together = house.answers(None);
    assert_eq!(house.workspace.find("phone", &house.snapshot()).unwrap(), [ana]);
    let view = house.workspace.customer(ana, &house.snapshot()).unwrap();
    assert_eq!((view.name.as_str(), view.identifiers.len()), ("user_id:ana", 2));
    let events: Vec<(&str, &str)> = view.events.iter().map(|e| (e.event.as_str(), e.distinct_id.as_str())).collect();
    assert_eq!(events, [("look", "anonymous_id:phone"), ("buy", "user_id:ana"), ("login", "user_id:ana")]);
    assert!(view.identifiers.iter().any(|id| id.identifier == "anonymous_id:phone" && !id.why.is_empty()));
    assert!(view.ledger[0].sentence.contains("anonymous_id:phone was recognised as user_id:ana"), "{:?}", view.ledger);
    let second = house.snapshot();

    let now = house.now();
    let changed = house.workspace.say(&[Word::Apart(ana, phone, "a borrowed phone".into())], now).unwrap();
    assert_eq!(changed, 1);
    assert_eq!(house.ask("overview", json!({})).meta.customers, 2);
    assert_eq!(house.workspace.customer(phone, &house.snapshot()).unwrap().events.len(), 1);
    let ledger = house.workspace.store.ledger_of(phone).unwrap();
    assert_eq!(ledger.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["merged", "split", "kept_apart"]);
    let reasons: Vec<&str> = ledger.iter().map(|entry| entry.why.as_str()).collect();
    assert_eq!(reasons, ["links from import", "a borrowed phone", "a borrowed phone"]);
    // The veto holds for what comes later.
    house.take("c.jsonl", &track("login", "2026-01-08T10:00:00Z", Some("ana"), Some("phone")));
    assert_eq!(house.ask("overview", json!({})).meta.customers, 2);

    let now = house.now();
    assert_eq!(house.workspace.say(&[Word::Together(phone, ana)], now).unwrap(), 1);
    assert_eq!(house.ask("overview", json!({})).meta.customers, 1);
    let now = house.now();
    house.workspace.compact(now, &|_, _| ()).unwrap();
    assert_eq!(house.ask("overview", json!({})).meta.customers, 1);
    assert_eq!(house.workspace.customer(ana, &house.snapshot()).unwrap().events.len(), 4);
    // What was asked then is answered as it was answered then.
    assert_eq!(house.answers_at(None, &house.workspace.store.snapshot_at(first.id).unwrap()), apart);
    assert_eq!(house.answers_at(None, &house.workspace.store.snapshot_at(second.id).unwrap()), together);
    house.is_sound();
}

#[test]
fn two_who_are_kept_apart_before_they_are_seen_together_stay_apart() {
    let mut house = House::new();
    house.take("a.jsonl", &track("look", "2026-01-05T10:00:00Z", None, Some("kiosk")));
    let (kiosk, ana) = (CustomerKey::of("anonymous_id", "kiosk"), CustomerKey::of("user_id", "ana"));
    let now = house.now();
    assert_eq!(house.workspace.say(&[Word::Apart(kiosk, ana, "a screen in the shop".into())], now).unwrap(), 0);
    let outcome = house.take("b.jsonl", &track("login", "2026-01-07T10:00:00Z", Some("ana"), Some("kiosk")));
    assert_eq!(outcome.changed_identifiers, 0);
    assert_eq!(house.ask("overview", json!({})).meta.customers, 2);
}

#[test]
fn what_is_known_without_a_time_is_known_of_the_customer_of_today_and_once() {
    let mut house = House::new();
    // The phone is ana's since its first link, and 90 days before; what it did earlier is nobody's.
    let lines =
        track("look", "2025-01-05T10:00:00Z", None, Some("phone")) + &track("login", "2026-01-07T10:00:00Z", Some("ana"), Some("phone"));
    house.take("a.jsonl", &lines);
    let mapping = "[[source]]\nname = \"devices\"\nfile = \"devices.csv\"\nids = [{ kind = \"anonymous_id\", column = \"device\" }]\n[[source.traits]]\ncolumns = [\"model\"]\n";
    let mapping = Mapping::parse(mapping).unwrap();
    let path = house.file("devices.csv", "device,model\nphone,P7\n");
    assert_eq!(house.import(&path, Some(&mapping)).row.stored, 1);
    let (phone, ana) = (CustomerKey::of("anonymous_id", "phone"), CustomerKey::of("user_id", "ana"));
    let traits = |house: &House, key| house.workspace.customer(key, &house.snapshot()).unwrap().traits.len();
    assert_eq!((traits(&house, ana), traits(&house, phone)), (1, 0));
    assert_eq!(house.workspace.customer(phone, &house.snapshot()).unwrap().events.len(), 1, "a year before the first link");
    let rows = house.snapshot().rows(periplus_model::parts::PartTable::Traits);
    assert_eq!(rows, 1, "stored once");
}

#[test]
fn an_older_snapshot_can_be_asked_for_as_long_as_it_is_kept_and_never_wrongly() {
    let mut house = House::new();
    let day = 86_400_000_000;
    let mut answers = Vec::new();
    for n in 0..6i64 {
        let text = format!("user_id,timestamp,event\n{n},2026-01-0{} 10:00:00,look\n1,2026-01-0{} 10:00:00,buy\n", n + 1, n + 1);
        let path = house.file(&format!("{n}.csv"), text);
        house.workspace.import(&path, None, NOW + n * 10 * day, &|_| ()).unwrap();
        answers.push((house.snapshot().id, house.answers(None)));
    }
    let compacted = house.workspace.compact(NOW + 50 * day, &|_, _| ()).unwrap();
    assert!(compacted.forgotten > 0, "{compacted:?}");
    let kept: Vec<u64> = house.workspace.store.snapshots().unwrap().iter().map(|s| s.id).collect();
    assert_eq!(kept, [3, 4, 5, 6, 7], "thirty days back, the third was the newest");
    for (id, answer) in &answers {
        match house.workspace.store.snapshot_at(*id) {
            Ok(snapshot) => assert_eq!(house.answers_at(None, &snapshot), *answer),
            Err(error) => assert!(*id < 3 && error.to_string().contains("no snapshot"), "{id}: {error}"),
        }
    }
    assert_eq!(house.workspace.store.snapshot_as_of(NOW + 20 * day).unwrap().id, 3);
    assert!(house.workspace.store.snapshot_as_of(NOW + 5 * day).is_err());
    // Everything that was between is let go, and still nothing is missing.
    house.workspace.compact(NOW + 500 * day, &|_, _| ()).unwrap();
    assert_eq!(house.answers(None), answers[5].1);
    house.is_sound();
}

#[test]
fn refused_rows_wait_with_line_and_reason() {
    let mut house = House::new();
    let text = "user_id,timestamp,event\n1,2026-01-05 10:00:00,look\n2,2026-13-45 10:00:00,look\n,2026-01-05 10:00:00,look\n3,2026-01-05 10:00:00\n4,,look\n5,2026-01-06 10:00:00,\n6,2026-01-07 10:00:00,buy\n".to_owned() + GOOD;
    let outcome = house.take("shop.csv", &text);
    let row = &outcome.row;
    assert_eq!((row.rows, row.stored, row.rejected, row.problem.as_deref()), (17, 12, 5, None));
    let mut rejects: Vec<Rejected> = Vec::new();
    house.workspace.rejects(&house.workspace.store.imports().unwrap()[0], |reject| rejects.push(reject)).unwrap();
    let told: Vec<(u64, &str)> = rejects.iter().map(|r| (r.line, r.reason.as_str())).collect();
    assert_eq!(told, [(3, "bad_time"), (4, "no_identifier"), (5, "fields"), (6, "no_time"), (7, "no_event")]);
    assert!(rejects.iter().all(|r| !r.detail.is_empty() && !r.raw.is_empty()), "{rejects:?}");
    let house = house.reopen();
    house.workspace.rejects(&house.workspace.store.imports().unwrap()[0], |_| ()).unwrap();
}

#[test]
fn a_file_that_breaks_off_is_kept_up_to_there() {
    let mut house = House::new();
    let mut text = "user_id,timestamp,event,note\n".to_owned();
    for n in 1..=20_000u64 {
        text += &format!("{n},2026-01-05 10:00:00,look,{:x}\n", n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    }
    let packed = gzip(text.as_bytes());
    let path = house.file("shop.csv.gz", &packed[..packed.len() / 2]);
    let outcome = house.import(&path, None);
    assert!(outcome.row.problem.is_some());
    let kept = outcome.row.stored;
    assert!((5_000..15_000).contains(&kept), "{kept}");
    assert_eq!(house.ask("overview", json!({})).meta.events, kept);
    // The whole file later brings the rest.
    let path = house.file("shop.csv.gz", &packed);
    let outcome = house.import(&path, None);
    assert_eq!((outcome.row.stored, outcome.row.duplicates, outcome.row.problem), (20_000 - kept, kept, None));
}

#[test]
fn what_cannot_be_imported_says_why_and_leaves_nothing_behind() {
    let mut house = House::new();
    house.take("shop.csv", PLAIN);
    let (snapshot, files, answers) = (house.snapshot(), house.files(), house.answers(None));
    let strict = "[[source]]\nname = \"shop\"\nfile = \"*.csv\"\ntime = { column = \"when\" }\nids = [{ kind = \"user_id\", column = \"user_id\" }]\n[[source.event]]\nname = \"look\"\n";
    let strict = Mapping::parse(strict).unwrap();
    let cases = [
        ("empty.csv", Vec::new(), None, "empty"),
        ("columns.csv", b"user_id,event\n1,look\n".to_vec(), Some(&strict), "when"),
        ("nothing.csv", b"a,b\n1,2\n".to_vec(), None, "mapping"),
        ("other.tsv", b"user_id\twhen\n".to_vec(), Some(&strict), "no source"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), None, ""),
        ("broken.parquet", b"PAR1 and then nothing".to_vec(), None, ""),
        ("broken.parquet.gz", gzip(b"PAR1 and then nothing"), None, ""),
        ("broken.csv.gz", b"\x1f\x8b\x08\x00nonsense".to_vec(), None, ""),
    ];
    for (name, bytes, mapping, says) in cases {
        let path = house.file(name, bytes);
        let error = house.try_import(&path, mapping).expect_err(name).to_string();
        assert!(error.contains(says) && error.len() > 10, "{name}: {error}");
        assert_eq!(house.snapshot(), snapshot, "{name}: {error}");
        assert_eq!(house.files(), files, "{name}: {error}");
    }
    let folder = house.folder.path().to_owned();
    assert!(house.try_import(&folder, None).unwrap_err().to_string().contains("is a folder"));
    assert!(house.try_import(&folder.join("missing.csv"), None).is_err());
    assert_eq!((house.snapshot(), house.files(), house.answers(None)), (snapshot, files, answers));
}

#[test]
fn rows_that_cannot_be_are_refused_and_the_others_kept() {
    let mut house = House::new();
    // Another encoding in one row, impossible dates in others.
    let mut text = b"user_id,timestamp,event\n1,2026-01-05 10:00:00,look\n2,2026-01-05 10:00:00,caf\xe9\n3,1066-10-14 09:00:00,look\n4,2026-02-30 10:00:00,look\n".to_vec();
    text.extend_from_slice(GOOD.repeat(3).as_bytes());
    let path = house.file("shop.csv", &text);
    let outcome = house.import(&path, None);
    assert_eq!((outcome.row.stored, outcome.row.rejected), (31, 3));
    assert_eq!(outcome.row.reasons, [("encoding".to_owned(), 1), ("bad_time".to_owned(), 2)]);
    // A line of 100 MB between two good ones.
    text = b"user_id,timestamp,event\n7,2026-01-05 10:00:00,look\n8,2026-01-05 10:00:00,".to_vec();
    text.resize(text.len() + 100_000_000, b'x');
    text.extend_from_slice(b"\n9,2026-01-05 10:00:00,look\n");
    let path = house.file("long.csv", &text);
    let outcome = house.import(&path, None);
    assert_eq!((outcome.row.stored, outcome.row.reasons), (2, vec![("too_large".to_owned(), 1)]));
}

#[test]
fn an_import_that_fails_half_way_leaves_nothing_behind() {
    let mut house = House::new();
    house.take("shop.csv", PLAIN);
    let (snapshot, files, answers) = (house.snapshot(), house.files(), house.answers(None));
    let text = "user_id,timestamp,event\n1,2026-01-05 10:00:00,look\n2,never,look\n3,2026-01-05 11:00:00,look\n".to_owned() + GOOD;
    let path = house.file("more.csv", text);

    // Somebody else commits while the parts are being written: the store refuses.
    let database = house.workspace.folder().join("state.db");
    let base = snapshot.id;
    let meddle = |stage: Stage| {
        if let Stage::Stitching = stage {
            let mut store = Store::open(&database).unwrap();
            store
                .commit(&Commit { base, at: NOW, what: "meddling".into(), next_seq: store.next_seq().unwrap(), ..Commit::default() })
                .unwrap();
        }
    };
    let error = house.workspace.import(&path, None, NOW, &meddle).unwrap_err();
    assert!(matches!(error, WorkspaceError::Store(_)), "{error}");
    assert_eq!(house.files(), files);
    assert_eq!(house.snapshot().parts, snapshot.parts);

    // Refused rows cannot be written: there is a folder in the way.
    let quarantine = house.workspace.folder().join(format!("quarantine/{:08x}.jsonl.zst/in the way", house.snapshot().id + 1));
    std::fs::create_dir_all(&quarantine).unwrap();
    assert!(house.try_import(&path, None).is_err());
    assert_eq!((house.files(), house.answers(None)), (files.clone(), answers.clone()));
    std::fs::remove_dir_all(house.workspace.folder().join("quarantine")).unwrap();

    // The parts cannot be written: a part that is there no more.
    house.import(&path, None);
    house.is_sound();
    assert_eq!(house.ask("overview", json!({})).meta.events, 4 + 2 + 10);
}

#[test]
fn an_import_that_was_never_committed_is_swept_away() {
    let mut house = House::new();
    house.take("shop.csv", PLAIN);
    let (files, answers) = (house.files(), house.answers(None));
    let mut import = Import::begin(&house.workspace.lake, periplus_lake::Settings::default(), 4).unwrap();
    let row = |time| EventRow {
        time: Instant(time),
        event: "look",
        ids: &[(IdKind::USER, "7")],
        channel: None,
        message_id: None,
        amount: None,
        currency: None,
        properties: "",
    };
    import.event("import", &row(1)).unwrap();
    import.finish(&house.snapshot(), 0, &periplus_lake::Themselves, &|_, _| ()).unwrap();
    let mut begun = Import::begin(&house.workspace.lake, periplus_lake::Settings::default(), 4).unwrap();
    begun.event("import", &row(2)).unwrap();
    house.file("data/quarantine/00000002.jsonl.zst", "half a file");
    house.file("data/unpacked.parquet", "half a file");
    house.file("data/lake/events/bucket=000/month=2026-01/half.tmp", "half a file");
    assert_ne!(house.files(), files);
    let mut house = house.reopen();
    assert_eq!((house.files(), house.answers(None)), (files, answers));
    house.is_sound();
    assert_eq!(house.take("more.csv", "user_id,timestamp,event\n7,2026-01-05 10:00:00,look\n").row.stored, 1);
}

#[test]
fn one_process_changes_a_folder_and_others_may_read_it() {
    let mut house = House::new();
    house.take("shop.csv", PLAIN);
    let path = house.workspace.folder().to_owned();
    let error = Workspace::open_to_change(&path).err().unwrap();
    assert!(matches!(error, WorkspaceError::Locked(_)) && error.to_string().contains("another process"), "{error}");
    let mut reader = Workspace::open(&path).unwrap();
    let snapshot = reader.store.snapshot().unwrap();
    assert_eq!(reader.ask("overview", &json!({}), &reader.desk(None, &snapshot, &Watch::default(), &|| 0.0)).unwrap().meta.events, 4);
    let file = house.file("more.csv", PLAIN);
    assert!(reader.import(&file, None, NOW, &|_| ()).unwrap_err().to_string().contains("reading only"));
    assert!(Workspace::open(&path.join("nowhere")).is_err() && !path.join("nowhere").exists());
    drop(house.workspace);
    Workspace::open_to_change(&path).unwrap();
}

#[test]
fn a_damaged_part_is_told_and_not_read_as_if_it_were_whole() {
    let mut house = House::new();
    house.take("shop.csv", PLAIN);
    let part = house.snapshot().parts[0].clone();
    let path = house.workspace.lake.root().join(&part.file);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(house.workspace.verify(&|_, _| ()).unwrap().len(), 1);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(house.workspace.verify(&|_, _| ()).unwrap().len(), 1);
    assert!(
        house.workspace.ask("overview", &json!({}), &house.workspace.desk(None, &house.snapshot(), &Watch::default(), &|| 0.0)).is_err()
    );
}

#[test]
fn segments_mean_customers_even_when_sessions_are_counted() {
    let mut house = House::new();
    let text = "user_id,timestamp,event\nana,2026-01-05 10:00:00,look\nana,2026-01-06 10:00:00,buy\nben,2026-01-05 10:00:00,look\n";
    house.take("shop.csv", text);
    let question = json!({"unit": "session", "segment": {"did": "buy"}});
    assert_eq!(common::graph(&house.ask("follows", question)).sequences, 2, "both sessions of the one who bought");
}

#[test]
fn stages_and_touchpoints_can_be_spoken_of_in_every_question() {
    let mut house = House::new();
    let text = "user_id,timestamp,event\nana,2026-01-05 10:00:00,home\nana,2026-01-06 10:00:00,purchase\nben,2026-01-05 10:00:00,home\nben,2026-01-05 10:00:00,purchase_history\n";
    house.take("shop.csv", text);
    let map = example_map("ecom/map.yaml");
    let snapshot = house.snapshot();
    for question in [json!({"segment": {"did": {"stage": "buy"}}}), json!({"filter": {"touchpoint": "purchase"}})] {
        let overview = house.ask_at("overview", question.clone(), Some(&map), &snapshot);
        let named: Vec<&str> = table(&overview).rows.iter().map(|row| row[0].as_str().unwrap()).collect();
        assert!(named.contains(&"purchase") && !named.contains(&"purchase_history"), "{question}: {named:?}");
        assert!(overview.caption.contains("of 1 customers"), "{}", overview.caption);
    }
}
