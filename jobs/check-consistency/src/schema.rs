//! What the servers' schemas say: defaults, and how lists are compared.
//!
//! Of a schema only these two are kept. A `CustomResourceDefinition` has up to 800 kB, nearly all of it
//! descriptions and validation; what is left of it is some hundred places. Nothing is validated here.
//!
//! An older `CustomResourceDefinition` leaves defaults out that a newer one fills in, and then the same
//! manifest is stored differently. So each side is filled with the [union](Schema::union) of what all of
//! them know, as an API server does it:
//! <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting>

mod read;
#[cfg(test)]
mod tests;

use serde_json::Value;

/// What the schema of a kind, or of a place in it, says about defaults and lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// Sorted by name. A vector, for a tree of some thousand small maps has the size of one.
    fields: Vec<(Box<str>, Schema)>,
    /// The items of a list, or the values of a mapping with any keys.
    each: Option<Box<Schema>>,
    default: Option<Box<Filling>>,
    list: Option<Box<ListType>>,
    /// Whether a null stays where there is a default.
    nullable: bool,
}

/// What is filled in where nothing is.
#[derive(Debug, Clone, PartialEq)]
enum Filling {
    Known(Value),
    /// Schemas do not agree: what one of them filled in is not what another would.
    Disputed,
}

/// How a server tells the items of a list apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListType {
    /// Not at all: the list is one value, and its order has a meaning.
    Atomic,
    /// By the whole item; each is there once, in any order.
    Set,
    /// By these fields, sorted by name, that together are unique.
    Map(Vec<String>),
}

impl Schema {
    /// What both together say. A default that only one of them has counts for both; where they have
    /// different ones, nothing is filled in. Where they tell a list's items apart in different ways, the
    /// list is atomic: that is the strictest comparison.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut fields = self.fields.clone();
        for (name, schema) in &other.fields {
            match fields.binary_search_by(|(have, _)| have.cmp(name)) {
                Ok(at) => {
                    if let Some((_, have)) = fields.get_mut(at) {
                        *have = have.union(schema);
                    }
                }
                Err(at) => fields.insert(at, (name.clone(), schema.clone())),
            }
        }
        Self {
            fields,
            each: both(self.each.as_deref(), other.each.as_deref(), Self::union),
            default: both(
                self.default.as_deref(),
                other.default.as_deref(),
                Filling::agree,
            ),
            list: both(self.list.as_deref(), other.list.as_deref(), ListType::agree),
            nullable: self.nullable || other.nullable,
        }
    }

    /// Fills defaults in as an API server does: where the object that they belong to is there, in items
    /// and values of mappings too, and in what was filled in itself.
    pub fn fill(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (name, schema) in &self.fields {
                    match (map.get_mut(name.as_ref()), schema.filled_in()) {
                        (Some(value), _) => schema.fill_or_replace(value),
                        (None, Some(default)) => {
                            let mut value = default.clone();
                            schema.fill(&mut value);
                            map.insert(name.to_string(), value);
                        }
                        (None, None) => {}
                    }
                }
                if let Some(each) = &self.each {
                    for (name, value) in map {
                        if self.field(name).is_none() {
                            each.fill_or_replace(value);
                        }
                    }
                }
            }
            Value::Array(items) => {
                if let Some(each) = &self.each {
                    for item in items {
                        each.fill_or_replace(item);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Fills what is there, or what stands for a null.
    fn fill_or_replace(&self, value: &mut Value) {
        if value.is_null()
            && !self.nullable
            && let Some(default) = self.filled_in()
        {
            *value = default.clone();
        }
        self.fill(value);
    }

    /// How the list at a place is compared; `None` where the schema declares nothing. The place is given
    /// by field names from the object itself, with `*` for the items of a list and the values of a
    /// mapping with any keys.
    pub fn list_type(&self, path: &[&str]) -> Option<&ListType> {
        self.at(path)?.list.as_deref()
    }

    /// What this schema's server has at a place, given as for [`Self::list_type`], where nobody says
    /// anything: the place's own default, else its part of the default of what it is in. `None` in a
    /// union where the schemas do not agree.
    pub fn default_at(&self, path: &[&str]) -> Option<Value> {
        let mut schema = self;
        // What is known of the place from the defaults above it.
        let mut above: Option<Value> = None;
        for name in path {
            above = above.and_then(|value| match value {
                Value::Object(mut map) => map.remove(*name),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_) => None,
            });
            schema = schema.step(name)?;
            match schema.default.as_deref() {
                Some(Filling::Known(default)) => {
                    let mut value = default.clone();
                    schema.fill(&mut value);
                    above = Some(value);
                }
                Some(Filling::Disputed) => above = None,
                None => {}
            }
        }
        above
    }

    fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |schema, name| schema.step(name))
    }

    fn step(&self, name: &str) -> Option<&Self> {
        match self.field(name) {
            Some(schema) => Some(schema),
            None => self.each.as_deref(),
        }
    }

    fn field(&self, name: &str) -> Option<&Self> {
        let at = self
            .fields
            .binary_search_by(|(have, _)| have.as_ref().cmp(name));
        self.fields.get(at.ok()?).map(|(_, schema)| schema)
    }

    fn filled_in(&self) -> Option<&Value> {
        match self.default.as_deref() {
            Some(Filling::Known(value)) => Some(value),
            Some(Filling::Disputed) | None => None,
        }
    }

    /// Whether it says nothing at all.
    fn is_empty(&self) -> bool {
        self.fields.is_empty()
            && self.each.is_none()
            && self.default.is_none()
            && self.list.is_none()
    }
}

impl Filling {
    fn agree(&self, other: &Self) -> Self {
        if self == other {
            self.clone()
        } else {
            Self::Disputed
        }
    }
}

impl ListType {
    fn agree(&self, other: &Self) -> Self {
        if self == other {
            self.clone()
        } else {
            Self::Atomic
        }
    }
}

/// What one of them has, or what both amount to.
fn both<T: Clone>(a: Option<&T>, b: Option<&T>, agree: impl FnOnce(&T, &T) -> T) -> Option<Box<T>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(Box::new(agree(a, b))),
        (one, None) | (None, one) => one.cloned().map(Box::new),
    }
}
