//! Cox regression against published values and lifelines, and on simulated customers.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a panic is how a test fails; figures are told, and one test measures time"
)]

use periplus_stats::cox::{Cox, CoxError, CoxWarning, calibrate, fit};
use proptest::prelude::*;

/// Freireich and others (1963): weeks of remission of leukaemia, whether it ended, log white blood cells, placebo or not (as printed in
/// Kleinbaum and Klein, *Survival Analysis*).
const REMISSION: [(i64, bool, f64, f64); 42] = [
    (6, true, 2.31, 0.0),
    (6, true, 4.06, 0.0),
    (6, true, 3.28, 0.0),
    (7, true, 4.43, 0.0),
    (10, true, 2.96, 0.0),
    (13, true, 2.88, 0.0),
    (16, true, 3.60, 0.0),
    (22, true, 2.32, 0.0),
    (23, true, 2.57, 0.0),
    (6, false, 3.20, 0.0),
    (9, false, 2.80, 0.0),
    (10, false, 2.70, 0.0),
    (11, false, 2.60, 0.0),
    (17, false, 2.16, 0.0),
    (19, false, 2.05, 0.0),
    (20, false, 2.01, 0.0),
    (25, false, 1.78, 0.0),
    (32, false, 2.20, 0.0),
    (32, false, 2.53, 0.0),
    (34, false, 1.47, 0.0),
    (35, false, 1.45, 0.0),
    (1, true, 2.80, 1.0),
    (1, true, 5.00, 1.0),
    (2, true, 4.91, 1.0),
    (2, true, 4.48, 1.0),
    (3, true, 4.01, 1.0),
    (4, true, 4.36, 1.0),
    (4, true, 2.42, 1.0),
    (5, true, 3.49, 1.0),
    (5, true, 3.97, 1.0),
    (8, true, 3.52, 1.0),
    (8, true, 3.05, 1.0),
    (8, true, 2.32, 1.0),
    (8, true, 3.26, 1.0),
    (11, true, 3.49, 1.0),
    (11, true, 2.12, 1.0),
    (12, true, 1.50, 1.0),
    (12, true, 3.06, 1.0),
    (15, true, 2.30, 1.0),
    (17, true, 2.95, 1.0),
    (22, true, 2.73, 1.0),
    (23, true, 1.97, 1.0),
];

type Column = fn(&(i64, bool, f64, f64)) -> f64;

fn remission(columns: &[Column]) -> Cox {
    let times: Vec<i64> = REMISSION.iter().map(|row| row.0).collect();
    let happened: Vec<bool> = REMISSION.iter().map(|row| row.1).collect();
    let covariates: Vec<f64> = REMISSION.iter().flat_map(|row| columns.iter().map(move |column| column(row))).collect();
    fit(&times, &happened, &covariates, columns.len()).unwrap()
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

/// R's `coxph(Surv(time, cens) ~ treat, MASS::gehan)`: 1.572, 0.412. lifelines 0.28 gives the digits, of which it stops
/// at about the seventh.
#[test]
fn remission_by_treatment_as_published() {
    let found = remission(&[|row| row.3]);
    let treatment = found.coefficients[0];
    close(treatment.value, 1.572_124_877_89, 2e-7);
    close(treatment.error, 0.412_396_697_05, 2e-7);
    close(treatment.p, 0.000_137_754_021_778, 2e-6);
    close(treatment.ratio.unwrap().low.ln(), 0.763_842_204_327, 4e-7);
    close(treatment.ratio.unwrap().high.ln(), 2.380_407_551_45, 4e-7);
    close(found.log_likelihood, -85.008_424_577_371_84, 1e-12);
    close(2.0 * (found.log_likelihood - found.log_likelihood_null), 16.35, 1e-3);
    close(found.concordance.unwrap(), 0.690_042_075_736_325_4, 1e-12);
    // 0.004312 is χ² of the trend over 1 − S(t).
    close(treatment.proportional_p.unwrap(), 0.947_644, 1e-6);
    close(found.cumulative(1), 0.035_934, 2e-5);
    close(found.cumulative(4), 0.141_034, 2e-5);
    for (weeks, treated, placebo) in [(5, 0.916_791, 0.658_054), (10, 0.809_619, 0.361_575), (20, 0.641_395, 0.117_746)] {
        close(1.0 - found.risk(&[0.0], 0, weeks).unwrap(), treated, 2e-6);
        close(1.0 - found.risk(&[1.0], 0, weeks).unwrap(), placebo, 5e-6);
    }
    assert_eq!((found.risk(&[1.0], 0, 36), found.risk(&[1.0], -1, 3), found.risk(&[], 0, 3), found.last), (None, None, None, 35));
    let (so_far, then, at_once) =
        (found.risk(&[1.0], 0, 5).unwrap(), found.risk(&[1.0], 5, 5).unwrap(), found.risk(&[1.0], 0, 10).unwrap());
    close(1.0 - (1.0 - so_far) * (1.0 - then), at_once, 1e-12);
    assert_eq!(found.warnings, []);
}

/// lifelines 0.28 on the same 42 patients.
#[test]
fn remission_by_treatment_and_blood_as_in_lifelines() {
    let found = remission(&[|row| row.3, |row| row.2]);
    for (coefficient, value, error, p, trend) in [
        (found.coefficients[0], 1.386_075_497_62, 0.424_798_391_126, 0.001_102_776_673_29, 0.913_793_376_581_011_8),
        (found.coefficients[1], 1.690_890_352_19, 0.335_897_586_775, 4.804_847_831_99e-7, 0.926_048_975_400_440_3),
    ] {
        close(coefficient.value, value, 2e-7);
        close(coefficient.error, error, 2e-7);
        close(coefficient.p, p, 5e-6);
        close(coefficient.proportional_p.unwrap(), trend, 1e-6);
    }
    close(found.log_likelihood, -69.828_101_060_734_54, 1e-12);
    close(found.concordance.unwrap(), 0.852_033_660_589_060_3, 1e-12);
    close(found.baseline[2].1, 0.029_996_62, 1e-6);
    assert_eq!((found.means[0], found.customers, found.events), (0.5, 42, 30));
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let (times, happened) = ([1, 2, 3, 4, 5, 6], [true, true, true, false, false, false]);
    let of = |covariates: &[f64], width: usize| fit(&times, &happened, covariates, width).map(|cox| cox.coefficients.len());
    assert_eq!(of(&[1.0; 5], 1), Err(CoxError::Shape { times: 6, happened: 6, covariates: 5, width: 1 }));
    assert_eq!(of(&[], 0), Err(CoxError::Size));
    assert_eq!(of(&[1.0; 6], 1), Err(CoxError::Constant { column: 0 }));
    assert_eq!(of(&[1.0, 2.0, f64::NAN, 1.0, 1.0, 1.0], 1), Err(CoxError::Number { row: 2, column: 0 }));
    assert_eq!(fit(&times, &[false; 6], &[1.0; 6], 1), Err(CoxError::NoEvents));
    assert_eq!(fit(&[], &[], &[], 1), Err(CoxError::NoEvents));
    // The event comes to the highest, always.
    assert_eq!(of(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 1), Err(CoxError::Separated { column: 0 }));
    assert_eq!(of(&[1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 4.0, 8.0, 3.0, 6.0, 0.0, 0.0], 2), Err(CoxError::Collinear));
    // The odd one waits when nobody has the event any more, or has it when nobody else waits; and all at one time with one who came too late.
    assert_eq!(
        fit(&[1, 2, 3, 9], &[true, true, false, true], &[0.0, 0.0, 0.0, 1.0], 1).map(|cox| cox.events),
        Err(CoxError::Separated { column: 0 })
    );
    assert_eq!(
        fit(&[5, 5, 5, 1], &[true, true, true, false], &[0.0, 0.0, 0.0, 1.0], 1).map(|cox| cox.events),
        Err(CoxError::NothingToCompare { column: 0 })
    );
    // One more of the covariate is a million times what anybody has: the ratio of one more cannot be told, its effect can.
    let tiny = fit(&[1, 2, 3, 4, 5, 6], &[true; 6], &[3e-6, 1e-6, 2e-6, 1e-6, 2e-6, 0.0], 1).unwrap();
    assert!(tiny.coefficients[0].ratio.is_none() && tiny.coefficients[0].value.is_finite() && tiny.coefficients[0].p > 0.0);
    let few = fit(&times, &happened, &[1.0, 0.0, 1.0, 0.0, 1.0, 1.0], 1).unwrap();
    assert_eq!(few.warnings, [CoxWarning::FewEvents { events: 3, covariates: 1 }]);
    assert!(
        calibrate(&[0.5], &[], &[], 3).is_err() && calibrate(&[], &[], &[], 3).is_err() && calibrate(&[1.5], &[1], &[true], 3).is_err()
    );
}

fn mix(seed: u64) -> u64 {
    let x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn unit(seed: u64) -> f64 {
    ((mix(mix(seed)) >> 11) as f64 + 0.5) / 2f64.powi(53)
}

type Simulated = (Vec<i64>, Vec<bool>, Vec<f64>);

/// Customers with two covariates; days until they leave, observed for up to 120 days. `turn` days in, the first effect changes its sign.
fn simulated(n: u64, seed: u64, beta: [f64; 2], turn: Option<f64>) -> Simulated {
    let (mut times, mut happened, mut covariates) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..n {
        let draw = |k: u64| unit(seed.wrapping_mul(1_000_003) ^ (i * 8 + k));
        let x = [f64::from(u8::from(draw(0) < 0.4)), 2.0 * draw(1) - 1.0];
        let hazard = |sign: f64| 0.01 * (sign * beta[0] * x[0] + beta[1] * x[1]).exp();
        let needed = -draw(2).ln();
        let leaves = match turn {
            Some(day) if needed > day * hazard(1.0) => day + (needed - day * hazard(1.0)) / hazard(-1.0),
            _ => needed / hazard(1.0),
        };
        let observed = 40.0 + 80.0 * draw(3);
        times.push(leaves.min(observed).ceil() as i64);
        happened.push(leaves <= observed);
        covariates.extend(x);
    }
    (times, happened, covariates)
}

#[test]
fn intervals_cover_what_was_simulated() {
    let truth = [0.7, -0.5];
    let (mut inside, mut alarms) = (0, 0);
    for seed in 0..200 {
        let (times, happened, covariates) = simulated(400, seed + 1, truth, None);
        let found = fit(&times, &happened, &covariates, 2).unwrap();
        for (coefficient, truth) in found.coefficients.iter().zip(truth) {
            let ratio = coefficient.ratio.unwrap();
            inside += u32::from(ratio.low.ln() <= truth && truth <= ratio.high.ln());
        }
        alarms += u32::from(!found.warnings.is_empty());
    }
    eprintln!("{inside} of 400 intervals held the truth; {alarms} of 200 said that factors change");
    assert!((368..=392).contains(&inside), "{inside}");
    assert!(alarms <= 20, "{alarms}");
}

#[test]
fn a_factor_that_changes_with_time_is_noticed() {
    let (times, happened, covariates) = simulated(3000, 5, [1.2, -0.5], Some(30.0));
    let found = fit(&times, &happened, &covariates, 2).unwrap();
    assert!(matches!(found.warnings[..], [CoxWarning::NotProportional { column: 0, .. }]), "{:?}", found.warnings);
}

#[test]
fn risks_foretold_of_others_come_true() {
    let (times, happened, covariates) = simulated(6000, 11, [0.7, -0.9], None);
    let found = fit(&times, &happened, &covariates, 2).unwrap();
    let (times, happened, covariates) = simulated(6000, 12, [0.7, -0.9], None);
    let risks: Vec<f64> = covariates.chunks(2).map(|x| found.risk(x, 0, 60).unwrap()).collect();
    let calibration = calibrate(&risks, &times, &happened, 60).unwrap();
    assert_eq!(calibration.tenths.len(), 10);
    assert!(calibration.tenths.windows(2).all(|two| two[0].foretold <= two[1].foretold));
    assert!(calibration.held >= 8 && calibration.error_mean.unwrap() < 0.03, "{calibration:?}");
    assert!(calibration.tenths[9].foretold - calibration.tenths[0].foretold > 0.3);
    // Risks that mean nothing do not.
    let upside_down: Vec<f64> = risks.iter().map(|risk| 1.0 - risk).collect();
    assert!(calibrate(&upside_down, &times, &happened, 60).unwrap().held <= 3);
}

/// The partial likelihood by its definition: for each event, over all who waited then.
fn naive(times: &[i64], happened: &[bool], covariates: &[f64], beta: &[f64]) -> f64 {
    let width = beta.len();
    let eta: Vec<f64> = covariates.chunks(width).map(|x| x.iter().zip(beta).map(|(x, b)| x * b).sum()).collect();
    let mut days: Vec<i64> = times.to_vec();
    days.sort_unstable();
    days.dedup();
    let mut sum = 0.0;
    for day in days {
        let dead: Vec<usize> = (0..times.len()).filter(|i| times[*i] == day && happened[*i]).collect();
        let all: f64 = (0..times.len()).filter(|i| times[*i] >= day).map(|i| eta[i].exp()).sum();
        let own: f64 = dead.iter().map(|i| eta[*i].exp()).sum();
        for (l, i) in dead.iter().enumerate() {
            sum += eta[*i] - (all - own * l as f64 / dead.len() as f64).ln();
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// What was found is the top of the definition, the concordance that of all pairs, and hazards add up to events.
    #[test]
    fn it_is_the_top_of_the_likelihood(seed in any::<u32>(), n in 30u64..120) {
        let (times, happened, covariates) = simulated(n, u64::from(seed), [0.5, -0.4], None);
        // Weeks, so that there are many ties.
        let times: Vec<i64> = times.iter().map(|day| day / 7).collect();
        let Ok(found) = fit(&times, &happened, &covariates, 2) else { return Ok(()) };
        let beta: Vec<f64> = found.coefficients.iter().map(|c| c.value).collect();
        let top = naive(&times, &happened, &covariates, &beta);
        prop_assert!((top - found.log_likelihood).abs() < 1e-8);
        for i in 0..2 {
            for by in [-1e-3, 1e-3] {
                let mut beside = beta.clone();
                beside[i] += by;
                prop_assert!(naive(&times, &happened, &covariates, &beside) <= top);
            }
        }
        let score = |i: usize| covariates[2 * i] * beta[0] + covariates[2 * i + 1] * beta[1];
        let (mut agree, mut all) = (0.0, 0.0);
        for (i, j) in (0..times.len()).flat_map(|i| (0..times.len()).map(move |j| (i, j))) {
            if happened[i] && (times[i] < times[j] || (times[i] == times[j] && !happened[j])) {
                all += 1.0;
                agree += if (score(i) - score(j)).abs() < 1e-12 { 0.5 } else { f64::from(u8::from(score(i) > score(j))) };
            }
        }
        prop_assert!((found.concordance.unwrap() - agree / all).abs() < 1e-9);
        let hazards: f64 = (0..times.len()).map(|i| found.cumulative(times[i]) * found.factor(&covariates[2 * i..2 * i + 2]).unwrap()).sum();
        prop_assert!((hazards - found.events as f64).abs() < 1e-8 * hazards.max(1.0));
        let risks: Vec<f64> = (0..=found.last).map(|day| found.risk(&covariates[..2], 0, day).unwrap()).collect();
        prop_assert!(risks.windows(2).all(|two| two[0] <= two[1]) && risks.iter().all(|risk| (0.0..=1.0).contains(risk)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes: finite figures, or a reason.
    #[test]
    fn figures_are_finite(rows in prop::collection::vec((any::<i64>(), any::<bool>(), prop_oneof![-1e12..1e12f64, Just(0.0), Just(1.0), -1e-9..1e-9f64], -2.0..2.0f64), 1..30)) {
        let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
        let happened: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let covariates: Vec<f64> = rows.iter().flat_map(|row| [row.2, row.3]).collect();
        if let Ok(found) = fit(&times, &happened, &covariates, 2) {
            for c in &found.coefficients {
                prop_assert!([c.value, c.error, c.z].iter().all(|figure| figure.is_finite()), "{c:?}");
                prop_assert!(c.ratio.is_none_or(|ratio| 1e-9 <= ratio.low && ratio.low <= ratio.value && ratio.value <= ratio.high && ratio.high <= 1e9), "{c:?}");
                prop_assert!((0.0..=1.0).contains(&c.p) && c.proportional_p.is_none_or(|p| (0.0..=1.0).contains(&p)));
            }
            prop_assert!(found.baseline.iter().all(|(_, hazard)| hazard.is_finite()));
            prop_assert!(found.risk(&covariates[..2], 0, found.last).is_none_or(|risk| (0.0..=1.0).contains(&risk)));
        }
    }
}

/// `cargo test --release -p periplus-stats --test cox -- --ignored --nocapture`
#[test]
#[ignore = "measures time"]
fn how_long_it_takes() {
    let (times, happened, covariates) = simulated(100_000, 3, [0.5, -0.4], None);
    let wide: Vec<f64> = covariates
        .chunks(2)
        .enumerate()
        .flat_map(|(i, x)| {
            let more = (0..8).map(move |k| unit(i as u64 * 31 + k));
            x.iter().copied().chain(more)
        })
        .collect();
    let from = std::time::Instant::now();
    let found = fit(&times, &happened, &wide, 10).unwrap();
    eprintln!("100,000 customers, 10 covariates: {:?}; C = {:?}", from.elapsed(), found.concordance);
}
