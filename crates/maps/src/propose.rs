//! A first map, drafted from what the data looks like.
//!
//! Frequent events become touchpoints; the words of their names say which stage they belong to, and where words fail,
//! when in their journeys customers have them. The draft is a beginning to be corrected by people who know the
//! customers, so it says in words what it did.

use std::collections::{BTreeMap, HashSet};

use periplus_model::Condition;
use periplus_model::condition::Test;
use periplus_model::measured::{Lane, OwnedBy};
use periplus_model::question::Unit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journey_map::{FORMAT_VERSION, JourneyMap, Kpi, KpiKind, Persona, Score, Stage, Touchpoint};
use crate::templates::{Template, TemplateStage};
use crate::vocabulary::{COMMENT_WORDS, Known, OFFLINE_CHANNELS, PERSONA_TRAITS, Phase, SCORE_WORDS};
use crate::vocabulary::{channel_by_word, explains, normal, phase_by_word, recognise};

/// A draft has no more touchpoints than this; nobody reads more.
const TOUCHPOINTS_MAX: usize = 30;
/// The share of all events that touchpoints should cover.
const COVERED_MIN: f64 = 0.9;

/// What the data looks like, as far as a draft needs to know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataProfile {
    /// Customers in all.
    pub customers: u64,
    /// One per event name.
    pub events: Vec<EventProfile>,
    /// One per trait.
    pub traits: Vec<TraitProfile>,
}

/// What the events of one name look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventProfile {
    /// The name.
    pub name: String,
    /// How many.
    pub events: u64,
    /// Customers who had one.
    pub customers: u64,
    /// The channels they came through, with how many; events without a channel are left out.
    pub channels: Vec<(String, u64)>,
    /// Where in their customers' journeys they lie: the median of 0 (first event) to 1 (last).
    pub median_position: f64,
    /// Whether they happen offline, when the data says so.
    pub offline: Option<bool>,
    /// How many carry an amount of money.
    pub amounts: u64,
    /// Their numeric properties.
    pub numbers: Vec<NumberProfile>,
    /// The names of their text properties.
    pub texts: Vec<String>,
    /// Of events of several kinds (their property `kind`, as responses to surveys have it), what each kind looks like.
    pub kinds: Vec<KindProfile>,
}

/// What the events of one name and one kind look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindProfile {
    /// The value of their property `kind`.
    pub kind: String,
    /// Their numeric properties.
    pub numbers: Vec<NumberProfile>,
}

/// What a numeric property looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberProfile {
    /// The name.
    pub name: String,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
}

/// What a trait looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TraitProfile {
    /// The name.
    pub name: String,
    /// Its values, with how many customers have each; the most frequent ones are enough when there are many.
    pub values: Vec<(Value, u64)>,
    /// Customers who have the trait.
    pub customers: u64,
}

/// A drafted map.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The map.
    pub map: JourneyMap,
    /// Share of the events that its touchpoints cover; 0 when there are none.
    pub covered: f64,
    /// What was decided, and what to look at, in sentences.
    pub notes: Vec<String>,
}

/// Drafts a map from the data and a set of stages.
pub fn propose(data: &DataProfile, template: &Template) -> Proposal {
    let mut notes = Vec::new();
    let all: u64 = data.events.iter().map(|event| event.events).sum();
    let chosen = choose(groups(data), all);
    let covered = chosen.iter().map(|group| group.events).sum::<u64>() as f64 / (all.max(1)) as f64;
    if all > 0 {
        notes.push(format!("{} touchpoints cover {:.0} % of the events.", chosen.len(), covered * 100.0));
    }
    for event in data.events.iter().filter(|event| event.name.ends_with('*')) {
        notes.push(format!("The event '{}' is left out: a condition cannot name an event that ends in '*'.", event.name));
    }
    let placed = place(chosen, template, &mut notes);
    let scores = scores(data, &placed, template);
    let touchpoints = touchpoints(&placed, template);
    let stages = stages(&placed, template, &scores);
    for stage in stages.iter().filter(|stage| touchpoints.iter().all(|touchpoint| touchpoint.stage != stage.id)) {
        notes.push(format!("No event was found for the stage '{}': add a touchpoint, or remove the stage.", stage.name));
    }
    let map = JourneyMap {
        version: FORMAT_VERSION,
        id: "journey".into(),
        title: "Customer journey".into(),
        about: String::new(),
        unit: Unit::Customer,
        period: None,
        window: None,
        journey: None,
        review: None,
        lanes: Lane::ALL.to_vec(),
        personas: personas(data, &mut notes),
        stages,
        touchpoints,
        scores,
    };
    Proposal { map, covered, notes }
}

/// Events that are one touchpoint, because their names are spellings of the same thing.
struct Group {
    title: String,
    normal: String,
    known: Option<&'static Known>,
    names: Vec<String>,
    events: u64,
    /// Sum of median positions, each weighted by its events.
    positions: f64,
    channels: BTreeMap<String, u64>,
    offline: Option<bool>,
    amounts: u64,
}

impl Group {
    fn position(&self) -> f64 {
        self.positions / self.events.max(1) as f64
    }

    /// The channel that most of the events came through.
    fn channel(&self) -> Option<&str> {
        let (channel, count) = self.channels.iter().max_by_key(|(_, count)| **count)?;
        (*count * 2 > self.events).then_some(channel.as_str())
    }
}

/// The events by touchpoint, the most frequent first. An event whose name ends in `*` is left out: in a condition its
/// name would mean every event that begins like it.
fn groups(data: &DataProfile) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for event in data.events.iter().filter(|event| event.events > 0 && !event.name.ends_with('*')) {
        let normal = normal(&event.name);
        let known = recognise(&normal);
        let title = known.map_or_else(|| title(&normal, &event.name), |known| known.title.to_owned());
        let group = groups.entry(title.clone()).or_insert_with(|| Group {
            title,
            normal,
            known,
            names: Vec::new(),
            events: 0,
            positions: 0.0,
            channels: BTreeMap::new(),
            offline: None,
            amounts: 0,
        });
        group.names.push(event.name.clone());
        group.events += event.events;
        group.positions += event.median_position.clamp(0.0, 1.0) * event.events as f64;
        group.offline = group.offline.or(event.offline);
        group.amounts += event.amounts;
        for (channel, count) in &event.channels {
            *group.channels.entry(channel.clone()).or_default() += count;
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.events));
    groups
}

/// The touchpoints of the draft: what is frequent, and what is rare but known to matter.
fn choose(groups: Vec<Group>, all: u64) -> Vec<Group> {
    let (mut chosen, mut rare, mut covered) = (Vec::new(), Vec::new(), 0u64);
    for group in groups {
        if chosen.len() < TOUCHPOINTS_MAX && (covered as f64) < COVERED_MIN * all as f64 {
            covered += group.events;
            chosen.push(group);
        } else {
            rare.push(group);
        }
    }
    // A purchase or a complaint is rare among page views, and yet what the journey is about. Unknown events fill up.
    rare.sort_by_key(|group| group.known.is_none());
    let free = TOUCHPOINTS_MAX.saturating_sub(chosen.len());
    chosen.extend(rare.into_iter().take(free));
    chosen
}

/// Each group with the index of its stage.
fn place(groups: Vec<Group>, template: &Template, notes: &mut Vec<String>) -> Vec<(usize, Group)> {
    let by_words: Vec<Option<usize>> = groups.iter().map(|group| stage_by_words(group, template)).collect();
    // Where in the journeys each stage lies, as far as words tell.
    let mut positions: Vec<(f64, f64)> = vec![(0.0, 0.0); template.stages.len()];
    for (group, stage) in groups.iter().zip(&by_words) {
        if let Some(stage) = stage {
            positions[*stage].0 += group.positions;
            positions[*stage].1 += group.events as f64;
        }
    }
    let means: Vec<(usize, f64)> =
        positions.iter().enumerate().filter(|(_, (_, events))| *events > 0.0).map(|(i, (sum, events))| (i, sum / events)).collect();
    let by_position = |position: f64| match means[..] {
        [] | [_] => ((position * template.stages.len() as f64) as usize).min(template.stages.len() - 1),
        ref means => means.iter().min_by(|a, b| (a.1 - position).abs().total_cmp(&(b.1 - position).abs())).map_or(0, |(stage, _)| *stage),
    };
    let mut guessed = Vec::new();
    let mut placed: Vec<(usize, Group)> = Vec::new();
    for (group, stage) in groups.into_iter().zip(by_words) {
        let stage = stage.unwrap_or_else(|| {
            guessed.push(format!("'{}'", group.names[0]));
            by_position(group.position())
        });
        placed.push((stage, group));
    }
    if !guessed.is_empty() {
        notes.push(format!("Placed by when they happen, because their names did not tell: {}.", guessed.join(", ")));
    }
    placed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.position().total_cmp(&b.1.position())).then_with(|| a.1.title.cmp(&b.1.title)));
    placed
}

fn stage_by_words(group: &Group, template: &Template) -> Option<usize> {
    let names = || group.names.iter().map(|name| normal(name)).chain(group.known.map(|known| normal(known.title)));
    let own = template.stages.iter().enumerate().filter_map(|(i, stage)| {
        let best = names().flat_map(|name| stage.keywords.iter().filter_map(move |word| explains(word, &name)).max()).max()?;
        Some((best, i))
    });
    let own = own.rev().max_by_key(|(length, _)| *length).map(|(_, stage)| stage);
    own.or_else(|| stage_of_phase(group.known.map(|known| known.phase).or_else(|| phase_by_word(&group.normal))?, template))
}

/// The stage of a template that a general phase falls into: its own, or the nearest one.
fn stage_of_phase(phase: Phase, template: &Template) -> Option<usize> {
    let stages = template.stages.iter().enumerate();
    stages.min_by_key(|(_, stage)| (stage.phase as i32 - phase as i32).abs()).map(|(i, _)| i)
}

fn touchpoints(placed: &[(usize, Group)], template: &Template) -> Vec<Touchpoint> {
    let mut ids = HashSet::new();
    let touchpoint = |(stage, group): &(usize, Group)| {
        let word = channel_by_word(&group.normal);
        let channel = group.channel().or(group.known.and_then(|known| known.channel)).or(word.map(|(channel, _)| channel));
        let offline_channel = channel.is_some_and(|channel| OFFLINE_CHANNELS.contains(&normal(channel).as_str()));
        // What the data says of the channel goes before what the name suggests.
        let suggested = if group.channel().is_some() {
            false
        } else {
            group.known.map_or(word.is_some_and(|(_, offline)| offline), |known| known.offline)
        };
        Touchpoint {
            id: unique(&slug(&group.title), &mut ids),
            name: group.title.clone(),
            stage: template.stages[*stage].id.to_owned(),
            when: Condition::Event(group.names.clone(), None),
            channel: channel.map(str::to_owned),
            owned_by: group.known.map_or(OwnedBy::Brand, |known| known.owned_by),
            offline: group.offline.unwrap_or(offline_channel || suggested),
            owner: None,
        }
    };
    placed.iter().map(touchpoint).collect()
}

fn stages(placed: &[(usize, Group)], template: &Template, scores: &[Score]) -> Vec<Stage> {
    let kpi =
        |name: &str, kind: KpiKind| Kpi { name: name.to_owned(), kind, target: None, smaller_is_better: None, score: None, owner: None };
    let stage = |(i, stage): (usize, &TemplateStage)| {
        let last = i + 1 == template.stages.len();
        let mut kpis = vec![if last { kpi("Reach", KpiKind::Reach) } else { kpi("Conversion", KpiKind::Conversion) }];
        let sells = |group: &Group| group.amounts * 2 > group.events;
        let sales: Vec<String> =
            placed.iter().filter(|(at, group)| *at == i && sells(group)).flat_map(|(_, group)| group.names.clone()).collect();
        if !sales.is_empty() {
            kpis.push(kpi("Revenue per customer", KpiKind::Sum { property: None, when: Some(Condition::Event(sales, None)) }));
        }
        for score in scores {
            let kind = match score.name.split(' ').next() {
                Some("NPS") => KpiKind::Nps,
                Some("CSAT") => KpiKind::Csat,
                Some("CES") => KpiKind::Ces,
                _ => continue,
            };
            // A score that speaks about whatever came before it is looked at where most is at stake.
            let at_stake = matches!(stage.phase, Phase::Purchase | Phase::Retention) && placed.iter().any(|(at, _)| *at == i);
            let here = score.stage.as_ref().map_or(at_stake, |id| id == stage.id);
            if here {
                kpis.push(Kpi { score: Some(score.name.clone()), ..kpi(&score.name, kind) });
            }
        }
        Stage {
            id: stage.id.to_owned(),
            name: stage.name.to_owned(),
            goal: Some(stage.goal.to_owned()),
            entry: None,
            exit: None,
            owner: None,
            believed: None,
            time_limit: None,
            kpis,
            hypotheses: Vec::new(),
        }
    };
    template.stages.iter().enumerate().map(stage).collect()
}

/// What a response to a survey is called, and what it is called that more was said after the mark.
const ANSWERED: &str = "Survey Answered";
const COMPLETED: &str = "Survey Completed";

/// Which events carry marks: those with a numeric property that is called like one and stays within its scale. Where events are of several
/// kinds of marks, each kind is a score with a scale of its own.
fn scores(data: &DataProfile, placed: &[(usize, Group)], template: &Template) -> Vec<Score> {
    let mut scores: Vec<Score> = Vec::new();
    for event in data.events.iter().filter(|event| event.events > 0 && !event.name.ends_with('*')) {
        // Who would recommend a brand judges all of it, not what happened last.
        let own_stage = || {
            let here = placed.iter().find(|(_, group)| group.names.contains(&event.name));
            here.map(|(stage, _)| template.stages[*stage].id.to_owned())
        };
        let mut add = |found: Mark, when: Condition, told: &str| {
            let taken = scores.iter().any(|score| score.name == found.name);
            scores.push(Score {
                name: if taken { format!("{} ({told})", found.name) } else { found.name.to_owned() },
                when,
                property: found.property,
                scale: found.scale,
                comment: comment(event, data),
                stage: if found.name == "NPS" { own_stage() } else { None },
            });
        };
        // Kinds of marks, and not of anything else: one of them is called like one.
        let is_of_marks = event.kinds.iter().any(|kind| SCORE_WORDS.iter().any(|(word, ..)| has_part(&normal(&kind.kind), word)));
        let kinds = event.kinds.iter().filter(|_| is_of_marks);
        let of_kinds: Vec<(&KindProfile, Mark)> =
            kinds.filter_map(|kind| Some((kind, mark(&kind.numbers, &normal(&kind.kind))?))).collect();
        if of_kinds.is_empty()
            && let Some(found) = mark(&event.numbers, &normal(&event.name))
        {
            add(found, Condition::event(&event.name), &event.name);
        }
        for (kind, found) in of_kinds {
            let is = Condition::Property("kind".to_owned(), Test::In(vec![kind.kind.as_str().into()]));
            let when = Condition::Event(vec![event.name.clone()], Some(Box::new(is)));
            add(found, when, &format!("{}, {}", event.name, kind.kind));
        }
    }
    scores
}

/// A property that holds marks.
struct Mark {
    name: &'static str,
    property: String,
    scale: [f64; 2],
}

/// The property that is called like one that holds marks.
fn mark(numbers: &[NumberProfile], told: &str) -> Option<Mark> {
    numbers.iter().find_map(|number| {
        let property = normal(&number.name);
        let word = SCORE_WORDS.iter().find(|(word, ..)| has_part(&property, word))?;
        // `score` says nothing by itself; the name of the event or kind may.
        let word = match word.0 {
            "score" => SCORE_WORDS.iter().find(|(word, ..)| has_part(told, word)).unwrap_or(word),
            _ => word,
        };
        // Of marks of which nothing is known, the narrowest scale that holds them is the likeliest.
        let usual = if word.0 == "score" { None } else { Some(word.2) };
        Some(Mark { name: word.1, property: number.name.clone(), scale: scale(number, usual)? })
    })
}

/// Whether a word is one of those of a name.
fn has_part(name: &str, word: &str) -> bool {
    name.split(' ').any(|part| part == word)
}

/// The property of an event that holds the customer's words; those to a survey may come after the mark.
fn comment(event: &EventProfile, data: &DataProfile) -> Option<String> {
    let words_of =
        |event: &EventProfile| COMMENT_WORDS.iter().find_map(|word| event.texts.iter().find(|text| has_part(&normal(text), word)).cloned());
    let later = || data.events.iter().find(|other| event.name == ANSWERED && other.name == COMPLETED);
    words_of(event).or_else(|| words_of(later()?))
}

/// The usual scale when the values stay within it, else a common one that holds them; `None` when none does.
fn scale(number: &NumberProfile, usual: Option<[f64; 2]>) -> Option<[f64; 2]> {
    let holds = |[low, high]: &[f64; 2]| number.low >= *low && number.high <= *high;
    // Marks that use a small part of a wide scale are more likely marks of the narrower one.
    let common = [[1.0, 5.0], [1.0, 7.0], [0.0, 10.0], [-1.0, 1.0], [0.0, 100.0]];
    usual.into_iter().chain(common).find(holds)
}

/// One persona for each value of a trait, if there is one that tells enough customers apart.
fn personas(data: &DataProfile, notes: &mut Vec<String>) -> Vec<Persona> {
    let share = |count: u64| count as f64 / data.customers.max(1) as f64;
    let known = |traits: &TraitProfile| {
        let name = normal(&traits.name);
        PERSONA_TRAITS.iter().position(|word| explains(word, &name).is_some()).unwrap_or(PERSONA_TRAITS.len())
    };
    let telling = |traits: &&TraitProfile| {
        let values = || traits.values.iter().filter(|(value, _)| !value.is_null());
        let large = values().all(|(_, count)| share(*count) >= 0.05);
        (2..=6).contains(&values().count()) && large && share(values().map(|(_, count)| count).sum()) >= 0.2
    };
    let best = data.traits.iter().filter(telling).min_by_key(|traits| (known(traits), std::cmp::Reverse(traits.customers)));
    let Some(best) = best else { return Vec::new() };
    notes.push(format!("Personas are the values of the trait '{}': give them names and goals.", best.name));
    let mut ids = HashSet::new();
    let heading = title(&normal(&best.name), &best.name);
    let persona = |(value, _): &(Value, u64)| {
        let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let id = slug(&format!("{} {shown}", best.name));
        Persona {
            id: unique(&id, &mut ids),
            name: format!("{heading}: {shown}"),
            about: String::new(),
            segment: Condition::Trait(best.name.clone(), Test::In(vec![value.clone()])),
            goals: Vec::new(),
        }
    };
    best.values.iter().filter(|(value, _)| !value.is_null()).map(persona).collect()
}

/// A name for people: `add_to_cart` is "Add to cart".
fn title(normal: &str, name: &str) -> String {
    let mut letters = normal.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None if name.trim().is_empty() => "Unnamed".into(),
        None => name.trim().to_owned(),
    }
}

/// An id made from a name.
fn slug(name: &str) -> String {
    let words = normal(name).replace(' ', "-");
    let slug: String = words.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(48).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "touchpoint".into() } else { slug.to_owned() }
}

fn unique(id: &str, taken: &mut HashSet<String>) -> String {
    let candidates = std::iter::once(id.to_owned()).chain((2..).map(|n| format!("{id}-{n}")));
    candidates.into_iter().find(|candidate| taken.insert(candidate.clone())).unwrap_or_else(|| id.to_owned())
}
