//! The configuration that a cluster should have: its template, filled with the pair of the secret.
//! Pure.

use common::alertmanager::{Difference, FillError, Filled, SmtpLogin, Template, TemplateError};
use common::alertmanager::{difference, smtp_users};
use common::fault::{Fault, chain};
use common::ses::smtp_password;

use crate::config::ClusterConfig;
use crate::outside::Fill;
use crate::verdict;
use crate::world::Fit;
use common::trouble::Trouble;

/// A filled template.
#[derive(Debug)]
pub(super) struct Wanted {
    template: Template,
    filled: Filled,
}

impl Wanted {
    /// Fills the template of a cluster: the login is the pair's for the cluster's region.
    ///
    /// # Errors
    /// When the template is unusable, lacks a value, or has e-mail receivers on the managed mail
    /// server that the login does not reach: the next rotation would leave them behind.
    pub(super) fn fill(
        template: &str,
        fill: Fill<'_>,
        config: &ClusterConfig,
    ) -> Result<Self, Trouble> {
        let name = &config.template;
        let template = Template::parse(name, template).map_err(|error| unreadable(name, &error))?;
        let without = template.mail_without_login(&config.smarthost);
        let without = without.map_err(|error| unusable(name, &error))?;
        if !without.is_empty() {
            let text = format!(
                "has e-mail receivers without the login: {}",
                without.join(", ")
            );
            return Err(because(name, &text));
        }
        let login = SmtpLogin {
            username: fill.pair.id.to_string(),
            password: smtp_password(&fill.pair.secret, config.region.as_str()),
        };
        let filled = template.fill(&login, |member| fill.document.field(member));
        let filled = filled.map_err(|error| unfillable(name, &error))?;
        let users = smtp_users(filled.expose(), &config.smarthost);
        if !users
            .map_err(|error| unusable(name, &error))?
            .are_only(&login.username)
        {
            let text = format!("has no e-mail receiver on {}", config.smarthost);
            return Err(because(name, &text));
        }
        Ok(Self { template, filled })
    }

    /// The bytes to write.
    pub(super) fn bytes(&self) -> &[u8] {
        self.filled.expose().as_bytes()
    }

    /// How what is there compares with it.
    ///
    /// # Errors
    /// When what is there is no configuration at all: somebody wrote it by hand.
    pub(super) fn fit(&self, live: &str) -> Result<Fit, Trouble> {
        match difference(live, &self.filled, &self.template) {
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

fn because(template: &str, text: &str) -> Trouble {
    verdict::TEMPLATE.because(format!("the template in `{template}` {text}"))
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
            Trouble {
                hint: problem.hint.clone(),
                ..because(template, &text)
            }
        }
        None => because(template, "is wrong"),
    }
}

fn unfillable(template: &str, error: &FillError) -> Trouble {
    Trouble {
        hint: error.hint(),
        ..because(template, &format!("cannot be filled: {error}"))
    }
}

fn unusable(template: &str, error: &dyn Fault) -> Trouble {
    because(template, &format!("is unusable: {}", chain(error)))
}

#[cfg(test)]
mod tests {
    use common::cluster::Access;

    use super::*;
    use crate::document::{Document, FieldNames};

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
        let fill = Fill {
            pair: document.pair(),
            document: &document,
            soaking_since: None,
        };
        Wanted::fill(template, fill, &config())
    }

    const SLACK: &str = r#","slack":"https://hooks.example.com/x""#;

    fn filled() -> (Wanted, String) {
        let wanted = wanted(TEMPLATE, SLACK).unwrap();
        let text = String::from_utf8(wanted.bytes().to_vec()).unwrap();
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
