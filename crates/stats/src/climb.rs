//! The top of a smooth hill of a few dimensions: where a likelihood is largest.

use crate::matrix;

/// A place, how high it is, and the slope there.
#[derive(Clone, Debug)]
pub(crate) struct Place<const N: usize> {
    pub at: [f64; N],
    pub height: f64,
    pub slope: [f64; N],
    /// The inverse of the curvature as far as it was learned on the way (row by row), to go on from.
    pub inverse: Vec<f64>,
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// No coordinate leaves −bound to bound.
    pub bound: f64,
    /// As many steps at most.
    pub steps: usize,
    /// The top is reached when no slope is larger than this.
    pub slope: f64,
}

/// Climbs by quasi-Newton steps (Broyden, Fletcher, Goldfarb and Shanno, with Armijo's rule for the length; Nocedal and Wright,
/// *Numerical Optimization*, chapters 3 and 6) within a box. A coordinate that presses against the box stays there. `hill` gives
/// height and slope; where it gives no number the step was too long. `None` when it gives none at the start.
pub(crate) fn climb<const N: usize>(
    hill: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]),
    start: [f64; N],
    learned: Option<Vec<f64>>,
    limits: Limits,
) -> Option<Place<N>> {
    let at = start.map(|value| value.clamp(-limits.bound, limits.bound));
    let (height, slope) = hill(&at);
    let mut here = Place { at, height, slope, inverse: learned.unwrap_or_else(one::<N>) };
    if !is_place(&here) {
        return None;
    }
    // A ridge that rises for ever flattens on the way: steps that bring nothing end it.
    let mut idle = 0;
    for _ in 0..limits.steps {
        let pressed = pressed(&here, limits.bound);
        if (0..N).all(|i| pressed[i] || here.slope[i].abs() <= limits.slope) {
            break;
        }
        let direction = direction(&here, &pressed).or_else(|| {
            here.inverse = one::<N>();
            direction(&here, &pressed)
        });
        let Some(direction) = direction else { break };
        let Some(next) = step(hill, &here, &direction, limits.bound) else {
            if here.inverse == one::<N>() {
                break;
            }
            here.inverse = one::<N>();
            continue;
        };
        idle = if next.height - here.height <= 1e-11 * (1.0 + here.height.abs()) { idle + 1 } else { 0 };
        here = next;
        if idle == 3 {
            break;
        }
    }
    Some(here)
}

fn one<const N: usize>() -> Vec<f64> {
    (0..N * N).map(|at| if at % (N + 1) == 0 { 1.0 } else { 0.0 }).collect()
}

fn is_place<const N: usize>(place: &Place<N>) -> bool {
    place.height.is_finite() && place.slope.iter().all(|slope| slope.is_finite())
}

/// Which coordinates are at the edge of the box and would go further.
fn pressed<const N: usize>(here: &Place<N>, bound: f64) -> [bool; N] {
    std::array::from_fn(|i| (here.at[i] >= bound && here.slope[i] > 0.0) || (here.at[i] <= -bound && here.slope[i] < 0.0))
}

fn direction<const N: usize>(here: &Place<N>, pressed: &[bool; N]) -> Option<[f64; N]> {
    let direction: [f64; N] = std::array::from_fn(|i| {
        if pressed[i] { 0.0 } else { (0..N).filter(|j| !pressed[*j]).map(|j| here.inverse[i * N + j] * here.slope[j]).sum() }
    });
    let uphill: f64 = (0..N).map(|i| direction[i] * here.slope[i]).sum();
    // A step of more than 4 in a logarithm is a factor of 50: no hill is known that well.
    let longest = direction.iter().fold(0.0f64, |longest, part| longest.max(part.abs()));
    (uphill > 0.0 && longest.is_finite()).then(|| direction.map(|part| part * f64::min(1.0, 4.0 / longest)))
}

fn step<const N: usize>(
    hill: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]),
    here: &Place<N>,
    direction: &[f64; N],
    bound: f64,
) -> Option<Place<N>> {
    let mut length = 1.0;
    for _ in 0..15 {
        let at: [f64; N] = std::array::from_fn(|i| (here.at[i] + length * direction[i]).clamp(-bound, bound));
        let moved: [f64; N] = std::array::from_fn(|i| at[i] - here.at[i]);
        let expected: f64 = (0..N).map(|i| moved[i] * here.slope[i]).sum();
        let (height, slope) = hill(&at);
        let next = Place { at, height, slope, inverse: Vec::new() };
        // Near the top, heights differ by less than rounding; there a smaller slope is progress as well.
        let flat = (height - here.height).abs() <= 1e-13 * here.height.abs() && steepest(&slope) < steepest(&here.slope);
        if is_place(&next) && (height >= here.height + 1e-4 * expected || flat) && expected > 0.0 {
            let turned: [f64; N] = std::array::from_fn(|i| here.slope[i] - slope[i]);
            return Some(Place { inverse: learn(&here.inverse, &moved, &turned), ..next });
        }
        length *= if is_place(&next) { 0.4 } else { 0.1 };
    }
    None
}

fn steepest<const N: usize>(slope: &[f64; N]) -> f64 {
    slope.iter().fold(0.0, |steepest, part| f64::max(steepest, part.abs()))
}

/// The update of the inverse curvature (Nocedal and Wright, 6.17); unchanged where the step saw no curvature.
fn learn<const N: usize>(inverse: &[f64], moved: &[f64; N], turned: &[f64; N]) -> Vec<f64> {
    let along: f64 = (0..N).map(|i| moved[i] * turned[i]).sum();
    let size: f64 = (0..N).map(|i| moved[i] * moved[i]).sum::<f64>().sqrt() * (0..N).map(|i| turned[i] * turned[i]).sum::<f64>().sqrt();
    if !(along > 1e-10 * size && along > 0.0) {
        return inverse.to_vec();
    }
    let image: [f64; N] = std::array::from_fn(|i| (0..N).map(|j| inverse[i * N + j] * turned[j]).sum());
    let stretch = 1.0 + (0..N).map(|i| turned[i] * image[i]).sum::<f64>() / along;
    (0..N * N)
        .map(|at| {
            let (i, j) = (at / N, at % N);
            inverse[at] + (stretch * moved[i] * moved[j] - image[i] * moved[j] - moved[i] * image[j]) / along
        })
        .collect()
}

/// The curvature downwards (the negative second derivatives, row by row), by central differences of the slope: 2 N looks at the hill.
pub(crate) fn curvature<const N: usize>(hill: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]), at: &[f64; N]) -> Vec<f64> {
    const STEP: f64 = 1e-4;
    let mut found = vec![0.0; N * N];
    for i in 0..N {
        let (mut up, mut down) = (*at, *at);
        up[i] += STEP;
        down[i] -= STEP;
        let (up, down) = (hill(&up).1, hill(&down).1);
        for j in 0..N {
            found[i * N + j] = (down[j] - up[j]) / (2.0 * STEP);
        }
    }
    (0..N * N).map(|at| 0.5 * (found[at] + found[at % N * N + at / N])).collect()
}

/// Climbs, then goes the last bit by a step with the curvature measured there; gives the top and that curvature.
pub(crate) fn top<const N: usize>(
    hill: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]),
    start: [f64; N],
    learned: Option<Vec<f64>>,
    limits: Limits,
) -> Option<(Place<N>, Vec<f64>)> {
    let mut here = climb(hill, start, learned, limits)?;
    let curvature = curvature(hill, &here.at);
    if let Some(lower) = matrix::cholesky(&curvature, N) {
        let moved = matrix::solve(&lower, N, &here.slope);
        let at: [f64; N] = std::array::from_fn(|i| (here.at[i] + moved[i]).clamp(-limits.bound, limits.bound));
        let (height, slope) = hill(&at);
        let next = Place { at, height, slope, inverse: here.inverse.clone() };
        if is_place(&next) && steepest(&next.slope) < steepest(&here.slope) && height >= here.height - 1e-12 * here.height.abs() {
            here = next;
        }
    }
    Some((here, curvature))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { bound: 10.0, steps: 200, slope: 1e-10 };

    /// Rosenbrock's valley, upside down: narrow and bent, with its top at (1, 1).
    fn valley(at: &[f64; 2]) -> (f64, [f64; 2]) {
        let (x, y) = (at[0], at[1]);
        (-(1.0 - x).powi(2) - 100.0 * (y - x * x).powi(2), [2.0 * (1.0 - x) + 400.0 * x * (y - x * x), -200.0 * (y - x * x)])
    }

    #[test]
    fn the_top_of_a_bent_ridge_is_found() {
        for start in [[-1.2, 1.0], [9.0, -9.0], [0.0, 0.0]] {
            let (place, curvature) = top(&mut valley, start, None, LIMITS).unwrap();
            assert!((place.at[0] - 1.0).abs() < 1e-8 && (place.at[1] - 1.0).abs() < 1e-8, "{place:?}");
            for (found, expected) in curvature.iter().zip([802.0, -400.0, -400.0, 200.0]) {
                assert!((found - expected).abs() < 1e-3, "{curvature:?}");
            }
        }
    }

    #[test]
    fn a_hill_that_rises_for_ever_is_left_at_the_edge() {
        let place = climb(&mut |at: &[f64; 2]| (at[0] - at[1] * at[1], [1.0, -2.0 * at[1]]), [0.0, 3.0], None, LIMITS).unwrap();
        assert!(place.at[0] == 10.0 && place.at[1].abs() < 1e-8, "{place:?}");
    }

    #[test]
    fn where_there_is_no_number_there_is_no_place() {
        assert!(climb(&mut |_: &[f64; 1]| (f64::NAN, [0.0]), [0.0], None, LIMITS).is_none());
        // A cliff on the way is walked around.
        let cliff = |at: &[f64; 1]| if at[0] > 2.0 { (f64::NAN, [0.0]) } else { (-(at[0] - 1.9).powi(2), [-2.0 * (at[0] - 1.9)]) };
        let place = climb(&mut { cliff }, [-9.0], None, LIMITS).unwrap();
        assert!((place.at[0] - 1.9).abs() < 1e-8);
    }
}
