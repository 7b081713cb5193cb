//! The Role that a look and a write need: each rule is needed, and its absence is told as the rule.

use anyhow::Result;
use common::exit::Exit;
use common::trouble::Trouble;
use rotate_credentials::live::Live;
use rotate_credentials::outside::EffectError;
use scenarios::wait;

use super::{Bench, NEW, OLD, adapter, read, start, write};

/// The documented Role, rule by rule.
const RULES: [&str; 7] = [
    r#"{apiGroups: [""], resources: [configmaps], resourceNames: ["alertmanager-template"], verbs: [get]}"#,
    r#"{apiGroups: [""], resources: [secrets], resourceNames: ["alertmanager-prod-monitoring"], verbs: [get]}"#,
    r#"{apiGroups: [""], resources: [secrets], resourceNames: ["alertmanager-prod-monitoring-generated"], verbs: [get]}"#,
    r#"{apiGroups: [""], resources: [pods], verbs: [list]}"#,
    r#"{apiGroups: [""], resources: [pods/proxy], resourceNames: ["alertmanager-prod-monitoring-0:9093"], verbs: [get]}"#,
    r#"{apiGroups: [""], resources: [pods/proxy], resourceNames: ["alertmanager-prod-monitoring-1:9093"], verbs: [get]}"#,
    r#"{apiGroups: [monitoring.coreos.com], resources: [alertmanagers], resourceNames: ["prod-monitoring"], verbs: [get]}"#,
];

/// What only the write needs.
const PATCH: &str = r#"{apiGroups: [""], resources: [secrets], resourceNames: ["alertmanager-prod-monitoring"], verbs: [patch]}"#;

/// The account that the job runs as, its Role and its binding.
const JOB: &str = "rotate-credentials";

impl Bench {
    /// The adapter with the job's account.
    async fn as_the_job(&self) -> Result<Live> {
        let namespace = self.set.namespace();
        let account = self.cluster.service_account_kubeconfig(namespace, JOB);
        Ok(adapter(&self.set, account.await?, None).await)
    }

    /// Gives the job's account exactly these rules.
    async fn allow(&self, rules: impl IntoIterator<Item = &str>) -> Result<()> {
        let rules: Vec<_> = rules
            .into_iter()
            .map(|rule| format!("- {rule}\n"))
            .collect();
        let namespace = self.set.namespace();
        let role = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n\
             metadata: {{name: {JOB}, namespace: {namespace}}}\nrules:\n{}",
            rules.concat()
        );
        let binding = format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
             metadata: {{name: {JOB}, namespace: {namespace}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {JOB}}}\n\
             subjects:\n- {{kind: ServiceAccount, name: {JOB}, namespace: {namespace}}}\n"
        );
        self.cluster.apply(&[&role, &binding]).await?;
        Ok(())
    }
}

/// Waits until the API server has learnt the Role, and returns what was then refused.
async fn refused(live: &Live, rule: &str) -> Result<Trouble> {
    let mut last = None;
    wait::until("the rule is missed", async || {
        last = read(live, OLD).await.err();
        let hint = last.as_ref().and_then(|trouble| trouble.hint.as_deref());
        Ok(hint.is_some_and(|hint| hint.contains(rule)))
    })
    .await?;
    Ok(last.unwrap())
}

#[tokio::test]
async fn each_rule_of_the_role_is_needed_and_its_absence_is_told_as_the_rule() -> Result<()> {
    let bench = start().await?;
    let live = bench.as_the_job().await?;
    for missing in RULES {
        bench
            .allow(RULES.into_iter().filter(|rule| *rule != missing))
            .await?;
        let trouble = refused(&live, missing).await?;
        assert_eq!(
            (trouble.code, trouble.exit),
            ("cluster-denied", Exit::Denied)
        );
    }
    bench.allow(RULES).await?;
    wait::until("the Role is in force", async || {
        Ok(read(&live, NEW).await.is_ok())
    })
    .await?;
    let revision = read(&live, NEW).await.unwrap().source.revision;
    let Err(EffectError::Refused(trouble)) = write(&live, NEW, &revision).await else {
        panic!("it was written without the right to");
    };
    assert_eq!(trouble.exit, Exit::Denied);
    assert!(trouble.hint.unwrap().contains(PATCH));

    bench.allow(RULES.into_iter().chain([PATCH])).await?;
    wait::until("the write is allowed", async || {
        Ok(write(&live, NEW, &revision).await.is_ok())
    })
    .await?;
    bench.until_proven(NEW).await
}

#[tokio::test]
async fn a_look_makes_ten_calls_and_writes_nothing() -> Result<()> {
    let bench = start().await?;
    let live = bench.as_the_job().await?;
    bench.allow(RULES).await?;
    wait::until("the Role is in force", async || {
        Ok(read(&live, OLD).await.is_ok())
    })
    .await?;
    let mark = bench.cluster.audit_mark()?;
    read(&live, OLD).await.unwrap();
    let calls = bench.cluster.audit_since(mark)?.into_iter();
    let user = format!("system:serviceaccount:{}:{JOB}", bench.set.namespace());
    let own = calls.filter(|call| call.user == user);
    let mut own: Vec<_> = own
        .map(|call| format!("{} {}", call.verb, call.name))
        .collect();
    own.sort();
    assert_eq!(
        own,
        [
            "get alertmanager-prod-monitoring",
            "get alertmanager-prod-monitoring-0:9093",
            "get alertmanager-prod-monitoring-0:9093",
            "get alertmanager-prod-monitoring-1:9093",
            "get alertmanager-prod-monitoring-1:9093",
            "get alertmanager-prod-monitoring-generated",
            "get alertmanager-template",
            "get prod-monitoring",
            "list ",
            "list ",
        ]
    );
    Ok(())
}
