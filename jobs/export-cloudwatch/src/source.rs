//! What every command that talks to AWS starts from: the configuration, the rules in question,
//! "now", and the clients. Then, step by step: listing plan, metrics, plan of calls.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client as CloudWatch;
use aws_sdk_resourcegroupstagging::Client as Tagging;
use common::aws::{self, CallPolicy, Role, Settings};
use common::cancel::Cancellation;
use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::process::Context;
use common::rate::TokenBucket;
use common::yaml::did_you_mean;
use jiff::Timestamp;

use crate::cli::{SourceArgs, unknown_keys};
use crate::config::{Config, Rule, RuleNumber, Statistic};
use crate::fetch::{Fetched, fetch};
use crate::naming;
use crate::observe::{
    Cache, DimensionSet, ListingPlan, RuleMetrics, Sources, nearest_sets, observe,
};
use crate::plan::{Calls, Demand, Pace, Plan, Window, plan};
use crate::rule_fault::{RuleError, RuleFault};

/// ListMetrics allows 25 calls a second; this leaves room for other users of the quota.
const LISTING_BURST: u32 = 20;
const LISTINGS_PER_SECOND: u32 = 20;

/// GetResources allows 15 calls a second.
const TAGGING_BURST: u32 = 5;
const TAGGING_PER_SECOND: u32 = 10;

/// Shows up in CloudTrail; cloudwatch_exporter uses the same.
const SESSION_NAME: &str = "cloudwatch_exporter";

/// `--only` names a namespace that no rule has.
#[derive(Debug, thiserror::Error)]
#[error("no rule has the namespace `{given}`")]
struct UnknownNamespace {
    given: String,
    nearest: Option<String>,
    known: Vec<String>,
}

impl Fault for UnknownNamespace {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "unknown-namespace"
    }

    fn hint(&self) -> Option<String> {
        Some(match &self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("the file has: {}", self.known.join(", ")),
        })
    }
}

/// Where a command reads from.
#[derive(Debug)]
pub struct Source {
    /// The whole file.
    pub config: Config,
    /// Its rules within `--only`, in file order.
    pub rules: Vec<Rule>,
    /// What windows are computed from.
    pub now: Timestamp,
    /// Region that is read.
    pub region: String,
    present: Timestamp,
    calls: Calls,
    clients: Clients,
    cancel: Cancellation,
}

#[derive(Debug)]
struct Clients {
    cloudwatch: CloudWatch,
    tagging: Tagging,
}

/// What the rules were resolved to.
#[derive(Debug)]
pub struct Observed {
    /// One entry for each rule in scope, in their order.
    pub rules: Vec<Result<RuleMetrics, RuleFault>>,
    /// How they were asked for.
    pub listing: ListingPlan,
    cache: Cache,
}

impl Observed {
    /// The rules that could be resolved.
    pub fn resolved(&self) -> impl Iterator<Item = &RuleMetrics> {
        self.rules.iter().filter_map(|rule| rule.as_ref().ok())
    }

    /// The rules that could not.
    pub fn faults(&self) -> impl Iterator<Item = &RuleFault> {
        self.rules.iter().filter_map(|rule| rule.as_ref().err())
    }
}

impl Source {
    /// Reads the configuration and prepares the clients; no call is made yet.
    ///
    /// # Errors
    /// When the configuration, the flags or the AWS environment are unusable.
    pub async fn open(args: &SourceArgs, context: &Context) -> Result<Self, Failure> {
        let (config, warnings) = Config::load(&args.config, unknown_keys(args.lax))?;
        for warning in warnings.iter() {
            tracing::warn!("{warning}");
        }
        let mut rules = in_scope(&config, &args.only)?;
        if args.cache.is_some() {
            let ttl = u32::try_from(args.cache_ttl.as_secs()).unwrap_or(u32::MAX);
            for rule in rules
                .iter_mut()
                .filter(|rule| rule.list_metrics_cache_ttl_seconds == 0)
            {
                rule.list_metrics_cache_ttl_seconds = ttl;
            }
        }
        let role = config.role_arn.clone();
        let settings = Settings {
            region: config.region.clone(),
            roles: role
                .map(|arn| Role {
                    arn,
                    session_name: SESSION_NAME.to_owned(),
                })
                .into_iter()
                .collect(),
        };
        let clock = context.clock.clone();
        let present = clock.now();
        let meter = context.meter.clone();
        // On the heap: the SDK's loader would make the future of every command a large one.
        let connecting = aws::connect(&settings, CallPolicy::READ, clock, meter, &context.env);
        let config_aws = Box::pin(connecting).await?;
        let clients = Clients {
            cloudwatch: CloudWatch::from_conf(
                aws_sdk_cloudwatch::config::Builder::from(&config_aws.config)
                    .interceptor(config_aws.meter.clone())
                    .build(),
            ),
            tagging: Tagging::from_conf(
                aws_sdk_resourcegroupstagging::config::Builder::from(&config_aws.config)
                    .interceptor(config_aws.meter.clone())
                    .build(),
            ),
        };
        let region = config_aws
            .config
            .region()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::debug!(
            rules = rules.len(),
            region = region.as_str(),
            "configuration read"
        );
        Ok(Self {
            config,
            rules,
            now: args.at.unwrap_or(present),
            region,
            present,
            calls: args.calls,
            clients,
            cancel: context.cancel.clone(),
        })
    }

    /// Resolves every rule to its metrics.
    pub async fn observe(&self, args: &SourceArgs, context: &Context) -> Observed {
        let mut cache = args.cache.as_deref().map_or_else(Cache::none, |directory| {
            let (cache, error) = Cache::load(directory, &self.cache_scope(context));
            if let Some(error) = error {
                tracing::warn!("starting without it: {}", chain(&error));
            }
            cache
        });
        let lag = self.present.duration_since(self.now).as_secs();
        let lag = u64::try_from(lag).unwrap_or(0);
        let listing = ListingPlan::new(&self.rules, &cache, self.present, lag);
        let sources = Sources {
            cloudwatch: &self.clients.cloudwatch,
            tagging: &self.clients.tagging,
            listing_rate: &TokenBucket::new(LISTING_BURST, LISTINGS_PER_SECOND),
            tagging_rate: &TokenBucket::new(TAGGING_BURST, TAGGING_PER_SECOND),
            cancel: &self.cancel,
        };
        let rules = observe(&self.rules, &listing, sources, &mut cache, self.present).await;
        Observed {
            rules,
            listing,
            cache,
        }
    }

    /// What tells the listings of this account and region from others in one directory.
    fn cache_scope(&self, context: &Context) -> String {
        let endpoint = context
            .env
            .get("AWS_ENDPOINT_URL_CLOUDWATCH")
            .or_else(|| context.env.get("AWS_ENDPOINT_URL"))
            .unwrap_or("aws");
        let identity = self
            .config
            .role_arn
            .as_deref()
            .or_else(|| context.env.get("AWS_ROLE_ARN"))
            .or_else(|| context.env.get("AWS_PROFILE"))
            .or_else(|| context.env.get("AWS_ACCESS_KEY_ID"))
            .unwrap_or("default");
        format!("{endpoint} {identity} {}", self.region)
    }

    /// For a rule that found nothing: the dimension sets that its metric really has.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn nearest_sets(&self, rule: &Rule) -> Result<Vec<DimensionSet>, RuleError> {
        nearest_sets(rule, &self.clients.cloudwatch).await
    }

    /// Plans the calls for what was observed.
    pub fn plan(&self, observed: &Observed) -> Plan {
        let by_number: BTreeMap<RuleNumber, &Rule> =
            self.rules.iter().map(|rule| (rule.number, rule)).collect();
        let demands: Vec<Demand<'_>> = observed
            .resolved()
            .filter_map(|resolved| {
                let rule = by_number.get(&resolved.rule)?;
                Some(Demand {
                    rule: rule.number,
                    window: Window::of(rule, self.now),
                    statistics: &rule.statistics,
                    metrics: &resolved.metrics,
                })
            })
            .collect();
        plan(&demands, self.now, self.calls, Pace::DEFAULT)
    }

    /// Executes `plan` and leaves the listings for the next run.
    pub async fn fetch(&self, plan: &Plan, observed: &mut Observed) -> Fetched {
        let statistics: BTreeMap<RuleNumber, &[Statistic]> = self
            .rules
            .iter()
            .map(|rule| (rule.number, rule.statistics.as_slice()))
            .collect();
        let fetched = fetch(plan, &statistics, &self.clients.cloudwatch, &self.cancel).await;
        for message in &fetched.messages {
            tracing::warn!(
                aws.code = message.code.as_str(),
                "CloudWatch says: {}",
                message.text
            );
        }
        observed.remember(&fetched, self.present);
        fetched
    }
}

impl Observed {
    /// Saves the listings; a rule that read nothing at all, without an error, is listed anew next
    /// time: its resources may have been replaced.
    fn remember(&mut self, fetched: &Fetched, present: Timestamp) {
        let spoke = fetched.readings.iter().map(|reading| reading.rule);
        let failed = fetched.faults.iter().map(|fault| fault.rule);
        let heard: std::collections::BTreeSet<RuleNumber> = spoke.chain(failed).collect();
        let silent = self.resolved().map(|rule| rule.rule);
        let silent = silent.filter(|rule| !heard.contains(rule)).collect();
        self.cache.refresh_early(&silent);
        if let Err(error) = self.cache.save(present) {
            tracing::warn!("the next run lists anew: {}", chain(&error));
        }
    }
}

fn in_scope(config: &Config, only: &[String]) -> Result<Vec<Rule>, UnknownNamespace> {
    let mut known: Vec<String> = config
        .rules
        .iter()
        .map(|rule| rule.namespace.clone())
        .collect();
    known.sort();
    known.dedup();
    if let Some(given) = only.iter().find(|given| !known.contains(given)) {
        let nearest = did_you_mean(given, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(UnknownNamespace {
            given: given.clone(),
            nearest,
            known,
        });
    }
    // By group, because a group is replaced as a whole: two namespaces can share one.
    let jobs: Vec<String> = only
        .iter()
        .map(|namespace| naming::job(namespace))
        .collect();
    let in_scope = |rule: &&Rule| only.is_empty() || jobs.contains(&naming::job(&rule.namespace));
    Ok(config.rules.iter().filter(in_scope).cloned().collect())
}
