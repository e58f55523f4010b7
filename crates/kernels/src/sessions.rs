//! Where one visit ends and the next begins.

use std::ops::Range;

/// When a session ends, in the unit of the times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRules {
    /// A new session begins when more than this passes between two events (exactly this is still the same session).
    pub gap_max: i64,
    /// A new session begins when an event is this long, or longer, after the session's first.
    pub length_max: i64,
}

impl SessionRules {
    /// 30 minutes without an event, and 24 hours at most, for times in microseconds. Midnight does not cut.
    pub const MICROS: SessionRules = SessionRules { gap_max: 30 * 60 * 1_000_000, length_max: 24 * 3600 * 1_000_000 };
}

/// The sessions of one customer's run, as ranges of rows. Together they cover the run.
pub fn sessions(times: &[i64], rules: SessionRules) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = *times.get(start)?;
        let rest = times[start..].windows(2);
        let cut = |pair: &[i64]| pair[1].saturating_sub(pair[0]) > rules.gap_max || pair[1].saturating_sub(first) >= rules.length_max;
        let length = 1 + rest.take_while(|pair| !cut(pair)).count();
        let session = start..start + length;
        start = session.end;
        Some(session)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: SessionRules = SessionRules { gap_max: 30, length_max: 100 };

    fn cut(times: &[i64]) -> Vec<Range<usize>> {
        sessions(times, RULES).collect()
    }

    #[test]
    fn a_gap_of_exactly_the_limit_is_the_same_session() {
        assert_eq!(cut(&[0, 30, 61]), [0..2, 2..3]);
        assert_eq!(cut(&[5, 5, 5, 36]), [0..3, 3..4]);
        assert!(cut(&[]).is_empty());
        assert_eq!(cut(&[i64::MIN, i64::MAX]), [0..1, 1..2]);
    }

    #[test]
    fn a_session_that_never_rests_is_cut_at_its_greatest_length() {
        assert_eq!(cut(&[0, 25, 50, 75, 99, 100, 125]), [0..5, 5..7]);
    }
}
