"""The pages: the answer first, in both terminals, reached by keyboard alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widget import Widget

from jitsi_tui.instance.findings import RULES
from jitsi_tui.instance.model import FileChange
from jitsi_tui.session import events as ev
from jitsi_tui.settings import SavedServer
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.known import known_servers
from jitsi_tui.tui.screens.secret import SecretSheet

from . import samples
from .driving import Driven, connected, shown, tell, until, wait_out_deafness
from .findings import FIFTEEN
from .test_waiting import meetings


async def test_the_overview_answers_first(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        lines = shown(pilot).splitlines()
        assert "Strangers can open meetings" in lines[3] and "proved 3 s ago" in lines[3]
        text = "\n".join(lines)
        assert "c  Close it …" in text
        assert "1 bad, 1 to look at" in text
        for service in ("prosody", "jicofo", "videobridge", "nginx"):
            assert service in text
        assert "certificate 61 days" in text
        assert "2 calls, 7 people" in text


@pytest.mark.parametrize(
    ("posture", "changes", "sentence"),
    [
        ("secure", {}, "An account is needed to open a meeting"),
        ("token", {}, "People with a token open meetings"),
        ("inconsistent", {"strangers_log_in": True, "authority": "xmpp"}, "become moderators"),
        ("inconsistent", {"authority": "off"}, "Closed at the door, open inside"),
        ("unknown", {}, "is not known"),
    ],
)
async def test_each_posture_has_its_sentence(
    size: tuple[int, int], posture: str, changes: dict[str, object], sentence: str
) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        verdict = replace(samples.verdict(secure=True), **changes)  # type: ignore[arg-type]
        status = samples.status(secure=True)
        await tell(pilot, status._replace(posture=posture, verdict=verdict))  # type: ignore[arg-type]
        assert sentence in shown(pilot)


async def test_every_screen_is_reached_by_its_number(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot, secure=True)
        await tell(pilot, samples.moderators_event(), samples.backups_event())
        for key, words in {
            "2": "Who may open meetings?",
            "3": "Guests may join once a meeting has begun",
            "4": "3 moderators",
            "5": "following",
            "6": "2 changes",
            "1": "An account is needed",
        }.items():
            await pilot.press(key)
            await pilot.pause()
            assert words in shown(pilot), key


async def test_digits_go_into_an_input_and_esc_leaves_it() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("4")
        await tell(pilot, samples.moderators_event())
        await pilot.press("slash", "5")
        await pilot.pause()
        assert app.current_mode == "moderators"
        await pilot.press("escape", "5")
        await pilot.pause()
        assert app.current_mode == "logs"


async def test_waiting_says_for_what_and_since_when(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.recorder.names() == ["start"])
        await tell(pilot, ev.Connecting("checking the key of jump1"))
        app.time = samples.NOW + timedelta(seconds=4)
        app.show_state()
        await pilot.pause()
        assert "Checking the key of jump1 …   4 s" in shown(pilot)


async def test_a_refused_connection_says_what_to_do(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await tell(pilot, ev.Disconnected("the port is closed", "look whether sshd runs", 5.0))
        text = shown(pilot)
        assert "the port is closed" in text and "look whether sshd runs" in text
        assert "in 5 s" in text and "other server" in text


async def test_a_lost_connection_keeps_what_was_known() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await tell(pilot, ev.Disconnected("lost", "", 3.0))
        text = shown(pilot)
        assert "connection lost, again in 3 s" in text
        assert "Strangers can open meetings" in text


async def test_events_of_a_server_that_was_left_are_dropped() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        emit = app.recorder.emit
        app.open_server("other.example.org")
        emit(samples.status())
        await pilot.pause()
        assert app.state.status is None
        assert app.recorder.names().count("close") == 1


async def test_a_finding_opens_with_its_evidence_and_leads_to_its_fix() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("enter")
        await pilot.pause()
        text = shown(pilot)
        assert "How we know" in text and "jitsi-anonymous" in text
        await pilot.press("f")
        await pilot.pause()
        assert app.current_mode == "auth"
        assert app.recorder.asked[-1][0] == "plan"


async def test_a_service_is_restarted_after_a_question() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("shift+tab", "down", "enter")
        await pilot.pause()
        assert "jicofo is running" in shown(pilot)
        await pilot.press("x")
        await pilot.pause()
        assert "counting who is in a meeting" in shown(pilot)
        await tell(pilot, ev.CallsCounted(meetings(2, 7)))
        assert "2 calls with 7 people will reconnect" in shown(pilot)
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("restart", "jicofo")


async def test_a_service_that_was_restarted_leaves_the_others_in_sight() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        prosody = replace(samples.SERVICES[0], since=samples.NOW)
        await tell(pilot, ev.ServicesChanged((prosody,)))
        text = shown(pilot)
        assert all(name in text for name in ("prosody", "jicofo", "videobridge", "nginx"))
        assert app.state.status is not None
        assert app.state.status.instance.services[0].since == samples.NOW


async def test_guests_say_where_the_three_files_stand(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("3")
        await pilot.pause()
        text = shown(pilot)
        assert "A guest may log in; a guest may not open a room." in text
        assert "lets guests in on guest.meet.example.org" in text
        assert "meet.example.org-config.js" in text and "jicofo.conf" in text


async def test_history_shows_an_undo_as_a_plan_before_anything() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("6")
        await tell(pilot, samples.backups_event())
        await pilot.press("u")
        await pilot.pause()
        identity = samples.BACKUPS[0].id
        assert app.recorder.asked[-1] == ("plan_undo", identity, False)
        plan = samples.plan(summary="open it again", undoes=identity)
        await tell(pilot, ev.Planned(None, plan, undoes=identity))
        assert "Open it again" in shown(pilot)
        await pilot.press("a")
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert ("apply", plan, False) in app.recorder.asked


async def test_an_undo_over_later_edits_is_refused_and_can_be_forced() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("6")
        await tell(pilot, samples.backups_event())
        await pilot.press("enter")
        identity = samples.BACKUPS[0].id
        await tell(
            pilot,
            ev.Planned(None, None, "jicofo.conf was edited since", "look at it", undoes=identity),
        )
        assert "jicofo.conf was edited since" in shown(pilot)
        await pilot.press("F")
        await pilot.pause()
        assert app.recorder.asked[-1] == ("plan_undo", identity, True)


async def test_an_undo_that_is_refused_shows_what_was_edited_since() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("6")
        await tell(pilot, samples.backups_event())
        await pilot.press("u")
        edit = FileChange(samples.JICOFO_PATH, b"jicofo {\n}\n", b"jicofo {\n  octo: 7\n}\n")
        refused = ev.Planned(None, None, "edited since", "", samples.BACKUPS[0].id, (edit,))
        await tell(pilot, refused)
        text = shown(pilot)
        assert "This is what was edited since" in text
        assert "octo: 7" in text and "jicofo.conf" in text


async def test_commands_that_ran_are_listed() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await tell(pilot, ev.CommandRan("adduser", "prosodyctl adduser joki@x", 1, 0.3))
        await pilot.press("exclamation_mark")
        await pilot.pause()
        text = shown(pilot)
        assert "prosodyctl adduser joki@x" in text and "exit 1" in text


async def test_a_secret_is_shown_once_and_forgotten() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await tell(pilot, ev.JobDone("add", "joki@x may open meetings", Secret("seven words")))
        assert isinstance(app.screen, SecretSheet)
        assert "seven words" in shown(pilot)
        sheet = app.screen
        await pilot.press("escape")
        await pilot.pause()
        assert "seven words" not in shown(pilot)
        assert sheet._secret is None
        assert app.clipboard == ""


async def test_the_connect_screen_finds_as_one_types(size: tuple[int, int]) -> None:
    known = known_servers(
        (SavedServer("meet.example.org", "meet.example.org", "secure", samples.NOW),),
        ("jump1", "meet-test"),
    )
    app = Driven(None, known=known)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        text = shown(pilot)
        assert "closed to strangers" in text and "from your ssh config" in text
        await pilot.press(*"test")
        await pilot.pause()
        assert "jump1" not in shown(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert app.state.destination == "meet-test"
        assert app.recorder.names() == ["start"]


async def test_a_server_that_is_not_listed_can_be_typed() -> None:
    app = Driven(None, known=known_servers(()))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press("slash", *"root@new.example.org", "enter")
        await pilot.pause()
        assert app.state.destination == "root@new.example.org"


async def test_the_first_time_one_key_opens_the_practice_server(size: tuple[int, int]) -> None:
    app = Driven(None, known=known_servers(()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert "press d for the practice server" in " ".join(shown(pilot).split())
        await pilot.press("d")
        await pilot.pause()
        assert app.state.destination == "demo"


async def test_a_page_redraws_nothing_when_nothing_changed() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        app.show_state()
        await pilot.pause()
        app.show_state()
        assert [w for w in app.screen.query(Widget) if w._repaint_required] == []


async def test_help_on_the_overview_says_what_the_findings_mean() -> None:
    async with Driven().run_test(size=(100, 40)) as pilot:
        await connected(pilot)
        await tell(pilot, samples.status(findings=FIFTEEN[:2]))
        await pilot.press("f1")
        await pilot.pause()
        text = shown(pilot)
        assert "What is found here" in text
        for one in FIFTEEN[:2]:
            rule = next(rule for rule in RULES if rule.id == one.id)
            assert rule.what[:60] in text and rule.why[:60] in text
        await pilot.press("end")
        assert RULES[-1].what[:40] in shown(pilot), "all that is looked for stands below the keys"


async def test_a_server_is_reached_though_another_one_holds_its_name() -> None:
    known = known_servers((SavedServer("host10", "host10", "secure", samples.NOW),), ("host1-b",))
    app = Driven(None, known=known)
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*"host1")
        await pilot.pause()
        text = shown(pilot)
        assert "› ● host10" in text and "host1-b" in text and "as you typed it" in text
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert app.state.destination == "host1"


async def test_the_server_that_is_called_so_comes_first() -> None:
    app = Driven(None, known=known_servers((), ("meet-test", "meet")))
    async with app.run_test() as pilot:
        await pilot.pause()
        await pilot.press(*"meet", "enter")
        await pilot.pause()
        assert app.state.destination == "meet"


async def test_nothing_of_a_server_that_was_left_is_shown_as_if_it_were_open() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        await pilot.press("o")
        await pilot.pause()
        assert app.current_mode == "connect"
        assert "strangers" not in shown(pilot)
        await pilot.press("escape", "1")
        await pilot.pause()
        assert app.current_mode == "connect"


async def test_an_undo_is_planned_anew_each_time_it_is_asked_for() -> None:
    app = Driven()
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot, secure=True)
        await pilot.press("6")
        await tell(pilot, samples.backups_event())
        identity = samples.BACKUPS[0].id
        await pilot.press("u")
        refused = ev.Planned(None, None, "jicofo.conf was edited since", undoes=identity)
        await tell(pilot, refused)
        await pilot.press("F")
        await pilot.pause()
        assert "working it out" in shown(pilot)
        forced = ev.Planned(None, samples.plan(undoes=identity), undoes=identity)
        await tell(pilot, forced)
        assert "3 files, 12 lines" in shown(pilot)
        await pilot.press("escape", "u")
        await pilot.pause()
        assert "working it out" in shown(pilot)


async def test_what_breaks_in_a_look_does_not_keep_one_from_looking_again() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        await pilot.press("r")
        await tell(pilot, ev.JobFailed("session", "something of ours failed", "look again with r"))
        await pilot.press("r")
        await pilot.pause()
        assert app.recorder.names().count("refresh") == 2


async def test_ctrl_q_leaves_from_everywhere() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert app._exit


async def test_what_is_read_as_it_comes_was_not_cut_off() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await connected(pilot)
        await tell(pilot, ev.CommandRan("follow.pl", "sh", None, 0.0, followed=True))
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert "follow.pl   read as it comes" in shown(pilot)
