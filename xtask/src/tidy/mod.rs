//! `cargo xtask tidy`: the rules of the house that no compiler holds.
//!
//! A rule looks at a [`Tree`] (all files as text, and what cargo knows about the dependencies) and returns complaints,
//! each with the file it is about and what to do. Rules never touch the disk, so that their tests show on small trees
//! made up in memory that each notices what it is there for.
//!
//! To add a rule: write a function in the file of its subject, with a test in which it complains, and add a line to
//! [`RULES`].

mod dependencies;
mod direction;
mod licences;
mod links;
mod manifest;
mod stories;
mod text;
mod tree;

use std::process::ExitCode;

use anyhow::bail;

use crate::house::House;
use tree::Tree;

pub const ABOUT: &str = "Holds the rules of the house: which crate may know which, what each tells about itself, why each dependency is
there and under which licence, what may not stand in a source file, and that links in the documentation lead somewhere.";

/// What is wrong, with the file it is about.
type Complaints = Vec<String>;

/// A rule: what it holds, and how.
type Rule = (&'static str, fn(&Tree) -> Complaints);

const RULES: &[Rule] = &[
    ("crates depend only on what the house's table allows", direction::arrows_point_down),
    ("every crate tells its story", stories::every_crate_tells_its_story),
    ("every crate is on the map of the house", stories::every_crate_is_on_the_map),
    ("every dependency is declared once, with its reason", dependencies::declared_once_with_a_reason),
    ("crates take dependencies from the workspace", dependencies::taken_from_the_workspace),
    ("errors without a type stay in the shell", dependencies::errors_have_types),
    ("licences are compatible with Apache-2.0", licences::compatible),
    ("deny.toml says the same about licences", licences::deny_toml_agrees),
    ("no file of code is too long", text::no_file_is_too_long),
    ("no tabs, no spaces at the ends of lines", text::clean_lines),
    ("nothing is left for later", text::nothing_left_for_later),
    ("no paths of anybody's machine", text::no_machine_paths),
    ("only the shell reads the clock", text::only_the_shell_reads_the_clock),
    ("links in the documentation lead somewhere", links::lead_somewhere),
];

/// Holds all rules and tells of each that is broken.
pub fn run(house: &House, arguments: &[String]) -> anyhow::Result<ExitCode> {
    if let Some(unknown) = arguments.first() {
        bail!("`tidy` takes no arguments, but there is '{unknown}'");
    }
    let (passed, failed) = hold(house)?;
    println!("{passed} rules held, {failed} broken");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many rules hold, and how many do not.
pub fn hold(house: &House) -> anyhow::Result<(u64, u64)> {
    let tree = Tree::read(house)?;
    let mut failed = 0;
    for (name, rule) in RULES {
        let complaints = rule(&tree);
        if !complaints.is_empty() {
            failed += 1;
            eprintln!("broken: {name}");
            complaints.iter().for_each(|complaint| eprintln!("  {complaint}"));
        }
    }
    Ok((RULES.len() as u64 - failed, failed))
}
