//! What a run must still cost at least, from the marking equation.
//!
//! Of a run from a marking m to the end, let x be how often each transition happens alone, s how often together with what the customer
//! did, and l how often an activity of the customer stays alone. Then C(x + s) = end − m for the incidence matrix C, and for each
//! activity a that the customer still has n(a) times, Σ s + l = n(a). The least cost Σ x (of named transitions) + Σ l under these
//! equations is a lower bound (Adriansyah 2014, "Aligning observed and modeled behavior"; van Dongen 2018, "Efficiently
//! computing alignments"). Instead of solving that for each state, its dual is solved for some: values y of places and d of
//! activities that maximise y·(end − m) + Σ n(a) d(a) while
//!
//! - a transition alone gains at most what it costs: (Cᵀy)(t) ≤ 1, or ≤ 0 where it is silent;
//! - one together with its activity gains nothing: (Cᵀy)(t) + d(a) ≤ 0;
//! - an activity alone gains at most 1: d(a) ≤ 1.
//!
//! Whoever keeps these has a lower bound for *every* state, by a sum over the tokens, because they do not depend on m and n; and no
//! step can make it fall by more than the step costs (a potential: Pommerening, Helmert, Röger and Seipp 2015, "From non-negative
//! to general operator cost partitioning"). All values at 0 keep them, so the simplex method begins there, and goes on from where it
//! stopped for the next state.

use super::space::Space;

/// Values that are at most so far from 0 count as 0 while solving.
const NEAR: f64 = 1e-9;
/// No more exchanges than this for one state: whatever is reached by then is a bound, too.
const PIVOTS_MAX: usize = 400;
/// A fresh start after so many states, so that rounding does not add up.
const SOLVED_MAX: usize = 200;
/// Rows times columns at most; larger nets are searched without the equation.
const CELLS_MAX: usize = 4_000_000;
/// Values beyond this are not trusted.
const VALUE_MAX: f64 = 1e5;

/// Values of places and activities.
#[derive(Clone, Debug, PartialEq)]
pub struct Potential {
    /// y: by place.
    pub places: Vec<f64>,
    /// d: by activity.
    pub activities: Vec<f64>,
}

/// What the equation says of a state.
pub enum Bound {
    /// The best values for it.
    Potential(Potential),
    /// From here nobody comes to the end.
    DeadEnd,
    /// Nothing could be said.
    Unknown,
}

/// The dual problem in the form of a dictionary: each row a basic variable in terms of the columns' variables.
#[derive(Clone)]
pub struct Equation {
    rows: usize,
    columns: usize,
    /// By row: the coefficients of the columns' variables, then the constant.
    cells: Vec<f64>,
    basic: Vec<Variable>,
    free: Vec<Variable>,
    places: usize,
    activities: usize,
    solved: usize,
    pristine: Option<Box<Equation>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Variable {
    /// y or d: of any sign.
    Value(u32),
    /// What is left of an inequality: not negative.
    Slack(u32),
}

impl Equation {
    /// The dual problem of a net; `None` where it is too large.
    pub fn new(space: &Space, activities: usize) -> Option<Equation> {
        let columns = space.places + activities;
        let together = space.moves.iter().filter(|step| step.activity.is_some()).count();
        let rows = space.moves.len() + together + activities;
        if rows.checked_mul(columns + 1)? > CELLS_MAX {
            return None;
        }
        let width = columns + 1;
        let mut cells = vec![0.0; rows * width];
        let mut row = 0;
        // slack = right side − left side
        let incidence = |cells: &mut [f64], row: usize, number: usize| {
            let step = &space.moves[number];
            step.takes.iter().for_each(|(place, count)| cells[row * width + *place as usize] += f64::from(*count));
            step.gives.iter().for_each(|(place, count)| cells[row * width + *place as usize] -= f64::from(*count));
        };
        for (number, step) in space.moves.iter().enumerate() {
            incidence(&mut cells, row, number);
            cells[row * width + columns] = if step.activity.is_some() { 1.0 } else { 0.0 };
            row += 1;
            if let Some(activity) = step.activity {
                incidence(&mut cells, row, number);
                cells[row * width + space.places + activity as usize] -= 1.0;
                row += 1;
            }
        }
        for activity in 0..activities {
            cells[row * width + space.places + activity] = -1.0;
            cells[row * width + columns] = 1.0;
            row += 1;
        }
        Some(Equation {
            rows,
            columns,
            cells,
            basic: (0..rows as u32).map(Variable::Slack).collect(),
            free: (0..columns as u32).map(Variable::Value).collect(),
            places: space.places,
            activities,
            solved: 0,
            pristine: None,
        })
    }

    /// The best bound for a marking, with `left` activities that the customer still has.
    pub fn solve(&mut self, space: &Space, marking: u32, left: &[u32]) -> Bound {
        if self.pristine.is_none() {
            self.pristine = Some(Box::new(self.copy()));
        } else if self.solved >= SOLVED_MAX {
            self.afresh();
        }
        self.solved += 1;
        let mut gain = vec![0.0; self.columns];
        for (place, tokens) in space.tokens(marking).iter().enumerate() {
            gain[place] = f64::from(space.end[place]) - f64::from(*tokens);
        }
        left.iter().enumerate().for_each(|(activity, count)| gain[self.places + activity] = f64::from(*count));
        if !self.climb(&gain) {
            return Bound::DeadEnd;
        }
        let found = self.values();
        if keeps(space, &found) {
            return Bound::Potential(found);
        }
        // Rounding spoilt it: once more from the beginning.
        self.afresh();
        if !self.climb(&gain) {
            return Bound::DeadEnd;
        }
        let found = self.values();
        if keeps(space, &found) { Bound::Potential(found) } else { Bound::Unknown }
    }

    fn copy(&self) -> Equation {
        Equation { cells: self.cells.clone(), basic: self.basic.clone(), free: self.free.clone(), pristine: None, ..*self }
    }

    fn afresh(&mut self) {
        if let Some(pristine) = self.pristine.take() {
            *self = pristine.copy();
            self.pristine = Some(pristine);
        }
    }

    /// Moves to the best values for these gains; false where there is no best because there is no limit.
    fn climb(&mut self, gain: &[f64]) -> bool {
        let width = self.columns + 1;
        let of = |variable: Variable| match variable {
            Variable::Value(number) => gain[number as usize],
            Variable::Slack(_) => 0.0,
        };
        let mut objective: Vec<f64> = self.free.iter().map(|variable| of(*variable)).collect();
        for (row, variable) in self.basic.iter().enumerate() {
            let gain = of(*variable);
            if gain != 0.0 {
                let cells = &self.cells[row * width..][..self.columns];
                objective.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += gain * cell);
            }
        }
        for pivot in 0..PIVOTS_MAX {
            // The steepest; after many steps the first, which cannot go round in circles (Bland 1977).
            let useful = |column: &usize| match self.free[*column] {
                Variable::Value(_) => objective[*column].abs() > NEAR,
                Variable::Slack(_) => objective[*column] > NEAR,
            };
            let mut candidates = (0..self.columns).filter(useful);
            let entering = if pivot < PIVOTS_MAX / 2 {
                candidates.max_by(|a, b| objective[*a].abs().total_cmp(&objective[*b].abs()).then(b.cmp(a)))
            } else {
                candidates.next()
            };
            let Some(column) = entering else { return true };
            let direction = objective[column].signum();
            let mut leaving: Option<(usize, f64, f64)> = None;
            for row in 0..self.rows {
                if matches!(self.basic[row], Variable::Value(_)) {
                    continue;
                }
                let slope = self.cells[row * width + column] * direction;
                if slope < -NEAR {
                    let room = self.cells[row * width + self.columns].max(0.0) / -slope;
                    let better = leaving.is_none_or(|(_, least, steep)| room < least - 1e-12 || (room <= least + 1e-12 && slope < steep));
                    if better {
                        leaving = Some((row, room, slope));
                    }
                }
            }
            let Some((row, _, _)) = leaving else { return false };
            self.exchange(row, column, &mut objective);
        }
        true
    }

    /// Makes the column's variable basic and the row's free.
    fn exchange(&mut self, row: usize, column: usize, objective: &mut [f64]) {
        let width = self.columns + 1;
        let pivot = self.cells[row * width + column];
        // basic = ... + pivot · free  ⇒  free = (basic − ...) / pivot
        let mut own: Vec<f64> = self.cells[row * width..][..width].iter().map(|cell| -cell / pivot).collect();
        own[column] = 1.0 / pivot;
        let used: Vec<(usize, f64)> = own.iter().copied().enumerate().filter(|(_, cell)| cell.abs() > 1e-12).collect();
        for other in 0..self.rows {
            let cells = &mut self.cells[other * width..][..width];
            let factor = cells[column];
            if other == row || factor == 0.0 {
                continue;
            }
            cells[column] = 0.0;
            used.iter().for_each(|(at, cell)| cells[*at] += factor * cell);
        }
        let factor = std::mem::take(&mut objective[column]);
        used.iter().filter(|(at, _)| *at < self.columns).for_each(|(at, cell)| objective[*at] += factor * cell);
        self.cells[row * width..][..width].copy_from_slice(&own);
        std::mem::swap(&mut self.basic[row], &mut self.free[column]);
    }

    /// The values at hand: free ones are 0, basic ones are their constants.
    fn values(&self) -> Potential {
        let mut all = vec![0.0; self.columns];
        for (row, variable) in self.basic.iter().enumerate() {
            if let Variable::Value(number) = variable {
                all[*number as usize] = self.cells[row * (self.columns + 1) + self.columns];
            }
        }
        let activities = all.split_off(self.places);
        debug_assert_eq!(activities.len(), self.activities);
        Potential { places: all, activities }
    }
}

/// Whether the values keep all inequalities.
fn keeps(space: &Space, potential: &Potential) -> bool {
    const SLACK: f64 = 1e-6;
    let all = potential.places.iter().chain(&potential.activities);
    if all.clone().any(|value| value.is_nan() || value.abs() > VALUE_MAX) || potential.activities.iter().any(|value| *value > 1.0 + SLACK) {
        return false;
    }
    space.moves.iter().all(|step| {
        let sum = |arcs: &[(u32, u32)]| arcs.iter().map(|(place, n)| potential.places[*place as usize] * f64::from(*n)).sum::<f64>();
        let gain = sum(&step.gives) - sum(&step.takes);
        match step.activity {
            None => gain <= SLACK,
            Some(activity) => gain <= 1.0 + SLACK && gain + potential.activities[activity as usize] <= SLACK,
        }
    })
}
