//! Work that takes longer than a request: one after another on a thread of its own, told about until the server ends.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

use crate::collecting::Dice;

/// So many jobs are remembered.
const KEPT: usize = 100;

/// How far something has come.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Job {
    /// Its name, as in addresses.
    pub job: String,
    /// What it is.
    pub what: String,
    /// What it is at.
    pub stage: String,
    /// How far it is with that.
    pub done: u64,
    /// Of how much; 0 when nobody knows.
    pub total: u64,
    /// How many rows it has read.
    pub rows: u64,
    /// Whether it is over.
    pub finished: bool,
    /// What it did.
    pub outcome: Option<Value>,
    /// Why it failed, if it did.
    pub problem: Option<String>,
}

/// Everything that is being done, and was lately.
#[derive(Clone, Default)]
pub struct Jobs {
    jobs: Arc<Mutex<VecDeque<Job>>>,
    /// Held by whoever works: two imports at once would only wait for each other at the data folder.
    turn: Arc<Mutex<()>>,
}

/// Where work tells how far it is.
pub struct Progress {
    jobs: Jobs,
    job: String,
}

impl Progress {
    /// What it is at, and how far.
    pub fn say(&self, stage: &str, done: u64, total: u64) {
        self.jobs.change(&self.job, |job| {
            if job.stage != stage {
                stage.clone_into(&mut job.stage);
            }
            (job.done, job.total) = (done, total);
        });
    }

    /// How many rows were read.
    pub fn rows(&self, rows: u64) {
        self.jobs.change(&self.job, |job| job.rows = rows);
    }
}

impl Jobs {
    fn kept(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Job)) {
        if let Some(job) = self.kept().iter_mut().find(|job| job.job == name) {
            change(job);
        }
    }

    /// What is known of a job.
    pub fn get(&self, name: &str) -> Option<Job> {
        self.kept().iter().find(|job| job.job == name).cloned()
    }

    /// Begins something as soon as its turn comes. Answers its name.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn begin(&self, what: String, work: impl FnOnce(&Progress) -> anyhow::Result<Value> + Send + 'static) -> anyhow::Result<String> {
        let name = format!("{:016x}", Dice::new()?.next());
        let job = Job { job: name.clone(), what, stage: "waiting".to_owned(), ..Job::default() };
        {
            let mut kept = self.kept();
            if kept.len() >= KEPT
                && let Some(over) = kept.iter().position(|job| job.finished)
            {
                kept.remove(over);
            }
            anyhow::ensure!(kept.len() < KEPT, "{KEPT} things wait to be done already");
            kept.push_back(job);
        }
        let progress = Progress { jobs: self.clone(), job: name.clone() };
        std::thread::Builder::new().name("job".to_owned()).spawn(move || {
            let turn = progress.jobs.turn.clone();
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&progress)));
            progress.jobs.change(&progress.job, |job| {
                job.finished = true;
                match done {
                    Ok(Ok(outcome)) => job.outcome = Some(outcome),
                    Ok(Err(error)) => job.problem = Some(format!("{error:#}")),
                    Err(_) => job.problem = Some("the program failed; nothing was changed".to_owned()),
                }
            });
        })?;
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn jobs_tell_how_they_ended() {
        let jobs = Jobs::default();
        let well = jobs.begin("well".into(), |progress| {
            progress.say("reading", 1, 2);
            Ok(json!(7))
        });
        let badly = jobs.begin("badly".into(), |_| anyhow::bail!("no room"));
        let wait = |name: &str| loop {
            match jobs.get(name).unwrap() {
                job if job.finished => return job,
                _ => std::thread::yield_now(),
            }
        };
        let well = wait(&well.unwrap());
        assert_eq!((well.outcome, well.problem, well.done, well.stage.as_str()), (Some(json!(7)), None, 1, "reading"));
        assert_eq!(wait(&badly.unwrap()).problem.as_deref(), Some("no room"));
        assert!(jobs.get("nobody").is_none());
    }
}
