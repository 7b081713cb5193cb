//! From an HTTP request to the bytes of an answer: recognise, authenticate, limit, strike, perform,
//! log, encode.

use http::request::Parts;
use http::{HeaderMap, Method};
use tokio::time::Instant;

use super::caller::Caller;
use super::calls::Call;
use super::error::{self, ServiceError};
use super::faults::Transport;
use super::iam::KeyUse;
use super::node::Node;
use super::operation::{Operation, Service};
use super::operations::{Context, Request, Usage};
use super::protocol::{Encoded, Protocol};
use super::state::State;

/// An answer and how it travels.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) encoded: Encoded,
    pub(crate) transport: Transport,
    /// When it may leave.
    pub(crate) due: Instant,
}

/// A request that was recognised.
struct Route {
    protocol: Protocol,
    service: Service,
    operation: String,
}

/// Answers one request that arrived at `arrived`.
pub(crate) fn answer(state: &State, parts: &Parts, body: &[u8], arrived: Instant) -> Reply {
    let sequence = state.next_call();
    let request_id = format!("00000000-0000-4000-8000-{sequence:012x}");
    let Some(route) = recognise(parts, body) else {
        let what = format!("{} {}", parts.method, parts.uri);
        return unrecognised(
            state,
            Protocol::Json10,
            Service::CloudWatch,
            &request_id,
            what,
        );
    };
    let Some(operation) = Operation::of(route.service, &route.operation) else {
        let what = format!("{:?} {}", route.service, route.operation);
        return unrecognised(state, route.protocol, route.service, &request_id, what);
    };
    let mut exchange = Exchange {
        state,
        protocol: route.protocol,
        operation,
        request_id: &request_id,
        arrived,
        reply: None,
        call: Call {
            sequence,
            at: state.now(),
            operation,
            protocol: route.protocol,
            account: String::new(),
            region: String::new(),
            subject: String::new(),
            queries: 0,
            billed_metrics: 0,
            datapoints: 0,
            status: 200,
            error: None,
            fault: None,
        },
    };
    let outcome = exchange.perform(&parts.headers, body);
    exchange.finish(outcome)
}

/// One call of an operation on its way through.
struct Exchange<'s> {
    state: &'s State,
    protocol: Protocol,
    operation: Operation,
    request_id: &'s str,
    arrived: Instant,
    reply: Option<(Transport, Instant)>,
    call: Call,
}

impl Exchange<'_> {
    fn perform(&mut self, headers: &HeaderMap, body: &[u8]) -> Result<Encoded, ServiceError> {
        let world = self.state.world();
        let credential = Credential::of(headers);
        let region = credential.region.unwrap_or(&world.region);
        let ledger = self.state.ledger();
        let at = self.call.at;
        let caller = Caller::identify(&world, &ledger, credential.access_key, at)?;
        let account = caller.account;
        if let (Some(_), Some(key)) = (&caller.user, credential.access_key) {
            let used = KeyUse {
                at,
                service: self.operation.service().endpoint_prefix().to_owned(),
                region: region.to_owned(),
            };
            ledger.iam().record_use(key, used, at);
        }
        self.call.account = account.id.to_string();
        region.clone_into(&mut self.call.region);
        let node: Node<'_> = self.protocol.decode(body)?;
        let mut request = Request::read(self.operation, &node)?;
        self.call.subject = request.subject();
        self.call.queries = u64::try_from(request.queries()).unwrap_or(u64::MAX);

        if !self
            .state
            .throttle()
            .admit(&account.id, region, self.operation, self.arrived)
        {
            let code = error::throttling(self.operation.service());
            return Err(ServiceError::new(code, "Rate exceeded"));
        }
        let struck = self
            .state
            .faults()
            .strike(self.operation, &account.id, &request);
        self.call.fault = struck.names();
        let (transport, delay) = struck.transport();
        let latency = self.state.latency.of(request.queries(), self.call.sequence);
        self.reply = Some((transport, self.arrived + latency + delay));
        let context = Context {
            world: &world,
            ledger: &ledger,
            account,
            caller: &caller,
            region,
            at,
            now: at.as_second(),
        };
        struck.refusal(self.operation, &caller)?;
        caller.authorise(&request.needs(self.operation, &context))?;
        struck.bend_request(&mut request);

        let mut response = request.run(&context)?;
        struck.regret(self.operation)?;
        struck.bend_response(&mut response);
        let Usage {
            queries,
            billed_metrics,
            datapoints,
        } = response.usage(&request);
        self.call.queries = queries;
        self.call.billed_metrics = billed_metrics;
        self.call.datapoints = datapoints;
        let size = response.size_hint();
        Ok(self
            .protocol
            .encode(self.operation, self.request_id, &response, size))
    }

    fn finish(mut self, outcome: Result<Encoded, ServiceError>) -> Reply {
        let encoded = outcome.unwrap_or_else(|error| {
            let error = error.stated_by(self.operation.service());
            self.call.error = Some(error.code.name.to_string());
            let service = self.operation.service();
            self.protocol.encode_error(service, self.request_id, &error)
        });
        self.call.status = encoded.status;
        // A call that was refused early still takes the time that any call takes.
        let base = self.arrived + self.state.latency.of(0, self.call.sequence);
        let (transport, due) = self.reply.unwrap_or((Transport::Whole, base));
        self.state.log().calls.push(self.call);
        Reply {
            encoded,
            transport,
            due,
        }
    }
}

fn unrecognised(
    state: &State,
    protocol: Protocol,
    service: Service,
    request_id: &str,
    what: String,
) -> Reply {
    let message = format!("The action {what} is not valid for this web service.");
    state.log().unrecognised.push(what);
    let error = ServiceError::new(error::INVALID_ACTION, message);
    let encoded = protocol.encode_error(service, request_id, &error);
    Reply {
        encoded,
        transport: Transport::Whole,
        due: Instant::now(),
    }
}

fn recognise(parts: &Parts, body: &[u8]) -> Option<Route> {
    if parts.method != Method::POST {
        return None;
    }
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if header("smithy-protocol") == Some("rpc-v2-cbor") {
        let path = parts.uri.path().strip_prefix("/service/")?;
        let (target, operation) = path.split_once("/operation/")?;
        let service = Service::from_target(target)?;
        return Some(Route {
            protocol: Protocol::Cbor,
            service,
            operation: operation.to_owned(),
        });
    }
    if let Some(target) = header("x-amz-target") {
        let (target, operation) = target.split_once('.')?;
        let protocol = match header("content-type")? {
            "application/x-amz-json-1.0" => Protocol::Json10,
            "application/x-amz-json-1.1" => Protocol::Json11,
            _ => return None,
        };
        let service = Service::from_target(target)?;
        return Some(Route {
            protocol,
            service,
            operation: operation.to_owned(),
        });
    }
    if !header("content-type")?.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let field = |name: &str| {
        form_urlencoded::parse(body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let service = Service::from_query_version(&field("Version")?)?;
    let operation = field("Action")?.into_owned();
    Some(Route {
        protocol: Protocol::Query,
        service,
        operation,
    })
}

/// Key and region of a signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. The signature
/// itself is not checked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Credential<'h> {
    access_key: Option<&'h str>,
    region: Option<&'h str>,
}

impl<'h> Credential<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        let scope = headers
            .get(http::header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once("Credential="))
            .map(|(_, scope)| scope.split(',').next().unwrap_or(scope));
        let Some(scope) = scope else {
            return Self::default();
        };
        let mut parts = scope.trim().split('/');
        Self {
            access_key: parts.next(),
            region: parts.nth(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_region_are_read_from_the_credential_scope() {
        let mut headers = HeaderMap::new();
        assert_eq!(Credential::of(&headers), Credential::default());
        let value = "AWS4-HMAC-SHA256 Credential=AKIA1/20261124/eu-west-1/monitoring/aws4_request, \
                     SignedHeaders=host, Signature=0";
        headers.insert(http::header::AUTHORIZATION, value.parse().unwrap());
        let expected = Credential {
            access_key: Some("AKIA1"),
            region: Some("eu-west-1"),
        };
        assert_eq!(Credential::of(&headers), expected);
    }
}
