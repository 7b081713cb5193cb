//! Alertmanager's configuration: the template of a manifest, filled with the pair of today by the same
//! code as `rotate-credentials` fills it.

use common::alertmanager::Difference;
use common::cluster::Cluster;
use common::fault::Failure;
use common::trouble::Trouble;
use common::yaml::Problem;
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

/// So many mistakes of a template are told at once.
const MISTAKES_TOLD: usize = 5;

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
    /// When the template cannot be filled, Alertmanager would refuse what it becomes, or the Secret
    /// cannot be read.
    pub async fn fill(
        &self,
        api: &Cluster,
        document: &Document,
        mail: &ClusterConfig,
    ) -> Result<Fill, Failure> {
        let filled = Configuration::fill(&self.template, document.pair(), document, mail);
        let filled = filled.map_err(|refused| refused.under(verdict::TEMPLATE))?;
        accepted(&mail.template, &filled.mistakes())?;
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

/// Refuses what Alertmanager would not load: it would run on with what it has, and start no more.
///
/// Places are those of the template in the `ConfigMap`, which has the file's lines; columns differ behind an
/// address that comes from the values.
fn accepted(template: &str, mistakes: &[Problem]) -> Result<(), Trouble> {
    if mistakes.is_empty() {
        return Ok(());
    }
    let told = mistakes.iter().take(MISTAKES_TOLD).map(|mistake| {
        let (line, column, message) = (mistake.line, mistake.column, &mistake.message);
        let hint = mistake.hint.as_ref().map(|hint| format!(" ({hint})"));
        let hint = hint.unwrap_or_default();
        format!("line {line}, column {column}: {message}{hint}")
    });
    let told: Vec<String> = told.collect();
    let more = match mistakes.len() - told.len() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let text = format!(
        "the template in `{template}` makes what Alertmanager refuses: {}{more}",
        told.join("; ")
    );
    Err(verdict::REFUSED.because(text))
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

#[cfg(test)]
mod tests {
    use common::yaml::Position;

    use super::*;

    #[test]
    fn what_alertmanager_would_refuse_is_told_with_its_lines_and_no_more_than_fits() {
        assert!(accepted("template", &[]).is_ok());
        let mistake = |line| {
            let problem = Problem::error(Position { line, column: 7 }, "`route` is wrong");
            problem.hint("mend it")
        };
        let mistakes: Vec<Problem> = (1..=7).map(mistake).collect();
        let one = accepted("template", &mistakes[..1]).unwrap_err();
        assert_eq!((one.code, one.exit.status()), ("alertmanager-refuses", 2));
        assert_eq!(
            one.text,
            "the template in `template` makes what Alertmanager refuses: line 1, column 7: \
             `route` is wrong (mend it)"
        );
        let all = accepted("template", &mistakes).unwrap_err();
        assert!(all.text.ends_with("(mend it); and 2 more"), "{all}");
        assert_eq!(all.text.matches("line ").count(), 5);
    }
}
