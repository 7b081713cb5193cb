//! The content file: YAML, every mistake reported with its place.
//!
//! ```yaml
//! region: us-east-1                  # default
//! accounts:                          # default: one, 123456789012
//!   - id: 123456789012
//!     alias: example                 # ListAccountAliases
//!     access_keys: [AKIAEXAMPLE]     # default for a single account: any key
//!     roles: [{ name: reader, external_id: secret }]   # default: any role
//!     linked: [210987654321]         # accounts whose metrics this one may read
//! metrics:
//!   - namespace: AWS/ES
//!     account: 123456789012          # default: the first account
//!     region: us-east-1              # default: the file's
//!     dims: { DomainName: prod, NodeId: "node-{1..3}", ClientId: 123456789012 }
//!     publish:                       # metric name to behaviour, see `series` for its keys
//!       CPUUtilization: { unit: Percent, sine: { mean: 20, amplitude: 5, period_seconds: 3600 } }
//! resources:
//!   - arn: arn:aws:rds:us-east-1:123456789012:db:prod-{1..2}
//!     tags: { env: prod }
//! users: []                          # see `users`
//! callers: []                        # see `users`
//! secrets: []                        # see `secrets`
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::yaml::{Cursor, Dialect, Document, Invalid};

use super::expand::expand;
use super::secrets::secrets;
use super::series;
use super::users::{caller, users};
use super::{Account, Content, DEFAULT_ACCOUNT, DEFAULT_REGION, Metric, Resource, Role};
use crate::aws::world::MetricRef;

/// A content file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It cannot be read.
    #[error("reading {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It has mistakes.
    #[error(transparent)]
    Invalid(#[from] Invalid),
}

impl Content {
    /// Reads a content file.
    ///
    /// # Errors
    /// When it cannot be read or has mistakes.
    pub fn from_file(path: &Path) -> Result<Self, ContentError> {
        let text = std::fs::read_to_string(path).map_err(|source| ContentError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::from_yaml(&path.display().to_string(), &text)?)
    }

    /// Reads content from text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// When it has mistakes: all of them, each with line and column.
    pub fn from_yaml(name: &str, text: &str) -> Result<Self, Invalid> {
        let document = Document::parse(name, text, Dialect::Strict)?;
        let content = read(&document.root());
        document.finish()?;
        Ok(content.unwrap_or_default())
    }
}

fn read(root: &Cursor<'_>) -> Option<Content> {
    if root.is_null() {
        return None;
    }
    let mut fields = root.fields()?;
    let region: Arc<str> = fields
        .get("region")
        .and_then(|it| it.string())
        .map_or_else(|| DEFAULT_REGION.into(), Into::into);
    let accounts = fields.get("accounts").map(|it| each(&it, account));
    let accounts = accounts
        .filter(|accounts| !accounts.is_empty())
        .unwrap_or_else(|| vec![Account::new(DEFAULT_ACCOUNT)]);
    let metrics = fields.get("metrics");
    let resources = fields.get("resources");
    let people = fields.get("users");
    let vault = fields.get("secrets");
    let callers = fields.get("callers").map(|it| each(&it, caller));
    fields.deny_unknown();
    let home = Home {
        accounts: &accounts,
        region: &region,
    };
    let metrics = metrics.map(|it| home.metrics(&it)).unwrap_or_default();
    let resources = resources.map(|it| home.resources(&it)).unwrap_or_default();
    Some(Content {
        metrics,
        resources,
        users: people.map(|it| users(&home, &it)).unwrap_or_default(),
        secrets: vault.map(|it| secrets(&home, &it)).unwrap_or_default(),
        callers: callers.unwrap_or_default(),
        region: Arc::clone(&region),
        accounts: accounts.clone(),
    })
}

/// Reads every item of a list and leaves out those with mistakes.
pub(super) fn each<T>(list: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Vec<T> {
    list.items()
        .unwrap_or_default()
        .iter()
        .filter_map(read)
        .collect()
}

fn account(item: &Cursor<'_>) -> Option<Account> {
    let mut fields = item.fields()?;
    let id = fields.required("id").and_then(|it| account_id(&it));
    let alias = fields.get("alias").and_then(|it| it.string());
    let texts = |it: Cursor<'_>| each(&it, text);
    let access_keys = fields.get("access_keys").map(texts).unwrap_or_default();
    let linked = fields
        .get("linked")
        .map(|it| each(&it, account_id))
        .unwrap_or_default();
    let roles = fields
        .get("roles")
        .map(|it| each(&it, role))
        .unwrap_or_default();
    fields.deny_unknown();
    Some(Account {
        id: id?.into(),
        alias,
        access_keys,
        roles,
        linked,
    })
}

fn role(item: &Cursor<'_>) -> Option<Role> {
    let mut fields = item.fields()?;
    let name = fields.required("name").and_then(|it| it.string());
    let external_id = fields.get("external_id").and_then(|it| it.source_text());
    fields.deny_unknown();
    Some(Role {
        name: name?,
        external_id,
    })
}

/// As a function of its own, because a method path is not general enough over lifetimes.
pub(super) fn text(value: &Cursor<'_>) -> Option<String> {
    value.string()
}

/// Twelve digits, with or without quotes.
fn account_id(value: &Cursor<'_>) -> Option<String> {
    let id = value.source_text()?;
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(id);
    }
    value.error("must be an account id of twelve digits");
    None
}

/// What metrics and resources without a place of their own belong to.
pub(super) struct Home<'a> {
    accounts: &'a [Account],
    pub(super) region: &'a Arc<str>,
}

impl Home<'_> {
    /// The account named in `value`, or the first one.
    pub(super) fn account(&self, value: Option<Cursor<'_>>) -> Option<Arc<str>> {
        let Some(value) = value else {
            return self.accounts.first().map(|account| Arc::clone(&account.id));
        };
        let id = account_id(&value)?;
        let found = self.accounts.iter().find(|account| *account.id == *id);
        if found.is_none() {
            value.error("is not among `accounts`");
        }
        found.map(|account| Arc::clone(&account.id))
    }

    fn metrics(&self, list: &Cursor<'_>) -> Vec<Metric> {
        let mut seen = BTreeSet::new();
        let mut metrics = Vec::new();
        for item in list.items().unwrap_or_default() {
            for metric in self.group(&item).unwrap_or_default() {
                let mut identity = String::new();
                MetricRef::of(&metric).write_identity(&mut identity);
                let place = (Arc::clone(&metric.account), Arc::clone(&metric.region));
                if seen.insert((place, identity)) {
                    metrics.push(metric);
                } else {
                    let what = format!("{} with these dims is defined twice", metric.name);
                    item.error(format!("repeats a metric: {what}"));
                }
            }
        }
        metrics
    }

    /// All metrics of one item: every combination of dimension values with every name.
    fn group(&self, item: &Cursor<'_>) -> Option<Vec<Metric>> {
        let mut fields = item.fields()?;
        let namespace = fields.required("namespace").and_then(|it| it.string());
        let account = self.account(fields.get("account"));
        let region = fields.get("region").and_then(|it| it.string());
        let region = region.map_or_else(|| Arc::clone(self.region), Into::into);
        let dims = fields
            .get("dims")
            .map_or_else(|| Some(vec![Vec::new()]), |it| dims(&it));
        let publish = fields.required("publish").and_then(|it| it.entries());
        fields.deny_unknown();
        let behaviours: Vec<_> = publish?
            .into_iter()
            .filter_map(|(name, value)| {
                Some((Arc::from(name.text.as_str()), series::read(&value)?))
            })
            .collect();
        let (namespace, account, dims) = (Arc::<str>::from(namespace?), account?, dims?);
        let mut metrics = Vec::with_capacity(behaviours.len() * dims.len());
        for (name, behaviour) in &behaviours {
            for dims in &dims {
                let metric = Metric {
                    account: Arc::clone(&account),
                    region: Arc::clone(&region),
                    namespace: Arc::clone(&namespace),
                    name: Arc::clone(name),
                    dims: dims.clone(),
                    unit: Arc::clone(&behaviour.unit),
                    series: Arc::clone(&behaviour.series),
                    scale: 1.0,
                };
                metrics.push(metric.with_scale());
            }
        }
        Some(metrics)
    }

    fn resources(&self, list: &Cursor<'_>) -> Vec<Resource> {
        each(list, |item| {
            let mut fields = item.fields()?;
            let arns = fields.required("arn").and_then(|it| expanded(&it));
            let account = self.account(fields.get("account"));
            let tags = fields
                .get("tags")
                .and_then(|it| it.entries())
                .unwrap_or_default();
            fields.deny_unknown();
            let tags: Vec<_> = tags
                .into_iter()
                .filter_map(|(key, value)| Some((key.text.clone(), value.source_text()?)))
                .collect();
            let (arns, account) = (arns?, account?);
            let resource = |arn| Resource {
                account: Arc::clone(&account),
                arn,
                tags: tags.clone(),
            };
            Some(arns.into_iter().map(resource).collect::<Vec<_>>())
        })
        .into_iter()
        .flatten()
        .collect()
    }
}

type Dims = Vec<(Arc<str>, Arc<str>)>;

/// Every combination of the values of all dimensions; the last one varies fastest.
fn dims(mapping: &Cursor<'_>) -> Option<Vec<Dims>> {
    let mut combinations: Vec<Dims> = vec![Vec::new()];
    for (name, value) in mapping.entries()? {
        let name: Arc<str> = name.text.as_str().into();
        let values = expanded(&value)?;
        let extend = |dims: &Dims| {
            let extended = values.iter().map(|value| {
                let mut dims = dims.clone();
                dims.push((Arc::clone(&name), value.as_str().into()));
                dims
            });
            extended.collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(extend).collect();
    }
    Some(combinations)
}

/// The texts that a pattern stands for; numbers stay what was written.
fn expanded(value: &Cursor<'_>) -> Option<Vec<String>> {
    expand(&value.source_text()?)
        .map_err(|message| value.error(message))
        .ok()
}
