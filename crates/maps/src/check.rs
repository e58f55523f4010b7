//! What a map that can be read may still get wrong: one list of checks.

use std::collections::HashMap;

use periplus_model::{Condition, Span};

use crate::journey_map::{FORMAT_VERSION, JourneyMap, Kpi, KpiKind, Target};
use crate::problem::{Severity, suggest};

/// A problem and the path of the value that has it.
pub struct Found {
    pub severity: Severity,
    pub path: String,
    pub message: String,
    pub help: String,
}

fn error(path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Found {
    Found { severity: Severity::Error, path: path.into(), message: message.into(), help: help.into() }
}

fn warning(path: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Found {
    Found { severity: Severity::Warning, ..error(path, message, help) }
}

/// Looks at one thing in the whole map.
pub type Check = fn(&JourneyMap) -> Vec<Found>;

/// Every check.
pub static CHECKS: &[Check] = &[
    version_is_known,
    ids_are_short_words,
    ids_are_unique,
    names_are_there,
    period_has_length,
    spans_are_positive,
    lanes_are_drawn_once,
    stages_exist,
    believed_is_an_emotion,
    conditions_are_about_events,
    conditions_are_about_customers,
    touchpoints_do_not_hang_on_the_map,
    references_are_known,
    touchpoints_can_be_reached,
    stages_have_touchpoints,
    kpis_can_be_measured,
    targets_can_be_reached,
    scores_have_a_scale,
    believed_curve_is_whole,
];

fn version_is_known(map: &JourneyMap) -> Vec<Found> {
    let wrong = map.version != FORMAT_VERSION;
    let message = || format!("version {} of the file format is not known", map.version);
    wrong.then(|| error("version", message(), format!("this program reads version {FORMAT_VERSION}"))).into_iter().collect()
}

/// The names that must be unique among each other, group by group, with their paths. The first three groups are ids.
fn groups(map: &JourneyMap) -> Vec<Vec<(String, &str)>> {
    let mut groups = vec![
        map.personas.iter().enumerate().map(|(i, persona)| (format!("personas[{i}].id"), persona.id.as_str())).collect(),
        map.stages.iter().enumerate().map(|(i, stage)| (format!("stages[{i}].id"), stage.id.as_str())).collect(),
        map.touchpoints.iter().enumerate().map(|(i, touchpoint)| (format!("touchpoints[{i}].id"), touchpoint.id.as_str())).collect(),
        map.scores.iter().enumerate().map(|(i, score)| (format!("scores[{i}].name"), score.name.as_str())).collect(),
    ];
    for (i, stage) in map.stages.iter().enumerate() {
        groups.push(stage.kpis.iter().enumerate().map(|(k, kpi)| (format!("stages[{i}].kpis[{k}].name"), kpi.name.as_str())).collect());
    }
    groups
}

fn ids_are_short_words(map: &JourneyMap) -> Vec<Found> {
    let fine = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let all = std::iter::once(("id".to_owned(), map.id.as_str())).chain(groups(map).into_iter().take(3).flatten());
    let wrong = all.filter(|(_, id)| !fine(id));
    wrong.map(|(path, id)| error(path, format!("'{id}' is not an id"), "use lower-case letters, digits, '-' and '_', 64 at most")).collect()
}

fn ids_are_unique(map: &JourneyMap) -> Vec<Found> {
    let mut found = Vec::new();
    for group in groups(map) {
        let mut first: HashMap<&str, &str> = HashMap::new();
        for (path, name) in &group {
            match first.get(name) {
                Some(before) => found.push(error(path, format!("'{name}' is taken by {before}"), "give each its own")),
                None => drop(first.insert(name, path)),
            }
        }
    }
    found
}

fn names_are_there(map: &JourneyMap) -> Vec<Found> {
    let mut names = vec![("title".to_owned(), map.title.as_str())];
    names.extend(map.personas.iter().enumerate().map(|(i, persona)| (format!("personas[{i}].name"), persona.name.as_str())));
    names.extend(map.touchpoints.iter().enumerate().map(|(i, touchpoint)| (format!("touchpoints[{i}].name"), touchpoint.name.as_str())));
    names.extend(map.scores.iter().enumerate().map(|(i, score)| (format!("scores[{i}].name"), score.name.as_str())));
    for (i, stage) in map.stages.iter().enumerate() {
        names.push((format!("stages[{i}].name"), stage.name.as_str()));
        names.extend(stage.kpis.iter().enumerate().map(|(k, kpi)| (format!("stages[{i}].kpis[{k}].name"), kpi.name.as_str())));
    }
    names
        .into_iter()
        .filter(|(_, name)| name.trim().is_empty())
        .map(|(path, _)| error(path, "the name is empty", "write what people call it"))
        .collect()
}

fn period_has_length(map: &JourneyMap) -> Vec<Found> {
    let empty = map.period.as_ref().is_some_and(|period| matches!((period.from, period.to), (Some(from), Some(to)) if from >= to));
    empty
        .then(|| error("period.to", "the period ends before it begins", "'to' must be later than 'from'; it is not part of the period"))
        .into_iter()
        .collect()
}

fn spans_are_positive(map: &JourneyMap) -> Vec<Found> {
    let mut spans: Vec<(String, Option<Span>)> = vec![
        ("window".into(), map.window),
        ("journey.inactivity".into(), map.journey.as_ref().and_then(|rule| rule.inactivity)),
        ("review.every".into(), map.review.as_ref().and_then(|review| review.every)),
    ];
    spans.extend(map.stages.iter().enumerate().map(|(i, stage)| (format!("stages[{i}].time_limit"), stage.time_limit)));
    let wrong = spans.into_iter().filter(|(_, span)| span.is_some_and(|span| span.0 <= 0));
    wrong.map(|(path, _)| error(path, "this length of time is zero", "leave it out for 'no limit'")).collect()
}

fn lanes_are_drawn_once(map: &JourneyMap) -> Vec<Found> {
    let twice = map.lanes.iter().enumerate().filter(|(i, lane)| map.lanes[..*i].contains(lane));
    let mut found: Vec<Found> =
        twice.map(|(i, _)| error(format!("lanes[{i}]"), "this lane is listed twice", "keep one of the two")).collect();
    if map.lanes.is_empty() {
        found.push(error("lanes", "there are no lanes to draw", "leave 'lanes' out for all of them"));
    }
    found
}

fn stages_exist(map: &JourneyMap) -> Vec<Found> {
    let none = map.stages.is_empty();
    none.then(|| {
        error(
            "stages",
            "there are no stages",
            "a journey has at least one; begin with awareness, consideration, purchase, retention, advocacy",
        )
    })
    .into_iter()
    .collect()
}

fn believed_is_an_emotion(map: &JourneyMap) -> Vec<Found> {
    let outside =
        map.stages.iter().enumerate().filter_map(|(i, stage)| Some((i, stage.believed?))).filter(|(_, x)| !(-1.0..=1.0).contains(x));
    outside
        .map(|(i, x)| error(format!("stages[{i}].believed"), format!("{x} is not between −1 and 1"), "−1 is awful, 0 neutral, 1 wonderful"))
        .collect()
}

/// The conditions that must speak about events, with their paths.
fn event_conditions(map: &JourneyMap) -> Vec<(String, &Condition)> {
    let mut all: Vec<(String, Option<&Condition>)> = Vec::new();
    if let Some(rule) = &map.journey {
        all.push(("journey.start".into(), rule.start.as_ref()));
        all.push(("journey.end".into(), rule.end.as_ref()));
    }
    for (i, stage) in map.stages.iter().enumerate() {
        all.push((format!("stages[{i}].entry"), stage.entry.as_ref()));
        all.push((format!("stages[{i}].exit"), stage.exit.as_ref()));
        for (k, kpi) in stage.kpis.iter().enumerate() {
            let path = |kind: &str| format!("stages[{i}].kpis[{k}].kind.{kind}.when");
            match &kpi.kind {
                KpiKind::Mean { when, .. } => all.push((path("mean"), when.as_ref())),
                KpiKind::Sum { when, .. } => all.push((path("sum"), when.as_ref())),
                KpiKind::Count { when } => all.push((path("count"), Some(when))),
                _ => {}
            }
        }
    }
    all.extend(map.touchpoints.iter().enumerate().map(|(i, touchpoint)| (format!("touchpoints[{i}].when"), Some(&touchpoint.when))));
    all.extend(map.scores.iter().enumerate().map(|(i, score)| (format!("scores[{i}].when"), Some(&score.when))));
    all.into_iter().filter_map(|(path, condition)| Some((path, condition?))).collect()
}

/// The conditions that must speak about customers, with their paths.
fn customer_conditions(map: &JourneyMap) -> Vec<(String, &Condition)> {
    let mut all: Vec<(String, &Condition)> =
        map.personas.iter().enumerate().map(|(i, persona)| (format!("personas[{i}].segment"), &persona.segment)).collect();
    for (i, stage) in map.stages.iter().enumerate() {
        for (k, kpi) in stage.kpis.iter().enumerate() {
            if let KpiKind::Share { segment } = &kpi.kind {
                all.push((format!("stages[{i}].kpis[{k}].kind.share.segment"), segment));
            }
        }
    }
    all
}

fn conditions_are_about_events(map: &JourneyMap) -> Vec<Found> {
    let wrong = event_conditions(map).into_iter().filter(|(_, condition)| !condition.about_events());
    let help = "use event, channel, property, touchpoint or stage; traits and 'did' belong into a persona's segment";
    wrong.map(|(path, _)| error(path, "this condition is about customers, but events are matched here", help)).collect()
}

fn conditions_are_about_customers(map: &JourneyMap) -> Vec<Found> {
    let wrong = customer_conditions(map).into_iter().filter(|(_, condition)| !condition.about_customers());
    let help = "use trait, did, sequence or member; write {did: purchase} for 'had the event purchase'";
    wrong.map(|(path, _)| error(path, "this condition is about events, but customers are selected here", help)).collect()
}

/// What a condition names: touchpoints, stages and members.
#[derive(Default)]
struct References<'a> {
    touchpoints: Vec<&'a str>,
    stages: Vec<&'a str>,
    members: Vec<&'a str>,
}

impl<'a> References<'a> {
    fn of(condition: &'a Condition) -> References<'a> {
        let mut references = References::default();
        references.collect(condition);
        references
    }

    fn collect(&mut self, condition: &'a Condition) {
        match condition {
            Condition::And(all) | Condition::Or(all) | Condition::Sequence { steps: all, .. } => {
                all.iter().for_each(|one| self.collect(one))
            }
            Condition::Not(one) | Condition::Did { what: one, .. } | Condition::Event(_, Some(one)) => self.collect(one),
            Condition::Touchpoint(ids) => self.touchpoints.extend(ids.iter().map(String::as_str)),
            Condition::Stage(ids) => self.stages.extend(ids.iter().map(String::as_str)),
            Condition::Member(name) => self.members.push(name),
            Condition::Event(_, None) | Condition::Channel(_) | Condition::Property(..) => {}
            Condition::Trait(..) | Condition::Held(..) | Condition::Had(..) | Condition::Random(..) => {}
        }
    }
}

fn touchpoints_do_not_hang_on_the_map(map: &JourneyMap) -> Vec<Found> {
    let hangs = |condition: &Condition| {
        let references = References::of(condition);
        !references.touchpoints.is_empty() || !references.stages.is_empty()
    };
    let wrong = map.touchpoints.iter().enumerate().filter(|(_, touchpoint)| hangs(&touchpoint.when));
    let help = "name the events instead: touchpoints decide what belongs to touchpoints and stages, not the other way round";
    wrong.map(|(i, _)| error(format!("touchpoints[{i}].when"), "a touchpoint cannot be defined by touchpoints or stages", help)).collect()
}

fn references_are_known(map: &JourneyMap) -> Vec<Found> {
    let stages = || map.stages.iter().map(|stage| stage.id.as_str());
    let touchpoints = || map.touchpoints.iter().map(|touchpoint| touchpoint.id.as_str());
    let mut found = Vec::new();
    let placed = map.touchpoints.iter().enumerate().map(|(i, touchpoint)| (format!("touchpoints[{i}].stage"), touchpoint.stage.as_str()));
    let scored = map.scores.iter().enumerate().filter_map(|(i, score)| Some((format!("scores[{i}].stage"), score.stage.as_deref()?)));
    for (path, id) in placed.chain(scored).filter(|(_, id)| stages().all(|stage| stage != *id)) {
        found.push(error(path, format!("there is no stage '{id}'"), suggest(id, stages())));
    }
    for (path, condition) in event_conditions(map).into_iter().chain(customer_conditions(map)) {
        let references = References::of(condition);
        for id in references.stages.into_iter().filter(|id| stages().all(|stage| stage != *id)) {
            found.push(error(&path, format!("there is no stage '{id}'"), suggest(id, stages())));
        }
        for id in references.touchpoints.into_iter().filter(|id| touchpoints().all(|touchpoint| touchpoint != *id)) {
            found.push(error(&path, format!("there is no touchpoint '{id}'"), suggest(id, touchpoints())));
        }
    }
    // A member may also be a segment that the workspace knows and the map does not; only circles are surely wrong.
    for (i, persona) in map.personas.iter().enumerate() {
        let (mut seen, mut waiting) = (Vec::new(), References::of(&persona.segment).members);
        while let Some(name) = waiting.pop() {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            waiting.extend(map.personas.iter().filter(|other| other.id == name).flat_map(|other| References::of(&other.segment).members));
        }
        if seen.contains(&persona.id.as_str()) {
            found.push(error(
                format!("personas[{i}].segment"),
                format!("'{}' is defined by itself", persona.id),
                "say who they are without this member",
            ));
        }
    }
    found
}

/// Whether every event that meets `inner` surely meets `outer` too. False when that cannot be told easily.
fn covers(outer: &Condition, inner: &Condition) -> bool {
    if outer == inner {
        return true;
    }
    let named = |name: &str, pattern: &str| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    };
    match (outer, inner) {
        (Condition::Or(all), _) if all.iter().any(|one| covers(one, inner)) => true,
        (_, Condition::Or(all)) => !all.is_empty() && all.iter().all(|one| covers(outer, one)),
        (_, Condition::And(all)) => all.iter().any(|one| covers(outer, one)),
        (Condition::Event(patterns, None), Condition::Event(names, _)) => {
            names.iter().all(|name| patterns.iter().any(|pattern| named(name, pattern)))
        }
        (Condition::Channel(outer), Condition::Channel(inner)) => inner.iter().all(|channel| outer.contains(channel)),
        _ => false,
    }
}

fn touchpoints_can_be_reached(map: &JourneyMap) -> Vec<Found> {
    let mut found = Vec::new();
    for (i, touchpoint) in map.touchpoints.iter().enumerate() {
        if let Some(before) = map.touchpoints[..i].iter().find(|before| covers(&before.when, &touchpoint.when)) {
            let message = format!("no event can reach touchpoint '{}': '{}' comes before it and takes them all", touchpoint.id, before.id);
            found.push(error(
                format!("touchpoints[{i}].when"),
                message,
                "put the more special touchpoint first, or change one of the two conditions",
            ));
        }
    }
    found
}

fn stages_have_touchpoints(map: &JourneyMap) -> Vec<Found> {
    // A stage that is entered as another one is (a repeat purchase) cannot have the same touchpoints once more.
    let shares = |i: usize| map.stages[i].entry.is_some() && map.stages[..i].iter().any(|other| other.entry == map.stages[i].entry);
    let bare = map.stages.iter().enumerate().filter(|(i, stage)| map.touchpoints_of(&stage.id).next().is_none() && !shares(*i));
    bare.map(|(i, stage)| {
        let message = format!("stage '{}' has no touchpoint", stage.id);
        match stage.entry {
            Some(_) => warning(format!("stages[{i}]"), message, "only its 'entry' brings customers in"),
            None => warning(format!("stages[{i}]"), message, "no customer can ever enter it: add a touchpoint or an 'entry'"),
        }
    })
    .collect()
}

/// Every key figure with the index of its stage and its path.
fn kpis(map: &JourneyMap) -> impl Iterator<Item = (usize, String, &Kpi)> {
    map.stages
        .iter()
        .enumerate()
        .flat_map(|(i, stage)| stage.kpis.iter().enumerate().map(move |(k, kpi)| (i, format!("stages[{i}].kpis[{k}]"), kpi)))
}

fn kpis_can_be_measured(map: &JourneyMap) -> Vec<Found> {
    let mut found = Vec::new();
    for (stage, path, kpi) in kpis(map) {
        let from_scores = matches!(kpi.kind, KpiKind::Nps | KpiKind::Csat | KpiKind::Ces);
        let to_next = matches!(kpi.kind, KpiKind::Conversion | KpiKind::TimeToNext);
        if to_next && stage + 1 == map.stages.len() {
            found.push(warning(format!("{path}.kind"), "there is no stage after the last one", "measure reach or a count here"));
        }
        match &kpi.score {
            Some(_) if !from_scores => {
                found.push(error(format!("{path}.score"), "this kind of key figure is not computed from a score", "remove 'score'"))
            }
            Some(name) if map.score_of(kpi).is_none() => {
                found.push(error(
                    format!("{path}.score"),
                    format!("there is no score '{name}'"),
                    suggest(name, map.scores.iter().map(|s| s.name.as_str())),
                ));
            }
            None if from_scores && map.score_of(kpi).is_none() => {
                found.push(warning(
                    format!("{path}.kind"),
                    "the map has no score that fits this key figure",
                    "describe the survey's events under 'scores'",
                ));
            }
            _ => {}
        }
    }
    found
}

fn targets_can_be_reached(map: &JourneyMap) -> Vec<Found> {
    let mut found = Vec::new();
    for (_, path, kpi) in kpis(map) {
        let Some(target) = kpi.target else { continue };
        let path = format!("{path}.target");
        let outside = |low: f64, high: f64| !(low..=high).contains(&target.value());
        match (&kpi.kind, target) {
            (KpiKind::TimeToNext, Target::Number(_)) => {
                found.push(error(path, "the target of a time is a span", "write for example 2d or 36h"))
            }
            (KpiKind::TimeToNext, Target::Time(_)) => {}
            (_, Target::Time(_)) => found.push(error(path, "a span is no target for this key figure", "write a number")),
            (KpiKind::Nps, _) if outside(-100.0, 100.0) => {
                found.push(warning(path, "the net promoter score lies between −100 and 100", ""))
            }
            (KpiKind::Conversion | KpiKind::Reach | KpiKind::Csat | KpiKind::Ces | KpiKind::Share { .. }, _) if outside(0.0, 1.0) => {
                found.push(warning(path, format!("{} is not a share between 0 and 1", target.value()), "write 0.4 for 40 %"));
            }
            _ => {}
        }
    }
    found
}

fn scores_have_a_scale(map: &JourneyMap) -> Vec<Found> {
    let flat = map.scores.iter().enumerate().filter(|(_, score)| score.scale[0] == score.scale[1]);
    flat.map(|(i, _)| error(format!("scores[{i}].scale"), "the worst and the best mark are the same", "write for example [0, 10]"))
        .collect()
}

fn believed_curve_is_whole(map: &JourneyMap) -> Vec<Found> {
    let believed = map.stages.iter().filter(|stage| stage.believed.is_some()).count();
    let partly = believed > 0 && believed < map.stages.len();
    let bare = map.stages.iter().position(|stage| stage.believed.is_none()).filter(|_| partly);
    bare.map(|i| warning(format!("stages[{i}]"), "this stage has no 'believed' while others do", "the believed curve will have a gap here"))
        .into_iter()
        .collect()
}
