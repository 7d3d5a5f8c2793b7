# SPDX-License-Identifier: BSD-3-Clause
"""A vhost-user back-end that does to QEMU what a case says, nice or not."""
import contextlib
import os
import socket
import struct
import threading

HEADER = struct.Struct("=III")
WORD = struct.Struct("=Q")
SIGNED = struct.Struct("=q")
VERSION, REPLY, NEED_REPLY = 1, 4, 8
GET_FEATURES, GET_VRING_BASE, GET_PROTOCOL_FEATURES = 1, 11, 15
GET_QUEUE_NUM, SET_CHANNEL = 17, 21
FS_MAP, FS_UNMAP, FS_IO = 6, 7, 8
READ, WRITE = 1, 2
ALL = 2**64 - 1
# VERSION_1 and PROTOCOL_FEATURES; MQ, REPLY_ACK, SLAVE_REQ and SLAVE_SEND_FD
ANSWERS = {GET_FEATURES: 1 << 32 | 1 << 30, GET_PROTOCOL_FEATURES: 0b10000101001, GET_QUEUE_NUM: 8}
SECONDS = 20


def entries(*quadruples, flags=0, count=None):
    """The payload of a request: (file offset, window offset or address, length, flags) each."""
    count = len(quadruples) if count is None else count
    return struct.pack("=IHH", flags, count, 0) + b"".join(
        struct.pack("=QQQQ", *quadruple) for quadruple in quadruples)


def receive_all(connection, length):
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise EOFError("QEMU closed the connection")
        data += piece
    return data


class Backend:
    """Listens at a path and answers one QEMU after the other from a thread."""

    def __init__(self, path):
        self.before_answer = lambda request: None  # called before a request is answered
        self.channel = None
        self.lock = threading.Lock()
        self.has_channel = threading.Event()
        self.connection = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                self.connection, _ = self.listener.accept()
            except OSError:
                return
            with contextlib.suppress(EOFError, OSError), self.connection:
                while True:
                    self.answer_one()

    def answer_one(self):
        data, fds, _, _ = socket.recv_fds(self.connection, HEADER.size, 8)
        if not data:
            raise EOFError
        data += receive_all(self.connection, HEADER.size - len(data))
        request, flags, size = HEADER.unpack(data)
        payload = receive_all(self.connection, size)
        if request == SET_CHANNEL:
            self.channel = socket.socket(fileno=fds.pop())
            self.channel.settimeout(SECONDS)
            self.has_channel.set()
        for fd in fds:
            os.close(fd)
        self.before_answer(request)
        self.answer(request, flags, payload)

    def answer(self, request, flags, payload):
        if request in ANSWERS:
            payload = WORD.pack(ANSWERS[request])
        elif request == GET_VRING_BASE:
            payload = payload[:8]
        elif flags & NEED_REPLY:
            payload = WORD.pack(0)
        else:
            return
        header = HEADER.pack(request, VERSION | REPLY, len(payload))
        self.connection.sendall(header + payload)

    def send(self, request, payload=b"", fds=(), flags=VERSION | NEED_REPLY, size=None):
        header = HEADER.pack(request, flags, len(payload) if size is None else size)
        socket.send_fds(self.channel, [header + payload], list(fds))

    def ask(self, request, payload=b"", fds=(), flags=VERSION | NEED_REPLY):
        """The word of the reply, as the signed number it is."""
        with self.lock:
            self.send(request, payload, fds, flags)
            header = HEADER.unpack(receive_all(self.channel, HEADER.size))
            if header != (request, VERSION | REPLY, SIGNED.size):
                raise AssertionError(f"the header of the reply is {header}")
            return SIGNED.unpack(receive_all(self.channel, SIGNED.size))[0]

    def map(self, file, window_offset, length, flags=READ | WRITE, file_offset=0):
        return self.ask(FS_MAP, entries((file_offset, window_offset, length, flags)),
                        [file.fileno()])

    def unmap(self, window_offset, length):
        return self.ask(FS_UNMAP, entries((0, window_offset, length, 0)))

    def forget_channel(self):
        self.has_channel.clear()
        self.channel.close()

    def hang_up(self):
        """As if the process had died."""
        for end in (self.channel, self.connection):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.forget_channel()
