//! ClickHouse's answers on 300 tiny runs, where the reference folder is at hand, and our own cases, always.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a panic is how a test fails, and a skipped test says so")]

use std::path::{Path, PathBuf};

use periplus_kernels::{Entry, Exclusion, Funnel, FunnelRules, FunnelRun, Matcher, Mode, Pattern, Reached};
use serde_json::Value;

fn read(path: &Path) -> Option<Value> {
    std::fs::read(path).ok().map(|bytes| serde_json::from_slice(&bytes).unwrap())
}

/// Events are `[time, "A"]`, or `[time, "AB"]` for a row that is two things at once; steps are letters.
fn run(events: &Value, steps: &[&str]) -> (Vec<i64>, Vec<u32>) {
    let mask = |names: &str| (0..).zip(steps).filter(|(_, step)| names.contains(**step)).map(|(bit, _)| 1 << bit).sum::<u32>();
    let rows = events.as_array().unwrap().iter();
    rows.map(|row| (row[0].as_i64().unwrap(), mask(row[1].as_str().unwrap()))).unzip()
}

fn mode(words: &str) -> (Mode, bool) {
    let mode = match words {
        "default" | "strict_once" => Mode::InOrder,
        "strict_order" | "strict_order,strict_once" => Mode::StrictOrder { skip_early: false },
        "strict_order,allow_reentry" => Mode::StrictOrder { skip_early: true },
        "strict_deduplication" | "strict_deduplication,strict_once" => Mode::StrictDedup,
        "strict_increase" | "strict_increase,strict_once" => Mode::StrictIncrease,
        "any_order" | "any_order,strict_once" => Mode::AnyOrder,
        other => panic!("{other} is not a mode"),
    };
    (mode, words.ends_with("strict_once"))
}

#[test]
fn clickhouse_says_the_same() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("PERIPLUS_REFERENCE").map_or_else(beside, PathBuf::from);
    let Some(all) = read(&folder.join("golden/micro_funnel_cases.json")) else {
        eprintln!("skipped: there is no golden/micro_funnel_cases.json in {} (set PERIPLUS_REFERENCE)", folder.display());
        return;
    };
    let (mut funnels, mut patterns) = (0, 0);
    for case in all["cases"].as_array().unwrap() {
        for (question, level) in case["windowFunnel"].as_object().into_iter().flatten() {
            let [steps, window, words] = question.split('|').collect::<Vec<_>>()[..] else { panic!("{question}") };
            let steps: Vec<&str> = steps.split('-').collect();
            let (times, masks) = run(&case["events"], &steps);
            let (mode, once) = mode(words);
            let window = window.strip_prefix("W=").unwrap().parse().unwrap();
            let mut funnel = Funnel::new(FunnelRules { steps: steps.len() as u32, window, mode, once, ..FunnelRules::default() }).unwrap();
            assert_eq!(Some(u64::from(funnel.reach(&times, &masks).level)), level.as_u64(), "case {}: {question}", case["id"]);
            funnels += 1;
        }
        for (text, count) in case["sequenceCount"].as_object().into_iter().flatten() {
            let conditions: &[&str] = if text.contains("(?3)") { &["A", "B", "C"] } else { &["A", "B"] };
            let (times, masks) = run(&case["events"], conditions);
            let mut matcher = Matcher::new(Pattern::parse(text, 1).unwrap());
            assert_eq!(Some(matcher.count(&times, &masks)), count.as_u64(), "case {}: {text}", case["id"]);
            let occurs = u64::from(matcher.occurs(&times, &masks));
            assert_eq!(Some(occurs), case["sequenceMatch"][text].as_u64(), "case {}: {text}", case["id"]);
            patterns += 1;
        }
    }
    assert_eq!((funnels, patterns), (274 * 63, 274 * 6));
}

#[test]
fn our_own_cases_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases/funnel");
    let mut count = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let all = read(&path).unwrap();
        for case in all["cases"].as_array().unwrap() {
            let steps: Vec<&str> = case["steps"].as_str().unwrap().split('-').collect();
            let (times, masks) = run(&case["events"], &steps);
            let (mode, once) = mode(case["mode"].as_str().unwrap());
            let window = case["window"].as_i64().unwrap();
            let letters = |field: &str| case[field].as_str().unwrap_or_default();
            let bits = (0..).zip(&steps).filter(|(_, step)| letters("optional").contains(**step)).map(|(bit, _)| 1 << bit);
            let excluded = case["exclude"].as_array().map_or(&[][..], |list| list);
            let step = |value: &Value| value.as_u64().unwrap() as u32;
            let rules = FunnelRules {
                steps: steps.len() as u32,
                window,
                mode,
                once,
                optional: bits.sum(),
                exclusions: excluded.iter().map(|e| Exclusion { after: step(&e[1]), before: step(&e[2]) }).collect(),
                sessions: case["sessions"].as_u64().map(|sessions| sessions as u32),
                grace: case["grace"].as_i64().unwrap_or(0),
                entry: match letters("entry") {
                    "" | "best" => Entry::Best,
                    "first" => Entry::First,
                    "every" => Entry::Every,
                    other => panic!("{other} is no entry"),
                },
            };
            let exclusions = self::run(&case["events"], &excluded.iter().map(|e| e[0].as_str().unwrap()).collect::<Vec<_>>()).1;
            let sessions: Vec<u32> = case["events"].as_array().unwrap().iter().map(|row| row[2].as_u64().unwrap_or(0) as u32).collect();
            let run = FunnelRun { times: &times, masks: &masks, exclusions: &exclusions, sessions: &sessions };
            let told = |reached: Reached<'_>| (0..reached.level as usize).map(|step| reached.time(step)).collect::<Value>();
            let mut funnel = Funnel::new(rules).unwrap();
            let why = format!("{}: {}", path.display(), case["why"]);
            if let Some(expected) = case.get("attempts") {
                let mut attempts = Vec::new();
                funnel.each(&run, |reached| attempts.push(told(reached)));
                assert_eq!(&Value::Array(attempts), expected, "{why}");
            } else {
                let reached = funnel.reach_in(&run);
                assert_eq!((told(reached), reached.excluded), (case["times"].clone(), case["excluded"] == true), "{why}");
            }
            count += 1;
        }
    }
    assert!(count >= 50, "only {count} cases");
}
