//! A mixture of normal distributions: groups of different width, with how sure it is who belongs where.

use super::{Error, Table, kmeans, largest_first};
use crate::chance::Chance;

const ROUNDS_MAX: usize = 500;
/// When ln of the likelihood of a row grows by less than this on average, it is done.
const GAIN_MIN: f64 = 1e-7;
/// A variance is at least this share of that of all rows, or groups of equal rows would be infinitely likely.
const VARIANCE_MIN: f64 = 1e-4;

/// Groups of rows, each a normal distribution whose columns are independent.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// By row, the group that it most probably belongs to.
    pub groups: Vec<u32>,
    /// By row, how probable that is.
    pub certainty: Vec<f64>,
    /// By group, its share of all.
    pub shares: Vec<f64>,
    /// By group, the means of the columns.
    pub means: Vec<Vec<f64>>,
    /// By group, the variances of the columns.
    pub variances: Vec<Vec<f64>>,
    /// ln of how likely the rows are.
    pub log_likelihood: f64,
    /// −2 ln likelihood + parameters · ln rows (Schwarz 1978): the model with the least is to be preferred.
    pub bic: f64,
}

/// The most likely of `starts` mixtures of k normal distributions with diagonal covariance, by expectation and maximisation (Dempster, Laird and Rubin 1977)
/// from the groups of k-means. Columns in which all rows are equal are not looked at.
///
/// # Errors
/// What [`kmeans`](fn@kmeans) refuses, and more than 100 starts.
pub fn mixture(table: &Table, k: usize, starts: usize, seed: u64) -> Result<Mixture, Error> {
    if starts == 0 || starts > 100 {
        return Err(Error::Setting("the number of starts must be from 1 to 100"));
    }
    let mut dice = Chance::new(seed);
    let mut best: Option<Fit<'_>> = None;
    for _ in 0..starts {
        let start = kmeans(table, k, 1, dice.whole())?;
        let fit = Fit::of(table, k, &start.groups);
        if best.as_ref().is_none_or(|best| fit.log_likelihood > best.log_likelihood) {
            best = Some(fit);
        }
    }
    best.map(Fit::told).ok_or(Error::Empty)
}

/// Mixtures of 1 to `k_max` distributions: the one with the least BIC, and the BIC of each number.
///
/// # Errors
/// What [`mixture`](fn@mixture) refuses; numbers for which there are too few different rows are left out.
pub fn best_mixture(table: &Table, k_max: usize, starts: usize, seed: u64) -> Result<(Mixture, Vec<(usize, f64)>), Error> {
    let mut dice = Chance::new(seed);
    let mut tried = Vec::new();
    let mut best: Option<Mixture> = None;
    for k in 1..=k_max.min(table.different(k_max)) {
        let found = mixture(table, k, starts, dice.whole())?;
        tried.push((k, found.bic));
        if best.as_ref().is_none_or(|best| found.bic < best.bic) {
            best = Some(found);
        }
    }
    best.map(|best| (best, tried)).ok_or(Error::Setting("at least 1 group must be allowed"))
}

struct Fit<'a> {
    table: &'a Table,
    /// Columns that are looked at, and the least variance of each.
    columns: Vec<(usize, f64)>,
    k: usize,
    /// Row after row: how probably it belongs to each group.
    belongs: Vec<f64>,
    shares: Vec<f64>,
    means: Vec<Vec<f64>>,
    variances: Vec<Vec<f64>>,
    log_likelihood: f64,
}

impl<'a> Fit<'a> {
    fn of(table: &'a Table, k: usize, groups: &[u32]) -> Fit<'a> {
        let rows = table.rows();
        let columns = (0..table.columns())
            .filter_map(|column| {
                let values = || (0..rows).map(|row| table.row(row)[column]);
                let mean = values().sum::<f64>() / rows as f64;
                let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows as f64;
                (variance > 1e-24 * mean * mean && variance > 1e-200).then_some((column, variance * VARIANCE_MIN))
            })
            .collect();
        let mut belongs = vec![0.0; rows * k];
        groups.iter().enumerate().for_each(|(row, group)| belongs[row * k + *group as usize] = 1.0);
        let blank = vec![vec![0.0; table.columns()]; k];
        let mut fit = Fit {
            table,
            columns,
            k,
            belongs,
            shares: vec![0.0; k],
            means: blank.clone(),
            variances: blank,
            log_likelihood: f64::NEG_INFINITY,
        };
        for _ in 0..ROUNDS_MAX {
            fit.maximise();
            let before = fit.log_likelihood;
            fit.expect();
            if fit.log_likelihood - before < GAIN_MIN * rows as f64 {
                break;
            }
        }
        fit
    }

    /// Shares, means and variances from who belongs where.
    fn maximise(&mut self) {
        let (rows, k) = (self.table.rows(), self.k);
        let mut weights = vec![0.0; k];
        let mut sums = vec![vec![0.0; self.table.columns()]; k];
        for (row, belongs) in self.belongs.chunks(k).enumerate() {
            for ((own, weight), sums) in belongs.iter().zip(&mut weights).zip(&mut sums) {
                *weight += own;
                sums.iter_mut().zip(self.table.row(row)).for_each(|(sum, value)| *sum += own * value);
            }
        }
        // A group that has died out keeps where it was; nobody belongs to it.
        let alive: Vec<bool> = weights.iter().map(|weight| *weight > 1e-12).collect();
        for group in (0..k).filter(|group| alive[*group]) {
            self.means[group] = sums[group].iter().map(|sum| sum / weights[group]).collect();
            self.variances[group].fill(0.0);
        }
        for (row, belongs) in self.belongs.chunks(k).enumerate() {
            for group in (0..k).filter(|group| alive[*group]) {
                let offs = self.table.row(row).iter().zip(&self.means[group]).map(|(value, mean)| (value - mean) * (value - mean));
                self.variances[group].iter_mut().zip(offs).for_each(|(sum, off)| *sum += belongs[group] * off);
            }
        }
        for group in 0..k {
            self.shares[group] = weights[group] / rows as f64;
            if alive[group] {
                self.variances[group].iter_mut().for_each(|sum| *sum /= weights[group]);
            }
            for (column, least) in &self.columns {
                let variance = &mut self.variances[group][*column];
                *variance = variance.max(*least);
            }
        }
    }

    /// Who belongs where from shares, means and variances.
    fn expect(&mut self) {
        let k = self.k;
        // ln of share and of the density's factor, by group.
        let factors: Vec<f64> = (0..k)
            .map(|group| {
                let width: f64 = self.columns.iter().map(|(column, _)| (std::f64::consts::TAU * self.variances[group][*column]).ln()).sum();
                self.shares[group].max(1e-300).ln() - 0.5 * width
            })
            .collect();
        self.log_likelihood = 0.0;
        for row in 0..self.table.rows() {
            let values = self.table.row(row);
            let own = &mut self.belongs[row * k..][..k];
            for (group, cell) in own.iter_mut().enumerate() {
                let apart: f64 = self
                    .columns
                    .iter()
                    .map(|(column, _)| {
                        let off = values[*column] - self.means[group][*column];
                        off * off / self.variances[group][*column]
                    })
                    .sum();
                *cell = factors[group] - 0.5 * apart;
            }
            let most = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = own.iter().map(|cell| (cell - most).exp()).sum();
            own.iter_mut().for_each(|cell| *cell = (*cell - most).exp() / sum);
            self.log_likelihood += most + sum.ln();
        }
    }

    fn told(self) -> Mixture {
        let k = self.k;
        let (mut groups, certainty): (Vec<u32>, Vec<f64>) = self
            .belongs
            .chunks(k)
            .map(|own| {
                own.iter().enumerate().fold((0, f64::NEG_INFINITY), |best, (group, p)| if *p > best.1 { (group as u32, *p) } else { best })
            })
            .unzip();
        let new = largest_first(&mut groups, k, |_| 1);
        let mut order = vec![0; k];
        new.iter().enumerate().for_each(|(old, new)| order[*new] = old);
        let parameters = (2 * k * self.columns.len() + k - 1) as f64;
        Mixture {
            groups,
            certainty,
            shares: order.iter().map(|old| self.shares[*old]).collect(),
            means: order.iter().map(|old| self.means[*old].clone()).collect(),
            variances: order.iter().map(|old| self.variances[*old].clone()).collect(),
            log_likelihood: self.log_likelihood,
            bic: parameters * (self.table.rows() as f64).ln() - 2.0 * self.log_likelihood,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::adjusted_rand;

    /// Normal values by the polar method.
    fn normal(dice: &mut Chance) -> f64 {
        loop {
            let (x, y) = (2.0 * dice.share() - 1.0, 2.0 * dice.share() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                return x * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }

    #[test]
    fn planted_distributions_come_out() {
        let mut dice = Chance::new(7);
        // A narrow group beside a wide one: k-means cuts the wide one, a mixture does not.
        let truth: Vec<u32> = (0..900).map(|n| u32::from(n % 3 == 0)).collect();
        let rows: Vec<Vec<f64>> = truth
            .iter()
            .map(|kind| {
                let (x, wide) = if *kind == 1 { (6.0, 0.3) } else { (0.0, 2.0) };
                vec![x + wide * normal(&mut dice), wide * normal(&mut dice), 5.0]
            })
            .collect();
        let table = Table::new(&rows).unwrap();
        let (found, tried) = best_mixture(&table, 4, 5, 1).unwrap();
        assert_eq!((found.shares.len(), tried.len()), (2, 4), "{tried:?}");
        assert!(adjusted_rand(&found.groups, &truth).unwrap() > 0.97);
        let close = |found: f64, expected: f64, off: f64| assert!((found - expected).abs() < off, "{found} {expected}");
        close(found.shares[0], 2.0 / 3.0, 0.02);
        close(found.means[1][0], 6.0, 0.05);
        close(found.variances[1][1], 0.09, 0.02);
        close(found.variances[0][0], 4.0, 0.5);
        assert!(found.certainty.iter().all(|p| (0.5..=1.0).contains(p)));
    }

    /// One normal distribution has a closed form.
    #[test]
    fn the_likelihood_of_one_is_that_of_the_formula() {
        let rows: Vec<Vec<f64>> = [1.0, 2.0, 4.0, 9.0].iter().map(|x| vec![*x]).collect();
        let found = mixture(&Table::new(&rows).unwrap(), 1, 1, 1).unwrap();
        let variance = (9.0 + 4.0 + 0.0 + 25.0) / 4.0;
        let expected = -2.0 * ((std::f64::consts::TAU * variance).ln() + 1.0);
        assert!((found.log_likelihood - expected).abs() < 1e-9);
        assert!((found.bic - (2.0 * 4.0f64.ln() - 2.0 * expected)).abs() < 1e-9);
    }

    #[test]
    fn equal_rows_are_no_infinity() {
        let table = Table::new(&[vec![1.0, 3.0], vec![1.0, 3.0], vec![1.0, 3.0], vec![9.0, 3.0]]).unwrap();
        let found = mixture(&table, 2, 3, 1).unwrap();
        assert!(found.bic.is_finite() && found.groups == [0, 0, 0, 1]);
        let flat = mixture(&Table::new(&[vec![2.0], vec![2.0]]).unwrap(), 1, 1, 1).unwrap();
        assert_eq!((flat.log_likelihood, flat.groups), (0.0, vec![0, 0]));
        assert!(matches!(mixture(&table, 3, 1, 1), Err(Error::TooFew { .. })));
    }
}
