//! What each alert compares with, and how long it waits: moved a little, its unit tests notice.
//!
//! Not those of rotation.yaml, whose one limit is the number of failed runs: `rotation.rs` tries each.

use anyhow::{Context as _, Result, ensure};
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use tokio::task::JoinSet;

use super::file::Rule;
use super::{ROTATION, alerts, judge, names, text};

/// An alert, and a defect in its rule: another limit, or where it has none, another selection.
#[rustfmt::skip]
const LIMITS: &[(&str, &str, &str)] = &[
    ("MonitoringJobMissing", "== 1) > 0", "== 1) > 1"),
    ("MonitoringJobScheduleMissed", "> 600", "> 660"),
    ("MonitoringJobNoRecentSuccess", "> on (namespace, cronjob) cronjob:", "> on (namespace, cronjob) 2 * cronjob:"),
    ("MonitoringJobNeverSucceeded", "> on (namespace, cronjob) cronjob:", "> on (namespace, cronjob) 2 * cronjob:"),
    ("JobFailed", "cronjob!=\"export-cloudwatch\"", "cronjob!=\"check-consistency\""),
    ("MonitoringExportFailing", "cronjob=\"export-cloudwatch\"", "cronjob=\"check-consistency\""),
    ("MonitoringJobStuck", "+ 300", "+ 360"),
    ("MonitoringJobPodCannotStart", "== 1", "== 0"),
    ("MonitoringJobSuspended", "== 1", "== 0"),
    ("MonitoringJobSlow", "0.5 *", "0.51 *"),
    ("MonitoringJobDenied", "== 4", "== 5"),
    ("KubeStateMetricsDown", "vector(0)) == 0", "vector(0)) == 1"),
    ("MonitoringJobPushLost", "- 180", "- 30"),
    ("MonitoringPushRefused", "3600", "7200"),
    ("PushgatewayDown", "== 0", "== 1"),
    ("CloudWatchExportGroupStale", "> 1200", "> 1260"),
    ("EmailNotificationsFailing", ") > 0", ") > 1"),
    ("EmailCanary", "vector(1)", "vector(0) == 1"),
    ("EmailCanarySilent", ") == 0", ") == 1"),
    ("EmailCredentialOld", "45 *", "46 *"),
    ("EmailCredentialAboutToBeDeleted", "55 *", "56 *"),
    ("RotationStuck", "6 * 3600", "7 * 3600"),
    ("ClustersNotConverged", "== 0", "== 1"),
    ("AlertmanagerSmtpUserMismatch", "== 0", "== 1"),
    ("ConfigurationDrift", "> 0", "> 1"),
    ("ConsistencyCheckIncomplete", "== 0", "== 1"),
    ("DeclaredDifferenceExpired", "> 0", "> 1"),
    ("DashboardsDrifted", "> 0", "> 1"),
    ("PeerWatchdogMissing", "> 4500", "> 4560"),
    ("Watchdog", "vector(1)", "vector(0) == 1"),
    ("InfoInhibitor", ") == 1", ") == 2"),
    ("InfoInhibitor", "\"warning|critical\", alertstate=\"firing\"", "\"warning|critical\""),
    ("InfoInhibitor", "\"warning|critical\"", "\"critical\""),
    ("InfoInhibitor", "unless on (namespace)", "unless on ()"),
    ("PrometheusRuleFailing", ") > 0", ") > 5"),
    ("ServerConfigurationRefused", "== 0", "== 1"),
    ("AlertNotificationsFailing", ") > 0", ") > 3"),
    ("AlertNotificationsFailing", "!=\"email\"", "!=\"\""),
    ("RemoteCacheRedisHighCpuUtlization", "> 10", "> 15"),
    ("RemoteCacheRedisLowConnectionCount", "< 3", "< 4"),
    ("RemoteCacheEfsLowConnectionCount", "< 3", "< 4"),
    ("BuildSenseESDiskSpaceLow", "50 * 1024", "51 * 1024"),
    ("BuildSenseESDiskSpaceLow", "{domain_name=~\"prod.*\"}", ""),
    ("BuildSenseESCpuUtlization", "> 40", "> 39"),
    ("BuildSenseESCpuUtlization", "_average[1h]", "_average{domain_name=~\"prod.*\"}[1h]"),
    ("BuildSenseESJVMMemoryPresure", "> 75", "> 74"),
    ("BuildSenseESJVMMemoryPresure", "_average[1h]", "_average{domain_name=~\"prod.*\"}[1h]"),
    ("ESClusterCritical", "> 0.2", "> 0.1"),
    ("ESClusterCritical", "_average[1h]", "_average{domain_name=~\"prod.*\"}[1h]"),
    ("ESClusterWarning", "> 0.2", "> 0.1"),
    ("ESClusterWarning", "_average[1h]", "_average{domain_name=~\"prod.*\"}[1h]"),
    ("BuildSenseLambdaErrors", "> 5", "> 4"),
    ("BuildSenseLambdaDuration", "> 1500", "> 1499"),
    ("BuildSenseDynamoDBThrottledRequests", "> 0", "> 0.5"),
    ("BuildSenseDynamoDBLowWriteRequestsRate", "[1h]", "[30m]"),
    ("BuildSenseDynamoDBNoReadRequests", "[1h]", "[30m]"),
    ("BuildSenseDynamoDBSystemErrors", "> 4", "> 3"),
    ("ToolchainWorkersMissing", "< 4", "< 3"),
    ("ToolchainServicesMissing", "< 50", "< 49"),
    ("ToolchainTargetsDown", "> 0", "> 1"),
    ("RemotingStorageServersMissing", "vector(0)) == 0", "vector(0)) == 1"),
    ("RemotingStorageServerDown", "== 0", "== 1"),
    ("ExternalDNSDown", "vector(0)) == 0", "vector(0)) == 1"),
];

/// By how many minutes a wait is moved.
const MOVE: u32 = 5;

#[derive(Debug, Clone)]
struct Defect {
    file: String,
    alert: String,
    from: String,
    to: String,
}

impl Defect {
    /// The whole file with this defect in its alert.
    fn plant(&self) -> Result<String> {
        let rules = text(&self.file)?;
        let begin = format!("      - alert: {}\n", self.alert);
        let (before, rule) = rules.split_once(&begin).context("no such alert")?;
        let end = rule.find("\n      - ").unwrap_or(rule.len());
        let (rule, after) = rule.split_at(end);
        let defect = rule.replacen(&self.from, &self.to, 1);
        ensure!(defect != rule, "it is not there: {self:?}");
        Ok(format!("{before}{begin}{defect}{after}"))
    }

    /// Whether a unit test fails of those that speak of the alert. The first one settles it, and short ones
    /// are about fewer alerts: those that take hours for all of them are seldom needed.
    async fn is_noticed(&self, promtool: &Promtool) -> Result<bool> {
        let rules = self.plant()?;
        let stem = self.file.trim_end_matches(".yaml");
        let mut tests = Vec::new();
        for name in names()?.1 {
            let of_file = [
                format!("{stem}_test.yaml"),
                format!("{stem}_hours_test.yaml"),
            ];
            if of_file.contains(&name) {
                tests.extend(about(&text(&name)?, &self.alert)?);
            }
        }
        tests.sort_by_key(String::len);
        for test in &tests {
            if !judge::passes(promtool, &self.file, &rules, test).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Of a file of unit tests, those that speak of an alert: for each a file that has it alone.
fn about(tests: &str, alert: &str) -> Result<Vec<String>> {
    let (head, tests) = tests.split_once("\ntests:\n").context("tests")?;
    let words = [
        format!("alertname: {alert}\n"),
        format!("alertname: {alert},"),
        format!("\"{alert}\""),
    ];
    let tests = tests.split("  - name: ").skip(1);
    let tests = tests.filter(|test| words.iter().any(|word| test.contains(word)));
    let alone = |test: &str| format!("{head}\ntests:\n  - name: {test}");
    Ok(tests.map(alone).collect())
}

/// A wait such as `12m` or `26h`, in minutes.
fn minutes(wait: &str) -> Result<u32> {
    let (number, unit) = match wait.strip_suffix('h') {
        Some(hours) => (hours, 60),
        None => (wait.strip_suffix('m').context("minutes or hours")?, 1),
    };
    Ok(number.parse::<u32>()? * unit)
}

/// All alerts whose limits are here, each with its file.
fn judged() -> Result<Vec<(String, Rule)>> {
    let mut judged = Vec::new();
    for file in names()?.0.into_iter().filter(|it| it != ROTATION) {
        let alerts = alerts(&file)?.into_iter();
        judged.extend(alerts.map(|alert| (file.clone(), alert)));
    }
    Ok(judged)
}

fn defects() -> Result<Vec<Defect>> {
    let mut defects = Vec::new();
    for (file, alert) in judged()? {
        let mut pairs: Vec<(String, String)> = LIMITS
            .iter()
            .filter(|(name, ..)| *name == alert.name)
            .map(|(_, from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        if let Some(wait) = &alert.waits {
            let minutes = minutes(wait)?;
            for moved in [minutes.saturating_sub(MOVE), minutes + MOVE] {
                pairs.push((format!("  for: {wait}\n"), format!("  for: {moved}m\n")));
            }
        }
        defects.extend(pairs.into_iter().map(|(from, to)| Defect {
            file: file.clone(),
            alert: alert.name.clone(),
            from,
            to,
        }));
    }
    Ok(defects)
}

/// Alerts without a limit that is moved, and limits of no alert.
fn forgotten(judged: &[(String, Rule)], limits: &[(&str, &str, &str)]) -> Vec<String> {
    let moved = |rule: &Rule| limits.iter().any(|(name, ..)| *name == rule.name);
    let unmoved = judged.iter().filter(|(_, rule)| !moved(rule));
    let is_there = |name: &str| judged.iter().any(|(_, rule)| rule.name == name);
    let needless = limits.iter().filter(|(name, ..)| !is_there(name));
    unmoved
        .map(|(_, rule)| rule.name.clone())
        .chain(needless.map(|(name, ..)| (*name).to_owned()))
        .collect()
}

#[test]
fn every_alert_has_a_limit_that_is_moved() -> Result<()> {
    let judged = judged()?;
    assert_eq!(forgotten(&judged, LIMITS), [""; 0]);
    // One that is missing and one that is left over are told.
    let (first, rest) = LIMITS.split_first().context("limits")?;
    assert_eq!(forgotten(&judged, rest), [first.0]);
    let more = [LIMITS, &[("Nobody", "", "")]].concat();
    assert_eq!(forgotten(&judged, &more), ["Nobody"]);
    Ok(())
}

#[tokio::test]
async fn a_limit_or_a_wait_that_is_moved_is_noticed() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    // A few at a time: each is a process with a database of its own.
    for some in defects()?.chunks(8) {
        let mut running = JoinSet::new();
        for defect in some.iter().cloned() {
            let promtool = promtool.clone();
            running.spawn(async move {
                let noticed = defect.is_noticed(&promtool).await;
                anyhow::Ok((noticed.with_context(|| format!("{defect:?}"))?, defect))
            });
        }
        while let Some(ended) = running.join_next().await {
            let (noticed, defect) = ended??;
            assert!(noticed, "nobody noticed {defect:?}");
        }
    }
    Ok(())
}
