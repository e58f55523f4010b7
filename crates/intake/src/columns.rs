//! The names of a table's columns, including those that lookups add, and where each is found.

use std::collections::HashMap;

use crate::IntakeError;

/// Columns from here on are those of lookups.
pub const JOINED: usize = 1 << 24;
/// So many columns one lookup may add.
pub const JOINED_EACH: usize = 1 << 12;

/// The columns of a table.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    names: Vec<String>,
    index: HashMap<String, usize>,
    /// Whether rows may have further columns (JSON), which then appear as they are met.
    open: bool,
    joined: HashMap<String, usize>,
    missing: Vec<String>,
}

impl Columns {
    /// The columns of a header.
    ///
    /// # Errors
    /// When two have the same name, because then nobody can say which is meant.
    pub fn of_header(names: &[String]) -> Result<Columns, IntakeError> {
        let mut columns = Columns::default();
        for name in names {
            // A column without a name (the row numbers that pandas writes) can be read by no rule.
            if !name.is_empty() && columns.index.insert(name.clone(), columns.names.len()).is_some() {
                return Err(IntakeError::Unreadable(format!("the column '{name}' is there twice; rename one in the header")));
            }
            columns.names.push(name.clone());
        }
        Ok(columns)
    }

    /// Columns that become known as rows come.
    pub fn open() -> Columns {
        Columns { open: true, ..Columns::default() }
    }

    /// The names, in order; without those of lookups.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names of columns that lookups add, and where they are found.
    pub fn joined(&self) -> impl Iterator<Item = (&str, usize)> {
        self.joined.iter().map(|(name, at)| (name.as_str(), *at))
    }

    /// Adds a column of a lookup, which from now on hides a column of the table that has the same name.
    pub fn join(&mut self, name: &str, at: usize) {
        self.joined.insert(name.to_owned(), at);
    }

    /// Where a column is found, if there is one.
    pub fn get(&self, name: &str) -> Option<usize> {
        self.joined.get(name).or_else(|| self.index.get(name)).copied()
    }

    /// Where a column of the table itself is found, if there is one.
    pub fn own(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Where a column is found. A column that is not there is remembered for [`Columns::complain`].
    pub fn find(&mut self, name: &str) -> usize {
        match self.get(name) {
            Some(at) => at,
            None if self.open => self.add(name),
            None => {
                if !self.missing.iter().any(|missing| missing == name) {
                    self.missing.push(name.to_owned());
                }
                usize::MAX
            }
        }
    }

    /// Adds a column at the end.
    pub fn add(&mut self, name: &str) -> usize {
        let at = self.names.len();
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), at);
        at
    }

    /// # Errors
    /// When a column was looked for in vain.
    pub fn complain(&self, source: &str) -> Result<(), IntakeError> {
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(IntakeError::Columns { source_name: source.to_owned(), missing: self.missing.join(", "), columns: self.names.join(", ") })
    }
}
