"""A room with the focus in it: its members, and who of them is made an owner."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Member:
    nick: str
    jid: str
    affiliation: str
    role: str

    @property
    def kind(self) -> str:
        """The role by jicofo's names."""
        by_affiliation = {"owner": "OWNER", "admin": "MODERATOR"}
        by_role = {"moderator": "MODERATOR", "participant": "PARTICIPANT"}
        return by_affiliation.get(self.affiliation) or by_role.get(self.role, "VISITOR")


@dataclass
class Conference:
    room: str
    joined: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    meeting_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    owner: str | None = None
    invited: set[str] = field(default_factory=set)
    """Members with a place on the videobridge."""

    @property
    def context(self) -> str:
        return f"room={self.room} meeting_id={self.meeting_id}"

    def debug(self, authenticated: bool) -> dict[str, Any]:
        """What ``/debug/conferences-full`` says of it."""
        members = {
            member.nick: {
                "occupant_jid": f"{self.room}/{member.nick}",
                "jid": member.jid,
                "role": member.kind,
                "is_jibri": False,
                "is_jigasi": False,
            }
            for member in self.members.values()
        }
        manager = "AuthenticationRoleManager" if authenticated else "AutoOwnerRoleManager"
        return {
            "name": self.room,
            "meeting_id": self.meeting_id,
            "chat_room": {
                "room_jid": self.room,
                "my_occupant_jid": f"{self.room}/focus",
                "members": members,
            },
            "participants": {nick: {"id": nick} for nick in members},
            "chat_room_role_manager": {"class": manager},
            "started": True,
            "participant_count": len(members),
        }
