"""An application that uses Graphiti: carries out the operations it reads as JSON, by the library's own calls."""

import asyncio
import json
import os
import sys
from datetime import datetime, timezone

os.environ["GRAPHITI_TELEMETRY_ENABLED"] = "false"

from graphiti_core.driver.falkordb_driver import FalkorDriver  # noqa: E402
from graphiti_core.driver.neo4j_driver import Neo4jDriver  # noqa: E402
from graphiti_core.edges import EntityEdge  # noqa: E402
from graphiti_core.nodes import EntityNode, EpisodeType, EpisodicNode  # noqa: E402
from graphiti_core.search.search_filters import ComparisonOperator, DateFilter, SearchFilters  # noqa: E402
from graphiti_core.search.search_utils import edge_fulltext_search, edge_similarity_search  # noqa: E402

WRITTEN = datetime(2026, 1, 1, tzinfo=timezone.utc)


def open_driver(store):
    if store["in"] == "neo4j":
        return Neo4jDriver(store["uri"], store["user"], store["password"])
    return FalkorDriver(
        host=store["host"], port=store["port"], password=store["password"], database=store["database"]
    )


def instant(operation, name):
    return datetime.fromisoformat(operation[name]) if name in operation else None


async def save(driver, operation):
    group = operation["group"]
    episode = EpisodicNode(
        uuid=f"{group}-episode",
        name="episode",
        group_id=group,
        source=EpisodeType.text,
        source_description="",
        content="said",
        created_at=WRITTEN,
        valid_at=WRITTEN,
    )
    await episode.save(driver)
    for name in operation["names"]:
        node = EntityNode(
            uuid=f"{group}-{name}",
            name=name,
            group_id=group,
            labels=operation.get("labels", []),
            created_at=WRITTEN,
            summary="known",
            name_embedding=[0.5, 0.25],
            attributes={"role": "tester"},
        )
        await node.save(driver)
    for source, target in operation["facts"]:
        edge = EntityEdge(
            uuid=f"{group}-{source}-{target}",
            group_id=group,
            source_node_uuid=f"{group}-{source}",
            target_node_uuid=f"{group}-{target}",
            name="KNOWS",
            fact=f"{source} knows {target}",
            fact_embedding=[0.5, 0.25],
            episodes=[f"{group}-episode"],
            created_at=instant(operation, "created") or WRITTEN,
            valid_at=instant(operation, "created") or WRITTEN,
            invalid_at=instant(operation, "retired"),
            expired_at=instant(operation, "retired"),
        )
        await edge.save(driver)
    return None


async def read(driver, operation):
    nodes = await EntityNode.get_by_group_ids(driver, [operation["group"]])
    return {node.name: node.attributes for node in nodes}


async def save_again(driver, operation):
    """Loads every entity of the group and saves it as it was loaded."""
    for node in await EntityNode.get_by_group_ids(driver, [operation["group"]]):
        await node.load_name_embedding(driver)
        await node.save(driver)
    return None


async def edges(driver, operation):
    """Every fact of the group with its ends and its episodes."""
    found = await EntityEdge.get_by_group_ids(driver, [operation["group"]])
    return {edge.uuid: [edge.source_node_uuid, edge.target_node_uuid, edge.fact, edge.episodes] for edge in found}


async def index(driver, _operation):
    await driver.build_indices_and_constraints()
    return None


async def search(driver, operation):
    """Facts of the group that hold, as the library's own searches find them, and whether each was archived."""
    holding = SearchFilters(expired_at=[[DateFilter(comparison_operator=ComparisonOperator.is_null)]])
    groups = [operation["group"]]
    by_text = await edge_fulltext_search(driver, "knows", holding, groups, 100)
    by_vector = await edge_similarity_search(driver, [0.5, 0.25], None, None, holding, groups, 100)
    return [{edge.uuid: "archived_at" in edge.attributes for edge in found} for found in (by_text, by_vector)]


async def save_facts_again(driver, operation):
    """Loads every fact of the group and saves it as it was loaded."""
    for edge in await EntityEdge.get_by_group_ids(driver, [operation["group"]]):
        await edge.load_fact_embedding(driver)
        await edge.save(driver)
    return None


OPERATIONS = {
    "edges": edges,
    "index": index,
    "read": read,
    "save": save,
    "save_again": save_again,
    "save_facts_again": save_facts_again,
    "search": search,
}


async def main():
    given = json.load(sys.stdin)
    driver = open_driver(given["store"])
    try:
        answers = [await OPERATIONS[one["do"]](driver, one) for one in given["operations"]]
    finally:
        await driver.close()
    json.dump(answers, sys.stdout)


asyncio.run(main())
