//! Which dependencies there are, and why.

use super::Complaints;
use super::manifest::{Manifest, own};
use super::tree::Tree;

const ROOT: &str = "Cargo.toml";

/// Every dependency from outside stands in the root manifest with a reason behind it.
pub fn declared_once_with_a_reason(tree: &Tree) -> Complaints {
    let Some(text) = tree.texts.get(ROOT) else { return vec![format!("{ROOT}: there is none")] };
    let mut complaints = Vec::new();
    for dependency in Manifest::read(text).dependencies {
        if dependency.table != "workspace.dependencies" {
            complaints.push(format!("{ROOT}: {} stands in [{}], not in [workspace.dependencies]", dependency.name, dependency.table));
        } else if own(dependency.name).is_none() && dependency.reason.is_none_or(|reason| reason.is_empty() || reason == dependency.name) {
            complaints.push(format!("{ROOT}: say behind {} in a comment why it is worth having", dependency.name));
        }
    }
    complaints
}

/// Crates name no versions: they take what the workspace declares, and each dependency once.
pub fn taken_from_the_workspace(tree: &Tree) -> Complaints {
    let mut complaints = Vec::new();
    for own_crate in tree.crates() {
        let dependencies = &own_crate.manifest.dependencies;
        for (place, dependency) in dependencies.iter().enumerate() {
            let value: String = dependency.value.split_whitespace().collect();
            if !(value == ".workspace=true" || value.starts_with("={workspace=true")) {
                complaints.push(format!(
                    "{}: take {} from the workspace: `{}.workspace = true`",
                    own_crate.manifest_path, dependency.name, dependency.name
                ));
            }
            if dependencies[..place].iter().any(|earlier| earlier.name == dependency.name) {
                complaints.push(format!("{}: {} is declared twice", own_crate.manifest_path, dependency.name));
            }
        }
    }
    complaints
}

/// Libraries have error types; only programs may use anyhow.
pub fn errors_have_types(tree: &Tree) -> Complaints {
    tree.crates()
        .filter(|own_crate| !["app", "xtask"].contains(&own_crate.name))
        .filter(|own_crate| own_crate.manifest.dependencies.iter().any(|dependency| dependency.name == "anyhow"))
        .map(|own_crate| format!("{}: anyhow is for app and xtask; a library has an error type of its own", own_crate.manifest_path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_without_a_reason_is_noticed() {
        let complaints = |text: &str| declared_once_with_a_reason(&Tree::of(&[(ROOT, text)])).len();
        assert_eq!(
            complaints("[workspace.dependencies]\nperiplus-model = { path = \"crates/model\" }\nserde = \"1\" # crosses borders\n"),
            0
        );
        assert_eq!(complaints("[workspace.dependencies]\nserde = \"1\"\ntoml = \"1\" # toml\n"), 2);
        assert_eq!(complaints("[dependencies]\nserde = \"1\" # crosses borders\n"), 1);
    }

    #[test]
    fn a_version_in_a_crate_is_noticed() {
        let complaints = |text: &str| taken_from_the_workspace(&Tree::of(&[("crates/lake/Cargo.toml", text)])).len();
        assert_eq!(complaints("[dependencies]\na.workspace = true\nb = { workspace = true, features = [\"x\"] }\n"), 0);
        assert_eq!(complaints("[dependencies]\na = \"1\"\nb = { version = \"1\" }\n"), 2);
        assert_eq!(complaints("[dependencies]\na.workspace = true\n[dev-dependencies]\na.workspace = true\n"), 1);
    }

    #[test]
    fn errors_without_a_type_are_noticed_in_libraries() {
        let complaints = |path: &str| errors_have_types(&Tree::of(&[(path, "[dependencies]\nanyhow.workspace = true\n")])).len();
        assert_eq!((complaints("crates/app/Cargo.toml"), complaints("xtask/Cargo.toml"), complaints("crates/lake/Cargo.toml")), (0, 0, 1));
    }
}
