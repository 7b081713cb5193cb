//! From a key of 41 days to one that is young and alone.

use anyhow::Result;
use sandbox::aws::KeyStatus;
use sandbox::company::Setup;

use super::{apply, assert_converged, company, hours, keys, settled};

#[tokio::test]
async fn an_old_key_is_replaced_and_not_one_mail_is_lost() -> Result<()> {
    let company = company(Setup::default()).await?;
    company.canaries().await?;
    company.deliver("Before").await?;
    let old = company.current_key()?;
    let before = company.aws.secrets().current_text("prod/monitoring")?;

    let first = apply(&company).await?;
    assert_eq!(first.status, 0, "{}\n{}", first.stdout, first.stderr);
    let new = company.current_key()?;
    assert_ne!(new, old);
    assert_converged(&company).await?;
    let both = [
        (old.clone(), KeyStatus::Active),
        (new.clone(), KeyStatus::Active),
    ];
    assert_eq!(keys(&company)?, both.into());
    company.deliver("During").await?;

    // Nothing happens before the soak is over.
    company.clock.advance(hours(22))?;
    let early = apply(&company).await?;
    assert_eq!(early.status, 0, "{}\n{}", early.stdout, early.stderr);
    assert_eq!(keys(&company)?.get(&old), Some(&KeyStatus::Active));

    // A mail of each cluster with the new key, which is what the deactivation waits for.
    company.deliver("Soaking").await?;
    company.clock.advance(hours(3))?;
    let second = apply(&company).await?;
    assert_eq!(second.status, 0, "{}\n{}", second.stdout, second.stderr);
    let status = keys(&company)?.get(&old).copied();
    assert_eq!(status, Some(KeyStatus::Inactive), "{}", second.stdout);
    company.deliver("After").await?;

    company.clock.advance(hours(8 * 24))?;
    let third = apply(&company).await?;
    assert_eq!(third.status, 0, "{}\n{}", third.stdout, third.stderr);
    assert_eq!(keys(&company)?, [(new.clone(), KeyStatus::Active)].into());

    // Only a login with the fresh key, before it was known everywhere, was ever refused.
    for refusal in company.mail.refusals() {
        assert_eq!(refusal.user.as_deref(), Some(new.as_str()), "{refusal:?}");
    }
    let after = settled(&company)?;
    assert_eq!(after.other_tags, ["notify_emails", "team"]);
    assert_eq!(after.stages, ["AWSCURRENT", "AWSPREVIOUS"]);
    let expected = before
        .replace("AKIAIOSFODNN7EXAMPLE", "ID")
        .replace("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "SECRET");
    assert_eq!(after.document, expected);
    Ok(())
}

/// What an idle run asks of each cluster: its template, what was written and generated, how many
/// replicas there are to be, the configuration and the counters of each of the two, and whether the pods
/// are still the same at the end.
const OTHER_VERBS: &[&str] = &[
    "get alertmanagers",
    "get configmaps",
    "get pods/proxy",
    "get pods/proxy",
    "get pods/proxy",
    "get pods/proxy",
    "get secrets",
    "get secrets",
    "list pods",
    "list pods",
];

/// The same, and the Lease taken and given back.
const HOME_VERBS: &[&str] = &[
    "get alertmanagers",
    "get configmaps",
    "get leases",
    "get pods/proxy",
    "get pods/proxy",
    "get pods/proxy",
    "get pods/proxy",
    "get secrets",
    "get secrets",
    "list pods",
    "list pods",
    "update leases",
    "update leases",
];

#[tokio::test]
async fn an_idle_run_reads_what_it_must_and_changes_nothing() -> Result<()> {
    let setup = Setup {
        key_age: hours(10 * 24),
        ..Setup::default()
    };
    let company = company(setup).await?;
    let marks: Result<Vec<_>> = company
        .clusters
        .iter()
        .map(|site| site.cluster.audit_mark())
        .collect();
    let marks = marks?;
    company.aws.clear_calls();
    let connections = company.mail.connections();
    let run = apply(&company).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);

    let calls = company.aws.calls().calls.into_iter();
    let mut operations: Vec<_> = calls.map(|call| call.operation.to_string()).collect();
    operations.sort();
    println!("AWS: {operations:?}");
    assert_eq!(
        operations,
        [
            "DescribeSecret",
            "GetAccessKeyLastUsed",
            "GetSecretValue",
            "ListAccessKeys",
            "ListUserTags",
        ]
    );
    let mut asked = Vec::new();
    for (site, mark) in company.clusters.iter().zip(marks) {
        let ours = site.cluster.audit_since(mark)?.into_iter();
        let mut verbs: Vec<_> = ours
            .filter(|entry| entry.user == "rotate-credentials")
            .map(|entry| match entry.subresource.as_str() {
                "" => format!("{} {}", entry.verb, entry.resource),
                below => format!("{} {}/{below}", entry.verb, entry.resource),
            })
            .collect();
        verbs.sort();
        println!("{}: {verbs:?}", site.cluster.name());
        let home = site.cluster.name() == sandbox::company::HOME;
        asked.push((verbs, if home { HOME_VERBS } else { OTHER_VERBS }));
    }
    for (verbs, expected) in asked {
        assert_eq!(verbs, expected);
    }
    assert_eq!(company.mail.connections(), connections, "no login, no mail");
    Ok(())
}
