"""Checks the simulated AWS with boto3, a client that was written by its makers.

Usage: boto3_check.py [ENDPOINT [NOW]]   (defaults: AWS_ENDPOINT_URL and the system's clock)

Expects the content of content/company.yaml. Exits with 1 and one line per broken expectation.
"""

import os
import sys
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1] if len(sys.argv) > 1 else os.environ["AWS_ENDPOINT_URL"]
NOW = datetime.fromisoformat(sys.argv[2]) if len(sys.argv) > 2 else datetime.now(timezone.utc)
# Whole minutes, so that the number of bins does not depend on the second.
END = NOW.replace(second=0, microsecond=0) - timedelta(minutes=10)
START = END - timedelta(minutes=10)
WINDOW = {"StartTime": START, "EndTime": END}
BASIC = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]

failures = []
passed = 0


def expect(what, found, expected):
    global passed
    if found == expected:
        passed += 1
    else:
        failures.append(f"{what}: expected {expected!r}, found {found!r}")


def expect_refusal(what, code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
    else:
        expect(what, "no error", code)


def client(service, key="AKIAEXAMPLE000000000", secret="sandbox", token=None):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 1}),
    )


def dims(**values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


def query(identifier, namespace, name, dimensions, stat="Average", period=60):
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


EFS = dims(FileSystemId="fs-0da12c5381f11d884")
cloudwatch = client("cloudwatch")


def list_metrics():
    pages = cloudwatch.get_paginator("list_metrics")

    def listed(**arguments):
        return [m for page in pages.paginate(**arguments) for m in page["Metrics"]]

    picked = listed(
        Namespace="AWS/ES",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "DomainName"}, {"Name": "NodeId"}, {"Name": "ClientId"}],
        RecentlyActive="PT3H",
    )
    expect("nodes listed", len(picked), 12)
    by_domain = listed(
        Namespace="AWS/ES",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "DomainName", "Value": "prod-buildsense"}],
    )
    sets = sorted({len(metric["Dimensions"]) for metric in by_domain})
    expect("metrics with additional dimensions are listed", sets, [2, 3])
    gone = [m for m in listed(Namespace="AWS/ES") if "kT3vQ9wLR0a0" in str(m)]
    expect("a metric without data for two weeks is not listed", gone, [])
    expect("an unknown namespace is empty", listed(Namespace="AWS/Nothing"), [])
    expect_refusal(
        "a token that nobody issued", "InvalidNextToken", cloudwatch.list_metrics, NextToken="x"
    )


def get_metric_data():
    queries = [
        query(f"q{number}", "AWS/EFS", "MeteredIOBytes", EFS, stat)
        for number, stat in enumerate([*BASIC, "p50", "TM(0%:50%)"])
    ]
    absent = query("absent", "AWS/EFS", "MeteredIOBytes", dims(FileSystemId="fs-none"))
    response = cloudwatch.get_metric_data(MetricDataQueries=[*queries, absent], **WINDOW)
    results = {result["Id"]: result for result in response["MetricDataResults"]}
    newest = {identifier: result["Values"][:1] for identifier, result in results.items()}
    expected = {
        "q0": [60.0],
        "q1": [1118208 / 3],
        "q2": [1118208.0 * 20],
        "q3": [4096.0],
        "q4": [1048576.0],
        "q5": [65536.0],
        "q6": [(4096 * 20 + 65536 * 10) / 30],
        "absent": [],
    }
    expect("newest values", newest, expected)
    expect("every result is complete", {r["StatusCode"] for r in results.values()}, {"Complete"})
    minutes = [(START + timedelta(minutes=minute)) for minute in reversed(range(10))]
    expect("timestamps newest first, end exclusive", results["q0"]["Timestamps"], minutes)

    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, MaxDatapoints=7, **WINDOW
    )
    joined, statuses = {}, set()
    for page in pages:
        expect("datapoints fit the page", sum(len(r["Values"]) for r in page["MetricDataResults"]) <= 7, True)
        for result in page["MetricDataResults"]:
            joined.setdefault(result["Id"], []).extend(result["Values"])
            statuses.add(result["StatusCode"])
    whole = {q["Id"]: results[q["Id"]]["Values"] for q in queries}
    expect("pages joined are the whole", joined, whole)
    expect("statuses of pages", statuses, {"Complete", "PartialData"})

    many = [query(f"m{number}", "AWS/EFS", "ClientConnections", EFS) for number in range(501)]
    full = cloudwatch.get_metric_data(MetricDataQueries=many[:500], **WINDOW)
    expect("500 queries are answered", len(full["MetricDataResults"]), 500)
    for what, bad in [
        ("501 queries", many),
        ("an id twice", [many[0], many[0]]),
        ("an id with a capital first", [{**many[0], "Id": "Q0"}]),
        ("an unknown statistic", [query("q", "AWS/EFS", "ClientConnections", EFS, "Median")]),
        ("a period of 45 seconds", [query("q", "AWS/EFS", "ClientConnections", EFS, "Sum", 45)]),
    ]:
        expect_refusal(
            what, "ValidationError", cloudwatch.get_metric_data, MetricDataQueries=bad, **WINDOW
        )


def get_metric_statistics():
    response = cloudwatch.get_metric_statistics(
        Namespace="AWS/EFS",
        MetricName="ClientConnections",
        Dimensions=EFS,
        Period=300,
        Statistics=BASIC,
        ExtendedStatistics=["p99"],
        **WINDOW,
    )
    points = sorted(response["Datapoints"], key=lambda point: point["Timestamp"])
    expected = {
        "Timestamp": START,
        "SampleCount": 5.0,
        "Average": 18.0,
        "Sum": 90.0,
        "Minimum": 18.0,
        "Maximum": 18.0,
        "Unit": "Count",
        "ExtendedStatistics": {"p99": 18.0},
    }
    expect("first bin", points[0], expected)
    expect("two bins", len(points), 2)
    expect_refusal(
        "1,441 datapoints",
        "InvalidParameterCombination",
        cloudwatch.get_metric_statistics,
        Namespace="AWS/EFS",
        MetricName="ClientConnections",
        Dimensions=EFS,
        Period=60,
        Statistics=["Sum"],
        StartTime=END - timedelta(minutes=1441),
        EndTime=END,
    )


def get_resources():
    tagging = client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources")

    def found(**arguments):
        listed = [r for page in pages.paginate(**arguments) for r in page["ResourceTagMappingList"]]
        return [resource["ResourceARN"].rsplit(":", 1)[1] for resource in listed]

    balancers = found(ResourceTypeFilters=["elasticloadbalancing:loadbalancer"])
    expect("resources of a type", len(balancers), 2)
    filters = [{"Key": "env", "Values": ["prod"]}, {"Key": "toolchain_product"}]
    expect(
        "tag filters are joined by and",
        found(TagFilters=filters),
        ["loadbalancer/app/prod-remoting/9f2ac0d81e77b3aa", "prod-buildsense-dynamodb-to-es"],
    )
    expect("pages of one joined", len(found(PaginationConfig={"PageSize": 1})), 7)
    expect_refusal(
        "a token that nobody issued",
        "PaginationTokenExpiredException",
        tagging.get_resources,
        PaginationToken="x",
    )


def accounts():
    sts = client("sts")
    expect("caller's account", sts.get_caller_identity()["Account"], "123456789012")
    role = "arn:aws:iam::123456789012:role/k8s.prod-e1-1.monitoring.cloudwatch.service"
    assumed = sts.assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
    expect("credentials outlast the run", assumed["Expiration"] > NOW + timedelta(minutes=50), True)
    session = client(
        "cloudwatch", assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]
    )
    listed = session.list_metrics(Namespace="AWS/EFS", MetricName="ClientConnections")["Metrics"]
    expect("a role reads metrics", len(listed), 5)
    expect_refusal(
        "an unknown role",
        "AccessDenied",
        sts.assume_role,
        RoleArn="arn:aws:iam::123456789012:role/nobody",
        RoleSessionName="check",
    )
    expect("alias", client("iam").list_account_aliases()["AccountAliases"], ["company-prod"])


for check in (list_metrics, get_metric_data, get_metric_statistics, get_resources, accounts):
    try:
        check()
    except Exception as error:  # one broken check must not hide the others
        failures.append(f"{check.__name__}: {type(error).__name__}: {error}")

for failure in failures:
    print(f"boto3 {boto3.__version__}: {failure}", file=sys.stderr)
print(f"boto3 {boto3.__version__}: {passed} expectations held, {len(failures)} did not")
sys.exit(1 if failures else 0)
