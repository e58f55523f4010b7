//! Questions in SQL: the lake and the store joined for the crate that answers them.

use std::sync::{Arc, Mutex, PoisonError};

use periplus_maps::JourneyMap;
use periplus_model::answer::Answer;
use periplus_model::identity::CustomerKey;
use periplus_model::parts::Snapshot;
use periplus_query::{Names, Source, Sql, sql};
use periplus_store::Store;

use crate::{Workspace, WorkspaceError};

/// The store as the one who knows customers' names.
struct Ledger(Mutex<Store>);

impl Names for Ledger {
    fn name(&self, key: i64) -> Result<Option<String>, String> {
        let store = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A customer has the key of its canonical identifier.
        let row = store.identifier(CustomerKey(key)).map_err(|error| error.to_string())?;
        Ok(row.map(|row| row.identifier.to_string()))
    }
}

impl Workspace {
    /// Answers a question in SQL, read-only. With a map, journeys and responses speak of its touchpoints and stages.
    ///
    /// # Errors
    /// When the statement is wrong or does more than read, reaches a limit, is stopped, or the data cannot be read.
    pub fn sql(
        &self,
        question: &Sql,
        map: Option<&JourneyMap>,
        snapshot: &Snapshot,
        stopwatch: Arc<dyn Fn() -> f64 + Send + Sync>,
    ) -> Result<Answer, WorkspaceError> {
        let source = Source {
            lake: self.lake.clone(),
            snapshot: Arc::new(snapshot.clone()),
            columns: self.columns.clone(),
            elsewhere: self.elsewhere.clone(),
            map: map.cloned().map(Arc::new),
            // A connection of its own: names are looked up by the threads that read.
            names: Arc::new(Ledger(Mutex::new(Store::open(&self.folder.join("state.db"))?))),
            stopwatch,
        };
        Ok(sql(question, &source)?)
    }
}
