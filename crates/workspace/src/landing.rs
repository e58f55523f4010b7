//! From the log into the lake: what was accepted is read, understood, and kept, some frames at a time.
//!
//! What a stretch of the log comes to (rows, links, what is refused, counts, and how far it was read) is committed together,
//! so that a crash in the middle repeats a stretch and never half of one. Every message is taken or quarantined; every row of
//! one that is taken is stored or a duplicate.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;

use periplus_intake::collect::{Arrived, read};
use periplus_intake::{IntakeError, Reject, Summary};
use periplus_lake::{Import, Rewrite, Written};
use periplus_log::{Disk, Item, LogError, Reader};
use periplus_model::identity::CustomerKey;
use periplus_model::parts::Snapshot;
use periplus_store::collect::HOUR;
use periplus_store::{Collected, Commit, Landing, Loss, Quarantined};

use crate::evidence::Evidence;
use crate::identity::Rows;
use crate::inflow::{Inflow, Refusals};
use crate::sources::Known;
use crate::{Workspace, WorkspaceError};

/// So many bytes of requests are kept at a time, about.
pub const BYTES_AT_ONCE: usize = 32 << 20;

/// What came of reading some of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landed {
    /// What became of it, as it is kept.
    pub landing: Landing,
    /// When the last request of it was received (microseconds); nothing when there was none.
    pub last_at: Option<i64>,
}

impl Workspace {
    /// Keeps what is next in the log, up to the frame `until`; nothing when there is nothing next.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; nothing has changed then, and the
    /// reader is to be made anew at the store's next frame.
    pub fn land<D: Disk>(&mut self, log: &mut Reader<D>, until: u64, now: i64) -> Result<Option<Landed>, WorkspaceError> {
        if log.position() >= until {
            return Ok(None);
        }
        self.change(|workspace| workspace.take_in(log, until, now)).map(Some)
    }

    fn take_in<D: Disk>(&mut self, log: &mut Reader<D>, until: u64, now: i64) -> Result<Landed, WorkspaceError> {
        self.stretch(now, |workspace, known, inflow, requests| {
            let (mut losses, mut bytes) = (Vec::new(), 0);
            while bytes < BYTES_AT_ONCE
                && let Some(item) = log.next(until)?
            {
                match item {
                    Item::Damage { first, end, why } => losses.push(Loss { first_frame: first, end_frame: end, at: now, why }),
                    Item::Frame { records, .. } => {
                        for record in records {
                            bytes += record.len();
                            workspace.take_request(&record, known, inflow, requests, now)?;
                        }
                    }
                }
            }
            Ok((log.position(), losses))
        })
    }

    /// Keeps requests that came by no log: what a command has to say, which waits until it is kept.
    ///
    /// # Errors
    /// When the folder was not opened to change it, or something cannot be read or written; nothing has changed then.
    pub fn keep_requests(&mut self, records: &[Vec<u8>], now: i64) -> Result<Landing, WorkspaceError> {
        self.change(|workspace| {
            let next_frame = workspace.store.next_frame()?;
            let landed = workspace.stretch(now, |workspace, known, inflow, requests| {
                records.iter().try_for_each(|record| workspace.take_request(record, known, inflow, requests, now))?;
                Ok((next_frame, Vec::new()))
            })?;
            Ok(landed.landing)
        })
    }

    /// Makes rows of the requests that `fill` takes, and commits them with how far the log is read then and what of it is lost, as `fill`
    /// answers.
    fn stretch(
        &mut self,
        now: i64,
        fill: impl FnOnce(&Workspace, &mut Known, &mut Inflow<Refused>, &mut Requests) -> Result<(u64, Vec<Loss>), WorkspaceError>,
    ) -> Result<Landed, WorkspaceError> {
        let snapshot = self.store.snapshot()?;
        let import = Import::begin(&self.lake, periplus_lake::Settings::default(), self.store.next_seq()?)?;
        let mut inflow = Inflow::new(import, Refused::default(), self.store.suppression()?, self.event_names(&snapshot)?);
        inflow.carried = Some(HashSet::new());
        let mut requests = Requests::default();
        let (next_frame, losses) = fill(self, &mut Known::of(self.folder()), &mut inflow, &mut requests)?;
        let last_at = requests.last_at;
        let Inflow { import, evidence, carried, names, refusals: Refused { list: quarantined, .. }, .. } = inflow;
        if import.rows() == 0 && evidence.is_empty() {
            let landing = Landing { next_frame, collected: requests.counted(&|_| false), quarantined, losses, released: Vec::new() };
            self.store.note(&landing)?;
            return Ok(Landed { landing, last_at });
        }
        let rows = Rows::Of(carried.unwrap_or_default());
        self.keep_rows(&snapshot, import, evidence, rows, names.to_keep(), now, |written| Landing {
            next_frame,
            collected: requests.counted(&|row| written.is_duplicate(row)),
            quarantined,
            losses,
            released: Vec::new(),
        })
        .map(|landing| Landed { landing, last_at })
    }

    /// Makes rows of a request.
    fn take_request(
        &self,
        record: &[u8],
        known: &mut Known,
        inflow: &mut Inflow<Refused>,
        requests: &mut Requests,
        now: i64,
    ) -> Result<(), WorkspaceError> {
        let Some(arrived) = Arrived::of(record) else {
            // Written by another version, and sound: it must not vanish.
            let of_log = || "log".to_owned();
            inflow.refusals.list.push(Quarantined {
                at: now,
                source: of_log(),
                dialect: of_log(),
                reason: periplus_model::Reason::Malformed.code().to_owned(),
                detail: "this version cannot read the request".to_owned(),
                message: String::from_utf8_lossy(record).into_owned(),
            });
            let counts = requests.of("log", now);
            counts.0.quarantined += 1;
            return Ok(());
        };
        if inflow.source != arrived.source {
            arrived.source.clone_into(&mut inflow.source);
            inflow.evidence.listen_to(self.store.source(arrived.source)?);
        }
        arrived.dialect.clone_into(&mut inflow.refusals.dialect);
        inflow.refusals.at = arrived.at.micros();
        let first = inflow.import.rows();
        let summary = match read(&arrived, &*known.get(arrived.source)?, inflow) {
            Ok(summary) => summary,
            Err(IntakeError::Sink(error)) => return Err(inflow.failure(error, &self.folder)),
            Err(error) => return Err(WorkspaceError::Refused(error.to_string())),
        };
        requests.book(arrived.source, arrived.at.micros(), &summary, first..inflow.import.rows());
        Ok(())
    }

    /// Commits rows and links with what `landing` makes of which rows are duplicates.
    #[expect(clippy::too_many_arguments, reason = "all that came of a stretch, which has no name of its own")]
    pub(crate) fn keep_rows(
        &mut self,
        snapshot: &Snapshot,
        mut import: Import,
        evidence: Evidence,
        rows: Rows,
        event_names: Option<Vec<String>>,
        now: i64,
        landing: impl FnOnce(&Written) -> Landing,
    ) -> Result<Landing, WorkspaceError> {
        let settled = self.settle_for(&rows, evidence, "links from what was collected", &[])?;
        let dead = import.rewrite(&self.lake, snapshot, &Rewrite::Keys(&settled.touched), &settled.whose)?;
        let written = import.finish(snapshot, 0, &settled.whose, &|_, _| ())?;
        let landing = landing(&written);
        let commit = Commit {
            base: snapshot.id,
            at: now,
            what: "collected".to_owned(),
            added: written.parts,
            dead: dead.into_iter().map(CustomerKey).collect(),
            next_seq: written.next_seq,
            staged: true,
            landing: Some(landing),
            event_names,
            ..Commit::default()
        };
        self.store.commit(&commit)?;
        Ok(commit.landing.unwrap_or_default())
    }
}

impl From<LogError> for WorkspaceError {
    fn from(error: LogError) -> WorkspaceError {
        if error.is_disk_full() { WorkspaceError::DiskFull(error.to_string()) } else { WorkspaceError::Log(error) }
    }
}

type Counts = (Collected, Vec<Range<u64>>);

/// Counts by source and hour, and which rows they are about.
#[derive(Default)]
pub(crate) struct Requests {
    all: BTreeMap<(String, i64), Counts>,
    last_at: Option<i64>,
}

impl Requests {
    fn of(&mut self, source: &str, at: i64) -> &mut Counts {
        self.last_at = self.last_at.max(Some(at));
        let hour = at.div_euclid(HOUR) * HOUR;
        let found = self.all.entry((source.to_owned(), hour)).or_default();
        (found.0.hour, found.0.last_at) = (hour, found.0.last_at.max(at));
        source.clone_into(&mut found.0.source);
        found
    }

    /// Adds what became of messages of a source at a time, and which rows they made.
    pub(crate) fn book(&mut self, source: &str, at: i64, summary: &Summary, made: Range<u64>) {
        let (counts, rows) = self.of(source, at);
        counts.messages += summary.accepted + summary.skipped;
        counts.quarantined += summary.rejected.values().sum::<u64>();
        counts.events += summary.events;
        counts.traits += summary.traits;
        counts.links += summary.links;
        rows.push(made);
    }

    /// All counts, given which rows are duplicates.
    pub(crate) fn counted(self, is_duplicate: &dyn Fn(u64) -> bool) -> Vec<Collected> {
        let count = |(mut counts, rows): Counts| {
            let all: u64 = rows.iter().map(|rows| rows.end - rows.start).sum();
            counts.duplicates = rows.into_iter().flatten().filter(|row| is_duplicate(*row)).count() as u64;
            counts.stored = all - counts.duplicates;
            counts
        };
        self.all.into_values().map(count).collect()
    }
}

/// What was refused, and of which request it was.
#[derive(Default)]
pub(crate) struct Refused {
    dialect: String,
    at: i64,
    pub(crate) list: Vec<Quarantined>,
}

impl Refusals for Refused {
    fn put(&mut self, source: &str, reject: &Reject<'_>) -> io::Result<()> {
        self.list.push(Quarantined {
            at: self.at,
            source: source.to_owned(),
            dialect: self.dialect.clone(),
            reason: reject.reason.code().to_owned(),
            detail: reject.detail.clone().into_owned(),
            message: reject.raw.clone().into_owned(),
        });
        Ok(())
    }
}
