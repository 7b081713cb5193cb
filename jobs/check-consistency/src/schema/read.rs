//! From what a server publishes to the little that is kept of it.

use serde_json::{Map, Value};

use super::{Filling, ListType, Schema};

/// How schemas of an `OpenAPI` document name each other.
const REFERENCE: &str = "#/components/schemas/";

/// A field that is never compared: servers fill it in on their own.
const STATUS: &str = "status";

impl Schema {
    /// Of a version of a `CustomResourceDefinition` (`apiextensions.k8s.io/v1`). `None` when it does not
    /// have this version, or the version has no schema.
    pub fn of_definition(definition: &Value, version: &str) -> Option<Self> {
        let versions = definition.pointer("/spec/versions")?.as_array()?;
        let version = versions
            .iter()
            .find(|candidate| text(candidate, "name") == Some(version))?;
        let schema = version.pointer("/schema/openAPIV3Schema")?;
        let mut reader = Reader {
            components: None,
            within: Vec::new(),
        };
        Some(reader.root(schema))
    }

    /// Of a kind in the `OpenAPI` document of its group and version (`/openapi/v3/apis/GROUP/VERSION`, for
    /// the core `/openapi/v3/api/VERSION`). `None` when the document does not describe this kind.
    pub fn of_open_api(document: &Value, group: &str, version: &str, kind: &str) -> Option<Self> {
        let components = document.pointer("/components/schemas")?.as_object()?;
        let schema = components.values().find(|schema| {
            let names = schema.get("x-kubernetes-group-version-kind");
            let names = names.and_then(Value::as_array).into_iter().flatten();
            names.into_iter().any(|name| {
                text(name, "group") == Some(group)
                    && text(name, "version") == Some(version)
                    && text(name, "kind") == Some(kind)
            })
        })?;
        let mut reader = Reader {
            components: Some(components),
            within: Vec::new(),
        };
        Some(reader.root(schema))
    }
}

struct Reader<'d> {
    /// The schemas that others refer to; definitions of custom resources have none.
    components: Option<&'d Map<String, Value>>,
    /// The references that are being followed: one that leads back into itself is not followed again.
    within: Vec<&'d str>,
}

impl<'d> Reader<'d> {
    fn root(&mut self, schema: &'d Value) -> Schema {
        let mut root = self.read(schema);
        root.fields.retain(|(name, _)| name.as_ref() != STATUS);
        // An object is there, or there is nothing to fill.
        root.default = None;
        root
    }

    fn read(&mut self, schema: &'d Value) -> Schema {
        let mut read = self.referred(schema);
        let fields = schema.get("properties").and_then(Value::as_object);
        let fields = fields.into_iter().flatten().filter_map(|(name, schema)| {
            let schema = self.read(schema);
            (!schema.is_empty()).then(|| (name.as_str().into(), schema))
        });
        let mut fields: Vec<(Box<str>, Schema)> = fields.collect();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        fields.shrink_to_fit();
        // A schema has fields or values under any keys, never both.
        let each = schema.get("items").or_else(|| {
            let values = schema.get("additionalProperties");
            values.filter(|_| schema.get("properties").is_none())
        });
        let each = each
            .map(|schema| self.read(schema))
            .filter(|schema| !schema.is_empty());
        let own = Schema {
            fields,
            each: each.map(Box::new),
            default: self
                .default(schema)
                .map(|value| Box::new(Filling::Known(value.clone()))),
            list: list_type(schema).map(Box::new),
            nullable: schema.get("nullable").and_then(Value::as_bool) == Some(true),
        };
        if read.is_empty() {
            return own;
        }
        // What stands beside a reference is said of this place, what is behind it of the type.
        if own.default.is_some() {
            read.default = None;
        }
        read.union(&own)
    }

    /// What is behind a schema's `$ref`, and behind those of its `allOf`.
    fn referred(&mut self, schema: &'d Value) -> Schema {
        let mut read = Schema::default();
        if let Some(name) = reference(schema)
            && !self.within.contains(&name)
            && let Some(target) = self.components.and_then(|all| all.get(name))
        {
            self.within.push(name);
            read = self.read(target);
            self.within.pop();
        }
        let parts = schema.get("allOf").and_then(Value::as_array);
        for part in parts.into_iter().flatten() {
            read = read.union(&self.read(part));
        }
        read
    }

    /// A schema's default. `OpenAPI` documents give one to every field that Go never leaves out, and for
    /// types that are written as texts or numbers, such as quantities and times, that is a wrong `{}`.
    fn default(&self, schema: &'d Value) -> Option<&'d Value> {
        let default = schema.get("default").filter(|value| !value.is_null())?;
        let generated = self.components.is_some();
        let is_empty_map = default.as_object().is_some_and(Map::is_empty);
        (!generated || !is_empty_map || self.is_object(schema, 0)).then_some(default)
    }

    fn is_object(&self, schema: &'d Value, depth: usize) -> bool {
        // References of references are not in use; a few are followed, a circle is left.
        if depth > 8 {
            return false;
        }
        if let Some(declared) = text(schema, "type") {
            return declared == "object";
        }
        let target = reference(schema).and_then(|name| self.components?.get(name));
        let parts = schema.get("allOf").and_then(Value::as_array);
        target
            .into_iter()
            .chain(parts.into_iter().flatten())
            .any(|part| self.is_object(part, depth.saturating_add(1)))
    }
}

fn list_type(schema: &Value) -> Option<ListType> {
    match text(schema, "x-kubernetes-list-type")? {
        "atomic" => Some(ListType::Atomic),
        "set" => Some(ListType::Set),
        "map" => {
            let keys = schema.get("x-kubernetes-list-map-keys")?.as_array()?;
            let keys = keys.iter().filter_map(Value::as_str).map(str::to_owned);
            let mut keys: Vec<String> = keys.collect();
            keys.sort();
            (!keys.is_empty()).then_some(ListType::Map(keys))
        }
        // Nothing that servers know today.
        _ => None,
    }
}

fn reference(schema: &Value) -> Option<&str> {
    text(schema, "$ref")?.strip_prefix(REFERENCE)
}

fn text<'v>(value: &'v Value, field: &str) -> Option<&'v str> {
    value.get(field)?.as_str()
}
