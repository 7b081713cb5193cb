//! The chart with shorter waits, and with what stands in for servers that are not of this machine.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::identity;
use crate::checkout;

/// What of a file becomes what: waits of production become seconds, and what is elsewhere becomes what
/// stands in for it. Nothing else is touched: rules and routes are those that are installed.
const EDITS: [(&str, &str, &str); 13] = [
    (JOBS, " for: 24h\n", " for: 5s\n"),
    (JOBS, " for: 15m\n", " for: 5s\n"),
    (JOBS, " for: 5m\n", " for: 5s\n"),
    (JOBS, " for: 3m\n", " for: 5s\n"),
    (JOBS, " for: 1m\n", " for: 5s\n"),
    (JOBS, "interval: 1m\n", "interval: 5s\n"),
    (TEMPLATE, "group_wait: 2m", "group_wait: 1s"),
    (TEMPLATE, "group_wait: 1m", "group_wait: 1s"),
    (TEMPLATE, "group_wait: 30s", "group_wait: 1s"),
    (TEMPLATE, "group_interval: 5m", "group_interval: 5s"),
    (TEMPLATE, "repeat_interval: 30m", "repeat_interval: 5s"),
    (
        TEMPLATE,
        "global:\n",
        "global:\n  pagerduty_url: http://receivers.sandbox:8080/pagerduty\n",
    ),
    (
        "templates/cronjobs.yaml",
        identity::ENVIRONMENT,
        identity::OWN_ENVIRONMENT,
    ),
];

const JOBS: &str = "files/rules/monitoring-jobs.yaml";
const TEMPLATE: &str = "files/alertmanager-template.yaml";

/// A copy of the chart at `chart` that does not let people wait, and whose dashboards come from `upstream`.
pub(super) fn hasty_copy(chart: &Path, upstream: &str) -> Result<()> {
    copy(&checkout::file("k8s/chart"), chart)?;
    for (file, long, short) in EDITS {
        edit(&chart.join(file), |text| replaced(text, long, short))?;
    }
    edit(&chart.join(DASHBOARDS), |text| {
        let text = replaced(text, "\n  ref: ", "\n  # of production: ")?;
        let text = replaced(&text, "\n  sha256: ", "\n  # of production: ")?;
        replaced(&text, "source:\n", &format!("source:\n{upstream}"))
    })
}

const DASHBOARDS: &str = "files/sync-dashboards.yaml";

fn edit(path: &Path, change: impl Fn(&str) -> Result<String>) -> Result<()> {
    let named = || path.display().to_string();
    let text = fs::read_to_string(path).with_context(named)?;
    fs::write(path, change(&text).with_context(named)?).with_context(named)
}

fn replaced(text: &str, old: &str, new: &str) -> Result<String> {
    ensure!(text.contains(old), "there is no `{}`", old.trim());
    Ok(text.replace(old, new))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for item in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let item = item.with_context(|| format!("reading {}", from.display()))?;
        let copied = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &copied)?;
        } else {
            fs::copy(item.path(), &copied)
                .with_context(|| format!("copying {}", item.path().display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::hasty_copy;

    #[test]
    fn whatever_is_edited_is_in_the_chart() {
        let directory = TempDir::new().unwrap();
        hasty_copy(directory.path(), "  ref: x\n").unwrap();
        assert!(directory.path().join("values.schema.json").is_file());
    }
}
