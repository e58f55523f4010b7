//! The partial likelihood with Efron's correction for ties, its top, and the baseline hazard.

use super::{COVARIATES_MAX, CUSTOMERS_MAX, CoxError};
use crate::matrix;

/// Customers from the longest time to the shortest, covariates centred and scaled to a standard deviation of 1, so that sums over those still
/// at risk grow row by row.
pub(super) struct Sorted {
    pub times: Vec<i64>,
    pub happened: Vec<bool>,
    pub covariates: Vec<f64>,
    pub width: usize,
    pub means: Vec<f64>,
    pub scales: Vec<f64>,
}

impl Sorted {
    pub(super) fn new(times: &[i64], happened: &[bool], covariates: &[f64], width: usize) -> Result<Sorted, CoxError> {
        if !(1..=COVARIATES_MAX).contains(&width) || times.len() > CUSTOMERS_MAX {
            return Err(CoxError::Size);
        }
        let n = times.len();
        if happened.len() != n || covariates.len() != n * width {
            return Err(CoxError::Shape { times: n, happened: happened.len(), covariates: covariates.len(), width });
        }
        if let Some(place) = covariates.iter().position(|value| value.is_nan() || value.abs() > 1e12) {
            return Err(CoxError::Number { row: place / width, column: place % width });
        }
        if !happened.contains(&true) {
            return Err(CoxError::NoEvents);
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|row| (std::cmp::Reverse(times[*row].max(0)), !happened[*row]));
        let mut means = vec![0.0; width];
        covariates.chunks_exact(width).for_each(|row| means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value));
        means.iter_mut().for_each(|mean| *mean /= n as f64);
        let mut scales = vec![0.0; width];
        for row in covariates.chunks_exact(width) {
            (0..width).for_each(|i| scales[i] += (row[i] - means[i]).powi(2) / n as f64);
        }
        for (column, scale) in scales.iter_mut().enumerate() {
            *scale = scale.sqrt();
            if *scale <= 1e-14 * means[column].abs() || *scale == 0.0 {
                return Err(CoxError::Constant { column });
            }
        }
        let scaled = order.iter().map(|row| &covariates[row * width..(row + 1) * width]);
        let scaled = scaled.flat_map(|row| row.iter().zip(&means).zip(&scales).map(|((x, mean), scale)| (x - mean) / scale)).collect();
        Ok(Sorted {
            times: order.iter().map(|row| times[*row].max(0)).collect(),
            happened: order.iter().map(|row| happened[*row]).collect(),
            covariates: scaled,
            width,
            means,
            scales,
        })
    }

    pub(super) fn events(&self) -> u64 {
        self.happened.iter().filter(|happened| **happened).count() as u64
    }

    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.covariates[place * self.width..(place + 1) * self.width]
    }

    /// e^(β·x) of each.
    pub(super) fn scores(&self, beta: &[f64]) -> Vec<f64> {
        self.covariates.chunks_exact(self.width).map(|row| row.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>().exp()).collect()
    }

    /// Where each run of equal times begins and ends, from the longest on.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let time = self.times.get(from)?;
            let start = from;
            from += self.times[from..].iter().take_while(|other| *other == time).count();
            Some((start, from))
        })
    }
}

/// The likelihood, its slope, and its curvature downwards.
pub(super) struct Look {
    pub height: f64,
    pub slope: Vec<f64>,
    pub curvature: Vec<f64>,
}

/// Efron's partial likelihood: with d events at a time, D the sum of e^(β·x) over them and S over all at risk, the l-th of the d counts
/// as if the share l/d of each had left: Σ β·x − Σ_{l<d} ln (S − D l/d).
pub(super) fn look(sorted: &Sorted, beta: &[f64]) -> Look {
    let width = sorted.width;
    let scores = sorted.scores(beta);
    let mut height = 0.0;
    let (mut slope, mut curvature) = (vec![0.0; width], vec![0.0; width * width]);
    let (mut s0, mut s1, mut s2) = (0.0, vec![0.0; width], vec![0.0; width * width]);
    for (start, end) in sorted.runs() {
        let (mut d0, mut d1, mut d2) = (0.0, vec![0.0; width], vec![0.0; width * width]);
        let mut deaths = 0usize;
        for (place, score) in (start..end).zip(scores[start..end].iter().copied()) {
            let row = sorted.row(place);
            add(&mut s0, &mut s1, &mut s2, row, score);
            if sorted.happened[place] {
                deaths += 1;
                add(&mut d0, &mut d1, &mut d2, row, score);
                height += score.ln();
                slope.iter_mut().zip(row).for_each(|(slope, x)| *slope += x);
            }
        }
        if deaths == 0 {
            continue;
        }
        // What is needed of the sums over l: Σ1/φ, Σf/φ, Σ1/φ², Σf/φ², Σf²/φ² with φ = S − fD, f = l/d.
        let mut sums = [0.0; 5];
        for l in 0..deaths {
            let f = l as f64 / deaths as f64;
            let one = 1.0 / (s0 - f * d0);
            height += one.ln();
            for (sum, part) in sums.iter_mut().zip([one, f * one, one * one, f * one * one, f * f * one * one]) {
                *sum += part;
            }
        }
        for i in 0..width {
            slope[i] -= s1[i] * sums[0] - d1[i] * sums[1];
            for j in 0..=i {
                let second = s2[i * width + j] * sums[0] - d2[i * width + j] * sums[1];
                let first = s1[i] * s1[j] * sums[2] - (s1[i] * d1[j] + d1[i] * s1[j]) * sums[3] + d1[i] * d1[j] * sums[4];
                curvature[i * width + j] += second - first;
            }
        }
    }
    for i in 0..width {
        for j in 0..i {
            curvature[j * width + i] = curvature[i * width + j];
        }
    }
    Look { height, slope, curvature }
}

fn add(zeroth: &mut f64, first: &mut [f64], second: &mut [f64], row: &[f64], score: f64) {
    *zeroth += score;
    let width = row.len();
    for i in 0..width {
        let part = score * row[i];
        first[i] += part;
        for j in 0..=i {
            second[i * width + j] += part * row[j];
        }
    }
}

/// The top, in scaled covariates.
pub(super) struct Fitted {
    pub beta: Vec<f64>,
    pub covariance: Vec<f64>,
    pub log_likelihood: f64,
    pub log_likelihood_null: f64,
}

/// A coefficient this large, for one standard deviation of its covariate, has no end.
const ENDLESS: f64 = 30.0;

/// Newton's method from 0; a step that goes down is halved. The partial likelihood is concave, so there is one top, or none.
pub(super) fn maximise(sorted: &Sorted) -> Result<Fitted, CoxError> {
    let width = sorted.width;
    let mut beta = vec![0.0; width];
    let mut here = look(sorted, &beta);
    let log_likelihood_null = here.height;
    // In units of the covariate's spread over everybody: what is left of it where somebody had the event while others waited.
    let events = sorted.events() as f64;
    if let Some(column) = (0..width).find(|i| here.curvature[i * width + i] <= 1e-9 * events) {
        return Err(CoxError::NothingToCompare { column });
    }
    // Covariates that say the same leave no curvature in one direction, wherever one looks.
    let lower = matrix::cholesky(&here.curvature, width).ok_or(CoxError::Collinear)?;
    if (0..width).any(|i| lower[i * width + i].powi(2) <= 1e-9 * here.curvature[i * width + i]) {
        return Err(CoxError::Collinear);
    }
    let separated = |beta: &[f64]| {
        let column = (0..width).max_by(|i, j| beta[*i].abs().total_cmp(&beta[*j].abs())).unwrap_or(0);
        CoxError::Separated { column }
    };
    for _ in 0..60 {
        let lower = matrix::cholesky(&here.curvature, width).ok_or_else(|| separated(&beta))?;
        let step = matrix::solve(&lower, width, &here.slope);
        let gain: f64 = step.iter().zip(&here.slope).map(|(step, slope)| step * slope).sum();
        if gain < 1e-18 * (1.0 + here.height.abs()) {
            // A likelihood that flattens out far away looks like a top; the coefficients tell.
            let error =
                |i: usize| matrix::inverse(&here.curvature, width).map_or(f64::INFINITY, |inverse| inverse[i * width + i].max(0.0).sqrt());
            return match (0..width).find(|i| beta[*i].abs() > 5.0 && error(*i) > 10.0 * beta[*i].abs()) {
                Some(column) => Err(CoxError::Separated { column }),
                None => {
                    let covariance = matrix::inverse(&here.curvature, width).ok_or_else(|| separated(&beta))?;
                    Ok(Fitted { beta, covariance, log_likelihood: here.height, log_likelihood_null })
                }
            };
        }
        let mut length = 1.0;
        let next = loop {
            let there: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta + length * step).collect();
            let next = look(sorted, &there);
            if next.height.is_finite() && next.height >= here.height - 1e-12 * here.height.abs() {
                break Some((there, next));
            }
            length *= 0.5;
            if length < 1e-9 {
                break None;
            }
        };
        let Some((there, next)) = next else { return Err(separated(&beta)) };
        (beta, here) = (there, next);
        if beta.iter().any(|beta| beta.abs() > ENDLESS) {
            return Err(separated(&beta));
        }
    }
    Err(separated(&beta))
}

/// Breslow's estimate: at each time with events, as much as there were divided by the sum of e^(β·x) over those at risk. The hazards of all
/// customers up to their own time then add up to the number of events.
pub(super) fn baseline(sorted: &Sorted, scores: &[f64]) -> Vec<(i64, f64)> {
    let mut at_risk = 0.0;
    let mut steps = Vec::new();
    for (start, end) in sorted.runs() {
        at_risk += scores[start..end].iter().sum::<f64>();
        let deaths = sorted.happened[start..end].iter().filter(|happened| **happened).count();
        if deaths > 0 {
            steps.push((sorted.times[start], deaths as f64 / at_risk));
        }
    }
    let mut sum = 0.0;
    steps.reverse();
    steps
        .iter()
        .map(|(time, hazard)| {
            sum += hazard;
            (*time, sum)
        })
        .collect()
}
