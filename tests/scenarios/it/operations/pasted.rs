//! What the guides say is pasted as it stands: a command names its cluster and its region, a block ends by
//! itself, and it does the same the second time.

use anyhow::Result;

use super::commands::{Block, Words, blocks, has, in_the_text, plain, planted, value};
use super::{GUIDE, PASTED, page, typed};

/// Commands of helm that reach for a cluster.
const IN_A_CLUSTER: [&str; 7] = [
    "get",
    "history",
    "install",
    "status",
    "test",
    "uninstall",
    "upgrade",
];

/// What is missing in a command: whatever kubectl, helm or AWS has in mind takes its place.
fn unsaid(words: &[String]) -> Option<&'static str> {
    let second = words.get(1).map_or("", String::as_str);
    match words.first().map_or("", String::as_str) {
        "kubectl" if !has(words, "--local") && value(words, &["--context"]).is_none() => {
            Some("no context")
        }
        "helm" if second == "rollback" => {
            Some("Helm's own rollback leaves the Secret as the newer template had it")
        }
        "helm" if IN_A_CLUSTER.contains(&second) && value(words, &["--kube-context"]).is_none() => {
            Some("no context")
        }
        // IAM has no regions.
        "aws" if second != "iam" && value(words, &["--region"]).is_none() => Some("no region"),
        _ => None,
    }
}

/// What is wrong with a block that makes a Job: the Job has a new name each time, nothing goes on where it was
/// not made, and its log ends with the run, good or failed.
fn run_by_hand(block: &Block) -> Option<&'static str> {
    let lines = &block.lines;
    let made = lines.iter().position(|it| it.contains(" create job "))?;
    let line = lines.get(made)?;
    let (place, rest) = line.split_once(" create job ")?;
    let (context, _) = place.split_once(" --namespace ").unwrap_or((place, ""));
    let before = made.checked_sub(1).and_then(|it| lines.get(it));
    let is_new = before.is_some_and(|it| it.starts_with("job=") && it.ends_with("-$(date +%s)"));
    if !is_new || !rest.starts_with("$job --from=cronjob/") {
        return Some("the Job has no name of its own");
    }
    let [.., last_but_one, last] = lines.as_slice() else {
        return Some("it does not wait for the Job");
    };
    let is_changed = rest.contains(" --dry-run=client ");
    let creates = format!("{context} create --filename - &&");
    if is_changed && *last_but_one != creates || !last_but_one.ends_with("&&") {
        return Some("it goes on where the Job was not made");
    }
    let follows = format!("until {place} logs --follow job/$job; do sleep 1; done");
    (*last != follows).then_some("it does not end with the log of the Job")
}

fn wrong_in_block(block: &Block) -> Vec<&'static str> {
    let mut wrong: Vec<_> = run_by_hand(block).into_iter().collect();
    let mut lines = block.lines.iter();
    if lines.any(|it| it.contains(" port-forward ") && !it.ends_with(" &")) {
        wrong.push("nothing below the port-forward is reached");
    }
    wrong
}

fn wrong_in_commands(commands: &[Words]) -> Vec<String> {
    let told = commands
        .iter()
        .filter_map(|words| unsaid(words).map(|why| format!("{}: {why}", words.join(" "))));
    told.collect()
}

#[test]
fn what_is_pasted_says_where_and_ends() -> Result<()> {
    for path in PASTED {
        assert_eq!(wrong_in_commands(&typed(path)?), Vec::<String>::new());
        let page = page(path)?;
        for block in blocks(&page) {
            let wrong = wrong_in_block(&block);
            assert!(wrong.is_empty(), "{path}: {wrong:?}: {:#?}", block.lines);
            // Others are not looked into.
            assert_eq!(block.language, "sh", "{path}: {:#?}", block.lines);
        }
        // Without its log a Job says nothing, and a line of the text has no room for both.
        let lines = in_the_text(&page);
        let jobs = lines
            .iter()
            .filter(|it| plain(it).starts_with(&["create", "job"]));
        assert_eq!(jobs.count(), 0, "{path}");
    }
    Ok(())
}

#[test]
fn what_is_left_unsaid_is_told() {
    for line in [
        "kubectl get pods",
        "helm upgrade prod-monitoring k8s/stack",
        "helm rollback prod-monitoring --kube-context $cluster",
        "aws secretsmanager describe-secret --secret-id prod/monitoring",
    ] {
        assert_eq!(wrong_in_commands(&[planted(line)]).len(), 1, "{line}");
    }
    for line in [
        "kubectl patch --local --filename -",
        "helm show crds k8s/stack",
        "aws iam list-access-keys",
        "kubectl --context $other get pods",
    ] {
        assert_eq!(wrong_in_commands(&[planted(line)]).len(), 0, "{line}");
    }
}

#[test]
fn a_block_that_hangs_or_shows_an_old_run_is_told() -> Result<()> {
    let guide = page(GUIDE)?;
    let sound: Vec<Block> = blocks(&guide);
    for (old, new) in [
        ("job=check-$(date +%s)", "job=check-now"),
        ("create job $job --from", "create job check-now --from"),
        (
            "--from=cronjob/check-consistency &&",
            "--from=cronjob/check-consistency",
        ),
        ("create --filename - &&", "create --filename -"),
        (
            "kubectl --context $cluster create --filename - &&",
            "kubectl create --filename - &&",
        ),
        (
            "until kubectl --context $cluster",
            "kubectl --context $cluster",
        ),
        ("logs --follow job/$job", "logs job/$job"),
        ("9090:80 &", "9090:80"),
    ] {
        assert!(guide.contains(old), "{old}");
        let planted = blocks(&guide.replacen(old, new, 1));
        assert_eq!(planted.len(), sound.len());
        let wrong = planted.iter().flat_map(wrong_in_block);
        assert_eq!(wrong.count(), 1, "{new}");
    }
    Ok(())
}
