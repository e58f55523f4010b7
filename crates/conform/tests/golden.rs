//! The figures of other people's software (pm4py), where the reference folder is at hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a panic is how a test fails, and a skipped test says so")]
#![allow(clippy::disallowed_methods, reason = "one test measures")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use periplus_conform::align::Move;
use periplus_conform::discover::Tree;
use periplus_conform::net::{read, read_bpmn, read_pnml};
use periplus_conform::{Log, Net, align, discover, replay};
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use serde_json::Value;

fn bytes(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("PERIPLUS_REFERENCE").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) if name.ends_with(".gz") => {
            let mut all = Vec::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut all).unwrap();
            Some(all)
        }
        Ok(bytes) => Some(bytes),
        Err(_) => {
            eprintln!("skipped: there is no {} (set PERIPLUS_REFERENCE)", path.display());
            None
        }
    }
}

fn golden(name: &str) -> Option<Value> {
    // Python writes what JSON cannot hold.
    let text = String::from_utf8(bytes(&format!("golden/{name}"))?).unwrap().replace(": NaN", ": null");
    Some(serde_json::from_str(&text).unwrap())
}

/// The cases of an XES log, by name: their activities in order.
fn cases(xes: &[u8]) -> BTreeMap<String, Vec<String>> {
    let text = String::from_utf8_lossy(xes);
    let mut reader = Reader::from_str(&text);
    let mut all = BTreeMap::new();
    let (mut case, mut events): (String, Vec<String>) = Default::default();
    let (mut in_trace, mut in_event, mut depth) = (false, false, 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return all,
            Event::Start(tag) => match tag.local_name().as_ref() {
                "trace" => (in_trace, depth) = (true, 0),
                "event" => (in_event, depth) = (true, 0),
                _ => depth += 1,
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "trace" => {
                    all.insert(std::mem::take(&mut case), std::mem::take(&mut events));
                    in_trace = false;
                }
                "event" => in_event = false,
                _ => depth -= 1,
            },
            Event::Empty(tag) if in_trace && depth == 0 => {
                let of = |name: &str| {
                    let found = tag.attributes().map(Result::unwrap).find(|attribute| attribute.key.as_ref() == name).unwrap();
                    found.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned()
                };
                if of("key") == "concept:name" {
                    if in_event { events.push(of("value")) } else { case = of("value") }
                }
            }
            _ => {}
        }
    }
}

fn log_of(cases: &BTreeMap<String, Vec<String>>) -> Log {
    Log::of_names(cases.values().map(|sequence| (sequence.clone(), 1))).unwrap()
}

fn running() -> Option<Log> {
    Some(log_of(&cases(&bytes("data/xes/running-example.xes")?)))
}

fn receipt() -> Option<Log> {
    Some(log_of(&cases(&bytes("data/xes/08_receipt.xes.gz")?)))
}

fn close(found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// What pm4py says of a net and a log that fit it. Its silent steps cost a ten thousandth each.
fn fits_as(net: &Net, log: &Log, expected: &Value) {
    let aligned = align(net, log, &Default::default()).unwrap().fitness().unwrap();
    close(aligned.log.low, &expected["align"]["log_fitness"], 3e-5);
    close(aligned.average.low, &expected["align"]["average_trace_fitness"], 1e-12);
    close(aligned.fitting as f64 / aligned.cases as f64 * 100.0, &expected["align"]["percentage_of_fitting_traces"], 1e-12);
    let replayed = replay(net, log, &Default::default()).unwrap();
    close(replayed.log().unwrap(), &expected["tbr"]["log_fitness"], 1e-12);
    close(replayed.average().unwrap(), &expected["tbr"]["average_trace_fitness"], 1e-12);
    close(replayed.fitting() as f64 / log.cases() as f64 * 100.0, &expected["tbr"]["percentage_of_fitting_traces"], 1e-12);
}

#[test]
fn a_designed_net_is_judged_as_pm4py_does() {
    let (Some(golden), Some(model)) = (golden("pm_running_example.json"), bytes("data/xes/designed_no_reinitiate.pnml")) else { return };
    let (net, expected) = (read_pnml(&model).unwrap(), &golden["designed_no_reinitiate"]);
    let mut traces: Vec<(&String, &Value)> = expected["traces"].as_object().unwrap().iter().collect();
    traces.sort_by_key(|(case, _)| *case);
    let names = |trace: &Value| trace.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let log = Log::of_names(traces.iter().map(|(_, trace)| (names(trace), 1))).unwrap();
    assert_eq!(log.variants().len(), 6);
    let (aligned, replayed) = (align(&net, &log, &Default::default()).unwrap(), replay(&net, &log, &Default::default()).unwrap());
    for (case, own) in aligned.variants.iter().enumerate() {
        let theirs = &expected["align"][case];
        assert_eq!(u64::from(own.cost.exact().unwrap()) * 10_000, theirs["cost"].as_u64().unwrap());
        close(aligned.fitness_of(own).low, &theirs["fitness"], 1e-12);
        let inserted = |steps: usize| own.moves.iter().filter(|step| matches!(step, Move::Inserted(_))).count() == steps;
        assert!(inserted(theirs["alignment"].as_array().unwrap().iter().filter(|step| step[1] == ">>").count()));
        let (own, theirs) = (&replayed.variants[case], &expected["tbr"][case]);
        for (figure, name) in
            [(own.missing, "missing"), (own.consumed, "consumed"), (own.remaining, "remaining"), (own.produced, "produced")]
        {
            close(figure as f64, &theirs[format!("{name}_tokens")], 0.0);
        }
        close(own.fitness(), &theirs["trace_fitness"], 1e-12);
        assert_eq!(Some(own.fits()), theirs["trace_is_fit"].as_bool());
    }
    let fitness = aligned.fitness().unwrap();
    close(fitness.log.low, &expected["align_log"]["log_fitness"], 1e-12);
    close(fitness.average.low, &expected["align_log"]["average_trace_fitness"], 1e-12);
    close(fitness.fitting as f64 / 0.06, &expected["align_log"]["percentage_of_fitting_traces"], 1e-9);
    close(replayed.log().unwrap(), &expected["tbr_log"]["log_fitness"], 1e-12);
    close(replayed.average().unwrap(), &expected["tbr_log"]["average_trace_fitness"], 1e-12);
    close(replayed.fitting() as f64 / 0.06, &expected["tbr_log"]["percentage_of_fitting_traces"], 1e-9);
}

#[test]
fn given_and_discovered_nets_fit_as_in_pm4py() {
    let (Some(golden), Some(log)) = (golden("pm_running_example.json"), running()) else { return };
    assert_eq!(Some(log.cases()), golden["cases"].as_u64());
    let pnml = read_pnml(&bytes("data/xes/running-example.pnml").unwrap()).unwrap();
    fits_as(&pnml, &log, &golden["fit_given_pnml"]);
    // The same design as BPMN: the same fitness.
    let bpmn = read_bpmn(&bytes("data/xes/running-example.bpmn").unwrap()).unwrap();
    fits_as(&bpmn, &log, &golden["fit_given_pnml"]);
    assert_eq!(read(&bytes("data/xes/running-example.bpmn").unwrap()), Ok(bpmn));

    let tree = discover(&log, &Default::default()).unwrap();
    let (net, expected) = (tree.to_net(log.activities()).unwrap(), &golden["fit_inductive0"]);
    for (found, name) in [(net.places().len(), "places"), (net.transitions().len(), "transitions"), (net.arcs(), "arcs")] {
        assert_eq!(Some(found as u64), expected[name].as_u64(), "{name}");
    }
    fits_as(&net, &log, expected);
}

#[test]
fn a_large_log_fits_what_was_discovered_from_it() {
    let (Some(golden), Some(log)) = (golden("pm_receipt.json"), receipt()) else { return };
    assert_eq!((Some(log.cases()), Some(log.variants().len() as u64)), (golden["cases"].as_u64(), golden["n_variants"].as_u64()));
    let net = discover(&log, &Default::default()).unwrap().to_net(log.activities()).unwrap();
    let aligned = align(&net, &log, &Default::default()).unwrap();
    let fitness = aligned.fitness().unwrap();
    assert_eq!((fitness.fitting, fitness.unsure, fitness.log.low), (fitness.cases, 0, 1.0));
    assert_eq!(replay(&net, &log, &Default::default()).unwrap().fitting(), log.cases());
    // With noise left out, not everybody fits any more, and all is still exact.
    let tree: Tree = discover(&log, &discover::Settings { noise: 0.2 }).unwrap();
    let aligned = align(&tree.to_net(log.activities()).unwrap(), &log, &Default::default()).unwrap();
    let fitness = aligned.fitness().unwrap();
    assert!(fitness.unsure == 0 && fitness.fitting < fitness.cases && fitness.log.low > 0.8, "{fitness:?}");
    let told: u64 = aligned.deviations().iter().map(|deviation| deviation.times).sum();
    let cost: u64 = aligned.variants.iter().map(|variant| u64::from(variant.cost.exact().unwrap()) * variant.cases).sum();
    assert_eq!(told, cost, "every deviation is told");
}

/// `cargo test --release -p periplus-conform --test golden -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn how_long_it_takes() {
    let Some(log) = receipt() else { return };
    for noise in [0.0, 0.2] {
        let began = std::time::Instant::now();
        let tree = discover(&log, &discover::Settings { noise }).unwrap();
        let discovered = began.elapsed();
        let net = tree.to_net(log.activities()).unwrap();
        let began = std::time::Instant::now();
        let aligned = align(&net, &log, &Default::default()).unwrap();
        let elapsed = began.elapsed();
        let states: usize = aligned.variants.iter().map(|variant| variant.states).sum();
        let size = (net.places().len(), net.transitions().len(), net.arcs());
        eprintln!("{noise}: {size:?}, discovered in {discovered:?}, {states} states in {elapsed:?}, {:?}", aligned.fitness());
        let began = std::time::Instant::now();
        let replayed = replay(&net, &log, &Default::default()).unwrap();
        eprintln!("   replay in {:?}: {:?}, average {:?}", began.elapsed(), replayed.log(), replayed.average());
    }
}
