//! Whether Prometheus scrapes what every monitor asks for.

use super::installation::Monitor;
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::{self, count};
use crate::seen::prometheus::{Server, Target};
use crate::seen::{NAMESPACE, PROMETHEUS, Seen};

/// Holds the monitors that should be selected against what is scraped.
pub(super) fn judge(expected: &[Monitor], seen: &Seen<Server>, mend: Mend<'_>) -> Check {
    let server = match seen {
        Ok(server) => server,
        Err(why) => {
            let object = format!("targets of {NAMESPACE}/{PROMETHEUS}");
            return Check::unseen(Area::Monitors, object, why);
        }
    };
    let findings: Vec<_> = expected
        .iter()
        .filter_map(|monitor| judge_one(monitor, server, mend))
        .collect();
    let pools: Vec<_> = expected.iter().flat_map(Monitor::pools).collect();
    let of_ours = |it: &&Target| pools.contains(&it.scrape_pool);
    let targets = server.targets.iter().filter(of_ours);
    let up = targets.clone().filter(|it| it.is_up()).count();
    let selected = expected.len().saturating_sub(findings.len());
    Check {
        area: Area::Monitors,
        well: format!(
            "{selected} of {} selected and well, {up} of {} up",
            count(expected.len(), "monitor"),
            count(targets.count(), "target")
        ),
        details: Vec::new(),
        findings,
    }
}

fn judge_one(monitor: &Monitor, server: &Server, mend: Mend<'_>) -> Option<Finding> {
    let Monitor {
        kind,
        namespace,
        name,
        is_own,
        ..
    } = monitor;
    let title = format!("{kind} {namespace}/{name}");
    let resource = kind.to_ascii_lowercase();
    let pools: Vec<_> = monitor.pools().collect();
    if pools.iter().any(|pool| !server.pools.contains(pool)) {
        let text = "Prometheus does not scrape by it";
        // Without the label Prometheus leaves it out and tells nobody.
        let label = format!("label {resource} {name} release=prod-monitoring --overwrite");
        return Some(Finding::wrong(title, text, mend.kubectl(namespace, label)));
    }
    let targets = server.targets.iter();
    let targets: Vec<_> = targets
        .filter(|it| pools.contains(&it.scrape_pool))
        .collect();
    let show = mend.kubectl(namespace, format!("get {resource} {name} --output yaml"));
    if targets.is_empty() {
        let text = "it finds nothing to scrape: compare its selector with labels and ports";
        return Some(if *is_own {
            Finding::wrong(title, text, show)
        } else {
            Finding::warning(title, text, show)
        });
    }
    let down: Vec<_> = targets.iter().filter(|it| it.health == "down").collect();
    let first = down.first()?;
    let instance = first.labels.get("instance").map_or("?", String::as_str);
    let pods = mend.kubectl(NAMESPACE, "get pods --output wide");
    let said = format!(
        "{}: {}",
        screen::line(instance),
        screen::line(&first.last_error)
    );
    let finding = if down.len() == targets.len() {
        let text = match down.len() {
            1 => "its only target is down".to_owned(),
            all => format!("all of its {all} targets are down"),
        };
        Finding::wrong(title, text, pods)
    } else {
        let text = format!("{} of {} targets are down", down.len(), targets.len());
        Finding::warning(title, text, pods)
    };
    Some(finding.saying("error", &said))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    const POOL: &str = "podMonitor/monitoring/workers/0";

    fn monitor(is_own: bool) -> Monitor {
        Monitor {
            kind: "PodMonitor".to_owned(),
            namespace: "monitoring".to_owned(),
            name: "workers".to_owned(),
            endpoints: 1,
            is_own,
        }
    }

    fn server(pools: &[&str], health: &[&str]) -> Server {
        let targets = health.iter().map(|health| Target {
            scrape_pool: POOL.to_owned(),
            health: (*health).to_owned(),
            labels: BTreeMap::from([("instance".to_owned(), "10.0.0.1:80".to_owned())]),
            last_error: "refused".to_owned(),
        });
        Server {
            pools: pools.iter().map(|it| (*it).to_owned()).collect(),
            targets: targets.collect(),
            ..Server::default()
        }
    }

    fn worst(is_own: bool, pools: &[&str], health: &[&str]) -> Option<Severity> {
        judge(&[monitor(is_own)], &Ok(server(pools, health)), MEND).worst()
    }

    #[test]
    fn a_monitor_without_a_pool_is_not_selected_and_one_without_targets_finds_nothing() {
        let (wrong, warning) = (Some(Severity::Wrong), Some(Severity::Warning));
        assert_eq!(worst(true, &[], &[]), wrong);
        assert_eq!(
            worst(true, &["podMonitor/monitoring/workers/1"], &[]),
            wrong
        );
        assert_eq!(worst(true, &[POOL], &[]), wrong);
        // What the company runs may not be there at all.
        assert_eq!(worst(false, &[POOL], &[]), warning);
        assert_eq!(worst(false, &[], &[]), wrong);
    }

    #[test]
    fn targets_that_are_down_are_told_and_new_ones_have_time() {
        assert_eq!(worst(true, &[POOL], &["up", "unknown"]), None);
        assert_eq!(
            worst(true, &[POOL], &["up", "down"]),
            Some(Severity::Warning)
        );
        assert_eq!(worst(true, &[POOL], &["down"]), Some(Severity::Wrong));
        let check = judge(&[monitor(true)], &Ok(server(&[POOL], &["down"])), MEND);
        let said = ("error", "10.0.0.1:80: refused".to_owned());
        assert_eq!(check.findings[0].said, [said]);
        assert_eq!(
            check.well,
            "0 of 1 monitor selected and well, 0 of 1 target up"
        );
    }
}
