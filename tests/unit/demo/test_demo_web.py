"""Ports of the practice server that open and shut under whoever is connecting."""

from __future__ import annotations

import asyncio
import socket

import pytest

from jitsi_tui.demo.web import Port, Request, Response


async def answer(request: Request) -> Response:
    return Response(200, request.path.encode())


async def fetched(number: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", number)
    writer.write(b"GET /there HTTP/1.1\r\nConnection: close\r\n\r\n")
    said = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return said


@pytest.mark.parametrize("turns", range(5))
async def test_who_connects_while_a_port_shuts_is_not_left_waiting(turns: int) -> None:
    port = Port(answer)
    await port.open()
    await asyncio.sleep(0)
    with socket.create_connection(("127.0.0.1", port.number)) as client:
        for _ in range(turns):
            await asyncio.sleep(0)
        port.shut()
        client.setblocking(False)
        try:
            said = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 10)
        except ConnectionResetError:
            said = b""
    assert said == b""
    with pytest.raises(ConnectionRefusedError):
        await fetched(port.number)
    port.release()


async def test_a_port_that_opens_again_answers() -> None:
    port = Port(answer)
    for _ in range(3):
        await port.open()
        await port.open()
        assert (await fetched(port.number)).endswith(b"/there")
        port.shut()
        port.shut()
    port.release()
