"""Build, communities and ranks with igraph: a file of edges as pairs of int32 in, seconds and modularity as JSON out."""

import array
import json
import random
import sys
import time

import igraph

file, nodes, iterations, seed = sys.argv[1], *map(int, sys.argv[2:5])
ends = array.array("i")
with open(file, "rb") as edges:
    ends.frombytes(edges.read())
random.seed(seed)

started = time.perf_counter()
graph = igraph.Graph(n=nodes, edges=zip(ends[0::2], ends[1::2]))
graph.es["weight"] = 1.0
graph.simplify(multiple=True, loops=False, combine_edges="sum")
built = time.perf_counter()
communities = graph.community_leiden("modularity", weights="weight", n_iterations=iterations)
found = time.perf_counter()
graph.pagerank(damping=0.85, weights="weight")
ranked = time.perf_counter()

print(
    json.dumps(
        {
            "build": built - started,
            "communities": found - built,
            "ranks": ranked - found,
            "modularity": graph.modularity(communities.membership, weights="weight"),
            "version": igraph.__version__,
        }
    )
)
