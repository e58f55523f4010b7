use super::*;
use crate::{Log, align};

/// A process of elements (`t:a` is a task a) and flows (`s>a`).
fn process(nodes: &str, flows: &str) -> String {
    let mut text = String::from("<definitions><process id='p'>");
    for node in nodes.split_whitespace() {
        let (kind, id) = node.split_once(':').unwrap();
        let kind = match kind {
            "s" => "startEvent",
            "e" => "endEvent",
            "t" => "userTask",
            "x" => "exclusiveGateway",
            "p" => "parallelGateway",
            "o" => "inclusiveGateway",
            "c" => "complexGateway",
            other => other,
        };
        text.push_str(&format!("<{kind} id='{id}' name='{id}'/>"));
    }
    for (number, flow) in flows.split_whitespace().enumerate() {
        let (from, to) = flow.split_once('>').unwrap();
        text.push_str(&format!("<sequenceFlow id='f{number}' sourceRef='{from}' targetRef='{to}'/>"));
    }
    text + "</process></definitions>"
}

/// Whether the net has exactly these runs among all sequences of these letters up to a length.
fn assert_runs(text: &str, letters: &str, length: usize, runs: &[&str]) {
    let net = read_bpmn(text.as_bytes()).unwrap();
    let mut sequences = vec![String::new()];
    let mut from = 0;
    for _ in 0..length {
        let until = sequences.len();
        for at in from..until {
            for letter in letters.chars() {
                let next = format!("{}{letter}", sequences[at]);
                sequences.push(next);
            }
        }
        from = until;
    }
    let names = |text: &String| (text.chars().map(String::from).collect::<Vec<_>>(), 1);
    let log = Log::of_names(sequences.iter().map(names)).unwrap();
    let found = align(&net, &log, &align::Settings::default()).unwrap();
    let fit: Vec<&str> =
        found.variants.iter().zip(&sequences).filter(|(v, _)| v.cost.exact() == Some(0)).map(|(_, text)| text.as_str()).collect();
    assert_eq!(fit, runs);
}

#[test]
fn gateways_mean_what_they_should() {
    let exclusive = process("s:s t:a t:b x:x x:y e:e", "s>x x>a x>b a>y b>y y>e");
    assert_runs(&exclusive, "ab", 2, &["a", "b"]);
    let parallel = process("s:s t:a t:b p:x p:y e:e", "s>x x>a x>b a>y b>y y>e");
    assert_runs(&parallel, "ab", 3, &["ab", "ba"]);
    let inclusive = process("s:s t:a t:b t:c o:x o:y e:e", "s>x x>a x>b a>y b>y y>c c>e");
    assert_runs(&inclusive, "abc", 3, &["ac", "bc", "abc", "bac"]);
    let again = process("s:s t:a t:b x:x x:y e:e", "s>x x>a a>y y>b b>x y>e");
    assert_runs(&again, "ab", 5, &["a", "aba", "ababa"]);
}

#[test]
fn branches_of_inclusive_gateways_may_have_inner_life() {
    let nested = process("s:s t:a t:b x:g o:x o:y e:e", "s>x x>g g>a g>y a>y x>b b>y y>e");
    assert_runs(&nested, "ab", 3, &["", "a", "b", "ab", "ba"]);
}

#[test]
fn tasks_join_and_split_without_gateways() {
    let implicit = process("s:s x:x t:a t:b t:c e:e", "s>x x>a x>b a>c b>c c>e");
    assert_runs(&implicit, "abc", 2, &["ac", "bc"]);
    let split = process("s:s t:a t:b t:c p:y e:e", "s>a a>b a>c b>y c>y y>e");
    assert_runs(&split, "abc", 3, &["abc", "acb"]);
}

#[test]
fn subprocesses_and_loops_are_flattened() {
    let inner = "<startEvent id='s2'/><task id='b' name='b'/><endEvent id='e2'/>
        <sequenceFlow id='1' sourceRef='s2' targetRef='b'/><sequenceFlow id='2' sourceRef='b' targetRef='e2'/>";
    let outer = |marker: &str| {
        let text = process("s:s t:a e:e", "s>a a>u u>e");
        text.replace("<endEvent", &format!("<subProcess id='u'>{marker}{inner}</subProcess><endEvent"))
    };
    assert_runs(&outer(""), "ab", 3, &["ab"]);
    assert_runs(&outer("<standardLoopCharacteristics/>"), "ab", 3, &["ab", "abb"]);
    let parallel = read_bpmn(outer("<multiInstanceLoopCharacteristics/>").as_bytes());
    assert!(parallel.unwrap_err().to_string().contains("at once"));
    let repeated = process("s:s t:a e:e", "s>a a>e").replace("name='a'/>", "name='a'><standardLoopCharacteristics/></userTask>");
    assert_runs(&repeated, "a", 3, &["a", "aa", "aaa"]);
}

#[test]
fn what_has_another_meaning_is_refused_by_name() {
    let cases = [
        (process("s:s t:a c:c e:e", "s>c c>a a>e"), "complex"),
        (process("s:s t:a boundaryEvent:b e:e", "s>a a>e"), "boundary"),
        (process("s:s t:a t:b e:e", "s>a a>e b>e"), "'b'"),
        (process("s:s t:a e:e", "s>a a>x"), "'f1'"),
        (process("s:s t:a t:b o:x e:e", "s>x x>a x>b a>e b>e"), "no inclusive gateway joins"),
        (process("s:s t:a t:b x:x o:y e:e", "s>x x>a x>b a>y b>y y>e"), "no inclusive gateway split"),
        (process("t:a e:e", "a>a a>e"), "start event"),
        ("<definitions/>".to_owned(), "0 processes"),
        ("<pnml/>".to_owned(), "no BPMN"),
    ];
    for (text, told) in cases {
        let error = read_bpmn(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    // Branches that end apart: the net is read, and aligning says that nobody can complete it.
    let apart = process("s:s t:a t:b p:x e:e e:f", "s>x x>a x>b a>e b>f");
    let log = Log::of_names([(vec!["a"], 1)]).unwrap();
    let found = align(&read_bpmn(apart.as_bytes()).unwrap(), &log, &align::Settings::default());
    assert_eq!(found.unwrap_err(), Error::NoRun);
}
