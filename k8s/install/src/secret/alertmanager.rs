//! Alertmanager's configuration: the template of a manifest, filled with the pair of today by the same
//! code as `rotate-credentials` fills it.

use common::alertmanager::Difference;
use common::cluster::Cluster;
use common::fault::Failure;
use common::trouble::Trouble;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ApiResource;
use kube::core::GroupVersionKind;
use rotate_credentials::config::ClusterConfig;
use rotate_credentials::document::Document;
use rotate_credentials::wanted::{KEY, Wanted as Configuration};
use serde_json::Value;

use super::{Fill, Wanted};
use crate::installation::NAMESPACE;
use crate::manifest::Item;
use crate::seen::OPERATOR_GROUP;
use crate::seen::alertmanager::generated_secret;
use crate::verdict;

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
            generated: generated_secret(&mail.alertmanager),
            template: template.to_owned(),
        })
    }

    /// The names of the Secret and of the operator's, where no manifest says otherwise.
    pub fn usual(mail: &ClusterConfig) -> (String, String) {
        (USUAL.to_owned(), generated_secret(&mail.alertmanager))
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
        let filled = Configuration::fill(&self.template, document.pair(), document, mail);
        let filled = filled.map_err(|refused| refused.under(verdict::TEMPLATE))?;
        let wanted = Wanted {
            name: self.secret.clone(),
            values: [(KEY.to_owned(), filled.expose().into())].into(),
        };
        Fill::look(api, wanted, |live| what_differs(live, &filled)).await
    }
}

fn find<'i>(items: &'i [Item], kind: &str, name: &str) -> Result<&'i Item, Trouble> {
    let mut items = items.iter();
    let item = items.find(|item| {
        let place = item.id.namespace.as_deref();
        item.id.kind == kind && item.id.name == name && place == Some(NAMESPACE)
    });
    item.ok_or_else(|| because(name, &format!("is no {kind} of the chart")))
}

/// In which fields what is there differs from what should be.
fn what_differs(live: &[u8], filled: &Configuration) -> Vec<String> {
    let Ok(live) = std::str::from_utf8(live) else {
        return vec!["it is no text".to_owned()];
    };
    match filled.difference(live) {
        Difference::Same | Difference::Reformatted => Vec::new(),
        Difference::LoginOnly => vec!["the login".to_owned()],
        Difference::Beyond(paths) => paths,
        Difference::Unreadable { .. } => vec!["it is no YAML".to_owned()],
    }
}

fn because(template: &str, text: &str) -> Trouble {
    verdict::TEMPLATE.because(format!("`{template}` {text}"))
}
