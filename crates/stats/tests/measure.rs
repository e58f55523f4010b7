//! How long the larger methods take: `cargo test --release -p periplus-stats --test measure -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::disallowed_methods, reason = "it measures, and says what it measured")]

use std::time::Instant;

use periplus_stats::chance::Chance;
use periplus_stats::cluster::journeys::{Likeness, Settings};
use periplus_stats::cluster::mixture::best_mixture;
use periplus_stats::cluster::{Table, best_k, representatives, stability};

/// Different journeys of six kinds, each with touchpoints of its own.
fn journeys(variants: usize, length: usize) -> Vec<(Vec<u32>, u64)> {
    let mut dice = Chance::new(1);
    let mut seen = std::collections::HashSet::new();
    let mut all = Vec::new();
    while all.len() < variants {
        let kind = dice.below(6);
        let steps = (length / 2 + dice.below(length + 1)).max(1);
        let own = |dice: &mut Chance| if dice.below(8) == 0 { dice.below(30) } else { kind * 5 + dice.below(5) };
        let journey: Vec<u32> = (0..steps).map(|_| own(&mut dice) as u32).collect();
        if seen.insert(journey.clone()) {
            all.push((journey, 1 + dice.below(20) as u64));
        }
    }
    all
}

#[test]
#[ignore = "measures"]
fn journeys_that_stand_for_4000() {
    for (length, likeness) in [(10, Likeness::Runs(2)), (20, Likeness::Runs(2)), (10, Likeness::Matching), (20, Likeness::Matching)] {
        let all = journeys(4_000, length);
        let began = Instant::now();
        let found = representatives(&all, 30, &Settings { likeness, ..Settings::default() }).unwrap();
        eprintln!("4,000 journeys of about {length}, {likeness:?}: {:?}, {} groups", began.elapsed(), found.representatives.len());
    }
}

#[test]
#[ignore = "measures"]
fn groups_of_customers() {
    for rows in [2_500, 100_000] {
        let mut dice = Chance::new(1);
        let all: Vec<Vec<f64>> = (0..rows).map(|row| (0..5).map(|c| dice.share() + f64::from(u8::from(row % 5 == c))).collect()).collect();
        let table = Table::new(&all).unwrap();
        let began = Instant::now();
        let choice = best_k(&table, 8, 20, 1).unwrap();
        eprintln!("{rows} customers: 2 to 8 groups in {:?}, best {}", began.elapsed(), choice.best.sizes.len());
        if rows > 10_000 {
            continue;
        }
        let began = Instant::now();
        let stable = stability(&table, &choice.best.groups, choice.best.sizes.len(), 50, 1).unwrap();
        eprintln!("   50 samples with replacement in {:?}: {stable:?}", began.elapsed());
        let began = Instant::now();
        let (found, _) = best_mixture(&table, 6, 5, 1).unwrap();
        eprintln!("   mixtures of 1 to 6 in {:?}, best {}", began.elapsed(), found.shares.len());
    }
}
