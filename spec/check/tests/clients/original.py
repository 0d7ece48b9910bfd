"""The client of the class project: commands without an LF, and what one recv returns is what is printed."""

import os
import socket
import sys
import threading

server = socket.create_connection((sys.argv[1], int(sys.argv[2])))


def hear():
    while True:
        text = server.recv(1024).decode()
        if not text or text == "close":
            server.close()
            os._exit(0)
        print(text)


threading.Thread(target=hear, daemon=True).start()
while True:
    command = input()
    server.send(command.encode())
    if command == "QUIT":
        break
server.close()
