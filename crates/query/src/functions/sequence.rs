//! `window_funnel`, `sequence_match` and `sequence_count`: the sequence kernels as aggregates over the rows of a group.
//!
//! Nothing is known of the order in which a group's rows come, so they are kept until the end and sorted by time then. Rows
//! that meet no condition are not kept: no kernel sees them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, ListArray, RecordBatch, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, TimeUnit, TimestampMicrosecondType, UInt32Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::format_state_name;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, ColumnarValue, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use periplus_kernels::{Funnel, FunnelRules, Matcher, Pattern};

use super::FunctionDoc;
use crate::error::QueryError;

pub(super) const DOCS: &[FunctionDoc] = &[
    FunctionDoc {
        call: "window_funnel(seconds, time, first, second, ...)",
        about: "Aggregate: how many of these conditions the group's rows meet one after the other, within so many seconds of the first; a row meets one of them at a time, as in the analysis funnel",
    },
    FunctionDoc {
        call: "sequence_match('(?1).*(?2)', time, first, second, ...)",
        about: "Aggregate: whether the pattern occurs; (?1) is a row that meets the first condition, . any row that meets one, .* any number of them, (?t<=60) at most 60 seconds in between",
    },
    FunctionDoc {
        call: "sequence_count('(?1).*(?2)', time, first, second, ...)",
        about: "Aggregate: how often the pattern occurs, without overlaps",
    },
];

/// As many conditions as a mask has bits.
const CONDITIONS_MAX: usize = 32;

pub(super) fn all() -> Vec<AggregateUDF> {
    [What::Funnel, What::Match, What::Count]
        .map(|what| AggregateUDF::from(Sequence { what, signature: Signature::user_defined(Volatility::Immutable) }))
        .into()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum What {
    Funnel,
    Match,
    Count,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sequence {
    what: What,
    signature: Signature,
}

fn wrong(text: String) -> datafusion::error::DataFusionError {
    QueryError::Wrong(text).into()
}

impl Sequence {
    fn begin(&self, args: &AccumulatorArgs<'_>) -> Result<Gathered> {
        let conditions = args.exprs.len().saturating_sub(2);
        let setting = constant(&args.exprs[0])?
            .ok_or_else(|| wrong(format!("the first argument of {}() must be the same for all rows", self.name())))?;
        let kernel = match self.what {
            What::Funnel => {
                let ScalarValue::Float64(Some(seconds)) = setting else {
                    return Err(wrong("window_funnel() needs its window in seconds".to_owned()));
                };
                let rules = FunnelRules { steps: conditions as u32, window: (seconds * 1e6) as i64, ..FunnelRules::default() };
                Kernel::Funnel(Funnel::new(rules).map_err(|error| wrong(error.to_string()))?)
            }
            What::Match | What::Count => {
                let text = setting.try_as_str().flatten().unwrap_or_default();
                let pattern = Pattern::parse(text, 1_000_000).map_err(|error| wrong(error.to_string()))?;
                let highest = pattern.steps().iter().filter_map(|step| step.condition).max().map_or(0, |bit| bit as usize + 1);
                if highest > conditions {
                    return Err(wrong(format!("the pattern speaks of condition {highest}, and {}() has {conditions}", self.name())));
                }
                let matcher = Matcher::new(pattern);
                if self.what == What::Match { Kernel::Match(matcher) } else { Kernel::Count(matcher) }
            }
        };
        Ok(Gathered { kernel, conditions, rows: Vec::new(), groups: 0 })
    }
}

/// The value of an expression that hangs on no row.
fn constant(expression: &Arc<dyn PhysicalExpr>) -> Result<Option<ScalarValue>> {
    let nothing = RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty()));
    Ok(match expression.evaluate(&nothing) {
        Ok(ColumnarValue::Scalar(value)) => Some(value),
        _ => None,
    })
}

impl AggregateUDFImpl for Sequence {
    fn name(&self) -> &str {
        match self.what {
            What::Funnel => "window_funnel",
            What::Match => "sequence_match",
            What::Count => "sequence_count",
        }
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.what == What::Match { DataType::Boolean } else { DataType::Int64 })
    }
    fn is_nullable(&self) -> bool {
        false
    }
    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(if self.what == What::Match { ScalarValue::Boolean(Some(false)) } else { ScalarValue::Int64(Some(0)) })
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let first = if self.what == What::Funnel { ("a number of seconds", DataType::Float64) } else { ("a pattern", DataType::Utf8) };
        if !(3..=CONDITIONS_MAX + 2).contains(&given.len()) {
            return Err(wrong(format!("{}() takes {}, a time, and 1 to {CONDITIONS_MAX} conditions", self.name(), first.0)));
        }
        if given[2..].iter().any(|kind| !matches!(kind, DataType::Boolean | DataType::Null)) {
            return Err(wrong(format!("{}() takes conditions such as event = 'Order Completed' after the time", self.name())));
        }
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Ok([first.1, time].into_iter().chain(given[2..].iter().map(|_| DataType::Boolean)).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(self.begin(&args)?))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let list = |what: &str, item: DataType| Arc::new(Field::new(format_state_name(args.name, what), listed(item), false));
        Ok(vec![list("times", DataType::Int64), list("masks", DataType::UInt32)])
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.begin(&args)?))
    }
}

fn item(kind: DataType) -> FieldRef {
    Arc::new(Field::new("item", kind, false))
}

fn listed(kind: DataType) -> DataType {
    DataType::List(item(kind))
}

#[derive(Debug)]
enum Kernel {
    Funnel(Funnel),
    Match(Matcher),
    Count(Matcher),
}

/// A row that meets some condition.
#[derive(Clone, Copy, Debug)]
struct Row {
    group: u32,
    mask: u32,
    time: i64,
}

/// The rows of groups, until they are all there.
#[derive(Debug)]
struct Gathered {
    kernel: Kernel,
    /// How many there are; what an ORDER BY in the call speaks of comes after them.
    conditions: usize,
    rows: Vec<Row>,
    groups: usize,
}

impl Gathered {
    /// Takes rows: the arguments of the function, the group of each, and which of them count.
    fn gather(&mut self, values: &[ArrayRef], group: impl Fn(usize) -> usize, counts: Option<&BooleanArray>) {
        each_row(&values[..2 + self.conditions], counts, |row, time, mask| self.rows.push(Row { group: group(row) as u32, mask, time }));
    }

    /// Takes back what [`Gathered::listed`] gave away.
    fn gather_lists(&mut self, states: &[ArrayRef], group: impl Fn(usize) -> usize) {
        let (times, masks) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for place in 0..times.len() {
            let (times, masks) = (times.value(place), masks.value(place));
            let pairs = times.as_primitive::<Int64Type>().values().iter().zip(masks.as_primitive::<UInt32Type>().values());
            self.rows.extend(pairs.map(|(time, mask)| Row { group: group(place) as u32, mask: *mask, time: *time }));
        }
    }

    /// Takes out the rows of the groups that are to be told now, group by group and in the order of time.
    fn take(&mut self, emit: EmitTo) -> (Vec<Row>, usize) {
        let (mut told, groups) = match emit {
            EmitTo::All => (std::mem::take(&mut self.rows), std::mem::take(&mut self.groups)),
            EmitTo::First(count) => {
                let (told, kept): (Vec<Row>, Vec<Row>) = self.rows.iter().partition(|row| (row.group as usize) < count);
                self.rows = kept.into_iter().map(|row| Row { group: row.group - count as u32, ..row }).collect();
                self.groups = self.groups.saturating_sub(count);
                (told, count)
            }
        };
        if !told.is_sorted_by_key(|row| (row.group, row.time)) {
            // Rows of the same time stay in the order in which they came.
            told.sort_by_key(|row| (row.group, row.time));
        }
        (told, groups)
    }

    fn tell(&mut self, emit: EmitTo) -> ArrayRef {
        let (told, groups) = self.take(emit);
        let (mut times, mut masks) = (Vec::new(), Vec::new());
        let mut rest = told.as_slice();
        let mut answers = Vec::with_capacity(groups);
        for group in 0..groups as u32 {
            let (mine, others) = rest.split_at(rest.iter().take_while(|row| row.group == group).count());
            rest = others;
            times.clear();
            masks.clear();
            times.extend(mine.iter().map(|row| row.time));
            masks.extend(mine.iter().map(|row| row.mask));
            answers.push(match &mut self.kernel {
                Kernel::Funnel(funnel) => i64::from(funnel.reach(&times, &masks).level),
                Kernel::Match(matcher) => i64::from(matcher.occurs(&times, &masks)),
                Kernel::Count(matcher) => matcher.count(&times, &masks) as i64,
            });
        }
        match self.kernel {
            Kernel::Match(_) => Arc::new(answers.into_iter().map(|answer| Some(answer == 1)).collect::<BooleanArray>()),
            _ => Arc::new(Int64Array::from(answers)),
        }
    }

    fn listed(&mut self, emit: EmitTo) -> Vec<ArrayRef> {
        let (told, groups) = self.take(emit);
        let mut lengths = vec![0; groups];
        told.iter().for_each(|row| lengths[row.group as usize] += 1);
        lists(told.into_iter().map(|row| (row.time, row.mask)), lengths)
    }

    fn bytes(&self) -> usize {
        size_of::<Gathered>() + self.rows.capacity() * size_of::<Row>()
    }
}

fn each_row(values: &[ArrayRef], counts: Option<&BooleanArray>, mut each: impl FnMut(usize, i64, u32)) {
    let times = values[1].as_primitive::<TimestampMicrosecondType>();
    let conditions: Vec<&BooleanArray> = values[2..].iter().map(|values| values.as_boolean()).collect();
    for row in 0..times.len() {
        if times.is_null(row) || counts.is_some_and(|counts| counts.is_null(row) || !counts.value(row)) {
            continue;
        }
        let met = |condition: &&BooleanArray| !condition.is_null(row) && condition.value(row);
        let mask = conditions.iter().enumerate().fold(0, |mask, (bit, condition)| mask | u32::from(met(condition)) << bit);
        if mask != 0 {
            each(row, times.value(row), mask);
        }
    }
}

fn lists(rows: impl Iterator<Item = (i64, u32)>, lengths: Vec<usize>) -> Vec<ArrayRef> {
    let (times, masks): (Vec<i64>, Vec<u32>) = rows.unzip();
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
    vec![
        Arc::new(ListArray::new(item(DataType::Int64), offsets.clone(), Arc::new(Int64Array::from(times)), None)),
        Arc::new(ListArray::new(item(DataType::UInt32), offsets, Arc::new(UInt32Array::from(masks)), None)),
    ]
}

impl GroupsAccumulator for Gathered {
    fn update_batch(&mut self, values: &[ArrayRef], groups: &[usize], counts: Option<&BooleanArray>, all: usize) -> Result<()> {
        self.groups = all;
        self.gather(values, |row| groups[row], counts);
        Ok(())
    }
    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        Ok(self.tell(emit))
    }
    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(self.listed(emit))
    }
    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], all: usize) -> Result<()> {
        self.groups = all;
        self.gather_lists(values, |row| groups[row]);
        Ok(())
    }
    fn convert_to_state(&self, values: &[ArrayRef], counts: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let mut lengths = vec![0; values[1].len()];
        let mut rows = Vec::new();
        each_row(&values[..2 + self.conditions], counts, |row, time, mask| {
            lengths[row] = 1;
            rows.push((time, mask));
        });
        Ok(lists(rows.into_iter(), lengths))
    }
    fn size(&self) -> usize {
        self.bytes()
    }
}

/// All rows are one group.
impl Accumulator for Gathered {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.gather(values, |_| 0, None);
        Ok(())
    }
    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.groups = 1;
        let rows = self.rows.clone();
        let answer = self.tell(EmitTo::All);
        // It may be asked again, after more rows.
        self.rows = rows;
        ScalarValue::try_from_array(&answer, 0)
    }
    fn size(&self) -> usize {
        self.bytes()
    }
    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.groups = 1;
        self.listed(EmitTo::All).iter().map(|list| ScalarValue::try_from_array(list, 0)).collect()
    }
    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.gather_lists(states, |_| 0);
        Ok(())
    }
}
