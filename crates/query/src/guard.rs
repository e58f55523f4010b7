//! What may be asked: one statement that only reads, and no deeper than a planner can follow ([`extent`]: nor wider).

use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::QueryError;
use crate::extent;
use crate::run::Limits;

/// Longer statements are written by something that has gone wrong.
const TEXT_MAX: usize = 1 << 20;
/// How many brackets may stand within each other.
const NESTING_MAX: usize = 50;
/// How many operators one statement may have. Each may make the tree that planners walk one deeper, and they walk it with
/// as much stack ([`crate::run::STACK`]); measured, this many take less than half of it. A long `IN (...)` has only one.
pub(crate) const OPERATORS_MAX: usize = 1_000;

/// The statement, if it may be asked.
pub(crate) fn parse(text: &str) -> Result<Statement, QueryError> {
    if text.len() > TEXT_MAX {
        return Err(QueryError::Wrong("the statement is longer than 1 MiB".to_owned()));
    }
    let tokens = Tokenizer::new(&GenericDialect, text).tokenize().map_err(|error| QueryError::Wrong(error.to_string()))?;
    if tokens.iter().filter(|token| is_operator(token)).count() > OPERATORS_MAX {
        return Err(QueryError::Wrong(format!(
            "the statement has more than {OPERATORS_MAX} operators; write long lists of values as IN (...)"
        )));
    }
    let parsed = DFParserBuilder::new(text).with_dialect(&GenericDialect).with_recursion_limit(NESTING_MAX).build();
    let statements = parsed.and_then(|mut parser| parser.parse_statements()).map_err(|error| match &error {
        datafusion::error::DataFusionError::SQL(parser, _) if parser.to_string().contains("recursion limit") => {
            QueryError::Wrong(format!("the statement nests more than {NESTING_MAX} brackets or subqueries within each other"))
        }
        _ => QueryError::of(&error, Limits::default()),
    })?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(statement), None) => {
            only_reads(&statement)?;
            extent::check(&statement)?;
            Ok(statement)
        }
        (None, _) => Err(QueryError::Wrong("there is no statement, such as SELECT event, count(*) FROM events GROUP BY event".to_owned())),
        _ => Err(QueryError::Refused("one statement at a time".to_owned())),
    }
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::XOR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::BETWEEN
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::JOIN
                | Keyword::AT
                | Keyword::COLLATE
        ),
        // Everything else that stands between values, whatever the parser makes of it.
        Token::EOF
        | Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::LParen
        | Token::RParen
        | Token::SemiColon
        | Token::Placeholder(_) => false,
        _ => true,
    }
}

fn only_reads(statement: &Statement) -> Result<(), QueryError> {
    let what = match statement {
        Statement::Explain(explain) => return only_reads(&explain.statement),
        Statement::CopyTo(_) => "COPY",
        Statement::CreateExternalTable(_) => "CREATE EXTERNAL TABLE",
        Statement::Reset(_) => "RESET",
        Statement::Statement(inner) => match inner.as_ref() {
            ast::Statement::Query(_)
            | ast::Statement::ShowTables { .. }
            | ast::Statement::ShowColumns { .. }
            | ast::Statement::ShowFunctions { .. }
            | ast::Statement::ExplainTable { .. } => return Ok(()),
            other => {
                let text = other.to_string();
                let verb = text.split_whitespace().next().unwrap_or_default().to_uppercase();
                return Err(QueryError::Refused(format!("{verb} is not possible")));
            }
        },
    };
    Err(QueryError::Refused(format!("{what} is not possible")))
}

/// The same of a plan, in which everything that a statement can hide has come to light.
pub(crate) fn plan_only_reads(plan: &LogicalPlan) -> Result<(), QueryError> {
    let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    reading
        .verify_plan(plan)
        .map_err(|error| QueryError::Refused(error.strip_backtrace().trim_start_matches("Error during planning: ").to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of a parsed statement as tests look at, with as much stack as it has in earnest.
    fn parse(text: &str) -> Result<(), QueryError> {
        let text = text.to_owned();
        let deep = std::thread::Builder::new().stack_size(crate::run::STACK).spawn(move || super::parse(&text).map(|_| ()));
        deep.unwrap().join().unwrap()
    }

    #[test]
    fn what_reads_may_be_asked() {
        for text in [
            "SELECT 1",
            "select event, count(*) from events group by 1;",
            "WITH a AS (SELECT 1 AS b) SELECT b FROM a",
            "VALUES (1), (2)",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE SELECT 1",
            "DESCRIBE events",
            "SHOW TABLES",
            "SHOW COLUMNS FROM events",
        ] {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_does_anything_else_is_refused() {
        for text in [
            "INSERT INTO events VALUES (1)",
            "DELETE FROM events",
            "UPDATE events SET event = 'x'",
            "DROP TABLE events",
            "CREATE TABLE t AS SELECT 1",
            "CREATE VIEW v AS SELECT 1",
            "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/tmp/x'",
            "CREATE FUNCTION f() RETURNS INT RETURN 1",
            "COPY events TO '/tmp/x.parquet'",
            "EXPLAIN COPY events TO '/tmp/x.parquet'",
            "EXPLAIN ANALYZE INSERT INTO events VALUES (1)",
            "SET datafusion.execution.batch_size = 1",
            "RESET datafusion.execution.batch_size",
            "TRUNCATE TABLE events",
            "PREPARE p AS SELECT 1",
            "BEGIN",
            "SELECT 1; SELECT 2",
        ] {
            assert!(matches!(parse(text), Err(QueryError::Refused(_))), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn what_is_no_sql_is_told_with_its_place() {
        for (text, told) in [
            ("", "there is no statement"),
            ("SELEC 1", "Expected"),
            ("SELECT 'open", "Unterminated string literal at Line: 1, Column: 8"),
            ("SELECT (1", "Expected: )"),
        ] {
            let error = parse(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(told), "{text}: {error}");
        }
    }

    #[test]
    fn what_nests_too_deeply_is_told_so() {
        let nested = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(parse(&nested).unwrap_err().to_string().contains("nests"));
        let long = format!("SELECT 1{}", " + 1".repeat(OPERATORS_MAX + 1));
        assert!(parse(&long).unwrap_err().to_string().contains("operators"));
        let not = format!("SELECT {} true", "NOT ".repeat(900));
        assert!(parse(&not).is_err());
        let list = format!("SELECT 1 IN ({})", vec!["1"; 40_000].join(", "));
        assert!(parse(&list).is_ok());
    }
}
