//! What `cargo xtask bench value` measures of our own: `worth WHAT FILE` reads a file, works, and prints what it came to and how long
//! the work alone took, as JSON. The others are timed in the same way: without reading.
//!
//! - `markov`: lines `a>b>c,conversions,nulls` with numbers for channels; exact removal effects of order 1.
//! - `bg_nbd`, `pareto_nbd`: lines `repeat purchases,time of the last,age`.
//! - `alignments`: lines `count,activity>activity>…`; a net is discovered, then every sequence aligned with it.
//! - `journeys`: the same lines; groups of them with a representative each.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures, and says what it measured")]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use periplus_conform::{Log, align, discover};
use periplus_stats::attribution::markov;
use periplus_stats::cluster::journeys::Settings;
use periplus_stats::cluster::representatives;
use periplus_stats::lifetime::{History, Model, Summary, fit};
use periplus_stats::paths::{Paths, Weight};
use serde_json::{Value, json};

type Told = Result<(f64, Value), Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, file] = &arguments[..] else { return Err("worth WHAT FILE".into()) };
    let text = std::fs::read_to_string(file)?;
    let (seconds, figures) = match what.as_str() {
        "markov" => credited(&text)?,
        "bg_nbd" => buying(Model::BgNbd, &text)?,
        "pareto_nbd" => buying(Model::ParetoNbd, &text)?,
        "alignments" => aligned(&text)?,
        "journeys" => grouped(&text)?,
        other => return Err(format!("there is no '{other}'").into()),
    };
    println!("{}", json!({"seconds": seconds, "figures": figures}));
    Ok(())
}

fn field<T: std::str::FromStr>(text: Option<&str>) -> Result<T, Box<dyn Error>> {
    text.and_then(|text| text.parse().ok()).ok_or_else(|| "a line has too few fields, or one is no number".into())
}

fn credited(text: &str) -> Told {
    let mut list = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(',');
        let touches: Vec<u16> = fields.next().unwrap_or_default().split('>').map(|touch| field(Some(touch))).collect::<Result<_, _>>()?;
        let conversions: u64 = field(fields.next())?;
        list.push((touches, Weight { conversions, value: 0.0, nulls: field(fields.next())? }));
    }
    let channels = list.iter().flat_map(|(touches, _)| touches).max().map_or(0, |most| usize::from(*most) + 1);
    let begin = Instant::now();
    let mut paths = Paths::new(channels)?;
    for (touches, weight) in &list {
        paths.push(touches, &[], *weight)?;
    }
    let found = markov(&paths, 1)?;
    Ok((begin.elapsed().as_secs_f64(), json!({"credits": found.credits.conversions})))
}

fn buying(model: Model, text: &str) -> Told {
    let mut summaries = Vec::new();
    for line in text.lines() {
        let mut fields = line.split(',');
        let repeats = field(fields.next())?;
        summaries.push(Summary { repeats, last: field(fields.next())?, age: field(fields.next())?, customers: 1 });
    }
    let begin = Instant::now();
    let found = fit(model, &History::new(&summaries)?)?;
    Ok((begin.elapsed().as_secs_f64(), json!({"parameters": found.model.values(), "log_likelihood": found.log_likelihood})))
}

/// Different sequences and how many had each, with numbers for names.
type Sequences = (Vec<String>, Vec<(Vec<u32>, u64)>);

fn sequences(text: &str) -> Result<Sequences, Box<dyn Error>> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut names = Vec::new();
    let mut list = Vec::new();
    for line in text.lines() {
        let (n, steps) = line.split_once(',').ok_or("a line has no comma")?;
        let steps = steps.split('>').map(|step| {
            *numbers.entry(step.to_owned()).or_insert_with(|| {
                names.push(step.to_owned());
                names.len() as u32 - 1
            })
        });
        list.push((steps.collect(), n.parse()?));
    }
    Ok((names, list))
}

fn aligned(text: &str) -> Told {
    let (names, list) = sequences(text)?;
    let log = Log::new(names, list)?;
    let net = discover(&log, &discover::Settings { noise: 0.2 })?.to_net(log.activities())?;
    let begin = Instant::now();
    let found = align(&net, &log, &Default::default())?;
    let seconds = begin.elapsed().as_secs_f64();
    let fitness = found.fitness().ok_or("nothing was aligned")?;
    let exact = found.variants.iter().filter(|variant| variant.cost.exact().is_some()).count();
    Ok((seconds, json!({"fitness": [fitness.log.low, fitness.log.high], "exact": exact, "variants": found.variants.len()})))
}

fn grouped(text: &str) -> Told {
    let (names, list) = sequences(text)?;
    let begin = Instant::now();
    let found = representatives(&list, names.len(), &Settings::default())?;
    Ok((begin.elapsed().as_secs_f64(), json!({"groups": found.representatives.len()})))
}
