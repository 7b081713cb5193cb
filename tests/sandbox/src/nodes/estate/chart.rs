//! The chart with what stands in for servers that are not of this machine.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::identity;
use crate::checkout;

/// What of a file becomes what. Rules and routes are those that are installed: how long they wait is a matter of
/// values.
const EDITS: [(&str, &str, &str); 2] = [
    (
        "files/alertmanager-template.yaml",
        "global:\n",
        "global:\n  pagerduty_url: http://receivers.sandbox:8080/pagerduty\n",
    ),
    (
        "templates/cronjobs.yaml",
        identity::ENVIRONMENT,
        identity::OWN_ENVIRONMENT,
    ),
];

/// A copy of the chart at `chart` whose dashboards come from `upstream`.
pub(super) fn lay(chart: &Path, upstream: &str) -> Result<()> {
    copy(&checkout::file("k8s/chart"), chart)?;
    for (file, there, here) in EDITS {
        edit(&chart.join(file), |text| replaced(text, there, here))?;
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

    use super::lay;

    #[test]
    fn whatever_is_edited_is_in_the_chart() {
        let directory = TempDir::new().unwrap();
        lay(directory.path(), "  ref: x\n").unwrap();
        assert!(directory.path().join("values.schema.json").is_file());
    }
}
