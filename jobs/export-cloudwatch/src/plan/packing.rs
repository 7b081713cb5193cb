//! Puts units into calls: whole, within AWS's limits, few or fast.
//!
//! `GetMetricData` is billed by metric, never by call, and a call takes longer the more queries it
//! holds. So the fewest calls are the slowest: the same units spread over more calls come back
//! sooner for the same money, as long as the calls stay within the rate that the account allows.

use super::unit::Unit;
use super::window::{Window, floor_to, points};

/// Queries that one call may hold.
pub const QUERIES_PER_CALL: usize = 500;

/// Datapoints that one call may return; with more, AWS answers in pages.
pub const POINTS_PER_CALL: u64 = 100_800;

/// Below this, a call's fixed share of the time outweighs what smaller calls save.
const FEWEST_QUERIES_WORTH_A_CALL: usize = 50;

/// Periods whose common multiple is longer than this do not share a window.
const LONGEST_COMMON_PERIOD: i64 = 86_400;

/// One `GetMetricData` request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Inclusive, seconds since the epoch.
    pub start: i64,
    /// Exclusive, seconds since the epoch.
    pub end: i64,
    /// Positions of its units in the plan.
    pub units: Vec<usize>,
    /// Queries in it.
    pub queries: usize,
    /// Most datapoints that it can return.
    pub points: u64,
}

/// Whether to use few calls or to be done soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Calls {
    /// As many small calls as the rate limit allows without waiting longer for it.
    Fastest,
    /// As few calls as AWS's limits allow, for accounts whose quota is shared.
    Fewest,
}

/// What is known about the service when calls are counted out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Calls that may start at once.
    pub burst: u32,
    /// Calls a second after that.
    pub per_second: u32,
    /// Time of a call without queries, in seconds.
    pub seconds_per_call: f64,
    /// Additional time for each query, in seconds.
    pub seconds_per_query: f64,
}

impl Pace {
    /// Within the account's 50 calls a second, with room for other users of the quota.
    pub const DEFAULT: Self = Self {
        burst: 40,
        per_second: 40,
        seconds_per_call: 0.05,
        seconds_per_query: 0.0005,
    };

    /// Expected time until the last of so many calls is answered, when the largest of them holds
    /// `largest` queries.
    pub fn seconds(&self, calls: usize, largest: usize) -> f64 {
        let [calls, largest] = [calls, largest].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        if calls == 0 {
            return 0.0;
        }
        let waiting = f64::from(calls.saturating_sub(self.burst)) / f64::from(self.per_second);
        waiting + self.seconds_per_call + self.seconds_per_query * f64::from(largest)
    }

    /// Expected time until the last of these calls is answered.
    pub fn seconds_for(&self, calls: &[Call]) -> f64 {
        self.seconds(
            calls.len(),
            calls.iter().map(|call| call.queries).max().unwrap_or(0),
        )
    }
}

/// Units that share one window.
#[derive(Debug)]
pub(super) struct Group {
    start: i64,
    end: i64,
    common_period: i64,
    units: Vec<usize>,
}

impl Group {
    fn points_of(&self, unit: &Unit) -> u64 {
        points(self.start, self.end, unit.period)
            * u64::try_from(unit.queries()).unwrap_or(u64::MAX)
    }

    /// The call count that no packing can undercut.
    fn bound(&self, units: &[Unit]) -> usize {
        let members = || self.units.iter().filter_map(|at| units.get(*at));
        let queries: usize = members().map(Unit::queries).sum();
        let points: u64 = members().map(|unit| self.points_of(unit)).sum();
        let by_points = usize::try_from(points.div_ceil(POINTS_PER_CALL)).unwrap_or(usize::MAX);
        queries.div_ceil(QUERIES_PER_CALL).max(by_points)
    }

    /// Both as one, if one window can serve them and that saves calls.
    fn merged(&self, other: &Self, units: &[Unit], now: jiff::Timestamp) -> Option<Self> {
        let common_period = lowest_common_multiple(self.common_period, other.common_period)?;
        let start = floor_to(self.start.min(other.start), common_period);
        let end = self.end.max(other.end);
        let merged = Self {
            start,
            end,
            common_period,
            units: self.units.iter().chain(&other.units).copied().collect(),
        };
        let served = merged
            .units
            .iter()
            .filter_map(|at| units.get(*at))
            .all(|unit| {
                let kept = Window::is_kept(unit.period, start, now)
                    || !Window::is_kept(unit.period, unit.start, now);
                kept && merged.points_of(unit) <= POINTS_PER_CALL
            });
        let saves = merged.bound(units) < self.bound(units) + other.bound(units);
        (served && saves).then_some(merged)
    }
}

fn lowest_common_multiple(a: i64, b: i64) -> Option<i64> {
    let (mut divisor, mut rest) = (a, b);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    Some(a / divisor * b).filter(|multiple| *multiple <= LONGEST_COMMON_PERIOD)
}

/// Groups units by window, then lets windows share calls where that needs fewer of them.
pub(super) fn group(units: &[Unit], now: jiff::Timestamp) -> Vec<Group> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|at| {
        units
            .get(*at)
            .map(|unit| (unit.start, unit.end, unit.period))
    });
    let mut groups: Vec<Group> = Vec::new();
    for at in order {
        let Some(unit) = units.get(at) else { continue };
        match groups.last_mut() {
            Some(last) if (last.start, last.end) == (unit.start, unit.end) => {
                // The start is a multiple of both periods already: each floors its own.
                match lowest_common_multiple(last.common_period, unit.period) {
                    Some(multiple) if last.start % multiple == 0 => {
                        last.common_period = multiple;
                        last.units.push(at);
                    }
                    _ => groups.push(Group::of(at, unit)),
                }
            }
            _ => groups.push(Group::of(at, unit)),
        }
    }
    let mut shared: Vec<Group> = Vec::new();
    for group in groups {
        let merged = shared.iter().enumerate().find_map(|(at, candidate)| {
            candidate
                .merged(&group, units, now)
                .map(|merged| (at, merged))
        });
        match merged {
            Some((at, merged)) => {
                if let Some(place) = shared.get_mut(at) {
                    *place = merged;
                }
            }
            None => shared.push(group),
        }
    }
    shared
}

impl Group {
    fn of(at: usize, unit: &Unit) -> Self {
        Self {
            start: unit.start,
            end: unit.end,
            common_period: unit.period,
            units: vec![at],
        }
    }
}

/// Packs every group with at most `capacity` queries a call, the largest units first, each into the
/// first call with room for it. A unit larger than `capacity` still gets a call of its own.
pub(super) fn pack(groups: &[Group], units: &[Unit], capacity: usize) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    for group in groups {
        let mut members: Vec<(usize, &Unit)> = group
            .units
            .iter()
            .filter_map(|at| Some((*at, units.get(*at)?)))
            .collect();
        // Stable: metrics of one rule stay together, which keeps a failing call's blame small.
        members.sort_by_key(|(_, unit)| std::cmp::Reverse(unit.queries()));
        let mut open: Vec<Call> = Vec::new();
        for (at, unit) in members {
            let (queries, points) = (unit.queries(), group.points_of(unit));
            let room = open.iter_mut().find(|call| {
                call.queries + queries <= capacity && call.points + points <= POINTS_PER_CALL
            });
            match room {
                Some(call) => {
                    call.units.push(at);
                    call.queries += queries;
                    call.points += points;
                }
                None => open.push(Call {
                    start: group.start,
                    end: group.end,
                    units: vec![at],
                    queries,
                    points,
                }),
            }
            // A call that is full is not looked at again: keeps the search short for thousands.
            calls.extend(open.extract_if(.., |call| call.queries >= capacity));
        }
        calls.append(&mut open);
    }
    calls
}

/// The packing whose last answer is expected soonest: more, smaller calls until waiting for the rate
/// limit eats what they save. Starts from the packing with the `fewest` calls and never does worse.
pub(super) fn spread(
    groups: &[Group],
    units: &[Unit],
    fewest: Vec<Call>,
    pace: &Pace,
) -> Vec<Call> {
    let queries: usize = units.iter().map(Unit::queries).sum();
    let largest = units.iter().map(Unit::queries).max().unwrap_or(1).max(1);
    let most = queries.div_ceil(FEWEST_QUERIES_WORTH_A_CALL);
    // A quarter more each time: close enough to the best, and a dozen packings at most. The burst
    // is where the time has its kink.
    let burst = usize::try_from(pace.burst).unwrap_or(usize::MAX);
    let steps = std::iter::successors(Some(fewest.len().max(1)), |calls| {
        Some(calls + calls.div_ceil(4))
    })
    .take_while(|calls| *calls < most)
    .chain([burst.min(most), most]);
    let mut best = (pace.seconds_for(&fewest), fewest);
    for calls in steps.filter(|calls| *calls > 0) {
        // Whole units of the largest size, so that what does not fit does not spill into more calls.
        let capacity = queries.div_ceil(calls).div_ceil(largest) * largest;
        let packed = pack(groups, units, capacity.min(QUERIES_PER_CALL));
        let seconds = pace.seconds_for(&packed);
        // Less than a millisecond is no reason for more calls.
        if seconds + 0.001 < best.0 || (seconds <= best.0 && packed.len() < best.1.len()) {
            best = (seconds, packed);
        }
    }
    best.1
}
