//! `plan`: shows what a run would ask for, and what that costs. Makes the listings, nothing else.

use std::io::{self, Write};

use common::fault::{Failure, chain};
use common::output::{print, print_json};
use common::process::Context;
use common::report::Conclusion;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::budget;
use super::figures::grouped;
use crate::cli::{Output, PlanArgs};
use crate::config::Rule;
use crate::fetch::Fetched;
use crate::observe::{RuleMetrics, Why};
use crate::plan::{Frequency, Plan, QUERIES_PER_CALL, Recurring, RunPrice};
use crate::report;
use crate::rule_fault::RuleFault;
use crate::source::{Observed, Source};

/// Runs the command.
///
/// # Errors
/// When nothing can be planned, or the plan is beyond the budget; it is printed first.
pub async fn plan(args: &PlanArgs, context: &Context) -> Result<Conclusion, Failure> {
    let source = Source::open(&args.source, context).await?;
    let observed = source.observe(&args.source, context).await;
    report::warn_if_nothing_found(&source.region, &observed.rules);
    let plan = source.plan(&observed);
    let frequency = budget::interval(&args.budget, context)?;
    let made = context.meter.attempts("ListMetrics");
    let shown = Shown::new(&source, &observed, &plan, frequency, made);
    match args.output {
        Output::Json => print_json(&shown)?,
        Output::Text => print(|out| shown.render(out))?,
    }
    budget::check(&args.budget, shown.recurring.as_ref())?;
    let faults = report::faults(&observed, &Fetched::default());
    Ok(report::coverage(&source.rules, &faults).unwrap_or_else(|| Conclusion::done(0)))
}

/// Everything that is shown.
#[derive(Debug, Serialize)]
struct Shown {
    at: Timestamp,
    region: String,
    rules: Vec<ShownRule>,
    list_metrics_calls: u64,
    get_metric_data_calls: usize,
    queries: usize,
    queries_per_call: usize,
    fewest_get_metric_data_calls: usize,
    expected_seconds: f64,
    expected_seconds_with_fewest_calls: f64,
    price: RunPrice,
    recurring: Option<Recurring>,
}

#[derive(Debug, Serialize)]
struct ShownRule {
    number: usize,
    namespace: String,
    metric: String,
    dimensions: Vec<String>,
    statistics: usize,
    metrics: usize,
    found: Option<String>,
    why: Option<Why>,
    error: Option<String>,
}

impl Shown {
    fn new(
        source: &Source,
        observed: &Observed,
        plan: &Plan,
        frequency: Option<Frequency>,
        listing_calls: u64,
    ) -> Self {
        let rules = source.rules.iter().zip(&observed.rules);
        Self {
            at: source.now,
            region: source.region.clone(),
            rules: rules
                .map(|(rule, found)| ShownRule::new(rule, found))
                .collect(),
            list_metrics_calls: listing_calls,
            get_metric_data_calls: plan.calls.len(),
            queries: plan.queries(),
            queries_per_call: plan
                .calls
                .iter()
                .map(|call| call.queries)
                .max()
                .unwrap_or(0),
            fewest_get_metric_data_calls: plan.fewest_calls,
            expected_seconds: plan.seconds(),
            expected_seconds_with_fewest_calls: plan.seconds_with_fewest_calls,
            price: plan.price(),
            recurring: frequency.map(|often| plan.price().repeated(often, listing_calls)),
        }
    }

    fn render(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "export-cloudwatch plan  {:.0}  {}\n",
            self.at, self.region
        )?;
        let names: Vec<String> = self.rules.iter().map(ShownRule::name).collect();
        let width = names
            .iter()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or(0)
            .max(6);
        writeln!(out, "rule  {:width$}  metrics  statistics  found", "metric")?;
        for (rule, name) in self.rules.iter().zip(&names) {
            let (number, metrics, statistics) = (rule.number, rule.metrics, rule.statistics);
            let found = rule
                .found
                .as_deref()
                .or(rule.error.as_deref())
                .unwrap_or_default();
            let mark = if rule.error.is_some() { "ERROR: " } else { "" };
            writeln!(
                out,
                "{number:>4}  {name:width$}  {metrics:>7}  {statistics:>10}  {mark}{found}"
            )?;
        }
        writeln!(out)?;
        self.render_calls(out)?;
        self.render_price(out)
    }

    fn render_calls(&self, out: &mut dyn Write) -> io::Result<()> {
        let (calls, fewest) = (
            self.get_metric_data_calls,
            self.fewest_get_metric_data_calls,
        );
        writeln!(
            out,
            "calls   {} ListMetrics, made for this plan; {calls} GetMetricData with up to {} of \
             {QUERIES_PER_CALL} queries",
            self.list_metrics_calls, self.queries_per_call
        )?;
        if calls > fewest {
            writeln!(
                out,
                "        {fewest} GetMetricData would do (--calls fewest) in about {:.2} s; {calls} \
                 take about {:.2} s at the same price",
                self.expected_seconds_with_fewest_calls, self.expected_seconds
            )?;
        }
        let (metrics, queries) = (grouped(self.price.billed_metrics), self.queries);
        writeln!(
            out,
            "billed  {metrics} metrics for {queries} queries: up to five statistics count once"
        )
    }

    fn render_price(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(price) = &self.recurring else {
            return writeln!(
                out,
                "price   ${:.4} a run; --every 5m tells the price of a month",
                self.price.usd
            );
        };
        let distance = price.every_seconds.map(SignedDuration::try_from_secs_f64);
        let origin = match distance {
            Some(Ok(every)) => format!("one every {every:#}"),
            Some(Err(_)) | None => "by SCHEDULE".to_owned(),
        };
        writeln!(
            out,
            "price   ${:.4} a run, ${:.2} a day, ${:.2} a month ({} runs, {origin})",
            self.price.usd,
            price.usd_per_day,
            price.usd_per_month,
            grouped(rounded(price.runs_per_month))
        )?;
        writeln!(
            out,
            "        ListMetrics {} a month without --cache: ${:.2} (${:.2} if the free million is used up)",
            grouped(rounded(price.listing_calls_per_month)),
            price.listing_usd_per_month,
            price.listing_usd_per_month_without_free_tier
        )
    }
}

impl ShownRule {
    fn new(rule: &Rule, found: &Result<RuleMetrics, RuleFault>) -> Self {
        Self {
            number: rule.number.get(),
            namespace: rule.namespace.clone(),
            metric: rule.metric_name.clone(),
            dimensions: rule.dimensions.clone().unwrap_or_default(),
            statistics: rule.statistics.len(),
            metrics: found.as_ref().map_or(0, |found| found.metrics.len()),
            found: found.as_ref().ok().map(|found| found.why.to_string()),
            why: found.as_ref().ok().map(|found| found.why.clone()),
            error: found.as_ref().err().map(|fault| chain(&fault.error)),
        }
    }

    fn name(&self) -> String {
        let metric = format!("{} {}", self.namespace, self.metric);
        if self.dimensions.is_empty() {
            metric
        } else {
            format!("{metric} by {}", self.dimensions.join(","))
        }
    }
}

fn rounded(number: f64) -> u64 {
    common::number::to_u64(number.round())
}
