//! Small sums over the measures of a question, such as `B / A * 100`. Letters are measures; there are numbers, `+ - * /`
//! and brackets, and nothing else.

/// A formula that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Formula {
    Number(f64),
    /// The place of a measure: A is 0.
    Measure(usize),
    Negative(Box<Formula>),
    Both(Box<Formula>, char, Box<Formula>),
}

/// Brackets and signs may be nested so deep.
const DEPTH_MAX: usize = 32;
const LENGTH_MAX: usize = 500;

impl Formula {
    /// Reads a formula over so many measures.
    ///
    /// # Errors
    /// In words, when it is none.
    pub(crate) fn parse(text: &str, measures: usize) -> Result<Formula, String> {
        if text.len() > LENGTH_MAX {
            return Err(format!("a formula has at most {LENGTH_MAX} characters"));
        }
        let mut reader = Reader { rest: text.trim(), measures };
        let formula = reader.sum(0)?;
        if reader.rest.is_empty() { Ok(formula) } else { Err(format!("'{}' was not expected", reader.rest)) }
    }

    /// Its value; none where a measure has none, or at a division by zero.
    pub(crate) fn value(&self, measures: &[Option<f64>]) -> Option<f64> {
        let value = match self {
            Formula::Number(number) => *number,
            Formula::Measure(place) => measures.get(*place).copied().flatten()?,
            Formula::Negative(one) => -one.value(measures)?,
            Formula::Both(a, operator, b) => {
                let (a, b) = (a.value(measures)?, b.value(measures)?);
                match operator {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                }
            }
        };
        value.is_finite().then_some(value)
    }
}

struct Reader<'t> {
    rest: &'t str,
    measures: usize,
}

impl Reader<'_> {
    fn next_if(&mut self, wanted: &[char]) -> Option<char> {
        let found = self.rest.chars().next().filter(|c| wanted.contains(c))?;
        self.rest = self.rest[found.len_utf8()..].trim_start();
        Some(found)
    }

    fn sum(&mut self, depth: usize) -> Result<Formula, String> {
        let mut all = self.product(depth)?;
        while let Some(operator) = self.next_if(&['+', '-']) {
            all = Formula::Both(Box::new(all), operator, Box::new(self.product(depth)?));
        }
        Ok(all)
    }

    fn product(&mut self, depth: usize) -> Result<Formula, String> {
        let mut all = self.one(depth)?;
        while let Some(operator) = self.next_if(&['*', '/']) {
            all = Formula::Both(Box::new(all), operator, Box::new(self.one(depth)?));
        }
        Ok(all)
    }

    fn one(&mut self, depth: usize) -> Result<Formula, String> {
        if depth > DEPTH_MAX {
            return Err(format!("brackets are nested more than {DEPTH_MAX} deep"));
        }
        if self.next_if(&['-']).is_some() {
            return Ok(Formula::Negative(Box::new(self.one(depth + 1)?)));
        }
        if self.next_if(&['(']).is_some() {
            let inner = self.sum(depth + 1)?;
            return self.next_if(&[')']).map(|_| inner).ok_or_else(|| "a bracket is never closed".to_owned());
        }
        let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        if digits > 0 {
            let number = self.rest[..digits].parse().map_err(|_| format!("'{}' is no number", &self.rest[..digits]))?;
            self.rest = self.rest[digits..].trim_start();
            return Ok(Formula::Number(number));
        }
        let Some(letter) = self.rest.chars().next() else { return Err("the formula breaks off".to_owned()) };
        let place = (letter.to_ascii_uppercase() as usize).wrapping_sub('A' as usize);
        if place >= self.measures {
            let last = char::from(b'A' + (self.measures.clamp(1, 26) - 1) as u8);
            return Err(format!("'{letter}' is no measure; the measures are A to {last}"));
        }
        self.rest = self.rest[letter.len_utf8()..].trim_start();
        Ok(Formula::Measure(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_reckoned_as_in_school() {
        let value = |text: &str| Formula::parse(text, 3).unwrap().value(&[Some(2.0), Some(8.0), None]);
        assert_eq!(value("B / A * 100"), Some(400.0));
        assert_eq!(value("1 + 2*(b - a) - -3"), Some(16.0));
        assert_eq!(value("8-4-2"), Some(2.0));
        assert_eq!(value("A / (B - 8)"), None, "nobody divides by zero");
        assert_eq!(value("C + 1"), None, "what is not there makes no sum");
    }

    #[test]
    fn what_is_no_formula_is_refused() {
        for wrong in ["", "A +", "(A", "A B", "D", "1.2.3", "A; B", "é", &"(".repeat(400), &"-".repeat(400), &"A+".repeat(400)] {
            assert!(Formula::parse(wrong, 3).is_err(), "{wrong}");
        }
    }
}
