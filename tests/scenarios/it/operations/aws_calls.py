"""Holds calls of AWS's command line against botocore's models, from which that makes its commands: the service,
the operation, its parameters, and those that it requires. CALLS is set before this text. Prints a list of
complaints, at most one for each call."""

import json

import botocore.session
from botocore import xform_name

# What the command line takes with every operation.
EVERYWHERE = {"--cli-input-json", "--output", "--profile", "--query", "--region"}

# Commands that it makes itself out of several operations. No model has them: these are from its manual.
OWN = {
    ("ecr", "get-login-password"): set(),
    ("eks", "update-kubeconfig"): {"--alias", "--kubeconfig", "--name", "--role-arn"},
    ("logs", "tail"): {"--filter-pattern", "--follow", "--format", "--since"},
}

session = botocore.session.get_session()
services = set(session.get_available_services())


def complaint(words):
    if len(words) < 3:
        return "no operation"
    service, operation = words[1:3]
    flags = {word.split("=")[0] for word in words[3:] if word.startswith("--")}
    required = set()
    if (service, operation) in OWN:
        known = OWN[service, operation]
    elif service not in services:
        return f"no service {service}"
    else:
        model = session.get_service_model(service)
        names = {xform_name(name, "-"): name for name in model.operation_names}
        if operation not in names:
            return f"{service} has no operation {operation}"
        shape = model.operation_model(names[operation]).input_shape
        flag = lambda member: "--" + xform_name(member, "-")
        known = {flag(member) for member in shape.members} if shape else set()
        if shape and "--cli-input-json" not in flags:
            required = {flag(member) for member in shape.required_members}
    unknown = flags - known - EVERYWHERE
    if unknown:
        return "no parameter " + ", ".join(sorted(unknown))
    missing = required - flags
    if missing:
        return "without " + ", ".join(sorted(missing))
    return None


complaints = []
for words in json.loads(CALLS):
    found = complaint(words)
    if found:
        complaints.append(" ".join(words) + ": " + found)
print(json.dumps(complaints))
