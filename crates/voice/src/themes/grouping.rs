//! Comments of one language become groups.

use super::telling::apart;
use super::terms::{Terms, terms};
use super::{Phrase, Settings, TYPICAL, Theme};
use crate::language::Language;
use crate::words::Word;

/// How close a comment is at least to the centre of its theme (the cosine of their angle).
const CLOSE_MIN: f64 = 0.2;
/// How close it is to the centres of further themes that it belongs to.
const CLOSE_TOO: f64 = 0.35;
/// Centres that are closer to each other than this are one.
const ALIKE: f64 = 0.5;
/// How often centres are moved.
const ROUNDS: usize = 6;
/// How many phrases of a theme are told.
const PHRASES_MAX: usize = 6;
/// One, in the integers that centres are summed up in.
const UNIT: f64 = 65_536.0;

/// The themes in comments of one language.
pub fn found(language: Language, group: &[usize], read: &[Vec<Word>], settings: &Settings) -> Vec<Theme> {
    let terms = terms(language, group, read, settings.comments_min);
    let vectors = vectors(&terms, group.len());
    let mut centres = first_centres(&terms, &vectors, settings.themes_max);
    for _ in 0..ROUNDS {
        let closest = closest(&vectors, &centres);
        let mut sums = vec![vec![0; terms.written.len()]; centres.len()];
        let mut counts = vec![0; centres.len()];
        for (vector, closest) in vectors.iter().zip(closest) {
            let Some((at, _)) = closest else { continue };
            counts[at] += 1;
            add(&mut sums[at], vector);
        }
        let large = sums.iter().zip(counts).filter(|(_, count)| *count >= settings.comments_min.max(1));
        centres = distinct(large.map(|(sum, _)| unit(sum)).collect());
    }
    let members = members(&vectors, &centres);
    let mut themes = Vec::new();
    for (of_theme, centre) in members.iter().zip(&centres) {
        if of_theme.len() >= settings.comments_min.max(1)
            && let Some(theme) = told(language, &terms, of_theme, centre, group)
        {
            join(&mut themes, theme);
        }
    }
    themes
}

/// Adds a theme; two of one name are one, told by the larger.
fn join(themes: &mut Vec<Theme>, mut theme: Theme) {
    let Some(known) = themes.iter_mut().find(|known| known.name == theme.name) else {
        themes.push(theme);
        return;
    };
    if theme.members.len() > known.members.len() {
        std::mem::swap(known, &mut theme);
    }
    known.members.extend(theme.members);
    known.members.sort_unstable();
    known.members.dedup();
}

/// A comment: its phrases and how much each weighs.
type Vector = Vec<(u32, i64)>;

/// Comments as vectors of length one: the inverse document frequencies of their phrases.
fn vectors(terms: &Terms, comments: usize) -> Vec<Vector> {
    let weight = |term: u32| libm::log(1.0 + comments as f64 / terms.comments[term as usize] as f64);
    let of = |of_comment: &Vec<u32>| {
        let length: f64 = of_comment.iter().map(|&term| weight(term) * weight(term)).sum::<f64>().sqrt();
        of_comment.iter().map(|&term| (term, (weight(term) / length * UNIT).round() as i64)).collect()
    };
    terms.of_comment.iter().map(of).collect()
}

fn add(sum: &mut [i64], vector: &Vector) {
    vector.iter().for_each(|&(term, weight)| sum[term as usize] += weight);
}

fn unit(sum: &[i64]) -> Vec<f64> {
    let length = sum.iter().map(|&weight| weight as f64 * weight as f64).sum::<f64>().sqrt();
    sum.iter().map(|&weight| if length > 0.0 { weight as f64 / length } else { 0.0 }).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn closeness(vector: &Vector, centre: &[f64]) -> f64 {
    vector.iter().map(|&(term, weight)| weight as f64 / UNIT * centre[term as usize]).sum()
}

/// The weightiest phrases whose comments are unlike those of all before.
fn first_centres(terms: &Terms, vectors: &[Vector], most: usize) -> Vec<Vec<f64>> {
    let size = terms.written.len();
    let mut sums = vec![0; size * size];
    for vector in vectors {
        for &(term, _) in vector {
            add(&mut sums[term as usize * size..][..size], vector);
        }
    }
    let mut centres: Vec<Vec<f64>> = Vec::new();
    for term in 0..size {
        if centres.len() == most {
            break;
        }
        let centre = unit(&sums[term * size..][..size]);
        if centres.iter().all(|known| cosine(known, &centre) < ALIKE) {
            centres.push(centre);
        }
    }
    centres
}

/// Without those that have come close to an earlier one.
fn distinct(centres: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for centre in centres {
        if kept.iter().all(|known| cosine(known, &centre) < ALIKE + 0.1) {
            kept.push(centre);
        }
    }
    kept
}

/// The centre that each comment is closest to, if it is close to any.
fn closest(vectors: &[Vector], centres: &[Vec<f64>]) -> Vec<Option<(usize, f64)>> {
    let of = |vector: &Vector| {
        let mut best: Option<(usize, f64)> = None;
        for (at, centre) in centres.iter().enumerate() {
            let close = closeness(vector, centre);
            if close >= CLOSE_MIN && best.is_none_or(|(_, so_far)| close > so_far) {
                best = Some((at, close));
            }
        }
        best
    };
    vectors.iter().map(of).collect()
}

/// The comments of each theme with how close they are: of the closest theme, and of those that are close as well.
fn members(vectors: &[Vector], centres: &[Vec<f64>]) -> Vec<Vec<(usize, f64)>> {
    let mut members = vec![Vec::new(); centres.len()];
    for (comment, (vector, best)) in vectors.iter().zip(closest(vectors, centres)).enumerate() {
        let Some((best, _)) = best else { continue };
        for (at, centre) in centres.iter().enumerate() {
            let close = closeness(vector, centre);
            if at == best || close >= CLOSE_TOO {
                members[at].push((comment, close));
            }
        }
    }
    members
}

/// A theme as it is told; none when nothing sets it apart.
fn told(language: Language, terms: &Terms, members: &[(usize, f64)], centre: &[f64], group: &[usize]) -> Option<Theme> {
    let mut inside = vec![0; centre.len()];
    for &(comment, _) in members {
        terms.of_comment[comment].iter().for_each(|&term| inside[term as usize] += 1);
    }
    let others = terms.of_comment.len() - members.len();
    let score = |term: usize| {
        let apart = apart(inside[term], members.len(), terms.comments[term].saturating_sub(inside[term]), others);
        // Two words say what one leaves open; more are rarely said alike.
        apart * [1.0, 1.25, 1.1][terms.words[term].clamp(1, 3) - 1]
    };
    let mut telling: Vec<(usize, f64)> = (0..centre.len())
        .filter(|&term| inside[term] >= 2.min(members.len()))
        .map(|term| (term, score(term)))
        .filter(|(_, score)| *score > 1.0)
        .collect();
    telling.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| terms.written[a.0].cmp(&terms.written[b.0])));
    let mut phrases: Vec<Phrase> = Vec::new();
    for (term, _) in telling {
        let text = &terms.written[term];
        // What repeats a phrase that is told already says nothing new.
        let within = |a: &str, b: &str| a.split(' ').all(|word| b.split(' ').any(|other| other == word));
        if phrases.len() < PHRASES_MAX && !phrases.iter().any(|phrase| within(text, &phrase.text) || within(&phrase.text, text)) {
            phrases.push(Phrase { text: text.clone(), comments: inside[term] });
        }
    }
    let name = phrases.first()?.text.clone();
    let mut closest: Vec<(usize, f64)> = members.to_vec();
    closest.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    // The same words twice are one example.
    let mut typical: Vec<usize> = Vec::new();
    for &(comment, _) in &closest {
        if typical.len() < TYPICAL && !typical.iter().any(|&known| terms.of_comment[known] == terms.of_comment[comment]) {
            typical.push(comment);
        }
    }
    let mut all: Vec<usize> = members.iter().map(|&(comment, _)| group[comment]).collect();
    all.sort_unstable_by_key(|&at| at);
    Some(Theme {
        name,
        language: Some(language),
        phrases,
        members: all,
        typical: typical.into_iter().map(|comment| group[comment]).collect(),
    })
}
