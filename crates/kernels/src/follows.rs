//! Which event came directly after which.

/// The pairs of codes that directly follow each other in one customer's run (or one session, or one case), each with the
/// time between: one fewer than there are rows.
pub fn follows<'a>(times: &'a [i64], codes: &'a [u32]) -> impl Iterator<Item = (u32, u32, i64)> + 'a {
    let waits = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    codes.windows(2).zip(waits).map(|(pair, wait)| (pair[0], pair[1], wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_one_fewer_than_rows() {
        assert_eq!(follows(&[1, 4, 4], &[7, 8, 7]).collect::<Vec<_>>(), [(7, 8, 3), (8, 7, 0)]);
        assert_eq!(follows(&[1], &[7]).count(), 0);
        assert_eq!(follows(&[], &[]).count(), 0);
        assert_eq!(follows(&[i64::MIN, i64::MAX], &[1, 1]).next(), Some((1, 1, i64::MAX)));
    }
}
