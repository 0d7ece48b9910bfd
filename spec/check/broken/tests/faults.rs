//! The check finds each fault by the clause that it breaks, in the stage where it belongs, and finds nothing else.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use parlour_check::asked::Asked;
use parlour_check::limits::Limits;
use parlour_check::outcome::Stage::{
    self, Broadcast, Errors, Framing, Join, ListAndQuit, Load, Order, Private,
};
use parlour_check::outcome::{Profile, Run, Verdict};
use parlour_check::server::{Options, Target, check};
use parlour_spec::Document;

/// Each server, the clause that catches it, and the stage in which it is caught.
const CAUGHT: &[(&str, &str, Stage)] = &[
    ("second_connection_dropped", "CONN-2", Join),
    ("connections_unlimited", "CONN-3", Load),
    ("visitors_stay_for_ever", "JOIN-5", Load),
    ("join_clock_not_stopped", "JOIN-5", Load),
    ("stops_without_a_word", "SHUT-1", Load),
    ("joined_not_told_to_joiner", "JOIN-1", Join),
    ("joined_not_told_to_others", "JOIN-1", Join),
    ("full_in_other_words", "JOIN-3", Join),
    ("eleven_seats", "JOIN-3", Join),
    ("eleven_seats_in_a_race", "JOIN-3", Load),
    ("one_name_twice_in_a_race", "JOIN-2", Load),
    ("names_compared_exactly", "NAME-4", Errors),
    ("lookalikes_taken", "NAME-4", Errors),
    ("name_not_normalized", "NAME-1", Errors),
    ("reserved_names_taken", "NAME-5", Errors),
    ("long_names_taken", "NAME-1", Errors),
    ("any_character_in_names", "NAME-2", Errors),
    ("marks_refused", "NAME-7", Errors),
    ("piles_taken", "NAME-7", Errors),
    ("order_of_marks_kept", "NAME-4", Errors),
    ("broadcast_missed_by_its_sender", "BCST-1", Broadcast),
    ("broadcast_told_to_visitors", "ORDER-2", Broadcast),
    ("visitor_may_broadcast", "STATE-2", Errors),
    ("text_trimmed", "BCST-1", Broadcast),
    ("spaces_in_a_text_squashed", "MESG-1", Private),
    ("private_leaked", "MESG-2", Private),
    ("private_echoed", "MESG-2", Private),
    ("mesg_to_nobody_is_silent", "ADDR-1", Private),
    ("addressee_found_exactly", "ADDR-1", Private),
    ("addressee_shown_as_typed", "ADDR-1", Private),
    ("list_sorted", "LIST-1", ListAndQuit),
    ("list_stale", "QUIT-1", ListAndQuit),
    ("list_takes_nothing_after_it", "GRAM-2", Errors),
    ("name_freed_too_late", "QUIT-1", ListAndQuit),
    ("close_missing", "CONN-4", ListAndQuit),
    ("close_without_its_end", "CONN-4", ListAndQuit),
    ("close_cut_off", "LINE-1", ListAndQuit),
    ("something_after_close", "CONN-4", ListAndQuit),
    ("left_told_to_leaver", "CONN-4", ListAndQuit),
    ("ghost_after_a_reset", "CONN-6", ListAndQuit),
    ("ghost_after_a_half_close", "CONN-5", ListAndQuit),
    ("half_close_cuts_off", "CONN-5", ListAndQuit),
    ("reset_not_announced", "CONN-6", ListAndQuit),
    ("leaving_announced_twice", "QUIT-1", ListAndQuit),
    ("verbs_in_capitals_only", "GRAM-1", Errors),
    ("spaces_kept_in_name", "GRAM-2", Errors),
    ("refusal_closes", "ERR-1", Errors),
    ("refusal_hangs", "ERR-1", Errors),
    ("unknown_codes", "GRAM-3", Errors),
    ("error_told_to_all", "ERR-1", Errors),
    ("control_characters_let_through", "LINE-4", Framing),
    ("line_separators_let_through", "LINE-4", Framing),
    ("invalid_utf8_kills", "ERR-1", Errors),
    ("empty_line_crashes", "LINE-5", Framing),
    ("empty_line_answered", "LINE-5", Framing),
    ("help_in_another_order", "HELP-1", ListAndQuit),
    ("pong_without_its_word", "PING-1", ListAndQuit),
    ("member_joins_again", "STATE-2", Errors),
    ("split_line_mangled", "LINE-7", Framing),
    ("second_verb_in_a_segment_lost", "LINE-7", Framing),
    ("cr_kept", "LINE-1", Framing),
    ("cr_lf_cut_apart", "LINE-7", Framing),
    ("utf8_cut_apart", "LINE-7", Framing),
    ("too_long_kills", "LINE-2", Framing),
    ("too_long_answered_again", "LINE-2", Framing),
    ("too_long_answered_late", "LINE-2", Framing),
    ("one_octet_too_long_taken", "LINE-2", Framing),
    ("longest_line_refused", "LINE-2", Framing),
    ("bare_command_never_answered", "LINE-8", Framing),
    ("unfinished_line_taken", "LINE-8", Framing),
    ("close_glued", "LINE-9", Framing),
    ("two_orders", "ORDER-1", Order),
    ("answer_out_of_turn", "ORDER-3", Order),
    ("private_overtakes", "ORDER-4", Order),
    ("doubled_under_load", "CONN-5", Load),
    ("lost_under_load", "CONN-5", Load),
    ("slow_reader_blocks", "SLOW-1", Load),
    ("slow_reader_kept", "SLOW-1", Load),
    ("deaf_reader_waited_for", "SLOW-1", Load),
    ("steady_reader_lost", "SLOW-5", Load),
    ("memory_unlimited", "SLOW-6", Load),
    ("flooder_served_until_it_pauses", "FAIR-1", Load),
    ("fast_lines_refused", "FAIR-2", Load),
    ("fast_lines_dropped", "FAIR-2", Load),
    ("fast_talker_kicked", "FAIR-2", Load),
];

/// So many servers are checked at once, each by as many cases: they wait more than they work.
const AT_ONCE: usize = 6;

#[test]
fn each_fault_is_caught_by_its_clause_and_by_no_other_stage() {
    let next = Mutex::new(CAUGHT.iter());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(caught) = next.lock().expect("nobody panics").next() else {
                        return;
                    };
                    if let Err(why) = is_caught(caught) {
                        failures.lock().expect("nobody panics").push(why);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("nobody panics");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// No fault is without its clause.
#[test]
fn the_table_has_every_server() {
    let help = Command::new(env!("CARGO_BIN_EXE_broken"))
        .arg("--help")
        .output();
    let help = help.expect("it runs").stdout;
    let help = String::from_utf8(help).expect("UTF-8");
    let (_, names) = help
        .split_once("[possible values: ")
        .expect("it names its servers");
    let (names, _) = names.split_once(']').expect("the list ends");
    let names: BTreeSet<_> = names
        .split([',', ' ', '\n'])
        .filter(|name| !name.is_empty())
        .collect();
    let table = CAUGHT.iter().map(|(server, ..)| *server);
    assert_eq!(names, table.chain(["correct", "original"]).collect());
}

/// That nothing is found where there is nothing, and every case is tried.
#[test]
fn the_correct_server_keeps_every_clause() {
    let run = checked("correct", Profile::Full);
    assert!(run.complete);
    for outcome in run.outcomes {
        assert_eq!(outcome.verdict, Verdict::Pass, "{}", outcome.case.id);
    }
}

/// A thread for a client, one `recv` one command, no newline anywhere.
#[test]
fn the_original_does_what_the_project_asked() {
    let run = checked("original", Profile::Seed);
    assert!(run.complete);
    for outcome in run.outcomes {
        assert_eq!(outcome.verdict, Verdict::Pass, "{}", outcome.case.id);
    }
    let run = checked("original", Profile::Full);
    let fails = |verdict: &Verdict| matches!(verdict, Verdict::Fail(_));
    assert!(run.outcomes.iter().any(|outcome| fails(&outcome.verdict)));
}

/// Whatever can be judged is judged, in the stages after a fault too.
#[test]
fn a_fault_hides_nothing_but_what_stands_on_it() {
    let run = checked("list_sorted", Profile::Full);
    let late = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.case.stage >= Order);
    let passed = late.filter(|outcome| outcome.verdict == Verdict::Pass);
    let ids: Vec<&str> = passed.map(|outcome| outcome.case.id.as_str()).collect();
    assert!(ids.len() > 10, "{ids:?}");
    let case = "answers_come_in_the_order_of_the_commands";
    let sorted = run.outcomes.iter().find(|outcome| outcome.case.id == case);
    let why = "can't be judged while LIST-1 is broken: one_who_comes_back_is_last fails in stage 4";
    let skipped = Verdict::Skip(why.to_owned());
    assert_eq!(sorted.map(|outcome| &outcome.verdict), Some(&skipped));
}

fn is_caught((server, clause, stage): &(&str, &str, Stage)) -> Result<(), String> {
    let run = checked(server, Profile::Full);
    let mut found = BTreeSet::new();
    for outcome in &run.outcomes {
        let (case, id) = (&outcome.case, &outcome.case.id);
        match &outcome.verdict {
            Verdict::Pass => {}
            Verdict::Skip(why) if why.starts_with("can't be judged while ") => {}
            // What a race has broken can be too much to explain.
            Verdict::Error(_) if case.stage == *stage && *stage >= Order => {}
            Verdict::Fail(finding) if case.stage == *stage => {
                found.extend([finding.clause.clone(), case.clauses[0].clone()]);
            }
            verdict @ (Verdict::Skip(_)
            | Verdict::Fail(_)
            | Verdict::Warn(_)
            | Verdict::Error(_)) => {
                return Err(format!("{server}: {id} in {:?}: {verdict:?}", case.stage));
            }
        }
    }
    if found.contains(*clause) {
        Ok(())
    } else {
        Err(format!("{server} is caught by {found:?}"))
    }
}

fn checked(server: &str, profile: Profile) -> Run {
    let command = format!(
        "exec '{}' {server} {{port}} --capacity {{capacity}} --max-connections {{max-connections}} \
         --join-timeout {{join-timeout}} --max-line {{max-line}} --quiet-ms {{quiet-ms}} --send-queue {{send-queue}} \
         --send-memory {{send-memory}} --stall-timeout {{stall-timeout}} --drain {{drain}}",
        env!("CARGO_BIN_EXE_broken")
    );
    // Less is told until somebody lags, or has fallen behind.
    let mut limits = Limits::of(&Document::parlour());
    limits.set("send-queue", 1 << 18);
    let options = Options {
        limits,
        asked: Asked {
            profile,
            timeout: Duration::from_secs(10),
            jobs: 6,
            ..Asked::default()
        },
        stop_signal: Some("TERM".to_owned()),
    };
    check(&Target::Spawn(command), &options, |_| {}).expect("the server can be reached")
}
