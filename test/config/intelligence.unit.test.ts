import { describe, expect, test } from 'vitest';
import { configurationHash } from '../../src/config/configuration-hash.ts';
import { configurationDigests } from '../../src/config/digest.ts';
import { showConfig } from '../../src/config/show.ts';
import { catalogue } from '../../src/jobs/index.ts';
import { load, problemsOf } from './support.ts';

const collections = 'collections: {queries: {kind: queries}, notes: {table: app.notes}}';
const withTables = (tables: string) => `${collections}\nintelligence: {tables: ${tables}}`;

describe('tables of results about questions', () => {
  test('each can be given a schema and a name, alone or with others', () => {
    const config = load(withTables('{topic_extractions: app.topics, intelligence_reports: reports}'));
    expect(config.intelligence.tables).toEqual({
      topic_extractions: { schema: 'app', name: 'topics' },
      intelligence_reports: { schema: 'public', name: 'reports' },
    });
    expect(showConfig(config)).toMatchObject({
      intelligence: { tables: { topic_extractions: 'app.topics', intelligence_reports: 'public.reports' } },
    });
  });

  test('without the setting the configuration has the digests that it had', () => {
    const [without, empty] = [load(collections), load(withTables('{}'))];
    expect(without.intelligence.tables).toEqual({});
    expect(configurationHash(empty)).toBe(configurationHash(without));
    expect(showConfig(without)).not.toHaveProperty('intelligence');
  });

  test('only the three jobs that write results decline a run of a worker with other tables', () => {
    const [one, other] = [load(collections), load(withTables('{user_insights: app.insights}'))];
    expect(configurationHash(one)).not.toBe(configurationHash(other));
    const declining = catalogue.filter(
      (job) => JSON.stringify(configurationDigests(one, job)) !== JSON.stringify(configurationDigests(other, job)),
    );
    expect(declining.map(({ id }) => id).sort()).toEqual(['insight-generation', 'topic-extraction', 'weekly-report']);
    for (const job of declining) {
      expect(configurationDigests(other, job).notes).toBe(configurationDigests(one, job).notes);
    }
  });

  test.each([
    [
      '{topic_extractions: app.one, user_insights: app.one}',
      /tables\.user_insights: app\.one .*tables\.topic_extractions too/,
    ],
    ['{org_knowledge: app.notes}', /tables\.org_knowledge: collections\.notes maps table app\.notes too/],
    ['{org_knowledge: knowledge.query_history}', /collections\.queries maps table knowledge\.query_history too/],
    ['{org_knowledge: knowledge.user_insights}', /knowledge\.user_insights is the name of a table that Coppice makes/],
    ['{org_knowledge: coppice.shared}', /schema coppice is for Coppice's own tables/],
    ['{org_knowledge: "app.shared; drop"}', /must be a table name, or schema\.table/],
    ['{topics: app.topics}', /intelligence\.tables\.topics: is not a known setting/],
  ])('%s is refused, in one line', (tables, reason) => {
    expect(problemsOf(withTables(tables))).toEqual([expect.stringMatching(reason)]);
  });

  test('a table of a child, of chunks, or of a graph is refused', () => {
    const file = `
collections:
  queries: {kind: queries}
  docs: {table: app.docs, vectors: {in: table, table: app.chunks, document: doc}, children: [{table: app.parts, id: id, parent: {doc: id}}]}
graphs: {facts: {in: postgres}}
intelligence:
  tables: {topic_extractions: app.chunks, user_insights: app.parts, org_knowledge: knowledge.facts_entities}`;
    expect(problemsOf(file)).toEqual([
      'intelligence.tables.topic_extractions: collections.docs maps table app.chunks too; name another one',
      'intelligence.tables.user_insights: collections.docs maps table app.parts too; name another one',
      'intelligence.tables.org_knowledge: graphs.facts maps table knowledge.facts_entities too; name another one',
    ]);
  });
});
