"""An application that uses LangGraph's PostgresStore and PostgresSaver: carries out the operations it reads as JSON."""

import json
import sys

from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.store.postgres import PostgresStore


def embed(texts):
    """Counts of three letters: the same text has the same vector everywhere."""
    return [[float(text.count(letter)) + 0.5 for letter in "abc"] for text in texts]


def put(store, saver, namespace, key, value):
    store.put(tuple(namespace), key, value)


def get(store, saver, namespace, key):
    item = store.get(tuple(namespace), key)
    return None if item is None else item.value


def search(store, saver, namespace, query):
    return [item.key for item in store.search(tuple(namespace), query=query, limit=10)]


def config_of(thread, namespace, checkpoint=None):
    configurable = {"thread_id": thread, "checkpoint_ns": namespace}
    return {"configurable": configurable if checkpoint is None else {**configurable, "checkpoint_id": checkpoint}}


def checkpoint(store, saver, thread, namespace, id, ts, values, versions, new, writes):
    """Values of channels that are not in `new` were stored by an earlier checkpoint of the thread."""
    one = {**empty_checkpoint(), "id": id, "ts": ts, "channel_values": values, "channel_versions": versions}
    saved = saver.put(config_of(thread, namespace), one, {"source": "loop", "step": 1, "parents": {}}, new)
    saver.put_writes(saved, [tuple(write) for write in writes], task_id=f"task of {id}")


def state(store, saver, thread, namespace):
    found = saver.get_tuple(config_of(thread, namespace))
    if found is None:
        return None
    writes = [[channel, value] for _, channel, value in found.pending_writes]
    history = [one.checkpoint["id"] for one in saver.list(config_of(thread, namespace))]
    return {"values": found.checkpoint["channel_values"], "writes": writes, "history": history}


operations = {"put": put, "get": get, "search": search, "checkpoint": checkpoint, "state": state}


def main():
    request = json.load(sys.stdin)
    url = request["settings"]["database_url"]
    index = {"dims": 3, "embed": embed, "fields": ["text"]}
    with PostgresStore.from_conn_string(url, index=index) as store, PostgresSaver.from_conn_string(url) as saver:
        store.setup()
        saver.setup()
        results = [operations[name](store, saver, **arguments) for name, arguments in request["operations"]]
    json.dump(results, sys.stdout)


main()
