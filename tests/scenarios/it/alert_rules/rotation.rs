//! The rotation's alerts: rules over the fault that ended its last run, one for each code of its table,
//! written by this file and kept in the chart. `WRITE_RULES=1 cargo test -p scenarios alert_rules`
//! writes them anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use common::env::Env;
use common::exit::Exit;
use common::verdict::Verdict;
use common::verdict::shared::{self, Shared};
use rotate_credentials::verdict;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use tempfile::TempDir;

use super::{ROTATION, folder, text};

const HEAD: &str = "\
# Alerts over the fault that ended the last run of rotate-credentials. Written from the job's table of
# verdicts by tests/scenarios/it/alert_rules/rotation.rs; to write it anew, and to see what it checks:
# WRITE_RULES=1 cargo test -p scenarios alert_rules. Unit tests: rotation_test.yaml beside this file.
#
# First the job's own codes, a rule each; then those that can happen to any job. A run that ends well
# pushes the code `none` in the place of the last one, and ends the alert. That nothing is pushed any
# more, that a run was missed and that the key is too old are told by monitoring-jobs.yaml.
groups:
  - name: rotation
    interval: 1m
    rules:
";

/// How loudly an alert speaks, and after how many failed runs in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Manner {
    severity: &'static str,
    page: bool,
    runs: u8,
}

/// Mail is broken or about to be, or what reads the secret is.
const PAGES: [&str; 4] = [
    "current-key-gone",
    "mail-auth-failing",
    "reactivated-for-running",
    "secret-deleted",
];

fn manner(code: &str, alert: &str, exit: Option<Exit>) -> Manner {
    let page = PAGES.contains(&code);
    let severity = match exit {
        _ if page => "critical",
        // The job cleans up after itself.
        Some(Exit::Transient) if alert == "RCOrphan" => "info",
        // No later run heals these.
        Some(Exit::Config | Exit::Denied | Exit::HalfDone) => "critical",
        Some(Exit::Transient | Exit::Drift | Exit::Done) | None => "warning",
    };
    let runs = match alert {
        "RCJobFailed" => 2,
        "RCStuck" => 3,
        _ => 1,
    };
    Manner {
        severity,
        page,
        runs,
    }
}

/// The alert of a code that can end a run of any job, when it ends one of the rotation.
pub(super) fn alert_of_shared(shared: &Shared) -> &'static str {
    match (shared.code, shared.exit) {
        ("cluster-unreachable", _) => "RCClusterUnreachable",
        ("interrupted" | "deadline", _) => "RCStuck",
        (_, Some(Exit::Denied)) => "RCDenied",
        (_, Some(Exit::Config)) => "RCConfig",
        (_, Some(Exit::HalfDone)) => "RCHalfDone",
        (_, Some(Exit::Drift)) => "RCConfigDrift",
        (_, Some(Exit::Transient | Exit::Done) | None) => "RCJobFailed",
    }
}

/// Codes that only the table of all jobs has, by alert and manner.
fn shared_rules() -> BTreeMap<(&'static str, Manner), Vec<&'static Shared>> {
    let mut rules: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for shared in shared::ALL {
        if verdict::of(shared.code).is_none() {
            let alert = alert_of_shared(shared);
            let manner = manner(shared.code, alert, shared.exit);
            rules.entry((alert, manner)).or_default().push(shared);
        }
    }
    rules
}

/// A template that says of each code what the table says.
fn chosen(codes: &[&Shared], says: impl Fn(&Shared) -> String) -> String {
    let mut out = String::new();
    for (index, shared) in codes.iter().enumerate() {
        let word = if index == 0 { "if" } else { "else if" };
        let code = shared.code;
        write!(
            out,
            "{{{{ {word} eq $labels.code \"{code}\" }}}}{}",
            says(shared)
        )
        .unwrap();
    }
    out + "{{ end }}"
}

fn capitalised(remedy: &str) -> String {
    let mut remedy = remedy.to_owned();
    remedy.get_mut(..1).unwrap().make_ascii_uppercase();
    remedy
}

const KUBECTL: &str = "kubectl --context {{ $externalLabels.cluster }}";

/// Where the job's pods and Jobs are.
const NAMESPACE: &str = "--namespace {{ $labels.namespace }}";

/// Commands of the job that a remedy may name, the `CronJob` that has the rights for them, and their words.
const COMMANDS: [(&str, &str, &[&str]); 6] = [
    ("`status`", "rotate-credentials-plan", &["status"]),
    ("`init`", "rotate-credentials", &["init"]),
    ("`abort`", "rotate-credentials", &["abort"]),
    ("`resume`", "rotate-credentials", &["resume"]),
    (
        "`rollback --to`",
        "rotate-credentials",
        &["rollback", "--to", "AKID"],
    ),
    (
        "`adopt`",
        "rotate-credentials",
        &["adopt", "AKID", "--confirm", "LAST4"],
    ),
];

/// What shows the last lines of the job's log.
fn log() -> String {
    format!(
        "{KUBECTL} {NAMESPACE} logs --selector app.kubernetes.io/name=rotate-credentials --prefix --tail 20"
    )
}

/// A command of the job as a person types it: a Job of a new name, with these arguments, and its log.
fn typed(cron_job: &str, words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let path = "/spec/template/spec/containers/0/args";
    let patch = format!(
        r#"[{{"op":"replace","path":"{path}","value":[{}]}}]"#,
        quoted.join(",")
    );
    [
        format!("job=rotate-{}-$(date +%s)", words[0]),
        format!(
            "{KUBECTL} {NAMESPACE} create job $job --from=cronjob/{cron_job} --dry-run=client --output yaml |"
        ),
        format!(
            "kubectl patch --local --filename - --type json --output yaml --patch '{patch}' |"
        ),
        format!("{KUBECTL} create --filename - &&"),
        format!("until {KUBECTL} {NAMESPACE} logs --follow job/$job; do sleep 1; done"),
    ]
    .map(|line| format!("    {line}"))
    .join("\n")
}

/// What to do, and where to read on; with each command of the job that the remedy names.
fn action(remedy: &str) -> String {
    let remedy = capitalised(remedy);
    let named = COMMANDS.iter().filter(|(name, ..)| remedy.contains(name));
    let mut blocks = String::new();
    for (_, cron_job, words) in named {
        let command = words.join(" ");
        write!(
            blocks,
            "\n\nTo run `{command}`:\n\n{}",
            typed(cron_job, words)
        )
        .unwrap();
    }
    let log = log();
    if blocks.is_empty() {
        return format!("{remedy}. Its log: {log}");
    }
    format!("{remedy}. Its log:\n\n    {log}{blocks}")
}

/// The whole file.
fn rendered(table: &[Verdict]) -> String {
    let mut out = HEAD.to_owned();
    for verdict in table {
        let code = verdict.code;
        let meaning = verdict.meaning.trim_end_matches('.');
        let texts = [
            &format!("{{{{ $labels.namespace }}}}/rotate-credentials ended with {code}: {meaning}"),
            meaning,
            &action(verdict.remedy),
        ];
        let manner = manner(code, verdict.alert, Some(verdict.exit));
        let matcher = format!("code=\"{code}\"");
        rule(&mut out, verdict.alert, manner, &matcher, texts, Some(code));
    }
    for ((alert, manner), codes) in shared_rules() {
        let meanings = chosen(&codes, |it| it.meaning.trim_end_matches('.').to_owned());
        let remedies = chosen(&codes, |it| capitalised(it.remedy));
        let texts = [
            &format!(
                "{{{{ $labels.namespace }}}}/rotate-credentials ended with {{{{ $labels.code }}}}: {meanings}"
            ),
            "A run of the rotation failed by what can happen to any job",
            &format!("{remedies}. Its log: {}", log()),
        ];
        let codes: Vec<_> = codes.iter().map(|shared| shared.code).collect();
        let matcher = format!("code=~\"{}\"", codes.join("|"));
        rule(&mut out, alert, manner, &matcher, texts, None);
    }
    out
}

/// One rule. A `code` of its own among the labels tells rules of one name apart.
fn rule(
    out: &mut String,
    alert: &str,
    manner: Manner,
    matcher: &str,
    texts: [&str; 3],
    code: Option<&str>,
) {
    writeln!(out, "      - alert: {alert}").unwrap();
    writeln!(out, "        expr: >-").unwrap();
    writeln!(out, "          max by (namespace, cronjob, code) (").unwrap();
    let fault = "monitoring_job_last_fault{cronjob=\"rotate-credentials\", ";
    writeln!(out, "            {fault}{matcher}}}").unwrap();
    writeln!(out, "          ) == 1").unwrap();
    if manner.runs > 1 {
        let failures = "monitoring_job_consecutive_failures";
        let runs = manner.runs;
        writeln!(
            out,
            "          and on (namespace, cronjob) {failures} >= {runs}"
        )
        .unwrap();
    }
    let code = code.map_or(String::new(), |code| format!("code: {code}, "));
    let page = if manner.page {
        ", pagerduty: high-severity"
    } else {
        ""
    };
    writeln!(
        out,
        "        labels: {{ {code}severity: {}, team: devops, type: toolchain-alerts{page} }}",
        manner.severity
    )
    .unwrap();
    writeln!(out, "        annotations:").unwrap();
    for (name, text) in ["message", "summary", "action"].iter().zip(texts) {
        if text.contains('\n') {
            literal(out, 10, name, text);
        } else {
            folded(out, 10, name, text);
        }
    }
    let heading = alert.to_lowercase();
    writeln!(out, "          runbook: k8s/OPERATIONS.md#{heading}\n").unwrap();
}

/// Text in a block, whose line breaks are blanks.
fn folded(out: &mut String, indent: usize, key: &str, text: &str) {
    let margin = " ".repeat(indent);
    write!(out, "{margin}{key}: >-").unwrap();
    let mut column = usize::MAX;
    for word in text.split(' ') {
        if column.saturating_add(word.len() + 1) > 100 {
            write!(out, "\n{margin}  {word}").unwrap();
            column = indent + 2 + word.len();
        } else {
            write!(out, " {word}").unwrap();
            column += word.len() + 1;
        }
    }
    out.push('\n');
}

/// Text in a block, whose lines stay as they are.
fn literal(out: &mut String, indent: usize, key: &str, text: &str) {
    let margin = " ".repeat(indent);
    writeln!(out, "{margin}{key}: |-").unwrap();
    for line in text.lines() {
        let line = format!("{margin}  {line}");
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
}

fn expected() -> String {
    format!("{}\n", rendered(verdict::ALL).trim_end())
}

#[test]
fn the_file_is_what_the_table_of_verdicts_says() -> Result<()> {
    let expected = expected();
    if Env::from_process().get("WRITE_RULES").is_some() {
        std::fs::write(folder().join(ROTATION), &expected)?;
    }
    assert!(
        text(ROTATION)? == expected,
        "rotation.yaml is another than the table's; `WRITE_RULES=1` writes it anew"
    );
    Ok(())
}

#[test]
fn a_verdict_that_changes_changes_the_file() {
    let mut table = verdict::ALL.to_vec();
    table[0].remedy = "look elsewhere";
    assert_ne!(rendered(&table), rendered(verdict::ALL));
}

/// A test in which every code, of a namespace of its own, has ended `runs` runs of `cronjob` in a row;
/// after a minute these alerts fire and no others.
fn test_of_all_codes(cronjob: &str, runs: u8, fires: impl Fn(Manner) -> bool) -> String {
    let own = verdict::ALL.iter().map(|verdict| {
        let manner = manner(verdict.code, verdict.alert, Some(verdict.exit));
        (verdict.code, verdict.alert, manner)
    });
    let shared = shared_rules().into_iter();
    let shared = shared.flat_map(|((alert, manner), codes)| {
        codes.into_iter().map(move |it| (it.code, alert, manner))
    });
    let mut series = String::new();
    let mut samples = String::new();
    for (code, alert, manner) in own.chain(shared) {
        let labels = format!(r#"namespace="n-{code}", cronjob="{cronjob}""#);
        let fault = format!(r#"monitoring_job_last_fault{{{labels}, code="{code}"}}"#);
        let failures = format!("monitoring_job_consecutive_failures{{{labels}}}");
        writeln!(series, "      - {{ series: '{fault}', values: 1x3 }}").unwrap();
        writeln!(
            series,
            "      - {{ series: '{failures}', values: {runs}x3 }}"
        )
        .unwrap();
        if fires(manner) {
            let labels = format!(
                r#"{{alertname="{alert}", code="{code}", severity="{}"}}"#,
                manner.severity
            );
            writeln!(samples, "          - {{ labels: '{labels}', value: 1 }}").unwrap();
        }
    }
    if samples.is_empty() {
        samples = "          []".to_owned();
    }
    format!(
        "rule_files: [{ROTATION}]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n\
         {series}    promql_expr_test:\n      - expr: count by (alertname, code, severity) (ALERTS)\n        \
         eval_time: 1m\n        exp_samples:\n{samples}\n"
    )
}

#[tokio::test]
async fn every_code_raises_its_alert_and_no_other_and_other_jobs_raise_none() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    let directory = TempDir::new()?;
    std::fs::copy(folder().join(ROTATION), directory.path().join(ROTATION))?;
    let tests = [
        test_of_all_codes("rotate-credentials", 3, |_| true),
        test_of_all_codes("rotate-credentials", 2, |manner| manner.runs <= 2),
        test_of_all_codes("rotate-credentials", 1, |manner| manner.runs == 1),
        test_of_all_codes("check-consistency", 3, |_| false),
    ];
    let file = directory.path().join("test.yaml");
    for test in &tests {
        std::fs::write(&file, test)?;
        promtool.test_rules(&file).await?;
    }
    // Not everything passes.
    std::fs::write(
        &file,
        tests[0].replace("alertname=\"RCConfig\"", "alertname=\"RCDenied\""),
    )?;
    assert!(promtool.test_rules(&file).await.is_err());
    Ok(())
}
