"""jetstream.py BASE REQUEST JSON: ask the test's first server, as $JS.API.REQUEST."""
import json
import socket
import sys

base, request, body = sys.argv[1:]
with socket.create_connection(("127.0.0.1", int(base) + 1), timeout=5) as server:
    lines = server.makefile("rwb")
    lines.write(b'CONNECT {"verbose":false}\r\nSUB answer 1\r\n'
                + f"PUB $JS.API.{request} answer {len(body.encode())}\r\n{body}\r\n".encode())
    lines.flush()
    for line in lines:
        if line.startswith(b"MSG"):
            answer = json.loads(lines.readline())
            print(answer)
            sys.exit("error" in answer)
