import { expect, it } from 'vitest';
import { toTaskQueues } from '../../src/config/task-queues.ts';

it('names the collections of each queue', () => {
  const problems: string[] = [];
  const queues = toTaskQueues({ near: ['documents'], far: ['graph'] }, ['documents', 'graph'], problems);
  expect(queues).toEqual([
    { name: 'near', collections: ['documents'] },
    { name: 'far', collections: ['graph'] },
  ]);
  expect(problems).toEqual([]);
});

it.each([
  [
    'a collection that does not exist',
    { near: ['docs'] },
    "worker.task_queues.near: there is no collection or graph 'docs'",
  ],
  ['a collection in two queues', { near: ['documents'], far: ['documents'] }, "'documents' is in near already"],
  ['a collection twice in one', { near: ['documents', 'documents'] }, "'documents' is in it twice"],
])('%s is a problem', (_, given, expected) => {
  const problems: string[] = [];
  toTaskQueues(given, ['documents'], problems);
  expect(problems).toEqual([expect.stringContaining(expected)]);
});
