//! Small tables that are held in memory, to fetch columns from.

use std::collections::HashMap;
use std::io::Read as _;

use serde_json::Value;

use crate::cell::{Cell, Row};
use crate::columns::{Columns, JOINED, JOINED_EACH};
use crate::gate::Refusal;
use crate::mapping::{Lookup, Pick, PickWord};
use crate::table::{self, Rows};
use crate::{IntakeError, Open, limits};

/// A table that was read into memory.
#[derive(Debug)]
pub struct Joined {
    /// The column here whose value is looked up.
    key: usize,
    rows: HashMap<String, Vec<Value>>,
    wanted: String,
}

impl Joined {
    /// Reads the other file and adds its columns to the table's.
    ///
    /// # Errors
    /// When it cannot be opened or read, is too large, or lacks a column.
    pub fn load(lookup: &Lookup, number: usize, columns: &mut Columns, open: &Open<'_>) -> Result<Joined, IntakeError> {
        let failed = |message: String| IntakeError::Lookup { file: lookup.file.clone(), message };
        let reader = open(&lookup.file).map_err(|error| failed(error.to_string()))?;
        let mut bytes = Vec::new();
        let (head, reader) = crate::stream::head(reader, 4).map_err(|error| failed(error.to_string()))?;
        let (compression, _) = crate::sniff(&lookup.file, &head).map_err(|error| failed(error.to_string()))?;
        crate::stream::decompress(reader, compression)
            .and_then(|reader| reader.take(limits::LOOKUP_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|error| failed(error.to_string()))?;
        if bytes.len() as u64 > limits::LOOKUP_BYTES {
            return Err(failed(format!("it is larger than {} MiB; a lookup table is held in memory", limits::LOOKUP_BYTES >> 20)));
        }
        let their_key = lookup.their_key.as_ref().unwrap_or(&lookup.key);
        let mut collect = Collect { lookup, their_key, key: 0, wanted: Vec::new(), names: Vec::new(), rows: HashMap::new() };
        table::read_bytes(&lookup.file, bytes, &mut collect).map_err(|error| failed(error.to_string()))?;
        let Collect { names, rows, .. } = collect;
        let key = columns.find(&lookup.key);
        for (at, name) in names.iter().enumerate() {
            columns.join(name, JOINED + number * JOINED_EACH + at);
        }
        Ok(Joined { key, rows, wanted: String::new() })
    }

    /// Finds the row for a row here.
    pub fn find<R: Row + ?Sized>(&mut self, row: &R) {
        self.wanted.clear();
        row.cell(self.key).text(&mut self.wanted);
    }

    fn found(&self) -> Option<&Vec<Value>> {
        self.rows.get(&self.wanted)
    }

    /// The column here whose value is looked up.
    pub fn key(&self) -> usize {
        self.key
    }
}

/// A row with the columns of lookups.
#[derive(Debug)]
pub struct WithJoined<'a, R: ?Sized> {
    /// The row itself.
    pub row: &'a R,
    /// The lookups, each of which has found its row.
    pub joined: &'a [Joined],
}

impl<R: Row + ?Sized> Row for WithJoined<'_, R> {
    fn cell(&self, column: usize) -> Cell<'_> {
        if column < JOINED {
            return self.row.cell(column);
        }
        let (lookup, at) = ((column - JOINED) / JOINED_EACH, (column - JOINED) % JOINED_EACH);
        self.joined.get(lookup).and_then(|joined| joined.found()).and_then(|row| row.get(at)).map_or(Cell::Null, Cell::of)
    }
}

struct Collect<'l> {
    lookup: &'l Lookup,
    their_key: &'l str,
    key: usize,
    wanted: Vec<usize>,
    names: Vec<String>,
    rows: HashMap<String, Vec<Value>>,
}

impl Rows for Collect<'_> {
    fn columns(&mut self, columns: &mut Columns) -> Result<(), IntakeError> {
        self.key = columns.find(self.their_key);
        let pairs: Vec<(String, String)> = match &self.lookup.columns {
            Pick::Word(PickWord::None) => Vec::new(),
            Pick::Word(PickWord::All) => {
                columns.names().iter().filter(|name| *name != self.their_key).map(|name| (name.clone(), name.clone())).collect()
            }
            Pick::List(names) => names.iter().map(|name| (name.clone(), name.clone())).collect(),
            Pick::Rename(names) => names.iter().map(|(theirs, ours)| (theirs.clone(), ours.clone())).collect(),
        };
        self.wanted = pairs.iter().map(|(theirs, _)| columns.find(theirs)).collect();
        self.names = pairs.into_iter().map(|(_, ours)| ours).collect();
        if self.names.len() > JOINED_EACH {
            return Err(IntakeError::Unreadable(format!("a lookup may add {JOINED_EACH} columns")));
        }
        columns.complain(&self.lookup.file)
    }

    fn row<R: Row + ?Sized>(&mut self, line: u64, row: Result<&R, Refusal>, _: &dyn Fn() -> String) -> Result<(), IntakeError> {
        let row = row.map_err(|refusal| IntakeError::Unreadable(format!("line {line}: {}", refusal.detail)))?;
        let mut key = String::new();
        row.cell(self.key).text(&mut key);
        if key.is_empty() {
            return Ok(());
        }
        if self.rows.len() >= limits::LOOKUP_ROWS {
            return Err(IntakeError::Unreadable(format!(
                "it has more than {} rows; a lookup table is held in memory",
                limits::LOOKUP_ROWS
            )));
        }
        let values = self.wanted.iter().map(|column| row.cell(*column).value()).collect();
        if self.rows.insert(key.clone(), values).is_some() {
            return Err(IntakeError::Unreadable(format!(
                "line {line}: the key '{key}' is there twice; each key of a lookup table must be unique"
            )));
        }
        Ok(())
    }
}
