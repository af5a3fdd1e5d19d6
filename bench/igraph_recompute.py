"""One group's graph out of PostgreSQL, communities and ranks with igraph, and back: seconds and modularity as JSON out."""

import json
import random
import sys
import time

import igraph
import psycopg

url, group, iterations, seed, version = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
random.seed(seed)


# Binary, and all at once: the fastest that was found, several times as fast as COPY, which comes line by line.
with psycopg.connect(url) as connection, connection.cursor(binary=True) as cursor:
    started = time.perf_counter()
    cursor.execute("SELECT id FROM knowledge.graph_entities WHERE group_id = %s", (group,))
    ids = [id for (id,) in cursor.fetchall()]
    cursor.execute(
        "SELECT source, target, coalesce(weight, 1) FROM knowledge.graph_relations"
        " WHERE group_id = %s AND deprecated_at IS NULL",
        (group,),
    )
    relations = cursor.fetchall()
    read = time.perf_counter()
    numbers = {id: number for number, id in enumerate(ids)}
    graph = igraph.Graph(n=len(ids), edges=[(numbers[a], numbers[b]) for a, b, _ in relations], directed=True)
    graph.es["weight"] = [weight for _, _, weight in relations]
    undirected = graph.as_undirected(mode="collapse", combine_edges="sum")
    communities = undirected.community_leiden("modularity", weights="weight", n_iterations=iterations)
    ranks = graph.pagerank(damping=0.85, weights="weight")
    computed = time.perf_counter()
    with cursor.copy(
        "COPY knowledge.graph_results (group_id, version, entity_id, community, centrality) FROM STDIN"
    ) as copy:
        membership = communities.membership
        copy.write("".join(f"{group}\t{version}\t{ids[n]}\t{membership[n]}\t{ranks[n]!r}\n" for n in range(len(ids))))
    cursor.execute(
        "INSERT INTO knowledge.graph_versions (group_id, version, communities, hash, computed_at)"
        " VALUES (%s, %s, %s, '', now()) ON CONFLICT (group_id) DO UPDATE SET version = excluded.version,"
        " communities = excluded.communities, computed_at = excluded.computed_at",
        (group, version, len(communities)),
    )
    cursor.execute("DELETE FROM knowledge.graph_results WHERE group_id = %s AND version <> %s", (group, version))
    connection.commit()
    written = time.perf_counter()

print(
    json.dumps(
        {
            "read": read - started,
            "compute": computed - read,
            "write": written - computed,
            "modularity": undirected.modularity(communities.membership, weights="weight"),
            "communities": len(communities),
            "version": igraph.__version__,
        }
    )
)
