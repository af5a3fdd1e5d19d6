import { expect, test } from 'vitest';
import { configurationDigests } from '../../src/config/digest.ts';
import { archiveFacts } from '../../src/jobs/archive-facts.ts';
import { load, problemsOf } from './support.ts';

const neo4j = (relations: string, more = 'preset: graphiti') =>
  `stores: {neo4j: {url: 'bolt://localhost:1'}}\ngraphs: {memory: {in: neo4j, ${more}, relations: ${relations}}}`;
const relationsOf = (yaml: string) => {
  const [graph] = load(yaml, { DATABASE_URL: 'postgres://localhost/none', NEO4J_PASSWORD: 'x' }).graphs;
  return { ...graph?.merging?.relations, place: graph?.place.relations };
};

test('relations without a type add to those of the preset, and with a type they are other relations', () => {
  expect(relationsOf(neo4j('{archived_at: archived_at}'))).toMatchObject({
    ...{ text: 'fact', archivedAt: { property: 'archived_at', type: 'datetime' } },
    place: { type: 'RELATES_TO', id: 'uuid' },
  });
  expect(relationsOf(neo4j('{type: KNOWS}'))).toMatchObject({ text: null, place: { type: 'KNOWS', id: 'id' } });
});

test.each([
  [neo4j('{archived_at: expired_at}'), 'expired_at is mapped as another field of relations'],
  [neo4j('{text: fact}', 'group: group_id'), 'relations.type: is required, unless the graph has a preset'],
  [
    `graphs: {memory: {entities: {table: public.e, name: name}, relations: {table: public.r, text: said, archived_at: {path: more.at}}}}`,
    'must be a column; a path within JSON cannot be written',
  ],
  [
    `graphs: {memory: {entities: {table: public.e, name: name}, relations: {table: public.r, text: said, archived_at: at, archive_table: public.old}}}`,
    'archived_at leaves facts where they are, and archive_table moves them: set one of the two',
  ],
  [
    `graphs: {memory: {entities: {table: public.e, name: name}, relations: {table: public.r, text: said, archive_table: public.r}}}`,
    'archive_table: is mapped as another table of the graph',
  ],
  [neo4j('{archive_table: old}'), 'archive_table'],
])('a property that cannot be set by the job is refused: %s', (yaml, problem) => {
  expect(problemsOf(yaml, { NEO4J_PASSWORD: 'x' }).join()).toContain(problem);
});

test('workers that archive in different ways do not share a run, and a mapping without the property keeps its digest', () => {
  const digest = (relations: string) => {
    const config = load(neo4j(relations), { DATABASE_URL: 'postgres://localhost/none', NEO4J_PASSWORD: 'x' });
    return configurationDigests(config, archiveFacts)['merging:memory'];
  };
  expect(digest('{archived_at: archived_at}')).not.toBe(digest('{}'));
  expect(digest('{}')).toBe('4eca1dcffcf53e25');
});
