//! Which crate may know which.

use super::Complaints;
use super::manifest::own;
use super::tree::Tree;

/// The house: each crate, and which of our crates it may depend on. Whatever is further down in the list may not be
/// known by what is further up.
///
/// Core crates know only the model; the edge crates do not know each other, save that the engine reads the lake, and SQL
/// stands on both.
const HOUSE: &[(&str, &[&str])] = &[
    ("model", &[]),
    // Core: pure, synchronous, no clock, no files, no network.
    ("maps", &["model"]),
    ("intake", &["model"]),
    ("survey", &["model"]),
    ("stitch", &["model"]),
    ("stats", &["model"]),
    ("voice", &[]),
    ("conform", &[]),
    ("kernels", &["model"]),
    ("findings", &["model", "stats"]),
    ("followup", &["model", "stats"]),
    ("picture", &["model"]),
    ("simulate", &["model"]),
    // Edge: disk, SQL and network.
    ("channels", &["followup"]),
    ("lake", &["model"]),
    ("store", &["model"]),
    ("log", &[]),
    ("engine", &["model", "maps", "stats", "findings", "conform", "voice", "kernels", "lake"]),
    ("query", &["model", "maps", "kernels", "lake", "engine"]),
    ("cluster", &["model", "lake", "engine"]),
    // Shell.
    ("workspace", &["model", "maps", "intake", "survey", "followup", "stitch", "engine", "query", "lake", "store", "log"]),
    // The built web app as bytes.
    ("webui", &[]),
    ("server", &["model", "maps", "intake", "survey", "picture", "engine", "workspace", "webui"]),
    (
        "app",
        &[
            "model",
            "maps",
            "intake",
            "survey",
            "followup",
            "channels",
            "stitch",
            "stats",
            "voice",
            "kernels",
            "picture",
            "simulate",
            "lake",
            "store",
            "log",
            "engine",
            "query",
            "cluster",
            "workspace",
            "server",
        ],
    ),
    ("xtask", &[]),
];

/// What a crate's tests may know besides: they end up in no program, so this can make no circle.
const IN_TESTS: &[(&str, &str)] = &[
    // The simulator's files are the hardest that the intake has to read, and the truth about them is known.
    ("intake", "simulate"),
    // So is everything that becomes of them.
    ("workspace", "simulate"),
];

/// Every crate is in the table, and depends on nothing that the table does not allow.
pub fn arrows_point_down(tree: &Tree) -> Complaints {
    let mut complaints = Vec::new();
    for own_crate in tree.crates() {
        let Some((_, allowed)) = HOUSE.iter().find(|(name, _)| *name == own_crate.name) else {
            complaints.push(format!("{}: this crate is not in the house's table (xtask/src/tidy/direction.rs)", own_crate.manifest_path));
            continue;
        };
        for dependency in &own_crate.manifest.dependencies {
            let Some(other) = own(dependency.name) else { continue };
            let in_tests = dependency.table == "dev-dependencies" && IN_TESTS.contains(&(own_crate.name, other));
            if !(in_tests || allowed.contains(&other)) {
                complaints.push(format!(
                    "{}: {} may not know {other}; it may know: {}",
                    own_crate.manifest_path,
                    own_crate.name,
                    if allowed.is_empty() { "none of our crates".to_owned() } else { allowed.join(", ") }
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_itself_points_down() {
        for (place, (name, allowed)) in HOUSE.iter().enumerate() {
            for other in *allowed {
                assert!(HOUSE[..place].iter().any(|(above, _)| above == other), "{name} may know {other}, which does not stand above it");
            }
        }
    }

    #[test]
    fn an_arrow_that_points_up_is_noticed() {
        let well = Tree::of(&[("crates/lake/Cargo.toml", "[dependencies]\nperiplus-model.workspace = true\nserde.workspace = true\n")]);
        assert_eq!(arrows_point_down(&well), Complaints::new());
        for section in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.dependencies"] {
            let bad = Tree::of(&[("crates/lake/Cargo.toml", &format!("[{section}]\nperiplus-store = {{ workspace = true }}\n"))]);
            assert!(arrows_point_down(&bad)[0].contains("lake may not know store"), "in {section}");
        }
    }

    #[test]
    fn what_tests_may_know_the_crate_itself_may_not() {
        let complaints = |section: &str| {
            arrows_point_down(&Tree::of(&[("crates/intake/Cargo.toml", &format!("[{section}]\nperiplus-simulate.workspace = true\n"))]))
                .len()
        };
        assert_eq!((complaints("dev-dependencies"), complaints("dependencies")), (0, 1));
    }

    #[test]
    fn a_crate_that_nobody_placed_is_noticed() {
        assert_eq!(arrows_point_down(&Tree::of(&[("crates/helpers/Cargo.toml", "")])).len(), 1);
    }
}
