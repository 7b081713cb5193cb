//! The workflow of a release, which no test here can run: what can be known of it without the forge.
//!
//! A check reads the document and returns complaints; each has defects planted that it must find. Scripts in
//! which something is decided are run.

mod run;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use sandbox::checkout;
use serde_json::Value;

use crate::chart::documents::documents;

const PATH: &str = ".github/workflows/release.yaml";

fn steps(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let jobs = workflow["jobs"].as_object().into_iter().flatten();
    jobs.flat_map(|(name, job)| {
        let steps = job["steps"].as_array().into_iter().flatten();
        steps.map(move |step| (name, step))
    })
}

fn scripts(workflow: &Value) -> impl Iterator<Item = (&String, &str)> {
    steps(workflow).filter_map(|(job, step)| Some((job, step["run"].as_str()?)))
}

/// Other people's code is pinned to a commit: tags move.
fn check_pins(workflow: &Value) -> Vec<String> {
    let used = steps(workflow).filter_map(|(_, step)| step["uses"].as_str());
    let unpinned = used.filter(|action| {
        let commit = action.split_once('@').map_or("", |(_, commit)| commit);
        commit.len() != 40 || !commit.bytes().all(|it| it.is_ascii_hexdigit())
    });
    unpinned
        .map(|action| format!("{action} is not pinned"))
        .collect()
}

/// Values reach scripts as variables only: pasted in, a tag's name could be a command. And bash
/// understands each script.
fn check_scripts(workflow: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    if workflow["defaults"]["run"]["shell"] != "bash" {
        complaints.push("without `shell: bash`, a failure before a pipe is none".to_owned());
    }
    for (job, script) in scripts(workflow) {
        if script.contains("${{") {
            complaints.push(format!("{job} pastes into a script: {script}"));
        }
        let wrong = syntax_errors(script).unwrap();
        if !wrong.is_empty() {
            complaints.push(format!("{job}: {wrong}"));
        }
    }
    complaints
}

fn syntax_errors(script: &str) -> Result<String> {
    let mut bash = Command::new("bash")
        .args(["-n", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting bash")?;
    bash.stdin
        .take()
        .context("stdin")?
        .write_all(script.as_bytes())?;
    Ok(String::from_utf8_lossy(&bash.wait_with_output()?.stderr).into_owned())
}

/// Nobody may do more than the job needs, and signatures come from the workflow's own identity.
fn check_rights(workflow: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    if workflow["permissions"]
        .as_object()
        .is_none_or(|rights| !rights.is_empty())
    {
        complaints.push("jobs start with rights that they did not ask for".to_owned());
    }
    let expected = [
        ("test", vec!["contents: read"]),
        (
            "image",
            vec!["attestations: write", "contents: read", "id-token: write"],
        ),
        ("propose", vec!["contents: write", "pull-requests: write"]),
        ("chart", vec!["contents: read", "id-token: write"]),
    ];
    for (job, rights) in expected {
        let asked: BTreeSet<String> = workflow["jobs"][job]["permissions"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, level)| format!("{name}: {}", level.as_str().unwrap_or_default()))
            .collect();
        if asked != rights.iter().map(|&it| it.to_owned()).collect() {
            complaints.push(format!("{job} may {asked:?}"));
        }
    }
    let text = workflow.to_string();
    if text.contains("secrets.") || text.contains("--key") {
        complaints.push("a secret is kept somewhere".to_owned());
    }
    complaints
}

/// Nothing is pushed that was not tested, and nothing is proposed that was not pushed and signed.
fn check_order(workflow: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    for (job, needed) in [("image", "test"), ("propose", "image")] {
        if workflow["jobs"][job]["needs"] != needed {
            complaints.push(format!("{job} does not wait for {needed}"));
        }
    }
    let on_tags = "github.ref_type == 'tag'";
    if workflow["jobs"]["test"]["if"] != on_tags {
        complaints.push("a push to a branch is no release".to_owned());
    }
    let scripts: Vec<&str> = scripts(workflow).map(|(_, script)| script).collect();
    let place = |word: &str| scripts.iter().position(|script| script.contains(word));
    let order = [
        "bash .ci/run",
        "cargo image --profile",
        "skopeo copy",
        "cosign sign",
        "cosign attest",
        "--write-digest",
        "gh pr create",
    ];
    for pair in order.windows(2) {
        let [first, second] = [place(pair[0]), place(pair[1])];
        if first.is_none() || second.is_none() || first > second {
            complaints.push(format!("`{}` does not come before `{}`", pair[0], pair[1]));
        }
    }
    complaints
}

/// A hosted runner has no nodes, and must not be asked for them. What was decided is done.
fn check_decisions(workflow: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    if workflow.to_string().contains("NODES") {
        complaints.push("nodes are demanded of a machine that cannot have them".to_owned());
    }
    let pushes = steps(workflow).find(|(_, step)| {
        let script = step["run"].as_str();
        script.is_some_and(|script| script.contains("helm push"))
    });
    if pushes.is_none_or(|(_, step)| step["if"] != "steps.version.outputs.new") {
        complaints.push("the chart is pushed whether or not the registry lacks it".to_owned());
    }
    complaints
}

type Check = fn(&Value) -> Vec<String>;

/// A text that is replaced by another, and a word of the complaint.
type Defect = (&'static str, &'static str, &'static str);

fn parse(text: &str) -> Result<Value> {
    documents(text)?.into_iter().next().context("a document")
}

fn holds(check: Check, defects: &[Defect]) -> Result<()> {
    let text = fs::read_to_string(checkout::file(PATH))?;
    let complaints = check(&parse(&text)?);
    assert!(complaints.is_empty(), "{complaints:#?}");
    for (old, new, word) in defects {
        assert!(text.contains(old), "{old}");
        let complaints = check(&parse(&text.replacen(old, new, 1))?);
        let found = complaints.iter().any(|it| it.contains(word));
        assert!(found, "{old} as {new}: {complaints:?}");
    }
    Ok(())
}

#[test]
fn actions_are_pinned_to_commits() -> Result<()> {
    let pinned = "@11bd71901bbe5b1630ceea73d27597364c9af683";
    holds(
        check_pins,
        &[(pinned, "@v4", "actions/checkout@v4 is not pinned")],
    )
}

#[test]
fn scripts_take_variables_and_are_understood() -> Result<()> {
    let defects = [
        (
            "\"$GITHUB_REF_NAME\"",
            "\"${{ github.ref_name }}\"",
            "test pastes",
        ),
        ("    shell: bash", "    shell: sh", "before a pipe"),
        ("          done\n", "", "syntax error"),
    ];
    holds(check_scripts, &defects)
}

#[test]
fn each_job_has_the_rights_that_it_needs() -> Result<()> {
    let defects = [
        (
            "permissions: {}",
            "permissions: {contents: write}",
            "did not ask for",
        ),
        ("      attestations: write\n", "", "image may"),
        (
            "      pull-requests: write",
            "      packages: write",
            "propose may",
        ),
        (
            "GH_TOKEN: ${{ github.token }}",
            "GH_TOKEN: ${{ secrets.GH }}",
            "a secret",
        ),
    ];
    holds(check_rights, &defects)
}

#[test]
fn what_is_released_was_tested_pushed_and_signed() -> Result<()> {
    let defects = [
        ("    needs: test\n", "", "image does not wait for test"),
        ("    needs: image\n", "", "propose does not wait for image"),
        ("github.ref_type == 'tag'", "true", "is no release"),
        (
            "          cosign sign --yes \"$IMAGE",
            "          true \"$IMAGE",
            "cosign sign",
        ),
    ];
    holds(check_order, &defects)
}

#[test]
fn a_hosted_runner_can_do_it_and_does_what_was_decided() -> Result<()> {
    let push = "        if: steps.version.outputs.new\n        run: |\n";
    let defects = [
        (
            "run: bash .ci/run",
            "run: NODES=must bash .ci/run",
            "nodes are demanded",
        ),
        (push, "        run: |\n", "whether or not"),
    ];
    holds(check_decisions, &defects)
}
