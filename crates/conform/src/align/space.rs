//! The markings of a net that a search comes by, each kept once, with what can happen there.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::Net;

/// At most so many bytes of markings are kept.
const BYTES_MAX: usize = 256 << 20;

/// What happens in a net, by numbers.
#[derive(Clone)]
pub struct Move {
    /// The activity; `None` is silent.
    pub activity: Option<u32>,
    pub takes: Vec<(u32, u32)>,
    pub gives: Vec<(u32, u32)>,
}

/// A net as the search needs it, with the markings that were found.
#[derive(Clone)]
pub struct Space {
    pub moves: Vec<Move>,
    pub places: usize,
    pub end: Vec<u8>,
    /// Tokens of marking n: the n-th run of `places` bytes.
    markings: Vec<u8>,
    numbers: HashMap<Box<[u8]>, u32, FixedState>,
    /// Where in `steps` what can happen at a marking begins and ends; `None` until somebody asks.
    known: Vec<Option<(u32, u32)>>,
    steps: Vec<(u32, u32)>,
    /// Whether a marking was left out because of a limit.
    pub cut: bool,
}

impl Space {
    /// The space of a net, with its first marking as number 0. `numbers` says which activity a name is.
    pub fn new(net: &Net, numbers: &HashMap<&str, u32>) -> Space {
        let places = net.places().len();
        let dense = |tokens: &[(u32, u32)]| {
            let mut bytes = vec![0u8; places];
            // A net has at most 100 tokens in a place at the start and at the end.
            tokens.iter().for_each(|(place, count)| bytes[*place as usize] = *count as u8);
            bytes
        };
        let moves = net
            .transitions()
            .iter()
            .map(|t| Move {
                activity: t.name.as_deref().and_then(|name| numbers.get(name).copied()),
                takes: t.takes.clone(),
                gives: t.gives.clone(),
            })
            .collect();
        let mut space = Space {
            moves,
            places,
            end: dense(net.end()),
            markings: Vec::new(),
            numbers: HashMap::default(),
            known: Vec::new(),
            steps: Vec::new(),
            cut: false,
        };
        let start = dense(net.start());
        space.number(&start);
        space
    }

    /// The tokens of a marking.
    pub fn tokens(&self, marking: u32) -> &[u8] {
        &self.markings[marking as usize * self.places..][..self.places]
    }

    /// What can happen at a marking, as (move, marking after it).
    pub fn steps(&mut self, marking: u32) -> std::ops::Range<usize> {
        if let Some((from, to)) = self.known[marking as usize] {
            return from as usize..to as usize;
        }
        let from = self.steps.len();
        let before = self.tokens(marking).to_vec();
        let mut after = before.clone();
        for number in 0..self.moves.len() {
            let step = &self.moves[number];
            if step.takes.iter().any(|(place, count)| u32::from(before[*place as usize]) < *count) {
                continue;
            }
            after.copy_from_slice(&before);
            step.takes.iter().for_each(|(place, count)| after[*place as usize] -= *count as u8);
            let fits = step.gives.iter().all(|(place, count)| {
                let sum = u32::from(after[*place as usize]) + count;
                after[*place as usize] = sum.min(255) as u8;
                sum <= 255
            });
            // What changes nothing and is not seen leads nowhere.
            if step.activity.is_none() && after == before {
                continue;
            }
            match fits.then(|| self.number(&after)).flatten() {
                Some(next) => self.steps.push((number as u32, next)),
                None => self.cut = true,
            }
        }
        self.known[marking as usize] = Some((from as u32, self.steps.len() as u32));
        from..self.steps.len()
    }

    /// One of the steps that [`Space::steps`] named.
    pub fn step(&self, at: usize) -> (u32, u32) {
        self.steps[at]
    }

    /// The number of a marking; a new one if there is room.
    fn number(&mut self, tokens: &[u8]) -> Option<u32> {
        if let Some(number) = self.numbers.get(tokens) {
            return Some(*number);
        }
        // Every marking is there twice, and its steps beside it.
        if self.markings.len() * 2 + self.steps.len() * 8 + self.known.len() * 40 > BYTES_MAX {
            return None;
        }
        let number = self.known.len() as u32;
        self.markings.extend_from_slice(tokens);
        self.numbers.insert(tokens.into(), number);
        self.known.push(None);
        Some(number)
    }
}
