//! How long attribution, what-if and suggestions take: `cargo test --release -p periplus-stats --test attribution_speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods, reason = "a measurement reads the clock and tells")]

mod reference;

use std::time::Instant;

use periplus_stats::attribution::{Bootstrap, Model, credits, intervals, markov};
use periplus_stats::chain::{Chain, Change, NextBest, Node, Rank, Removed, Tested, backtest, what_if};
use periplus_stats::chance::Chance;
use periplus_stats::paths::{Paths, Weight};

/// So many paths over so many channels: six touches on average, where one goes next depends on where one is.
fn made(many: usize, channels: u16) -> Paths {
    let mut dice = Chance::new(1);
    let mut paths = Paths::new(usize::from(channels)).unwrap();
    for _ in 0..many {
        let mut touches = vec![(dice.share() * dice.share() * f64::from(channels)) as u16];
        while dice.share() > 1.0 / 6.0 && touches.len() < 90 {
            let offset = (dice.share() * dice.share() * f64::from(channels)) as u16;
            touches.push((touches[touches.len() - 1] * 3 + offset) % channels);
        }
        let sold = dice.share() < 0.1 + 0.02 * f64::from(touches[0] % 5);
        let ages: Vec<u32> = (0..touches.len() as u32).rev().map(|age| age * 3600).collect();
        let weight = if sold { Weight { conversions: 1, value: 30.0, nulls: 0 } } else { Weight { nulls: 1, ..Weight::default() } };
        paths.push(&touches, &ages, weight).unwrap();
    }
    paths
}

/// The time by the clock, and what this thread computed in it, where others may compute on the same machine.
fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let computed =
        || std::fs::read_to_string("/proc/thread-self/schedstat").ok().and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let (start, before) = (Instant::now(), computed());
    let found = run();
    let own = computed().zip(before).map_or(f64::NAN, |(after, before)| (after - before) / 1e9);
    eprintln!("{what}: {:.3} s, of which {own:.3} s computing", start.elapsed().as_secs_f64());
    found
}

#[test]
#[ignore = "a measurement"]
fn a_million_paths() {
    if let Some((_, sample)) = reference::path_data(usize::MAX) {
        let mut paths = Paths::new(12).unwrap();
        for _ in 0..100 {
            sample.iter().for_each(|path| paths.push(path.touches, path.ages, path.weight).unwrap());
        }
        eprintln!("the sample paths a hundred times: {} paths, {} touches", paths.len(), paths.touch_count());
        all(&paths);
    }
    for (channels, orders) in [(12, 4), (40, 3), (1000, 1)] {
        let paths = made(1_000_000, channels);
        eprintln!("{} paths over {channels} channels, {} touches", paths.len(), paths.touch_count());
        (1..=orders).for_each(|order| {
            let found = timed(&format!("  Markov order {order}"), || markov(&paths, order).unwrap());
            eprintln!("    {} states, {} transitions", found.states, found.transitions);
        });
    }
    all(&made(1_000_000, 12));
}

fn all(paths: &Paths) {
    for order in 1..=4 {
        let found = timed(&format!("  Markov order {order}"), || markov(paths, order).unwrap());
        eprintln!("    {} states, {} transitions", found.states, found.transitions);
    }
    for model in [Model::Linear, Model::TimeDecay { half_life_seconds: 7.0 * 86_400.0 }, Model::Shapley, Model::Participation] {
        timed(&format!("  {model:?}"), || credits(paths, &model).unwrap());
    }
    let how = Bootstrap { draws: 20, ..Bootstrap::default() };
    for order in [1, 3] {
        timed(&format!("  20 draws of Markov order {order}"), || intervals(paths, &[Model::Markov { order }], &how).unwrap());
    }
}

#[test]
#[ignore = "a measurement"]
fn what_if_and_what_next() {
    for channels in [12, 40, 200] {
        let paths = made(1_000_000, channels);
        eprintln!("a million paths over {channels} touchpoints");
        let chain = timed("  chain measured", || Chain::measure(&paths).unwrap());
        let scenarios: Vec<Vec<Change>> = (0..5)
            .map(|state| vec![Change::Remove { state, then: Removed::Lost }, Change::FixDropOff { at: Node::At(state + 5), share: 0.2 }])
            .collect();
        let how = Bootstrap { draws: 500, ..Bootstrap::default() };
        timed("  5 scenarios, 500 draws", || what_if(&chain, &scenarios, &how).unwrap());
        let next = timed("  learnt from 2 recent touches", || NextBest::learn(&paths, 2, 30).unwrap());
        timed("  1,000 times 5 suggestions", || {
            (0..1000u16).map(|at| next.suggest(&[at % channels, at / 7 % channels], Rank::Conversions, 5).len()).sum::<usize>()
        });
        let how = Tested { recent: 2, support_min: 30, by: Rank::Likely, count: 3, held_out: 0.2, seed: 1 };
        let found = timed("  backtest", || backtest(&paths, &how).unwrap());
        eprintln!("    {found:?}");
    }
    if let Some((_, paths)) = reference::path_data(usize::MAX) {
        for by in [Rank::Likely, Rank::Conversions] {
            let how = Tested { recent: 2, support_min: 30, by, count: 3, held_out: 0.3, seed: 1 };
            eprintln!("  the sample paths, {by:?}: {:?}", backtest(&paths, &how).unwrap());
        }
    }
}
