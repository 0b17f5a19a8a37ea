"""The machine, with programs of a few lines: it knows nothing of chains."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wasmtime

from dml_sdk.chain.node import abi, interrupts
from dml_sdk.chain.node.code_cache import CodeCache
from dml_sdk.chain.node.ticks import ThreadTicks, Ticks, TimerTicks
from dml_sdk.chain.node.time_limit import OutOfTime
from dml_sdk.chain.node.vm import ENGINE_SETTINGS, Function, Heap, Machine, Signature, engine
from dml_sdk.errors import RuntimeIncompatible
from tests.chain.node.looping import alone

HEAP = Heap("malloc", "free")
NOTHING = Signature((), ())

PROGRAM = """(module
  (import "env" "memory" (memory 2))
  (import "env" "malloc" (func $malloc (param i32) (result i32)))
  (import "env" "free" (func $free (param i32)))
  (import "env" "ask" (func $ask (param i64 i32) (result i64)))
  (global (export "__heap_base") i32 (i32.const 70000))
  (data (i32.const 66000) "initial")
  (func (export "change") (param i32 i32) (result i64)
    (i32.store8 (i32.const 66000) (i32.const 33))
    (i32.store8 (i32.const 100) (i32.const 33))
    (i32.store8 (call $malloc (i32.const 8)) (i32.const 33))
    (i64.const 0))
  (func (export "ask") (param i32 i32) (result i64)
    (call $ask (i64.const -1) (i32.const -2)))
  (func (export "trap") (param i32 i32) (result i64) unreachable)
  (func (export "exhaust") (param i32 i32) (result i64)
    (drop (call $malloc (i32.const 99999999))) (i64.const 0))
  (func (export "hoard") (param i32 i32) (result i64)
    (loop $for_ever (call $free (call $malloc (i32.const 8))) (br $for_ever)) unreachable)
  (func (export "chatter") (param i32 i32) (result i64)
    (loop $for_ever (drop (call $ask (i64.const 1) (i32.const 2))) (br $for_ever)) unreachable)
  (func (export "spin") (param i32 i32) (result i64)
    (loop $for_ever (br $for_ever)) unreachable)
  (func $deep (export "deep") (param i32 i32) (result i64)
    (call $deep (i32.const 0) (i32.const 0)) (i64.const 1) i64.add))"""


def machine(
    answer: Callable[..., int] = lambda span, number: 7,
    cache_dir: Path | None = None,
    counted_by: Ticks | None = None,
) -> Machine:
    offered = {"ask": Function(answer, Signature(("i64", "i32"), ("i64",)))}
    code = wasmtime.wat2wasm(PROGRAM)
    return Machine(code, offered, HEAP, cache_dir=cache_dir, counted_by=counted_by)


def test_every_call_starts_from_the_initial_memory() -> None:
    under_test = machine()
    for _ in range(3):
        under_test.reset()
        assert under_test.memory.read(66000, 7) == b"initial"
        assert under_test.memory.read(0, 66000) == bytes(66000)
        assert not any(under_test.memory.read(70000, 60000))
        under_test.call("change", 0, 0)
        assert under_test.memory.read(66000, 7) == b"!nitial"
        assert under_test.memory.read(100, 1) == b"!"


def test_a_heap_that_grew_large_is_as_new_too() -> None:
    under_test = machine()
    under_test.reset()
    pointer = under_test.malloc(20 << 20)
    under_test.memory.write(pointer, b"used")
    under_test.reset()
    assert under_test.malloc(20 << 20) == pointer
    assert under_test.memory.read(pointer, 4) == bytes(4)


def test_arguments_reach_the_host_unsigned_and_whole() -> None:
    asked = []

    def answer(span: int, number: int) -> int:
        asked.append((span, number))
        return 2**64 - 5

    under_test = machine(answer)
    under_test.reset()
    assert under_test.call("ask", 0, 0) == 2**64 - 5
    assert asked == [(2**64 - 1, 2**32 - 2)]


def test_what_a_host_function_raises_comes_out_as_it_was() -> None:
    def refuse(span: int, number: int) -> int:
        raise KeyboardInterrupt("the user")

    under_test = machine(refuse)
    under_test.reset()
    with pytest.raises(KeyboardInterrupt, match="the user"):
        under_test.call("ask", 0, 0)
    under_test.reset()
    assert under_test.call("change", 0, 0) == 0


@pytest.mark.parametrize(
    ("export", "why"), [("trap", "unreachable"), ("exhaust", "32 MiB"), ("deep", "stack")]
)
def test_a_trap_says_why_and_the_next_call_works(export: str, why: str) -> None:
    under_test = machine()
    under_test.reset()
    with pytest.raises(abi.Trap, match=why):
        under_test.call(export, 0, 0)
    under_test.reset()
    assert under_test.call("ask", 0, 0) == 7


@pytest.mark.parametrize(
    ("pointer", "length"), [(2**32 - 1, 1), (2 << 16, 1), (0, 2**32 - 1), ((2 << 16) - 1, 2)]
)
def test_a_pointer_outside_the_memory_is_refused(pointer: int, length: int) -> None:
    under_test = machine()
    with pytest.raises(abi.Trap, match="outside a memory"):
        under_test.memory.read(pointer, length)
    with pytest.raises(abi.Trap, match="outside a memory"):
        under_test.memory.zero(pointer, length)


def test_writing_over_the_end_of_the_memory_is_refused() -> None:
    under_test = machine()
    under_test.memory.write((2 << 16) - 2, b"xx")
    with pytest.raises(abi.Trap, match="outside a memory"):
        under_test.memory.write((2 << 16) - 1, b"xx")


def test_every_missing_import_is_named_at_load() -> None:
    with pytest.raises(RuntimeIncompatible, match="does not offer: ask"):
        Machine(wasmtime.wat2wasm(PROGRAM), {}, HEAP)


def test_an_import_of_another_type_is_named_at_load() -> None:
    offered = {"ask": Function(lambda: None, NOTHING)}
    with pytest.raises(RuntimeIncompatible, match=r"ask\(i64, i32\) -> \(i64\), which here is"):
        Machine(wasmtime.wat2wasm(PROGRAM), offered, HEAP)


def test_what_is_no_wasm_is_refused() -> None:
    with pytest.raises(RuntimeIncompatible, match="not Wasm that this node can run"):
        Machine(b"\0asm, but no more", {}, HEAP)


def test_a_program_with_a_memory_of_its_own_is_refused() -> None:
    with pytest.raises(RuntimeIncompatible, match="does not import its memory"):
        Machine(wasmtime.wat2wasm('(module (memory (export "memory") 1))'), {}, HEAP)


def test_compiled_code_is_kept_and_found_again(tmp_path: Path) -> None:
    cache = CodeCache(engine(), ENGINE_SETTINGS, tmp_path)
    code = wasmtime.wat2wasm(PROGRAM)
    cache.module(code)
    kept = cache.path(code)
    assert [file.name for file in tmp_path.iterdir()] == [kept.name]
    before = kept.stat()
    cache.module(code)
    assert kept.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("position", [0, 31, 32, 40, -1])
def test_a_damaged_cache_file_is_compiled_anew_and_mended(tmp_path: Path, position: int) -> None:
    cache = CodeCache(engine(), ENGINE_SETTINGS, tmp_path)
    code = wasmtime.wat2wasm(PROGRAM)
    cache.module(code)
    path = cache.path(code)
    good = path.read_bytes()
    bad = bytearray(good)
    bad[position] ^= 1
    path.write_bytes(bad)
    assert len(cache.module(code).exports) == 9
    assert path.read_bytes() == good


def test_a_truncated_cache_file_is_compiled_anew(tmp_path: Path) -> None:
    cache = CodeCache(engine(), ENGINE_SETTINGS, tmp_path)
    code = wasmtime.wat2wasm(PROGRAM)
    cache.module(code)
    path = cache.path(code)
    for length in (0, 10, 32, 1000):
        path.write_bytes(path.read_bytes()[:length])
        assert len(cache.module(code).exports) == 9


def test_a_cache_that_cannot_be_written_is_gone_without(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    under_test = machine(cache_dir=in_the_way / "cache")
    under_test.reset()
    assert under_test.call("ask", 0, 0) == 7


each_ticks = pytest.mark.parametrize(
    "counted_by",
    [
        pytest.param(
            TimerTicks,
            marks=pytest.mark.skipif(not TimerTicks.offered(), reason="no POSIX timers here"),
        ),
        ThreadTicks,
    ],
)


@each_ticks
def test_a_program_that_takes_too_long_is_stopped_and_others_run_meanwhile(
    counted_by: type[Ticks],
) -> None:
    ticks = counted_by(engine())  # type: ignore[call-arg]
    under_test, other = machine(counted_by=ticks), machine(counted_by=ticks)
    other.reset()
    answers: list[int] = []
    meanwhile, done = 0, threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers.append(other.call("ask", 0, 0))
            time.sleep(0.01)

    beside = threading.Thread(target=ask)
    beside.start()
    for _ in range(50):  # the system may give its processors to others for a while
        under_test.reset()
        before = len(answers)
        with pytest.raises(OutOfTime, match=r"took longer than 0\.2 s"):
            under_test.call("spin", 0, 0, seconds=0.2)
        meanwhile = len(answers) - before
        if meanwhile > 1:
            break
    done.set()
    beside.join()
    assert meanwhile > 1
    under_test.reset()
    assert under_test.call("ask", 0, 0) == 7


@each_ticks
def test_programs_that_loop_in_several_threads_are_all_stopped(counted_by: type[Ticks]) -> None:
    ticks = counted_by(engine())  # type: ignore[call-arg]
    looping = [machine(counted_by=ticks) for _ in range(4)]

    def stopped(one: Machine) -> str:
        one.reset()
        with pytest.raises(OutOfTime) as late:
            one.call("spin", 0, 0, seconds=0.1)
        return str(late.value)

    with ThreadPoolExecutor(len(looping)) as threads:
        assert list(threads.map(stopped, looping)) == ["it took longer than 0.1 s"] * 4


def test_a_limit_ends_with_its_call() -> None:
    under_test = machine()
    under_test.reset()
    assert under_test.call("ask", 0, 0, seconds=0.0) == 7
    for _ in range(3):
        engine().increment_epoch()
        time.sleep(0.001)
        under_test.reset()
        assert under_test.malloc(8)
    assert under_test.call("ask", 0, 0) == 7


def test_a_call_that_allocates_for_ever_is_stopped() -> None:
    under_test = machine()
    under_test.reset()
    with pytest.raises(OutOfTime):
        under_test.call("hoard", 0, 0, seconds=0.1)
    under_test.reset()
    assert under_test.call("ask", 0, 0) == 7


BEGIN = """
import os, signal, sys, threading, time
from dml_sdk.chain.node import interrupts, vm
from dml_sdk.chain.node.ticks import ThreadTicks
from dml_sdk.chain.node.time_limit import OutOfTime
from tests.chain.node.test_vm import machine
if sys.argv[1] == "thread":
    other = ThreadTicks(vm.engine())
    vm.ticks = lambda: other
under_test = machine()
under_test.reset()
"""
each_way = pytest.mark.parametrize("way", ["as here", "thread"])


@each_way
@pytest.mark.parametrize("program", ["spin", "chatter"])
def test_ctrl_c_is_heard_while_a_program_loops(way: str, program: str) -> None:
    script = """
here, there = os.pipe()
child = os.fork()
if not child:  # a thread of this process would tell it at another moment than a terminal does
    for _ in range(5):
        os.read(here, 1)
        time.sleep(0.1)  # most likely it loops by now
        os.kill(os.getppid(), signal.SIGINT)
    os._exit(0)
for _ in range(5):
    try:
        with interrupts.Held():
            os.write(there, b".")
            under_test.call(sys.argv[2], 0, 0)
    except KeyboardInterrupt:
        with interrupts.Held():
            under_test.reset()
            print(under_test.call("ask", 0, 0))
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    assert alone(BEGIN + script, way, program) == "7\n" * 5 + "True\n"


@each_way
def test_handlers_of_other_signals_may_raise_at_any_time_too(way: str) -> None:
    script = """
class TimeIsUp(Exception): pass
def raises(*_): raise TimeIsUp
signal.signal(signal.SIGALRM, raises)
lost, raised = [], 0
sys.unraisablehook = lambda told: "callback" in str(told.err_msg) and lost.append(told)
while raised < TIMES:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0003 + raised % 100 * 1e-5)
        for _ in range(1000):
            with interrupts.Held():
                under_test.reset()
                assert under_test.call("ask", 0, 0) == 7
    except TimeIsUp:
        raised += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
assert signal.getsignal(signal.SIGALRM) is raises
print(len(lost))
"""
    assert alone(BEGIN + script.replace("TIMES", "1_000"), way) == "0\n"


def test_ctrl_c_after_the_last_moment_it_could_be_heard_in_is_heard_at_the_end() -> None:
    outer = interrupts.Held()
    outer.__enter__()
    with interrupts.Held():
        signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        outer.__exit__(None, None, None)
    with pytest.raises(ValueError, match="first"), interrupts.Held():
        raise ValueError("first")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@each_way
def test_a_forked_process_stops_what_loops_as_well(way: str) -> None:
    script = """
for _ in range(2):
    assert under_test.call("ask", 0, 0) == 7
    child = os.fork()
    if not child:
        try:
            under_test.call("spin", 0, 0, seconds=0.1)
        except OutOfTime:
            os._exit(3)
        os._exit(4)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    try:
        under_test.call("spin", 0, 0, seconds=0.1)
    except OutOfTime as late:
        under_test.reset()
        print(late)
"""
    told = "3\nit took longer than 0.1 s\n"
    assert alone(BEGIN + script, way) == told * 2


@each_way
def test_a_process_ends_while_a_program_loops_in_a_thread(way: str) -> None:
    script = """
threading.Thread(target=under_test.call, args=("spin", 0, 0), daemon=True).start()
time.sleep(0.1)
print("bye")
"""
    assert alone(BEGIN + script, way) == "bye\n"


def test_a_process_that_is_forked_at_any_time_has_a_clock_of_its_own() -> None:
    script = """
for turn in range(60):
    under_test.call("ask", 0, 0)
    time.sleep(0.015 + turn * 1e-4)  # about when the timer ends
    child = os.fork()
    if not child:
        try:
            under_test.call("spin", 0, 0, seconds=0.01)
        except OutOfTime:
            os._exit(3)
        os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
"""
    assert alone(BEGIN + script, "as here") == ""
