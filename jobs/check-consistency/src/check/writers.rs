//! Who wrote a field last, as the object itself remembers: `metadata.managedFields`.

use serde_json::Value;

use crate::path::{Path, Segment};

/// `kubectl-edit at 2026-11-29T03:10:12Z`, when the object remembers it.
pub(super) fn last_writer(object: &Value, path: &Path) -> Option<String> {
    let entries = object.pointer("/metadata/managedFields")?.as_array()?;
    let text = |entry: &Value, key: &str| Some(entry.get(key)?.as_str()?.to_owned());
    let owning = entries.iter().filter(|entry| {
        let fields = entry.get("fieldsV1");
        fields.is_some_and(|fields| owns(fields, &path.0))
    });
    let latest = owning.max_by_key(|entry| text(entry, "time"))?;
    let manager = text(latest, "manager")?;
    Some(match text(latest, "time") {
        Some(time) => format!("{manager} at {time}"),
        None => manager,
    })
}

/// Whether a set of fields holds a place, or a whole that the place is a part of.
fn owns(fields: &Value, path: &[Segment]) -> bool {
    let Some(here) = fields.as_object() else {
        return false;
    };
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    // Nothing below: the field is owned as one value.
    if here.is_empty() || here.keys().all(|key| key == ".") {
        return true;
    }
    match first {
        Segment::Field(name) => here
            .get(&format!("f:{name}"))
            .is_some_and(|below| owns(below, rest)),
        Segment::Item(keys) => here.iter().any(|(name, below)| {
            let named = name
                .strip_prefix("k:")
                .and_then(|json| serde_json::from_str::<Value>(json).ok());
            named.is_some_and(|named| is_item(&named, keys)) && owns(below, rest)
        }),
        Segment::Index(index) => here
            .get(&format!("i:{index}"))
            .is_some_and(|below| owns(below, rest)),
        Segment::Document => true,
    }
}

fn is_item(named: &Value, keys: &[(String, String)]) -> bool {
    keys.iter().all(|(key, value)| match named.get(key) {
        Some(Value::String(text)) => text == value,
        Some(other) => {
            let text = other.to_string();
            text == *value
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_of_those_who_wrote_a_field_is_named() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "helm", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {
                "f:groups": {"k:{\"name\":\"a\"}": {".": {}, "f:rules": {}, "f:interval": {}}}}}},
            {"manager": "kubectl-edit", "time": "2026-02-01T00:00:00Z", "fieldsV1": {"f:spec": {
                "f:groups": {"k:{\"name\":\"a\"}": {"f:interval": {}}}}}},
        ]}});
        let item = |rest: &[&str]| {
            let group = Segment::Item(vec![("name".into(), "a".into())]);
            let path = Path::default().field("spec").field("groups").with(group);
            rest.iter().fold(path, |path, name| path.field(name))
        };
        let writer = |path: &Path| last_writer(&object, path);
        let edited = Some("kubectl-edit at 2026-02-01T00:00:00Z".to_owned());
        assert_eq!(writer(&item(&["interval"])), edited);
        let helm = Some("helm at 2026-01-01T00:00:00Z".to_owned());
        assert_eq!(writer(&item(&["rules", "0", "expr"])), helm);
        assert_eq!(writer(&Path::default().field("status")), None);
    }
}
