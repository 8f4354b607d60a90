"""Headers of log lines are told by their structure, whatever system wrote them."""

import pytest

from monitoring_server.analysis.log_headers import message_of

_LINES = {
    "syslog with priority and pid": (
        "<34>Oct 11 22:14:15 web-3 su[231]: refused for lena on pts/8",
        "refused for lena on pts/8",
    ),
    "syslog without pid": ("Jun  9 06:06:20 den kernel: Memory: 12k free", "Memory: 12k free"),
    "syslog of a desktop": (
        "Jul  1 09:00:55 rook-10-1 com.acme.cts[43]: com.acme.Daily: was told to run",
        "com.acme.Daily: was told to run",
    ),
    "syslog of a program with spaces": (
        "Jul  1 09:00:55 rook Acme Word Helper[431]: opened a file",
        "opened a file",
    ),
    "phone": ("03-17 16:13:38.811  1702  2395 D Windows: frozen app=null", "frozen app=null"),
    "phone, brief": ("D/Windows( 1702): frozen app=null", "frozen app=null"),
    "glog": ("I0102 15:04:05.123456  1234 disk.cc:88] Loading model x", "Loading model x"),
    "log4j": (
        "2031-10-18 18:01:47,978 INFO [IPC handler 0] com.acme.App: Created it",
        "Created it",
    ),
    "log4j, thread last": (
        "2031-07-29 17:41:44,747 - WARN  [Peer[id=1]/0:0:2181:Vote@774] - Timed out",
        "Timed out",
    ),
    "logback": ("15:04:05.123 [main] INFO  c.e.Foo - started in 3 ms", "started in 3 ms"),
    "python": ("2031-01-01 12:00:00,123 - my.app - INFO - connected", "connected"),
    "python, default": ("INFO:my.app:connected", "connected"),
    "columns": ("2031-09-28 04:30:30, Info                  ABC    Loaded v6", "Loaded v6"),
    "pipes": ("20311223-22:15:29:606|Walk_A|30002312|onStep 3579", "onStep 3579"),
    "month and day in brackets": (
        "[10.30 16:49:06] fox.exe *64 - proxy.acme.example:5070 close, 0 bytes",
        "proxy.acme.example:5070 close, 0 bytes",
    ),
    "supercomputer": (
        "- 1917838570 2031.06.03 R02-M1 2031-06-03-15.42.50.363779 R02-M1 RAS CORE INFO ECC fixed",
        "ECC fixed",
    ),
    "supercomputer with syslog": (
        "- 1931566461 2031.11.09 en228 Nov 9 12:01:01 en228/en228 crond(pam)[2915]: closed for ann",
        "closed for ann",
    ),
    "numbered": ("134681 node-246 unix.hw state.gone 1977804742 1 It is gone", "It is gone"),
    "file name and request": (
        "api.log.1.2031-05-16_13:53:08 2031-05-16 00:00:00.008 25746 INFO acme.web.server "
        '[req-38101a0b 113d3a99 - - -] 10.1.2.3 "GET /v2"',
        '10.1.2.3 "GET /v2"',
    ),
    "function": ("2031-01-01T00:00:00.1Z\t6f9a-11\tINFO\tCharged a card", "Charged a card"),
    "access": (
        '10.0.0.1 - lena [10/Oct/2031:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326',
        '"GET /a HTTP/1.0" 200 2326',
    ),
    "JSON": ('{"level": "info", "message": "ann logged in", "port": 3}', "ann logged in"),
    "JSON behind a header": (
        'Nov  9 12:01:01 host app[12]: {"msg": "ann logged in", "a": 1}',
        "ann logged in",
    ),
    "JSON that holds a line": (
        '{"log": "2031-01-01 12:00:00,123 INFO [main] a.b.C: ann logged in", "stream": "stdout"}',
        "ann logged in",
    ),
    "logfmt": (r'ts=2031-01-01T00:00:00Z level=info msg="ann \"x\" in" port=3', 'ann "x" in'),
    "level first": ("[INFO] 2031-01-01 00:00:00 app started", "app started"),
    "nothing": ("cannot connect to db: refused", "cannot connect to db: refused"),
}


@pytest.mark.parametrize("name", _LINES)
def test_a_header_is_taken_off(name: str) -> None:
    line, message = _LINES[name]

    assert message_of(line) == message


@pytest.mark.parametrize("name", _LINES)
def test_a_message_without_its_header_stays_as_it_is(name: str) -> None:
    message = _LINES[name][1]

    assert message_of(message) == message


@pytest.mark.parametrize(
    "message", ["2031-01-01 12:00:00 cannot connect: refused", "2031-01-01 12:00:00 Failed: disk"]
)
def test_a_word_before_a_colon_is_no_component_where_no_level_stands(message: str) -> None:
    assert message_of(message) == message.removeprefix("2031-01-01 12:00:00 ")


@pytest.mark.parametrize(
    "junk", ["", " ", "{" * 5000, '{"a":' * 2000, "[" * 5000, "\x00\x01\ufffd" * 50, '{"msg": 3}']
)
def test_junk_is_a_message_like_any_other(junk: str) -> None:
    assert junk.startswith(message_of(junk)[:10])
