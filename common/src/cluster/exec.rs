//! Programs that a kubeconfig starts to get a token: those that make EKS tokens are recognised by
//! their arguments, and their work is done here. All others are refused.

use std::path::Path;

use kube::config::ExecConfig;

use super::access::EksUser;
use crate::env::Env;

/// Why a program's work cannot be done here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotNative {
    /// Follows the name of the context.
    pub(super) relies: String,
    pub(super) hint: String,
}

/// Reads `aws eks get-token` and `aws-iam-authenticator token`.
pub(super) fn eks_user(exec: &ExecConfig, env: &Env) -> Result<EksUser, NotNative> {
    let command = exec.command.as_deref().unwrap_or_default();
    let program = Path::new(command).file_name();
    let program = program.and_then(|name| name.to_str()).unwrap_or(command);
    let no_args = Vec::new();
    let args = exec.args.as_ref().unwrap_or(&no_args);
    let mut asked = Asked::default();
    asked.read(program, args)?;
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    let native = match program {
        "aws" => words == ["eks", "get-token"],
        "aws-iam-authenticator" => words == ["token"],
        _ => false,
    };
    let cluster = match asked.cluster {
        Some(cluster) if native => cluster,
        _ => return Err(foreign(program)),
    };
    for variable in exec.env.iter().flatten() {
        let of = |key: &str| variable.get(key).map(String::as_str).unwrap_or_default();
        match of("name") {
            "AWS_PROFILE" => asked.profile = Some(of("value").to_owned()),
            "AWS_REGION" | "AWS_DEFAULT_REGION" if asked.region.is_none() => {
                asked.region = Some(of("value").to_owned());
            }
            _ => {}
        }
    }
    // A profile chooses the identity: asking with another one would be asking as somebody else.
    match asked.profile {
        Some(profile) if env.get("AWS_PROFILE") != Some(&profile) => Err(NotNative {
            relies: format!("wants the AWS profile `{profile}`"),
            hint: format!("set AWS_PROFILE={profile}"),
        }),
        _ => Ok(EksUser {
            cluster,
            region: asked.region,
            role_arn: asked.role_arn,
        }),
    }
}

fn foreign(program: &str) -> NotNative {
    NotNative {
        relies: format!("runs the program `{program}`, which is not started here"),
        hint: "use a user with a token or a client certificate; of programs only \
               `aws eks get-token` and `aws-iam-authenticator token` are understood"
            .to_owned(),
    }
}

/// What the arguments say.
#[derive(Debug, Default)]
struct Asked {
    words: Vec<String>,
    cluster: Option<String>,
    region: Option<String>,
    role_arn: Option<String>,
    profile: Option<String>,
}

impl Asked {
    fn read(&mut self, program: &str, args: &[String]) -> Result<(), NotNative> {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if !arg.starts_with('-') {
                self.words.push(arg.clone());
                continue;
            }
            let (flag, value) = match arg.split_once('=') {
                Some((flag, value)) => (flag, Some(value.to_owned())),
                None => (arg.as_str(), args.next().cloned()),
            };
            let place = match (program, flag) {
                ("aws", "--cluster-name") | ("aws-iam-authenticator", "-i" | "--cluster-id") => {
                    &mut self.cluster
                }
                (_, "--region") => &mut self.region,
                ("aws", "--role-arn") | ("aws-iam-authenticator", "-r" | "--role") => {
                    &mut self.role_arn
                }
                ("aws", "--profile") => &mut self.profile,
                // How the program prints: nothing that the token depends on.
                ("aws", "--output") => continue,
                ("aws" | "aws-iam-authenticator", _) => {
                    return Err(NotNative {
                        relies: format!("passes `{flag}` to `{program}`, which is not understood"),
                        hint: "name cluster, region and role in the configuration instead".into(),
                    });
                }
                _ => return Err(foreign(program)),
            };
            *place = value;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(command: &str, args: &str, profile: Option<&str>) -> ExecConfig {
        let variable = |profile: &str| {
            [
                ("name".to_owned(), "AWS_PROFILE".to_owned()),
                ("value".to_owned(), profile.to_owned()),
            ]
        };
        ExecConfig {
            command: Some(command.to_owned()),
            args: Some(args.split_whitespace().map(str::to_owned).collect()),
            env: profile.map(|profile| vec![variable(profile).into()]),
            ..ExecConfig::default()
        }
    }

    fn user(region: Option<&str>, role_arn: Option<&str>) -> EksUser {
        EksUser {
            cluster: "prod-e1-1".into(),
            region: region.map(Into::into),
            role_arn: role_arn.map(Into::into),
        }
    }

    #[test]
    fn both_programs_are_understood_in_all_their_spellings() {
        let role = Some("arn:aws:iam::1:role/reader");
        let table = [
            (
                "aws",
                "--region us-east-1 eks get-token --cluster-name prod-e1-1 --output json",
                user(Some("us-east-1"), None),
            ),
            (
                "/usr/local/bin/aws",
                "eks get-token --cluster-name=prod-e1-1 --role-arn arn:aws:iam::1:role/reader",
                user(None, role),
            ),
            (
                "aws-iam-authenticator",
                "token -i prod-e1-1 -r arn:aws:iam::1:role/reader --region eu-west-1",
                user(Some("eu-west-1"), role),
            ),
            (
                "aws-iam-authenticator",
                "token --cluster-id prod-e1-1 --role arn:aws:iam::1:role/reader",
                user(None, role),
            ),
        ];
        for (command, args, expected) in table {
            let understood = eks_user(&exec(command, args, None), &Env::default());
            assert_eq!(understood, Ok(expected), "{command} {args}");
        }
    }

    #[test]
    fn any_other_program_and_any_other_argument_is_refused() {
        let table = [
            ("gke-gcloud-auth-plugin", "", "runs the program"),
            ("sh", "-c aws", "runs the program"),
            (
                "aws",
                "eks describe-cluster --cluster-name x",
                "runs the program",
            ),
            ("aws", "eks get-token", "runs the program"),
            (
                "aws",
                "eks get-token --cluster-id x",
                "passes `--cluster-id`",
            ),
            (
                "aws-iam-authenticator",
                "token -i x --external-id secret",
                "passes `--external-id` to `aws-iam-authenticator`",
            ),
        ];
        for (command, args, expected) in table {
            let refused = eks_user(&exec(command, args, None), &Env::default()).unwrap_err();
            assert!(
                refused.relies.contains(expected),
                "{command} {args}: {refused:?}"
            );
            assert!(!refused.relies.contains("secret"));
        }
    }

    #[test]
    fn a_profile_must_be_the_one_that_this_process_uses() {
        let exec = exec(
            "aws",
            "eks get-token --cluster-name prod-e1-1",
            Some("prod"),
        );
        let with = |profile: &str| {
            let env = [("AWS_PROFILE", profile)].into_iter().collect();
            eks_user(&exec, &env)
        };
        assert_eq!(with("prod"), Ok(user(None, None)));
        for other in ["", "dev"] {
            assert_eq!(with(other).unwrap_err().hint, "set AWS_PROFILE=prod");
        }
    }
}
