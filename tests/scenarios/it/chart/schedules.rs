//! What the chart's templates refuse of schedules: no pattern of the schema can say it.

use super::helm::render;

const JOB: &str = "jobs.check-consistency";

/// What the chart says against a schedule of the job; `more` are further arguments.
async fn refusal(schedule: &str, more: &[&str]) -> Option<String> {
    // A comma would begin another value.
    let schedule = schedule.replace(',', "\\,");
    // Whatever the schedule, the job is not stale before its next run.
    let set = format!("{JOB}.schedule={schedule},{JOB}.staleAfterSeconds=99999999");
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

/// Else a job is told between two good runs to have had none for too long.
#[tokio::test]
async fn a_job_that_is_stale_before_its_next_run_is_refused() {
    for (schedule, longest) in [
        ("*/10 * * * *", 600),
        // It is the longest wait that counts: from ten past to five past.
        ("5,10 * * * *", 3300),
        ("0 */6 * * *", 21_600),
        // From 01:07 to 23:07.
        ("7 1,23 * * *", 79_200),
        ("08 09 * * *", 86_400),
        // A week, and a weekend.
        ("7 4 * * MON", 7 * 86_400),
        ("7 4 ? * 1-FRI", 3 * 86_400),
        ("0/20 9 * * 1", 7 * 86_400 - 2400),
        ("7 4 * * 0,3", 4 * 86_400),
        // A month of 31 days, its second half, and its days 1, 11, 21 and 31.
        ("7 4 1 * *", 31 * 86_400),
        ("7 4 1,15 * ?", 17 * 86_400),
        ("7 4 */10 * *", 10 * 86_400),
        // What no calendar is asked for is a day at least.
        ("7 4 1 * MON", 86_400),
        ("7 4 * JAN *", 86_400),
    ] {
        for (seconds, is_refused) in [(longest, true), (longest + 1, false)] {
            let set = format!(
                "{JOB}.activeDeadlineSeconds=120,{JOB}.startingDeadlineSeconds=60,{JOB}.staleAfterSeconds={seconds}"
            );
            let told = refusal(schedule, &["--set", &set]).await;
            let case = format!("{schedule}, {seconds}: {told:?}");
            assert_eq!(told.is_some(), is_refused, "{case}");
            if let Some(told) = told {
                let twice = 2 * longest;
                let word = format!(
                    "{JOB}.staleAfterSeconds: {seconds} seconds are not more than the {longest} between two runs of \
                     `{schedule}`: raise it, to more than {twice} if one run may fail before"
                );
                assert!(told.contains(&word), "{case}");
            }
        }
    }
}

/// The limit that every cluster has does not fit any schedule that one of them is given.
#[tokio::test]
async fn a_rarer_schedule_alone_is_refused() {
    let set = format!("{JOB}.schedule=0 */6 * * *");
    let told = render("prod-e1-1", &["--set", &set]).await.unwrap_err();
    let word = format!("{JOB}.staleAfterSeconds: 7200 seconds");
    assert!(told.to_string().contains(&word), "{told}");
    // Nobody waits for a job that does not run.
    let set = format!("{set},{JOB}.enabled=false");
    render("prod-e1-1", &["--set", &set]).await.unwrap();
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
