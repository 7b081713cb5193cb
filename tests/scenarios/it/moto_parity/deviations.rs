//! Where moto differs from AWS.
//!
//! What AWS does is its documentation's word: the constraints of the service models, the pages of
//! the operations, and the quotas. Nothing here was tried on AWS itself.

/// A step whose outcome moto has wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deviation {
    pub(super) step: &'static str,
    /// What AWS does, and our simulator with it.
    pub(super) aws: &'static str,
    /// What moto does.
    pub(super) moto: &'static str,
}

const fn deviation(step: &'static str, aws: &'static str, moto: &'static str) -> Deviation {
    Deviation { step, aws, moto }
}

/// All that are known, in the order of the steps.
pub(super) const DEVIATIONS: &[Deviation] = &[
    // Any text is a status.
    deviation("keys: status Expired", "ValidationError", "ok"),
    deviation("keys: status of no meaning", "ValidationError", "ok"),
    deviation("keys: after odd statuses", "a Active", "a Sleeping"),
    // No key is ever checked.
    deviation(
        "use: sign with an inactive key",
        "InvalidClientTokenId",
        "ok",
    ),
    // `MaxItems` is ignored.
    deviation(
        "use: a page of one key",
        "1 truncated true",
        "2 truncated false",
    ),
    // Keys have a case, and neither characters, lengths nor the quota are checked.
    deviation(
        "tags: after the key in another case",
        "A=upper",
        "A=upper, a=",
    ),
    deviation("tags: a key twice", "InvalidInput", "ok"),
    deviation("tags: a key twice in two cases", "InvalidInput", "ok"),
    deviation("tags: a semicolon in a value", "ValidationError", "ok"),
    deviation("tags: a comma in a value", "ValidationError", "ok"),
    deviation("tags: a semicolon in a key", "ValidationError", "ok"),
    deviation("tags: a value of 257", "ValidationError", "ok"),
    deviation("tags: a key of 129", "ValidationError", "ok"),
    deviation("tags: a reserved key", "InvalidInput", "ok"),
    deviation("tags: fifty-one in one call", "ValidationError", "ok"),
    deviation("tags: fifty more", "LimitExceeded", "ok"),
    // The value under a token can be exchanged, and may be of any size.
    deviation(
        "tokens: the token with other data",
        "ResourceExistsException",
        "ok",
    ),
    deviation("tokens: the value under the token", "two", "other"),
    deviation("tokens: 65537 bytes", "ValidationException", "ok"),
    // The current label can be taken away, after which a secret has no value for its readers.
    deviation(
        "labels: remove the current label",
        "InvalidParameterException",
        "ok",
    ),
    deviation(
        "labels: current still there",
        "a [AWSCURRENT], b [AWSPREVIOUS]",
        "a [AWSPREVIOUS], b []",
    ),
    // Versions without a label are described. (The state above goes on into these steps.)
    deviation(
        "labels: one without a label",
        "a [AWSCURRENT], b [AWSPREVIOUS], d [AWSPENDING]",
        "a [AWSPREVIOUS], b [], c [], d [AWSPENDING]",
    ),
    // Any label but the current one moves without a word on where it is, and stays there as well.
    deviation(
        "labels: move pending without saying from where",
        "InvalidParameterException",
        "ok",
    ),
    deviation(
        "labels: pending is where it was",
        "a [AWSCURRENT], b [AWSPREVIOUS], d [AWSPENDING]",
        "a [AWSPENDING AWSPREVIOUS], b [], c [], d [AWSPENDING]",
    ),
    // A move that fails has taken the label away already.
    deviation(
        "labels: to a version that is not there",
        "ResourceNotFoundException",
        "InvalidParameterException",
    ),
    deviation(
        "labels: mark is where it was",
        "a [AWSCURRENT mark], b [AWSPREVIOUS], d [AWSPENDING]",
        "a [AWSPENDING AWSPREVIOUS], b [], c [], d [AWSPENDING]",
    ),
    // A move that says nothing is one.
    deviation(
        "labels: neither from nor to",
        "InvalidParameterException",
        "ok",
    ),
    deviation(
        "reading: labels at the end",
        "b [AWSPREVIOUS], c [AWSPENDING], d [AWSCURRENT]",
        "a [], b [AWSPREVIOUS], c [AWSPENDING], d [AWSCURRENT]",
    ),
    // A secret that is about to go can be changed.
    deviation("deletion: store", "InvalidRequestException", "ok"),
    deviation("deletion: promote", "InvalidRequestException", "ok"),
];
