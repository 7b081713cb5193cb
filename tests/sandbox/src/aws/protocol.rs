//! The wire protocols. A protocol recognises its requests, turns a body into a [`Node`] and a
//! response or refusal into bytes; it knows nothing of what an operation means.

pub(crate) mod cbor;
pub(crate) mod json;
pub(crate) mod query;

use self::cbor::CborWriter;
use self::json::JsonWriter;
use self::query::XmlWriter;
use super::error::{Code, ServiceError};
use super::node::Node;
use super::operation::{Operation, Service};
use super::shape::{Shape, Writer};

/// A wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Smithy RPC v2 CBOR.
    Cbor,
    /// AWS JSON 1.0.
    #[serde(rename = "json_1.0")]
    Json10,
    /// AWS JSON 1.1.
    #[serde(rename = "json_1.1")]
    Json11,
    /// Form in, XML out.
    Query,
}

/// A response on the wire.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Protocol {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Cbor => "application/cbor",
            Self::Json10 => "application/x-amz-json-1.0",
            Self::Json11 => "application/x-amz-json-1.1",
            Self::Query => "text/xml",
        }
    }

    /// The headers of every answer, errors included. Go's SDK refuses CBOR without its own.
    fn headers(self, request_id: &str) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("content-type", self.content_type().to_owned()),
            ("x-amzn-requestid", request_id.to_owned()),
        ];
        if self == Self::Cbor {
            headers.push(("smithy-protocol", "rpc-v2-cbor".to_owned()));
        }
        headers
    }

    /// Reads a request body.
    pub(crate) fn decode(self, body: &[u8]) -> Result<Node<'_>, ServiceError> {
        match self {
            Self::Cbor => cbor::decode(body),
            Self::Json10 | Self::Json11 => json::decode(body),
            Self::Query => query::decode(body),
        }
    }

    /// Writes a response.
    pub(crate) fn encode(
        self,
        operation: Operation,
        request_id: &str,
        response: &impl Shape,
        size_hint: usize,
    ) -> Encoded {
        let body = match self {
            Self::Cbor => {
                let mut w = CborWriter::with_capacity(size_hint);
                w.structure(|w| response.members(w));
                w.into_bytes()
            }
            Self::Json10 | Self::Json11 => {
                let mut w = JsonWriter::with_capacity(size_hint);
                w.structure(|w| response.members(w));
                w.into_bytes()
            }
            Self::Query => {
                let mut w = XmlWriter::with_capacity(size_hint.saturating_mul(2));
                let namespace = format!(" xmlns=\"{}\"", operation.service().xml_namespace());
                w.element(&format!("{operation}Response"), &namespace, |w| {
                    if operation.has_output() {
                        w.element(&format!("{operation}Result"), "", |w| response.members(w));
                    }
                    w.element("ResponseMetadata", "", |w| {
                        w.text_member("RequestId", request_id);
                    });
                });
                w.into_bytes()
            }
        };
        Encoded {
            status: 200,
            headers: self.headers(request_id),
            body,
        }
    }

    /// Writes a refusal.
    pub(crate) fn encode_error(
        self,
        service: Service,
        request_id: &str,
        error: &ServiceError,
    ) -> Encoded {
        let ServiceError { code, message } = error;
        let mut headers = self.headers(request_id);
        let body = match self {
            Self::Cbor => {
                headers.push(query_error(code));
                let mut w = CborWriter::with_capacity(256);
                let shape = format!("{}#{}", service.shape_namespace(), code.shape);
                w.structure(|w| typed_error(w, &shape, message));
                w.into_bytes()
            }
            Self::Json10 | Self::Json11 => {
                if service.has_spoken_query() {
                    headers.push(query_error(code));
                }
                headers.push(("x-amzn-errortype", code.shape.to_string()));
                let mut w = JsonWriter::with_capacity(256);
                let shape = format!("{}#{}", service.shape_namespace(), code.shape);
                w.structure(|w| typed_error(w, &shape, message));
                w.into_bytes()
            }
            Self::Query => {
                let mut w = XmlWriter::with_capacity(512);
                let namespace = format!(" xmlns=\"{}\"", service.xml_namespace());
                w.element("ErrorResponse", &namespace, |w| {
                    w.member("Error", |w| {
                        w.text_member("Type", code.side());
                        w.text_member("Code", &code.name);
                        w.text_member("Message", message);
                    });
                    w.text_member("RequestId", request_id);
                });
                w.into_bytes()
            }
        };
        Encoded {
            status: code.status,
            headers,
            body,
        }
    }
}

/// The header by which services that once spoke Query keep their old error codes.
fn query_error(code: &Code) -> (&'static str, String) {
    (
        "x-amzn-query-error",
        format!("{};{}", code.name, code.side()),
    )
}

fn typed_error(w: &mut impl Writer, shape: &str, message: &str) {
    w.text_member("__type", shape);
    w.text_member("message", message);
}
