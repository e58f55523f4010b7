//! What was measured of an arm: how many units, their mean, and how it varies.

use serde::{Deserialize, Serialize};

use crate::Moments;

/// How many units, the mean, and the variance of one unit around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Units.
    pub n: u64,
    /// The mean; after CUPED the adjusted one.
    pub mean: f64,
    /// The variance of a unit, so that the mean's is `variance / n`.
    pub variance: f64,
    /// The mean before adjustment: what a lift is a lift over.
    pub base: f64,
}

impl Sample {
    /// A share, k in n: variance p (1 − p), as in gbstats. `None` without units.
    pub fn share(k: u64, n: u64) -> Option<Sample> {
        let mean = k.min(n) as f64 / n as f64;
        (n > 0).then_some(Sample { n, mean, variance: mean * (1.0 - mean), base: mean })
    }

    /// A mean of whole values (millionths of currency). `None` with fewer than two.
    pub fn mean(values: &Moments) -> Option<Sample> {
        let mean = values.mean()?;
        Some(Sample { n: values.count(), mean, variance: values.variance()?, base: mean })
    }
}

/// Values are counted as at most this, either way: 70 million of a currency in millionths.
pub const VALUE_MAX: i64 = 1 << 46;

/// Of each unit two whole numbers: `y`, what is measured, and `x`, what goes with it: what it is divided by (orders and sessions) or what was
/// known before the experiment. All sums are exact, so merging in any order gives the same figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    count: u64,
    y: i128,
    x: i128,
    yy: i128,
    xx: i128,
    xy: i128,
}

impl Measured {
    /// Adds a unit. Values beyond ± [`VALUE_MAX`] count as that, so that 2³⁴ units cannot overflow the sums.
    pub fn add(&mut self, y: i64, x: i64) {
        let [y, x] = [y, x].map(|value| i128::from(value.clamp(-VALUE_MAX, VALUE_MAX)));
        self.merge(&Measured { count: 1, y, x, yy: y * y, xx: x * x, xy: x * y });
    }

    /// Adds what others have counted.
    pub fn merge(&mut self, other: &Measured) {
        self.count = self.count.saturating_add(other.count);
        self.y = self.y.saturating_add(other.y);
        self.x = self.x.saturating_add(other.x);
        self.yy = self.yy.saturating_add(other.yy);
        self.xx = self.xx.saturating_add(other.xx);
        self.xy = self.xy.saturating_add(other.xy);
    }

    /// How many units.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Means of y and x, then variances and covariance (over n − 1). `None` with fewer than two units.
    fn moments(&self) -> Option<[f64; 5]> {
        if self.count < 2 {
            return None;
        }
        let n = self.count as f64;
        let around = |product: i128, one: i128, two: i128| (product as f64 - one as f64 * (two as f64 / n)) / (n - 1.0);
        let (vy, vx) = (around(self.yy, self.y, self.y).max(0.0), around(self.xx, self.x, self.x).max(0.0));
        Some([self.y as f64 / n, self.x as f64 / n, vy, vx, around(self.xy, self.x, self.y)])
    }

    /// The mean of y alone. `None` with fewer than two units.
    pub fn mean(&self) -> Option<Sample> {
        let [mean, _, variance, ..] = self.moments()?;
        Some(Sample { n: self.count, mean, variance, base: mean })
    }

    /// The ratio Σy / Σx, where a unit is drawn as a whole: variance (V(y) − 2R C(x, y) + R² V(x)) / x̄² by the delta method (Deng and others 2018). `None`
    /// with fewer than two units or Σx not above 0.
    pub fn ratio(&self) -> Option<Sample> {
        let [y, x, vy, vx, xy] = self.moments()?;
        let ratio = y / x;
        let variance = ((vy - 2.0 * ratio * xy + ratio * ratio * vx) / (x * x)).max(0.0);
        (x > 0.0 && variance.is_finite()).then_some(Sample { n: self.count, mean: ratio, variance, base: ratio })
    }
}

/// CUPED: what was known of units before the experiment takes out the part of the scatter that has nothing to do with it (Deng and others 2013).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Steadier {
    /// By how much a unit's y is expected to be larger for one more of x: C(x, y) / V(x) over all arms together.
    pub theta: f64,
    /// The share of the variance that is left: 1 − correlation². 1 means that it was of no use.
    pub variance_left: f64,
    mean_x: f64,
}

impl Steadier {
    /// Learns from all arms together: x must be from before the experiment, so that arms cannot differ in it but by chance. `None` with
    /// fewer than two units, or when x or y is the same for all.
    pub fn new(arms: &[Measured]) -> Option<Steadier> {
        let mut all = Measured::default();
        arms.iter().for_each(|arm| all.merge(arm));
        let [_, mean_x, vy, vx, xy] = all.moments()?;
        let (theta, variance_left) = (xy / vx, (1.0 - xy / vx * (xy / vy)).clamp(0.0, 1.0));
        (theta.is_finite() && vx > 0.0 && vy > 0.0).then_some(Steadier { theta, variance_left, mean_x })
    }

    /// An arm's mean of y − θ (x − x̄), x̄ over all arms, with its variance. `None` with fewer than two units.
    pub fn adjust(&self, arm: &Measured) -> Option<Sample> {
        let [y, x, vy, vx, xy] = arm.moments()?;
        let variance = (vy - 2.0 * self.theta * xy + self.theta * self.theta * vx).max(0.0);
        Some(Sample { n: arm.count, mean: y - self.theta * (x - self.mean_x), variance, base: y })
    }
}
