//! The examples of the guide work.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod world;

use world::World;

#[test]
fn every_statement_of_the_guide_is_answered() {
    let guide = include_str!("../../../docs/guide/sql.md");
    let statements: Vec<&str> = guide.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(statements.len() >= 9);
    let world = World::new(1, 2, 120);
    for statement in statements {
        if let Err(error) = world.ask(statement) {
            panic!("{statement}\n{error}");
        }
    }
}

#[test]
fn every_table_is_in_the_guide() {
    let guide = include_str!("../../../docs/guide/sql.md");
    for table in periplus_query::tables() {
        assert!(guide.contains(&format!("| `{}` |", table.name)), "{}", table.name);
    }
}
