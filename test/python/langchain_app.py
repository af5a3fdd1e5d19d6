"""An application that uses LangChain's PGVector: carries out the operations it reads as JSON, by the library's own calls."""

import json
import sys
import urllib.request

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_postgres import PGVector


class StandIn(Embeddings):
    def __init__(self, url):
        self.url = url

    def embed_documents(self, texts):
        body = json.dumps({"model": "stand-in", "input": list(texts)}).encode()
        request = urllib.request.Request(
            f"{self.url}/embeddings", data=body, headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return [one["embedding"] for one in json.load(response)["data"]]

    def embed_query(self, text):
        return self.embed_documents([text])[0]


def open_store(settings, collection):
    return PGVector(
        embeddings=StandIn(settings["models_url"]),
        connection=settings["database_url"].replace("postgres://", "postgresql+psycopg://", 1),
        collection_name=collection,
    )


def add(store, documents):
    """`documents`: `[{id, text, metadata}]`, a chunk each."""
    chunks = [Document(page_content=one["text"], metadata=one["metadata"]) for one in documents]
    return store.add_documents(chunks, ids=[one["id"] for one in documents])


def search(store, query, k, **options):
    return [
        {"id": one.id, "text": one.page_content, "metadata": one.metadata}
        for one in store.similarity_search(query, k=k, **options)
    ]


def delete(store, ids):
    store.delete(ids=ids)


def main():
    request = json.load(sys.stdin)
    stores = {}
    results = []
    for name, collection, arguments in request["operations"]:
        if collection not in stores:
            stores[collection] = open_store(request["settings"], collection)
        results.append({"add": add, "search": search, "delete": delete}[name](stores[collection], **arguments))
    json.dump(results, sys.stdout)


main()
