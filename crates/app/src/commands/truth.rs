//! `periplus truth`: how good the stitching is, where the truth is known.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use indicatif::HumanCount;
use periplus_intake::gate::Refusal;
use periplus_intake::ids::Ids;
use periplus_model::identity::{CustomerKey, IdKind};
use periplus_simulate::DataFile;
use periplus_stitch::groups::Groups;
use periplus_stitch::score::{Contingency, Score};
use periplus_workspace::Workspace;
use serde_json::json;

use crate::here::{Here, Output};

/// Compare the stitched customers with a known truth.
///
/// The truth is a CSV file with the columns person, kind and value, such as `periplus simulate` writes; rows whose column
/// `shared` is 1 (a browser that several people use) are nobody's and left out. Two identifiers of one person are a pair:
/// precision is the share of the pairs found that are true, recall the share of the true pairs that were found. No record
/// connects a browser whose user never logged in, or a receipt without a card, with anything else; so recall is also told
/// among the pairs that some chain of records connects.
#[derive(clap::Args)]
pub struct Truth {
    /// The file, or the folder of a simulation
    #[arg(value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Truth {
    pub fn run(self, here: &Here) -> anyhow::Result<ExitCode> {
        let here = &here.printing(&self.output);
        let path = if self.path.is_dir() { self.path.join(DataFile::TruthIdentities.name()) } else { self.path.clone() };
        let workspace = here.workspace()?;
        let mut whose = HashMap::new();
        workspace.store.each_identifier(|row| {
            whose.insert(row.identifier.key(), row.customer);
        })?;
        let mut rows = csv::Reader::from_path(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let headers = rows.headers().with_context(|| path.display().to_string())?.clone();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let (Some(person), Some(kind), Some(value)) = (column("person"), column("kind"), column("value")) else {
            bail!("{} needs the columns person, kind and value; it has {}", path.display(), headers.iter().collect::<Vec<_>>().join(", "));
        };
        let shared = column("shared");
        let mut persons: HashMap<String, u64> = HashMap::new();
        let components = components(&workspace)?;
        let (mut stitched, mut connected) = (Contingency::default(), Contingency::default());
        let mut ids = Ids::default();
        let (mut identifiers, mut left_out) = (0_u64, 0_u64);
        for row in rows.records() {
            let row = row.with_context(|| path.display().to_string())?;
            let cell = |index: usize| row.get(index).unwrap_or_default();
            if shared.is_some_and(|index| cell(index) == "1") {
                left_out += 1;
                continue;
            }
            let kind = IdKind::new(cell(kind)).with_context(|| path.display().to_string())?;
            // As an import writes it: lower case, digits only; a value that names nobody is no identifier.
            ids.clear();
            let key = ids
                .push(&kind, cell(value))
                .and_then(|()| ids.with(|ids| Ok::<_, Refusal>(ids.first().map(|(kind, value)| CustomerKey::of(kind.name(), value)))));
            let Ok(Some(key)) = key else { continue };
            let next = persons.len() as u64;
            let person = *persons.entry(cell(person).to_owned()).or_insert(next);
            // What was never seen together with anything is a customer of its own.
            stitched.add(whose.get(&key).copied().unwrap_or(key), person);
            connected.add(components.get(&key).copied().unwrap_or(key), person);
            identifiers += 1;
        }
        Report { score: stitched.score(), connected: connected.score().both, identifiers, persons: persons.len() as u64, left_out }
            .tell(here)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What each identifier is connected with by any chain of records, whatever the rules say of them.
fn components(workspace: &Workspace) -> anyhow::Result<HashMap<CustomerKey, CustomerKey>> {
    let (mut nodes, mut keys, mut links) = (HashMap::new(), Vec::new(), Vec::new());
    workspace.store.each_link(|a, b| {
        let [a, b] = [a, b].map(|key| {
            *nodes.entry(key).or_insert_with(|| {
                keys.push(key);
                keys.len() as u32 - 1
            })
        });
        links.push((a, b));
    })?;
    let mut groups = Groups::new(keys.len());
    for (a, b) in links {
        let (a, b) = (groups.root(a), groups.root(b));
        if a != b {
            groups.join(a, b);
        }
    }
    Ok(nodes.into_iter().map(|(key, node)| (key, keys[groups.root(node) as usize])).collect())
}

struct Report {
    score: Score,
    connected: u128,
    identifiers: u64,
    persons: u64,
    left_out: u64,
}

impl Report {
    fn tell(&self, here: &Here) -> anyhow::Result<()> {
        let Report { score, connected, identifiers, persons, left_out } = self;
        let (precision, recall, f1) = (score.precision(), score.recall(), score.f1());
        let reachable = (*connected > 0).then(|| score.both as f64 / *connected as f64);
        if here.json {
            let count = |pairs: u128| u64::try_from(pairs).unwrap_or(u64::MAX);
            let (found, truth, both, connected) = (count(score.found), count(score.truth), count(score.both), count(*connected));
            return here.say_json(&json!({
                "identifiers": identifiers,
                "persons": persons,
                "shared_left_out": left_out,
                "pairs": {"found": found, "true": truth, "both": both, "connected": connected},
                "precision": precision,
                "recall": recall,
                "recall_of_connected": reachable,
                "f1": f1,
            }));
        }
        let share = |share: Option<f64>| share.map_or_else(|| "nothing to say".to_owned(), |share| format!("{:.3} %", share * 100.0));
        here.say(format!(
            "{} identifiers of {} persons ({} shared ones left out)",
            HumanCount(*identifiers),
            HumanCount(*persons),
            HumanCount(*left_out)
        ))?;
        here.say(format!("precision  {:>12}  of {} pairs found are true", share(precision), score.found))?;
        here.say(format!("recall     {:>12}  of {} true pairs were found", share(recall), score.truth))?;
        here.say(format!("           {:>12}  of {connected} true pairs that some chain of records connects", share(reachable)))?;
        here.say(format!("F1         {:>12}", share(f1)))?;
        Ok(())
    }
}
