//! What sets a group apart from all others together.

use periplus_model::answer::Estimate;

use super::{Error, Table};
use crate::distribution::{student_quantile, student_two_sided};
use crate::many::holm;
use crate::proportion::{newcombe, two_proportions};

/// How a figure of a group differs from that of the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// Which group.
    pub group: u32,
    /// Which column.
    pub column: usize,
    /// The mean of the group.
    pub mean: f64,
    /// The mean of the others.
    pub others: f64,
    /// The difference of both in standard deviations (of the group and of the others, pooled by their rows; Cohen 1988), with the 95 % interval
    /// that Welch's interval of the difference has in this unit; `n` counts all rows. 0.2 is small, 0.8 large.
    pub difference: Estimate,
    /// How probable a difference at least as large would be by chance (Welch 1947), corrected for all groups and columns (Holm 1979). Groups that
    /// were made from these very columns differ by construction: there, read the difference and not this.
    pub p: f64,
}

/// How much more frequent a category is in a group than in the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Category {
    /// Which group.
    pub group: u32,
    /// Which category.
    pub category: u32,
    /// The share of the group.
    pub share: f64,
    /// The share of the others.
    pub others: f64,
    /// The difference of both, with Newcombe's 95 % interval; `n` counts all rows.
    pub difference: Estimate,
    /// How probable a difference at least as large would be by chance, corrected for all groups and categories (Holm 1979).
    pub p: f64,
}

/// Every group and column, those that differ most first. A group or rest of one row has no spread and is left out, as is a column in which
/// there is none.
///
/// # Errors
/// Groups that are not one for each row.
pub fn features(table: &Table, groups: &[u32]) -> Result<Vec<Feature>, Error> {
    if groups.len() != table.rows() {
        return Err(Error::Setting("every row needs a group"));
    }
    let k = groups.iter().max().map_or(0, |most| *most as usize + 1);
    if k > super::kmeans::K_MAX {
        return Err(Error::TooMany { what: "groups", found: k, most: super::kmeans::K_MAX });
    }
    let mut found = Vec::new();
    for column in 0..table.columns() {
        let mut sums = vec![(0.0, 0.0); k];
        (0..table.rows()).for_each(|row| {
            let sum = &mut sums[groups[row] as usize];
            *sum = (sum.0 + 1.0, sum.1 + table.row(row)[column]);
        });
        let all = sums.iter().fold((0.0, 0.0), |all, own| (all.0 + own.0, all.1 + own.1));
        for (group, (n, sum)) in sums.iter().enumerate() {
            let rest = all.0 - n;
            if *n < 2.0 || rest < 2.0 {
                continue;
            }
            let (mean, others) = (sum / n, (all.1 - sum) / rest);
            let (mut within, mut without) = (0.0, 0.0);
            for (row, own) in groups.iter().enumerate() {
                let value = table.row(row)[column];
                if *own as usize == group {
                    within += (value - mean) * (value - mean)
                } else {
                    without += (value - others) * (value - others)
                }
            }
            let deviation = ((within + without) / (n + rest - 2.0)).sqrt();
            let (own, theirs) = (within / (n - 1.0) / n, without / (rest - 1.0) / rest);
            let error = (own + theirs).sqrt();
            if !(deviation > 1e-12 * (mean.abs() + others.abs()) && error > 0.0) {
                continue;
            }
            let df = (own + theirs) * (own + theirs) / (own * own / (n - 1.0) + theirs * theirs / (rest - 1.0));
            let half = student_quantile(0.05, df) * error / deviation;
            let value = (mean - others) / deviation;
            let p = student_two_sided((mean - others) / error, df);
            if !(value.is_finite() && half.is_finite() && p.is_finite()) {
                continue;
            }
            let difference = Estimate { value, low: value - half, high: value + half, n: all.0 as u64 };
            found.push(Feature { group: group as u32, column, mean, others, difference, p });
        }
    }
    let p = holm(&found.iter().map(|feature| feature.p).collect::<Vec<_>>());
    found.iter_mut().zip(p).for_each(|(feature, p)| feature.p = p);
    found.sort_by(|a, b| b.difference.value.abs().total_cmp(&a.difference.value.abs()).then((a.group, a.column).cmp(&(b.group, b.column))));
    Ok(found)
}

/// Every group and category, those that differ most first. Rows without a category are left out.
///
/// # Errors
/// Groups or categories that are not one for each row, or more than 1,000 of them.
pub fn categories(groups: &[u32], of: &[Option<u32>]) -> Result<Vec<Category>, Error> {
    if groups.len() != of.len() {
        return Err(Error::Setting("every row needs a group and, if only as none, a category"));
    }
    let most = |numbers: &mut dyn Iterator<Item = u32>| numbers.max().map_or(0, |most| most as usize + 1);
    let (k, kinds) = (most(&mut groups.iter().copied()), most(&mut of.iter().flatten().copied()));
    if k.max(kinds) > 1_000 {
        return Err(Error::TooMany { what: "groups or categories", found: k.max(kinds), most: 1_000 });
    }
    let mut counts = vec![0u64; k * kinds];
    groups.iter().zip(of).for_each(|(group, kind)| {
        if let Some(kind) = kind {
            counts[*group as usize * kinds + *kind as usize] += 1;
        }
    });
    let sizes: Vec<u64> = (0..k).map(|group| counts[group * kinds..][..kinds].iter().sum()).collect();
    let all: u64 = sizes.iter().sum();
    let mut found = Vec::new();
    for category in 0..kinds {
        let holders: u64 = (0..k).map(|group| counts[group * kinds + category]).sum();
        for group in 0..k {
            let (own, rest) =
                ((counts[group * kinds + category], sizes[group]), (holders - counts[group * kinds + category], all - sizes[group]));
            let (Some(difference), Some(test)) = (newcombe(own, rest), two_proportions(own, rest)) else { continue };
            if holders == 0 {
                continue;
            }
            let share = |(k, n): (u64, u64)| k as f64 / n as f64;
            found.push(Category {
                group: group as u32,
                category: category as u32,
                share: share(own),
                others: share(rest),
                difference,
                p: test.p,
            });
        }
    }
    let p = holm(&found.iter().map(|category| category.p).collect::<Vec<_>>());
    found.iter_mut().zip(p).for_each(|(category, p)| category.p = p);
    found.sort_by(|a, b| {
        b.difference.value.abs().total_cmp(&a.difference.value.abs()).then((a.group, a.category).cmp(&(b.group, b.category)))
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn what_was_planted_comes_first() {
        let mut dice = Chance::new(1);
        let groups: Vec<u32> = (0..300).map(|n| n % 3).collect();
        let rows: Vec<Vec<f64>> =
            groups.iter().map(|group| vec![dice.share(), dice.share() + if *group == 1 { 0.5 } else { 0.0 }, 4.0]).collect();
        let found = features(&Table::new(&rows).unwrap(), &groups).unwrap();
        assert_eq!((found.len(), found[0].group, found[0].column), (6, 1, 1));
        assert!(found[0].p < 1e-10 && found[0].difference.low > 1.0 && found[0].mean > found[0].others);
        assert!(found.iter().filter(|one| one.column == 0).all(|one| one.p > 1e-3));
    }

    /// Two groups of 3 and 4 rows, by hand: means 2 and 5, variances 1 and 10/3; pooled √((2 + 10) / 5); Welch's error √(1/3 + 10/12).
    #[test]
    fn differences_are_those_of_the_formula() {
        let rows: Vec<Vec<f64>> = [1.0, 2.0, 3.0, 3.0, 4.0, 6.0, 7.0].iter().map(|x| vec![*x]).collect();
        let found = features(&Table::new(&rows).unwrap(), &[0, 0, 0, 1, 1, 1, 1]).unwrap();
        let (deviation, error) = ((12.0f64 / 5.0).sqrt(), (1.0f64 / 3.0 + 10.0 / 12.0).sqrt());
        assert!((found[0].difference.value - -3.0 / deviation).abs() < 1e-12);
        let df = (7.0f64 / 6.0).powi(2) / ((1.0f64 / 3.0).powi(2) / 2.0 + (10.0f64 / 12.0).powi(2) / 3.0);
        assert!((found[0].difference.high - (-3.0 + student_quantile(0.05, df) * error) / deviation).abs() < 1e-12);
        // Both groups tell the same, so Holm doubles the one and not the other of two tests; equal ones are both doubled.
        assert!((found[0].p - 2.0 * student_two_sided(3.0 / error, df)).abs() < 1e-12 && found[1].p == found[0].p);
    }

    #[test]
    fn categories_are_shares_against_the_rest() {
        let groups: Vec<u32> = (0..200).map(|n| n % 2).collect();
        let of: Vec<Option<u32>> = (0..200).map(|n| if n % 10 == 9 { None } else { Some(u32::from(n % 2 == 0 && n % 3 == 0)) }).collect();
        let found = categories(&groups, &of).unwrap();
        let one = found.iter().find(|one| (one.group, one.category) == (0, 1)).unwrap();
        assert!((one.share - 34.0 / 100.0).abs() < 1e-12 && one.others == 0.0 && one.p < 1e-6 && one.difference.n == 180);
        assert!(categories(&[0], &[]).is_err() && categories(&[], &[]).unwrap().is_empty());
        assert!(features(&Table::new(&[vec![1.0]]).unwrap(), &[0]).unwrap().is_empty());
    }
}
