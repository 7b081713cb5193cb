//! Errors as AWS states them: a code, the shape that carries it, an HTTP status and a message.

use std::borrow::Cow;

use super::operation::Service;

/// One way a service refuses. `name` is the code of the Query protocol and of SDK retry rules,
/// `shape` is the name in `__type` of the CBOR and JSON protocols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) name: Cow<'static, str>,
    pub(crate) shape: Cow<'static, str>,
    pub(crate) status: u16,
}

impl Code {
    const fn new(name: &'static str, shape: &'static str, status: u16) -> Self {
        Self {
            name: Cow::Borrowed(name),
            shape: Cow::Borrowed(shape),
            status,
        }
    }

    /// Whose fault it is, in the word that the Query protocol uses.
    pub(crate) const fn side(&self) -> &'static str {
        if self.status < 500 {
            "Sender"
        } else {
            "Receiver"
        }
    }
}

/// The code of a service that has one name for shape and code.
const fn shape(name: &'static str, status: u16) -> Code {
    Code::new(name, name, status)
}

pub(crate) const ACCESS_DENIED: Code = Code::new("AccessDenied", "AccessDeniedException", 403);
pub(crate) const DECRYPTION_FAILURE: Code = shape("DecryptionFailure", 400);
pub(crate) const ENCRYPTION_FAILURE: Code = shape("EncryptionFailure", 400);
pub(crate) const EXPIRED_TOKEN: Code = Code::new("ExpiredToken", "ExpiredTokenException", 403);
const INTERNAL: Code = Code::new("InternalServiceError", "InternalServiceFault", 500);
pub(crate) const INVALID_ACTION: Code =
    Code::new("InvalidAction", "UnknownOperationException", 400);
pub(crate) const INVALID_COMBINATION: Code = Code::new(
    "InvalidParameterCombination",
    "InvalidParameterCombinationException",
    400,
);
pub(crate) const INVALID_INPUT: Code = Code::new("InvalidInput", "InvalidInputException", 400);
pub(crate) const INVALID_NEXT_TOKEN: Code = Code::new("InvalidNextToken", "InvalidNextToken", 400);
pub(crate) const INVALID_PARAMETER: Code = shape("InvalidParameterException", 400);
pub(crate) const INVALID_REQUEST: Code = shape("InvalidRequestException", 400);
pub(crate) const INVALID_VALUE: Code = Code::new(
    "InvalidParameterValue",
    "InvalidParameterValueException",
    400,
);
pub(crate) const LIMIT_EXCEEDED: Code = Code::new("LimitExceeded", "LimitExceededException", 409);
pub(crate) const LIMIT_EXCEEDED_EXCEPTION: Code = shape("LimitExceededException", 400);
pub(crate) const MALFORMED: Code = Code::new("MalformedInput", "SerializationException", 400);
pub(crate) const MISSING_PARAMETER: Code =
    Code::new("MissingParameter", "MissingRequiredParameterException", 400);
pub(crate) const NO_SUCH_ENTITY: Code = Code::new("NoSuchEntity", "NoSuchEntityException", 404);
pub(crate) const PAGINATION_TOKEN_EXPIRED: Code = Code::new(
    "PaginationTokenExpiredException",
    "PaginationTokenExpiredException",
    400,
);
pub(crate) const RESOURCE_EXISTS: Code = shape("ResourceExistsException", 400);
pub(crate) const RESOURCE_NOT_FOUND: Code = shape("ResourceNotFoundException", 400);
pub(crate) const UNAVAILABLE: Code =
    Code::new("ServiceUnavailable", "ServiceUnavailableException", 503);
pub(crate) const UNKNOWN_CLIENT: Code =
    Code::new("InvalidClientTokenId", "UnrecognizedClientException", 403);
pub(crate) const VALIDATION: Code = Code::new("ValidationError", "ValidationException", 400);

/// The code with which `service` says "too fast".
pub(crate) const fn throttling(service: Service) -> Code {
    match service {
        Service::Tagging => Code::new("ThrottledException", "ThrottledException", 400),
        Service::SecretsManager => shape("ThrottlingException", 400),
        Service::CloudWatch | Service::Sts | Service::Iam => {
            Code::new("Throttling", "ThrottlingException", 400)
        }
    }
}

/// The code with which `service` says that it failed by itself.
pub(crate) const fn internal(service: Service) -> Code {
    match service {
        Service::Iam => Code::new("ServiceFailure", "ServiceFailureException", 500),
        Service::SecretsManager => shape("InternalServiceError", 500),
        Service::CloudWatch | Service::Sts | Service::Tagging => INTERNAL,
    }
}

/// A refusal by a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.name)]
pub struct ServiceError {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl ServiceError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The error code, such as `NoSuchEntity`.
    pub fn code(&self) -> &str {
        &self.code.name
    }

    /// The refusal in the words of `service`: Secrets Manager knows shapes alone, and says 400
    /// whenever it is the client's fault.
    #[must_use]
    pub(crate) fn stated_by(mut self, service: Service) -> Self {
        if service == Service::SecretsManager {
            self.code.name = self.code.shape.clone();
            if self.code.status < 500 {
                self.code.status = 400;
            }
        }
        self
    }

    /// A value of the wrong type or a body that does not parse.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(MALFORMED, message)
    }

    /// The usual 400 for a parameter that is well-formed and not allowed.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(VALIDATION, message)
    }

    /// A required parameter is absent.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(
            MISSING_PARAMETER,
            format!("The parameter {parameter} is required."),
        )
    }
}
