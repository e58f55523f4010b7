//! From a question to its answer, the same way for every analysis.
//!
//! A question is prepared (its plan made, its breakdowns and segments compiled into the lens), every customer is gathered
//! into a [`Sum`], sums of threads and machines are merged, and the plan tells what the sum says. The people behind a count
//! are found by counting each customer alone: whoever stands at the place by themselves is one of those counted there, so
//! the list is always as long as the number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use periplus_model::answer::{Answer, Difference, Estimate, Meta, People, Person, Slice};
use periplus_model::question::{Common, Compare, Unit};
use periplus_model::time::{Instant, Span};
use periplus_stats::{benjamini_hochberg, newcombe, two_proportions};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::asked::settings;
use crate::calendar::Calendar;
use crate::groups::{Dividing, Division, GROUPS_MAX};
use crate::kind::{Asked, Figure, Kind, Measure, Plan, Tally, Told, watermark};
use crate::lens::{Lens, RowTest};
use crate::scan::{Fold, Run, Totals, scan};
use crate::stretch::Stretch;
use crate::units::By;
use crate::work::{self, Wanted, Work};
use crate::{Analysis, Desk, EngineError};

/// How many groups of a breakdown are shown when nothing else is asked for.
const GROUPS: usize = 10;
/// So many customers are counted between two looks at how much memory that takes.
const WEIGH_EVERY: u64 = 4096;

/// A question that is ready to be counted.
struct Prepared<P> {
    shared: Common,
    plan: P,
    lens: Lens,
    unit: Unit,
    division: Division,
}

impl<P: Plan> Prepared<P> {
    fn of<K: Kind<Plan = P>>(kind: &K, shared: Common, own: K::Question, desk: &Desk<'_>) -> Result<Prepared<P>, EngineError> {
        let mut asked = asked(&shared, desk)?;
        let plan = kind.plan(own, &mut asked)?;
        let division = Division::of(&mut asked)?;
        if division.steps() > plan.steps() {
            return Err(EngineError::Question(format!(
                "the breakdown speaks of step {}, but there are {} steps",
                division.steps(),
                plan.steps()
            )));
        }
        asked.lens.unit = By::of(&asked.unit, &mut asked.lens);
        let Asked { lens, unit, .. } = asked;
        Ok(Prepared { shared, plan, lens, unit, division })
    }

    fn gather(&self, desk: &Desk<'_>) -> Result<Sum<P::Tally>, EngineError> {
        let (states, totals) = scan(desk, &self.lens, &self.unit, || Gather::new(self, desk))?;
        let mut all = None;
        let mut groups = BTreeMap::new();
        for state in states {
            // The first takes what the others have counted: nothing is counted into an empty one again.
            match &mut all {
                None => all = Some(state.all),
                Some(all) => all.merge(state.all),
            }
            for (name, tally) in state.groups {
                add_group(&mut groups, name.iter().map(|value| value.to_string()).collect(), tally);
            }
        }
        Ok(Sum { totals, all: all.unwrap_or_else(|| self.plan.tally()), groups })
    }
}

/// The shared settings of a question, understood.
pub(crate) fn asked<'a>(shared: &'a Common, desk: &'a Desk<'a>) -> Result<Asked<'a>, EngineError> {
    let mut lens = Lens { from: shared.from.map(|t| t.0), to: shared.to.map(|t| t.0), ..Lens::default() };
    if let (Some(from), Some(to)) = (lens.from, lens.to)
        && from >= to
    {
        return Err(EngineError::Question("\"from\" is not before \"to\"".to_owned()));
    }
    if shared.sample.is_some_and(|share| !(share > 0.0 && share <= 1.0)) {
        return Err(EngineError::Question("\"sample\" is a share of the customers: more than 0, at most 1".to_owned()));
    }
    lens.share = shared.sample.filter(|share| *share < 1.0);
    lens.filter = shared.filter.as_ref().map(|filter| RowTest::compile(filter, desk.map)).transpose()?;
    lens.only = shared.segment.as_ref().map(|segment| lens.segment(segment, desk.map)).transpose()?;
    lens.period = (lens.from.unwrap_or(i64::MIN), lens.to.unwrap_or_else(|| watermark(desk).saturating_add(1)));
    let unit = shared.unit.clone().unwrap_or_default();
    // Sessions are cut at the pauses between all events.
    lens.keep_all = unit == Unit::Session;
    Ok(Asked { desk, shared, lens, unit, calendar: Calendar::of(shared)? })
}

/// What was counted of a question: by a thread, a machine, or everybody.
#[derive(Serialize, Deserialize)]
struct Sum<T> {
    totals: Totals,
    all: T,
    groups: BTreeMap<Vec<String>, T>,
}

fn add_group<T: Tally>(groups: &mut BTreeMap<Vec<String>, T>, name: Vec<String>, tally: T) {
    match groups.get_mut(&name) {
        Some(mine) => mine.merge(tally),
        None => drop(groups.insert(name, tally)),
    }
}

impl<T: Tally> Sum<T> {
    fn merge(&mut self, other: Sum<T>) {
        self.totals.add(other.totals);
        self.all.merge(other.all);
        for (name, tally) in other.groups {
            add_group(&mut self.groups, name, tally);
        }
    }
}

/// Counts customers, all together and by group.
struct Gather<'p, P: Plan> {
    prepared: &'p Prepared<P>,
    desk: &'p Desk<'p>,
    scratch: P::Scratch,
    memory: Dividing,
    all: P::Tally,
    groups: HashMap<Vec<Arc<str>>, P::Tally>,
    taken: u64,
}

impl<'p, P: Plan> Gather<'p, P> {
    fn new(prepared: &'p Prepared<P>, desk: &'p Desk<'p>) -> Gather<'p, P> {
        let plan = &prepared.plan;
        Gather { prepared, desk, scratch: plan.scratch(), memory: Dividing::default(), all: plan.tally(), groups: HashMap::new(), taken: 0 }
    }

    fn weigh(&self) -> Result<(), EngineError> {
        let weight = self.all.weight() + self.groups.values().map(Tally::weight).sum::<u64>();
        self.desk.watch.weigh(weight * self.desk.threads as u64)
    }
}

impl<P: Plan> Fold for Gather<'_, P> {
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        let Prepared { plan, division, .. } = self.prepared;
        plan.take(run, &mut self.all, &mut self.scratch);
        if !division.is_empty() {
            let groups = &mut self.groups;
            division.divide(run, plan, &mut self.scratch, &mut self.memory, |name, run, scratch| {
                if let Some(tally) = groups.get_mut(name) {
                    plan.take(run, tally, scratch);
                } else if groups.len() <= GROUPS_MAX {
                    let mut tally = plan.tally();
                    plan.take(run, &mut tally, scratch);
                    groups.insert(name.to_vec(), tally);
                }
            });
            if self.groups.len() > GROUPS_MAX {
                return Err(EngineError::Question(format!(
                    "the breakdown by {} has more than {GROUPS_MAX} different values; take a property with fewer, or a filter",
                    division.titles.join(" and ")
                )));
            }
        }
        self.taken += 1;
        if self.taken.is_multiple_of(WEIGH_EVERY) {
            self.weigh()?;
        }
        Ok(())
    }

    fn take_stretch(&mut self, stretch: &Stretch<'_>) -> Result<bool, EngineError> {
        let Prepared { plan, division, .. } = self.prepared;
        let taken = division.is_empty() && plan.take_stretch(stretch, &mut self.all, &mut self.scratch);
        if taken {
            self.weigh()?;
        }
        Ok(taken)
    }
}

/// Lists those who stand at a place.
struct List<'p, P: Plan> {
    prepared: &'p Prepared<P>,
    scratch: P::Scratch,
    memory: Dividing,
    /// Everybody who was counted when absent.
    place: Option<&'p P::Place>,
    group: Option<&'p [String]>,
    total: u64,
    people: Vec<Person>,
    at_most: usize,
}

impl<P: Plan> Fold for List<'_, P>
where
    P::Place: Sync,
{
    fn take(&mut self, run: &Run<'_>) -> Result<(), EngineError> {
        let Prepared { plan, division, .. } = self.prepared;
        let place = self.place;
        let stands = |run: &Run<'_>, scratch: &mut P::Scratch| {
            let mut alone = plan.alone();
            plan.take(run, &mut alone, scratch);
            place.map_or_else(|| plan.units(&alone), |place| plan.count(&alone, place))
        };
        let times = match self.group {
            None => stands(run, &mut self.scratch),
            Some(group) => {
                let mut times = 0;
                division.divide(run, plan, &mut self.scratch, &mut self.memory, |name, run, scratch| {
                    let is = name.len() == group.len() && name.iter().zip(group).all(|(a, b)| **a == **b);
                    times += if is { stands(run, scratch) } else { 0 };
                });
                times
            }
        };
        if times > 0 {
            self.total += times;
            let at = |time: Option<&i64>| Instant(time.copied().unwrap_or_default());
            self.people.push(Person {
                key: run.key,
                customer: run.name.map(|name| name.to_string()),
                times,
                first: at(run.times.first()),
                last: at(run.times.last()),
                events: run.times.len() as u64,
            });
            if self.people.len() > 2 * self.at_most + 1024 {
                keep_first(&mut self.people, self.at_most);
            }
        }
        Ok(())
    }
}

fn keep_first(people: &mut Vec<Person>, at_most: usize) {
    people.sort_by_key(|person| (person.key, person.first));
    people.truncate(at_most);
}

/// A question in its two sides: itself, and what it is compared with.
struct Sides<P> {
    filled: Value,
    here: Prepared<P>,
    there: Option<Prepared<P>>,
}

fn sides<K: Kind>(kind: &K, question: &Value, desk: &Desk<'_>) -> Result<Sides<K::Plan>, EngineError> {
    let (shared, own, filled): (Common, K::Question, Value) = settings(question)?;
    let there = match &shared.compare {
        None => None,
        Some(compare) => Some(Prepared::of(kind, other_side(&shared, compare)?, own.clone(), desk)?),
    };
    Ok(Sides { filled, here: Prepared::of(kind, shared, own, desk)?, there })
}

/// The shared settings of the other side of a comparison.
fn other_side(shared: &Common, compare: &Compare) -> Result<Common, EngineError> {
    let mut other = Common { compare: None, breakdown: Vec::new(), ..shared.clone() };
    let period = || {
        let both = shared.from.zip(shared.to);
        both.ok_or_else(|| EngineError::Question("to compare with an earlier period, say \"from\" and \"to\"".to_owned()))
    };
    let earlier = |span: Span| {
        let (from, to) = period()?;
        let back = |time: Instant| Some(Instant(time.0.saturating_sub(span.0)));
        Ok::<_, EngineError>((back(from), back(to)))
    };
    match compare {
        Compare::Previous => {
            let (from, to) = period()?;
            (other.from, other.to) = earlier(to.since(from))?;
        }
        Compare::Earlier(span) => (other.from, other.to) = earlier(*span)?,
        Compare::Period { from, to } => (other.from, other.to) = (Some(*from), Some(*to)),
        Compare::Segment(segment) => other.segment = Some(segment.clone()),
    }
    Ok(other)
}

/// What the other side of a comparison is called.
fn other_name(compare: &Compare, other: &Common) -> String {
    match (compare, other.from, other.to) {
        (Compare::Segment(segment), ..) => segment.to_json().to_string(),
        (_, Some(from), Some(to)) => format!("{from} to {to}"),
        _ => "before".to_owned(),
    }
}

/// What one machine counts of a question.
#[derive(Serialize, Deserialize)]
#[serde(bound(serialize = "T: Serialize", deserialize = "T: serde::de::DeserializeOwned"))]
struct Partial<T> {
    here: Sum<T>,
    there: Option<Sum<T>>,
}

impl<T: Tally> Partial<T> {
    fn merge(&mut self, other: Partial<T>) {
        self.here.merge(other.here);
        if let (Some(mine), Some(theirs)) = (&mut self.there, other.there) {
            mine.merge(theirs);
        }
    }
}

impl<P: Plan> Sides<P> {
    /// All that is to be counted, by this machine or by others.
    fn counted<K: Kind<Plan = P>>(&self, kind: &K, question: &Value, desk: &Desk<'_>) -> Result<Partial<P::Tally>, EngineError> {
        let Some(elsewhere) = desk.elsewhere else { return self.gather(desk) };
        let outcomes = elsewhere.count(&self.work(kind, question, Wanted::Counts, desk)?, desk)?;
        let mut all: Option<Partial<P::Tally>> = None;
        for bytes in outcomes {
            let next = postcard::from_bytes(&work::outcome(&bytes)?).map_err(|error| EngineError::Partial(error.to_string()))?;
            match &mut all {
                None => all = Some(next),
                Some(all) => all.merge(next),
            }
        }
        // Where there is nothing to read, this machine is as good as any.
        all.map_or_else(|| self.gather(desk), Ok)
    }

    fn work<K: Kind<Plan = P>>(&self, kind: &K, question: &Value, wanted: Wanted, desk: &Desk<'_>) -> Result<Work, EngineError> {
        Work::of(kind.name(), &kind.carried(question, desk)?, wanted, self.here.lens.unit.is_some(), desk)
    }

    fn gather(&self, desk: &Desk<'_>) -> Result<Partial<P::Tally>, EngineError> {
        Ok(Partial { here: self.here.gather(desk)?, there: self.there.as_ref().map(|there| there.gather(desk)).transpose()? })
    }

    fn answer<K: Kind<Plan = P>>(self, kind: &K, partial: Partial<P::Tally>, desk: &Desk<'_>) -> Answer {
        let Prepared { shared, plan, division, unit, .. } = &self.here;
        let told = plan.tell(&partial.here.all, &partial.here.totals);
        let mut notes = told.notes;
        let (mut groups, further) = slices(plan, division, &partial.here, &told.figures, shared.groups.unwrap_or(GROUPS));
        if further > 0 {
            notes.push(format!("{further} smaller groups are not shown."));
        }
        let mut compared = None;
        if let (Some(there), Some(sum), Some(compare)) = (&self.there, &partial.there, &shared.compare) {
            let other = there.plan.tell_part(&sum.all, &partial.here.all, &sum.totals);
            if matches!(compare, Compare::Segment(_)) {
                notes.push("Who belongs to both sides of the comparison counts on both.".to_owned());
            }
            compared = Some(Slice {
                name: vec![other_name(compare, &there.shared)],
                caption: other.caption,
                units: there.plan.units(&sum.all),
                differences: differences(&told.figures, &other.figures, false),
                view: other.view,
            });
        }
        correct(groups.iter_mut().chain(compared.as_mut()).flat_map(|slice| &mut slice.differences));
        Answer {
            analysis: kind.name().to_owned(),
            caption: told.caption,
            view: told.view,
            groups,
            compared,
            meta: Meta {
                question: self.filled,
                unit: unit.plural().to_owned(),
                semantics: plan.semantics(),
                snapshot: desk.snapshot.id,
                watermark: Some(watermark(desk)).filter(|_| !desk.snapshot.parts.is_empty()).map(Instant),
                customers: partial.here.totals.customers,
                events: partial.here.totals.events,
                immature: told.immature,
                sample: shared.sample.filter(|share| *share < 1.0),
                notes,
                wall_ms: 0.0,
            },
        }
    }
}

/// The groups of a breakdown, largest first, and how many more there are.
fn slices<P: Plan>(plan: &P, division: &Division, sum: &Sum<P::Tally>, all: &[Figure], top: usize) -> (Vec<Slice>, usize) {
    let mut groups: Vec<(&Vec<String>, &P::Tally, u64)> =
        sum.groups.iter().map(|(name, tally)| (name, tally, plan.units(tally))).filter(|(_, _, units)| *units > 0).collect();
    groups.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let further = groups.len().saturating_sub(top);
    let slice = |(name, tally, units): &(&Vec<String>, &P::Tally, u64)| {
        let Told { caption, view, figures, .. } = plan.tell_part(tally, &sum.all, &sum.totals);
        let differences = if division.has_whole_customers() { differences(&figures, all, true) } else { Vec::new() };
        Slice { name: (*name).clone(), caption, units: *units, view, differences }
    };
    (groups.iter().take(top).map(slice).collect(), further)
}

/// How figures differ between two groups of people; with `without`, from those of `there` who are not in `here`.
fn differences(here: &[Figure], there: &[Figure], without: bool) -> Vec<Difference> {
    let pairs = here.iter().filter_map(|figure| Some((figure, there.iter().find(|other| other.name == figure.name)?)));
    pairs
        .filter_map(|(figure, other)| match (&figure.measure, &other.measure) {
            (Measure::Share(k, n), Measure::Share(k_there, n_there)) => {
                let (a, b) = match without {
                    true => ((*k, *n), (k_there.checked_sub(*k)?, n_there.checked_sub(*n)?)),
                    false => ((*k, *n), (*k_there, *n_there)),
                };
                Some(Difference {
                    figure: figure.name.clone(),
                    kind: periplus_model::answer::ColumnKind::Share,
                    here: a.0 as f64 / a.1 as f64,
                    there: b.0 as f64 / b.1 as f64,
                    difference: newcombe(a, b)?,
                    p: two_proportions(a, b)?.p,
                })
            }
            (Measure::Mean(here, unit, kind), Measure::Mean(there, ..)) => {
                let there = if without { there.without(here)? } else { *there };
                let test = periplus_stats::welch(here, &there)?;
                let per = |x: f64| x / unit;
                Some(Difference {
                    figure: figure.name.clone(),
                    kind: *kind,
                    here: per(here.mean()?),
                    there: per(there.mean()?),
                    difference: Estimate {
                        value: per(test.difference.value),
                        low: per(test.difference.low),
                        high: per(test.difference.high),
                        n: test.difference.n,
                    },
                    p: test.p,
                })
            }
            _ => None,
        })
        .collect()
}

/// Corrects for how many differences were looked at.
fn correct<'d>(differences: impl Iterator<Item = &'d mut Difference>) {
    let mut all: Vec<&mut Difference> = differences.collect();
    let corrected = benjamini_hochberg(&all.iter().map(|d| d.p).collect::<Vec<_>>());
    all.iter_mut().zip(corrected).for_each(|(difference, p)| difference.p = never_none(p));
}

/// A probability that is too small for a number of the machine is still more than nothing.
pub(crate) fn never_none(p: f64) -> f64 {
    p.max(f64::MIN_POSITIVE)
}

/// Which count of an answer: the analysis's own place, or with `"all": true` everybody who was counted; in a group, or on the other side of
/// the comparison.
struct Where<P> {
    group: Option<Vec<String>>,
    compared: bool,
    own: Option<P>,
}

impl<P: serde::de::DeserializeOwned> Where<P> {
    fn parse(place: &Value) -> Result<Where<P>, EngineError> {
        let wrong = |why: String| EngineError::Question(format!("the place {place} is wrong: {why}"));
        let Value::Object(fields) = place else { return Err(wrong("it is not a JSON object".to_owned())) };
        let mut fields = fields.clone();
        let group = match fields.shift_remove("group") {
            None => None,
            Some(Value::String(name)) => Some(vec![name]),
            Some(names) => Some(serde_json::from_value(names).map_err(|error| wrong(error.to_string()))?),
        };
        let compared = match fields.shift_remove("compared") {
            None => false,
            Some(other) => serde_json::from_value(other).map_err(|error| wrong(error.to_string()))?,
        };
        let all = fields.len() == 1 && fields.get("all") == Some(&Value::Bool(true));
        let own = || serde_json::from_value(Value::Object(fields)).map_err(|error| wrong(error.to_string()));
        Ok(Where { group, compared, own: if all { None } else { Some(own()?) } })
    }
}

impl<K: Kind> Analysis for K
where
    <K::Plan as Plan>::Place: Sync,
{
    fn name(&self) -> &'static str {
        Kind::name(self)
    }
    fn about(&self) -> &'static str {
        Kind::about(self)
    }
    fn example(&self) -> Value {
        Kind::example(self)
    }
    fn schema(&self) -> Value {
        crate::asked::schema::<K::Question>()
    }
    fn place_schema(&self) -> Value {
        schemars::schema_for!(<K::Plan as Plan>::Place).to_value()
    }
    fn needs_map(&self) -> bool {
        Kind::needs_map(self)
    }

    fn answer(&self, question: &Value, desk: &Desk<'_>) -> Result<Answer, EngineError> {
        let started = (desk.stopwatch)();
        let sides = sides(self, question, desk)?;
        let partial = sides.counted(self, question, desk)?;
        let mut answer = sides.answer(self, partial, desk);
        self.complete(&mut answer, question, desk)?;
        answer.meta.wall_ms = (desk.stopwatch)() - started;
        Ok(answer)
    }

    fn people(&self, question: &Value, place: &Value, at_most: usize, desk: &Desk<'_>) -> Result<People, EngineError> {
        let sides = sides(self, question, desk)?;
        let at: Where<<K::Plan as Plan>::Place> = Where::parse(place)?;
        let prepared = match (at.compared, &sides.there) {
            (false, _) => &sides.here,
            (true, Some(there)) => there,
            (true, None) => return Err(EngineError::Question("the question compares with nothing".to_owned())),
        };
        if at.group.as_ref().is_some_and(|group| group.len() != prepared.division.titles.len()) {
            return Err(EngineError::Question("the place names other groups than the question's breakdown has".to_owned()));
        }
        let mut all = People { place: place.clone(), total: 0, people: Vec::new() };
        let mut add = |total, people| {
            all.total += total;
            all.people.extend(people);
        };
        let make = || List {
            prepared,
            scratch: prepared.plan.scratch(),
            memory: Dividing::default(),
            place: at.own.as_ref(),
            group: at.group.as_deref(),
            total: 0,
            people: Vec::new(),
            at_most,
        };
        if let Some(elsewhere) = desk.elsewhere {
            let wanted = Wanted::People { place: place.to_string(), at_most };
            let outcomes = elsewhere.count(&sides.work(self, question, wanted, desk)?, desk)?;
            work::people(&outcomes)?.into_iter().for_each(|found| add(found.total, found.people));
        } else {
            let (states, _) = scan(desk, &prepared.lens, &prepared.unit, make)?;
            states.into_iter().for_each(|found| add(found.total, found.people));
        }
        keep_first(&mut all.people, at_most);
        Ok(all)
    }

    fn places(&self, question: &Value, desk: &Desk<'_>) -> Result<Vec<(Value, u64)>, EngineError> {
        let sides = sides(self, question, desk)?;
        let partial = sides.counted(self, question, desk)?;
        let mut all = Vec::new();
        let whole = &partial.here.all;
        let mut add = |plan: &K::Plan, tally: &<K::Plan as Plan>::Tally, further: &[(&str, Value)]| {
            for place in if further.is_empty() { plan.places(tally) } else { plan.places_part(tally, whole) } {
                let count = plan.count(tally, &place);
                let Ok(Value::Object(mut fields)) = serde_json::to_value(&place) else { continue };
                fields.extend(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
                all.push((Value::Object(fields), count));
            }
        };
        add(&sides.here.plan, &partial.here.all, &[]);
        for (name, tally) in &partial.here.groups {
            add(&sides.here.plan, tally, &[("group", name.as_slice().into())]);
        }
        if let (Some(there), Some(sum)) = (&sides.there, &partial.there) {
            add(&there.plan, &sum.all, &[("compared", true.into())]);
        }
        Ok(all)
    }

    fn count(&self, question: &Value, desk: &Desk<'_>) -> Result<Vec<u8>, EngineError> {
        let partial = sides(self, question, desk)?.gather(desk)?;
        postcard::to_allocvec(&partial).map_err(|error| EngineError::Partial(error.to_string()))
    }
}
