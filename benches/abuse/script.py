import socket, sys, time

host, port = sys.argv[1].rsplit(":", 1)
room = socket.create_connection((host, int(port)))
room.sendall(f"JOIN {sys.argv[2]}\n".encode())
for line in room.makefile(encoding="utf-8", newline="\n"):
    print(time.strftime("%H:%M:%S"), line.rstrip("\n"))
