//! The figures of other people's software (statsmodels, SciPy, lifelines), where the reference folder is at hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a panic is how a test fails, and a skipped test says so")]

use std::path::PathBuf;

use periplus_stats::distribution::student_two_sided;
use periplus_stats::{Survival, benjamini_hochberg, log_rank, newcombe, two_proportions, wilson};
use serde_json::Value;

fn golden(name: &str) -> Option<Value> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("PERIPLUS_REFERENCE").map_or_else(beside, PathBuf::from);
    let path = folder.join("golden").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap()),
        Err(_) => {
            eprintln!("skipped: there is no {} (set PERIPLUS_REFERENCE)", path.display());
            None
        }
    }
}

fn close(found: f64, expected: &Value, relative: f64) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= relative * expected.abs() + 1e-15, "{found:e} is not {expected:e}");
}

#[test]
fn shares_of_a_mail_campaign() {
    let Some(all) = golden("experiments_hillstrom_mens.json") else { return };
    let men = &all["Mens E-Mail"];
    let sizes = (men["n_t"].as_u64().unwrap(), men["n_c"].as_u64().unwrap());
    for goal in ["visit", "conversion"] {
        let goal = &men[goal];
        let treated = (goal["x_t"].as_u64().unwrap(), sizes.0);
        let control = (goal["x_c"].as_u64().unwrap(), sizes.1);
        for (side, name) in [(treated, "wilson_t"), (control, "wilson_c")] {
            let share = wilson(side.0, side.1).unwrap();
            close(share.low, &goal[name][0], 1e-12);
            close(share.high, &goal[name][1], 1e-12);
        }
        let difference = newcombe(treated, control).unwrap();
        close(difference.value, &goal["diff"], 1e-12);
        close(difference.low, &goal["newcombe95"][0], 1e-11);
        close(difference.high, &goal["newcombe95"][1], 1e-11);
        let test = two_proportions(treated, control).unwrap();
        close(test.statistic, &goal["z_pooled"], 1e-12);
        close(test.p, &goal["p"], 1e-10);
    }
    let spend = &men["spend"];
    close(student_two_sided(spend["welch_t"].as_f64().unwrap(), spend["df"].as_f64().unwrap()), &spend["p"], 1e-10);

    for case in all["wilson_cases"].as_array().unwrap() {
        let share = wilson(case["k"].as_u64().unwrap(), case["n"].as_u64().unwrap()).unwrap();
        close(share.low, &case["lo"], 1e-12);
        close(share.high, &case["hi"], 1e-12);
    }

    let tests = &all["bh_fdr_4tests"];
    let p: Vec<f64> = tests["p"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect();
    for (found, expected) in benjamini_hochberg(&p).into_iter().zip(tests["adj"].as_array().unwrap()) {
        close(found, expected, 1e-12);
    }
}

/// The lifetimes of 163 fruit flies in two groups, as (days, died, censored): Walton and others, in lifelines as `load_waltons`.
fn flies() -> [Survival; 2] {
    let treated: &[(i64, u64, u64)] = &[
        (6, 1, 0),
        (9, 3, 0),
        (13, 3, 0),
        (15, 2, 0),
        (19, 3, 0),
        (22, 4, 0),
        (26, 5, 0),
        (29, 5, 0),
        (33, 2, 0),
        (36, 2, 0),
        (43, 1, 0),
        (47, 1, 0),
        (62, 2, 0),
    ];
    let control: &[(i64, u64, u64)] = &[
        (7, 1, 1),
        (17, 1, 0),
        (32, 1, 0),
        (33, 1, 0),
        (38, 2, 0),
        (41, 7, 0),
        (45, 9, 1),
        (48, 8, 0),
        (51, 3, 0),
        (53, 7, 0),
        (54, 2, 0),
        (56, 18, 0),
        (58, 4, 0),
        (60, 15, 1),
        (61, 9, 2),
        (63, 9, 0),
        (66, 3, 0),
        (68, 9, 1),
        (69, 12, 1),
        (75, 1, 0),
    ];
    [treated, control].map(|rows| {
        let mut survival = Survival::default();
        rows.iter().for_each(|(days, died, censored)| survival.add(*days, *died, *censored));
        survival
    })
}

#[test]
fn lifetimes_of_flies() {
    let Some(all) = golden("survival_rfm.json") else { return };
    let expected = &all["waltons"];
    let [treated, control] = flies();
    let mut everyone = treated.clone();
    everyone.merge(&control);
    assert_eq!(Some(everyone.count()), expected["n"].as_u64());
    assert_eq!(everyone.median().map(|median| median.time as f64), expected["median"].as_f64());
    let curve = everyone.curve();
    let at = |day: &str| curve.iter().find(|step| step.time.to_string() == day).unwrap();
    for (day, survival) in expected["S"].as_object().unwrap() {
        close(at(day).survival, survival, 1e-12);
    }
    for (day, interval) in expected["ci"].as_object().unwrap() {
        close(at(day).low, &interval[0], 1e-12);
        close(at(day).high, &interval[1], 1e-12);
    }
    let test = log_rank(&treated, &control).unwrap();
    close(test.statistic.powi(2), &expected["logrank"]["chi2"], 1e-12);
    close(test.p, &expected["logrank"]["p"], 1e-9);
}
