//! The reference data, read as a user would; skipped, and said so, where it is absent.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod common;

use std::collections::{BTreeMap, HashSet};
use std::io::Read as _;

use common::{Event, Kept, auto, file, reference};
use periplus_intake::dialects::xes::LOG_TRAIT;
use periplus_intake::xes_write::{self, Case};
use periplus_intake::{Mapping, Plan};
use periplus_model::{EventRow, IdKind, Instant, Money};

fn customers(kept: &Kept) -> usize {
    kept.events.iter().map(|event| &event.ids[0]).collect::<HashSet<_>>().len()
}

#[test]
fn the_complete_journey_becomes_purchases_campaigns_and_redemptions() {
    let Some(transactions) = reference("completejourney/transactions.parquet") else { return };
    let mapping = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/completejourney/mapping.toml");
    let mapping = Mapping::parse(&std::fs::read_to_string(mapping).unwrap()).unwrap();
    let plan = Plan::Mapping(&mapping);

    let (kept, summary) = file(&transactions, plan);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.events, customers(&kept)), (1_469_307, 155_848, 2_469));
    assert!(summary.rejected.is_empty());
    assert_eq!(kept.events.iter().map(|event| event.message_id.as_deref().unwrap()).collect::<HashSet<_>>().len(), 155_848);
    // The sum of sales_value, to the cent, is kept through the joining of lines to baskets.
    let total: i64 = kept.events.iter().map(|event| event.amount.unwrap().0).sum();
    assert_eq!(Money(total).to_string(), TOTAL_SALES);

    let (kept, summary) = file(&transactions.with_file_name("campaigns.parquet"), plan);
    assert_eq!((summary.unwrap().events, kept.rejects.len()), (6_589, 0));
    assert_eq!(kept.events[0].time, "2017-03-03T00:00:00Z");
    assert_eq!(kept.events[0].property("campaign_type"), "Type B");

    let (kept, summary) = file(&transactions.with_file_name("coupon_redemptions.parquet"), plan);
    assert_eq!((summary.unwrap().events, kept.rejects.len()), (2_102, 0));
    // The last second of the day by the shop's calendar, in winter and in summer.
    assert!(kept.events.iter().all(|event| ["04:59:59Z", "03:59:59Z"].contains(&&event.time[11..])));

    let (kept, summary) = file(&transactions.with_file_name("demographics.parquet"), plan);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.accepted, summary.events), (801, 801, 0));
    assert!(kept.traits.contains(&(vec!["household_id:1".to_owned()], "age".to_owned(), "\"65+\"".to_owned())));
}

const TOTAL_SALES: &str = "4596039.58";

#[test]
fn the_ecom_table_is_understood_without_a_mapping() {
    let Some(path) = reference("ecom/ecom.csv.gz") else { return };
    let (kept, summary) = file(&path, Plan::Auto);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.events, customers(&kept), summary.dialect), (31_106, 31_106, 600, "table"));
    assert_eq!(kept.events[0].event, "home");
    assert_eq!(kept.events.iter().map(|event| event.property("session_id").to_string()).collect::<HashSet<_>>().len(), 3_605);
    assert_eq!(summary.assumed.unwrap().source[0].ids[0].kind, IdKind::USER);
}

#[test]
fn the_ga4_export_is_understood_without_a_mapping() {
    let Some(path) = reference("ga/ga4_events_sampled.snappy.parquet") else { return };
    let (kept, summary) = file(&path, Plan::Auto);
    let summary = summary.unwrap();
    assert_eq!((summary.rows, summary.events, summary.dialect), (24_219, 24_219, "ga4"));
    assert!(summary.rejected.is_empty());
    let first = &kept.events[0];
    assert_eq!(
        (first.event.as_str(), first.instant, first.ids[0].as_str()),
        ("purchase", 1_607_615_248_873_729, "anonymous_id:31733645.3711323316")
    );
    assert_eq!(
        (first.amount, first.currency.as_deref(), first.channel.as_deref()),
        (Some(Money(138_000_000)), Some("USD"), Some("referral"))
    );
    assert_eq!((first.property("payment_type"), first.property("country")), ("Pay with credit card".into(), "Germany".into()));
    assert_eq!(first.property("ga_session_id"), 2_315_275_013i64);
}

#[test]
fn a_table_that_says_nothing_is_refused_with_its_columns() {
    let Some(path) = reference("hillstrom/hillstrom.csv.gz") else { return };
    let (kept, summary) = file(&path, Plan::Auto);
    let error = summary.unwrap_err().to_string();
    assert!(kept.events.is_empty() && error.contains("the customer") && error.contains("recency, history_segment"), "{error}");
}

/// What is stored of a log, written as a log again.
fn export(kept: &Kept) -> Vec<u8> {
    let split = |id: &'_ str| -> (IdKind, String) {
        let (kind, value) = id.split_once(':').unwrap();
        (IdKind::new(kind).unwrap(), value.to_owned())
    };
    let mut order: Vec<&String> = Vec::new();
    let mut events: BTreeMap<&String, Vec<&Event>> = BTreeMap::new();
    for event in &kept.events {
        if !events.contains_key(&event.ids[0]) {
            order.push(&event.ids[0]);
        }
        events.entry(&event.ids[0]).or_default().push(event);
    }
    let log = kept.traits.iter().find(|(_, name, _)| name == LOG_TRAIT).map(|(_, _, value)| value.as_str());
    let owned: Vec<((IdKind, String), &String)> = order.iter().map(|id| (split(id), *id)).collect();
    let cases = owned.iter().map(|((kind, id), key)| Case {
        kind: kind.clone(),
        id,
        traits: kept.traits.iter().filter(|(ids, _, _)| ids[0] == **key).map(|(_, name, value)| (name.as_str(), value.as_str())).collect(),
        events: events[*key]
            .iter()
            .map(|event| EventRow {
                time: Instant(event.instant),
                event: &event.event,
                // Only the case itself; further identifiers have their own test.
                ids: &[],
                channel: event.channel.as_deref(),
                message_id: event.message_id.as_deref(),
                amount: event.amount,
                currency: event.currency.as_deref(),
                properties: &event.properties,
            })
            .collect(),
    });
    let mut out = Vec::new();
    xes_write::write(log, cases, &mut out).unwrap();
    out
}

/// Every element of a log with its attributes, each sequence of siblings sorted by key within events and traces.
fn elements(bytes: &[u8]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let describe = |start: &quick_xml::events::BytesStart<'_>| {
            let mut attributes: Vec<String> = start
                .attributes()
                .map(|a| a.unwrap())
                .map(|a| format!("{}={}", a.key.as_ref(), a.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap()))
                .collect();
            attributes.sort();
            let name = start.name().as_ref().to_owned();
            // Floats may be written in another way that means the same.
            if name == "float" {
                attributes
                    .iter_mut()
                    .filter_map(|a| a.strip_prefix("value=").map(|v| v.parse::<f64>().unwrap()).map(|v| (a, v)))
                    .for_each(|(a, v)| *a = format!("value={v}"));
            }
            format!("{name} {}", attributes.join(" "))
        };
        match reader.read_event_into(&mut buffer).unwrap() {
            quick_xml::events::Event::Start(start) => {
                path.push(describe(&start));
                *counts.entry(path.join(" / ")).or_default() += 1;
            }
            quick_xml::events::Event::Empty(start) => {
                *counts.entry(format!("{} / {}", path.join(" / "), describe(&start))).or_default() += 1
            }
            quick_xml::events::Event::End(_) => drop(path.pop()),
            quick_xml::events::Event::Eof => return counts,
            _ => {}
        }
    }
}

#[test]
fn xes_logs_are_read_whole_and_written_again_without_loss() {
    for (path, events, cases) in [("xes/running-example.xes", 42, 6), ("xes/08_receipt.xes.gz", 8_577, 1_434)] {
        let Some(path) = reference(path) else { return };
        let (kept, summary) = file(&path, Plan::Auto);
        let summary = summary.unwrap();
        assert_eq!((summary.events, customers(&kept), summary.dialect), (events, cases, "xes"));
        assert!(summary.rejected.is_empty(), "{:?}", kept.rejects.first());

        let exported = export(&kept);
        let mut original = Vec::new();
        let bytes = std::fs::read(&path).unwrap();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut original).unwrap_or_else(|_| {
            original = bytes.clone();
            0
        });
        assert!(elements(&exported) == elements(&original), "the export of {} is not what was imported", path.display());

        let (again, summary) = auto("again.xes", exported.clone());
        summary.unwrap();
        // Not assert_eq: it would print two whole logs.
        assert!(again.events == kept.events && again.traits == kept.traits && export(&again) == exported, "{}", path.display());
    }
}

#[test]
fn the_same_log_as_a_table_has_the_same_events() {
    let (Some(log), Some(table)) = (reference("xes/running-example.xes"), reference("xes/running-example.csv")) else { return };
    let key = |kept: &Kept| kept.events.iter().map(|e| (e.ids.clone(), e.instant, e.event.clone())).collect::<HashSet<_>>();
    let (log, table) = (file(&log, Plan::Auto).0, file(&table, Plan::Auto).0);
    assert_eq!(key(&log), key(&table));
    assert_eq!(log.events.len(), table.events.len());
}
