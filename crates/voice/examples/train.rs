//! Learns the weights of `src/service/model.tsv`, to the byte the same each time. How to run it is in `train/README.md`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it is run by hand: a panic tells what is wrong, figures go to the screen")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use periplus_voice::service::{CUT, cues, damping, said};

#[path = "train/templates.rs"]
mod templates;

/// How often the learner sees everything.
const EPOCHS: usize = 24;
/// How far a first step goes.
const STEP: f64 = 0.03;
/// How strongly weights are pulled to zero, per example.
const SHRINK: f64 = 0.1;
/// What a service message counts beside a rated text.
const SERVICE: f64 = 6.0;
/// What a sentence from a template counts.
const TEMPLATE: f64 = 2.0;
/// Sentences from each template.
const PER_TEMPLATE: usize = 30;
/// Weights smaller than this (in thousandths) are left out.
const WEIGHT_MIN: f64 = 60.0;
/// In how many texts words have to be: one alone, two together. Three together were tried, and made it worse on `dev.tsv`.
const SEEN_MIN: [usize; 2] = [3, 5];

/// A text as cues, and how likely it is negative, neutral, positive.
struct Example {
    cues: Vec<(u32, f64)>,
    target: [f64; 3],
    weight: f64,
}

/// Chance, from a number: xorshift64* (Vigna 2014).
pub struct Dice(u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n as u64) as usize
    }
}

/// A text with the chances of its labels and its weight.
type Labelled = (String, [f64; 3], f64);

fn of_label(label: &str) -> [f64; 3] {
    match label {
        "neg" => [1.0, 0.0, 0.0],
        "neu" => [0.0, 1.0, 0.0],
        "pos" => [0.0, 0.0, 1.0],
        other => panic!("there is no label {other}"),
    }
}

/// People's mean rating from −4 to 4: neutral up to a quarter, one side from 1.25 on, shared between.
fn of_rating(rating: f64) -> [f64; 3] {
    let side = ((rating.abs() - 0.25) / 1.0).clamp(0.0, 1.0);
    if rating < 0.0 { [side, 1.0 - side, 0.0] } else { [0.0, 1.0 - side, side] }
}

/// The rated texts that may be learned from: every fifth text (of Amazon, every fifth review) is for testing.
fn rated(folder: &Path) -> Vec<Labelled> {
    let mut out = Vec::new();
    for (name, weight) in [("tweets", 1.0), ("amazonReviewSnippets", 1.5), ("movieReviewSnippets", 0.5), ("nytEditorialSnippets", 0.3)] {
        let bytes = std::fs::read(folder.join(format!("{name}_GroundTruth.txt"))).unwrap();
        let text: String = bytes.into_iter().map(char::from).collect();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let [id, rating, text] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().unwrap();
            let number: u64 = id.split('_').next().unwrap().trim().parse().unwrap();
            if !number.is_multiple_of(5) {
                out.push((text.to_owned(), of_rating(rating.parse().unwrap()), weight));
            }
        }
    }
    out
}

fn written(folder: &Path) -> Vec<Labelled> {
    let lines = std::fs::read_to_string(folder.join("service.tsv")).unwrap();
    let mut out = Vec::new();
    for (label, text) in lines.lines().map(|line| line.split_once('\t').unwrap()) {
        out.push((text.to_owned(), of_label(label), SERVICE));
    }
    let templates = std::fs::read_to_string(folder.join("templates.txt")).unwrap();
    for (label, text) in templates::filled(&templates, PER_TEMPLATE, &mut Dice(0x9e37_79b9_7f4a_7c15)) {
        out.push((text, of_label(&label), TEMPLATE));
    }
    out
}

/// All cues of all texts, by name, with how many texts have them.
fn seen(texts: &[Labelled]) -> BTreeMap<String, usize> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (text, ..) in texts {
        let mut names = Vec::new();
        cues::each(text, &said(text), &mut |name, _, _| names.push(name.to_owned()));
        names.sort_unstable();
        names.dedup();
        names.into_iter().for_each(|name| *seen.entry(name).or_default() += 1);
    }
    seen
}

fn examples(texts: &[Labelled], numbers: &BTreeMap<String, u32>) -> Vec<Example> {
    let of = |(text, target, weight): &Labelled| {
        let words = said(text);
        let damped = damping(&words);
        let mut cues = Vec::new();
        cues::each(text, &words, &mut |name, amount, _| {
            if let Some(&number) = numbers.get(name) {
                cues.push((number, amount as f64 / 1000.0 * damped));
            }
        });
        Example { cues, target: *target, weight: *weight }
    };
    texts.iter().map(of).collect()
}

fn chance(tone: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-tone))
}

/// The slope of the log-likelihood of the ordinal logistic model in the tone.
fn slope(tone: f64, target: [f64; 3]) -> f64 {
    let (above, below) = (chance(tone - CUT), chance(-tone - CUT));
    target[2] * (1.0 - above) - target[0] * (1.0 - below) + target[1] * (below - above)
}

/// AdaGrad (Duchi, Hazan and Singer 2011) over shuffled examples.
fn learn(examples: &[Example], size: usize) -> Vec<f64> {
    let mut weights = vec![0.0; size];
    let mut squares = vec![1e-2; size];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut dice = Dice(42);
    for _ in 0..EPOCHS {
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        for &at in &order {
            let example = &examples[at];
            let tone: f64 = example.cues.iter().map(|&(number, amount)| weights[number as usize] * amount).sum();
            let slope = slope(tone, example.target) * example.weight;
            for &(number, amount) in &example.cues {
                let (weight, square): (&mut f64, &mut f64) = (&mut weights[number as usize], &mut squares[number as usize]);
                let gradient = slope * amount - SHRINK * *weight;
                *square += gradient * gradient;
                *weight += STEP * gradient / square.sqrt();
            }
        }
    }
    weights
}

/// How it does on the messages that it may be tuned with, for several thresholds.
fn tell(texts: &[Labelled], numbers: &BTreeMap<String, u32>, weights: &[f64]) {
    let score = |example: &Example| {
        let tone: f64 = example.cues.iter().map(|&(number, amount)| weights[number as usize] * amount).sum();
        chance(tone - CUT) - chance(-tone - CUT)
    };
    let scored: Vec<(f64, usize)> = examples(texts, numbers)
        .iter()
        .map(|example| (score(example), (0..3).find(|&label| example.target[label] == 1.0).unwrap()))
        .collect();
    for threshold in [0.2, 0.25, 0.3, 0.35, 0.4] {
        let label = |score: f64| if score >= threshold { 2 } else { usize::from(score > -threshold) };
        let right = scored.iter().filter(|&&(score, truth)| label(score) == truth).count();
        println!("dev.tsv, threshold {threshold}: {right} of {} right", scored.len());
    }
}

fn main() {
    let rated_folder = PathBuf::from(std::env::args_os().nth(1).expect("the folder of the rated texts"));
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut texts = rated(&rated_folder);
    texts.extend(written(&crate_folder.join("train")));
    println!("{} texts", texts.len());

    let frequent = seen(&texts).into_iter().filter(|(name, count)| {
        let own = name.starts_with(['@', '%', '#']);
        own || SEEN_MIN.get(name.split(' ').count() - 1).is_some_and(|least| count >= least)
    });
    let names: Vec<String> = frequent.map(|(name, _)| name).collect();
    let numbered = |names: &[String]| names.iter().cloned().zip(0..).collect::<BTreeMap<String, u32>>();
    let first = learn(&examples(&texts, &numbered(&names)), names.len());
    // What hardly matters is left out, and the rest learned again without it.
    let kept: Vec<String> =
        names.iter().zip(&first).filter(|(_, weight)| weight.abs() * 1000.0 >= WEIGHT_MIN).map(|(name, _)| name.clone()).collect();
    let weights = learn(&examples(&texts, &numbered(&kept)), kept.len());
    let dev = std::fs::read_to_string(crate_folder.join("train/dev.tsv")).unwrap();
    let dev: Vec<Labelled> = dev
        .lines()
        .map(|line| line.splitn(3, '\t').collect::<Vec<_>>())
        .map(|fields| (fields[2].to_owned(), of_label(fields[0]), 1.0))
        .collect();
    tell(&dev, &numbered(&kept), &weights);
    let lines: String = kept.iter().zip(&weights).map(|(name, weight)| format!("{name}\t{:.0}\n", weight * 1000.0)).collect();
    println!("{} of {} cues, {} bytes", kept.len(), names.len(), lines.len());
    std::fs::write(crate_folder.join("src/service/model.tsv"), lines).unwrap();
}
