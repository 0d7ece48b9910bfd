"""A client that does everything right, and what it does wrong under the name of each fault: client.py FAULT HOST PORT."""

import os
import re
import selectors
import socket
import sys
import time


class Client:
    """No fault."""

    def __init__(self, host, port):
        self.server = socket.create_connection((host, port))
        self.typed = self.unread = b""
        self.ways = selectors.DefaultSelector()
        self.ways.register(self.server, selectors.EVENT_READ, self.hear)
        self.ways.register(sys.stdin, selectors.EVENT_READ, self.read)

    def run(self):
        while True:
            for ready, _ in self.ways.select():
                ready.data()

    def read(self):
        chunk = os.read(0, 65536)
        if not chunk:
            return self.end_of_input()
        *lines, self.typed = (self.typed + chunk).split(b"\n")
        for line in lines:
            self.command(line)

    def end_of_input(self):
        self.ways.unregister(sys.stdin)
        self.send(b"QUIT")

    def command(self, line):
        self.send(line)

    def send(self, line):
        self.server.sendall(line + b"\n")

    def hear(self):
        try:
            chunk = self.server.recv(65536)
        except OSError:
            return self.lost()
        if not chunk:
            return self.end_of_stream()
        self.heard(chunk)

    def heard(self, chunk):
        *lines, self.unread = (self.unread + chunk).split(b"\n")
        for line in lines:
            self.event(line)

    def end_of_stream(self):
        if self.unread == b"close":
            self.event(self.unread)
        self.leave()

    def lost(self):
        self.leave()

    def event(self, line):
        if line == b"close":
            self.leave()
        self.show(line.decode(errors="replace"))

    def show(self, text):
        hostile = lambda char: not char.isprintable()
        print("".join(ascii(char)[1:-1] if hostile(char) else char for char in text), flush=True)

    def leave(self):
        self.server.close()
        sys.exit(0)


class NoVerb(Client):
    def command(self, line):
        self.send(line.split(b" ", 1)[-1])


class NoLf(Client):
    def send(self, line):
        self.server.sendall(line)


class SendsNul(Client):
    def send(self, line):
        self.server.sendall(line + b"\0\n")


class JoinsSpaces(Client):
    def command(self, line):
        self.send(b" ".join(line.split()))


class OneReadOneEvent(Client):
    def heard(self, chunk):
        self.event(chunk.rstrip(b"\n"))

    def show(self, text):
        for line in text.split("\n"):
            super().show(line)


class DecodesWhatItReads(Client):
    def heard(self, chunk):
        chunk.decode()
        super().heard(chunk)


class FirstLineOnly(Client):
    def heard(self, chunk):
        self.event((self.unread + chunk).split(b"\n")[0])


class ShowsRaw(Client):
    def show(self, text):
        print(text, flush=True)


class StaysAfterClose(Client):
    def event(self, line):
        self.show(line.decode(errors="replace"))

    def end_of_stream(self):
        time.sleep(0.01)


class SpinsAtTheEnd(Client):
    def end_of_stream(self):
        print("\n" * 4000)


class ShowsTheUnfinished(Client):
    def leave(self):
        if self.unread:
            self.show(self.unread.decode(errors="replace"))
        super().leave()


class DiesAtTheUnknown(Client):
    EVENT = re.compile(rb"Enter JOIN .*|SERVER: \S+ joined the chat!|SERVER: shutting down|\S+ has left the chat|[^\s:]+: BCST .+"
                       rb"|[^\s:]+: MESG \S+ .+|Online: .+|PONG .+|HELP .+|Sorry .+|ERROR [a-z0-9-]+: .+|close")

    def event(self, line):
        if not self.EVENT.fullmatch(line) or b"\xff" in line:
            raise ValueError(line)
        super().event(line)


class HidesTheUnknown(Client):
    def event(self, line):
        if DiesAtTheUnknown.EVENT.fullmatch(line):
            super().event(line)


class SmallBuffer(Client):
    def heard(self, chunk):
        super().heard(chunk)
        if any(len(line) > 1024 for line in chunk.split(b"\n")):
            sys.exit("a line is too long")


class QuitsInSilence(Client):
    def command(self, line):
        if line == b"QUIT":
            self.leave()
        super().command(line)


class GhostAtTheEndOfInput(Client):
    def end_of_input(self):
        self.ways.unregister(sys.stdin)


class HidesPrivateLines(Client):
    def event(self, line):
        if b": MESG " not in line:
            super().event(line)


class LeavesWhenRefused(Client):
    def event(self, line):
        super().event(line)
        if line.startswith((b"ERROR", b"Sorry")):
            self.leave()


class HidesErrors(Client):
    def event(self, line):
        if not line.startswith(b"ERROR"):
            super().event(line)


class HangsWhenLost(Client):
    def lost(self):
        self.ways.unregister(self.server)


class ReadsAfterTyping(Client):
    """One after the other: it hears once after each line that was typed."""

    def run(self):
        self.hear()
        while True:
            self.read()
            self.hear()


class ShowsOtherFirst(Client):
    """Whatever is private is shown after what is not."""

    def heard(self, chunk):
        *lines, self.unread = (self.unread + chunk).split(b"\n")
        for line in sorted(lines, key=lambda line: b"MESG" in line):
            self.event(line)

    def hear(self):
        time.sleep(0.1)
        super().hear()


fault = sys.argv[1]
(Client if fault == "Good" else globals()[fault])(sys.argv[2], int(sys.argv[3])).run()
