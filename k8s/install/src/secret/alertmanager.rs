//! Alertmanager's configuration: the template of a manifest, filled with the pair of today by the same
//! code as `rotate-credentials` fills it.

use common::alertmanager::{
    Difference, Filled, SmtpLogin, Template, TemplateError, difference, smtp_users,
};
use common::cluster::{Cluster, Kind};
use common::fault::{Failure, Fault as _};
use common::ses::smtp_password;
use common::trouble::Trouble;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ApiResource;
use kube::core::GroupVersionKind;
use rotate_credentials::config::ClusterConfig;
use rotate_credentials::document::Document;
use serde_json::Value;

use super::{Fill, Wanted};
use crate::installation::NAMESPACE;
use crate::manifest::Item;
use crate::seen::OPERATOR_GROUP;
use crate::seen::alertmanager::generated_secret;
use crate::verdict;

/// The key of the configuration, in the Secret and in the template's `ConfigMap`.
pub const KEY: &str = "alertmanager.yaml";

/// The Secret that our chart configures Alertmanager from.
const USUAL: &str = "alertmanager-prod-monitoring";

/// What a manifest says of Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alertmanager {
    /// The Secret that it is configured from.
    pub secret: String,
    /// The Secret that the operator makes of it.
    pub generated: String,
    /// The template.
    pub template: String,
}

impl Alertmanager {
    /// Finds both in a manifest: the custom resource and the template that `mail` names.
    ///
    /// # Errors
    /// When one is not there.
    pub fn of(items: &[Item], mail: &ClusterConfig) -> Result<Self, Trouble> {
        let resource = find(items, "Alertmanager", &mail.alertmanager)?;
        let map = find(items, "ConfigMap", &mail.template)?;
        Self::read(&resource.value, &map.value, mail)
    }

    fn read(resource: &Value, map: &Value, mail: &ClusterConfig) -> Result<Self, Trouble> {
        let secret = resource.pointer("/spec/configSecret");
        let secret = secret.and_then(Value::as_str).filter(|it| !it.is_empty());
        let secret = secret.map_or_else(
            || format!("alertmanager-{}", mail.alertmanager),
            str::to_owned,
        );
        let template = map.pointer("/data").and_then(|data| data.get(KEY));
        let template = template
            .and_then(Value::as_str)
            .ok_or_else(|| because(&mail.template, &format!("has no key `{KEY}`")))?;
        Ok(Self {
            secret,
            generated: generated(mail),
            template: template.to_owned(),
        })
    }

    /// The names of the Secret and of the operator's, where no manifest says otherwise.
    pub fn usual(mail: &ClusterConfig) -> (String, String) {
        (USUAL.to_owned(), generated(mail))
    }

    /// Reads both from the cluster, as the rotation does.
    ///
    /// # Errors
    /// When one is not there, or a call fails.
    pub async fn live(api: &Cluster, mail: &ClusterConfig) -> Result<Self, Failure> {
        let kind = GroupVersionKind::gvk(OPERATOR_GROUP, "v1", "Alertmanager");
        let kind = ApiResource::from_gvk_with_plural(&kind, "alertmanagers");
        let maps = ApiResource::erase::<ConfigMap>(&());
        let resource = api.get_value(&kind, Some(NAMESPACE), &mail.alertmanager);
        let map = api.get_value(&maps, Some(NAMESPACE), &mail.template);
        let (resource, map) = tokio::try_join!(resource, map)?;
        Ok(Self::read(&resource, &map, mail)?)
    }

    /// How its Secret is brought to what it should hold.
    ///
    /// # Errors
    /// When the template cannot be filled, or the Secret not be read.
    pub async fn fill(
        &self,
        api: &Cluster,
        document: &Document,
        mail: &ClusterConfig,
    ) -> Result<Fill, Failure> {
        let (template, filled) = fill(&self.template, document, mail)?;
        let wanted = Wanted {
            name: self.secret.clone(),
            values: [(KEY.to_owned(), filled.expose().into())].into(),
        };
        let mut fill = Fill::look(api, wanted).await?;
        if !fill.create && !fill.is_nothing() {
            let fields = what_differs(api, &self.secret, &template, &filled).await?;
            for key in &mut fill.keys {
                key.fields.clone_from(&fields);
            }
        }
        Ok(fill)
    }
}

fn generated(mail: &ClusterConfig) -> String {
    generated_secret(&mail.alertmanager)
}

fn find<'i>(items: &'i [Item], kind: &str, name: &str) -> Result<&'i Item, Trouble> {
    let mut items = items.iter();
    let item = items.find(|item| {
        let place = item.id.namespace.as_deref();
        item.id.kind == kind && item.id.name == name && place == Some(NAMESPACE)
    });
    item.ok_or_else(|| because(name, &format!("is no {kind} of the chart")))
}

/// Fills a template: the login is the pair's for the cluster's region.
///
/// # Errors
/// When it is unusable, lacks a value, or has e-mail receivers on the mail server that the login does not
/// reach: the next rotation would leave them behind.
fn fill(
    template: &str,
    document: &Document,
    mail: &ClusterConfig,
) -> Result<(Template, Filled), Trouble> {
    let name = &mail.template;
    let template = Template::parse(name, template).map_err(|error| unreadable(name, &error))?;
    let without = template.mail_without_login(&mail.smarthost);
    let without = without.map_err(|error| because(name, &error.to_string()))?;
    if !without.is_empty() {
        let text = format!(
            "has e-mail receivers without the login: {}",
            without.join(", ")
        );
        return Err(because(name, &text));
    }
    let pair = document.pair();
    let login = SmtpLogin {
        username: pair.id.to_string(),
        password: smtp_password(&pair.secret, mail.region.as_str()),
    };
    let filled = template.fill(&login, |member| document.field(member));
    let filled = filled.map_err(|error| Trouble {
        hint: error.hint(),
        ..because(name, &format!("cannot be filled: {error}"))
    })?;
    let users = smtp_users(filled.expose(), &mail.smarthost);
    let users = users.map_err(|error| because(name, &error.to_string()))?;
    if !users.are_only(&login.username) {
        let text = format!("has no e-mail receiver on {}", mail.smarthost);
        return Err(because(name, &text));
    }
    Ok((template, filled))
}

/// In which fields what is there differs from what should be.
async fn what_differs(
    api: &Cluster,
    secret: &str,
    template: &Template,
    filled: &Filled,
) -> Result<Vec<String>, Failure> {
    let live = match api.get_secret(NAMESPACE, secret).await {
        Ok(live) => live,
        Err(error) if error.kind == Kind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let live = live.value(KEY).and_then(|it| std::str::from_utf8(it).ok());
    let Some(live) = live else {
        return Ok(vec!["it is no text".to_owned()]);
    };
    Ok(match difference(live, filled, template) {
        Difference::Same | Difference::Reformatted => Vec::new(),
        Difference::LoginOnly => vec!["the login".to_owned()],
        Difference::Beyond(paths) => paths,
        Difference::Unreadable { .. } => vec!["it is no YAML".to_owned()],
    })
}

fn because(template: &str, text: &str) -> Trouble {
    verdict::TEMPLATE.because(format!("`{template}` {text}"))
}

/// The first mistake in one line; the others come up when it is mended.
fn unreadable(template: &str, error: &TemplateError) -> Trouble {
    match error.invalid().problems().iter().next() {
        Some(problem) => {
            let (line, column) = (problem.line, problem.column);
            let text = format!(
                "is wrong at line {line}, column {column}: {}",
                problem.message
            );
            because(template, &text)
        }
        None => because(template, "is wrong"),
    }
}
