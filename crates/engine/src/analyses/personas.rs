//! Personas: groups of customers, or of journeys, that are alike.

use std::sync::{Arc, OnceLock};

use periplus_model::answer::{Column, ColumnKind, Table, View};
use periplus_model::condition::Condition;
use periplus_model::question::Unit;
use periplus_stats::cluster::Error;
use periplus_stats::cluster::sequences::ALPHABET_MAX;
use periplus_stats::wilson;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{count, of_them, percent};
use crate::EngineError;
use crate::columns::Names;
use crate::kind::{self, Asked, Figure, Kind, SequenceOf, Told};
use crate::lens::Number;
use crate::personas::figures::{Reader, What};
use crate::personas::find::{self, Found, Wanted};
use crate::personas::group::Groups;
use crate::personas::member::{Member, Members};
use crate::personas::rule::{FIT_MIN, rule};
use crate::personas::words::{Portrait, portraits};
use crate::personas::{FITTED_MAX, GROUPS_MAX, STEPS_MAX};
use crate::scan::{Run, Totals};

/// The order of journeys as a whole is compared of so many different steps at most: how often each follows each travels with the places.
const MATCHED_MAX: usize = 40;
/// So many steps of a representative journey are shown, and so many in a name.
const SHOWN_STEPS: usize = 12;
const NAMING_STEPS: usize = 4;

pub(super) struct Personas;

/// A question for personas.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// What is grouped: customers by their figures, or journeys by their steps.
    #[serde(default)]
    group: Grouped,
    /// What is counted, or what steps are: events, touchpoints or channels.
    #[serde(default)]
    of: SequenceOf,
    /// How many groups, 2 to 20; as many as a criterion says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<usize>,
    /// At most so many, where a criterion says it.
    #[serde(default = "eight")]
    k_max: usize,
    /// Of customers: the figures.
    #[serde(default = "all")]
    features: Vec<Feature>,
    /// Of customers: how they are grouped.
    #[serde(default)]
    method: Method,
    /// Of journeys: what makes them alike.
    #[serde(default)]
    likeness: Likeness,
}

/// What is grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Grouped {
    /// Customers, by what they did how often, and when last.
    #[default]
    Customers,
    /// Journeys, by the order of their steps.
    Journeys,
}

/// A figure, or several, of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Feature {
    /// How often each event, touchpoint or channel came.
    Counts,
    /// Days since the last one.
    Recency,
    /// On how many days.
    Frequency,
    /// Money.
    Money,
}

/// How customers are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// Around means, as many as the silhouette says.
    #[default]
    KMeans,
    /// As a mixture of normal distributions, as many as the BIC says.
    Mixture,
}

/// What makes journeys alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Likeness {
    /// They hold the same steps and pairs of steps.
    #[default]
    Runs,
    /// Few changes make one of the other (optimal matching).
    Matching,
}

fn eight() -> usize {
    8
}

fn all() -> Vec<Feature> {
    vec![Feature::Counts, Feature::Recency, Feature::Frequency, Feature::Money]
}

impl Kind for Personas {
    type Question = Question;
    type Plan = Plan;

    fn name(&self) -> &'static str {
        "personas"
    }
    fn about(&self) -> &'static str {
        "Groups of customers that are alike, or a few representative journeys: in words, what sets each apart, how stable it is, and the rule that makes it a persona of the map."
    }
    fn example(&self) -> Value {
        json!({"group": "customers", "of": "events"})
    }

    fn plan(&self, question: Question, asked: &mut Asked<'_>) -> Result<Plan, EngineError> {
        let refused = |why: String| Err(EngineError::Question(why));
        if !(2..=GROUPS_MAX).contains(&question.k.unwrap_or(2)) || !(2..=GROUPS_MAX).contains(&question.k_max) {
            return refused(format!("\"k\" and \"k_max\" are 2 to {GROUPS_MAX}"));
        }
        if question.features.is_empty() {
            return refused("\"features\" names at least one figure".to_owned());
        }
        let names = asked.codes(question.of)?;
        let words = |name: &String, condition: Condition| (!name.ends_with('*')).then_some(condition);
        let mut did: Vec<Option<Condition>> = match question.of {
            SequenceOf::Events => names.list().iter().map(|name| words(name, Condition::Event(vec![name.clone()], None))).collect(),
            SequenceOf::Channels => names.list().iter().map(|name| words(name, Condition::Channel(vec![name.clone()]))).collect(),
            SequenceOf::Touchpoints => {
                asked.map()?.touchpoints.iter().map(|touchpoint| Some(Condition::Touchpoint(vec![touchpoint.id.clone()]))).collect()
            }
        };
        if let Some(filter) = &asked.shared.filter {
            did.iter_mut().flatten().for_each(|what| *what = Condition::And(vec![what.clone(), filter.clone()]));
        }
        let mut wanted = Vec::new();
        for (feature, what) in [(Feature::Recency, What::Recency), (Feature::Frequency, What::Frequency), (Feature::Money, What::Money)] {
            if question.features.contains(&feature) {
                wanted.push(what);
            }
        }
        let is_whole = asked.unit == Unit::Customer;
        // Money is that of all events, whatever they are.
        asked.lens.keep_all = true;
        Ok(Plan {
            did: if is_whole { did } else { Vec::new() },
            amount: asked.lens.number(Number::Amount),
            known_until: asked.known_until(),
            unit: asked.unit.plural().to_owned(),
            names,
            wanted,
            question,
            whole: OnceLock::new(),
        })
    }
}

/// Understood.
pub(super) struct Plan {
    question: Question,
    names: Arc<Names>,
    wanted: Vec<What>,
    /// By code, what a map calls it; empty where units are no customers, of whom alone maps speak.
    did: Vec<Option<Condition>>,
    amount: usize,
    known_until: i64,
    unit: String,
    /// The groups of all, where some are told beside them: finding them takes long, and they are the same for each.
    whole: OnceLock<Option<Whole>>,
}

/// The groups of all members, and what they are called; each once.
struct Whole {
    groups: Groups,
    /// Of a blind sample: where it ends.
    below: Option<u64>,
    /// The largest first, with how many of all members are in it.
    order: Vec<(u32, u64)>,
    /// By group.
    names: Vec<String>,
    members: u64,
}

/// What is counted: members, or a blind sample of them.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    members: Members,
    /// Until when it was known what they did.
    known_until: i64,
}

impl kind::Tally for Tally {
    fn merge(&mut self, other: Tally) {
        self.members.merge(other.members);
        self.known_until = self.known_until.max(other.known_until);
    }
    fn weight(&self) -> u64 {
        self.members.weight()
    }
}

/// Whose customers are meant: one of some groups, which the place carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// Which of the groups, from 0.
    persona: usize,
    /// The groups.
    among: Groups,
    /// Of a blind sample: where it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<u64>,
}

/// Groups with their members.
struct Grouping<'t> {
    found: Found,
    members: Vec<&'t Member>,
    /// By member, its group.
    groups: Vec<u32>,
    /// The groups with members, the largest first, and how many they have.
    order: Vec<(u32, u64)>,
    below: Option<u64>,
    known_until: i64,
}

impl Grouping<'_> {
    fn place(&self, group: u32) -> Place {
        Place { persona: group as usize, among: self.found.groups.clone(), below: self.below }
    }
}

impl Plan {
    fn grouping<'t>(&self, tally: &'t Tally) -> Result<Grouping<'t>, Error> {
        let below = tally.members.below();
        let members: Vec<&Member> = tally.members.up_to(below).collect();
        let wanted = self.question.k.map_or(Wanted::UpTo(self.question.k_max), Wanted::Exactly);
        let found = match self.question.group {
            Grouped::Customers => {
                let counts = self.question.features.contains(&Feature::Counts);
                let reader = Reader::of(&members, &self.names, &self.wanted, counts, tally.known_until);
                find::customers(&members, &reader, wanted, self.question.method == Method::Mixture)?
            }
            Grouped::Journeys => {
                let runs = (self.question.likeness == Likeness::Runs).then_some(2);
                let different = self.names.list().len();
                let most = if runs.is_some() { ALPHABET_MAX } else { MATCHED_MAX };
                if different > most {
                    return Err(Error::TooMany { what: "different steps", found: different, most });
                }
                find::journeys(&members, &self.names, wanted, runs)?
            }
        };
        let sorter = found.groups.sorter(&self.names, tally.known_until).ok_or(Error::Empty)?;
        let groups: Vec<u32> = sorter.sort(members.iter().copied()).into_iter().map(|group| group.unwrap_or(0)).collect();
        let mut sizes = vec![0u64; found.groups.len()];
        groups.iter().for_each(|group| sizes[*group as usize] += 1);
        let mut order: Vec<(u32, u64)> =
            sizes.iter().enumerate().filter(|(_, size)| **size > 0).map(|(group, size)| (group as u32, *size)).collect();
        order.sort_by_key(|(group, size)| (std::cmp::Reverse(*size), *group));
        Ok(Grouping { found, members, groups, order, below, known_until: tally.known_until })
    }

    /// What members did how often, in as many columns as figures count.
    fn described(&self, grouping: &Grouping<'_>) -> Reader {
        let wanted = [What::Recency, What::Frequency, What::Money];
        Reader::of(&grouping.members, &self.names, &wanted, true, grouping.known_until)
    }

    fn steps(&self, steps: &[String], most: usize) -> String {
        let end = if steps.len() > most { " → …" } else { "" };
        steps.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(" → ") + end
    }

    /// A member in the middle of a group of customers.
    fn typical(&self, grouping: &Grouping<'_>, group: u32, reader: &Reader) -> String {
        let own: Vec<&Member> = grouping.members.iter().zip(&grouping.groups).filter(|(_, g)| **g == group).map(|(m, _)| *m).collect();
        let rows: Vec<Vec<f64>> = own.iter().map(|member| reader.row(member)).collect();
        let size = rows.len().max(1) as f64;
        let mean: Vec<f64> = (0..reader.len()).map(|column| rows.iter().map(|row| row[column]).sum::<f64>() / size).collect();
        let off = |row: &[f64]| row.iter().zip(&mean).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let middle = (0..rows.len()).min_by(|a, b| off(&rows[*a]).total_cmp(&off(&rows[*b])));
        let Some(member) = middle.and_then(|at| own.get(at)) else { return String::new() };
        let mut counts = member.counts.clone();
        counts.sort_by_key(|(code, times)| (std::cmp::Reverse(*times), *code));
        let told = counts.iter().take(4).map(|(code, times)| {
            let name = self.names.list().get(*code as usize).map_or("", String::as_str);
            format!("{times} × {name}")
        });
        told.collect::<Vec<_>>().join(", ")
    }

    /// What sets each group apart, and what it is called.
    fn portraits(&self, grouping: &Grouping<'_>, reader: &Reader) -> Vec<Portrait> {
        let mut told = portraits(&grouping.members, &grouping.groups, grouping.found.groups.len(), reader);
        if let Groups::Journeys { around, .. } = &grouping.found.groups {
            told.iter_mut().zip(around).for_each(|(portrait, steps)| portrait.name = self.steps(steps, NAMING_STEPS));
        }
        told
    }

    fn table(&self, tally: &Tally, grouping: &Grouping<'_>) -> (Table, Vec<Portrait>) {
        let reader = self.described(grouping);
        let told = self.portraits(grouping, &reader);
        // Rules speak of what was counted, and only of what maps have words for.
        let counted: Vec<u32> = (0..reader.len()).filter_map(|column| reader.what(column)).filter_map(|what| self.code(what)).collect();
        let row = |member: &&Member| -> Vec<u32> {
            let times = |code: &u32| {
                let at = member.counts.binary_search_by_key(code, |(code, _)| *code).ok();
                at.map_or(0, |at| member.counts[at].1)
            };
            counted.iter().map(times).collect()
        };
        let fitted = grouping.members.len().min(FITTED_MAX);
        let counts: Vec<Vec<u32>> = grouping.members[..fitted].iter().map(row).collect();
        let did = |column: usize| counted.get(column).and_then(|code| self.did.get(*code as usize).cloned().flatten());
        let of = tally.members.all.min(grouping.members.len() as u64);
        let stability = grouping.found.stability();
        let rows = grouping.order.iter().map(|(group, size)| {
            let portrait = told.get(*group as usize).cloned().unwrap_or_default();
            let middle = match &grouping.found.groups {
                Groups::Journeys { around, .. } => around.get(*group as usize).map_or_else(String::new, |s| self.steps(s, SHOWN_STEPS)),
                Groups::Customers { .. } => self.typical(grouping, *group, &reader),
            };
            let rule = rule(&counts, &grouping.groups[..fitted], *group, counted.len(), &did);
            vec![
                portrait.name.into(),
                (*size).into(),
                wilson(*size, of).map(|share| share.value).into(),
                middle.into(),
                portrait.apart.into(),
                stability.get(*group as usize).copied().flatten().into(),
                rule.as_ref().map(|(condition, _)| condition.to_json().to_string()).into(),
                rule.as_ref().map(|(_, fit)| fit.precision).into(),
                rule.as_ref().map(|(_, fit)| fit.recall).into(),
            ]
        });
        let table = Table::new(self.columns(), rows.collect()).counting(1, |row, _| Some(grouping.place(grouping.order.get(row)?.0)));
        (table, told)
    }

    /// The groups of all; none where there are none.
    fn whole(&self, tally: &Tally) -> Option<&Whole> {
        let found = || {
            let grouping = self.grouping(tally).ok()?;
            let told = self.portraits(&grouping, &self.described(&grouping));
            Some(self.keep(grouping, &told))
        };
        self.whole.get_or_init(found).as_ref()
    }

    fn keep(&self, grouping: Grouping<'_>, told: &[Portrait]) -> Whole {
        let mut names: Vec<String> = Vec::new();
        for portrait in told {
            // What two groups are called alike by is told apart by a number.
            let same = told.iter().take(names.len()).filter(|other| other.name == portrait.name).count();
            names.push(if same > 0 { format!("{} ({})", portrait.name, same + 1) } else { portrait.name.clone() });
        }
        let members = grouping.members.len() as u64;
        Whole { groups: grouping.found.groups, below: grouping.below, order: grouping.order, names, members }
    }

    /// How many of some are in each group of all, how many they are, and where the blind sample of them ends.
    fn sorted(&self, tally: &Tally, whole: &Whole) -> (Vec<u64>, u64, Option<u64>) {
        let mut sizes = vec![0u64; whole.groups.len()];
        let below = whole.below.into_iter().chain(tally.members.below()).min();
        let Some(sorter) = whole.groups.sorter(&self.names, self.known_until) else { return (sizes, 0, below) };
        let mut members = 0;
        for group in sorter.sort(tally.members.up_to(below)) {
            members += 1;
            if let Some(size) = group.and_then(|group| sizes.get_mut(group as usize)) {
                *size += 1;
            }
        }
        (sizes, members, below)
    }

    /// The shares by which groups of people are compared.
    fn figures(whole: &Whole, sizes: &[u64], members: u64) -> Vec<Figure> {
        let share = |(group, _): &(u32, u64)| {
            let at = *group as usize;
            Figure::share(whole.names.get(at).map_or("", String::as_str), sizes.get(at).copied().unwrap_or_default(), members)
        };
        whole.order.iter().map(share).collect()
    }

    fn code(&self, what: &What) -> Option<u32> {
        match what {
            What::Count(name) => self.names.code(name),
            _ => None,
        }
    }

    fn columns(&self) -> Vec<Column> {
        let middle = if self.question.group == Grouped::Journeys { "representative journey" } else { "typical" };
        let columns = [
            ("persona", ColumnKind::Text),
            (self.unit.as_str(), ColumnKind::Count),
            ("share", ColumnKind::Share),
            (middle, ColumnKind::Text),
            ("what sets it apart", ColumnKind::Text),
            ("stability", ColumnKind::Share),
            ("rule", ColumnKind::Text),
            ("precision", ColumnKind::Share),
            ("recall", ColumnKind::Share),
        ];
        columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
    }

    fn notes(&self, tally: &Tally, grouping: &Grouping<'_>) -> Vec<String> {
        let mut notes = grouping.found.notes.clone();
        let most = self.question.k_max;
        if self.question.k.is_none() && grouping.found.groups.len() == most && most < GROUPS_MAX {
            notes.push(format!("{most} groups are the most that were tried, so more may fit better: raise \"k_max\" (up to {GROUPS_MAX}), or choose \"k\" yourself."));
        }
        if grouping.below.is_some() {
            notes.push(format!(
                "Of {} {}, {} were drawn blindly and grouped; shares hold for all, counts for these.",
                count(tally.members.all),
                self.unit,
                count(grouping.members.len() as u64)
            ));
        } else if grouping.members.len() > FITTED_MAX {
            notes.push(format!("The groups were found among {}, drawn blindly; all were put to them.", count(FITTED_MAX as u64)));
        }
        notes.push(
            "Stability is how much of a group comes out again in samples with replacement (Jaccard): from 75 % on it is a pattern, under 60 % rather not."
                .to_owned(),
        );
        if self.did.is_empty() {
            notes.push(format!("There are no rules for {}: the personas of a map are customers.", self.unit));
        } else {
            notes.push(format!(
                "A rule is a persona's \"segment\" as maps write it, where one of at most two terms describes the group well (precision and recall together at least {}); it looks at the period of the map.",
                percent(FIT_MIN)
            ));
        }
        notes.push(
            "Groups are a way to look at customers, not a fact about them: another choice of figures groups them in another way."
                .to_owned(),
        );
        notes
    }
}

impl kind::Plan for Plan {
    type Tally = Tally;
    type Scratch = ();
    type Place = Place;

    fn tally(&self) -> Tally {
        Tally::default()
    }
    fn scratch(&self) {}

    fn take(&self, run: &Run<'_>, tally: &mut Tally, (): &mut ()) {
        let steps_max = if self.question.group == Grouped::Journeys { STEPS_MAX } else { 0 };
        tally.known_until = self.known_until;
        tally.members.take(run, self.amount, steps_max);
    }

    fn units(&self, tally: &Tally) -> u64 {
        tally.members.all
    }

    fn tell(&self, tally: &Tally, _: &Totals) -> Told {
        let grouping = match self.grouping(tally) {
            Ok(grouping) => grouping,
            Err(error) => {
                let caption = match tally.members.all {
                    0 => format!("There are no {} to group.", self.unit),
                    // Nobody asked for a number of groups.
                    1 => format!("One alone of the {} makes no groups.", self.unit),
                    all if self.question.k.is_none() && matches!(error, Error::TooFew { .. }) => {
                        format!("{} make no groups: they are too few, or too much alike.", of_them(all, &self.unit))
                    }
                    all => format!("{} make no groups: {error}.", of_them(all, &self.unit)),
                };
                return Told::new(caption, View::Table(Table::new(self.columns(), Vec::new())));
            }
        };
        let (table, told) = self.table(tally, &grouping);
        let first = grouping.order.first().and_then(|(group, size)| Some((told.get(*group as usize)?, *size)));
        let members = grouping.members.len().max(1) as f64;
        let largest = first.map_or_else(String::new, |(portrait, size)| {
            format!("; the largest, '{}', has {} ({})", portrait.name, count(size), percent(size as f64 / members))
        });
        let groups = if grouping.order.len() == 1 { "one group".to_owned() } else { format!("{} groups", grouping.order.len()) };
        let caption = format!("{} fall into {groups}{largest}.", of_them(grouping.members.len() as u64, &self.unit));
        let notes = self.notes(tally, &grouping);
        let whole = self.whole.get_or_init(|| Some(self.keep(grouping, &told)));
        let figures = whole.as_ref().map_or_else(Vec::new, |whole| {
            let mut sizes = vec![0u64; whole.groups.len()];
            whole.order.iter().for_each(|(group, size)| sizes[*group as usize] = *size);
            Plan::figures(whole, &sizes, whole.members)
        });
        Told { figures, notes, ..Told::new(caption, View::Table(table)) }
    }

    /// Whoever belongs to a persona of all belongs to it in each group, which tells how many these are.
    fn tell_part(&self, tally: &Tally, whole: &Tally, totals: &Totals) -> Told {
        let Some(whole) = self.whole(whole) else { return self.tell(tally, totals) };
        let (sizes, members, below) = self.sorted(tally, whole);
        let size = |group: u32| sizes.get(group as usize).copied().unwrap_or_default();
        let name = |group: u32| whole.names.get(group as usize).map_or("", String::as_str);
        let columns = [
            ("persona", ColumnKind::Text),
            (self.unit.as_str(), ColumnKind::Count),
            ("share", ColumnKind::Share),
            ("share of all", ColumnKind::Share),
        ];
        let columns = columns.into_iter().map(|(name, kind)| Column::new(name, kind)).collect();
        let row = |(group, all): &(u32, u64)| {
            vec![
                name(*group).into(),
                size(*group).into(),
                wilson(size(*group), members).map(|share| share.value).into(),
                wilson(*all, whole.members).map(|share| share.value).into(),
            ]
        };
        let place = |group: u32| Place { persona: group as usize, among: whole.groups.clone(), below };
        let table = Table::new(columns, whole.order.iter().map(row).collect()).counting(1, |row, _| Some(place(whole.order.get(row)?.0)));
        let most = whole.order.iter().map(|(group, _)| *group).max_by_key(|group| (size(*group), std::cmp::Reverse(*group)));
        let caption = match most.filter(|_| members > 0) {
            Some(group) => format!(
                "{}; most are '{}', {} ({}).",
                of_them(members, &self.unit),
                name(group),
                count(size(group)),
                percent(size(group) as f64 / members as f64)
            ),
            None => format!("There are no {} to group.", self.unit),
        };
        Told { figures: Plan::figures(whole, &sizes, members), ..Told::new(caption, View::Table(table)) }
    }

    fn places_part(&self, tally: &Tally, whole: &Tally) -> Vec<Place> {
        let Some(whole) = self.whole(whole) else { return Vec::new() };
        let (sizes, _, below) = self.sorted(tally, whole);
        let has = |(group, _): &&(u32, u64)| sizes.get(*group as usize).is_some_and(|size| *size > 0);
        let place = |(group, _): &(u32, u64)| Place { persona: *group as usize, among: whole.groups.clone(), below };
        whole.order.iter().filter(has).map(place).collect()
    }

    fn semantics(&self) -> String {
        let how = match (self.question.group, self.question.method, self.question.likeness) {
            (Grouped::Customers, Method::KMeans, _) => "by k-means (20 starts) on logarithms of their figures, in standard deviations",
            (Grouped::Customers, Method::Mixture, _) => {
                "by a mixture of normal distributions on logarithms of their figures, in standard deviations"
            }
            (Grouped::Journeys, _, Likeness::Runs) => {
                "around a representative, alike by the steps and pairs of steps that they hold (repetitions as one, the first 100)"
            }
            (Grouped::Journeys, _, Likeness::Matching) => {
                "around a representative, alike by how few changes make one of the other (repetitions as one, the first 100 steps)"
            }
        };
        format!("Each of the {} with any {} belongs to one group, {how}.", self.unit, self.question.of.word())
    }

    fn count(&self, tally: &Tally, place: &Place) -> u64 {
        let Some(sorter) = place.among.sorter(&self.names, self.known_until) else { return 0 };
        let wanted = u32::try_from(place.persona).ok();
        sorter.sort(tally.members.up_to(place.below)).into_iter().filter(|group| group.is_some() && *group == wanted).count() as u64
    }

    fn places(&self, tally: &Tally) -> Vec<Place> {
        let Ok(grouping) = self.grouping(tally) else { return Vec::new() };
        grouping.order.iter().map(|(group, _)| grouping.place(*group)).collect()
    }
}
