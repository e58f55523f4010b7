//! What several tests need: the reference folder, and figures of agreement.

use std::io::Read;
use std::path::PathBuf;

/// A file of the reference folder; none, and said so, where it is absent.
pub fn reference(name: &str) -> Option<Vec<u8>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference");
    let folder = std::env::var_os("PERIPLUS_REFERENCE").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    if !path.exists() {
        eprintln!("skipped: there is no {} (set PERIPLUS_REFERENCE)", path.display());
        return None;
    }
    let mut bytes = std::fs::read(path).unwrap();
    if name.ends_with(".gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    Some(bytes)
}

/// A text that people have rated.
pub struct Rated {
    /// The number of the tweet, or of the review that it is from.
    pub number: u64,
    /// The mean of their ratings, from −4 to 4.
    pub rating: f64,
    /// The text.
    pub text: String,
}

/// One of VADER's two sets: "tweets" or "amazonReviewSnippets".
pub fn rated(set: &str) -> Option<Vec<Rated>> {
    let bytes = reference(&format!("data/sentiment/vader_{set}_GroundTruth.txt.gz"))?;
    let all: String = bytes.into_iter().map(char::from).collect();
    let read = |line: &str| {
        let [id, rating, text] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().unwrap();
        let number = id.split('_').next().unwrap().parse().unwrap();
        Rated { number, rating: rating.parse().unwrap(), text: text.trim_end_matches('\r').to_owned() }
    };
    Some(all.split('\n').filter(|line| !line.is_empty()).map(read).collect())
}

/// Pearson's correlation.
pub fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    sum(&|pair| (pair.0 - a) * (pair.1 - b)) / (sum(&|pair| (pair.0 - a).powi(2)) * sum(&|pair| (pair.1 - b).powi(2))).sqrt()
}
