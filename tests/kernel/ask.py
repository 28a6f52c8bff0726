"""Ask the recorder: ask.py STORE status|flush [FIELD]"""
import json
import socket
import sys


def ask(store, question):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
        asking.settimeout(10)
        asking.connect(f"{store}-socket")
        asking.send(question.encode())
        return json.loads(asking.recv(65536))


if __name__ == "__main__":
    answer = ask(sys.argv[1], sys.argv[2])
    print(answer[sys.argv[3]] if len(sys.argv) > 3 else json.dumps(answer))
