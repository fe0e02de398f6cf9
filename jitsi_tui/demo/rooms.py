"""The meetings that are going on, and those who are in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Member:
    """One person in a room."""

    nick: str
    name: str
    jid: str
    address: str


@dataclass
class Room:
    """One meeting."""

    jid: str
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.jid.partition("@")[0]


class Meetings:
    """What Jicofo knows of rooms. ``opened`` is told of each room that begins."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self.opened: Callable[[Room], None] = lambda _: None

    def exists(self, room: str) -> bool:
        return room in self._rooms

    def open(self, room: str) -> None:
        if room not in self._rooms:
            self._rooms[room] = Room(room)
            self.opened(self._rooms[room])

    def members(self) -> Mapping[str, Mapping[str, str]]:
        return {
            jid: {nick: member.jid for nick, member in room.members.items()}
            for jid, room in self._rooms.items()
        }

    def rooms(self) -> list[Room]:
        return list(self._rooms.values())

    def get(self, room: str) -> Room | None:
        return self._rooms.get(room)

    def people(self) -> int:
        return sum(len(room.members) for room in self._rooms.values())

    def close(self, room: str) -> None:
        self._rooms.pop(room, None)

    def clear(self) -> list[Room]:
        """Everyone is thrown out; the rooms that were."""
        rooms = self.rooms()
        self._rooms.clear()
        return rooms
