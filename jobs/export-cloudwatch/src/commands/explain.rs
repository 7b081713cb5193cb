//! `explain`: shows for each rule how it finds its metrics, which ones, and why none.

use std::io::{self, Write};

use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::process::Context;
use common::report::Conclusion;
use jiff::Timestamp;
use serde::Serialize;

use super::output::{print, print_json};
use crate::cli::{ExplainArgs, Output};
use crate::config::{Rule, Statistic};
use crate::fetch::{Fetched, Reading};
use crate::naming::RuleNames;
use crate::observe::{DimensionSet, RuleMetrics};
use crate::plan::Window;
use crate::report;
use crate::rule_fault::RuleFault;
use crate::source::Source;

/// Metrics of a rule that the text names; JSON names all.
const METRICS_SHOWN: usize = 5;

/// `--rule` names a rule that the file does not have.
#[derive(Debug, thiserror::Error)]
#[error("there is no rule {given}: the file has {rules}")]
struct NoSuchRule {
    given: usize,
    rules: usize,
}

impl Fault for NoSuchRule {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "no-such-rule"
    }

    fn hint(&self) -> Option<String> {
        Some("rules are counted from 1; `explain` without --rule shows all".to_owned())
    }
}

/// Runs the command. It reads values too, because "no datapoints" is the most frequent reason for
/// a series that is missing.
///
/// # Errors
/// When nothing can be explained; a rule that cannot be read is explained by its error.
pub async fn explain(args: &ExplainArgs, context: &Context) -> Result<Conclusion, Failure> {
    let mut source = Source::open(&args.source, context).await?;
    if let Some(given) = args.rule {
        let rules = source.config.rules.len();
        source.rules.retain(|rule| rule.number.get() == given);
        if source.rules.is_empty() {
            return Err(NoSuchRule { given, rules }.into());
        }
    }
    let mut observed = source.observe(&args.source, context).await;
    let plan = source.plan(&observed);
    let fetched = source.fetch(&plan, &mut observed).await;
    let faults = report::faults(&observed, &fetched);
    let mut rules = Vec::with_capacity(source.rules.len());
    for (rule, found) in source.rules.iter().zip(&observed.rules) {
        let fault = faults.get(&rule.number);
        let mut explained = Explained::new(rule, found, &fetched, fault, source.now);
        if found.as_ref().is_ok_and(RuleMetrics::is_empty_listing) {
            // Only an addition to the answer: without it the rest is still worth showing.
            explained.nearest_sets = source.nearest_sets(rule).await.unwrap_or_default();
        }
        rules.push(explained);
    }
    match args.output {
        Output::Json => print_json(&rules)?,
        Output::Text => print(|out| rules.iter().try_for_each(|rule| rule.render(out)))?,
    }
    Ok(report::coverage(&source.rules, &faults).unwrap_or_else(|| Conclusion::done(0)))
}

#[derive(Debug, Serialize)]
struct Explained {
    number: usize,
    line: usize,
    namespace: String,
    metric: String,
    dimensions: Option<Vec<String>>,
    statistics: Vec<String>,
    families: Vec<String>,
    window_start: Option<Timestamp>,
    window_end: Option<Timestamp>,
    period_seconds: u32,
    found: Option<String>,
    nearest_sets: Vec<DimensionSet>,
    metrics: Vec<String>,
    metrics_with_datapoints: usize,
    newest: Option<Timestamp>,
    error: Option<String>,
}

impl Explained {
    fn new(
        rule: &Rule,
        found: &Result<RuleMetrics, RuleFault>,
        fetched: &Fetched,
        fault: Option<&RuleFault>,
        now: Timestamp,
    ) -> Self {
        let window = Window::of(rule, now);
        let readings: Vec<&Reading> = fetched
            .readings
            .iter()
            .filter(|reading| reading.rule == rule.number)
            .collect();
        let metrics = found
            .as_ref()
            .map(|found| found.metrics.as_slice())
            .unwrap_or_default();
        Self {
            number: rule.number.get(),
            line: rule.line,
            namespace: rule.namespace.clone(),
            metric: rule.metric_name.clone(),
            dimensions: rule.dimensions.clone(),
            statistics: rule
                .statistics
                .iter()
                .map(Statistic::as_str)
                .map(str::to_owned)
                .collect(),
            families: RuleNames::new(rule).families,
            window_start: Timestamp::from_second(window.start).ok(),
            window_end: Timestamp::from_second(window.end).ok(),
            period_seconds: rule.period_seconds,
            found: found.as_ref().ok().map(|found| found.why.to_string()),
            nearest_sets: Vec::new(),
            metrics: metrics.iter().map(ToString::to_string).collect(),
            metrics_with_datapoints: readings.len(),
            newest: readings.iter().map(|reading| reading.at).max(),
            error: fault.map(|fault| chain(&fault.error)),
        }
    }

    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "rule {} (line {})  {} {}",
            self.number, self.line, self.namespace, self.metric
        )?;
        let dimensions = match self.dimensions.as_deref() {
            None => "not given: one query without dimensions".to_owned(),
            Some([]) => "none: only metrics without dimensions".to_owned(),
            Some(names) => format!("exactly {}", names.join(", ")),
        };
        writeln!(out, "  dimensions  {dimensions}")?;
        if let (Some(start), Some(end)) = (self.window_start, self.window_end) {
            let period = self.period_seconds;
            writeln!(
                out,
                "  window      {start:.0} to {end:.0}, bins of {period} s"
            )?;
        }
        writeln!(out, "  families    {}", self.families.join(", "))?;
        if let Some(found) = &self.found {
            writeln!(out, "  metrics     {found}")?;
        }
        for DimensionSet {
            metrics, example, ..
        } in &self.nearest_sets
        {
            let word = if *metrics == 1 { "metric" } else { "metrics" };
            writeln!(out, "              {metrics} {word} like {example}")?;
        }
        for metric in self.metrics.iter().take(METRICS_SHOWN) {
            writeln!(out, "              {metric}")?;
        }
        if let Some(more @ 1..) = self.metrics.len().checked_sub(METRICS_SHOWN) {
            writeln!(out, "              and {more} more")?;
        }
        match (&self.error, self.newest) {
            (Some(error), _) => writeln!(out, "  ERROR       {error}")?,
            (None, Some(newest)) => {
                let (with, all) = (self.metrics_with_datapoints, self.metrics.len());
                writeln!(
                    out,
                    "  values      {with} of {all} have datapoints, the newest at {newest:.0}"
                )?;
            }
            (None, None) if self.metrics.is_empty() => (),
            (None, None) => writeln!(out, "  values      no datapoints in the window")?,
        }
        writeln!(out)
    }
}
