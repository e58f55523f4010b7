//! Collecting in a running server: what is accepted goes into the log, and from there into the lake.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use periplus_intake::collect::signature::Secret;
use periplus_log::{Folder, Log, LogError, Refused, Settings};
use periplus_model::Instant;
use periplus_server::{Arrival, Collector, Live, Metric, Seen, Sender, Surveys, Unkept, beginning};
use periplus_store::{Collected, Landing, Quarantined, Store};
use periplus_workspace::landing::Landed;
use periplus_workspace::{Workspace, WorkspaceError, sources};
use serde_json::{Value, json};

use crate::here::Here;
use crate::surveying::Surveying;

/// The folder of the log, below the data folder.
const LOG: &str = "log";
/// So many bytes may wait for the disk.
const WAITING_MAX: usize = 64 << 20;
/// The log may take so many bytes on the disk before nothing more is accepted: what is not in the lake yet.
const LOG_BYTES_MAX: u64 = 20 << 30;
/// How full the disk may be, in percent, before nothing more is accepted: what is accepted has to go into the lake, too.
pub const DISK_FULL_PERCENT: u8 = 90;
/// New rows are put into the lake as often as this, at most.
const PAUSE: Duration = Duration::from_millis(700);
/// And looked for as often, when nothing tells of them.
const REST: Duration = Duration::from_secs(1);

/// A log that is being filled, and read into the lake.
pub struct Collecting {
    shared: Arc<Shared>,
    surveying: Arc<Surveying>,
    landing: Option<JoinHandle<()>>,
    _lock: File,
}

/// What all threads of it have in common.
pub struct Shared {
    here: Here,
    pub log: Log<Folder>,
    senders: RwLock<HashMap<String, Sender>>,
    ending: AtomicBool,
    /// The first frame that is not in the lake.
    pub landed: AtomicU64,
    /// When something was last put into the lake, and the newest request of it (microseconds).
    landed_at: AtomicI64,
    newest: AtomicI64,
    /// What is wrong with putting things into the lake, if anything is.
    trouble: Mutex<Option<String>>,
    /// What is wrong with what is said about sources.
    rules_trouble: Mutex<Option<String>>,
    /// What is wrong with a survey.
    pub surveys_trouble: Mutex<Option<String>>,
    disk_full_percent: u8,
    /// Whether the disk is as full as that.
    is_full: AtomicBool,
    full_trouble: Mutex<Option<String>>,
    /// What arrives, for those who watch.
    live: Live,
    /// Shared with what waits in the log, which must not hold the log itself.
    accepted: Arc<AtomicU64>,
    turned_away: Mutex<BTreeMap<&'static str, u64>>,
    /// What of it was told in the journal.
    turned_away_told: Mutex<BTreeMap<&'static str, u64>>,
}

impl Collecting {
    /// Opens the log of a data folder, which is made when it is missing, and begins to put what is in it into the lake. When the
    /// disk is as full as this, nothing more is accepted.
    ///
    /// # Errors
    /// When another server collects there, or the folder cannot be used.
    pub fn begin(here: &Here, disk_full_percent: u8) -> anyhow::Result<Collecting> {
        let folder = here.data.join(LOG);
        drop(here.workspace_to_change().or_else(|_| here.workspace())?);
        let disk = Folder::open(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let lock = lock(&folder)?;
        let store = here.workspace()?.store;
        let landed = store.next_frame()?;
        let mut dice = Dice::new()?;
        let settings = Settings { segment_bytes: periplus_log::write::SEGMENT_BYTES, salt: Box::new(move || dice.next()) };
        let teller = here.clone();
        let (log, found) = Log::open(disk, settings, landed, move |error| fatal(&teller, error))?;
        for file in &found.damaged {
            here.remark(format!(
                "{}/{file} is damaged: something that was accepted is lost. `periplus sources list` says how much",
                folder.display()
            ));
        }
        let shared = Arc::new(Shared {
            here: here.clone(),
            log,
            senders: RwLock::new(senders(here, &store)?),
            ending: AtomicBool::new(false),
            landed: AtomicU64::new(landed),
            landed_at: AtomicI64::new(here.now()),
            newest: AtomicI64::new(0),
            trouble: Mutex::default(),
            rules_trouble: Mutex::default(),
            surveys_trouble: Mutex::default(),
            disk_full_percent,
            is_full: AtomicBool::new(false),
            full_trouble: Mutex::default(),
            live: Live::default(),
            accepted: Arc::default(),
            turned_away: Mutex::default(),
            turned_away_told: Mutex::default(),
        });
        // Before anything is read from the log: what is in it now has not been looked at.
        let surveying = Arc::new(Surveying::new(here, shared.clone())?);
        let theirs = shared.clone();
        let landing = std::thread::Builder::new().name("landing".to_owned()).spawn(move || theirs.land())?;
        Ok(Collecting { shared, surveying, landing: Some(landing), _lock: lock })
    }

    /// Puts what is left in the log of a data folder into the lake, where no server does: what was accepted before the last one
    /// ended. Answers whether none did.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn drain(here: &Here) -> anyhow::Result<bool> {
        let folder = here.data.join(LOG);
        if !folder.exists() {
            return Ok(true);
        }
        // The lock is taken once more, by whoever begins.
        match lock(&folder) {
            Ok(lock) => drop(lock),
            Err(_) => return Ok(false),
        }
        drop(Collecting::begin(here, 100)?);
        Ok(true)
    }

    /// What takes requests.
    pub fn collector(&self) -> Arc<dyn Collector> {
        Arc::new(Entrance { shared: self.shared.clone(), surveying: self.surveying.clone() })
    }

    /// How it is doing, for monitoring.
    pub fn gauges(&self) -> Gauges {
        Gauges(self.shared.clone())
    }
}

/// How collecting is doing.
pub struct Gauges(Arc<Shared>);

impl Gauges {
    /// As an object.
    pub fn state(&self) -> Value {
        self.0.state()
    }

    /// What arrived since somebody looked last.
    pub fn live(&self, after: Option<u64>, now: Instant) -> Seen {
        self.0.live.after(after, now)
    }

    /// As figures.
    pub fn metrics(&self) -> Vec<Metric> {
        let shared = &self.0;
        let one = |name, about, value: f64| Metric { name, about, values: vec![(None, value)], label: "" };
        let turned_away = shared.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
        vec![
            one(
                "periplus_requests_accepted_total",
                "Requests that were answered with 200.",
                shared.accepted.load(Ordering::Relaxed) as f64,
            ),
            Metric {
                name: "periplus_requests_refused_total",
                about: "Requests that were refused, by reason.",
                values: turned_away.iter().map(|(code, count)| (Some((*code).to_owned()), *count as f64)).collect(),
                label: "reason",
            },
            one("periplus_log_frames_waiting", "Frames of the log that are not in the lake yet.", shared.waiting() as f64),
            one("periplus_log_bytes", "Bytes of the log on the disk, about.", shared.log.bytes() as f64),
            one("periplus_commit_age_seconds", "Seconds since something was last put into the lake.", shared.commit_age()),
            one("periplus_landing_trouble", "1 while nothing can be put into the lake.", f64::from(u8::from(shared.trouble().is_some()))),
        ]
    }
}

impl Drop for Collecting {
    /// Puts what was accepted into the lake, and ends.
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Relaxed);
        if let Some(landing) = self.landing.take() {
            let _ = landing.join();
        }
    }
}

/// One server collects for a data folder.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let path: PathBuf = folder.join("LOCK");
    let lock = File::options().create(true).truncate(false).write(true).open(&path).with_context(|| path.display().to_string())?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("another server collects for {}; end it, or serve with --no-collect", folder.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// A disk that does not confirm a write leaves nothing that could be promised: what was written may or may not be there, and
/// only a new start can find out.
fn fatal(here: &Here, error: &LogError) {
    here.error(&anyhow::anyhow!("{error}"));
    std::process::abort();
}

/// Numbers that nobody can guess.
pub struct Dice(u64);

impl Dice {
    /// From the operating system.
    ///
    /// # Errors
    /// When it has no chance to give.
    pub fn new() -> anyhow::Result<Dice> {
        Ok(Dice(getrandom::u64().map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        // What the system gave before is mixed in, should it fail now.
        self.0 = getrandom::u64().unwrap_or_default() ^ self.0.rotate_left(31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0
    }

    /// A number of 128 bits.
    pub fn number(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    /// As many as a secret has.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|eight| eight.copy_from_slice(&self.next().to_le_bytes()));
        bytes
    }
}

/// Whoever may send, by their keys, and what is said about their sources. The files about sources are read again each time;
/// one that is wrong is an error for all: whoever calls keeps what was known before.
fn senders(here: &Here, store: &Store) -> anyhow::Result<HashMap<String, Sender>> {
    let mut senders = HashMap::new();
    for key in store.keys()?.into_iter().filter(|key| key.ended_at.is_none()) {
        let settings = Arc::new(sources::settings(&here.data, &key.source)?);
        let secrets: Arc<[Secret]> = match settings.webhook.as_ref().and_then(|webhook| webhook.signature.as_ref()) {
            // A variable that is not there, or is wrong, leaves no secret, and whoever sends is told so.
            Some(signature) => {
                std::env::var(&signature.secret_env).ok().and_then(|text| signature.secrets(&text).ok()).unwrap_or_default().into()
            }
            None => Arc::default(),
        };
        senders.insert(key.key, Sender { source: key.source, origins: key.origins, settings, secrets });
    }
    Ok(senders)
}

impl Shared {
    /// What the landing thread does until the server ends and everything accepted is in the lake.
    fn land(&self) {
        let mut cleared = self.look_around();
        loop {
            let ending = self.ending.load(Ordering::Relaxed);
            let landed = self.landed.load(Ordering::Acquire);
            let durable = if ending { self.log.durable() } else { self.log.wait_for(landed, REST) };
            let erasures = self.look_around();
            if durable <= landed {
                // What was accepted of somebody before they were erased must not stay in the log.
                if ending || erasures > cleared {
                    self.log.clear(landed);
                    cleared = erasures;
                }
                if ending {
                    return;
                }
                continue;
            }
            let outcome = self.take_in(durable);
            let failed = outcome.is_err();
            self.note(&self.trouble, outcome.err().map(|error| format!("what was accepted waits in the log: {error}")));
            if failed && ending {
                // It is in the log, and the next start takes it from there.
                return;
            }
            if !ending {
                std::thread::sleep(if failed { REST } else { PAUSE });
            }
        }
    }

    fn take_in(&self, until: u64) -> Result<(), WorkspaceError> {
        let mut workspace = Workspace::open_to_change(&self.here.data)?;
        let mut reader = self.log.read(workspace.store.next_frame()?);
        let begun = self.here.now();
        while let Some(Landed { landing, last_at }) = workspace.land(&mut reader, until, self.here.now())? {
            let next_frame = landing.next_frame;
            self.tell_of(&landing, begun);
            self.landed.store(next_frame, Ordering::Release);
            self.landed_at.store(self.here.now(), Ordering::Relaxed);
            self.newest.fetch_max(last_at.unwrap_or_default(), Ordering::Relaxed);
            let now = Instant(self.here.now());
            if self.live.is_watched(now) {
                landing.quarantined.into_iter().for_each(|message| self.live.tell(refused_message(message)));
            }
            for loss in landing.losses {
                let (first, end) = (loss.first_frame, loss.end_frame);
                self.here.remark(format!("frames {first} to {} of the log are lost: {}", end - 1, loss.why));
            }
            self.log.retire(next_frame);
        }
        workspace.tend(self.here.now())?;
        Ok(())
    }

    /// Tells what was put into the lake, and what was refused at the door since it was told last.
    fn tell_of(&self, landing: &Landing, begun: i64) {
        let mut sum = Collected::default();
        landing.collected.iter().for_each(|counts| sum.add(counts));
        let turned_away: BTreeMap<&str, u64> = {
            let counts = self.turned_away.lock().unwrap_or_else(PoisonError::into_inner);
            let mut told = self.turned_away_told.lock().unwrap_or_else(PoisonError::into_inner);
            let news = counts.iter().map(|(code, count)| (*code, count - told.get(code).copied().unwrap_or_default()));
            let news = news.filter(|(_, count)| *count > 0).collect();
            told.clone_from(&counts);
            news
        };
        let milliseconds = (self.here.now() - begun) as f64 / 1e3;
        self.here.journal(
            "landed",
            json!({"messages": sum.messages, "quarantined": sum.quarantined, "stored": sum.stored, "duplicates": sum.duplicates,
                "sources": landing.collected.len(), "milliseconds": milliseconds, "frames_waiting": self.waiting(), "requests_refused": turned_away}),
        );
    }

    fn look_at_the_disk(&self) {
        let percent = fullness(&self.here.data);
        let is_full = percent.is_some_and(|percent| percent >= f64::from(self.disk_full_percent)) && self.disk_full_percent < 100;
        self.is_full.store(is_full, Ordering::Relaxed);
        let most = self.disk_full_percent;
        self.note(
            &self.full_trouble,
            is_full.then(|| format!("the disk is more than {most} % full: nothing is accepted until there is room")),
        );
    }

    /// Remembers what is wrong, if anything is, and says it when it is new.
    pub fn note(&self, place: &Mutex<Option<String>>, said: Option<String>) {
        let mut trouble = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = said.as_ref().filter(|said| trouble.as_ref() != Some(said)) {
            self.here.remark(said);
        }
        *trouble = said;
    }

    /// Puts a request into the log; `done` is told in which frame it is when that is durable. It must not hold what holds the log.
    pub fn append(&self, request: Vec<u8>, done: Box<dyn FnOnce(Result<u64, Unkept>) + Send>) {
        let unkept = |why: Refused| match why {
            Refused::Busy => Unkept::Busy,
            Refused::DiskFull | Refused::Failed(_) => Unkept::Disk,
        };
        if self.log.bytes() > LOG_BYTES_MAX {
            return done(Err(Unkept::Busy));
        }
        if self.is_full.load(Ordering::Relaxed) {
            return done(Err(Unkept::Disk));
        }
        let accepted = self.accepted.clone();
        let written = move |outcome: Result<u64, Refused>| {
            accepted.fetch_add(u64::from(outcome.is_ok()), Ordering::Relaxed);
            done(outcome.map_err(unkept));
        };
        self.log.append(request, WAITING_MAX, Box::new(written));
    }

    /// Sees who may send now, and how often somebody was erased.
    fn look_around(&self) -> usize {
        self.look_at_the_disk();
        let Ok(workspace) = self.here.workspace() else { return 0 };
        let said = match senders(&self.here, &workspace.store) {
            Ok(known) => {
                *self.senders.write().unwrap_or_else(PoisonError::into_inner) = known;
                None
            }
            Err(error) => Some(format!("keys and rules stay as they were: {error:#}")),
        };
        self.note(&self.rules_trouble, said);
        workspace.store.erasures().map_or(0, |erasures| erasures.len())
    }

    fn waiting(&self) -> u64 {
        self.log.durable().saturating_sub(self.landed.load(Ordering::Acquire))
    }

    fn commit_age(&self) -> f64 {
        (self.here.now() - self.landed_at.load(Ordering::Relaxed)).max(0) as f64 / 1e6
    }

    fn trouble(&self) -> Option<String> {
        let of = |place: &Mutex<Option<String>>| place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = [&self.trouble, &self.full_trouble, &self.rules_trouble, &self.surveys_trouble];
        all.into_iter().find_map(of)
    }

    fn state(&self) -> Value {
        json!({
            "accepted": self.accepted.load(Ordering::Relaxed),
            "frames_waiting": self.waiting(),
            "seconds_since_last_commit": self.commit_age(),
            "newest_request": Some(self.newest.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Instant),
            "log_bytes": self.log.bytes(),
            "trouble": self.trouble(),
            "turned_away": *self.turned_away.lock().unwrap_or_else(PoisonError::into_inner),
        })
    }
}

/// How full the disk is on which a folder lies, in percent; nothing where the system does not say.
fn fullness(folder: &Path) -> Option<f64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    // As `df` counts: what is kept back for the system's own is neither used nor free.
    let used = disk.f_blocks.saturating_sub(disk.f_bfree);
    let usable = used + disk.f_bavail;
    (usable > 0).then(|| used as f64 * 100.0 / usable as f64)
}

/// A refused message, for those who watch.
fn refused_message(message: Quarantined) -> Arrival {
    Arrival {
        at: Instant(message.at),
        source: Some(message.source),
        dialect: message.dialect,
        outcome: "quarantined",
        code: Some(message.reason),
        detail: Some(message.detail),
        messages: 1,
        begins: beginning(message.message.as_bytes()),
    }
}

/// Where requests come in, and where people are asked.
struct Entrance {
    shared: Arc<Shared>,
    surveying: Arc<Surveying>,
}

impl Collector for Entrance {
    fn now(&self) -> Instant {
        Instant(self.shared.here.now())
    }

    fn sender(&self, key: &str) -> Option<Sender> {
        self.shared.senders.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn keep(&self, request: Vec<u8>, done: Box<dyn FnOnce(Result<(), Unkept>) + Send>) {
        self.shared.append(request, Box::new(move |outcome| done(outcome.map(drop))));
    }

    fn live(&self) -> &Live {
        &self.shared.live
    }

    fn surveys(&self) -> Option<Arc<dyn Surveys>> {
        Some(self.surveying.clone())
    }

    fn turned_away(&self, code: &'static str) {
        *self.shared.turned_away.lock().unwrap_or_else(PoisonError::into_inner).entry(code).or_default() += 1;
    }
}
