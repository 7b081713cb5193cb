//! The policies in `k8s/iam` and the roles in `k8s/rbac` are exactly what the rotation uses: nothing
//! in them is unused, nothing beyond them is asked for, and whichever permission is taken away is
//! missed by its name.

mod follower;
mod missed;
mod pod;
mod rights;
mod whole;

const WRITER: &str = "k8s/iam/policies/rotate-credentials.json";
const FOLLOWER: &str = "k8s/iam/policies/rotate-credentials-follower.json";
