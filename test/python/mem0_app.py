"""An application that uses mem0: carries out the operations it reads as JSON, by the library's own calls."""

import json
import os
import sys

from mem0 import Memory

DIMENSIONS = 256


def open_memory(settings):
    model = {"api_key": "none", "openai_base_url": settings["models_url"], "model": "stand-in"}
    return Memory.from_config(
        {
            "vector_store": {
                "provider": "pgvector",
                "config": {
                    "connection_string": settings["database_url"],
                    "collection_name": settings.get("collection", "mem0"),
                    "embedding_model_dims": DIMENSIONS,
                },
            },
            "embedder": {"provider": "openai", "config": {**model, "embedding_dims": DIMENSIONS}},
            "llm": {"provider": "openai", "config": model},
            "history_db_path": os.path.join(os.environ["MEM0_DIR"], "history.db"),
        }
    )


def link(memory, entity, memory_id, filters):
    """What `add` does where spaCy is installed and finds an entity in the text."""
    memory._upsert_entity(entity, "PROPER", memory_id, filters)


def insert_payload(memory, memory_id, payload):
    """Rows as older versions left them, written by the library's own store."""
    vector = memory.embedding_model.embed(payload["data"], "add")
    memory.vector_store.insert(vectors=[vector], payloads=[payload], ids=[memory_id])


def carry_out(memory, name, arguments):
    if name in ("link", "insert_payload"):
        return globals()[name](memory, **arguments)
    result = getattr(memory, name)(**arguments)
    return result["results"] if isinstance(result, dict) and "results" in result else result


def main():
    request = json.load(sys.stdin)
    with open_memory(request["settings"]) as memory:
        results = [carry_out(memory, name, arguments) for name, arguments in request["operations"]]
    json.dump(results, sys.stdout)


main()
