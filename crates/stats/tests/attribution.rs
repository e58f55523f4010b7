//! Attribution beside ChannelAttribution, shapley-attribution-model and the exact chain, where the reference folder is at hand.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a panic is how a test fails, and a skipped test says so")]

mod reference;

use std::collections::BTreeMap;

use periplus_stats::attribution::{Credits, Model, Position, credits, markov, ordered};
use periplus_stats::paths::{Paths, Weight};
use reference::{golden, path_data};
use serde_json::Value;

/// Every channel that is expected, within a relative tolerance.
fn close(what: &str, names: &[String], found: &[f64], expected: &BTreeMap<String, f64>, relative: f64) {
    assert!(!expected.is_empty(), "{what}");
    for (name, expected) in expected {
        let found = found[names.iter().position(|known| known == name).unwrap()];
        assert!((found - expected).abs() <= relative * expected.abs(), "{what}: {name} has {found}, not {expected}");
    }
}

fn by_name(object: &Value) -> BTreeMap<String, f64> {
    object.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.as_f64().unwrap())).collect()
}

/// A column of a table of channels.
fn column(table: &Value, of: &str) -> BTreeMap<String, f64> {
    let rows = table.as_array().unwrap().iter();
    rows.map(|row| (row["channel_name"].as_str().unwrap().to_string(), row[of].as_f64().unwrap())).collect()
}

#[test]
fn rules_give_what_channel_attribution_gives() {
    let (Some(all), Some((names, paths))) = (golden("attribution_pathdata.json"), path_data(usize::MAX)) else { return };
    assert_eq!(paths.len() as u64, all["rows"].as_u64().unwrap());
    for (model, column_of) in [(Model::First, "first_touch"), (Model::Last, "last_touch"), (Model::Linear, "linear_touch")] {
        let found = credits(&paths, &model).unwrap();
        close(column_of, &names, &found.conversions, &column(&all["heuristic"], &format!("{column_of}_conversions")), 1e-11);
        close(column_of, &names, &found.value, &column(&all["heuristic"], &format!("{column_of}_value")), 1e-11);
    }
    let found = credits(&paths, &Model::Shapley).unwrap();
    close("shapley", &names, &found.conversions, &by_name(&all["shapley_set_conversions"]), 1e-11);
}

#[test]
fn markov_is_the_exact_chain() {
    let (Some(all), Some((names, paths))) = (golden("attribution_pathdata.json"), path_data(usize::MAX)) else { return };
    let exact = &all["markov_o1_exact_absorbing"];
    let found = markov(&paths, 1).unwrap();
    assert!((found.probability - exact["base_conversion_prob"].as_f64().unwrap()).abs() < 1e-14);
    close("removal", &names, &found.removal.conversions, &by_name(&exact["removal_effect"]), 1e-10);
    close("conversions", &names, &found.credits.conversions, &by_name(&exact["conversions"]), 1e-10);
    // The reference divides value by the removal effects on conversions.
    let (sum, value) = (found.removal.conversions.iter().sum::<f64>(), all["sum_value"].as_f64().unwrap());
    let by_conversions: Vec<f64> = found.removal.conversions.iter().map(|effect| value * effect / sum).collect();
    close("value", &names, &by_conversions, &by_name(&exact["value_if_by_conversion_RE"]), 1e-10);
    // The peer's own division of value is simulated; channels with a hundredth of all value have little noise.
    let simulated = &all["markov_o1_simulated_seed1234567"]["removal_effects"];
    let mut large = column(simulated, "removal_effects_conversion_value");
    large.retain(|_, effect| *effect > 0.1);
    assert!(large.len() >= 6);
    close("value effects", &names, &found.removal.value, &large, 0.01);

    let Some(simulated) = golden("attribution_CA_5e6_vs_exact.json") else { return };
    let exact = simulated["1"].as_object().unwrap().iter().map(|(name, both)| (name.clone(), both[1].as_f64().unwrap())).collect();
    close("exact beside five million walks", &names, &found.credits.conversions, &exact, 1e-10);
    // Every order has the same base, and credits that add up.
    for order in 2..6 {
        let found = markov(&paths, order).unwrap();
        assert!((found.probability - 19_785.0 / 88_387.0).abs() < 1e-14, "{order}");
        assert!((found.credits.conversions.iter().sum::<f64>() - 19_785.0).abs() < 1e-8);
    }
}

#[test]
fn the_other_models_are_those_of_the_shapley_package() {
    let (Some(all), Some((names, paths))) = (golden("attribution_shapley_pkg_2000rows.json"), path_data(2000)) else { return };
    let expected = |name: &str| by_name(&all[name]["r"]);
    for (model, name) in [
        (Model::Shapley, "SimplifiedShapleyAttribution"),
        (Model::First, "FirstTouchAttribution"),
        (Model::Last, "LastTouchAttribution"),
        (Model::Linear, "LinearAttribution"),
        // The package halves from touch to touch.
        (Model::TimeDecay { half_life_seconds: 1.0 }, "TimeDecayAttribution"),
        (Model::Position(Position::default()), "PositionBasedAttribution"),
    ] {
        close(name, &names, &credits(&paths, &model).unwrap().conversions, &expected(name), 1e-11);
    }
    // The package's ordered values count every journey, converting or not, as a conversion.
    let mut every = Paths::new(names.len()).unwrap();
    for path in paths.iter() {
        let conversions = path.weight.conversions + path.weight.nulls;
        every.push(path.touches, &[], Weight { conversions, ..Weight::default() }).unwrap();
    }
    let by_place = ordered(&every, 100).unwrap();
    let sums: Vec<f64> = by_place.conversions.iter().map(|places| places.iter().sum()).collect();
    close("ordered", &names, &sums, &expected("OrderedShapleyAttribution"), 1e-11);
}

#[test]
fn no_model_loses_or_invents_conversions() {
    let Some((_, paths)) = path_data(usize::MAX) else { return };
    let decay = Model::TimeDecay { half_life_seconds: 3.0 };
    for model in [Model::First, Model::Last, Model::Linear, Model::Position(Position::default()), decay, Model::Shapley] {
        let Credits { conversions, value, .. } = credits(&paths, &model).unwrap();
        assert!((conversions.iter().sum::<f64>() - 19_785.0).abs() < 1e-8, "{model:?}");
        assert!((value.iter().sum::<f64>() - 74_802.971_587_210_84).abs() < 1e-7, "{model:?}");
    }
}
