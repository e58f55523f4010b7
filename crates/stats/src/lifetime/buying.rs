//! How many purchases are to come: fitting one of three models, and what it says.

use periplus_model::answer::Estimate;
use serde::{Deserialize, Serialize};

use super::summary::{History, Row};
use super::{BOUND, FEW_REPEATERS, LifetimeError, Parameter, RUN_AWAY, Summary, Warning, beta_geometric, pareto, with_interval};
use crate::climb::{Limits, climb, top};
use crate::matrix;
use crate::special::soft_plus;

/// Which model of buying and dropping out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// BG/NBD: customers drop out after a repeat purchase or never. Parameters r, alpha, a, b. The usual first choice; quick.
    BgNbd,
    /// MBG/NBD: customers may drop out after the first purchase, too. Parameters as BG/NBD. Takes nobody to be alive for certain.
    MbgNbd,
    /// Pareto/NBD: customers drop out at any time. Parameters r, alpha, s, beta. The original; slower.
    ParetoNbd,
}

impl Model {
    /// What the literature calls the parameters.
    pub fn parameters(self) -> [&'static str; 4] {
        match self {
            Model::BgNbd | Model::MbgNbd => ["r", "alpha", "a", "b"],
            Model::ParetoNbd => ["r", "alpha", "s", "beta"],
        }
    }

    fn offset(self) -> u64 {
        u64::from(self == Model::MbgNbd)
    }

    /// Which parameters are times.
    fn is_time(self) -> [bool; 4] {
        [false, true, false, self == Model::ParetoNbd]
    }

    fn likelihood(self, rows: &[Row], logs: &[f64; 4]) -> (f64, [f64; 4]) {
        match self {
            Model::BgNbd | Model::MbgNbd => beta_geometric::likelihood(rows, self.offset(), logs),
            Model::ParetoNbd => pareto::likelihood(rows, logs),
        }
    }

    /// Where to begin, with times in units of the mean age: few and many drop-outs, alike and unlike customers.
    fn starts(self) -> [[f64; 4]; 4] {
        match self {
            Model::BgNbd | Model::MbgNbd => [[0.3, 0.15, 0.8, 2.5], [1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 0.3, 10.0], [0.6, 0.3, 0.1, 0.3]],
            Model::ParetoNbd => [[0.5, 0.3, 0.6, 0.3], [1.0, 1.0, 1.0, 1.0], [3.0, 2.0, 0.2, 2.0], [0.3, 0.2, 2.0, 5.0]],
        }
    }
}

/// A model with its parameters; times are in the unit of the summaries that it was fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BuyingModel {
    model: Model,
    values: [f64; 4],
}

/// For how long ahead, and what the future is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// How long a period is, in the unit of the summaries (a month is 4.345 weeks).
    pub period: f64,
    /// How many periods.
    pub periods: u32,
    /// What a period takes off: a purchase in the k-th counts as 1/(1 + discount)ᵏ of one today. 0.01 is 1 %.
    pub discount: f64,
    /// How much of the value of a purchase is gained, 0 to 1; 1 gives turnover.
    pub margin: f64,
}

impl Horizon {
    /// Checks the figures.
    ///
    /// # Errors
    /// [`LifetimeError::Horizon`] saying what is wrong.
    pub fn check(&self) -> Result<(), LifetimeError> {
        let wrong = |what| Err(LifetimeError::Horizon(what));
        match self {
            h if !(h.period > 0.0 && h.period <= 1e9) => wrong("the period of a horizon must be above 0 and at most 1e9"),
            h if !(1..=10_000).contains(&h.periods) => wrong("a horizon has 1 to 10,000 periods"),
            h if !(h.discount > -1.0 && h.discount <= 1e6) => wrong("the discount must be a number above -1 (0.01 is 1 % a period)"),
            h if !(0.0..=1.0).contains(&h.margin) => wrong("the margin must be from 0 to 1"),
            _ => Ok(()),
        }
    }
}

impl BuyingModel {
    /// A model with given parameters, in the order of [`Model::parameters`].
    ///
    /// # Errors
    /// [`LifetimeError::Parameter`] for what is not from 1e-12 to 1e12.
    pub fn new(model: Model, values: [f64; 4]) -> Result<BuyingModel, LifetimeError> {
        match (0..4).find(|i| !(1e-12..=1e12).contains(&values[*i])) {
            Some(i) => Err(LifetimeError::Parameter { name: model.parameters()[i] }),
            None => Ok(BuyingModel { model, values }),
        }
    }

    /// Which model.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Its parameters.
    pub fn values(&self) -> [f64; 4] {
        self.values
    }

    fn odds_dropped(&self, x: u64, last: f64, age: f64) -> Option<f64> {
        match self.model {
            Model::BgNbd | Model::MbgNbd => beta_geometric::odds_dropped(self.values, self.model.offset(), x, last, age),
            Model::ParetoNbd => pareto::odds_dropped(self.values, x, last, age),
        }
    }

    /// The log-likelihood of these customers under these parameters.
    pub fn log_likelihood(&self, history: &History) -> f64 {
        let is_time = self.model.is_time();
        let logs = std::array::from_fn(|i| if is_time[i] { (self.values[i] / history.unit).ln() } else { self.values[i].ln() });
        self.model.likelihood(&history.rows, &logs).0 * history.customers as f64 - history.purchases * history.unit.ln()
    }

    /// The probability that a customer with x repeat purchases, the last at `last`, has not dropped out at age T: 1 / (1 + odds of having
    /// dropped out), (Fader, Hardie and Lee 2005; Batislam and others 2007; Schmittlein and others 1987). Under BG/NBD it is 1 for
    /// everybody without a repeat purchase, which is an artefact of the model.
    ///
    /// # Errors
    /// [`LifetimeError::Summary`] for what no customer can have; so in the other methods. Its `customers` counts nowhere.
    pub fn alive(&self, of: &Summary) -> Result<f64, LifetimeError> {
        check(of)?;
        Ok(self.odds_dropped(of.repeats, of.last, of.age).map_or(1.0, |odds| soft_plus(-odds).1))
    }

    /// How many purchases a customer with this history is expected to make in the next `t`.
    ///
    /// # Errors
    /// [`LifetimeError::Horizon`] when `t` is not from 0 to 100,000 times (alpha + T), or brings a million purchases; and as in [`alive`](Self::alive).
    pub fn expected(&self, of: &Summary, t: f64) -> Result<f64, LifetimeError> {
        Ok(self.alive(of)? * self.expected_if_alive(of, t)?)
    }

    /// The same of a customer of whom it is known that they are alive: [`expected`](Self::expected) is this times [`alive`](Self::alive). It does
    /// not hang on when they last bought, so customers with equal x and T share it.
    ///
    /// # Errors
    /// As in [`expected`](Self::expected).
    pub fn expected_if_alive(&self, of: &Summary, t: f64) -> Result<f64, LifetimeError> {
        check(of)?;
        let expected = match self.model {
            _ if !(0.0..=1e12).contains(&t) => None,
            Model::BgNbd | Model::MbgNbd => beta_geometric::expected_if_alive(self.values, self.model.offset(), of.repeats, of.age, t),
            Model::ParetoNbd => Some(pareto::expected_if_alive(self.values, of.repeats, of.age, t)),
        };
        expected.filter(|expected| expected.is_finite()).ok_or(TOO_LONG)
    }

    /// How many repeat purchases a new customer is expected to make in their first `t`.
    ///
    /// # Errors
    /// [`LifetimeError::Horizon`] when `t` is not from 0 to 100,000 times alpha.
    pub fn expected_of_new(&self, t: f64) -> Result<f64, LifetimeError> {
        let expected = match self.model {
            _ if !(0.0..=1e12).contains(&t) => None,
            Model::BgNbd | Model::MbgNbd => beta_geometric::expected_of_new(self.values, self.model.offset(), t),
            Model::ParetoNbd => Some(pareto::expected_if_alive(self.values, 0, 0.0, t)),
        };
        expected.filter(|expected| expected.is_finite()).ok_or(TOO_LONG)
    }

    /// How many discounted purchases are to come within a horizon: Σ over periods of the expected purchases in it ÷ (1 + discount)ᵏ.
    ///
    /// # Errors
    /// [`LifetimeError::Horizon`], and as in [`alive`](Self::alive).
    pub fn discounted(&self, of: &Summary, horizon: &Horizon) -> Result<f64, LifetimeError> {
        let discounted = self.alive(of)? * self.discounted_if_alive(of, horizon)?;
        if discounted.is_finite() { Ok(discounted) } else { Err(TOO_LONG) }
    }

    /// The same of a customer of whom it is known that they are alive: [`discounted`](Self::discounted) is this times [`alive`](Self::alive).
    ///
    /// # Errors
    /// As in [`discounted`](Self::discounted).
    pub fn discounted_if_alive(&self, of: &Summary, horizon: &Horizon) -> Result<f64, LifetimeError> {
        horizon.check()?;
        let (mut before, mut sum, mut factor) = (0.0, 0.0, 1.0);
        if horizon.discount == 0.0 {
            return self.expected_if_alive(of, horizon.period * f64::from(horizon.periods));
        }
        for k in 1..=horizon.periods {
            factor /= 1.0 + horizon.discount;
            let by_then = self.expected_if_alive(of, horizon.period * f64::from(k))?;
            sum += (by_then - before) * factor;
            before = by_then;
        }
        if sum.is_finite() { Ok(sum) } else { Err(TOO_LONG) }
    }

    /// What a customer will still be worth: [`discounted`](Self::discounted) purchases × what each is expected to be worth × margin. The
    /// expected value comes from [`GammaGamma::expected`](super::GammaGamma::expected).
    ///
    /// # Errors
    /// As in [`discounted`](Self::discounted); [`LifetimeError::Horizon`] when the value is no number.
    pub fn worth(&self, of: &Summary, expected_value: f64, horizon: &Horizon) -> Result<f64, LifetimeError> {
        let worth = self.discounted(of, horizon)? * expected_value * horizon.margin;
        if worth.is_finite() { Ok(worth) } else { Err(LifetimeError::Horizon("the expected value of a purchase must be a number")) }
    }

    /// DERT: how many purchases are to come ever, discounted continuously at `rate` per unit of time (ln (1 + discount per unit)); Fader,
    /// Hardie and Lee 2005. Only Pareto/NBD has it; `None` for the others, where a long [`Horizon`] serves.
    ///
    /// # Errors
    /// [`LifetimeError::Horizon`] when `rate` is not above 0, and as in [`alive`](Self::alive).
    pub fn discounted_ever(&self, of: &Summary, rate: f64) -> Result<Option<f64>, LifetimeError> {
        if !(rate > 0.0 && rate <= 1e6) {
            return Err(LifetimeError::Horizon("without a discount above 0 there is no end to what is to come"));
        }
        let alive = self.alive(of)?;
        Ok(match self.model {
            Model::BgNbd | Model::MbgNbd => None,
            Model::ParetoNbd => Some(alive * pareto::discounted_if_alive(self.values, of.repeats, of.age, rate)).filter(|e| e.is_finite()),
        })
    }
}

const TOO_LONG: LifetimeError = LifetimeError::Horizon(
    "the horizon must be from 0 to 100,000 times as long as customers were observed, and short of a million purchases",
);

fn check(of: &Summary) -> Result<(), LifetimeError> {
    of.complaint().map_or(Ok(()), |reason| Err(LifetimeError::Summary { place: 0, reason }))
}

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The model with the parameters under which these customers are most likely.
    pub model: BuyingModel,
    /// The parameters with their errors.
    pub parameters: Vec<Parameter>,
    /// The logarithm of that likelihood: to compare models of the same customers; larger is better.
    pub log_likelihood: f64,
    /// How many customers.
    pub customers: u64,
    /// Where the assumptions do not hold.
    pub warnings: Vec<Warning>,
    #[serde(skip)]
    covariance: Option<Vec<f64>>,
}

impl Fit {
    /// A figure of the model with the interval that the uncertainty of its parameters gives (delta method). The sum of the expected purchases
    /// of a segment, say. What single customers do scatters much more. `None` when the likelihood is flat, or the figure is none.
    pub fn interval(&self, figure: impl Fn(&BuyingModel) -> Option<f64>) -> Option<Estimate> {
        let model = self.model.model;
        with_interval(self.model.values, self.covariance.as_deref()?, self.customers, |values| figure(&BuyingModel { model, values }))
    }
}

/// So many different histories are enough to find the way; the rest only refines it.
const SAMPLE: usize = 2_000;

/// Fits a model by maximum likelihood: from four starts on up to 2,000 of the histories (every k-th in order, so that all kinds are
/// among them), then from the best on all, by quasi-Newton steps with analytic slopes and a last Newton step. Standard errors are from the
/// curvature of the likelihood in the logarithms of the parameters. Work grows linearly with different histories.
///
/// # Errors
/// [`LifetimeError::NoFit`] when no parameters were found.
pub fn fit(model: Model, history: &History) -> Result<Fit, LifetimeError> {
    let rows = &history.rows;
    let few: Vec<Row> = rows.iter().step_by(rows.len().div_ceil(SAMPLE).max(1)).copied().collect();
    let limits = Limits { bound: BOUND, steps: 100, slope: 1e-5 };
    let mut way = |logs: &[f64; 4]| model.likelihood(&few, logs);
    let first = model
        .starts()
        .into_iter()
        .filter_map(|start| climb(&mut way, start.map(f64::ln), None, limits))
        .max_by(|one, two| one.height.total_cmp(&two.height))
        .ok_or(LifetimeError::NoFit)?;
    let mut hill = |logs: &[f64; 4]| model.likelihood(rows, logs);
    // What the sample taught of the curvature holds for all, because heights are means.
    let limits = Limits { bound: BOUND, steps: 200, slope: 1e-7 };
    let (place, curvature) = top(&mut hill, first.at, Some(first.inverse), limits).ok_or(LifetimeError::NoFit)?;
    let is_time = model.is_time();
    let values: [f64; 4] = std::array::from_fn(|i| place.at[i].exp() * if is_time[i] { history.unit } else { 1.0 });
    let fitted = BuyingModel::new(model, values).map_err(|_| LifetimeError::NoFit)?;
    let customers = history.customers as f64;
    let run_away: Vec<Warning> = (0..4)
        .filter(|i| !(1.0 / RUN_AWAY..=RUN_AWAY).contains(&place.at[*i].exp()))
        .map(|i| Warning::RunAway { parameter: model.parameters()[i], value: values[i] })
        .collect();
    let covariance = matrix::inverse(&curvature, 4)
        .filter(|_| run_away.is_empty())
        .map(|inverse| inverse.into_iter().map(|cell| cell / customers).collect::<Vec<f64>>());
    let mut warnings = Vec::new();
    if history.repeaters < FEW_REPEATERS {
        warnings.push(Warning::FewRepeaters { repeaters: history.repeaters });
    }
    if run_away.is_empty() && covariance.is_none() {
        warnings.push(Warning::Flat);
    }
    warnings.extend(run_away);
    if model == Model::BgNbd && history.repeaters < history.customers {
        warnings.push(Warning::AliveByConstruction { customers: history.customers - history.repeaters });
    }
    Ok(Fit {
        model: fitted,
        parameters: super::parameters(model.parameters(), values, covariance.as_deref()),
        log_likelihood: place.height * customers - history.purchases * history.unit.ln(),
        customers: history.customers,
        warnings,
        covariance,
    })
}
