//! Models of designed journeys: PNML and BPMN.

use periplus_conform::align::{self, Cost, Move};
use periplus_conform::{Aligner, Log, net, replay};

/// A model is refused with a reason, or journeys can be held against it, within limits.
pub fn hold(bytes: &[u8]) {
    let net = match net::read(bytes) {
        Ok(net) => net,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let names: Vec<String> = ["look", "buy", "basket", "nothing such"].map(str::to_owned).to_vec();
    let journey = [0, 2, 3, 1, 0];
    // Parallel branches multiply: a model may be too large to be aligned with, and says so.
    if let Ok(aligner) = Aligner::new(&net, &names, &align::Settings { states_max: 300 }) {
        let (cost, moves) = aligner.align(&journey);
        let (least, most) = cost.range();
        assert!(least <= most && most <= aligner.shortest_run() + journey.len() as u32, "{cost:?}");
        if let Cost::Exact(cost) = cost {
            assert_eq!(moves.iter().filter(|step| !matches!(step, Move::Both(_))).count(), cost as usize);
        }
    }
    let Ok(log) = Log::new(names, [(journey.to_vec(), 3)]) else { return };
    if let Ok(found) = replay(&net, &log, &replay::Settings { states_max: 100 }) {
        let fitness = found.log().unwrap_or(0.0);
        assert!((0.0..=1.0).contains(&fitness), "{fitness}");
    }
}
