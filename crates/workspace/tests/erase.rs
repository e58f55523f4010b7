//! Who is erased is gone: from every answer of every version, from every file, and from what comes later; and everybody else is
//! who they were. Everything about a customer can be taken elsewhere.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use arrow::array::AsArray;
use common::House;
use periplus_lake::schema;
use periplus_model::Identifier;
use periplus_model::parts::PartTable;
use periplus_store::CaseRow;
use periplus_workspace::Workspace;
use periplus_workspace::erase::{Keep, Privacy};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000_000;

/// Messages of some people: each has a device, an e-mail address and a mark in a property, all with the name in it.
fn messages(names: &[&str], day: u32) -> String {
    let mut lines = Vec::new();
    for name in names {
        // The same whoever else there is.
        let nth = name.bytes().next().unwrap_or_default() as usize - 90;
        let time = |hour: usize| format!("2026-03-{day:02}T{hour:02}:{nth:02}:00Z");
        let device = format!("device-of-{name}");
        lines.extend([
            json!({"type": "page", "messageId": format!("{name}-{day}-1"), "anonymousId": device, "timestamp": time(8), "properties": {"mark": format!("mark-of-{name}")}}),
            json!({"type": "identify", "messageId": format!("{name}-{day}-2"), "anonymousId": device, "userId": format!("user-{name}"), "timestamp": time(9), "traits": {"email": format!("{name}@example.org"), "plan": format!("plan-of-{name}")}}),
            json!({"type": "track", "event": "Order Completed", "messageId": format!("{name}-{day}-3"), "userId": format!("user-{name}"), "timestamp": time(10), "properties": {"revenue": 10 + nth, "mark": format!("mark-of-{name}")}}),
            // Refused, and about somebody all the same.
            json!({"type": "track", "messageId": format!("{name}-{day}-4"), "userId": format!("user-{name}"), "timestamp": time(11)}),
        ]);
    }
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// Whether a text is in any file of the data folder: as it is, or in a column of a part, which is compressed.
fn is_anywhere(workspace: &Workspace, text: &str) -> bool {
    let mut folders = vec![workspace.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let mut bytes = fs::read(entry.path()).unwrap();
            if entry.path().extension().is_some_and(|ending| ending == "zst") {
                bytes = zstd::decode_all(&bytes[..]).unwrap();
            }
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                return true;
            }
        }
    }
    let parts = workspace.store.all_parts().unwrap();
    let on_disk = |folder: &str| fs::read_dir(workspace.lake.root().join(folder)).is_ok();
    assert!(on_disk("events"));
    parts.iter().filter(|part| part.table != PartTable::Ids).any(|part| {
        let schema = if part.table == PartTable::Events { schema::events() } else { schema::traits() };
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        workspace.lake.read(part, &columns, None).unwrap().map(Result::unwrap).any(|batch| {
            batch
                .columns()
                .iter()
                .filter_map(|column| column.as_string_opt::<i32>())
                .any(|texts| texts.iter().flatten().any(|value| value.contains(text)))
        })
    })
}

fn all_answers(house: &House) -> Vec<String> {
    let snapshots = house.workspace.store.snapshots().unwrap();
    snapshots.iter().map(|row| house.answers_at(None, &house.workspace.store.snapshot_at(row.id).unwrap())).collect()
}

#[test]
fn who_is_erased_is_in_no_version_and_everybody_else_is_who_they_were() {
    let (mut house, mut without) = (House::new(), House::new());
    for day in [1, 2, 3] {
        house.take("web.jsonl", &messages(&["ana", "bo", "cy"], day));
        without.take("web.jsonl", &messages(&["bo", "cy"], day));
    }
    assert_ne!(house.answers(None), without.answers(None));
    let now = house.now();
    let erased = house.workspace.erase("ana@example.org", "asked for it", now).unwrap();
    assert_eq!(erased.identifiers, ["anonymous_id:device-of-ana", "email:ana@example.org", "user_id:user-ana"]);
    assert_eq!((erased.events, erased.traits, erased.quarantined), (6, 6, 3));
    let before = all_answers(&without);
    let all = all_answers(&house);
    for (version, answers) in before.iter().enumerate() {
        // Times of refused rows and the like are the same; only she is missing.
        assert_eq!(&all[version], answers, "version {}", version + 1);
    }
    assert_eq!(all.last(), before.last());
    for text in ["ana@example.org", "user-ana", "device-of-ana", "user_id:user-ana"] {
        for row in house.workspace.store.snapshots().unwrap() {
            let snapshot = house.workspace.store.snapshot_at(row.id).unwrap();
            assert!(house.workspace.find(text, &snapshot).unwrap().is_empty(), "{text} in version {}", row.id);
        }
    }
    assert_eq!(house.workspace.find("bo@example.org", &house.snapshot()).unwrap().len(), 1);
    assert!(house.workspace.erase("ana@example.org", "", now).is_err(), "nobody has it, and its kind is not said");
    let again = house.workspace.erase("email:Ana@Example.org", "", now).unwrap();
    assert_eq!((again.events, again.identifiers.len()), (0, 1), "twice changes nothing more");
}

#[test]
fn her_bytes_leave_all_files_of_all_versions() {
    let mut house = House::new();
    for day in [1, 2, 3] {
        house.take("web.jsonl", &messages(&["ana", "bo"], day));
    }
    let now = house.now();
    house.workspace.compact(now, &|_, _| ()).unwrap();
    house.take("web.jsonl", &messages(&["ana", "bo"], 4));
    let marks = ["ana@example.org", "mark-of-ana", "device-of-ana", "user-ana", "plan-of-ana"];
    assert!(marks.iter().all(|mark| is_anywhere(&house.workspace, mark)), "the test can see them");
    let answers = house.workspace.erase("user-ana", "", now).map(|_| all_answers(&house)).unwrap();
    assert!(is_anywhere(&house.workspace, "mark-of-ana"), "the bytes take their time");
    let purged = house.workspace.purge(now, &|_, _| ()).unwrap();
    assert!(purged.parts > 0 && purged.rows >= 8 * 2 && purged.erasures == 1, "{purged:?}");
    for mark in marks {
        assert!(!is_anywhere(&house.workspace, mark), "{mark}");
    }
    assert!(is_anywhere(&house.workspace, "mark-of-bo") && is_anywhere(&house.workspace, "bo@example.org"));
    house.is_sound();
    let after = all_answers(&house);
    assert_eq!(after[..answers.len()], answers, "every version answers as before");
    assert_eq!(after.last(), answers.last());
    assert_eq!(house.workspace.purge(now, &|_, _| ()).unwrap().parts, 0);
    let known: BTreeSet<String> = house.workspace.store.live_files().unwrap().into_iter().map(|file| format!("lake/{file}")).collect();
    let found: BTreeSet<String> = house.files().into_keys().filter(|file| file.starts_with("lake/")).collect();
    assert_eq!(found, known);
    let mut house = house.reopen();
    let now = house.now();
    house.workspace.compact(now, &|_, _| ()).unwrap();
    assert_eq!(all_answers(&house).last(), answers.last());
}

#[test]
fn a_device_that_others_use_stays_theirs() {
    let mut house = House::new();
    let with = |who: &str, day: u32| json!({"type": "identify", "messageId": format!("{who}-{day}"), "anonymousId": "the-tablet", "userId": who, "timestamp": format!("2026-03-{day:02}T10:00:00Z"), "traits": {"plan": format!("plan-of-{who}")}});
    let seen = |day: u32| json!({"type": "page", "messageId": format!("page-{day}"), "anonymousId": "the-tablet", "timestamp": format!("2026-03-{day:02}T11:00:00Z")});
    let text: String = [with("ana", 1), seen(1), with("bo", 20), seen(20)].into_iter().map(|line| format!("{line}\n")).collect();
    house.take("web.jsonl", &text);
    let now = house.now();
    let erased = house.workspace.erase("user_id:ana", "", now).unwrap();
    assert!(!erased.identifiers.contains(&"anonymous_id:the-tablet".to_owned()), "{erased:?}");
    let found = house.workspace.find("bo", &house.snapshot()).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(house.take("more.jsonl", &format!("{}\n", seen(25))).row.stored, 1, "it may go on being used");
}

#[test]
fn what_comes_late_is_refused_and_not_kept() {
    let mut house = House::new();
    house.take("web.jsonl", &messages(&["ana", "bo"], 1));
    let now = house.now();
    house.workspace.erase("user-ana", "", now).unwrap();
    house.workspace.purge(now, &|_, _| ()).unwrap();
    let outcome = house.take("late.jsonl", &messages(&["ana", "bo"], 2));
    let reasons: Vec<(String, u64)> = outcome.row.reasons.iter().map(|(code, count)| (code.clone(), *count)).collect();
    assert_eq!(reasons, [("no_event".to_owned(), 2), ("erased".to_owned(), 3)].into_iter().collect::<Vec<_>>(), "{reasons:?}");
    assert!(!is_anywhere(&house.workspace, "mark-of-ana") && is_anywhere(&house.workspace, "mark-of-bo"));
    let ana: Identifier = "user_id:user-ana".parse().unwrap();
    assert!(house.workspace.store.welcome(&ana).unwrap());
    let back = json!({"type": "track", "event": "Back", "messageId": "back", "userId": "user-ana", "timestamp": "2026-03-05T10:00:00Z"});
    assert_eq!(house.take("back.jsonl", &format!("{back}\n")).row.stored, 1);
    let found = house.workspace.find("user-ana", &house.snapshot()).unwrap();
    assert_eq!(house.workspace.customer(found[0], &house.snapshot()).unwrap().events.len(), 1, "what was erased stays so");
}

#[test]
fn what_is_too_old_by_the_rules_goes_from_all_versions() {
    let mut house = House::new();
    house.take("web.jsonl", &messages(&["ana", "bo"], 1));
    house.take("web.jsonl", &messages(&["ana", "bo"], 20));
    let names = |house: &House| -> BTreeSet<(String, String)> {
        let snapshot = house.snapshot();
        let key = house.workspace.find("user-ana", &snapshot).unwrap()[0];
        let view = house.workspace.customer(key, &snapshot).unwrap();
        view.events.into_iter().map(|event| (event.event, event.time.to_string()[..10].to_owned())).collect()
    };
    let set = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<BTreeSet<_>>();
    let at = |day: i64| "2026-03-01T00:00:00Z".parse::<periplus_model::Instant>().unwrap().0 + (day - 1) * DAY;
    let keep =
        |events: Option<&[&str]>, days| Keep { events: events.map(|list| list.iter().map(|name| (*name).to_owned()).collect()), days };
    house.workspace.settings.privacy = Privacy { keep: vec![keep(Some(&["page"]), 5)], quarantine_days: None };
    let gone = house.workspace.forget_what_is_old(at(21), &|_, _| ()).unwrap();
    assert_eq!(gone.rows, 2);
    let all = [("Order Completed", "2026-03-01"), ("Order Completed", "2026-03-20"), ("page", "2026-03-20")];
    assert_eq!(names(&house), set(&all));
    house.workspace.settings.privacy.keep = vec![keep(Some(&["page"]), 50), keep(None, 5)];
    assert_eq!(house.workspace.forget_what_is_old(at(21), &|_, _| ()).unwrap().rows, 2);
    assert_eq!(names(&house), set(&all[1..]));
    assert_eq!(house.workspace.forget_what_is_old(at(21), &|_, _| ()).unwrap().rows, 0);
    house.is_sound();
    house.workspace.settings.privacy = Privacy { keep: vec![keep(None, 0)], quarantine_days: None };
    assert_eq!(house.workspace.forget_what_is_old(at(40), &|_, _| ()).unwrap().rows, 4, "parts of which nothing is left vanish");
    assert_eq!(house.snapshot().rows(PartTable::Events), 0);
}

#[test]
fn what_is_exported_of_somebody_is_imported_as_it_was() {
    let mut house = House::new();
    let names = ["ana", "bo", "cy"];
    for day in [1, 2] {
        house.take("web.jsonl", &messages(&names, day));
    }
    house.take(
        "crm.csv",
        "email,name,time,event,amount\nana@example.org,Ana,2026-03-04T10:00:00Z,call,\nbo@example.org,Bo,2026-03-05T10:00:00Z,visit,12.5\n",
    );
    let dossier = |house: &House, id: &str| -> Vec<Value> {
        let snapshot = house.snapshot();
        let key = house.workspace.find(id, &snapshot).unwrap()[0];
        let mut out = Vec::new();
        let told = house.workspace.dossier(key, &snapshot, &mut out).unwrap();
        let lines: Vec<Value> = String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let count = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count() as u64;
        assert_eq!((count("event"), count("trait"), count("link"), count("refused")), (told.events, told.traits, told.links, told.refused));
        lines
    };
    let mut other = House::new();
    for name in names {
        let id = format!("{name}@example.org");
        let told = dossier(&house, &id);
        assert!(
            told.iter().any(|line| line["type"] == "refused" && line["message"].as_str().unwrap().contains(&format!("user-{name}")))
                || name != "ana"
                || told.len() > 5
        );
        let text: String = told.iter().map(|line| format!("{line}\n")).collect();
        let outcome = other.take(&format!("{name}.jsonl"), &text);
        assert_eq!((outcome.row.rejected, outcome.row.duplicates), (0, 0));
    }
    assert_eq!(other.answers(None), house.answers(None));
    for name in names {
        // Who said it, when it was decided and how often it was seen are the import's own.
        let plain = |house: &House| -> Vec<Value> {
            let lines = dossier(house, &format!("{name}@example.org"));
            let lines = lines.into_iter().filter(|line| ["event", "trait", "link"].contains(&line["type"].as_str().unwrap()));
            lines
                .map(|mut line| {
                    ["source", "times"].into_iter().for_each(|key| drop(line.as_object_mut().unwrap().shift_remove(key)));
                    line
                })
                .collect()
        };
        assert_eq!(plain(&other), plain(&house), "{name}");
    }
}

#[test]
fn a_backup_comes_back_without_whoever_was_erased_since() {
    let mut house = House::new();
    house.take("web.jsonl", &messages(&["ana", "bo", "cy"], 1));
    let backup = house.folder.path().join("backup");
    let now = house.now();
    let first = house.workspace.backup(&backup, now, &|_, _| ()).unwrap();
    assert_eq!(first.copied_bytes, first.bytes);
    house.take("web.jsonl", &messages(&["ana", "bo", "cy"], 2));
    let answers = house.answers(None);
    let case = |name: &str| {
        let key = format!("user_id:user-{name}").parse::<Identifier>().unwrap().key();
        let told = "{}".to_owned();
        (CaseRow { id: name.into(), customer: key, identifier: key, responded_at: 1, opened_at: 2, closed_at: None, told }, vec![])
    };
    house.workspace.store.open_cases(&[case("ana"), case("bo")]).unwrap();
    let now = house.now();
    let second = house.workspace.backup(&backup, now, &|_, _| ()).unwrap();
    assert!(second.copied_bytes < second.bytes && second.snapshot > first.snapshot, "{second:?}");
    assert!(periplus_workspace::backup::verify(&backup, &|_, _| ()).unwrap().is_empty());
    let now = house.now();
    house.workspace.erase("user-ana", "", now).unwrap();
    let after = house.answers(None);

    let restored = |name: &str| house.folder.path().join(name);
    periplus_workspace::backup::restore(&backup, &restored("one"), &|_, _| ()).unwrap();
    let mut one = House::over(&restored("one"));
    one.is_sound();
    assert_eq!(one.answers(None), answers);
    let elsewhere = house.workspace.store.suppression().unwrap();
    assert_eq!(one.workspace.erase_again(&elsewhere, now).unwrap(), Some(1));
    assert_eq!(one.answers(None), after);
    let cases: Vec<String> = one.workspace.store.cases_since(0).unwrap().into_iter().map(|case| case.id).collect();
    assert_eq!(cases, ["bo"], "a case is gone with its customer");
    assert_eq!(House::new().workspace.erase_again(&elsewhere, now).unwrap(), None, "of another workspace");

    // Damage is told, and nothing is put back.
    assert!(periplus_workspace::backup::restore(&backup, &restored("one"), &|_, _| ()).is_err(), "there is something");
    let part = find(&backup, "parquet");
    let mut bytes = fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&part, bytes).unwrap();
    assert_eq!(periplus_workspace::backup::verify(&backup, &|_, _| ()).unwrap().len(), 1);
    assert!(periplus_workspace::backup::restore(&backup, &restored("two"), &|_, _| ()).is_err());
    assert!(!restored("two").exists());
    fs::write(house.folder.path().join("file"), "").unwrap();
    assert!(house.workspace.backup(&house.folder.path().join("file"), now, &|_, _| ()).is_err(), "not into a file");
    // A first backup that was killed on its way can be taken again.
    let third = restored("third");
    fs::create_dir_all(third.join("lake")).unwrap();
    fs::write(third.join("lake/half"), "half").unwrap();
    assert!(house.workspace.backup(&third, now, &|_, _| ()).is_err(), "that could be anything");
    fs::write(third.join("backup.unfinished"), "").unwrap();
    house.workspace.backup(&third, now, &|_, _| ()).unwrap();
    assert!(!third.join("lake/half").exists() && !third.join("backup.unfinished").exists());
    assert!(house.workspace.backup(house.folder.path(), now, &|_, _| ()).is_err(), "not into a folder with something else");
}

fn find(folder: &Path, ending: &str) -> std::path::PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|found| found == ending) {
                return entry.path();
            }
        }
    }
    panic!("no {ending}")
}
