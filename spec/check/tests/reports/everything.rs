//! A run that contains everything, even octets of a hostile stranger.

use std::time::Duration;

use parlour_check::outcome::{
    Case, Exchanged, Expected, Fault, Finding, Outcome, Profile, Run, Stage, Verdict, Way,
};

/// A run with every verdict, and with octets, names and reasons that are special in some format.
pub(crate) fn everything() -> Run {
    let outcome = |id: &str, clauses: &[&str], stage, verdict| Outcome {
        case: Case {
            id: id.to_owned(),
            clauses: clauses.iter().map(|&clause| clause.to_owned()).collect(),
            stage,
        },
        verdict,
        took: Duration::from_micros(12_345),
    };
    let exchanged = |at, who: &str, way, octets: &[u8]| Exchanged {
        at: Duration::from_micros(at),
        who: who.to_owned(),
        way,
        octets: octets.to_vec(),
        left_out: octets.len() / 100,
    };
    let finding = Finding {
        clause: "JOIN-2".to_owned(),
        sentence: "A name belongs to at most one member at a time: no two members have the same \
                   name (NAME-4)."
            .to_owned(),
        fault: Fault::WrongAnswer,
        expected: Expected::Beginning(b"ERROR name-taken: ".to_vec()),
        who: Some("second".to_owned()),
        got: b"SERVER: ann joined the chat!\n".to_vec(),
        differs_at: Some(0),
        exchange: vec![
            exchanged(
                0,
                "ann",
                Way::Read,
                b"Enter JOIN followed by your username: JOIN username\n",
            ),
            exchanged(150, "ann", Way::Sent, b"JOIN ann\n"),
            exchanged(
                50_150,
                "second",
                Way::Read,
                b"SERVER: ann joined the chat!\n",
            ),
        ],
        hint: Some("is the name compared with all members' names, in any case?".to_owned()),
        process: None,
        stderr: Vec::new(),
    };
    let nasty = "```\n</failure>]]>&lt; | `x` \\| <script>alert(1)</script> ![x](http://x.example) \
                 @all # TODO\x1b[2J\x00\u{FFFE}\u{202E}é";
    let hostile = Finding {
        clause: "LINE-4".to_owned(),
        sentence: "A line with a control character is malformed (`control-character`).".to_owned(),
        fault: Fault::Crash,
        expected: Expected::words(nasty),
        who: Some(nasty.to_owned()),
        got: [b"ERROR ".as_slice(), nasty.as_bytes(), b"\xff\xfe\n"].concat(),
        differs_at: Some(9),
        exchange: vec![
            exchanged(1, "a", Way::Sent, nasty.as_bytes()),
            exchanged(2, "a", Way::Read, b"...\n---\nBail out!\n1..9\nok 7\n"),
            exchanged(3, "a", Way::Ended, b""),
            exchanged(4, nasty, Way::Reset, b""),
        ],
        hint: None,
        process: None,
        stderr: Vec::new(),
    };
    let hang = Finding {
        clause: "CONN-4".to_owned(),
        sentence: "`close` is the last event on every connection that the server ends.".to_owned(),
        fault: Fault::Hang,
        expected: Expected::End(b"close\n".to_vec()),
        who: None,
        got: Vec::new(),
        differs_at: None,
        exchange: (0..50)
            .map(|n| exchanged(n * 1000, "c", Way::Sent, b"x"))
            .collect(),
        hint: None,
        process: Some("ended with exit code 1".to_owned()),
        stderr: format!("Traceback:\n  {nasty}\n").into_bytes(),
    };
    Run {
        target: "./server {port} # |`<b>".to_owned(),
        profile: Profile::Full,
        seed: u64::MAX,
        outcomes: vec![
            outcome(
                "the_server_speaks_first",
                &["CONN-2", "STATE-2"],
                Stage::Join,
                Verdict::Pass,
            ),
            outcome(
                "a_name_is_taken_once",
                &["JOIN-2"],
                Stage::Join,
                Verdict::Fail(Box::new(finding.clone())),
            ),
            outcome(
                "quit_is_answered_with_close",
                &["CONN-4"],
                Stage::ListAndQuit,
                Verdict::Fail(Box::new(hang)),
            ),
            outcome(
                "control_characters_are_refused",
                &["LINE-4"],
                Stage::Errors,
                Verdict::Fail(Box::new(hostile)),
            ),
            outcome(
                "verbs_are_capitals",
                &["GRAM-1"],
                Stage::Errors,
                Verdict::Warn(Box::new(finding)),
            ),
            outcome(
                "a_reader_stops",
                &["SLOW-1"],
                Stage::Load,
                Verdict::Skip(nasty.to_owned()),
            ),
            outcome(
                "forty_race#1 # TODO \\ later",
                &["JOIN-3"],
                Stage::Load,
                Verdict::Error(nasty.to_owned()),
            ),
        ],
        complete: true,
    }
}
