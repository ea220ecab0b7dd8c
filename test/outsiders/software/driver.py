"""What every program in this folder does: says what it is, and takes orders, one in a line."""

import json
import os
import socket
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

token = os.environ["WECHAT_TOKEN"]
app_id = os.environ["WECHAT_APP_ID"]
app_secret = os.environ["WECHAT_APP_SECRET"]
aes_key = os.environ.get("WECHAT_AES_KEY")

getaddrinfo = socket.getaddrinfo


def here(host, port, *rest, **more):
    """Whoever calls WeChat by its name reaches the simulated one; nothing else is reached."""
    if host == "127.0.0.1":
        return getaddrinfo(host, port, *rest, **more)
    if port != 443 or not host.endswith(".weixin.qq.com"):
        raise OSError(f"{host}:{port} is none of WeChat's.")
    return getaddrinfo("127.0.0.1", int(os.environ["WEIXIN_PORT"]), *rest, **more)


socket.getaddrinfo = here


def say(value):
    print(json.dumps(value), flush=True)


def client(version, **deeds):
    """A client of the API: does what it is told, `{ "deed": "text", "given": ["o…", "hi"] }`."""
    say({"version": version, "deeds": list(deeds)})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            say({"value": deeds[order["deed"]](*order["given"])})
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def bot(version, application):
    """A bot: listens, until it is ended."""
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    say({"version": version, "port": server.server_port})
    server.serve_forever()
