//! What is known of one member, and the blind sample of them that is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MEMBERS_MAX;
use crate::lens::NONE;
use crate::scan::Run;

/// What is known of a customer (or session, or household).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    /// How often each code came, in their order.
    pub(crate) counts: Vec<(u32, u32)>,
    /// The codes one after the other, repetitions as one; empty where journeys are not compared.
    pub(crate) steps: Vec<u32>,
    /// When the last of them was.
    pub(crate) last: i64,
    /// On how many days.
    pub(crate) days: u32,
    /// Their money, in millionths.
    pub(crate) amount: i64,
}

/// The place of a member in a blind order, so that the first ones are a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Lot {
    /// 53 bits, which every reader of JSON can hold.
    pub(crate) number: u64,
    key: i64,
    first: i64,
}

impl Lot {
    fn of(run: &Run<'_>) -> Lot {
        let first = run.times.first().copied().unwrap_or_default();
        // SplitMix64's finalizer, of both.
        let mix = |x: u64| {
            let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            x ^ (x >> 31)
        };
        Lot { number: mix(mix(run.key as u64).wrapping_add(first as u64)) >> 11, key: run.key, first }
    }
}

/// Members, or a blind sample of them: those with the lowest lots, whoever counted first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Members {
    kept: BTreeMap<Lot, Member>,
    /// How many there are in all.
    pub(crate) all: u64,
    bytes: u64,
}

const DAY: i64 = 86_400_000_000;

impl Members {
    /// Adds one, if it has a code; `steps_max` of its steps are kept.
    pub(crate) fn take(&mut self, run: &Run<'_>, amount: usize, steps_max: usize) {
        let mut member = Member::default();
        let mut codes: Vec<u32> = Vec::new();
        let mut day = None;
        for (row, code) in run.codes.iter().copied().enumerate() {
            let more = run.number(amount, row);
            if more.is_finite() {
                member.amount = member.amount.saturating_add((more * 1e6).round() as i64);
            }
            if code == NONE {
                continue;
            }
            codes.push(code);
            member.last = run.times[row];
            let own = run.times[row].div_euclid(DAY);
            member.days += u32::from(day.replace(own) != Some(own));
            if member.steps.len() < steps_max && member.steps.last() != Some(&code) {
                member.steps.push(code);
            }
        }
        if codes.is_empty() {
            return;
        }
        codes.sort_unstable();
        member.counts = codes.chunk_by(|a, b| a == b).map(|some| (some[0], some.len() as u32)).collect();
        self.all += 1;
        self.keep(Lot::of(run), member);
    }

    fn keep(&mut self, lot: Lot, member: Member) {
        let is_full = self.kept.len() >= MEMBERS_MAX;
        if is_full && self.kept.last_key_value().is_some_and(|(last, _)| lot > *last) {
            return;
        }
        self.bytes += 120 + 8 * member.counts.len() as u64 + 4 * member.steps.len() as u64;
        self.kept.insert(lot, member);
        if is_full {
            self.kept.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, other: Members) {
        self.all += other.all;
        other.kept.into_iter().for_each(|(lot, member)| self.keep(lot, member));
    }

    /// About how many bytes they take.
    pub(crate) fn weight(&self) -> u64 {
        // What was pushed out again takes none.
        self.bytes.min(self.kept.len() as u64 * (120 + 8 * 64 + 4 * super::STEPS_MAX as u64))
    }

    /// Where the sample ends: members with a lower lot are in it. None when all are kept.
    pub(crate) fn below(&self) -> Option<u64> {
        let is_sample = (self.kept.len() as u64) < self.all;
        self.kept.last_key_value().map(|(last, _)| last.number).filter(|_| is_sample)
    }

    /// Those of the sample that ends there, in the blind order.
    pub(crate) fn up_to(&self, below: Option<u64>) -> impl Iterator<Item = &Member> {
        self.kept.iter().take_while(move |(lot, _)| below.is_none_or(|below| lot.number < below)).map(|(_, member)| member)
    }
}
