import { describe, expect, test } from 'vitest';
import { load, problemsOf } from './support.ts';

const env = { WEAVIATE_URL: 'http://localhost:8080', NEO4J_URL: 'bolt://localhost' };

describe('vectors that are not where the graph is', () => {
  test('without a name they are in a class of the default schema, and the graph has none of its own', () => {
    const [graph] = load('graphs: {facts: {in: neo4j, vectors: {in: weaviate}}}', env).graphs;
    expect(graph?.place.vectors).toBeNull();
    expect(graph?.vectorsBeside).toEqual({
      ...{ in: 'weaviate', mapped: false, class: 'Facts_vectors', id: 'vector_id', group: 'group_id' },
      ...{ document: 'document_id', entity: 'entity_id' },
      createdAt: { property: 'created_at', type: 'datetime' },
      deprecatedAt: { property: 'deprecated_at', type: 'datetime' },
    });
  });

  test('a class with a name is the application’s own: it has no field that is not configured, and uuids name its objects', () => {
    const yaml = `graphs: {facts: {vectors: {in: weaviate, class: Own, document: doc, deprecated_at: {property: gone, type: iso_text}}}}`;
    const [graph] = load(yaml, env).graphs;
    expect(graph?.mapped).toBe(false);
    expect(graph?.vectorsBeside).toEqual({
      ...{ in: 'weaviate', mapped: true, class: 'Own', id: null, group: 'group_id', document: 'doc', entity: null },
      ...{ createdAt: null, deprecatedAt: { property: 'gone', type: 'iso_text' } },
    });
  });

  test('a table of PostgreSQL with the vectors of a graph of Neo4j', () => {
    const yaml = `graphs: {facts: {in: neo4j, preset: graphiti, vectors: {in: postgres, table: public.v, entity: node}}}`;
    const [graph] = load(yaml, env).graphs;
    expect(graph?.vectorsBeside).toMatchObject({
      ...{ in: 'postgres', mapped: true, table: { schema: 'public', name: 'v' }, id: 'id', document: null },
      ...{ entity: 'node', deprecatedAt: null },
    });
  });

  test('a place that is the graph’s own is no separate store', () => {
    const [graph] = load('graphs: {facts: {vectors: {in: postgres, table: v}}}', env).graphs;
    expect(graph?.vectorsBeside).toBeUndefined();
    expect(graph?.place.vectors).toMatchObject({ table: { schema: 'public', name: 'v' } });
  });

  test('every problem is named', () => {
    const yaml = `
      graphs:
        one: {vectors: {in: weaviate, class: lower, groop: g}}
        two: {in: neo4j, vectors: {in: falkordb, label: V}}
        three: {vectors: {in: neo4j, label: V}}
    `;
    expect(problemsOf(yaml, env).toSorted()).toEqual([
      'graphs.one.vectors.class: must be a Weaviate class name (starts with a capital)',
      'graphs.one.vectors.groop: is not a known setting',
      expect.stringMatching(/^graphs.three.vectors.in: /),
      expect.stringMatching(/^graphs.two.vectors.in: /),
    ]);
  });

  test('the address of Weaviate is required, and two graphs do not share a class', () => {
    const yaml = 'graphs: {one: {vectors: {in: weaviate, class: V}}, two: {vectors: {in: weaviate, class: V}}}';
    expect(problemsOf(yaml).toSorted()).toEqual([
      'graphs.one.vectors: are in Weaviate, but WEAVIATE_URL (stores.weaviate.url) is not set',
      'graphs.two.vectors: are in Weaviate, but WEAVIATE_URL (stores.weaviate.url) is not set',
      'graphs.two.vectors: class V holds those of graph one; each graph needs its own',
    ]);
  });
});
