//! Gamma-Gamma: how large a customer's purchases are (Colombo and Jiang 1999; Fader and Hardie 2013, note 025).
//!
//! A customer's purchases scatter as Gamma (p, ν) around a mean of their own, and ν is Gamma (q, v) over customers. It takes how large they are
//! to have nothing to do with how often they come.

use libm::lgamma;
use periplus_model::answer::Estimate;
use serde::Serialize;

use super::{
    BOUND, CORRELATION_MAX, FEW_REPEATERS, LifetimeError, Parameter, REPEATS_MAX, RUN_AWAY, SUMMARIES_MAX, Warning, with_interval,
};
use crate::climb::{Limits, climb, top};
use crate::matrix;
use crate::special::digamma;

/// How often customers bought again, what a repeat purchase of theirs was worth in the mean, and how many customers that holds for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spender {
    /// x: how often they bought again.
    pub repeats: u64,
    /// The mean value of these repeat purchases, in a unit of money.
    pub mean_value: f64,
    /// How many customers.
    pub customers: u64,
}

/// The fitted model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GammaGamma {
    /// p, q and v, with their errors; v is in the unit of money.
    pub parameters: Vec<Parameter>,
    /// The logarithm of the likelihood.
    pub log_likelihood: f64,
    /// How many customers it was fitted to.
    pub customers: u64,
    /// How many were left out, because they never bought again or what they spent is not above 0.
    pub left_out: u64,
    /// Pearson's correlation of x and the mean value, over those whom it was fitted to; `None` when one of the two is always the same.
    pub correlation: Option<f64>,
    /// Where the assumptions do not hold.
    pub warnings: Vec<Warning>,
    values: [f64; 3],
    #[serde(skip)]
    covariance: Option<Vec<f64>>,
}

impl GammaGamma {
    /// The mean value of a purchase over all customers, p v / (q − 1); `None` where it does not exist (q ≤ 1).
    pub fn mean(&self) -> Option<f64> {
        expected(self.values, 0, 0.0)
    }

    /// What a purchase of a customer with x repeat purchases of this mean value is expected to be worth: p (v + x m) / (p x + q − 1), a mean of
    /// their own and everybody's. For x = 0, and for a value that is not above 0, it is everybody's, [`mean`](Self::mean). `None` where it does
    /// not exist.
    pub fn expected(&self, repeats: u64, mean_value: f64) -> Option<f64> {
        let own = mean_value > 0.0 && mean_value.is_finite();
        expected(self.values, if own { repeats } else { 0 }, if own { mean_value } else { 0.0 })
    }

    /// [`expected`](Self::expected) with the interval that the uncertainty of the parameters gives; `None` when the likelihood is flat.
    pub fn expected_with_interval(&self, repeats: u64, mean_value: f64) -> Option<Estimate> {
        with_interval(self.values, self.covariance.as_deref()?, self.customers, |values| expected(values, repeats, mean_value))
    }

    /// A model with given parameters p, q and v.
    ///
    /// # Errors
    /// [`LifetimeError::Parameter`] for what is not from 1e-12 to 1e12.
    pub fn new(values: [f64; 3]) -> Result<GammaGamma, LifetimeError> {
        if let Some(i) = (0..3).find(|i| !(1e-12..=1e12).contains(&values[*i])) {
            return Err(LifetimeError::Parameter { name: NAMES[i] });
        }
        let parameters = super::parameters(NAMES, values, None);
        let warnings = if values[1] <= 1.0 { vec![Warning::NoMeanSpending { q: values[1] }] } else { Vec::new() };
        let (log_likelihood, customers, left_out) = (0.0, 0, 0);
        Ok(GammaGamma { parameters, log_likelihood, customers, left_out, correlation: None, warnings, values, covariance: None })
    }
}

const NAMES: [&str; 3] = ["p", "q", "v"];

fn expected([p, q, v]: [f64; 3], repeats: u64, mean_value: f64) -> Option<f64> {
    let x = repeats as f64;
    let below = p * x + q - 1.0;
    let value = p * (v + x * mean_value) / below;
    (below > 0.0 && value.is_finite()).then_some(value)
}

/// The weighted mean log-likelihood (Fader and Hardie 2013, equation 1a) and its slope in ln p, ln q, ln v.
fn likelihood(rows: &[(f64, f64, f64)], logs: &[f64; 3]) -> (f64, [f64; 3]) {
    let [p, q, v] = logs.map(f64::exp);
    let (gamma_q, slope_q) = (lgamma(q), digamma(q));
    let (mut sum, mut slope, mut weights) = (0.0, [0.0; 3], 0.0);
    for (x, mean, weight) in rows {
        let (px, spent) = (p * x, x * mean);
        let (log_spent, log_all) = (spent.ln(), (spent + v).ln());
        let together = digamma(px + q);
        weights += weight;
        sum += weight * (lgamma(px + q) - lgamma(px) - gamma_q + q * (logs[2] - log_all) + px * (log_spent - log_all) - mean.ln());
        slope[0] += weight * x * (together - digamma(px) + log_spent - log_all);
        slope[1] += weight * (together - slope_q + logs[2] - log_all);
        slope[2] += weight * (q / v - (px + q) / (spent + v));
    }
    (sum / weights, [slope[0] * p / weights, slope[1] * q / weights, slope[2] * v / weights])
}

/// Fits the model by maximum likelihood, to the customers who bought again and whose mean value is above 0; the others are left out and
/// counted. Equal spenders may come one by one or counted.
///
/// # Errors
/// [`LifetimeError::NobodyAgain`] when nobody is left, [`LifetimeError::AllAlike`], [`LifetimeError::TooMany`],
/// [`LifetimeError::Summary`] for a value that is no number, and [`LifetimeError::NoFit`].
pub fn fit_spending(spenders: &[Spender]) -> Result<GammaGamma, LifetimeError> {
    let wrong = |spender: &Spender| !(-1e15..=1e15).contains(&spender.mean_value) || spender.repeats > REPEATS_MAX;
    if let Some(place) = spenders.iter().position(wrong) {
        let reason = "the mean value must be a number up to 1e15, and there are at most 100,000 repeat purchases";
        return Err(LifetimeError::Summary { place, reason });
    }
    let takes = |spender: &&Spender| spender.repeats > 0 && spender.mean_value > 0.0 && spender.customers > 0;
    let count = |sum: u64, spender: &Spender| sum.saturating_add(spender.customers);
    let mut sorted: Vec<Spender> = spenders.iter().filter(takes).copied().collect();
    let customers = sorted.iter().fold(0, count);
    let left_out = spenders.iter().fold(0, count).saturating_sub(customers);
    sorted
        .sort_unstable_by(|a, b| a.repeats.cmp(&b.repeats).then(a.mean_value.total_cmp(&b.mean_value)).then(a.customers.cmp(&b.customers)));
    sorted.dedup_by(|next, kept| {
        let same = (next.repeats, next.mean_value) == (kept.repeats, kept.mean_value);
        if same {
            kept.customers = kept.customers.saturating_add(next.customers);
        }
        same
    });
    match sorted.len() {
        0 => return Err(LifetimeError::NobodyAgain),
        1 => return Err(LifetimeError::AllAlike),
        n if n > SUMMARIES_MAX => return Err(LifetimeError::TooMany),
        _ => {}
    }
    let unit = sorted.iter().map(|s| s.mean_value * s.customers as f64).sum::<f64>() / customers as f64;
    let rows: Vec<(f64, f64, f64)> = sorted.iter().map(|s| (s.repeats as f64, s.mean_value / unit, s.customers as f64)).collect();
    let few: Vec<(f64, f64, f64)> = rows.iter().step_by(rows.len().div_ceil(2_000)).copied().collect();
    let first = [[5.0f64, 3.0, 0.5], [1.0, 1.5, 1.0], [30.0, 30.0, 1.0], [0.5, 6.0, 10.0]]
        .into_iter()
        .filter_map(|start| {
            climb(&mut |logs| likelihood(&few, logs), start.map(f64::ln), None, Limits { bound: BOUND, steps: 100, slope: 1e-5 })
        })
        .max_by(|one, two| one.height.total_cmp(&two.height))
        .ok_or(LifetimeError::NoFit)?;
    let limits = Limits { bound: BOUND, steps: 300, slope: 1e-8 };
    let (place, curvature) = top(&mut |logs| likelihood(&rows, logs), first.at, Some(first.inverse), limits).ok_or(LifetimeError::NoFit)?;
    let scaled = place.at.map(f64::exp);
    let values = [scaled[0], scaled[1], scaled[2] * unit];
    let mut warnings = Vec::new();
    if customers < FEW_REPEATERS {
        warnings.push(Warning::FewRepeaters { repeaters: customers });
    }
    let run_away: Vec<usize> = (0..3).filter(|i| !(1.0 / RUN_AWAY..=RUN_AWAY).contains(&scaled[*i])).collect();
    let covariance = matrix::inverse(&curvature, 3)
        .filter(|_| run_away.is_empty())
        .map(|inverse| inverse.into_iter().map(|cell| cell / customers as f64).collect::<Vec<f64>>());
    if run_away.is_empty() && covariance.is_none() {
        warnings.push(Warning::Flat);
    }
    warnings.extend(run_away.into_iter().map(|i| Warning::RunAway { parameter: NAMES[i], value: values[i] }));
    let correlation = correlation(&rows);
    if let Some(correlation) = correlation.filter(|correlation| correlation.abs() >= CORRELATION_MAX) {
        warnings.push(Warning::SpendingGoesWithFrequency { correlation });
    }
    if values[1] <= 1.0 {
        warnings.push(Warning::NoMeanSpending { q: values[1] });
    }
    let parameters = super::parameters(NAMES, values, covariance.as_deref());
    let log_likelihood = (place.height - unit.ln()) * customers as f64;
    Ok(GammaGamma { parameters, log_likelihood, customers, left_out, correlation, warnings, values, covariance })
}

fn correlation(rows: &[(f64, f64, f64)]) -> Option<f64> {
    let weight: f64 = rows.iter().map(|row| row.2).sum();
    let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| rows.iter().map(|row| row.2 * of(row)).sum::<f64>() / weight;
    let (x, m) = (mean(&|row| row.0), mean(&|row| row.1));
    let (xx, mm) = (mean(&|row| (row.0 - x).powi(2)), mean(&|row| (row.1 - m).powi(2)));
    let xm = mean(&|row| (row.0 - x) * (row.1 - m));
    let found = xm / (xx.sqrt() * mm.sqrt());
    found.is_finite().then(|| found.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spender(repeats: u64, mean_value: f64, customers: u64) -> Spender {
        Spender { repeats, mean_value, customers }
    }

    #[test]
    fn slopes_are_those_of_the_likelihood() {
        let rows = [(1.0, 0.4, 2.0), (3.0, 1.2, 1.0), (7.0, 0.9, 4.0), (200.0, 2.0, 1.0)];
        for values in [[6.0f64, 3.7, 0.5], [0.3, 0.8, 4.0]] {
            let logs = values.map(f64::ln);
            let slope = likelihood(&rows, &logs).1;
            for i in 0..3 {
                let at = |by: f64| {
                    let mut logs = logs;
                    logs[i] += by;
                    likelihood(&rows, &logs).0
                };
                let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((slope[i] - expected).abs() < 1e-7 * (1.0 + expected.abs()), "{i}: {} is not {expected}", slope[i]);
            }
        }
    }

    #[test]
    fn who_spent_nothing_is_left_out_and_has_everybodys_mean() {
        let spenders = [spender(0, 0.0, 50), spender(2, -3.0, 4), spender(1, 20.0, 9), spender(3, 35.0, 7), spender(2, 28.0, 60)];
        let fitted = fit_spending(&spenders).unwrap();
        assert_eq!((fitted.customers, fitted.left_out), (76, 54));
        assert_eq!(
            (fitted.expected(0, 0.0), fitted.expected(3, -1.0), fitted.expected(2, f64::NAN)),
            (fitted.mean(), fitted.mean(), fitted.mean())
        );
        assert!(fitted.warnings.contains(&Warning::FewRepeaters { repeaters: 76 }));
        assert_eq!(fit_spending(&[spender(0, 0.0, 5)]), Err(LifetimeError::NobodyAgain));
        assert_eq!(fit_spending(&[spender(2, 5.0, 5)]), Err(LifetimeError::AllAlike));
        assert!(matches!(fit_spending(&[spender(2, f64::INFINITY, 5)]), Err(LifetimeError::Summary { place: 0, .. })));
    }

    #[test]
    fn without_a_mean_there_is_none() {
        let model = GammaGamma::new([2.0, 0.5, 10.0]).unwrap();
        assert_eq!((model.mean(), model.warnings.clone()), (None, vec![Warning::NoMeanSpending { q: 0.5 }]));
        assert!((model.expected(3, 12.0).unwrap() - 2.0 * 46.0 / 5.5).abs() < 1e-12);
        assert_eq!(GammaGamma::new([0.0, 2.0, 1.0]), Err(LifetimeError::Parameter { name: "p" }));
    }

    #[test]
    fn larger_purchases_of_frequent_buyers_are_warned_of() {
        let spenders: Vec<Spender> = (1..=40).map(|x| spender(x, 10.0 + x as f64 + (x * 7 % 5) as f64, 10)).collect();
        let fitted = fit_spending(&spenders).unwrap();
        assert!(fitted.warnings.iter().any(|w| matches!(w, Warning::SpendingGoesWithFrequency { correlation } if *correlation > 0.9)));
    }
}
