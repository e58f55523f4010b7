//! How much a planner would have to walk through, which is not how long a statement is: what a WITH defines is planned again
//! wherever it is used, so thirty short lines can mean a billion tables, and a CUBE of thirty columns as many groupings.
//!
//! Planning cannot be interrupted, so it has to be small. Measured with DataFusion built without optimisation, on one busy
//! core: 50,000 values in an `IN (...)` take 6 seconds, a chain of 200 subqueries that each sort and group 3 seconds, a union
//! of 900 queries 6 seconds.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Expr, GroupByExpr, ObjectName, Query, Select, Visit, Visitor};

use crate::error::QueryError;

/// How many tables and queries (SELECTs within the statement) it may be made of, each as often as it is used.
pub(crate) const SOURCES_MAX: u64 = 100;
/// How many values, columns and calls it may have, counted likewise.
pub(crate) const EXPRESSIONS_MAX: u64 = 50_000;
/// How many sets of columns it may group by at once.
const GROUPINGS_MAX: u64 = 256;

/// Whether a planner can be expected to walk through the statement.
pub(crate) fn check(statement: &Statement) -> Result<(), QueryError> {
    match statement {
        Statement::Explain(explain) => check(&explain.statement),
        Statement::Statement(statement) => match statement.visit(&mut Walk::default()) {
            ControlFlow::Break(why) => Err(QueryError::Wrong(why)),
            ControlFlow::Continue(()) => Ok(()),
        },
        _ => Ok(()),
    }
}

#[derive(Clone, Copy, Default)]
struct Extent {
    sources: u64,
    expressions: u64,
}

const ONE_SOURCE: Extent = Extent { sources: 1, expressions: 0 };

impl Extent {
    fn add(&mut self, other: Extent) {
        self.sources = self.sources.saturating_add(other.sources);
        self.expressions = self.expressions.saturating_add(other.expressions);
    }
}

/// A query that is being walked through.
#[derive(Default)]
struct Open {
    extent: Extent,
    groupings: u64,
    /// What its WITH will define, in order: those queries are visited before anything else of it.
    to_define: VecDeque<String>,
    defined: HashMap<String, Extent>,
}

/// The queries around the place at hand, the outermost first.
#[derive(Default)]
struct Walk(Vec<Open>);

impl Walk {
    fn read(&mut self, source: Extent) -> ControlFlow<String> {
        if let Some(open) = self.0.last_mut() {
            open.extent.add(source);
        }
        self.check()
    }

    fn check(&self) -> ControlFlow<String> {
        let Some(open) = self.0.last() else { return ControlFlow::Continue(()) };
        let why = if open.extent.sources > SOURCES_MAX {
            format!("the statement has more than {SOURCES_MAX} tables and queries in it; what a WITH defines counts each time it is used")
        } else if open.extent.expressions > EXPRESSIONS_MAX {
            format!("the statement has more than {EXPRESSIONS_MAX} values and columns; what a WITH defines counts each time it is used")
        } else if open.groupings > GROUPINGS_MAX {
            format!(
                "the statement groups by more than {GROUPINGS_MAX} sets of columns at once; write those that are needed as GROUPING SETS"
            )
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(why)
    }
}

/// Names that differ in nothing but capitals are taken for the same: that counts rather too much.
fn key(name: &str) -> String {
    name.to_lowercase()
}

impl Visitor for Walk {
    type Break = String;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        let to_define = query.with.iter().flat_map(|with| &with.cte_tables).map(|table| key(&table.alias.name.value)).collect();
        self.0.push(Open { groupings: 1, to_define, ..Open::default() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<String> {
        let Some(closed) = self.0.pop().map(|open| open.extent) else { return ControlFlow::Continue(()) };
        let Some(around) = self.0.last_mut() else { return ControlFlow::Continue(()) };
        match around.to_define.pop_front() {
            Some(name) => {
                around.defined.insert(name, closed);
                around.extent.expressions = around.extent.expressions.saturating_add(closed.expressions);
            }
            None => around.extent.add(closed),
        }
        self.check()
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        self.read(ONE_SOURCE)?;
        match &select.group_by {
            // DataFusion passes over it without a word.
            GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty() => ControlFlow::Break(
                "GROUP BY ... WITH is not understood; write GROUP BY CUBE (...), ROLLUP (...) or GROUPING SETS (...)".to_owned(),
            ),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        let name = key(&relation.to_string().replace('"', ""));
        let defined = self.0.iter().rev().find_map(|open| open.defined.get(&name));
        self.read(defined.copied().unwrap_or(ONE_SOURCE))
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        let Some(open) = self.0.last_mut() else { return ControlFlow::Continue(()) };
        open.extent.expressions = open.extent.expressions.saturating_add(1);
        let groupings = match expression {
            Expr::Cube(sets) => 1u64.checked_shl(sets.len() as u32).unwrap_or(u64::MAX),
            Expr::Rollup(sets) => sets.len() as u64 + 1,
            Expr::GroupingSets(sets) => sets.len() as u64,
            _ => 1,
        };
        open.groupings = open.groupings.saturating_mul(groupings.max(1));
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParser;

    use super::*;

    fn told(text: &str) -> String {
        let statement = DFParser::parse_sql(text).unwrap().pop_front().unwrap();
        check(&statement).err().map(|error| error.to_string()).unwrap_or_default()
    }

    /// `levels` of WITH, each of which reads the one before so many times.
    fn levels(levels: usize, times: usize) -> String {
        let level = |n: usize| format!(", t{n} AS (SELECT 1 FROM {})", vec![format!("T{}", n - 1); times].join(", "));
        let further: String = (1..levels).map(level).collect();
        format!("WITH t0 AS (SELECT 1){further} SELECT 1 FROM \"t{}\"", levels - 1)
    }

    #[test]
    fn what_is_used_twice_counts_twice() {
        assert_eq!(told(&levels(5, 2)), "");
        assert!(told(&levels(7, 2)).contains("100 tables"));
        assert!(told(&levels(60, 2)).contains("100 tables"), "and 2^60 does not overflow");
        assert_eq!(told(&levels(90, 1)), "");
        assert!(told(&levels(110, 1)).contains("100 tables"));
        let tables = |count: usize| format!("EXPLAIN SELECT 1 FROM {}", vec!["events"; count].join(", "));
        assert_eq!(told(&tables(99)), "");
        assert!(told(&tables(100)).contains("100 tables"));
        let values = vec!["1"; 20_000].join(", ");
        assert_eq!(told(&format!("WITH v AS (SELECT {values}) SELECT 1 FROM v")), "");
        assert!(told(&format!("WITH v AS (SELECT {values}) SELECT 1 FROM v, v w")).contains("50000 values"));
        assert!(told(&format!("WITH v AS (SELECT {values}), a AS (SELECT 1 FROM v), b AS (SELECT 1 FROM v) SELECT 1")).contains("values"));
    }

    #[test]
    fn groupings_multiply() {
        for (by, many) in [
            ("CUBE (a, b, c, d, e, f, g, h)", false),
            ("CUBE (a, b, c, d, e, f, g, h, i)", true),
            ("CUBE (a, b, c, d, e), CUBE (f, g, h, i)", true),
            ("ROLLUP (a, b, c), GROUPING SETS ((a), (b, c))", false),
        ] {
            assert_eq!(told(&format!("SELECT 1 FROM events GROUP BY {by}")).contains("groups by more"), many, "{by}");
        }
        assert!(told("SELECT 1 FROM events GROUP BY a, b WITH CUBE").contains("CUBE (...)"));
    }
}
