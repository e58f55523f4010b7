//! How many comments a second are scored and grouped, on one thread:
//! `cargo run --release -p periplus-voice --example speed`.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it is run for the times that it prints")]

use std::time::Instant;

use periplus_voice::{Settings, read, themes, vader};

fn main() {
    let messages: Vec<&str> = include_str!("../train/test.tsv").lines().filter_map(|line| line.split('\t').nth(2)).collect();
    // Longer and more varied than one message: two of them, each pair once.
    let comments: Vec<String> =
        (0..100_000).map(|at| format!("{} {}", messages[at % messages.len()], messages[at / messages.len() % messages.len()])).collect();
    let bytes: usize = comments.iter().map(String::len).sum();
    println!("{} comments of {} bytes on average", comments.len(), bytes / comments.len());
    told("VADER", comments.len(), || comments.iter().map(|text| vader::score(text).compound).sum::<f64>() as usize);
    told("read", comments.len(), || comments.iter().filter(|text| read(text).sentiment().is_some()).count());
    let texts: Vec<&str> = comments.iter().map(String::as_str).collect();
    told("themes", comments.len(), || themes(&texts, &Settings::default()).themes.len());
}

fn told(name: &str, comments: usize, work: impl Fn() -> usize) {
    work();
    let began = Instant::now();
    let result = work();
    let seconds = began.elapsed().as_secs_f64();
    println!("{name}: {seconds:.2} s, {:.0} comments a second ({result})", comments as f64 / seconds);
}
