//! The broken servers: one planted fault each (a mutant, in mutation testing), mostly faults that
//! students' servers have.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a fault is one arm: whatever else happens is handled as it should be"
)]

use crate::behaviour::Behaviour;
use crate::room::{Input, error};

mod connecting;
mod delivery;
mod fairness;
mod framing;
mod joining;
mod leaving;
mod names;
mod order;
mod replies;

/// Makes a new server with a fault.
type Fault = fn() -> Box<dyn Behaviour>;

/// All broken servers, by name.
pub(crate) const FAULTS: &[(&str, Fault)] = &[
    ("second_connection_dropped", || {
        Box::new(connecting::SecondConnectionDropped)
    }),
    ("connections_unlimited", || {
        Box::new(connecting::ConnectionsUnlimited)
    }),
    ("visitors_stay_for_ever", || {
        Box::new(connecting::VisitorsStayForEver)
    }),
    ("join_clock_not_stopped", || {
        Box::new(connecting::JoinClockNotStopped)
    }),
    ("stops_without_a_word", || {
        Box::new(connecting::StopsWithoutAWord)
    }),
    ("joined_not_told_to_joiner", || {
        Box::new(joining::JoinedNotToldToJoiner)
    }),
    ("joined_not_told_to_others", || {
        Box::new(joining::JoinedNotToldToOthers)
    }),
    ("full_in_other_words", || {
        Box::new(joining::FullInOtherWords)
    }),
    ("eleven_seats", || Box::new(joining::ElevenSeats)),
    ("eleven_seats_in_a_race", || {
        Box::new(joining::ElevenSeatsInARace::default())
    }),
    ("one_name_twice_in_a_race", || {
        Box::new(joining::OneNameTwiceInARace::default())
    }),
    ("names_compared_exactly", || {
        Box::new(names::NamesComparedExactly)
    }),
    ("lookalikes_taken", || Box::new(names::LookalikesTaken)),
    ("name_not_normalized", || Box::new(names::NameNotNormalized)),
    ("reserved_names_taken", || {
        Box::new(names::ReservedNamesTaken)
    }),
    ("long_names_taken", || Box::new(names::LongNamesTaken)),
    ("any_character_in_names", || {
        Box::new(names::AnyCharacterInNames)
    }),
    ("marks_refused", || Box::new(names::MarksRefused)),
    ("piles_taken", || Box::new(names::PilesTaken)),
    ("order_of_marks_kept", || Box::new(names::OrderOfMarksKept)),
    ("broadcast_missed_by_its_sender", || {
        Box::new(delivery::BroadcastMissedByItsSender)
    }),
    ("broadcast_told_to_visitors", || {
        Box::new(delivery::BroadcastToldToVisitors)
    }),
    ("visitor_may_broadcast", || {
        Box::new(delivery::VisitorMayBroadcast)
    }),
    ("text_trimmed", || Box::new(delivery::TextTrimmed)),
    ("spaces_in_a_text_squashed", || {
        Box::new(delivery::SpacesInATextSquashed)
    }),
    ("private_leaked", || Box::new(delivery::PrivateLeaked)),
    ("private_echoed", || Box::new(delivery::PrivateEchoed)),
    ("mesg_to_nobody_is_silent", || {
        Box::new(delivery::MesgToNobodyIsSilent)
    }),
    ("addressee_found_exactly", || {
        Box::new(delivery::AddresseeFoundExactly)
    }),
    ("addressee_shown_as_typed", || {
        Box::new(delivery::AddresseeShownAsTyped)
    }),
    ("list_sorted", || Box::new(leaving::ListSorted)),
    ("list_stale", || Box::new(leaving::ListStale::default())),
    ("list_takes_nothing_after_it", || {
        Box::new(leaving::ListTakesNothingAfterIt)
    }),
    ("name_freed_too_late", || {
        Box::new(leaving::NameFreedTooLate::default())
    }),
    ("close_missing", || Box::new(leaving::CloseMissing)),
    ("close_without_its_end", || {
        Box::new(leaving::CloseWithoutItsEnd)
    }),
    ("close_cut_off", || Box::new(leaving::CloseCutOff)),
    ("something_after_close", || {
        Box::new(leaving::SomethingAfterClose)
    }),
    ("left_told_to_leaver", || {
        Box::new(leaving::LeftToldToLeaver)
    }),
    ("ghost_after_a_reset", || {
        Box::new(leaving::GhostAfterAReset)
    }),
    ("ghost_after_a_half_close", || {
        Box::new(leaving::GhostAfterAHalfClose)
    }),
    ("half_close_cuts_off", || {
        Box::new(leaving::HalfCloseCutsOff)
    }),
    ("reset_not_announced", || {
        Box::new(leaving::ResetNotAnnounced)
    }),
    ("leaving_announced_twice", || {
        Box::new(leaving::LeavingAnnouncedTwice)
    }),
    ("verbs_in_capitals_only", || {
        Box::new(replies::VerbsInCapitalsOnly)
    }),
    ("spaces_kept_in_name", || {
        Box::new(replies::SpacesKeptInName)
    }),
    ("refusal_closes", || Box::new(replies::RefusalCloses)),
    ("refusal_hangs", || {
        Box::new(replies::RefusalHangs::default())
    }),
    ("unknown_codes", || Box::new(replies::UnknownCodes)),
    ("error_told_to_all", || Box::new(replies::ErrorToldToAll)),
    ("control_characters_let_through", || {
        Box::new(replies::ControlCharactersLetThrough)
    }),
    ("line_separators_let_through", || {
        Box::new(replies::LineSeparatorsLetThrough)
    }),
    ("invalid_utf8_kills", || Box::new(replies::InvalidUtf8Kills)),
    ("empty_line_crashes", || Box::new(replies::EmptyLineCrashes)),
    ("empty_line_answered", || {
        Box::new(replies::EmptyLineAnswered)
    }),
    ("help_in_another_order", || {
        Box::new(replies::HelpInAnotherOrder)
    }),
    ("pong_without_its_word", || {
        Box::new(replies::PongWithoutItsWord)
    }),
    ("member_joins_again", || Box::new(replies::MemberJoinsAgain)),
    ("split_line_mangled", || Box::new(framing::SplitLineMangled)),
    ("second_verb_in_a_segment_lost", || {
        Box::new(framing::SecondVerbInASegmentLost)
    }),
    ("cr_kept", || Box::new(framing::CrKept)),
    ("cr_lf_cut_apart", || {
        Box::new(framing::CrLfCutApart::default())
    }),
    ("utf8_cut_apart", || Box::new(framing::Utf8CutApart)),
    ("too_long_kills", || Box::new(framing::TooLongKills)),
    ("too_long_answered_again", || {
        Box::new(framing::TooLongAnsweredAgain)
    }),
    ("too_long_answered_late", || {
        Box::new(framing::TooLongAnsweredLate)
    }),
    ("one_octet_too_long_taken", || {
        Box::new(framing::OneOctetTooLongTaken)
    }),
    ("longest_line_refused", || {
        Box::new(framing::LongestLineRefused)
    }),
    ("bare_command_never_answered", || {
        Box::new(framing::BareCommandNeverAnswered)
    }),
    ("unfinished_line_taken", || {
        Box::new(framing::UnfinishedLineTaken)
    }),
    ("close_glued", || Box::new(framing::CloseGlued)),
    ("two_orders", || Box::new(order::TwoOrders)),
    ("answer_out_of_turn", || {
        Box::new(order::AnswerOutOfTurn::default())
    }),
    ("private_overtakes", || Box::new(order::PrivateOvertakes)),
    ("doubled_under_load", || Box::new(order::DoubledUnderLoad)),
    ("lost_under_load", || Box::new(order::LostUnderLoad)),
    ("slow_reader_blocks", || Box::new(order::SlowReaderBlocks)),
    ("slow_reader_kept", || Box::new(order::SlowReaderKept)),
    ("deaf_reader_waited_for", || {
        Box::new(order::DeafReaderWaitedFor)
    }),
    ("steady_reader_lost", || Box::new(order::SteadyReaderLost)),
    ("memory_unlimited", || Box::new(order::MemoryUnlimited)),
    ("flooder_served_until_it_pauses", || {
        Box::new(fairness::FlooderServedUntilItPauses::default())
    }),
    ("fast_lines_refused", || {
        Box::new(fairness::TooFast::new(|_, id| error(id, "usage")))
    }),
    ("fast_lines_dropped", || {
        Box::new(fairness::TooFast::new(|_, _| Vec::new()))
    }),
    ("fast_talker_kicked", || {
        Box::new(fairness::TooFast::new(|room, id| {
            room.handle(id, Input::HalfClose)
        }))
    }),
];
