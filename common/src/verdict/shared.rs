//! The codes that no job owns: of calls to AWS, API servers, mail and push gateways, of files, flags
//! and the process itself. Each is the `code()` of a fault in this crate, or of how a run ended.
//!
//! `explain CODE` prints them. A fault's own hint is more particular than the remedy here.

use crate::exit::Exit;

/// One code, wherever it comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Stable and kebab-case.
    pub code: &'static str,
    /// How a run ends with it; a panic ends with 101, which is no [`Exit`].
    pub exit: Option<Exit>,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do, in one imperative sentence.
    pub remedy: &'static str,
}

impl Shared {
    /// The status that a run ends with.
    pub const fn status(&self) -> u8 {
        match self.exit {
            Some(exit) => exit.status(),
            None => 101,
        }
    }
}

/// That code, if it is one of these.
pub fn find(code: &str) -> Option<Shared> {
    ALL.iter().copied().find(|shared| shared.code == code)
}

const fn shared(
    code: &'static str,
    exit: Exit,
    meaning: &'static str,
    remedy: &'static str,
) -> Shared {
    Shared {
        code,
        exit: Some(exit),
        meaning,
        remedy,
    }
}

/// All of them, by subject.
pub const ALL: &[Shared] = &[
    shared(
        "aws-no-region",
        Exit::Config,
        "No AWS region is configured.",
        "set AWS_REGION, or the region in the configuration file",
    ),
    shared(
        "aws-endpoint",
        Exit::Config,
        "A variable that redirects AWS calls holds no URL.",
        "write the named variable like http://localhost:4566, or unset it",
    ),
    shared(
        "aws-no-credentials",
        Exit::Denied,
        "There are no AWS credentials.",
        "export them, or check the pod's service account and the trust policy of its role",
    ),
    shared(
        "aws-credentials-expired",
        Exit::Denied,
        "The AWS credentials are no longer valid, or their signature is refused.",
        "log in again, or restart the pod so that it gets a new token",
    ),
    shared(
        "aws-denied",
        Exit::Denied,
        "AWS refuses the call to this identity.",
        "allow the named action for the identity that `aws sts get-caller-identity` shows",
    ),
    shared(
        "aws-rejected",
        Exit::Config,
        "AWS objects to the request itself.",
        "correct what it objects to: a name in the configuration, or its quota",
    ),
    shared(
        "aws-throttled",
        Exit::Transient,
        "AWS is called too often.",
        "run again later; if it stays, lower the call rate or raise the account's quota",
    ),
    shared(
        "aws-server-error",
        Exit::Transient,
        "AWS failed.",
        "run again; if it stays, look at the AWS health dashboard",
    ),
    shared(
        "aws-unreachable",
        Exit::Transient,
        "No connection to AWS came about.",
        "check the network, the region's name and AWS_ENDPOINT_URL",
    ),
    shared(
        "aws-timeout",
        Exit::Transient,
        "AWS did not answer in time.",
        "check the network, the region's name and AWS_ENDPOINT_URL",
    ),
    shared(
        "aws-garbled-answer",
        Exit::Transient,
        "AWS answered with what cannot be understood.",
        "run again; if it stays, look at what stands between AWS and this process",
    ),
    shared(
        "cluster-config",
        Exit::Config,
        "The way to a cluster's API server is configured wrongly.",
        "correct the named file, context or key; `kubectl` with the same kubeconfig shows what there is",
    ),
    shared(
        "cluster-name",
        Exit::Config,
        "A cluster's name has characters that it may not have.",
        "write it like prod-e1-1: letters, digits, `.`, `_` and `-`",
    ),
    shared(
        "cluster-unreachable",
        Exit::Transient,
        "No connection to a cluster's API server came about.",
        "check the network and the server's address",
    ),
    shared(
        "cluster-untrusted",
        Exit::Config,
        "The API server cannot prove who it is.",
        "correct the certificate authority of this cluster",
    ),
    shared(
        "cluster-timeout",
        Exit::Transient,
        "The API server did not answer in time.",
        "run again; if it stays, look at the API server's load",
    ),
    shared(
        "cluster-unauthorized",
        Exit::Denied,
        "The API server does not know this identity.",
        "renew the token or certificate; set this machine's clock",
    ),
    shared(
        "cluster-denied",
        Exit::Denied,
        "The API server refuses the call to this identity.",
        "add the named rule to the job's Role in that cluster",
    ),
    shared(
        "cluster-not-found",
        Exit::Config,
        "An object, or its kind, does not exist.",
        "install what is missing, or correct its name",
    ),
    shared(
        "cluster-conflict",
        Exit::Transient,
        "Somebody changed the object at the same time.",
        "run again; find out who else writes it if it stays",
    ),
    shared(
        "cluster-expired",
        Exit::Transient,
        "The API server no longer keeps the rest of a list that was being read.",
        "run again; if it stays, read larger pages or look at the API server's load",
    ),
    shared(
        "cluster-invalid",
        Exit::Config,
        "The API server objects to the request itself.",
        "correct what it objects to",
    ),
    shared(
        "cluster-throttled",
        Exit::Transient,
        "The API server is called too often.",
        "run again later",
    ),
    shared(
        "cluster-server-error",
        Exit::Transient,
        "The API server failed.",
        "run again; if it stays, look at the API server's log",
    ),
    shared(
        "cluster-garbled-answer",
        Exit::Transient,
        "The API server answered with what cannot be understood.",
        "check that the address is that of an API server and not of a proxy",
    ),
    shared(
        "cluster-too-large",
        Exit::Transient,
        "The API server's answer is larger than is read.",
        "look for what has become so large, or read fewer objects at once",
    ),
    shared(
        "lease-held",
        Exit::Transient,
        "Another run is at work.",
        "wait for it to end, then run this again",
    ),
    shared(
        "lease-lost",
        Exit::Transient,
        "Another run took over.",
        "look at the other run; nothing is to be done here",
    ),
    shared(
        "push-address",
        Exit::Config,
        "The Pushgateway's URL is none.",
        "give scheme, host and port, for example http://pushgateway:9091",
    ),
    shared(
        "push-group",
        Exit::Config,
        "The group of what is pushed has an unusable label.",
        "correct the named label",
    ),
    shared(
        "push-unreachable",
        Exit::Transient,
        "No connection to the Pushgateway came about.",
        "check that it runs and that the network policy lets this pod reach it",
    ),
    shared(
        "push-unavailable",
        Exit::Transient,
        "The Pushgateway failed.",
        "look at the Pushgateway's own log",
    ),
    shared(
        "push-rejected",
        Exit::Transient,
        "The Pushgateway objects to what is pushed.",
        "find the other group with the named family: types must agree in all groups",
    ),
    shared(
        "push-denied",
        Exit::Denied,
        "The Pushgateway wants other credentials.",
        "check user name and password in its URL",
    ),
    shared(
        "push-unexpected",
        Exit::Transient,
        "What answers is no Pushgateway, or something stands before it.",
        "check the Pushgateway's URL and what stands between it and this pod",
    ),
    shared(
        "push-undecodable",
        Exit::Transient,
        "The Pushgateway answered with what cannot be understood.",
        "check that the URL leads to a Pushgateway of release 1.0 or later",
    ),
    shared(
        "push-readback",
        Exit::Transient,
        "The Pushgateway does not hold what was pushed.",
        "look for another writer of the group",
    ),
    shared(
        "http-client",
        Exit::Config,
        "The machine's certificates cannot be read.",
        "check SSL_CERT_FILE and SSL_CERT_DIR: they must name readable certificates",
    ),
    shared(
        "smarthost",
        Exit::Config,
        "What is given as mail server is none.",
        "write it as email-smtp.us-east-1.amazonaws.com:587",
    ),
    shared(
        "smtp-region",
        Exit::Config,
        "The region of a mail server is unknown, or contradicts its name.",
        "configure the region that the server is in",
    ),
    shared(
        "alertmanager-template",
        Exit::Config,
        "Alertmanager's template cannot be read.",
        "correct the named line of the template",
    ),
    shared(
        "alertmanager-fill",
        Exit::Config,
        "Alertmanager's template cannot be filled with what the secret holds.",
        "add the named member to the secret, or remove its placeholder from the template",
    ),
    shared(
        "alertmanager-identity",
        Exit::Drift,
        "An Alertmanager does not say with which user it sends mail.",
        "look at the configuration there: this Alertmanager may not be loading it",
    ),
    shared(
        "alertmanager-status",
        Exit::Transient,
        "An Alertmanager's status cannot be understood.",
        "check that an Alertmanager answers there, and which release it is",
    ),
    shared(
        "alertmanager-generated",
        Exit::Drift,
        "The configuration that the operator generated cannot be read.",
        "look at the operator's log",
    ),
    shared(
        "alertmanager-metrics",
        Exit::Transient,
        "An Alertmanager's metrics cannot be understood.",
        "check that an Alertmanager answers there, and which release it is",
    ),
    shared(
        "schedule",
        Exit::Config,
        "A schedule is none.",
        "write five fields, and a name of the IANA time zone database",
    ),
    shared(
        "config-unreadable",
        Exit::Config,
        "A file of the configuration cannot be read.",
        "check the path, its permissions, and that the file is UTF-8 text",
    ),
    shared(
        "config-invalid",
        Exit::Config,
        "The configuration has mistakes.",
        "correct the lines that the messages name",
    ),
    shared(
        "usage",
        Exit::Config,
        "The command line has a mistake.",
        "see `--help`",
    ),
    shared(
        "stdout",
        Exit::Transient,
        "The report could not be written.",
        "look at what reads it, and at the disk",
    ),
    shared(
        "runtime",
        Exit::Transient,
        "The process could not start its runtime.",
        "check the pod's process and file limits",
    ),
    shared(
        "interrupted",
        Exit::Transient,
        "The run was stopped by a signal.",
        "run it again",
    ),
    shared(
        "deadline",
        Exit::Transient,
        "The run's time was over before its work was.",
        "run it again; if it stays, raise activeDeadlineSeconds or --deadline",
    ),
    Shared {
        code: "panic",
        exit: None,
        meaning: "This program has a bug.",
        remedy: "report it with the line that says where; running again may work",
    },
];

#[cfg(test)]
mod tests;
