//! `explain`: shows for each rule how it finds its metrics, which ones, and why none.

use std::io::{self, Write};

use common::cancel::Cancellation;
use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::{ExplainArgs, Output};
use crate::config::{Rule, Statistic};
use crate::fetch::{Fetched, Reading};
use crate::metric::Metric;
use crate::naming::RuleNames;
use crate::observe::{DimensionSet, RuleMetrics, Why};
use crate::plan::Window;
use crate::report;
use crate::rule_fault::{RuleError, RuleFault};
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
        let mut explained = Explained::new(&source, rule, found, &fetched, fault);
        if found.as_ref().is_ok_and(RuleMetrics::is_empty_listing) {
            // Only an addition to the answer: without it the rest is still worth showing.
            match nearest_sets(&source, rule, &context.cancel).await {
                Ok(sets) => explained.nearest_sets = Some(sets),
                Err(error) => explained.nearest_sets_error = Some(chain(&error)),
            }
        }
        rules.push(explained);
    }
    match args.output {
        Output::Json => print_json(&rules)?,
        Output::Text => print(|out| {
            let (now, region) = (source.now, &source.region);
            writeln!(out, "export-cloudwatch explain  {now:.0}  {region}\n")?;
            rules.iter().try_for_each(|rule| rule.render(out))
        })?,
    }
    let cut_short = rules.iter().any(|rule| rule.nearest_sets_error.is_some());
    Ok(match report::coverage(&source.rules, &faults) {
        Some(conclusion) => conclusion,
        None if cut_short && context.cancel.is_cancelled() => stopped_conclusion(&context.cancel),
        None => Conclusion::done(0),
    })
}

async fn nearest_sets(
    source: &Source,
    rule: &Rule,
    cancel: &Cancellation,
) -> Result<Vec<DimensionSet>, RuleError> {
    // On the heap, so that the future of the whole command stays small.
    let sets = cancel.bound(Box::pin(source.nearest_sets(rule))).await;
    sets.unwrap_or_else(|| Err(RuleError::Stopped(cancel.cause())))
}

#[derive(Debug, Serialize)]
struct Explained {
    region: String,
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
    why: Option<Why>,
    /// Looked up only when the listing has nothing for the rule.
    nearest_sets: Option<Vec<DimensionSet>>,
    nearest_sets_error: Option<String>,
    metrics: Vec<Metric>,
    metrics_with_datapoints: usize,
    newest: Option<Timestamp>,
    error: Option<String>,
}

impl Explained {
    fn new(
        source: &Source,
        rule: &Rule,
        found: &Result<RuleMetrics, RuleFault>,
        fetched: &Fetched,
        fault: Option<&RuleFault>,
    ) -> Self {
        let window = Window::of(rule, source.now);
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
            region: source.region.clone(),
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
            why: found.as_ref().ok().map(|found| found.why.clone()),
            nearest_sets: None,
            nearest_sets_error: None,
            metrics: metrics.to_vec(),
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
        self.render_nearest(out)?;
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

    /// What the rule's metric has instead of what the rule looks for.
    fn render_nearest(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(error) = &self.nearest_sets_error {
            writeln!(
                out,
                "              its dimensions could not be looked up: {error}"
            )?;
        }
        let sets = self.nearest_sets.as_deref();
        if sets.is_some_and(<[_]>::is_empty) {
            writeln!(
                out,
                "              no metric of this name was listed in {}: check the name, the \
                 namespace and the region",
                self.region
            )?;
        }
        for set in sets.unwrap_or_default() {
            let (count, example) = (set.metrics, &set.example);
            let word = if count == 1 { "metric" } else { "metrics" };
            writeln!(out, "              {count} {word} like {example}")?;
        }
        Ok(())
    }
}
