//! The configuration that a cluster's Alertmanager should have: its template, filled with a pair and with
//! the members of the secret. Pure.
//!
//! Whoever writes it fills it here: an installation that had rules of its own would write what the next
//! rotation does not take for its own.

use common::alertmanager::{Difference, Filled, SmtpLogin, Template, TemplateError};
use common::alertmanager::{difference, smtp_users};
use common::fault::{Fault, chain};
use common::ses::smtp_password;
use common::trouble::Trouble;
use common::verdict::Verdict;
use common::yaml::Problem;

use crate::config::ClusterConfig;
use crate::document::Document;
use crate::pair::Pair;
use crate::verdict;
use crate::world::Fit;

/// The key of the configuration, in the Secret and in the template's `ConfigMap`.
pub const KEY: &str = "alertmanager.yaml";

/// A filled template.
#[derive(Debug)]
pub struct Wanted {
    template: Template,
    filled: Filled,
}

/// Why a template is not filled, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template in `{template}` {what}")]
pub struct NotFilled {
    template: String,
    what: String,
    /// What to do, if it depends on the case.
    hint: Option<String>,
}

impl NotFilled {
    /// As the verdict that whoever fills it has for this.
    pub fn under(self, verdict: Verdict) -> Trouble {
        let trouble = verdict.because(self.to_string());
        Trouble {
            hint: self.hint.or(trouble.hint),
            ..trouble
        }
    }
}

impl Wanted {
    /// Fills the template of a cluster: the login is the pair's for the cluster's region, and all else comes
    /// from the document.
    ///
    /// # Errors
    /// When the template is unusable, lacks a value, or has e-mail receivers on the managed mail
    /// server that the login does not reach: the next rotation would leave them behind.
    pub fn fill(
        template: &str,
        pair: &Pair,
        document: &Document,
        config: &ClusterConfig,
    ) -> Result<Self, NotFilled> {
        let because = |what, hint| NotFilled {
            template: config.template.clone(),
            what,
            hint,
        };
        let unusable =
            |error: &dyn Fault| because(format!("is unusable: {}", chain(error)), error.hint());
        let template = Template::parse(&config.template, template);
        let template = template.map_err(|error| {
            let (what, hint) = first_mistake(&error);
            because(what, hint)
        })?;
        let without = template.mail_without_login(&config.smarthost);
        let without = without.map_err(|error| unusable(&error))?;
        if !without.is_empty() {
            let receivers = without.join(", ");
            let what = format!("has e-mail receivers without the login: {receivers}");
            return Err(because(what, None));
        }
        let login = SmtpLogin {
            username: pair.id.to_string(),
            password: smtp_password(&pair.secret, config.region.as_str()),
        };
        let filled = template.fill(&login, |member| document.field(member));
        let filled =
            filled.map_err(|error| because(format!("cannot be filled: {error}"), error.hint()))?;
        let users = smtp_users(filled.expose(), &config.smarthost);
        let users = users.map_err(|error| unusable(&error))?;
        if !users.are_only(&login.username) {
            let what = format!("has no e-mail receiver on {}", config.smarthost);
            return Err(because(what, None));
        }
        Ok(Self { template, filled })
    }

    /// The text to write. Call this only where it is sent or compared.
    pub fn expose(&self) -> &str {
        self.filled.expose()
    }

    /// What Alertmanager would refuse of it, each with its place in the template.
    pub fn mistakes(&self) -> Vec<Problem> {
        self.template.mistakes(&self.filled)
    }

    /// How what is there differs from it.
    pub fn difference(&self, live: &str) -> Difference {
        difference(live, &self.filled, &self.template)
    }

    /// How what is there compares with it, for the plan of a rotation.
    ///
    /// # Errors
    /// When what is there is no configuration at all: somebody wrote it by hand.
    pub(crate) fn fit(&self, live: &str) -> Result<Fit, Trouble> {
        match self.difference(live) {
            Difference::Same => Ok(Fit::Same),
            Difference::Reformatted | Difference::LoginOnly => Ok(Fit::Login),
            Difference::Beyond(paths) => Ok(Fit::Beyond(paths)),
            Difference::Unreadable { line, column } => {
                let text = format!(
                    "the written configuration is not valid YAML at line {line}, column {column}"
                );
                Err(verdict::CONFIG_DRIFT.because(text))
            }
        }
    }
}

/// The first mistake in one line, and what to do about it; the others come up when it is mended.
fn first_mistake(error: &TemplateError) -> (String, Option<String>) {
    match error.invalid().problems().iter().next() {
        Some(problem) => {
            let (line, column) = (problem.line, problem.column);
            let what = format!(
                "is wrong at line {line}, column {column}: {}",
                problem.message
            );
            (what, problem.hint.clone())
        }
        None => ("is wrong".to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use common::cluster::Access;

    use super::*;
    use crate::document::FieldNames;

    const TEMPLATE: &str = r#"
global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_auth_username: "@@smtp_username@@"
  smtp_auth_password: "@@smtp_password@@"
route: {receiver: ops}
receivers:
- name: ops
  email_configs: [{to: ops@example.com}]
  slack_configs: [{api_url: "@@secret/slack@@"}]
"#;

    fn document(slack: &str) -> Document {
        let text = format!(
            r#"{{"id":"AKIAIOSFODNN7EXAMPLE","key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"{slack}}}"#
        );
        let names = FieldNames {
            access_key_id: "id".into(),
            secret_access_key: "key".into(),
        };
        Document::parse(text.as_str().into(), &names).unwrap()
    }

    fn config() -> ClusterConfig {
        ClusterConfig {
            name: "prod-e1-1".parse().unwrap(),
            access: Access::InCluster,
            namespace: "monitoring".into(),
            alertmanager: "main".into(),
            template: "alertmanager-template".into(),
            smarthost: "email-smtp.us-east-1.amazonaws.com:587".parse().unwrap(),
            region: common::ses::Region::parse("us-east-1").unwrap(),
        }
    }

    fn wanted(template: &str, slack: &str) -> Result<Wanted, Trouble> {
        let document = document(slack);
        let wanted = Wanted::fill(template, document.pair(), &document, &config());
        wanted.map_err(|refused| refused.under(verdict::TEMPLATE))
    }

    const SLACK: &str = r#","slack":"https://hooks.example.com/x""#;

    fn filled() -> (Wanted, String) {
        let wanted = wanted(TEMPLATE, SLACK).unwrap();
        let text = wanted.expose().to_owned();
        (wanted, text)
    }

    #[test]
    fn the_login_is_the_one_of_the_region_and_other_members_come_along() {
        let (_, text) = filled();
        for piece in [
            "AKIAIOSFODNN7EXAMPLE",
            "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9",
            "https://hooks.example.com/x",
        ] {
            assert!(text.contains(piece), "{piece}");
        }
    }

    #[test]
    fn what_is_there_fits_differs_in_its_login_or_in_more() {
        let (wanted, text) = filled();
        let fit = |live: &str| wanted.fit(live).unwrap();
        assert_eq!(fit(&text), Fit::Same);
        let other_key = text.replace("IOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLF");
        assert_eq!(fit(&other_key), Fit::Login);
        assert_eq!(fit(&format!("# by hand\n{text}")), Fit::Login);
        let edited = text.replace("ops@example.com", "dev@example.com");
        assert_eq!(
            fit(&edited),
            Fit::Beyond(vec!["/receivers/0/email_configs/0/to".into()])
        );
        let trouble = wanted.fit("a: b: c").unwrap_err();
        assert_eq!(trouble.code, "config-drift");
        assert!(trouble.text.contains("line 1"), "{trouble}");
    }

    #[test]
    fn a_template_that_cannot_be_filled_or_misses_a_receiver_is_refused_in_one_line() {
        let elsewhere = TEMPLATE.replace("us-east-1", "eu-west-1");
        let alone = TEMPLATE.replace(
            "{to: ops@example.com}",
            "{to: o@example.com, auth_username: me}",
        );
        let table = [
            (wanted(TEMPLATE, ""), "no field `slack`", "add `slack`"),
            (
                wanted(&elsewhere, SLACK),
                "no e-mail receiver on email-smtp.us-east-1",
                "chart",
            ),
            (
                wanted(&alone, SLACK),
                "without the login: /receivers/0/email_configs/0",
                "chart",
            ),
            (wanted("a: [", SLACK), "is wrong at line ", ""),
            (
                wanted("route: {receiver: x}", SLACK),
                "no value holds",
                "smtp_auth_username",
            ),
        ];
        for (wanted, text, hint) in table {
            let trouble = wanted.unwrap_err();
            assert_eq!(trouble.code, "alertmanager-template");
            assert!(trouble.text.contains(text), "{trouble}");
            assert!(!trouble.text.contains('\n'), "{trouble}");
            let given = trouble.hint.unwrap_or_default();
            assert!(given.contains(hint), "{given}");
        }
    }
}
