//! Data folders that earlier versions wrote still open, and hold what they held.
//!
//! Each folder of `formats/` was written by the version that introduced a format, by importing the three files beside it.
//! To add one when a format changes: import them, copy the data folder (without its `LOCK`), and leave the old ones.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::House;
use periplus_engine::Watch;
use periplus_workspace::Workspace;
use serde_json::json;

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn rows(workspace: &Workspace, snapshot: u64) -> serde_json::Value {
    let snapshot = workspace.store.snapshot_at(snapshot).unwrap();
    json!(workspace.ask("overview", &json!({}), &workspace.desk(None, &snapshot, &Watch::default(), &|| 0.0)).unwrap().view)["rows"].clone()
}

#[test]
fn every_format_there_ever_was_still_opens() {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(formats()).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let home = tempfile::tempdir().unwrap();
        copy(&folder, home.path());
        let mut workspace = Workspace::open_to_change(home.path()).unwrap();
        assert_eq!(workspace.verify(&|_, _| ()).unwrap(), Vec::<String>::new(), "{}", folder.display());

        // What is told today of the same files.
        let mut today = House::new();
        for file in ["calls.jsonl", "parcels.csv", "later.jsonl"] {
            today.import(&formats().join(file), None);
        }
        // The fourth is a compaction.
        let newest = workspace.store.snapshot().unwrap().id;
        assert_eq!(rows(&workspace, newest), rows(&today.workspace, 3), "{}", folder.display());
        for snapshot in 1..=3 {
            assert_eq!(rows(&workspace, snapshot), rows(&today.workspace, snapshot), "{}, snapshot {snapshot}", folder.display());
        }
        let snapshot = workspace.store.snapshot_at(newest).unwrap();
        let ana = workspace.find("ana@example.org", &snapshot).unwrap();
        assert_eq!(ana.len(), 1);
        let view = workspace.customer(ana[0], &snapshot).unwrap();
        assert_eq!((view.name.as_str(), view.events.len(), view.identifiers.len(), view.traits.len()), ("user_id:u1", 4, 4, 2));
        assert_eq!(view.ledger.len(), 3);
        let refused = workspace.store.imports().unwrap();
        let mut lines = Vec::new();
        workspace.rejects(&refused[0], |row| lines.push(row.line)).unwrap();
        assert_eq!(lines, [5]);

        // It can be added to, and the old rows are known again.
        for file in ["calls.jsonl", "parcels.csv", "later.jsonl"] {
            let outcome = workspace.import(&formats().join(file), None, common::NOW, &|_| ()).unwrap();
            assert_eq!(outcome.row.stored, 0, "{file}");
        }
        workspace.compact(common::NOW, &|_, _| ()).unwrap();
        let newest = workspace.store.snapshot().unwrap().id;
        assert_eq!(rows(&workspace, newest), rows(&today.workspace, 3), "{}", folder.display());
    }
}

#[test]
fn every_backup_there_ever_was_comes_back() {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/backups")).unwrap().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    for folder in folders {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        periplus_workspace::backup::restore(&folder, &data, &|_, _| ()).unwrap();
        let workspace = Workspace::open_to_change(&data).unwrap();
        assert_eq!(workspace.verify(&|_, _| ()).unwrap(), Vec::<String>::new(), "{}", folder.display());
        let newest = workspace.store.snapshot().unwrap().id;
        // It was taken of a folder of the same three files.
        let mut today = House::new();
        for file in ["calls.jsonl", "parcels.csv", "later.jsonl"] {
            today.import(&formats().join(file), None);
        }
        assert_eq!(rows(&workspace, newest), rows(&today.workspace, 3), "{}", folder.display());
    }
}
