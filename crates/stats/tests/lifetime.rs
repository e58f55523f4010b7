//! Lifetime value against other people's results: the package lifetimes, and what Fader and Hardie published of the music shop CDNOW.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a panic is how a test fails; figures are told, and one test measures time"
)]

mod reference;

use std::collections::BTreeMap;

use periplus_stats::lifetime::{
    BuyingModel, Fit, History, Horizon, LifetimeError, Model, Purchases, Spender, Summary, Warning, by_frequency, fit, fit_spending,
    summarise, track,
};
use proptest::prelude::*;
use reference::{close, golden, text};
use serde_json::Value;

fn one(repeats: f64, last: f64, age: f64) -> Summary {
    Summary { repeats: repeats as u64, last, age, customers: 1 }
}

/// (x, t_x, T, mean value) of each customer of the sample.
fn cdnow() -> Option<Vec<[f64; 4]>> {
    let text = text("data/cdnow/cdnow_customers_summary_with_transactions.csv")?;
    let row = |line: &str| {
        let cells: Vec<f64> = line.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
        [cells[0], cells[1], cells[2], cells[3]]
    };
    Some(text.lines().skip(1).map(row).collect())
}

fn history(rows: &[[f64; 4]]) -> History {
    History::new(&rows.iter().map(|[x, last, age, _]| one(*x, *last, *age)).collect::<Vec<_>>()).unwrap()
}

fn near(found: &Fit, expected: &Value) {
    for parameter in &found.parameters {
        close(parameter.value, &expected["params"][parameter.name], 1e-3);
        assert!(parameter.error.is_some_and(|error| error > 0.0 && error < parameter.value), "{parameter:?}");
    }
    if let Some(likelihood) = expected["LL"].as_f64() {
        assert!((found.log_likelihood - likelihood).abs() < 1e-2, "{} is not {likelihood}", found.log_likelihood);
    }
}

#[test]
fn parameters_of_cdnow() {
    let (Some(all), Some(rows)) = (golden("clv_cdnow.json"), cdnow()) else { return };
    let history = history(&rows);
    let published = [
        // Fader, Hardie and Lee 2005, table 2.
        (Model::BgNbd, "bgnbd_cdnow_sample2357", [0.243, 4.414, 0.793, 2.426], -9582.4),
        // Batislam, Denizel and Filiztekin 2007, table 2.
        (Model::MbgNbd, "mbgnbd_cdnow_sample2357", [0.525, 6.183, 0.891, 1.614], f64::NAN),
        // Fader, Hardie and Lee 2005, table 2.
        (Model::ParetoNbd, "pnbd_cdnow_sample2357", [0.553, 10.578, 0.606, 11.669], -9595.0),
    ];
    for (model, name, values, likelihood) in published {
        let found = fit(model, &history).unwrap();
        near(&found, &all[name]);
        for (parameter, value) in found.parameters.iter().zip(values) {
            assert!((parameter.value - value).abs() < 0.0006 * value.max(1.0), "{model:?} {parameter:?} is not {value}");
        }
        assert!(likelihood.is_nan() || (found.log_likelihood - likelihood).abs() < 0.05);
        assert!((found.model.log_likelihood(&history) - found.log_likelihood).abs() < 1e-6);
        let artefact = Warning::AliveByConstruction { customers: 1411 };
        assert_eq!(found.warnings, if model == Model::BgNbd { vec![artefact] } else { Vec::new() });
    }
}

fn given(model: Model, params: &Value) -> BuyingModel {
    BuyingModel::new(model, model.parameters().map(|name| params[name].as_f64().unwrap())).unwrap()
}

#[test]
fn expectations_of_cdnow() {
    let (Some(all), Some(rows)) = (golden("clv_cdnow.json"), cdnow()) else { return };
    let bg = given(Model::BgNbd, &all["bgnbd_cdnow_sample2357"]["params"]);
    let pareto = given(Model::ParetoNbd, &all["pnbd_cdnow_sample2357"]["params"]);
    for (name, model) in [("bgnbd", &bg), ("pnbd", &pareto)] {
        for (customer, expected) in all["conditional"].as_object().unwrap() {
            let cells: Vec<f64> = customer.split(',').map(|cell| cell.split_once('=').unwrap().1.parse().unwrap()).collect();
            let summary = one(cells[0], cells[1], cells[2]);
            close(model.alive(&summary).unwrap(), &expected[name]["p_alive"], 1e-9);
            close(model.expected(&summary, 39.0).unwrap(), &expected[name]["E_purchases_t39"], 1e-9);
        }
        for (weeks, expected) in all["expected_new_customer"][name].as_object().unwrap() {
            close(model.expected_of_new(weeks.parse().unwrap()).unwrap(), expected, 1e-9);
        }
    }
    let sums = &all["bgnbd_sample_aggregate"];
    let summaries: Vec<Summary> = rows.iter().map(|[x, last, age, _]| one(*x, *last, *age)).collect();
    let alive: f64 = summaries.iter().map(|summary| bg.alive(summary).unwrap()).sum();
    close(alive / summaries.len() as f64, &sums["mean_p_alive"], 1e-9);
    let expected = |summary: &Summary| bg.expected(summary, 39.0).unwrap();
    close(summaries.iter().map(expected).sum(), &sums["sum_E39"], 1e-9);
    for (summary, figure) in summaries.iter().zip(sums["first10_E39"].as_array().unwrap()) {
        close(expected(summary), figure, 1e-9);
    }
    // The uncertainty of the parameters moves the sum by a few per cent, not by half.
    let fitted = fit(Model::BgNbd, &history(&rows)).unwrap();
    let total = fitted.interval(|model| summaries.iter().map(|s| model.expected(s, 39.0).ok()).sum()).unwrap();
    assert!(total.low < 1653.4 && total.high > 1653.4 && (total.high - total.low) / total.value < 0.3, "{total:?}");
}

#[test]
fn spending_and_worth_of_cdnow() {
    let (Some(all), Some(rows)) = (golden("clv_cdnow.json"), cdnow()) else { return };
    let spender = |[x, _, _, mean_value]: &[f64; 4]| Spender { repeats: *x as u64, mean_value: *mean_value, customers: 1 };
    let fitted = fit_spending(&rows.iter().map(spender).collect::<Vec<_>>()).unwrap();
    let expected = &all["gammagamma_cdnow"];
    for parameter in &fitted.parameters {
        close(parameter.value, &expected["params"][parameter.name], 1e-3);
        assert!(parameter.error.is_some());
    }
    // Fader and Hardie 2013, note 025: 6.25, 3.74 and 15.44.
    for (parameter, value) in fitted.parameters.iter().zip([6.25, 3.74, 15.44]) {
        assert!((parameter.value - value).abs() < 0.01, "{parameter:?}");
    }
    assert!((fitted.log_likelihood - expected["LL"].as_f64().unwrap()).abs() < 1e-2);
    assert_eq!((Some(fitted.customers), fitted.left_out), (expected["n"].as_u64(), 2357 - 946));
    close(fitted.correlation.unwrap(), &expected["corr_freq_money"], 1e-9);
    assert_eq!(fitted.warnings, []);
    close(fitted.mean().unwrap(), &expected["pop_mean"], 1e-3);
    for (pair, value) in expected["first10_x_m"].as_array().unwrap().iter().zip(expected["cond_first10"].as_array().unwrap()) {
        close(fitted.expected(pair[0].as_f64().unwrap() as u64, pair[1].as_f64().unwrap()).unwrap(), value, 1e-3);
    }
    let interval = fitted.expected_with_interval(2, 22.35).unwrap();
    assert!(interval.low < interval.value && interval.value < interval.high && interval.high - interval.low < 5.0, "{interval:?}");

    let worth = &all["clv_12m_disc1pct_weekly"];
    let model = given(Model::BgNbd, &worth["bg_params"]);
    let year = Horizon { period: 4.345, periods: 12, discount: 0.01, margin: 1.0 };
    let of = |[x, last, age, mean]: &[f64; 4]| {
        let value = fitted.expected(*x as u64, *mean).unwrap();
        model.worth(&one(*x, *last, *age), value, &year).unwrap()
    };
    for (row, expected) in rows.iter().zip(worth["first5"].as_array().unwrap()) {
        close(of(row), expected, 1e-3);
    }
    close(rows.iter().map(of).sum(), &worth["sum"], 1e-3);
    let undiscounted = model.discounted(&one(2.0, 30.43, 38.86), &Horizon { discount: 0.0, ..year }).unwrap();
    assert!((undiscounted - model.expected(&one(2.0, 30.43, 38.86), 12.0 * 4.345).unwrap()).abs() < 1e-12);
}

/// The raw purchases of the sample: 39 weeks to learn from, 39 weeks to hold it against.
#[test]
fn what_came_afterwards_at_cdnow() {
    let (Some(all), Some(text)) = (golden("clv_cdnow.json"), text("data/cdnow/CDNOW_sample.txt")) else { return };
    let mut customers: BTreeMap<&str, Vec<(i64, f64)>> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let date: i64 = cells[2].parse().unwrap();
        customers.entry(cells[1]).or_default().push((day(date), cells[4].parse().unwrap()));
    }
    let (cut, end) = (day(19_970_930), day(19_980_630));
    let rows: Vec<Purchases> = customers.values().filter_map(|bought| summarise(bought, cut, end, 7.0)).collect();
    let raw = &all["raw_rfm"];
    assert_eq!(Some(rows.len() as u64), raw["customers"].as_u64());
    let sum = |of: &dyn Fn(&Purchases) -> f64| rows.iter().map(of).sum::<f64>();
    close(sum(&|row| row.summary.repeats as f64), &raw["sum_freq_cal"], 0.0);
    close(sum(&|row| row.summary.last), &raw["sum_recency"], 1e-12);
    close(sum(&|row| row.summary.age), &raw["sum_T"], 1e-12);
    close(sum(&|row| row.later as f64), &raw["sum_freq_holdout"], 0.0);
    close(sum(&|row| row.mean_value), &raw["sum_monetary_cal"], 1e-12);

    let history = History::new(&rows.iter().map(|row| row.summary).collect::<Vec<_>>()).unwrap();
    let fitted = fit(Model::BgNbd, &history).unwrap();
    near(&fitted, &all["bgnbd_raw_cal"]);
    let held = by_frequency(&fitted.model, &rows, (end - cut) as f64 / 7.0, 7).unwrap();
    let expected = &all["holdout_bgnbd"];
    close(held.expected, &expected["sum_pred"], 1e-3);
    close(held.actual as f64, &expected["sum_actual"], 0.0);
    close(held.error_mean, &expected["MAE"], 1e-3);
    close(held.error_root, &expected["RMSE"], 1e-3);
    close(held.correlation.unwrap(), &expected["corr"], 1e-3);
    assert_eq!(held.by_frequency.len(), 8);
    for group in &held.by_frequency {
        let expected = &expected["by_x"][group.repeats.to_string()];
        close(group.expected, &expected[0], 1e-3);
        close(group.actual, &expected[1], 1e-12);
        assert_eq!(Some(group.customers), expected[2].as_u64());
    }

    // The cumulative curve over both halves: the model follows what happened within a tenth at the end, as in the paper's figure 5.
    let first = day(19_970_101);
    let births: Vec<(f64, u64)> = customers.values().map(|bought| ((bought[0].0 - first) as f64 / 7.0, 1)).collect();
    let mut actual = vec![0u64; 78];
    for bought in customers.values() {
        let mut days: Vec<i64> = bought.iter().map(|(day, _)| *day).collect();
        days.dedup();
        days[1..].iter().for_each(|day| actual[(((day - first) / 7) as usize).min(77)] += 1);
    }
    let tracked = track(&fitted.model, &births, &actual, 1.0).unwrap();
    let last = tracked.last().unwrap();
    assert_eq!(last.actual, 2457 + 1882);
    assert!((last.expected / last.actual as f64 - 1.0).abs() < 0.1, "{last:?}");
}

/// The number of the day, of a date as YYYYMMDD (Howard Hinnant's days from civil).
fn day(date: i64) -> i64 {
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year / 400, (month + 9) % 12);
    let of_era = year - era * 400;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1
}

/// Draws in (0, 1) from a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((x ^ (x >> 31)) >> 11) as f64 + 0.5) / 2f64.powi(53)
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Marsaglia and Tsang 2000.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.unit().powf(1.0 / shape);
        }
        let (d, c) = (shape - 1.0 / 3.0, 1.0 / (9.0 * (shape - 1.0 / 3.0)).sqrt());
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    fn wait(&mut self, rate: f64) -> f64 {
        -self.unit().ln() / rate
    }
}

/// Customers who live as a model says, observed for 30 to 50 weeks.
fn simulated(model: Model, [r, alpha, s, beta]: [f64; 4], customers: usize, seed: u64) -> Vec<Summary> {
    let mut dice = Dice(seed);
    let mut one = || {
        let age = 30.0 + 20.0 * dice.unit();
        let rate = dice.gamma(r) / alpha;
        let (mut now, mut last, mut repeats) = (0.0, 0.0, 0);
        let (p, gone) = match model {
            Model::ParetoNbd => {
                let leaves = dice.gamma(s) / beta;
                (0.0, dice.wait(leaves))
            }
            _ => {
                let (one, two) = (dice.gamma(s), dice.gamma(beta));
                (one / (one + two), f64::INFINITY)
            }
        };
        let mut alive = !(model == Model::MbgNbd && dice.unit() < p);
        while alive {
            now += dice.wait(rate);
            if now > age || now > gone || repeats > 90_000 {
                break;
            }
            (last, repeats) = (now, repeats + 1);
            alive = dice.unit() >= p;
        }
        Summary { repeats, last, age, customers: 1 }
    };
    (0..customers).map(|_| one()).collect()
}

/// The truth lies within the 95 % intervals about as often as they say.
#[test]
fn intervals_of_parameters_cover_what_was_simulated() {
    let (mut inside, mut all) = (0, 0);
    for (model, truth, rounds) in [
        (Model::BgNbd, [0.6, 4.0, 0.8, 2.5], 60u64),
        (Model::MbgNbd, [0.6, 4.0, 0.8, 2.5], 60),
        (Model::ParetoNbd, [0.6, 8.0, 0.7, 10.0], 20),
    ] {
        for seed in 0..rounds {
            let found = fit(model, &History::new(&simulated(model, truth, 1500, 977 * seed + 1)).unwrap()).unwrap();
            for (parameter, truth) in found.parameters.iter().zip(truth) {
                let Some((low, high)) = parameter.interval else { continue };
                all += 1;
                inside += u32::from(low <= truth && truth <= high);
            }
        }
    }
    let share = f64::from(inside) / f64::from(all);
    eprintln!("{inside} of {all} intervals held the truth");
    assert!(all > 540 && (0.92..=0.98).contains(&share), "{share} of {all}");
}

/// What was simulated after the cut is what was expected of each before it.
#[test]
fn expectations_hold_on_simulated_customers() {
    for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
        let truth = [0.9, 6.0, 0.8, if model == Model::ParetoNbd { 12.0 } else { 2.5 }];
        let summaries = simulated(model, truth, 60_000, 5);
        let known = BuyingModel::new(model, truth).unwrap();
        let (expected, made) = summaries.iter().fold((0.0, 0.0), |(expected, made), summary| {
            (expected + known.expected_of_new(summary.age).unwrap(), made + summary.repeats as f64)
        });
        assert!((expected / made - 1.0).abs() < 0.03, "{model:?}: {expected} {made}");
    }
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let few: Vec<Summary> = (1..9).map(|x| Summary { repeats: x % 3, last: (x % 3) as f64 * 3.0, age: 10.0, customers: 1 }).collect();
    for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
        let found = fit(model, &History::new(&few).unwrap()).unwrap();
        assert!(found.warnings.contains(&Warning::FewRepeaters { repeaters: 6 }), "{found:?}");
        assert!(found.log_likelihood.is_finite());
        // Nobody ever leaves: the last purchase is always today.
        let loyal: Vec<Summary> = (1..400).map(|x| Summary { repeats: 20 + x % 7, last: 50.0, age: 50.0, customers: 1 }).collect();
        let found = fit(model, &History::new(&loyal).unwrap()).unwrap();
        assert!(found.warnings.iter().any(|w| matches!(w, Warning::RunAway { .. } | Warning::Flat)), "{found:?}");
        let summary = Summary { repeats: 20, last: 50.0, age: 50.0, customers: 1 };
        let next = found.model.expected(&summary, 10.0).unwrap();
        assert!((3.0..6.0).contains(&next), "{model:?} {next}");
        assert!(found.interval(|model| model.alive(&summary).ok()).is_none() || found.warnings.iter().all(|w| *w != Warning::Flat));
        let horizon = Horizon { period: 1.0, periods: 0, discount: 0.0, margin: 1.0 };
        assert!(matches!(found.model.discounted(&summary, &horizon), Err(LifetimeError::Horizon(_))));
        for wrong in [f64::NAN, -1.0, f64::INFINITY] {
            assert!(found.model.expected(&summary, wrong).is_err() && found.model.expected_of_new(wrong).is_err());
            assert!(found.model.worth(&summary, wrong, &Horizon { periods: 3, ..horizon }).is_err() || wrong == -1.0);
            assert!(found.model.discounted_ever(&summary, wrong).is_err());
        }
        let ever = found.model.discounted_ever(&summary, 0.01).unwrap();
        assert_eq!(ever.is_some(), model == Model::ParetoNbd);
    }
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![Just(Model::BgNbd), Just(Model::MbgNbd), Just(Model::ParetoNbd)]
}

fn summary() -> impl Strategy<Value = Summary> {
    (0u64..60, 1e-3..1.0f64, 0.01..1000.0f64, 1u64..1000).prop_map(|(repeats, part, age, customers)| Summary {
        repeats,
        last: if repeats > 0 { part * age } else { 0.0 },
        age,
        customers,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the parameters: probabilities are some, more time brings more, discounting takes off, and nobody buys more than at their rate.
    #[test]
    fn figures_are_in_order(model in model(), logs in prop::array::uniform4(-9.0..9.0f64), of in summary(), t in 0.01..500.0f64) {
        let model = BuyingModel::new(model, logs.map(f64::exp)).unwrap();
        let alive = model.alive(&of).unwrap();
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        let [r, alpha, ..] = model.values();
        match (model.expected(&of, t), model.expected(&of, 2.0 * t)) {
            (Ok(less), Ok(more)) => {
                prop_assert!(0.0 <= less && less <= more * (1.0 + 1e-12) && more.is_finite(), "{less} {more}");
                let rate = alive * (r + of.repeats as f64) / (alpha + of.age);
                prop_assert!(less <= rate * t * (1.0 + 1e-9), "{less} is more than {rate} x {t}");
                let horizon = Horizon { period: t / 4.0, periods: 4, discount: 0.05, margin: 1.0 };
                let discounted = model.discounted(&of, &horizon).unwrap();
                prop_assert!(discounted <= less / 1.05 * (1.0 + 1e-9) && discounted >= less / 1.05f64.powi(4) * (1.0 - 1e-9) - 1e-300);
            }
            (one, two) => prop_assert!(one.is_ok() || two.is_err()),
        }
        if let Ok(Some(ever)) = model.discounted_ever(&of, 0.01) {
            prop_assert!(ever.is_finite() && ever >= 0.0);
        }
    }

    /// Whatever the customers: a fit is finite, or says why there is none; their order does not matter.
    #[test]
    fn fits_are_finite(model in model(), mut of in prop::collection::vec(summary(), 1..40)) {
        let fitted = History::new(&of).and_then(|history| fit(model, &history));
        of.reverse();
        prop_assert_eq!(&fitted, &History::new(&of).and_then(|history| fit(model, &history)));
        if let Ok(fitted) = fitted {
            prop_assert!(fitted.log_likelihood.is_finite());
            for parameter in &fitted.parameters {
                prop_assert!(parameter.value > 0.0 && parameter.value.is_finite());
                prop_assert!(parameter.error.is_none_or(|error| error.is_finite() && error >= 0.0));
            }
            prop_assert!(serde_json::to_string(&fitted).is_ok_and(|text| !text.contains("NaN")));
        }
        let spenders: Vec<Spender> =
            of.iter().map(|s| Spender { repeats: s.repeats, mean_value: s.age - 3.0, customers: s.customers }).collect();
        if let Ok(fitted) = fit_spending(&spenders) {
            prop_assert!(fitted.log_likelihood.is_finite() && fitted.expected(3, 20.0).is_none_or(f64::is_finite));
        }
    }
}

/// `cargo test --release -p periplus-stats --test lifetime -- --ignored --nocapture`
#[test]
#[ignore = "measures time"]
fn how_long_it_takes() {
    let mut bought = Vec::new();
    for (model, truth) in
        [(Model::BgNbd, [0.25, 4.4, 0.8, 2.4]), (Model::MbgNbd, [0.5, 6.2, 0.9, 1.6]), (Model::ParetoNbd, [0.55, 10.6, 0.6, 11.7])]
    {
        let summaries = simulated(model, truth, 100_000, 3);
        let from = std::time::Instant::now();
        let history = History::new(&summaries).unwrap();
        let found = fit(model, &history).unwrap();
        let fitted = from.elapsed();
        let from = std::time::Instant::now();
        let sum: f64 = summaries.iter().map(|summary| found.model.expected(summary, 39.0).unwrap()).sum();
        let foretold = from.elapsed();
        let year = Horizon { period: 4.345, periods: 12, discount: 0.01, margin: 1.0 };
        let from = std::time::Instant::now();
        let worth: f64 = summaries.iter().map(|summary| found.model.discounted(summary, &year).unwrap()).sum();
        let valued = from.elapsed();
        eprintln!(
            "{model:?}: {} histories of 100,000 customers fitted in {fitted:?}, expectations {foretold:?}, 12 discounted months {valued:?}; {sum:.1} {worth:.1} {:?}",
            history.histories(),
            found.model.values()
        );
        bought = summaries;
    }
    // Customers who are all alike and never leave: parameters that have no end are the slowest to find.
    let mut dice = Dice(4);
    let loyal: Vec<Summary> = (0..100_000)
        .map(|_| {
            let age = 30.0 + 20.0 * dice.unit();
            let (mut now, mut last, mut repeats) = (dice.wait(0.4), 0.0, 0);
            while now < age {
                (last, repeats, now) = (now, repeats + 1, now + dice.wait(0.4));
            }
            Summary { repeats, last, age, customers: 1 }
        })
        .collect();
    for model in [Model::BgNbd, Model::MbgNbd, Model::ParetoNbd] {
        let from = std::time::Instant::now();
        let found = fit(model, &History::new(&loyal).unwrap()).unwrap();
        eprintln!("{model:?} of 100,000 who never leave: {:?}; {:?}", from.elapsed(), found.warnings);
    }
    let mut dice = Dice(9);
    let spenders: Vec<Spender> = bought
        .iter()
        .filter(|summary| summary.repeats > 0)
        .map(|summary| {
            let rate = dice.gamma(3.7) / 15.4;
            Spender {
                repeats: summary.repeats,
                mean_value: dice.gamma(6.25 * summary.repeats as f64) / rate / summary.repeats as f64,
                customers: 1,
            }
        })
        .collect();
    let from = std::time::Instant::now();
    let found = fit_spending(&spenders).unwrap();
    eprintln!("Gamma-Gamma: {} spenders in {:?}; {:?}", spenders.len(), from.elapsed(), found.parameters);
}
