"""What Jicofo says in its log while people come, in the words of two years (from its sources)."""

from __future__ import annotations

from dataclasses import dataclass

from .log import log


@dataclass(frozen=True)
class Words:
    """A place in the code, and a text; without a text that year says nothing."""

    where: str = ""
    text: str = ""

    def __call__(self, context: str = "", **filled: str) -> None:
        if self.text:
            log("INFO", self.where, self.text.format(**filled), context)


@dataclass(frozen=True)
class Speech:
    request: Words
    created: Words
    joined: Words
    left: Words
    elected: Words
    """Where nobody needs an account, the first of a room."""

    granted: Words
    """Somebody in the room logs in. Who logged in before is made an owner without a word."""


_IMPL = "JitsiMeetConferenceImpl"
OF_2026 = Speech(
    request=Words(
        "ConferenceIqHandler.doHandleConferenceIq#126",
        "Conference request for room {room}, from {jid}, token=false",
    ),
    created=Words(f"{_IMPL}.<init>#355", "Created new conference."),
    joined=Words(
        f"{_IMPL}.onMemberJoined#860",
        "Member joined:{nick} stats-id=Ada-x1y region=null audioMuted=true videoMuted=true"
        " role=PARTICIPANT isJibri=false isJigasi=false isTranscriber=false, room=main",
    ),
    left=Words(f"{_IMPL}.onMemberLeft#1080", "Member left:{nick}"),
    elected=Words(
        "AutoOwnerRoleManager.electNewOwner#102",
        "Electing new owner: ChatMember[id={nick} role=PARTICIPANT]",
    ),
    granted=Words(
        "AuthenticationRoleManager$authenticationListener$1#126",
        "Granting ownership to ChatMember[id={nick} role=PARTICIPANT].",
    ),
)
OF_2020 = Speech(
    request=Words(
        "org.jitsi.jicofo.xmpp.FocusComponent.handleConferenceIq().397",
        "Focus request for room: {room}",
    ),
    created=Words(
        "org.jitsi.jicofo.FocusManager.createConference().497",
        "Created new focus for {room}@{domain}. Conference count 1,options: ",
    ),
    joined=Words(f"org.jitsi.jicofo.{_IMPL}.onMemberJoined().679", "Member {room}/{nick} joined."),
    left=Words(f"org.jitsi.jicofo.{_IMPL}.onMemberLeft().1273", "Member {room}/{nick} is leaving"),
    elected=Words(
        "org.jitsi.jicofo.ChatRoomRoleAndPresence.electNewOwner().250",
        "Granted owner to {room}/{nick}",
    ),
    granted=Words(),
)
