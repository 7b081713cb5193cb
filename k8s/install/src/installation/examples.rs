//! Examples where a cluster's own facts belong: the files of values in the repository hold some until a
//! release and a person have written the true ones. Helm would wait in vain for pods whose image nobody has.

use std::path::Path;

use common::fault::Failure;
use common::trouble::Trouble;
use serde_json::Value;

use crate::manifest;
use crate::verdict;

/// What stands for a digest that nobody has written yet.
const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The first line of a certificate and nothing else.
const AUTHORITY: &str = "LS0tLS1CRUdJTg==";

/// How long the name of an API server of EKS is, in hexadecimal digits.
const EKS_NAME: usize = 32;

/// Refuses a file of values with examples in it.
///
/// # Errors
/// When there are some, or the file cannot be read.
pub fn refuse(path: &Path) -> Result<(), Failure> {
    let found = look(path)?;
    if found.is_empty() {
        return Ok(());
    }
    Err(told(path, &found).into())
}

/// Refuses a file whose API server is an example: nothing can be asked of it. The examples elsewhere in the
/// file are told, too. A file that cannot be read is for whoever reads it next.
///
/// # Errors
/// When the API server is one.
pub(super) fn refuse_api(path: &Path) -> Result<(), Failure> {
    let found = look(path).unwrap_or_default();
    if found.iter().any(|place| place.starts_with("`api.")) {
        return Err(told(path, &found).into());
    }
    Ok(())
}

/// The paths of all examples in a file.
fn look(path: &Path) -> Result<Vec<String>, Failure> {
    let file = path.display().to_string();
    let values = manifest::value_of(&file, &super::read(path)?)?;
    let mut found = Vec::new();
    walk("", &values, &mut found);
    Ok(found)
}

fn told(path: &Path, found: &[String]) -> Trouble {
    let text = format!("{} has examples in {}", path.display(), found.join(", "));
    verdict::EXAMPLES.because(text)
}

/// The paths of all examples.
fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                walk(&format!("{path}{dot}{key}"), value, found);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(&format!("{path}[{index}]"), value, found);
            }
        }
        Value::String(text) if is_example(text) => found.push(format!("`{path}`")),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_example(text: &str) -> bool {
    text == DIGEST || text == AUTHORITY || is_no_server(text)
}

/// Whether it looks like an API server of EKS, and none is called so.
fn is_no_server(text: &str) -> bool {
    let host = text.strip_prefix("https://");
    let Some((name, domain)) = host.and_then(|host| host.split_once('.')) else {
        return false;
    };
    let is_name = name.len() == EKS_NAME && name.chars().all(|it| it.is_ascii_hexdigit());
    domain.contains(".eks.amazonaws.com") && !is_name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn examples_are_found_and_true_facts_are_none() {
        let values = json!({
            "cluster": "prod-e1-1",
            "api": {
                "server": "https://PROD.gr7.us-east-1.eks.amazonaws.com",
                "certificateAuthority": AUTHORITY,
            },
            "image": {"repository": "x", "digest": DIGEST},
            "peers": [{
                "server": "https://0A1B2C3D4E5F60718293A4B5C6D7E8F9.gr7.us-east-1.eks.amazonaws.com",
                "certificateAuthority": "LS0tLS1CRUdJTiBDRVJU",
            }, {
                "server": "https://REMOTING.gr7.us-east-1.eks.amazonaws.com",
            }, {
                "server": "https://127.0.0.1:6443",
            }],
            "pushgateway": {"image": {"digest": format!("sha256:{}", "0a".repeat(32))}},
        });
        let mut found = Vec::new();
        walk("", &values, &mut found);
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "`api.certificateAuthority`",
                "`api.server`",
                "`image.digest`",
                "`peers[1].server`"
            ]
        );
    }
}
