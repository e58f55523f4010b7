//! New, returning, resurrecting, dormant: how customers come and go from one bucket (day, week, month) to the next.
//!
//! The rules are PostHog's (`lifecycle_query_runner.py`). Buckets have consecutive numbers, so that a month follows a month
//! whatever their lengths. Whether a customer's first bucket is the first with *this* event or the first of all is for the
//! caller to say: the two questions are different, and both are asked.

/// What a customer was in a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Active in the bucket in which the customer was first seen.
    New,
    /// Active, as in the bucket before.
    Returning,
    /// Active, but not in the bucket before.
    Resurrecting,
    /// Not active, but active in the bucket before. Only that one bucket is told; it may lie after the time that is looked at.
    Dormant,
}

/// The phases of one customer, in the order of buckets, from the ascending numbers of the buckets of the customer's events
/// (repeated as they come) and the bucket in which the customer was first seen.
pub fn lifecycle(active: &[i64], first_seen: i64) -> impl Iterator<Item = (i64, Phase)> + '_ {
    active
        .chunk_by(|a, b| a == b)
        .scan(None, move |before: &mut Option<i64>, same| {
            let bucket = same[0];
            let phase = match *before {
                _ if bucket == first_seen => Phase::New,
                Some(before) if before.checked_add(1) == Some(bucket) => Phase::Returning,
                _ => Phase::Resurrecting,
            };
            // A pause begins in the bucket after the one before, if that was not this one.
            let pause = before.and_then(|before| before.checked_add(1)).filter(|next| *next < bucket);
            *before = Some(bucket);
            Some([pause.map(|bucket| (bucket, Phase::Dormant)), Some((bucket, phase))])
        })
        .chain([[active.last().and_then(|last| last.checked_add(1)).map(|bucket| (bucket, Phase::Dormant)), None]])
        .flatten()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Phase::*;

    #[test]
    fn customers_come_and_go() {
        let told: Vec<_> = lifecycle(&[3, 3, 4, 7, 9, 9], 3).collect();
        assert_eq!(told, [(3, New), (4, Returning), (5, Dormant), (7, Resurrecting), (8, Dormant), (9, Resurrecting), (10, Dormant)]);
        assert_eq!(lifecycle(&[5], 2).collect::<Vec<_>>(), [(5, Resurrecting), (6, Dormant)]);
        assert_eq!(lifecycle(&[], 2).count(), 0);
        assert_eq!(lifecycle(&[i64::MIN, i64::MAX], 0).count(), 3);
    }
}
