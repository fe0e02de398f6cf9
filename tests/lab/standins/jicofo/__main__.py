"""Stands in for jicofo: reads its files at start, and dies as it does on what it can't use."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from .focus import Focus
from .log import log
from .settings import ConfigError, Settings, load
from .web import Answers, serve

VERSION = "1.0-1153"


def main() -> int:
    log("INFO", "Main.main#53", "Starting jicofo.")
    component = "--component" in sys.argv
    try:
        settings = load(component)
    except (ConfigError, OSError) as error:
        log("SEVERE", "Main.main#61", f"Failed to start: {error}")
        print("com.typesafe.config.ConfigException$Parse: " + str(error))
        print("\tat org.jitsi.jicofo.Main.main(Main.kt:58)", flush=True)
        return 1
    asyncio.set_event_loop(asyncio.new_event_loop())
    announce(settings)
    asyncio.get_event_loop().run_until_complete(run(settings))
    return 0


def announce(settings: Settings) -> None:
    where = "JicofoServices.createAuthenticationAuthority#189"
    if settings.auth.type == "NONE":
        log("INFO", where, "Authentication service disabled.")
    else:
        log("INFO", where, f"Starting authentication service with config={settings.auth}.")


async def run(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_event_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    focus = Focus(settings)
    await serve(answers(settings, focus), settings.rest_host)
    log("INFO", "Application.start#67", f"Starting ktor on port 8888, host {settings.rest_host}")
    focus.start()
    await stopped.wait()
    log("INFO", "Main.main#92", "Shutting down.")
    await asyncio.sleep(0.2)
    log("INFO", "Main.main#97", "Shutdown complete.")
    # the threads that read would hold the process; what was to be written is written
    os._exit(143)


def answers(settings: Settings, focus: Focus) -> Answers:
    """The paths that are answered; /debug may be off, and none answers /about/health."""
    conferences = focus.conferences
    authority = focus.authority

    def stats() -> dict[str, Any]:
        sizes = [len(one.members) for one in conferences.values()]
        return {
            "conferences": len(sizes),
            "participants": sum(max(size, 1) for size in sizes),
            "largest_conference": max(sizes, default=0),
            "total_conferences_created": focus.created,
            "bridge_selector": {"bridge_count": 1, "operational_bridge_count": 1},
        }

    def debug() -> dict[str, Any]:
        return {
            "focus_manager": {name: len(one.members) for name, one in conferences.items()},
            "conference_iq_handler": {
                "breakout_address": "null",
                "focus_auth_jid": f"{settings.username}@{settings.domain}",
                "jigasi_enabled": False,
                "auth_authority": authority.name if authority else "null",
            },
        }

    version = {"name": "JICOFO", "version": VERSION, "os": "Linux"}
    paths: Answers = {"/about/version": lambda: version, "/stats": stats}
    if settings.answers_debug:
        paths["/debug"] = debug
        paths["/debug/conferences"] = lambda: list(conferences)
        paths["/debug/conferences-full"] = lambda: {
            name: one.debug(authority is not None) for name, one in conferences.items()
        }
    return paths


if __name__ == "__main__":
    sys.exit(main())
