//! Policy documents as JSON.

use serde_json::{Map, Value};

use super::condition::{Condition, Operator};
use super::{Effect, Policy, Statement};

/// A policy document that is not valid, or that the simulator cannot enforce.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON.
    #[error("the policy is not JSON")]
    Json(#[from] serde_json::Error),
    /// It says something that is not implemented, or lacks something.
    #[error("{place}: {problem}")]
    Statement {
        /// Such as `Statement[2].Condition`.
        place: String,
        /// What is wrong.
        problem: String,
    },
}

type Read<T> = Result<T, PolicyError>;

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is not JSON, or says something that the simulator does not enforce.
    pub(crate) fn from_json(text: &str) -> Read<Self> {
        let document: Value = serde_json::from_str(text)?;
        let document = object(&document, "policy")?;
        known(document, "policy", &["Version", "Id", "Statement"])?;
        if document.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
            return Err(wrong("Version", "must be 2012-10-17"));
        }
        let statements = match document.get("Statement") {
            Some(Value::Array(items)) => items.iter().collect(),
            Some(one) => vec![one],
            None => return Err(wrong("policy", "lacks Statement")),
        };
        let statements = (1..).zip(statements).map(statement);
        Ok(Self {
            statements: statements.collect::<Read<_>>()?,
        })
    }
}

fn statement((number, value): (usize, &Value)) -> Read<Statement> {
    let place = format!("Statement[{number}]");
    let members = object(value, &place)?;
    let names = ["Sid", "Effect", "Action", "Resource", "Condition"];
    known(members, &place, &names)?;
    let effect = match members.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(wrong(&place, "Effect must be Allow or Deny")),
    };
    Ok(Statement {
        effect,
        actions: texts(members, "Action", &place)?,
        resources: texts(members, "Resource", &place)?,
        conditions: match members.get("Condition") {
            None => Vec::new(),
            Some(value) => conditions(value, &format!("{place}.Condition"))?,
        },
    })
}

fn conditions(value: &Value, place: &str) -> Read<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, keys) in object(value, place)? {
        let found = Operator::ALL.into_iter().find(|(known, _)| known == name);
        let Some((_, operator)) = found else {
            return Err(wrong(place, &format!("{name} is not implemented")));
        };
        let keys = object(keys, &format!("{place}.{name}"))?;
        for key in keys.keys() {
            conditions.push(Condition {
                operator,
                key: key.clone(),
                values: texts(keys, key, &format!("{place}.{name}"))?,
            });
        }
    }
    Ok(conditions)
}

fn object<'v>(value: &'v Value, place: &str) -> Read<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| wrong(place, "must be an object"))
}

/// One text or a list of texts.
fn texts(members: &Map<String, Value>, name: &str, place: &str) -> Read<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match members.get(name) {
        Some(Value::Array(items)) => items.iter().map(text).collect(),
        Some(one) => text(one).map(|one| vec![one]),
        None => None,
    }
    .filter(|texts| !texts.is_empty())
    .ok_or_else(|| wrong(place, &format!("{name} must be a text or a list of texts")))
}

fn known(members: &Map<String, Value>, place: &str, names: &[&str]) -> Read<()> {
    match members.keys().find(|key| !names.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(wrong(place, &format!("{key} is not implemented"))),
    }
}

fn wrong(place: &str, problem: &str) -> PolicyError {
    PolicyError::Statement {
        place: place.to_owned(),
        problem: problem.to_owned(),
    }
}
