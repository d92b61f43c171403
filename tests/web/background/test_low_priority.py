"""Work of low priority yields to all else, and nothing besides does."""

import os
import sys
import threading

import pytest

from linkmgr.web.background.worker import LowPriorityThread


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="a niceness for each thread is Linux's")
def test_a_low_priority_thread_is_nice_and_its_caller_is_not():
    before, low_priority = niceness(), LowPriorityThread()
    started = []

    def start_another():
        thread = threading.Thread(target=lambda: started.append(niceness()))
        thread.start()
        thread.join()
        return niceness()

    assert low_priority.do(start_another) == 19
    assert (started, niceness()) == ([19], before)


def test_an_error_of_its_work_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        LowPriorityThread().do(lambda: 1 // 0)
