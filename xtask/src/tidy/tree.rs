//! What the rules look at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::manifest::Manifest;
use crate::house::House;

/// The repository in memory. Paths are relative to its root, with `/` between names.
#[derive(Debug, Default)]
pub struct Tree {
    /// Every file and folder.
    pub paths: BTreeSet<String>,
    /// The files that are text.
    pub texts: BTreeMap<String, String>,
    /// Every crate from outside in Cargo.lock.
    pub packages: Vec<Package>,
}

/// A crate from outside.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its licence, an SPDX expression.
    pub licence: Option<String>,
}

/// One of our own crates.
pub struct OwnCrate<'a> {
    /// Its folder's name: `lake`.
    pub name: &'a str,
    /// Where its manifest is.
    pub manifest_path: String,
    /// What the manifest says.
    pub manifest: Manifest<'a>,
    /// The file that its documentation begins in, and its text.
    pub root: Option<(String, &'a str)>,
}

impl Tree {
    /// Reads the clone and asks cargo for the dependencies.
    pub fn read(house: &House) -> anyhow::Result<Tree> {
        let mut tree = Tree::default();
        // What git ignores is nobody's work.
        let ignored = std::fs::read_to_string(house.root.join(".gitignore")).unwrap_or_default();
        let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).chain([".git"]).collect();
        tree.walk(&house.root, "", &ignored)?;
        tree.packages = packages(house)?;
        Ok(tree)
    }

    fn walk(&mut self, folder: &Path, prefix: &str, ignored: &[&str]) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if ignored.contains(&name.as_str()) || ignored.contains(&path.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), ignored)?;
            } else if let Ok(text) = String::from_utf8(std::fs::read(entry.path()).with_context(|| format!("{path} cannot be read"))?) {
                self.texts.insert(path.clone(), text);
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// Our own crates: those in `crates/`, and xtask.
    pub fn crates(&self) -> impl Iterator<Item = OwnCrate<'_>> {
        self.texts.iter().filter_map(|(path, text)| {
            let folder = path.strip_suffix("/Cargo.toml")?;
            let name = folder.strip_prefix("crates/").unwrap_or(folder);
            if name.contains('/') || (name == folder && name != "xtask") {
                return None;
            }
            let root = ["src/lib.rs", "src/main.rs"].iter().find_map(|file| {
                let path = format!("{folder}/{file}");
                let text = self.texts.get(&path)?;
                Some((path, text.as_str()))
            });
            Some(OwnCrate { name, manifest_path: path.clone(), manifest: Manifest::read(text), root })
        })
    }

    /// The texts of files with one of these ends.
    pub fn ending<'a>(&'a self, ends: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts.iter().filter(|(path, _)| ends.iter().any(|end| path.ends_with(end))).map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// A tree of these files, for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            tree.texts.insert((*path).to_owned(), (*text).to_owned());
            for (end, _) in path.match_indices('/') {
                tree.paths.insert(path[..end].to_owned());
            }
            tree.paths.insert((*path).to_owned());
        }
        tree
    }
}

fn packages(house: &House) -> anyhow::Result<Vec<Package>> {
    let output = house.cargo(&["metadata", "--format-version", "1", "--locked"]).stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("cargo does not understand the workspace (see above)");
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("what `cargo metadata` says is not JSON")?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` tells of no packages")?;
    Ok(packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .map(|package| Package {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            licence: package["license"].as_str().map(str::to_owned),
        })
        .collect())
}
