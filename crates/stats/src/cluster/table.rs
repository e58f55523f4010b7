//! Figures of customers: a row for each, a column for each figure.

use super::Error;

/// At most so many values.
const CELLS_MAX: usize = 200_000_000;

/// Rows of finite numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: usize,
    cells: Vec<f64>,
}

/// How figures are made comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// As they are.
    Raw,
    /// Less their mean, in standard deviations (of all rows, divided by n). A column in which all are equal becomes 0.
    #[default]
    ZScore,
    /// The same of ln(1 + x), for counts and money, of which few are very large.
    Log1pZScore,
}

impl Table {
    /// A table of rows.
    ///
    /// # Errors
    /// No rows or no columns, rows of different lengths, values that are not finite, or too many.
    pub fn new(rows: &[Vec<f64>]) -> Result<Table, Error> {
        let columns = rows.first().map_or(0, Vec::len);
        if columns == 0 {
            return Err(Error::Empty);
        }
        if rows.len().saturating_mul(columns) > CELLS_MAX {
            return Err(Error::TooMany { what: "values", found: rows.len().saturating_mul(columns), most: CELLS_MAX });
        }
        let mut cells = Vec::with_capacity(rows.len() * columns);
        for (row, values) in rows.iter().enumerate() {
            if values.len() != columns {
                return Err(Error::Shape { row, found: values.len(), expected: columns });
            }
            for (column, value) in values.iter().enumerate() {
                // Squares and sums of larger ones would not be finite.
                if !value.is_finite() || value.abs() > 1e100 {
                    return Err(Error::Value { row, column, value: *value });
                }
            }
            cells.extend_from_slice(values);
        }
        Ok(Table { columns, cells })
    }

    /// The table on another scale.
    ///
    /// # Errors
    /// With a logarithm, values of at most −1.
    pub fn scaled(&self, scale: Scale) -> Result<Table, Error> {
        let mut cells = self.cells.clone();
        if scale == Scale::Raw {
            return Ok(Table { columns: self.columns, cells });
        }
        if scale == Scale::Log1pZScore {
            for (at, cell) in cells.iter_mut().enumerate() {
                if *cell <= -1.0 {
                    return Err(Error::Value { row: at / self.columns, column: at % self.columns, value: *cell });
                }
                *cell = cell.ln_1p();
            }
        }
        let rows = self.rows() as f64;
        for column in 0..self.columns {
            let values = || cells.iter().skip(column).step_by(self.columns);
            let mean = values().sum::<f64>() / rows;
            let spread = (values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows).sqrt();
            // What is left of equal values is rounding.
            let usable = spread > 1e-12 * mean.abs() && spread > 0.0;
            cells.iter_mut().skip(column).step_by(self.columns).for_each(|cell| *cell = if usable { (*cell - mean) / spread } else { 0.0 });
        }
        Ok(Table { columns: self.columns, cells })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The values of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.columns..][..self.columns]
    }

    /// Some of the rows, in the order given, which may name one several times.
    pub(super) fn take(&self, rows: &[usize]) -> Table {
        Table { columns: self.columns, cells: rows.iter().flat_map(|row| self.row(*row)).copied().collect() }
    }

    /// How many different rows there are, or `most` if there are more.
    pub(super) fn different(&self, most: usize) -> usize {
        let mut seen = std::collections::HashSet::new();
        for row in 0..self.rows() {
            // 0 and −0 are equal, but not as bits.
            seen.insert(self.row(row).iter().map(|value| (value + 0.0).to_bits()).collect::<Vec<_>>());
            if seen.len() >= most {
                break;
            }
        }
        seen.len()
    }
}

/// The square of how far two rows are from each other.
pub(super) fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_mean_0_and_spread_1() {
        let table = Table::new(&[vec![1.0, 5.0, 0.0], vec![2.0, 5.0, 9.0], vec![6.0, 5.0, 99.0]]).unwrap();
        for scale in [Scale::ZScore, Scale::Log1pZScore] {
            let scaled = table.scaled(scale).unwrap();
            for column in [0, 2] {
                let values: Vec<f64> = (0..3).map(|row| scaled.row(row)[column]).collect();
                assert!(values.iter().sum::<f64>().abs() < 1e-12);
                assert!((values.iter().map(|v| v * v).sum::<f64>() / 3.0 - 1.0).abs() < 1e-12);
            }
            assert_eq!((scaled.row(0)[1], scaled.row(2)[1]), (0.0, 0.0));
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(Table::new(&[]), Err(Error::Empty));
        assert_eq!(Table::new(&[vec![1.0], vec![]]), Err(Error::Shape { row: 1, found: 0, expected: 1 }));
        assert!(matches!(Table::new(&[vec![1.0, f64::NAN]]), Err(Error::Value { row: 0, column: 1, .. })));
        let debt = Table::new(&[vec![0.0], vec![-1.0]]).unwrap();
        assert_eq!(debt.scaled(Scale::Log1pZScore), Err(Error::Value { row: 1, column: 0, value: -1.0 }));
    }
}
