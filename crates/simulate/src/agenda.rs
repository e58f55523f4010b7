//! What lies ahead of one person, in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::place::Touchpoint;
use crate::web::Source;

/// Something that will happen to a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// A visit to the web shop or app, after which the next one is planned.
    Online(Source),
    /// A visit from a newsletter, which plans nothing.
    FromMail(usize),
    /// A visit to a store.
    Store,
    /// A newsletter arrives.
    Newsletter(usize),
    /// A parcel leaves; the number is the order's position.
    Shipped(usize),
    /// A parcel arrives.
    Delivered(usize),
    /// Goods go back.
    Return(usize),
    /// A call or chat, about an order or about nothing in particular.
    Contact(Option<usize>),
    /// A survey is answered.
    Answer(Opinion),
    /// A product is reviewed.
    Review(usize),
    /// The brand is recommended.
    Refer,
}

/// What somebody thinks about a touchpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Opinion {
    /// About what; `None` asks for the recommendation in general (NPS).
    pub(crate) about: Option<Touchpoint>,
    /// From -1 (bad) to 1 (good).
    pub(crate) feeling: f64,
    /// The order it belongs to.
    pub(crate) order: Option<usize>,
}

/// Moments ahead, earliest first; of two at the same time the one planned first.
#[derive(Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(i64, usize)>>,
    moments: Vec<Moment>,
}

impl Agenda {
    pub(crate) fn plan(&mut self, at: i64, moment: Moment) {
        self.heap.push(Reverse((at, self.moments.len())));
        self.moments.push(moment);
    }

    pub(crate) fn next(&mut self) -> Option<(i64, Moment)> {
        self.heap.pop().map(|Reverse((at, position))| (at, self.moments[position]))
    }
}
