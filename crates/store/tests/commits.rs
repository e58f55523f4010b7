//! Commits are whole or not there, and old snapshots stay what they were.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

use periplus_model::identity::{CustomerKey, IdKind, Identifier};
use periplus_model::parts::{Part, PartTable};
use periplus_store::{Commit, IdentifierRow, LedgerRow, LinkRow, Moved, Store, StoreError};

fn part(file: &str) -> Part {
    Part {
        table: PartTable::Events,
        file: file.to_owned(),
        bits: 4,
        bucket: 1,
        month: Some(24_290),
        rows: 10,
        bytes: 100,
        key_min: 1,
        key_max: i64::MAX,
        time_min: -5,
        time_max: 5,
        checksum: u64::MAX,
        begin: 0,
    }
}

fn files(store: &Store, id: u64) -> Vec<String> {
    store.snapshot_at(id).unwrap().parts.into_iter().map(|part| part.file).collect()
}

#[test]
fn snapshots_remember_what_counted() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state.db");
    let mut store = Store::open(&path).unwrap();
    assert_eq!(store.snapshot().unwrap().id, 0);
    store.commit(&Commit { at: 10, what: "one".into(), added: vec![part("a"), part("b")], next_seq: 7, ..Commit::default() }).unwrap();
    let second = Commit {
        base: 1,
        at: 20,
        added: vec![part("c")],
        removed: vec!["a".into()],
        dead: vec![CustomerKey(3)],
        next_seq: 9,
        ..Commit::default()
    };
    assert_eq!(store.commit(&second).unwrap(), 2);
    assert!(matches!(store.commit(&second), Err(StoreError::Conflict)), "the base is old by now");
    drop(store);
    let mut store = Store::open(&path).unwrap();
    assert_eq!((files(&store, 1), files(&store, 2)), (vec!["a".to_owned(), "b".into()], vec!["b".to_owned(), "c".into()]));
    assert_eq!(store.next_seq().unwrap(), 9);
    assert_eq!(store.snapshot_as_of(15).unwrap().id, 1);
    assert_eq!(store.snapshot_as_of(5).unwrap().id, 0);
    let now = store.snapshot().unwrap();
    assert!(now.parts.iter().all(|p| now.is_dead(3, p) == (p.file == "b")) && !store.snapshot_at(1).unwrap().is_dead(3, &now.parts[0]));
    assert_eq!(now.parts[0].checksum, u64::MAX);
    assert_eq!(store.live_files().unwrap().len(), 3);
    store.forget_before(2).unwrap();
    assert_eq!(store.live_files().unwrap().len(), 2);
    assert_eq!(files(&store, 2), ["b", "c"]);
}

#[test]
fn a_refused_commit_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::open(&home.path().join("state.db")).unwrap();
    let wrong = Commit { added: vec![part("a")], removed: vec!["not there".into()], ..Commit::default() };
    assert!(matches!(store.commit(&wrong), Err(StoreError::Conflict)));
    assert_eq!(store.snapshot().unwrap().parts.len(), 0);
    assert!(store.live_files().unwrap().is_empty());
}

#[test]
fn components_hang_together() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::open(&home.path().join("state.db")).unwrap();
    let ids: Vec<Identifier> = (0..5).map(|n| Identifier::new(IdKind::USER, n.to_string())).collect();
    let key = |n: usize| ids[n].key();
    let link = |a: usize, b: usize| LinkRow {
        a: key(a).min(key(b)),
        b: key(a).max(key(b)),
        source: 1,
        first_seen: 1,
        last_seen: 2,
        observations: 3,
    };
    let moved = Moved {
        identifiers: ids.iter().map(|id| IdentifierRow { identifier: id.clone(), customer: key(0), since: None }).collect(),
        links: vec![link(0, 1), link(1, 2), link(3, 4)],
        ledger: vec![LedgerRow {
            id: 0,
            at: 0,
            snapshot: 0,
            kind: "merged".into(),
            identifier: key(1),
            from: key(1),
            to: key(0),
            since: None,
            why: "seen together".into(),
        }],
        vetoes: vec![(key(4), key(3), "two people".into())],
        lifted: Vec::new(),
    };
    store.commit(&Commit { at: 5, moved, ..Commit::default() }).unwrap();
    let component = store.component([key(2), CustomerKey(77)]).unwrap();
    assert_eq!((component.identifiers.len(), component.links.len(), component.vetoes.len()), (3, 2, 0));
    assert_eq!(store.component([key(4)]).unwrap().vetoes.len(), 1);
    assert_eq!(store.identifiers_of(key(0)).unwrap().len(), 5);
    assert_eq!(store.identifiers_with_value("3").unwrap().len(), 1);
    let mut assignments = Vec::new();
    store.each_assignment(|own, customer, since| assignments.push((own, customer, since))).unwrap();
    assert_eq!(assignments.len(), 4);
    assert!(assignments.is_sorted());
    let entry = &store.ledger_of(key(1)).unwrap()[0];
    assert_eq!((entry.snapshot, entry.at, entry.why.as_str()), (1, 5, "seen together"));
    store.commit(&Commit { base: 1, moved: Moved { lifted: vec![(key(3), key(4))], ..Moved::default() }, ..Commit::default() }).unwrap();
    assert!(store.component([key(4)]).unwrap().vetoes.is_empty());
}

#[test]
fn another_format_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state.db");
    drop(Store::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().execute("UPDATE meta SET value = '99' WHERE name = 'format'", []).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Format { found }) if found == "99"));
}
