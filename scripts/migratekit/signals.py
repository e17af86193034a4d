"""The signals that end a call in order."""

import signal

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def heard() -> list[signal.Signals]:
    """Ctrl-C, SIGTERM, and a terminal that hangs up, unless that is ignored: who says nohup wants to go on."""
    return [each for each in ENDING if each is not signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN]
