//! Which phrases set some comments apart from the others.

/// How telling a phrase is of a group: `inside` of its `group` comments have it, and `outside` of `others`.
///
/// It is the logarithm of the odds ratio in standard errors, each count raised by a half (Haldane 1956, Anscombe 1956), times the root
/// of the share of the group that has it, so that a rare phrase does not stand for all.
pub fn apart(inside: usize, group: usize, outside: usize, others: usize) -> f64 {
    let half = |count: usize| count as f64 + 0.5;
    let (y, n) = (half(inside), half(group.saturating_sub(inside)));
    let (z, m) = (half(outside), half(others.saturating_sub(outside)));
    let deviation = (1.0 / y + 1.0 / n + 1.0 / z + 1.0 / m).sqrt();
    let share = inside as f64 / group.max(1) as f64;
    libm::log(y / n / (z / m)) / deviation * share.sqrt()
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn what_is_only_here_is_telling_and_what_is_everywhere_is_not() {
        assert!(apart(40, 50, 5, 500) > 5.0);
        assert!(apart(5, 50, 50, 500).abs() < 0.2);
        assert!(apart(1, 50, 200, 500) < -0.3);
        assert!(apart(40, 50, 5, 500) > apart(4, 5, 5, 500));
        assert!(apart(40, 50, 5, 500) > apart(5, 50, 0, 500));
    }

    #[test]
    fn extremes_are_numbers() {
        for (inside, group, outside, others) in [(0, 0, 0, 0), (5, 5, 0, 0), (0, 5, 5, 5), (5, 5, 5, 5)] {
            assert!(apart(inside, group, outside, others).is_finite());
        }
    }
}
