//! The question about the canary's mail that Prometheus is asked.

use std::fs;

use anyhow::{Result, ensure};
use install_monitoring::doctor::CANARY_ATTEMPTS;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Has promtool hold what `expression` gives against `wanted`, at a time and with counters of two replicas.
async fn gives(expression: &str, counts: [&str; 2], at: &str, wanted: &Value) -> Result<bool> {
    let series = |replica: usize, values: &str| {
        let labels = format!(r#"integration="email", pod="am-{replica}""#);
        json!({
            "series": format!("alertmanager_notification_requests_total{{{labels}}}"),
            "values": values,
        })
    };
    // JSON is YAML too.
    let test = json!({
        "rule_files": [],
        "evaluation_interval": "1m",
        "tests": [{
            "interval": "1m",
            "input_series": [series(0, counts[0]), series(1, counts[1])],
            "promql_expr_test": [{"expr": expression, "eval_time": at, "exp_samples": wanted}],
        }],
    });
    let directory = TempDir::new()?;
    let file = directory.path().join("test.yaml");
    fs::write(&file, test.to_string())?;
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    match promtool.test_rules(&file).await {
        Ok(_) => Ok(true),
        Err(error) => {
            // A verdict on the expression, and not on a file that cannot be read.
            let text = error.to_string();
            ensure!(text.contains("got:"), "{text}");
            Ok(false)
        }
    }
}

#[tokio::test]
async fn a_canary_that_has_stopped_gives_zero_and_a_young_counter_gives_nothing() -> Result<()> {
    let zero = json!([{"labels": "{}", "value": 0}]);
    let nothing = json!([]);
    // It sent for an hour, and then nothing for three.
    let stopped = ["0+1x60 60x180", "0x240"];
    assert!(gives(CANARY_ATTEMPTS, stopped, "4h", &zero).await?);
    // So it is not while it sends.
    assert!(!gives(CANARY_ATTEMPTS, ["0+1x240", "0x240"], "4h", &zero).await?);
    // Both have just been started: standing still proves nothing.
    let young = ["0x240", "0x240"];
    assert!(gives(CANARY_ATTEMPTS, young, "1h", &nothing).await?);
    assert!(gives(CANARY_ATTEMPTS, young, "2h", &zero).await?);
    // The question without its second half would call that silence.
    let (bare, _) = CANARY_ATTEMPTS.split_once(" and ").unwrap_or_default();
    assert!(gives(bare, young, "1h", &zero).await?);
    Ok(())
}
