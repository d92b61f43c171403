"""What is done courteously yields to all else, and nothing besides does."""

import os
import sys
import threading

import pytest

from linkmgr.web.background.worker import CourteousThread


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="a niceness for each thread is Linux's")
def test_a_courteous_thread_is_nice_with_those_it_starts_and_its_caller_is_not():
    before, courteous = niceness(), CourteousThread()
    started = []

    def start_another():
        thread = threading.Thread(target=lambda: started.append(niceness()))
        thread.start()
        thread.join()
        return niceness()

    assert courteous.do(start_another) == 19
    assert (started, niceness()) == ([19], before)


def test_an_error_of_courteous_work_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        CourteousThread().do(lambda: 1 // 0)
