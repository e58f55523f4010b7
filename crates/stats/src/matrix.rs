//! Small symmetric matrices: a handful of parameters or covariates.

/// The lower triangle L of a symmetric matrix A = L Lᵀ (Cholesky), row by row, `size` × `size`. `None` when the matrix is not
/// positive definite: a pivot is not above `size` · 2⁻⁵² of what stood in its place, so that nothing but rounding is left of it.
pub(crate) fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = matrix.get(..size * size)?.to_vec();
    for row in 0..size {
        for column in 0..=row {
            let inner: f64 = (0..column).map(|k| lower[row * size + k] * lower[column * size + k]).sum();
            let rest = lower[row * size + column] - inner;
            if row == column {
                let least = lower[row * size + row].abs() * f64::EPSILON * size as f64;
                if !(rest > least && rest.is_finite()) {
                    return None;
                }
                lower[row * size + row] = rest.sqrt();
            } else {
                lower[row * size + column] = rest / lower[column * size + column];
            }
        }
        lower[row * size + row + 1..(row + 1) * size].fill(0.0);
    }
    Some(lower)
}

/// The solution of L Lᵀ x = b.
pub(crate) fn solve(lower: &[f64], size: usize, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for row in 0..size {
        let inner: f64 = (0..row).map(|k| lower[row * size + k] * x[k]).sum();
        x[row] = (x[row] - inner) / lower[row * size + row];
    }
    for row in (0..size).rev() {
        let inner: f64 = (row + 1..size).map(|k| lower[k * size + row] * x[k]).sum();
        x[row] = (x[row] - inner) / lower[row * size + row];
    }
    x
}

/// The inverse of a positive definite matrix; `None` where [`cholesky`] is.
pub(crate) fn inverse(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let lower = cholesky(matrix, size)?;
    let mut inverse = vec![0.0; size * size];
    for column in 0..size {
        let mut unit = vec![0.0; size];
        unit[column] = 1.0;
        for (row, value) in solve(&lower, size, &unit).into_iter().enumerate() {
            inverse[row * size + column] = value;
        }
    }
    inverse.iter().all(|value| value.is_finite()).then_some(inverse)
}

/// x' A y of a square matrix.
pub(crate) fn product(matrix: &[f64], x: &[f64], y: &[f64]) -> f64 {
    let size = x.len();
    (0..size).map(|row| x[row] * (0..size).map(|column| matrix[row * size + column] * y[column]).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_positive_definite_has_no_inverse() {
        assert_eq!(inverse(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(inverse(&[1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(inverse(&[f64::NAN], 1), None);
        assert_eq!(inverse(&[4.0], 1), Some(vec![0.25]));
        assert_eq!(inverse(&[], 1), None);
    }

    proptest! {
        #[test]
        fn an_inverse_times_its_matrix_is_one(rows in prop::collection::vec(-3.0..3.0f64, 16)) {
            // R Rᵀ + 1 is positive definite whatever R is.
            let matrix: Vec<f64> = (0..16)
                .map(|at| (0..4).map(|k| rows[at / 4 * 4 + k] * rows[at % 4 * 4 + k]).sum::<f64>() + f64::from(u8::from(at % 5 == 0)))
                .collect();
            let inverse = inverse(&matrix, 4).unwrap();
            for at in 0..16 {
                let cell: f64 = (0..4).map(|k| matrix[at / 4 * 4 + k] * inverse[k * 4 + at % 4]).sum();
                prop_assert!((cell - f64::from(u8::from(at % 5 == 0))).abs() < 1e-9);
            }
        }
    }
}
