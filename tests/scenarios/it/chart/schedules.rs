//! What the chart's templates refuse of schedules: no pattern of the schema can say it.

use super::helm::render;

const JOB: &str = "jobs.check-consistency";

/// What the chart says against a schedule of the job; `more` are further arguments.
async fn refusal(schedule: &str, more: &[&str]) -> Option<String> {
    // A comma would begin another value.
    let set = format!("{JOB}.schedule={}", schedule.replace(',', "\\,"));
    let set = ["--set", set.as_str()];
    let result = render("prod-e1-1", &[set.as_slice(), more].concat()).await;
    result.err().map(|error| error.to_string())
}

/// A run that may last as long as its period would keep the next one from beginning, and one that may be as late
/// would be counted twice.
#[tokio::test]
async fn a_deadline_that_is_not_within_the_period_is_refused() {
    for (schedule, seconds, refused) in [
        ("*/10 * * * *", 599, None),
        ("*/10 * * * *", 600, Some("the 600 between")),
        // At five and at ten past the hour, and then for long not.
        ("5,10 * * * *", 300, Some("the 300 between")),
        // From 58 on it is four minutes to the next hour.
        ("2-58/8 * * * *", 240, Some("the 240 between")),
        ("2-58/8 * * * *", 239, None),
        ("7 * * * *", 3599, None),
        ("7 * * * *", 3600, Some("the 3600 between")),
        // 23:07 and 01:07.
        ("7 1,23 * * *", 7200, Some("the 7200 between")),
        ("7 1,23 * * *", 7199, None),
        ("08 09 * * *", 86_399, None),
        // What happens within a day is known, and which days there are is not.
        ("0/20 9 * * 1", 1200, Some("the 1200 between")),
        ("7 4 1 * *", 86_400, None),
    ] {
        for deadline in ["activeDeadlineSeconds", "startingDeadlineSeconds"] {
            // The other one is short.
            let deadlines = format!(
                "{JOB}.activeDeadlineSeconds=120,{JOB}.startingDeadlineSeconds=60,{JOB}.{deadline}={seconds}"
            );
            let told = refusal(schedule, &["--set", &deadlines]).await;
            let case = format!("{schedule}, {deadline} {seconds}: {told:?}");
            match (&told, refused) {
                (None, None) => {}
                (Some(told), Some(word)) => {
                    let whose = format!("{JOB}.{deadline}: {seconds} seconds");
                    assert!(told.contains(&whose) && told.contains(word), "{case}");
                }
                (None, Some(_)) | (Some(_), None) => panic!("{case}"),
            }
        }
    }
}

/// The API server refuses the CronJob, in the midst of an installation.
#[tokio::test]
async fn a_range_that_ends_before_it_begins_is_refused() {
    for (schedule, item) in [
        ("50-10 * * * *", Some("50-10")),
        ("7,50-10/5 * * * *", Some("50-10/5")),
        ("7 23-1 * * *", Some("23-1")),
        ("7 4 9-08 * *", Some("9-08")),
        ("7 4 1 NOV-FEB *", Some("NOV-FEB")),
        ("7 4 * * FRI-1", Some("FRI-1")),
        ("8 09-10 1-1 JAN-DEC SUN-6", None),
        // April has no 31st, and May has.
        ("7 4 31 4,5 *", None),
    ] {
        let told = refusal(schedule, &[]).await;
        match (&told, item) {
            (None, None) => {}
            (Some(told), Some(item)) => {
                let word = format!("schedule `{schedule}`: `{item}` ends before it begins");
                assert!(told.contains(&word), "{told}");
            }
            (None, Some(_)) | (Some(_), None) => panic!("{schedule}: {told:?}"),
        }
    }
}
