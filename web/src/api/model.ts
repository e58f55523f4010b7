// Written by `UPDATE=1 cargo nextest run --workspace --all-features -E 'test(web_apps_types)'` from the types in crates/model: do not edit.

/**
 * How far the model's reading agrees with something else that is known of the same texts.
 */
export type Agreement = {
/**
 * Texts of which both are known.
 */
n: number,
/**
 * The share with the same label, with its interval.
 */
same: Estimate | null,
/**
 * Pearson's correlation of score and mark, with Fisher's interval; null for labels.
 */
correlation: Estimate | null,
/**
 * How many, by label of the other (negative, neutral, positive), then of the model.
 */
confusion: [[number, number, number], [number, number, number], [number, number, number]], };

/**
 * An answer to a question.
 */
export type Answer = {
/**
 * Which analysis answered.
 */
analysis: string,
/**
 * One sentence for a person: what the data says.
 */
caption: string,
/**
 * The data.
 */
view: View,
/**
 * The same for each group of the breakdown, the largest first.
 */
groups?: Array<Slice>,
/**
 * The same for the period or segment that it is compared with.
 */
compared?: Slice | null,
/**
 * How it was computed.
 */
meta: Meta, };

/**
 * What is across.
 */
export type Axis = { "calendar": {
/**
 * Their length.
 */
interval: Interval,
/**
 * When each begins.
 */
starts: Array<Instant>,
/**
 * What each is called.
 */
labels: Array<string>, } } | { "seconds": Array<number> } | { "numbers": Array<number> } | { "names": Array<string> };

/**
 * How far what was measured is from what was believed.
 */
export type BeliefGap = {
/**
 * What was measured less what was believed.
 */
difference: number,
/**
 * How probable a gap at least as large is if the belief is right, corrected over the stages.
 */
p: number,
/**
 * Whether it is more than chance explains (p below 0.05).
 */
is_sure: boolean, };

/**
 * One cohort.
 */
export type Cohort = {
/**
 * What it is called.
 */
name: string,
/**
 * How many belong to it.
 */
size: number,
/**
 * One per interval.
 */
cells: Array<CohortCell>, };

/**
 * How many of a cohort were there in an interval.
 */
export type CohortCell = {
/**
 * How many came back.
 */
count: number,
/**
 * Of those for whom the interval is over, the share, with its interval; null when it is over for nobody.
 */
share: Estimate | null,
/**
 * Whether the interval is over for the whole cohort.
 */
finished: boolean, };

/**
 * Cohorts, and how many of each were there after each interval.
 */
export type Cohorts = {
/**
 * What the rows are ("week of the first order").
 */
by: string,
/**
 * What the columns are ("weeks after").
 */
after: string,
/**
 * The headings of the columns.
 */
intervals: Array<string>,
/**
 * The cohorts.
 */
rows: Array<Cohort>,
/**
 * All of them together.
 */
overall: Cohort, };

/**
 * A column of a table.
 */
export type Column = {
/**
 * Its heading.
 */
name: string,
/**
 * How its cells are to be read and printed.
 */
kind: ColumnKind, };

/**
 * How the cells of a column are to be read and printed.
 */
export type ColumnKind = "text" | "count" | "number" | "share" | "seconds" | "money" | "time";

/**
 * A group of texts about one thing.
 */
export type CommentTheme = {
/**
 * Its most telling phrase, or what the team calls it.
 */
name: string,
/**
 * The code of its language; null for a theme of the team's own.
 */
language: string | null,
/**
 * What sets it apart, and how many of its texts have it.
 */
phrases: Array<[string, number]>,
/**
 * How its texts feel.
 */
mood: Mood,
/**
 * How many texts in each stretch of time, beginning with the first of `over_time`.
 */
trend: Array<number>,
/**
 * Typical ones.
 */
quotes: Array<ReadComment>,
/**
 * The place at which these customers are listed.
 */
place: JsonValue, };

/**
 * What customers say.
 */
export type Comments = {
/**
 * Everything together.
 */
all: Mood,
/**
 * Texts without a score, by reason or language, the most frequent first.
 */
without: Array<[string, number]>,
/**
 * What they are about, the most frequent first.
 */
themes: Array<CommentTheme>,
/**
 * How many texts the themes were made from.
 */
grouped: number,
/**
 * Of these, how many belong to no theme.
 */
rest: number,
/**
 * By the stage that a text speaks of, in the map's order.
 */
stages: Array<MoodAt>,
/**
 * By the last touchpoint before the text, in the map's order.
 */
touchpoints: Array<MoodAt>,
/**
 * Over time.
 */
over_time: Array<MoodThen>,
/**
 * How the model's reading agrees with the marks that came with the texts.
 */
marks?: Agreement | null,
/**
 * How it agrees with the labels that people gave.
 */
people?: Agreement | null,
/**
 * The newest texts, as many as were asked for (`list`).
 */
newest?: Array<ReadComment>,
/**
 * What is counted, in the plural.
 */
unit: string,
/**
 * Means of fewer texts than this are not told.
 */
at_least: number, };

/**
 * A cell of a table that is a number of people, or their share.
 */
export type Counted = {
/**
 * The row, from 0.
 */
row: number,
/**
 * The column, from 0.
 */
column: number,
/**
 * The place of the answer at which they are, as the analysis writes it.
 */
place: JsonValue, };

/**
 * How much of the data a map covers.
 */
export type Coverage = {
/**
 * Events in the period.
 */
events: number,
/**
 * Events that match a touchpoint.
 */
mapped: number,
/**
 * The most frequent events that match none, with their counts.
 */
unmapped: Array<[string, number]>, };

/**
 * How one figure differs between two groups of people.
 */
export type Difference = {
/**
 * Which figure.
 */
figure: string,
/**
 * How it is to be read.
 */
kind: ColumnKind,
/**
 * Here.
 */
here: number,
/**
 * There: of all others, or of what it is compared with.
 */
there: number,
/**
 * Here minus there, with its 95 % interval.
 */
difference: Estimate,
/**
 * How probable so large a difference would be by chance, corrected for all that were looked at in this answer
 * (Benjamini and Hochberg).
 */
p: number, };

/**
 * An edge of a graph: `to` came directly after `from`.
 */
export type Edge = {
/**
 * Index of the node it leaves.
 */
from: number,
/**
 * Index of the node it enters.
 */
to: number,
/**
 * How often.
 */
count: number,
/**
 * In how many sequences.
 */
sequences: number,
/**
 * Mean seconds between the two; null when times were not asked for.
 */
mean_seconds: number | null,
/**
 * Median seconds between the two; null when times were not asked for.
 */
median_seconds: number | null, };

/**
 * A figure with its 95 % interval and the number of observations behind it.
 */
export type Estimate = {
/**
 * The figure.
 */
value: number,
/**
 * Lower end of the interval.
 */
low: number,
/**
 * Upper end of the interval.
 */
high: number,
/**
 * Observations.
 */
n: number, };

/**
 * A journey of somebody whom a finding struck.
 */
export type Example = {
/**
 * The customer's key (or of whatever was counted).
 */
key: number,
/**
 * What the customer is called.
 */
customer?: string | null,
/**
 * What came before, what it is about, and what came after: a few steps of each.
 */
steps: Array<ExampleStep>, };

/**
 * A step of an example.
 */
export type ExampleStep = {
/**
 * When.
 */
time: Instant,
/**
 * The name of the touchpoint.
 */
at: string,
/**
 * Whether it is the step that the finding is about.
 */
here?: boolean, };

/**
 * Whether something is good or bad.
 */
export type Feeling = "pain" | "delight";

/**
 * A pain point or a moment of delight.
 */
export type Finding = {
/**
 * The same as long as it is about the same thing at the same place for the same people.
 */
id: string,
/**
 * Whether it hurts.
 */
feeling: Feeling,
/**
 * What happened.
 */
kind: FindingKind,
/**
 * The name of the stage.
 */
stage: string,
/**
 * The id of the touchpoint.
 */
touchpoint: string,
/**
 * The name of the touchpoint.
 */
at: string,
/**
 * Whom it strikes, in words; everybody when absent.
 */
who?: string | null,
/**
 * The ids of the personas that it strikes in particular: it is about them, or most of those whom it struck are of them.
 */
personas?: Array<string>,
/**
 * Its first day; all along when absent.
 */
from?: Instant | null,
/**
 * The day after its last; still going on when absent.
 */
until?: Instant | null,
/**
 * A few words.
 */
title: string,
/**
 * One sentence for a person, with the figures.
 */
sentence: string,
/**
 * Customers whom it struck.
 */
customers: number,
/**
 * The share it struck.
 */
rate: Estimate,
/**
 * The share that was to be expected.
 */
expected: number,
/**
 * What that was learnt from.
 */
expected_from: string,
/**
 * The difference in shares, with its 95 % interval.
 */
difference: Estimate,
/**
 * How far it is from what was expected, in standard errors.
 */
deviates: number,
/**
 * The false discovery rate at which it would just be told.
 */
q: number,
/**
 * Of those whom it struck, less of those at the same place whom it did not, the share that got further.
 */
further?: Estimate | null,
/**
 * What those whom it struck spent afterwards, less what those spent whom it did not, in currency units.
 */
spent?: Estimate | null,
/**
 * People too many × what each costs or brings × how sure: what findings are ordered by.
 */
weight: number,
/**
 * How sure it is.
 */
status: Status,
/**
 * Whether nothing has been seen of it, and nobody who could have been struck, for longer than evidence keeps.
 */
is_stale?: boolean,
/**
 * What those who complained or praised wrote about: the most telling phrases.
 */
themes?: Array<string>,
/**
 * Week by week, the share that it struck of those whom it is about.
 */
trend: Array<TrendPoint>,
/**
 * What else shows it.
 */
also?: Array<Sign>,
/**
 * What those whom it struck said at the time.
 */
quotes?: Array<Quote>,
/**
 * The journeys of some of those whom it struck, around the time of it.
 */
examples?: Array<Example>,
/**
 * The place at which exactly these people are listed.
 */
place: JsonValue, };

/**
 * What happened.
 */
export type FindingKind = "drop_off" | "loop" | "again" | "same_again" | "error" | "met" | "rage" | "dead_end" | "to_service" | "help_again" | "lost_switch" | "settled" | "late" | "bad_score" | "good_score" | "complaint" | "praise" | "goes_on" | "bought_again" | "referral" | "long_way" | "fast_way" | "long_step" | "quick_step";

/**
 * What was found, and how it was looked for.
 */
export type Findings = {
/**
 * The findings, the weightiest first.
 */
findings: Array<Finding>,
/**
 * How many comparisons were made.
 */
comparisons: number,
/**
 * Of what is told, so much may be chance (the false discovery rate).
 */
false_discoveries: number,
/**
 * At how many places, of how many groups.
 */
places: number,
/**
 * How many groups were compared.
 */
groups: number,
/**
 * The first day that was looked at.
 */
from: Instant | null,
/**
 * The day after the last.
 */
until: Instant | null,
/**
 * What is counted, in the plural.
 */
unit: string,
/**
 * Whether what a finding costs is money; else it is customers who did not get further.
 */
money: boolean, };

/**
 * A directly-follows graph.
 */
export type Graph = {
/**
 * The nodes, most frequent first.
 */
nodes: Array<Node>,
/**
 * The edges, most frequent first.
 */
edges: Array<Edge>,
/**
 * How many sequences were counted.
 */
sequences: number, };

/**
 * A point in time: microseconds since 1970-01-01T00:00:00Z. It has no time zone; zones belong to questions.
 */
export type Instant = string;

/**
 * A stretch of the calendar.
 */
export type Interval = "hour" | "day" | "week" | "month" | "quarter" | "year";

/**
 * What remains of a journey: the mean of its peak and its end.
 */
export type JourneyFeeling = {
/**
 * The mean of peak and end (−1 to 1).
 */
score: Estimate,
/**
 * The mean over all stages.
 */
mean: number,
/**
 * The index of the stage that is furthest from neutral.
 */
peak: number,
/**
 * The index of the last stage with scores.
 */
end: number, };

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * One key figure, of the whole or of one place.
 */
export type KpiFigure = {
/**
 * Its kind: `nps`, `retention`, ...
 */
kpi: string,
/**
 * What it is called.
 */
name: string,
/**
 * How it is reckoned, in words.
 */
variant: string,
/**
 * The name of the stage, touchpoint or channel; the whole when absent.
 */
of?: string | null,
/**
 * How it is printed.
 */
format: KpiFormat,
/**
 * The figure; null when there is nothing to tell, or too little.
 */
value: Estimate | null,
/**
 * What kind of interval it has.
 */
interval: string,
/**
 * How many observations there are: answers, customers, texts, as the variant says.
 */
n: number,
/**
 * Whether it is not told because there are too few of them.
 */
too_few?: boolean,
/**
 * The customers behind it.
 */
customers: number,
/**
 * Of these, those who are what the figure counts (promoters, satisfied, came back).
 */
yes: number,
/**
 * And those who are the opposite (detractors, dissatisfied, stayed away).
 */
no: number,
/**
 * What the first are called.
 */
yes_means: string,
/**
 * What the others are called.
 */
no_means: string,
/**
 * How many are too young to tell.
 */
immature: number,
/**
 * Why some have no value, and how many (texts in other languages).
 */
without?: Array<[string, number]>,
/**
 * Of the surveys with this question that were asked, the share that was answered; absent where nobody was noted as asked.
 */
response?: Estimate | null,
/**
 * The target that the map declares.
 */
target?: number | null,
/**
 * Whether smaller is better.
 */
smaller_is_better: boolean,
/**
 * Whether the target is met.
 */
verdict?: Verdict | null,
/**
 * Who answers for it.
 */
owner?: string | null,
/**
 * The place at which the customers behind it are listed; with `"who": "yes"` or `"no"`, only those.
 */
place: JsonValue, };

/**
 * How a key figure is printed.
 */
export type KpiFormat = "share" | "number" | "score" | "seconds" | "money";

/**
 * Key figures of a whole, and of each stage, touchpoint or channel.
 */
export type Kpis = {
/**
 * What they are told by ("stage"); nothing when absent.
 */
by?: string | null,
/**
 * What is counted, in the plural ("customers").
 */
unit: string,
/**
 * Figures of fewer observations than this are not told.
 */
at_least: number,
/**
 * The figures: each of the whole first, then of each place in its order.
 */
figures: Array<KpiFigure>, };

/**
 * A lane of the map.
 */
export type Lane = "people" | "goals" | "touchpoints" | "quotes" | "emotion" | "pains" | "delights" | "kpis" | "hypotheses" | "owners";

/**
 * One line of a series.
 */
export type Line = {
/**
 * What it shows.
 */
name: string,
/**
 * How its values are to be read.
 */
kind: ColumnKind,
/**
 * A value per point of the axis; null where there is none.
 */
values: Array<number | null>,
/**
 * The 95 % intervals, if they make sense: none, or one per value.
 */
intervals?: Array<[number, number] | null>,
/**
 * How many observations each value rests on, if that is not what it says itself: none, or one per value.
 */
n?: Array<number>, };

/**
 * The measurements of one group of customers.
 */
export type MeasuredGroup = {
/**
 * `all`, or the persona's id.
 */
id: string,
/**
 * Its name.
 */
name: string,
/**
 * Who they are, in a sentence.
 */
about: string | null,
/**
 * Customers in the group.
 */
customers: number,
/**
 * One per stage of the map.
 */
stages: Array<MeasuredStage>,
/**
 * One per touchpoint of the map.
 */
touchpoints: Array<MeasuredTouchpoint>,
/**
 * What remains of the journey; null when there are no scores.
 */
feeling?: JourneyFeeling | null, };

/**
 * A key figure of a stage.
 */
export type MeasuredKpi = {
/**
 * Its name ("Conversion", "NPS").
 */
name: string,
/**
 * The figure; null when there is no data.
 */
value: Estimate | null,
/**
 * How to print it.
 */
format: KpiFormat,
/**
 * The target.
 */
target: number | null,
/**
 * Whether smaller is better.
 */
smaller_is_better: boolean,
/**
 * Who answers for it.
 */
owner: string | null,
/**
 * Of the surveys with this question that were asked about the stage, the share that was answered within a week; absent where nobody was
 * noted as asked.
 */
response?: Estimate | null, };

/**
 * A journey map with its measurements, complete enough to be drawn without anything else.
 */
export type MeasuredMap = {
/**
 * The map's id.
 */
id: string,
/**
 * The map's title.
 */
title: string,
/**
 * What the map is about, in a sentence or two.
 */
about: string,
/**
 * The first event that was measured.
 */
from: Instant | null,
/**
 * The last event that was measured.
 */
to: Instant | null,
/**
 * What is counted, in the plural ("customers").
 */
unit: string,
/**
 * The stages, in order.
 */
stages: Array<StageInfo>,
/**
 * The touchpoints, in the map's order.
 */
touchpoints: Array<TouchpointInfo>,
/**
 * Which lanes to draw, from top to bottom.
 */
lanes: Array<Lane>,
/**
 * Everybody first, then each persona.
 */
groups: Array<MeasuredGroup>,
/**
 * Where it hurts and where it delights, the weightiest first; those of a group are told by [`MeasuredMap::findings_of`].
 */
findings: Array<Finding>,
/**
 * How much of the data the map covers.
 */
coverage: Coverage, };

/**
 * The measurements of one stage.
 */
export type MeasuredStage = {
/**
 * Customers who entered the stage.
 */
customers: number,
/**
 * Share of the group's customers who entered the stage.
 */
share: number,
/**
 * Events in the stage.
 */
events: number,
/**
 * Share of those who entered the stage and then entered the next one; null for the last stage or when nobody entered.
 */
conversion: Estimate | null,
/**
 * Customers who entered the stage and never a later one afterwards.
 */
dropped: number,
/**
 * Median seconds from entering this stage to entering the next.
 */
median_seconds_to_next: number | null,
/**
 * Customers who went back from this stage to an earlier one.
 */
back_customers: number,
/**
 * How often that happened.
 */
back_count: number,
/**
 * How customers feel here (−1 to 1), from their scores; null when there are none.
 */
emotion: Estimate | null,
/**
 * How far that is from what the team believes; null when it believes nothing, or there are too few scores.
 */
gap?: BeliefGap | null,
/**
 * What customers said here: a few typical comments.
 */
quotes: Array<Quote>,
/**
 * The stage's key figures.
 */
kpis: Array<MeasuredKpi>, };

/**
 * The measurements of one touchpoint.
 */
export type MeasuredTouchpoint = {
/**
 * Customers who had it.
 */
customers: number,
/**
 * Share of the group's customers who had it.
 */
reach: number,
/**
 * Events mapped to it.
 */
events: number, };

/**
 * How an answer was computed.
 */
export type Meta = {
/**
 * The question with its defaults filled in.
 */
question: JsonValue,
/**
 * What is counted, in the plural ("customers").
 */
unit: string,
/**
 * How it counts, in one sentence.
 */
semantics: string,
/**
 * The snapshot of the lake that was read.
 */
snapshot: number,
/**
 * The time of the newest event in that snapshot.
 */
watermark: Instant | null,
/**
 * Customers whose events were read.
 */
customers: number,
/**
 * Events that were read.
 */
events: number,
/**
 * How many counted units are too young to have had the full time (right-censored).
 */
immature: number,
/**
 * The share of customers that were drawn, if not all.
 */
sample?: number | null,
/**
 * What the reader should know before trusting it.
 */
notes?: Array<string>,
/**
 * Wall time in milliseconds.
 */
wall_ms: number, };

/**
 * How some texts feel.
 */
export type Mood = {
/**
 * How many texts.
 */
comments: number,
/**
 * Of how many customers.
 */
customers: number,
/**
 * How many have a score.
 */
scored: number,
/**
 * Of all that have a label, from the model or from people: negative, neutral, positive.
 */
labels: [number, number, number],
/**
 * Of how many customers these are.
 */
customers_by_label: [number, number, number],
/**
 * The mean score, from −1 to 1; null when there are too few.
 */
mean: Estimate | null,
/**
 * The share of negative ones; null when there are too few.
 */
negative: Estimate | null, };

/**
 * How texts feel at a stage or touchpoint.
 */
export type MoodAt = {
/**
 * Its id.
 */
id: string,
/**
 * Its name.
 */
name: string,
/**
 * How they feel.
 */
mood: Mood,
/**
 * The place at which these customers are listed; with a `label`, only those.
 */
place: JsonValue, };

/**
 * How texts feel in a stretch of time.
 */
export type MoodThen = {
/**
 * When it begins.
 */
start: Instant,
/**
 * What it is called in the question's time zone.
 */
name: string,
/**
 * Whether it is not over yet.
 */
unfinished?: boolean,
/**
 * How they feel.
 */
mood: Mood,
/**
 * The place at which these customers are listed.
 */
place: JsonValue, };

/**
 * A node of a graph.
 */
export type Node = {
/**
 * The event's or touchpoint's name.
 */
name: string,
/**
 * How often it occurred.
 */
count: number,
/**
 * In how many sequences it occurred.
 */
sequences: number,
/**
 * How many sequences begin with it.
 */
starts: number,
/**
 * How many sequences end with it.
 */
ends: number, };

/**
 * Whose a touchpoint is.
 */
export type OwnedBy = "brand" | "partner" | "customer" | "social";

/**
 * What led to what.
 */
export type PathLink = {
/**
 * The index of the node it leaves.
 */
from: number,
/**
 * The index of the node it enters, one step later.
 */
to: number,
/**
 * How many paths.
 */
count: number,
/**
 * Median seconds between the two.
 */
median_seconds: number, };

/**
 * A place on the way.
 */
export type PathNode = {
/**
 * Which step, from 0.
 */
step: number,
/**
 * The event or touchpoint.
 */
name: string,
/**
 * How many paths are here at this step.
 */
count: number,
/**
 * How many end here: nothing came afterwards.
 */
ends: number,
/**
 * How many go on beyond the last step that is shown, or to a place that is not shown.
 */
beyond: number, };

/**
 * Which ways were gone, step by step.
 */
export type Paths = {
/**
 * The places, step by step, the most frequent of each step first.
 */
nodes: Array<PathNode>,
/**
 * What led to what.
 */
links: Array<PathLink>,
/**
 * How many paths were counted.
 */
paths: number,
/**
 * How many steps are shown at most.
 */
steps: number, };

/**
 * The people behind a count of an answer.
 */
export type People = {
/**
 * Which count: a place of the answer.
 */
place: JsonValue,
/**
 * How many there are: the count.
 */
total: number,
/**
 * Some of them, in the order of their keys.
 */
people: Array<Person>, };

/**
 * One of those who were counted.
 */
export type Person = {
/**
 * The customer's key (or of whatever was counted).
 */
key: number,
/**
 * What the customer is called.
 */
customer?: string | null,
/**
 * How often it was counted: more than once where journeys or attempts are counted.
 */
times: number,
/**
 * The first event that was counted.
 */
first: Instant,
/**
 * The last event that was counted.
 */
last: Instant,
/**
 * How many events.
 */
events: number, };

/**
 * A comment of a customer.
 */
export type Quote = {
/**
 * The words.
 */
text: string,
/**
 * The score given with it (−1 to 1), if any.
 */
score: number | null, };

/**
 * A text as it was read.
 */
export type ReadComment = {
/**
 * By which its label can be corrected: the hash of its words.
 */
hash: string,
/**
 * The words.
 */
text: string,
/**
 * When it was written.
 */
time: Instant,
/**
 * The score, from −1 to 1; null when it is in no language that the model knows.
 */
score: number | null,
/**
 * How it is meant: as people say, else as the model says; null when neither does.
 */
label: Tone | null,
/**
 * Whether people said so.
 */
corrected?: boolean,
/**
 * The mark that came with it, from −1 (worst) to 1 (best).
 */
mark?: number | null,
/**
 * The words that moved the score, and how much: 1.5 is decisive.
 */
because: Array<[string, number]>, };

/**
 * The most frequent sequences (variants).
 */
export type Sequences = {
/**
 * The variants, most frequent first.
 */
variants: Array<Variant>,
/**
 * How many different ones there are in all.
 */
distinct: number,
/**
 * How many sequences were counted.
 */
sequences: number, };

/**
 * Lines over one axis.
 */
export type Series = {
/**
 * What is across.
 */
axis: Axis,
/**
 * The lines.
 */
lines: Array<Line>,
/**
 * How they are to be drawn.
 */
style: SeriesStyle,
/**
 * From this point on, time is not over yet: figures will still grow.
 */
unfinished_from?: number | null, };

/**
 * How a series is to be drawn.
 */
export type SeriesStyle = "lines" | "bars" | "stacked" | "steps";

/**
 * Another sign of the same cause.
 */
export type Sign = {
/**
 * A few words.
 */
title: string,
/**
 * What happened.
 */
kind: FindingKind,
/**
 * The id of the touchpoint.
 */
touchpoint: string,
/**
 * The place at which those are listed whom it struck.
 */
place: JsonValue, };

/**
 * The same question answered for some: a group of the breakdown, or the other side of a comparison.
 */
export type Slice = {
/**
 * Who or what it is; the values of a group, one per breakdown.
 */
name: Array<string>,
/**
 * One sentence for a person.
 */
caption: string,
/**
 * How many were counted.
 */
units: number,
/**
 * The data.
 */
view: View,
/**
 * How its leading figures differ: a group's from all others', the other side's from the answer's.
 */
differences?: Array<Difference>, };

/**
 * What the map declares of a stage.
 */
export type StageInfo = {
/**
 * Its id.
 */
id: string,
/**
 * Its name.
 */
name: string,
/**
 * What the customer wants here.
 */
goal: string | null,
/**
 * Who answers for it.
 */
owner: string | null,
/**
 * How customers feel here, as the team believes (−1 to 1).
 */
believed: number | null,
/**
 * What the team believes and wants to check.
 */
hypotheses: Array<string>, };

/**
 * How sure something is.
 */
export type Status = "assumed" | "reported" | "observed" | "confirmed" | "fixed";

/**
 * One step of a funnel.
 */
export type Step = {
/**
 * Its name.
 */
name: string,
/**
 * How many reached it (or a later one).
 */
reached: number,
/**
 * Share of those who reached the first step; null when nobody did.
 */
from_first: number | null,
/**
 * Share of those who reached the previous step, with a Wilson interval; null on the first step and when nobody did.
 */
from_previous: Estimate | null,
/**
 * Median seconds from the previous step, among those who reached this one.
 */
median_seconds: number | null,
/**
 * Nine of ten of them took at most so many seconds.
 */
p90_seconds?: number | null,
/**
 * How many got this far and no further.
 */
stopped: number,
/**
 * Whether the step may be left out.
 */
optional?: boolean, };

/**
 * A funnel.
 */
export type Steps = {
/**
 * The steps in order.
 */
steps: Array<Step>,
/**
 * Share of those who did the first step that did the last; null when nobody did the first.
 */
conversion?: Estimate | null,
/**
 * How long the whole way took, among those who went it.
 */
time?: TimeToConvert | null,
/**
 * How many are not counted because something happened in between that the question excludes.
 */
excluded: number, };

/**
 * Rows under typed columns.
 */
export type Table = {
/**
 * The columns, in order.
 */
columns: Array<Column>,
/**
 * The rows; each has one cell per column.
 */
rows: Array<Array<JsonValue>>,
/**
 * The cells that are a number of people, or their share, and where these are.
 */
people?: Array<Counted>, };

/**
 * How long it took to get from the first step to the last.
 */
export type TimeToConvert = {
/**
 * Median seconds, among those who converted.
 */
median_seconds: number,
/**
 * Nine of ten who converted were at most this long on their way.
 */
p90_seconds: number,
/**
 * When half of all who entered will have converted (Kaplan and Meier), counting those who have not yet as open; null
 * when it never comes to half.
 */
half_of_all_seconds: number | null, };

/**
 * How a text is meant.
 */
export type Tone = "negative" | "neutral" | "positive";

/**
 * What the map declares of a touchpoint.
 */
export type TouchpointInfo = {
/**
 * Its id.
 */
id: string,
/**
 * Its name.
 */
name: string,
/**
 * The index of its stage.
 */
stage: number,
/**
 * Its channel ("web", "store", ...).
 */
channel: string | null,
/**
 * Whose it is.
 */
owned_by: OwnedBy,
/**
 * Whether it is offline.
 */
offline: boolean, };

/**
 * A week of a finding.
 */
export type TrendPoint = {
/**
 * Its first day.
 */
start: Instant,
/**
 * How many it could have struck.
 */
trials: number,
/**
 * How many it struck.
 */
hits: number, };

/**
 * Sequences that have the same steps.
 */
export type Variant = {
/**
 * The steps.
 */
steps: Array<string>,
/**
 * How many sequences are like this.
 */
count: number,
/**
 * Their share of all sequences.
 */
share: number,
/**
 * Median seconds from the first to the last step.
 */
median_seconds: number, };

/**
 * Whether a target is met.
 */
export type Verdict = "met" | "missed" | "not_sure";

/**
 * The shapes that an answer's data can have.
 */
export type View = { "shape": "table" } & Table | { "shape": "steps" } & Steps | { "shape": "graph" } & Graph | { "shape": "sequences" } & Sequences | { "shape": "series" } & Series | { "shape": "cohorts" } & Cohorts | { "shape": "paths" } & Paths | { "shape": "map" } & MeasuredMap | { "shape": "findings" } & Findings | { "shape": "kpis" } & Kpis | { "shape": "comments" } & Comments;
