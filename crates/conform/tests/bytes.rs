//! What strangers send: any bytes are a model or are refused with a sentence, and what is a model can be searched.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use periplus_conform::net::read;
use periplus_conform::{Error, Log, align, replay};
use proptest::prelude::*;

const PNML: &str = "<?xml version='1.0' encoding='UTF-8'?><pnml><net id='n'><name><text>x</text></name><page id='g'>
<place id='p'><initialMarking><text>1</text></initialMarking></place><place id='q'/><place id='r'/>
<transition id='t'><name><text>buy &amp; pay</text></name></transition><transition id='u'/>
<arc id='1' source='p' target='t'/><arc id='2' source='t' target='q'><inscription><text>2</text></inscription></arc>
<arc id='3' source='q' target='u'/><arc id='4' source='u' target='r'/></page>
<finalmarkings><marking><place idref='r'><text>2</text></place></marking></finalmarkings></net></pnml>";

const BPMN: &str = "<bpmn:definitions xmlns:bpmn='http://www.omg.org/spec/BPMN/20100524/MODEL'><bpmn:process id='p'>
<bpmn:startEvent id='s'/><bpmn:inclusiveGateway id='x'/><bpmn:task id='a' name='call'/><bpmn:subProcess id='b'>
<bpmn:startEvent id='s2'/><bpmn:userTask id='c' name='visit'><bpmn:standardLoopCharacteristics/></bpmn:userTask><bpmn:endEvent id='e2'/>
<bpmn:sequenceFlow id='1' sourceRef='s2' targetRef='c'/><bpmn:sequenceFlow id='2' sourceRef='c' targetRef='e2'/></bpmn:subProcess>
<bpmn:inclusiveGateway id='y'/><bpmn:endEvent id='e'/>
<bpmn:sequenceFlow id='3' sourceRef='s' targetRef='x'/><bpmn:sequenceFlow id='4' sourceRef='x' targetRef='a'/>
<bpmn:sequenceFlow id='5' sourceRef='x' targetRef='b'/><bpmn:sequenceFlow id='6' sourceRef='a' targetRef='y'/>
<bpmn:sequenceFlow id='7' sourceRef='b' targetRef='y'/><bpmn:sequenceFlow id='8' sourceRef='y' targetRef='e'/></bpmn:process></bpmn:definitions>";

fn hold(bytes: &[u8]) {
    let net = match read(bytes) {
        Ok(net) => net,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let log = Log::of_names([(vec!["buy & pay", "call", "visit", "visit"], 2), (vec![], 1)]).unwrap();
    let replayed = replay(&net, &log, &Default::default()).unwrap();
    assert!((0.0..=1.0).contains(&replayed.log().unwrap()) && (0.0..=1.0).contains(&replayed.average().unwrap()));
    match align(&net, &log, &align::Settings { states_max: 2_000 }) {
        Ok(found) => {
            let fitness = found.fitness().unwrap();
            assert!(0.0 <= fitness.log.low && fitness.log.low <= fitness.log.high && fitness.log.high <= 1.0);
        }
        Err(error) => assert!(matches!(error, Error::NoRun | Error::RunNotFound { .. }), "{error}"),
    }
}

#[test]
fn the_seeds_are_models() {
    for seed in [PNML, BPMN] {
        read(seed.as_bytes()).unwrap();
        hold(seed.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn mutations_are_models_or_refused(bpmn: bool, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..5), 1..6)) {
        let seed = if bpmn { BPMN } else { PNML };
        let mut bytes = seed.as_bytes().to_vec();
        for (at, other, how) in changes {
            let (at, other) = (at.index(bytes.len().max(1)), other.index(seed.len()));
            match how {
                // A piece of the seed: put in, put over, or put in place of a word; a byte; the rest away.
                0 => drop(bytes.splice(at..at, seed.as_bytes()[other..].iter().copied().take(40))),
                1 => bytes.splice(at..(at + 20).min(bytes.len()), seed.as_bytes()[other..].iter().copied().take(20)).for_each(drop),
                2 => bytes[at] = seed.as_bytes()[other],
                3 => bytes[at] = (other % 256) as u8,
                _ => drop(bytes.drain(at..(at + other % 60).min(bytes.len()))),
            }
            if bytes.is_empty() {
                break;
            }
        }
        hold(&bytes);
    }

    #[test]
    fn any_bytes_are_refused_with_a_sentence(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        hold(&bytes);
    }
}
