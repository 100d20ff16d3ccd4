"""qmp.py SOCKET COMMAND [ARGUMENTS AS JSON]: has a QEMU run a command, and prints its answer. With --pid: which process it is."""

import json
import socket
import struct
import sys


def main(path, command, arguments="{}"):
    with socket.socket(socket.AF_UNIX) as qemu:
        qemu.settimeout(30)
        qemu.connect(path)
        if command == "--pid":
            print(struct.unpack("3i", qemu.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0])
            return
        lines = qemu.makefile("rw")
        lines.readline()
        execute(lines, "qmp_capabilities", {})
        print(json.dumps(execute(lines, command, json.loads(arguments))))


def execute(lines, command, arguments):
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    for line in lines:
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(f"{command}: {answer['error']['desc']}")
        if "return" in answer:
            return answer["return"]
    sys.exit(f"{command}: QEMU has gone")


main(*sys.argv[1:])
