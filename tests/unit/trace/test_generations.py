"""The words of each generation of Jicofo and the videobridge, from their sources."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from .people import DOMAIN, GUEST, ROOM, Person
from .test_tracer import told, words

MEMBER = "a1b2c3d4"


@dataclass(frozen=True)
class Generation:
    """What a moderator's way in leaves in Jicofo's log and in the videobridge's."""

    request: str
    created: str
    joined: str
    owner: str
    left: str
    jvb: tuple[str, ...]


CLASSIC = (
    "ICE state changed old=Waiting new=Running",
    "ICE state changed old=Running new=Completed",
)
GENERATIONS = {
    "2020": Generation(
        "org.jitsi.jicofo.xmpp.FocusComponent.log().397 Focus request for room: {room}",
        "org.jitsi.jicofo.FocusManager.createConference().497 Created new focus for"
        " {room}@auth.meet.example.org. Conference count 1,options: ",
        "org.jitsi.jicofo.JitsiMeetConferenceImpl.onMemberJoined().679 Member {room}/{end} joined.",
        "org.jitsi.jicofo.ChatRoomRoleAndPresence.log() Granted owner to {room}/{end}",
        "org.jitsi.jicofo.JitsiMeetConferenceImpl.log().1273 Member {room}/{end} is leaving",
        CLASSIC,
    ),
    "2021": Generation(
        "[23] ConferenceIqHandler.handleConferenceIq#56: Focus request for room: {room}",
        "[23] JitsiMeetConferenceImpl.<init>#251: Created new conference, roomJid={room}",
        "[23] [room={room}] JitsiMeetConferenceImpl.onMemberJoined#547: Member joined:{end}",
        "[23] [room={room}] ChatRoomRoleAndPresence.electNewOwner#224: Granted owner to {end}",
        "[23] [room={room}] JitsiMeetConferenceImpl.onMemberLeft#1081: Member left:{end}",
        CLASSIC,
    ),
    "2023": Generation(
        "[23] ConferenceIqHandler.handle#86: Conference request for room {room}, from {jid}",
        "[23] [room={room} meeting_id=x] JitsiMeetConference.<init>#293: Created new conference.",
        "[23] [room={room} meeting_id=x] JitsiMeetConferenceImpl.onMemberJoined#729: Member"
        " joined:{end} stats-id=Ada-x region=null audioMuted=true videoMuted=true"
        " isJibri=false isJigasi=false",
        "[23] [room={room}] AuthenticationRoleManager$1.invoke#125: Granting ownership to"
        " ChatMember[id={end} role=PARTICIPANT].",
        "[23] [room={room} meeting_id=x] JitsiMeetConference.onLeft#900: Member left:{end}",
        ("Created new endpoint isUsingSourceNames=true, iceControlling=true", *CLASSIC),
    ),
    "2026": Generation(
        "[23] ConferenceIqHandler.doHandleConferenceIq#126: Conference request for room {room},"
        " from {jid}, token=false",
        "[23] [room={room}] JitsiMeetConferenceImpl.<init>#355: Created new conference.",
        "[23] [room={room} meeting_id=x] JitsiMeetConferenceImpl.onMemberJoined#860: Member"
        " joined:{end} stats-id=Ada-x region=null audioMuted=true videoMuted=true role=PARTICIPANT"
        " isJibri=false isJigasi=false isTranscriber=false, room=main",
        "[23] [room={room}] AutoOwnerRoleManager.electNewOwner#102: Electing new owner:"
        " ChatMember[id={end} role=PARTICIPANT]",
        "[23] [room={room} meeting_id=x] JitsiMeetConference.onLeft#1080: Member left:{end}",
        (
            "Created new endpoint, iceControlling=false",
            "ICE state changed from Waiting to Running.",
            "ICE connected",
            "DTLS handshake complete",
        ),
    ),
}


def jicofo(person: Person, text: str) -> None:
    """One record; ``text`` from the brackets on."""
    filled = text.format(room=ROOM, end=MEMBER, jid=f"{getattr(person, 'jid', '')}/res")
    stamp = f"{person.at:%Y-%m-%d %H:%M:%S}.{person.at.microsecond // 1000:03}"
    person.say("jicofo", f"Jicofo {stamp} INFO: {filled}")


def bridge(person: Person, *said: str) -> None:
    context = f"confId=a conf_name={ROOM} meeting_id=x epId={MEMBER} stats_id=Ada-x ufrag=1"
    for text in said:
        person.wait(0.1)
        person.jvb("Endpoint.some#1", text, context)


def moderator(words_of: Generation) -> Person:
    person = Person(0, 0)
    person.comes()
    person.logs_in(f"joki@{DOMAIN}")
    jicofo(person, words_of.request)
    text = "[23] AbstractAuthAuthority.authenticateJidWithSession#431: Authenticated jid: {jid}"
    jicofo(person, text + " with session: AuthSession[ID=joki]")
    jicofo(person, words_of.created)
    person.wait(0.2)
    jicofo(person, words_of.joined)
    jicofo(person, words_of.owner)
    bridge(person, *words_of.jvb)
    return person


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_moderators_way_in_is_read_in_each_generations_words(generation: str) -> None:
    person = moderator(GENERATIONS[generation])
    [attempt] = told(person)
    assert attempt.verdict == "Joki is in the meeting daily, as a moderator"
    text = words(attempt)
    for step in (
        "asked Jicofo for the room daily",
        "Jicofo takes this account",
        "Jicofo opened the meeting",
        "joined the meeting, as a1b2c3d4",
        "became a moderator",
        "a way for sound and picture is being looked for",
        "sound and picture can flow",
    ):
        assert step in text, (step, text)
    assert text.count("can flow") == 1

    person.wait(3)
    jicofo(person, GENERATIONS[generation].left)
    bridge(person, "Expired.")
    [attempt] = told(person)
    assert attempt.verdict.endswith("as a moderator, and left")
    assert "left the meeting" in words(attempt) and "gave up the place" in words(attempt)


@pytest.mark.parametrize("generation", ["2020", "2021"])
def test_a_request_without_a_jid_is_of_the_one_who_waits_or_of_nobody(generation: str) -> None:
    guest = Person(0, 0)
    guest.comes()
    guest.logs_in(f"g@{GUEST}")
    jicofo(guest, GENERATIONS[generation].request)
    [attempt] = told(guest)
    assert attempt.room == ROOM and "waits at the door" in attempt.verdict
    other = Person(1, 0)
    other.comes()
    other.logs_in(f"h@{GUEST}")
    for attempt in told(guest, other):
        assert attempt.room == "", "one of two: not said of either"


@pytest.mark.parametrize(
    "said",
    [
        "ICE state changed old=Running new=Failed",
        "ICE state changed from Running to Failed.",
        "Allowing to expire because ICE failed.",
        "Endpoint's ICE connection has neither failed nor connected after PT2M expiring",
    ],
)
def test_media_that_does_not_get_through_is_told(said: str) -> None:
    person = moderator(GENERATIONS["2026"])
    person.lines = [line for line in person.lines if line.source != "jvb"]
    bridge(person, "Created new endpoint, iceControlling=false", said)
    [attempt] = told(person)
    assert attempt.tone == "bad" and "without sound or picture" in attempt.verdict
    assert "10000" in attempt.advice


def test_a_restart_of_the_media_that_succeeds_is_no_failure() -> None:
    person = moderator(GENERATIONS["2026"])
    bridge(person, "ICE state changed old=Running new=Failed", "ICE connected")
    [attempt] = told(person)
    assert attempt.tone == "good"
    bridge(person, "ICE state changed from Completed to Terminated.")
    assert told(person)[0].tone == "good", "the library ends its search so"


def test_no_bridge_no_agreement_and_no_ownership_are_told() -> None:
    person = moderator(GENERATIONS["2026"])
    bridge(person, "Expiring an endpoint with ICE connected, but not DTLS.")
    assert "not agreed how to encrypt" in told(person)[0].verdict
    person = moderator(GENERATIONS["2026"])
    person.lines = [line for line in person.lines if line.source != "jvb"]
    context = "[23] [room={room} meeting_id=x participant={end}] "
    jicofo(
        person,
        context + "ParticipantInviteRunnable.doRun#230: Can not invite participant,"
        " no bridge available.",
    )
    assert "there is no videobridge" in told(person)[0].verdict
    jicofo(person, context + "ChatRoomImpl.grantOwnership#477: Failed to grant ownership: timeout")
    attempt = told(person)[0]
    assert "could not make it a moderator" in words(attempt)


def test_recorders_and_telephones_are_nobodys_attempt() -> None:
    person = Person(0, 0)
    person.comes()
    person.logs_in(f"joki@{DOMAIN}")
    jicofo(person, GENERATIONS["2026"].request)
    jicofo(person, GENERATIONS["2026"].joined.replace("isJibri=false", "isJibri=true"))
    assert "joined" not in words(told(person)[0])
