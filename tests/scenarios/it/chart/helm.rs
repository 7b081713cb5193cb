//! Helm's own judgement, its renders, and what the schema of the values refuses.

use std::path::PathBuf;

use anyhow::Result;
use sandbox::checkout;
use scenarios::{helm, rendered};

use super::documents::path;
use super::{CLUSTERS, RELEASE};

/// Runs Helm on the chart with the values of `cluster`; `more` are further arguments. Returns what it
/// printed.
async fn helm(command: &[&str], cluster: &str, more: &[&str]) -> Result<String> {
    helm::with_values(
        command,
        &checkout::file("k8s/chart"),
        &values(cluster),
        more,
    )
    .await
}

fn values(cluster: &str) -> PathBuf {
    checkout::file(&format!("k8s/values/{cluster}.yaml"))
}

/// What the chart is in `cluster`, without the spaces that Helm leaves in empty lines.
pub(super) async fn render(cluster: &str, more: &[&str]) -> Result<String> {
    helm::template(
        RELEASE,
        &checkout::file("k8s/chart"),
        &values(cluster),
        more,
    )
    .await
}

#[tokio::test]
async fn helm_has_nothing_to_object() -> Result<()> {
    for cluster in CLUSTERS {
        helm(&["lint", "--strict"], cluster, &[]).await?;
    }
    // Lint does judge: without its pattern this would pass.
    let planted = ["--set", "pushgatewayUrl=http://user:word@gateway:9091"];
    let refused = helm(&["lint", "--strict"], "prod-e1-1", &planted).await;
    assert!(refused.unwrap_err().to_string().contains("pushgatewayUrl"));
    Ok(())
}

#[tokio::test]
async fn what_is_rendered_is_what_is_committed() -> Result<()> {
    for cluster in CLUSTERS {
        let text = render(cluster, &[]).await?;
        rendered::compare(&path(cluster), &text)?;
        let other = render(cluster, &["--set", "jobs.check-consistency.backoffLimit=2"]).await?;
        assert_ne!(text, other, "another value must be seen");
    }
    Ok(())
}

#[tokio::test]
async fn values_that_nobody_should_have_are_refused() -> Result<()> {
    const DIGEST: &str = "image.digest=sha256:0123";
    let refused = [
        ("a key that is not known", "pushGateway=x", "pushGateway"),
        ("one of a job", "jobs.sync-dashboards.shedule=x", "shedule"),
        (
            "a job",
            "jobs.sync-dashboard.enabled=true",
            "sync-dashboard",
        ),
        ("no cluster", "cluster=", "cluster"),
        ("another cluster", "cluster=staging", "cluster"),
        ("no endpoint", "api.server=", "server"),
        (
            "an endpoint without TLS",
            "api.server=http://x.eks.amazonaws.com",
            "server",
        ),
        (
            "a certificate that is none",
            "api.certificateAuthority=-----BEGIN",
            "certificateAuthority",
        ),
        ("a second writer", "cluster=remoting-prod-e1-1", "cluster"),
        (
            "a role that is none",
            "jobs.rotate-credentials.role=x",
            "role",
        ),
        ("a tag for a digest", "image.digest=latest", "digest"),
        ("part of a digest", DIGEST, "digest"),
        ("another zone", "timeZone=Europe/Berlin", "timeZone"),
        (
            "no fields",
            "jobs.check-consistency.schedule=@every 5m",
            "schedule",
        ),
        (
            "four fields",
            "jobs.check-consistency.schedule=7 * * *",
            "schedule",
        ),
        (
            "six fields",
            "jobs.check-consistency.schedule=0 7 * * * *",
            "schedule",
        ),
        (
            "a minute and an hour that never come",
            "jobs.check-consistency.schedule=99 99 * * *",
            "schedule",
        ),
        (
            "two minutes in one",
            "jobs.check-consistency.schedule=1010 * * * *",
            "schedule",
        ),
        (
            "words",
            "jobs.check-consistency.schedule=a b c d e",
            "schedule",
        ),
        (
            "a day that February has not",
            "jobs.check-consistency.schedule=0 0 31 2 *",
            "schedule",
        ),
        (
            "a day that neither February nor April has",
            "jobs.check-consistency.schedule=0 0 31 2,4 *",
            "schedule",
        ),
        (
            "days that no month without a 31st has",
            "jobs.check-consistency.schedule=0 0 31 APR,6,09 *",
            "schedule",
        ),
        (
            "an eighth day of the week",
            "jobs.check-consistency.schedule=0 0 * * 7",
            "schedule",
        ),
        (
            "a role of a job that has none",
            "jobs.sync-dashboards.role=writer",
            "sync-dashboards",
        ),
        (
            "a rotation without a role",
            "jobs.rotate-credentials.role=null",
            "role",
        ),
        (
            "a zone within",
            "jobs.check-consistency.schedule=TZ=UTC 7 * * * *",
            "schedule",
        ),
        (
            "a late start that is none",
            "jobs.check-consistency.startingDeadlineSeconds=9",
            "startingDeadlineSeconds",
        ),
        (
            "a run without the time to end by itself",
            "jobs.check-consistency.activeDeadlineSeconds=104",
            "activeDeadlineSeconds",
        ),
        (
            "a job that is always stale",
            "jobs.check-consistency.staleAfterSeconds=0",
            "staleAfterSeconds",
        ),
        (
            "a job that is never stale",
            "jobs.check-consistency.staleAfterSeconds=null",
            "staleAfterSeconds",
        ),
        (
            "a limit with a unit",
            "jobs.check-consistency.staleAfterSeconds=2h",
            "staleAfterSeconds",
        ),
        (
            "a part of a second in it",
            "jobs.check-consistency.staleAfterSeconds=7200.5",
            "staleAfterSeconds",
        ),
        (
            "text for a number",
            "jobs.check-consistency.backoffLimit=one",
            "backoffLimit",
        ),
        (
            "a limit on CPU",
            "jobs.check-consistency.resources.limits.cpu=1",
            "cpu",
        ),
        (
            "memory without a unit",
            "jobs.check-consistency.resources.limits.memory=96",
            "memory",
        ),
        (
            "an account that is a number",
            "aws.account=123456789012",
            "account",
        ),
        (
            "an address of nobody",
            "prometheus.ingress.enabled=true",
            "host",
        ),
        (
            "retention without a unit",
            "prometheus.retention=16",
            "retention",
        ),
        (
            "a third kind of monitor",
            "monitorServices.kind=Probe",
            "kind",
        ),
        ("no API server at all", "apiServerCidrs.own=null", "own"),
        (
            "everybody as API server",
            "apiServerCidrs.own[0]=any",
            "own",
        ),
        (
            "numbers that no address has",
            "apiServerCidrs.own[0]=999.1.1.1/99",
            "own",
        ),
        (
            "no address of the Service",
            "apiServerCidrs.service=",
            "service",
        ),
        (
            "a network for the address of the Service",
            "apiServerCidrs.service=172.20.0.0/16",
            "service",
        ),
        (
            "a path for the repository",
            "repository=k8s/OPERATIONS.md",
            "repository",
        ),
        (
            "an address that only a pod knows",
            "alertmanager.externalUrl=http://alertmanager-0:9093",
            "externalUrl",
        ),
        (
            "a login in an address",
            "prometheus.externalUrl=https://a:b@prometheus.example.com",
            "externalUrl",
        ),
        (
            "an address for a network",
            "networkPolicies.outside[0].cidr=10.0.0.1",
            "cidr",
        ),
        (
            "a port that is none",
            "networkPolicies.smtpPorts[0]=587000",
            "smtpPorts",
        ),
        (
            "a switch that is text",
            "admissionPolicies.enabled=maybe",
            "enabled",
        ),
        (
            "a pusher without labels, who would be everybody",
            "pushgateway.pushers[0].labels=null",
            "labels",
        ),
        (
            "storage without a class",
            "alertmanager.storage.class=",
            "class",
        ),
        ("a lower-case variable", "environment.path=x", "path"),
        (
            "a variable that the chart sets itself",
            "environment.SCHEDULE=x",
            "SCHEDULE",
        ),
        (
            "a wait without a unit",
            "waits.scrapeInterval=30",
            "scrapeInterval",
        ),
        (
            "no time between evaluations",
            "waits.evaluationInterval=",
            "evaluationInterval",
        ),
        ("a wait of words", "waits.alertFor=soon", "alertFor"),
        ("seconds before minutes", "waits.alertFor=5s1m", "alertFor"),
        (
            "a part of a second",
            "waits.ruleInterval=1.5s",
            "ruleInterval",
        ),
        (
            "no time between mails",
            "waits.groupInterval=0s",
            "groupInterval",
        ),
        (
            "a number after a duration",
            "waits.groupWait=1m30",
            "groupWait",
        ),
        (
            "a capital unit",
            "waits.canaryRepeatInterval=5S",
            "canaryRepeatInterval",
        ),
        (
            "a wait that nobody has",
            "waits.repeatInterval=5s",
            "repeatInterval",
        ),
    ];
    let chart = checkout::file("k8s/chart");
    helm::refuses(RELEASE, &chart, &values("prod-e1-1"), &refused).await
}

/// Policies let jobs through to the networks that are named, and to no other cluster's servers without.
#[tokio::test]
async fn other_clusters_without_networks_are_refused() -> Result<()> {
    let without = ["--set-json", "apiServerCidrs.peers=[]"];
    let refused = helm(&["template", RELEASE], "prod-e1-1", &without).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("peers"), "{told}");
    let alone = [without.as_slice(), &["--set-json", "peers=[]"]].concat();
    helm(&["template", RELEASE], "prod-e1-1", &alone).await?;
    Ok(())
}

/// With a slip in the name, rules about what is in another cluster would fire here.
#[tokio::test]
async fn rules_that_are_not_there_cannot_be_left_out() -> Result<()> {
    let planted = ["--set", "leaveOutRules[0]=remotings"];
    let refused = helm(&["template", RELEASE], "prod-e1-1", &planted).await;
    let told = refused.unwrap_err().to_string();
    let word = "leaveOutRules: there is no files/rules/remotings.yaml";
    assert!(told.contains(word), "{told}");
    Ok(())
}

/// The alert on it would fire for ever.
#[tokio::test]
async fn without_a_gateway_of_the_charts_none_is_missed() -> Result<()> {
    const ALERT: &str = "alert: PushgatewayDown\n";
    for cluster in CLUSTERS {
        assert!(render(cluster, &[]).await?.contains(ALERT));
        let without = render(cluster, &["--set", "pushgateway.enabled=false"]).await?;
        assert!(!without.contains(ALERT), "{cluster}");
        // Rules beside it stay.
        assert!(without.contains("alert: MonitoringPushRefused\n"));
    }
    Ok(())
}

#[tokio::test]
async fn pods_that_get_their_role_from_the_nodes_agent_may_reach_it() -> Result<()> {
    const AGENT: &str = "cidr: 169.254.170.23/32";
    for (identity, expected) in [("irsa", 0), ("podIdentity", 3)] {
        let rendered = render("prod-e1-1", &["--set", &format!("aws.identity={identity}")]).await?;
        // All that act as an AWS role: every job but sync-dashboards.
        assert_eq!(rendered.matches(AGENT).count(), expected, "{identity}");
        let annotated = rendered.contains("eks.amazonaws.com/role-arn");
        assert_eq!(annotated, identity == "irsa");
    }
    Ok(())
}

#[tokio::test]
async fn policies_can_be_left_out() -> Result<()> {
    let without = [
        "--set",
        "networkPolicies.enabled=false,admissionPolicies.enabled=false",
    ];
    let whole = render("prod-e1-1", &[]).await?;
    let rendered = render("prod-e1-1", &without).await?;
    for kind in [
        "NetworkPolicy",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ] {
        let line = format!("\nkind: {kind}\n");
        assert!(whole.contains(&line), "{kind}");
        assert!(!rendered.contains(&line), "{kind}");
    }
    Ok(())
}
