//! Real files through the whole house: the answers are those that other people's software gives on the same data.
//! Skipped, and said so, where the reference data is absent.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::{BTreeMap, HashSet};
use std::fs;

use common::{House, example_map, example_mapping, golden, graph, reference, sequences, steps, table};
use periplus_model::measured::{Feeling, SignalKind};
use serde_json::{Value, json};

fn ecom() -> Option<House> {
    let file = reference("data/ecom/ecom.csv.gz")?;
    let mut house = House::new();
    let outcome = house.import(&file, None);
    assert_eq!((outcome.row.rows, outcome.row.stored, outcome.row.rejected, outcome.row.duplicates), (31_106, 31_106, 0, 0));
    Some(house)
}

#[test]
fn the_web_shop_has_as_many_customers_sessions_and_steps_as_clickhouse_counts() {
    let (Some(house), Some(golden)) = (ecom(), golden("funnels_ecom_ga4.json")) else { return };
    let overview = house.ask("overview", json!({}));
    assert_eq!((overview.meta.customers, overview.meta.events), (600, 31_106));
    let total: u64 = table(&overview).rows.iter().map(|row| row[1].as_u64().unwrap()).sum();
    assert_eq!(total, 31_106);
    let follows = house.ask("follows", json!({"unit": "session"}));
    assert_eq!(graph(&follows).sequences, golden["ecom_sessionize_30min_by_user"][0][0].as_u64().unwrap());

    let mut cases = 0;
    for (name, funnel) in golden.as_object().unwrap() {
        let Some(names) = funnel.get("steps") else { continue };
        let wanted: Vec<Value> = names.as_array().unwrap().iter().map(|event| json!({"event": event})).collect();
        for (case, expected) in funnel.as_object().unwrap() {
            let Some((window, mode)) = case.split_once('|') else { continue };
            let (mode, once) = match mode {
                "default" => ("default", false),
                "strict_once" => ("default", true),
                "strict_order" => ("strict_order", false),
                "strict_deduplication" => ("strict_dedup", false),
                "strict_increase" => ("strict_increase", false),
                other => panic!("{other}"),
            };
            let answer = house.ask("funnel", json!({"steps": wanted, "window": window, "mode": mode, "once": once}));
            let reached: Vec<u64> = steps(&answer).steps.iter().map(|step| step.reached).collect();
            assert_eq!(json!(reached), expected["reached"], "{name} {case}");
            cases += 1;
        }
    }
    assert_eq!(cases, 30);
}

#[test]
fn the_web_shops_transitions_and_paths_are_those_of_duckdb() {
    let (Some(house), Some(golden)) = (ecom(), golden("funnels_ecom_ga4.json")) else { return };
    let follows = house.ask("follows", json!({"unit": "session"}));
    let graph = graph(&follows);
    let ours: BTreeMap<(&str, &str), u64> =
        graph.edges.iter().map(|edge| ((&*graph.nodes[edge.from].name, &*graph.nodes[edge.to].name), edge.count)).collect();
    let theirs = golden["ecom_transitions_session"].as_array().unwrap();
    let theirs: BTreeMap<(&str, &str), u64> =
        theirs.iter().map(|row| ((row[0].as_str().unwrap(), row[1].as_str().unwrap()), row[2].as_u64().unwrap())).collect();
    assert_eq!(ours, theirs);
    let variants = house.ask("variants", json!({"unit": "session", "top": 10}));
    let ours: Vec<Value> = sequences(&variants).variants.iter().map(|v| json!([v.steps.join(" > "), v.count])).collect();
    let theirs = golden["ecom_top_paths_session"].as_array().unwrap();
    assert!(ours.iter().all(|path| theirs.contains(path)), "{ours:?}");
}

#[test]
fn the_planted_loop_of_the_mobile_checkout_is_a_pain() {
    let Some(house) = ecom() else { return };
    let measured = house.measure(&example_map("ecom/map.yaml"));
    assert_eq!((measured.coverage.mapped, measured.coverage.events), (31_106, 31_106), "{:?}", measured.coverage);
    let all = &measured.groups[0];
    assert_eq!(all.customers, 600);
    let told: Vec<String> = all.signals.iter().map(|s| format!("{:?} {:?} {} | {}", s.feeling, s.what, s.title, s.sentence)).collect();
    // From 9 April to 9 May the checkout on phones threw people back from the address to the cart.
    let checkout = measured.stages.iter().position(|stage| stage.id == "checkout").unwrap();
    let shipping = measured.touchpoints.iter().position(|t| t.id == "shipping").unwrap();
    let found = |signals: &[periplus_model::measured::Signal]| {
        signals
            .iter()
            .any(|s| s.feeling == Feeling::Pain && s.what == SignalKind::Loop && s.stage == checkout && s.touchpoint == Some(shipping))
    };
    assert!(found(&all.signals), "{told:#?}");
    let mobile = measured.groups.iter().find(|group| group.id == "mobile").unwrap();
    assert!(found(&mobile.signals), "{:#?}", mobile.signals);
    for other in ["desktop", "tablet"] {
        let group = measured.groups.iter().find(|group| group.id == other).unwrap();
        assert!(!found(&group.signals), "{other}: {:#?}", group.signals);
    }
}

/// A log through import, questions, export, and import again in another folder.
fn log(file: &str, golden_file: &str) {
    let (Some(path), Some(golden)) = (reference(&format!("data/xes/{file}")), golden(golden_file)) else { return };
    let mut house = House::new();
    house.import(&path, None);
    compare(&house, &golden);
    let mut exported = Vec::new();
    let cases = house.workspace.export_xes(&house.snapshot(), &mut exported).unwrap();
    assert_eq!(cases, golden["cases"].as_u64().unwrap());
    let mut fresh = House::new();
    let again = fresh.file("again.xes", &exported);
    fresh.import(&again, None);
    compare(&fresh, &golden);
    assert_eq!(fresh.answers(None), house.answers(None));
    let mut twice = Vec::new();
    fresh.workspace.export_xes(&fresh.snapshot(), &mut twice).unwrap();
    assert!(twice == exported, "nothing was lost or changed on the way");
    // Compaction must not change the order of anything.
    let now = fresh.now();
    fresh.workspace.compact(now, &|_, _| ()).unwrap();
    let mut thrice = Vec::new();
    fresh.workspace.export_xes(&fresh.snapshot(), &mut thrice).unwrap();
    assert!(thrice == exported);
}

fn compare(house: &House, golden: &Value) {
    let count = |name: &str| golden[name].as_u64().unwrap();
    let overview = house.ask("overview", json!({}));
    assert_eq!((overview.meta.events, overview.meta.customers), (count("events"), count("cases")));
    assert_eq!(table(&overview).rows.len() as u64, count("activities"));
    let stamp = |text: &Value| text.as_str().unwrap().parse::<periplus_model::time::Instant>().unwrap();
    let rows = &table(&overview).rows;
    assert_eq!(rows.iter().map(|row| stamp(&row[5])).min(), Some(stamp(&golden["first"])));
    assert_eq!(rows.iter().map(|row| stamp(&row[6])).max(), Some(stamp(&golden["last"])));

    let follows = house.ask("follows", json!({}));
    let graph = graph(&follows);
    let name = |index: usize| graph.nodes[index].name.clone();
    let ours: BTreeMap<(String, String), u64> = graph.edges.iter().map(|e| ((name(e.from), name(e.to)), e.count)).collect();
    let theirs: Vec<(String, String, u64)> = serde_json::from_value(golden["dfg"].clone()).unwrap();
    assert_eq!(ours, theirs.into_iter().map(|(a, b, n)| ((a, b), n)).collect());
    let ends = |pick: fn(&periplus_model::answer::Node) -> u64| -> BTreeMap<String, u64> {
        graph.nodes.iter().filter(|node| pick(node) > 0).map(|node| (node.name.clone(), pick(node))).collect()
    };
    let pairs = |name: &str| serde_json::from_value::<Vec<(String, u64)>>(golden[name].clone()).unwrap().into_iter().collect();
    assert_eq!(ends(|node| node.starts), pairs("start"));
    assert_eq!(ends(|node| node.ends), pairs("end"));
    for row in golden["performance_dfg_mean_s_top"].as_array().unwrap() {
        let edge = graph.edges.iter().find(|e| row[0] == *name(e.from) && row[1] == *name(e.to)).unwrap();
        let close = |ours: f64, theirs: &Value| (ours - theirs.as_f64().unwrap()).abs() < 1e-3 + theirs.as_f64().unwrap().abs() * 1e-9;
        assert!(close(edge.mean_seconds, &row[2]["mean"]), "{row} {edge:?}");
        assert!(close(edge.median_seconds, &row[2]["median"]), "{row} {edge:?}");
    }

    let variants = house.ask("variants", json!({"top": 1_000}));
    let ours = sequences(&variants);
    assert_eq!(ours.distinct, count("n_variants"));
    assert_eq!(ours.variants.iter().map(|v| v.count).sum::<u64>(), count("cases"));
    for (expected, steps) in serde_json::from_value::<Vec<(u64, Vec<String>)>>(golden["top_variants"].clone()).unwrap() {
        assert!(ours.variants.iter().any(|v| v.count == expected && v.steps == steps), "{steps:?}");
    }
}

#[test]
fn the_running_example_is_what_pm4py_says_and_nothing_is_lost_by_exporting() {
    log("running-example.xes", "pm_running_example.json");
}

#[test]
fn the_receipt_log_is_what_pm4py_says_and_nothing_is_lost_by_exporting() {
    log("08_receipt.xes.gz", "pm_receipt.json");
}

#[test]
fn the_complete_journey_is_measured_for_two_sorts_of_households() {
    let Some(transactions) = reference("data/completejourney/transactions.parquet") else { return };
    let mapping = example_mapping("completejourney/mapping.toml");
    let mut house = House::new();
    let outcome = house.import(&transactions, Some(&mapping));
    assert_eq!((outcome.row.rows, outcome.row.stored), (1_469_307, 155_848));
    let overview = house.ask("overview", json!({}));
    assert_eq!((overview.meta.customers, overview.meta.events), (2_469, 155_848));
    for (file, events) in [("campaigns", 6_589), ("coupon_redemptions", 2_102), ("demographics", 0)] {
        let outcome = house.import(&transactions.with_file_name(format!("{file}.parquet")), Some(&mapping));
        assert_eq!((outcome.row.events, outcome.row.rejected), (events, 0), "{file}");
    }
    let measured = house.measure(&example_map("completejourney/map.yaml"));
    assert_eq!(measured.coverage.mapped, 155_848 + 6_589 + 2_102);
    let ids: Vec<&str> = measured.groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!(ids, ["all", "families", "no-children"]);
    // From the demographics: 270 and 328... households whose number of children is known, as far as they ever bought.
    let households = kids(&house);
    for (group, expected) in measured.groups[1..].iter().zip(households) {
        assert_eq!(group.customers, expected, "{}", group.id);
    }
    for group in &measured.groups {
        for (stage, info) in group.stages.iter().zip(&measured.stages) {
            assert!(stage.customers > 30 && stage.customers <= group.customers, "{} {} {stage:?}", group.id, info.id);
            if let Some(conversion) = stage.conversion {
                assert!(conversion.low <= conversion.value && conversion.value <= conversion.high && conversion.high <= 1.0);
            }
        }
    }
    // Families redeem more, and coupons are redeemed by 410 of all households.
    let redeemed: Vec<f64> = measured.groups.iter().map(|group| group.stages[2].share).collect();
    assert!(redeemed[1] > redeemed[2] && redeemed[2] > redeemed[0], "{redeemed:?}");
    assert_eq!(measured.groups[0].stages[2].customers, 410);
    let shop = &measured.groups[0].stages[1];
    assert_eq!(shop.customers, 2_469);
}

/// How many households have children, and how many have none, counted from the traits one by one.
fn kids(house: &House) -> [u64; 2] {
    let mut counts = [0, 0];
    for household in 1..=2_500 {
        for key in house.workspace.find(&format!("household_id:{household}"), &house.snapshot()).unwrap() {
            let view = house.workspace.customer(key, &house.snapshot()).unwrap();
            if let Some(kids) = view.traits.iter().find(|t| t.name == "kids_count")
                && !view.events.is_empty()
                && kids.value != "\"Unknown\""
            {
                counts[usize::from(kids.value == "\"0\"")] += 1;
            }
        }
    }
    counts
}

#[test]
fn purchases_of_cdnow_are_all_there() {
    let Some(file) = reference("data/cdnow/CDNOW_sample.txt") else { return };
    let text = fs::read_to_string(file).unwrap();
    let mut csv = "user_id,timestamp,event,amount\n".to_owned();
    let mut customers = HashSet::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, id, day, _, amount] = fields[..] else { continue };
        customers.insert(id);
        csv += &format!("{id},{}-{}-{},purchase,{amount}\n", &day[..4], &day[4..6], &day[6..]);
    }
    let mut house = House::new();
    let outcome = house.take("cdnow.csv", &csv);
    let rows = csv.lines().count() as u64 - 1;
    assert_eq!((outcome.row.rows, outcome.row.stored), (rows, rows), "equal purchases on one day are different purchases");
    assert_eq!(house.ask("overview", json!({})).meta.customers, customers.len() as u64);
}
