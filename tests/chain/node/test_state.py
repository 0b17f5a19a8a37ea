from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node.scale import Reader, compact
from dml_sdk.chain.node.state import Overlay, Removed
from dml_sdk.chain.node.trie import Trie, build

keys = st.builds(bytes, st.lists(st.sampled_from([0, 1, 16]), max_size=3))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), keys, st.binary(max_size=3)),
        st.tuples(st.just("remove"), keys),
        st.tuples(st.just("append"), keys, st.binary(min_size=1, max_size=2)),
        st.tuples(st.just("clear"), keys),
        st.tuples(st.just("start")),
        st.tuples(st.just("commit")),
        st.tuples(st.just("rollback")),
    ),
    max_size=40,
)


def appended(current: bytes | None, item: bytes) -> bytes:
    read = Reader(current or b"")
    try:
        count = read.compact() if current else 0
    except ValueError:
        return compact(1) + item
    return compact(count + 1) + (current or b"")[read.position :] + item


@settings(deadline=None, max_examples=300)
@given(st.dictionaries(keys, st.just(b"\x04x"), max_size=10), steps)
def test_an_overlay_does_what_copies_of_a_dictionary_would(
    base: dict[bytes, bytes], steps: list[tuple]
) -> None:
    overlay, models = Overlay(build(base.items(), 1)), [dict(base)]
    for name, *arguments in steps:
        model = models[-1]
        if name == "set":
            overlay.set(*arguments)
            model[arguments[0]] = arguments[1]
        elif name == "remove":
            overlay.set(arguments[0], None)
            model.pop(arguments[0], None)
        elif name == "append":
            overlay.append(*arguments)
            model[arguments[0]] = appended(model.get(arguments[0]), arguments[1])
        elif name == "clear" and arguments[0]:
            overlay.clear_prefix(arguments[0])
            for key in [key for key in model if key.startswith(arguments[0])]:
                del model[key]
        elif name == "start":
            overlay.start()
            models.append(dict(model))
        elif name == "commit" and len(models) > 1:
            overlay.commit()
            models.pop(-2)
        elif name == "rollback" and len(models) > 1:
            overlay.rollback()
            models.pop()
        model = models[-1]
        assert overlay.depth == len(models) - 1
        for key in [b"", b"\0", b"\1", *(arguments[:1])]:
            assert overlay.get(key) == model.get(key)
            assert overlay.next_key(key) == min((k for k in model if k > key), default=None)
    assert overlay.root().root == build(models[-1].items(), 1).root
    assert dict(overlay.root().items()) == models[-1]


def test_a_limit_counts_keys_of_the_trie_only() -> None:
    overlay = Overlay(build([(bytes([7, i]), b"old") for i in range(5)], 1))
    for i in range(5, 8):
        overlay.set(bytes([7, i]), b"new")
    assert overlay.clear_prefix(b"\7", 2) == Removed(complete=False, loops=2)
    assert overlay.next_key(b"\7") == b"\7\2"
    assert overlay.get(b"\7\6") is None
    assert overlay.clear_prefix(b"\7", 9) == Removed(complete=True, loops=5)
    assert overlay.next_key(b"\7") is None


def test_child_tries_do_not_go_with_a_prefix() -> None:
    overlay = Overlay(build([(b":child_storage:default:x", b"root"), (b":code", b"wasm")], 1))
    for prefix in (b"", b":", b":child_storage:default:"):
        overlay.clear_prefix(prefix)
    assert len(list(overlay.root().items())) == 2


def test_appending_to_what_is_no_vector_starts_one() -> None:
    overlay = Overlay(build([(b"k", b"\x03")], 1))
    overlay.append(b"k", b"item")
    assert overlay.get(b"k") == compact(1) + b"item"


def test_events_appended_in_nested_transactions_come_in_order() -> None:
    overlay = Overlay(Trie(1))
    overlay.append(b"e", b"a")
    overlay.start()
    overlay.append(b"e", b"b")
    overlay.start()
    overlay.append(b"e", b"lost")
    overlay.rollback()
    overlay.append(b"e", b"c")
    overlay.commit()
    overlay.append(b"e", b"d")
    assert overlay.get(b"e") == compact(4) + b"abcd"
