import { expect, it } from 'vitest';
import { GroupWriter } from '../../src/activities/document-refresh/group-writer.ts';

/** A writer whose groups end when they are told to. */
function slowWriter(bounds: { items: number; weight: number }) {
  const groups: { readonly items: readonly string[]; end(error?: Error): void }[] = [];
  const writer = new GroupWriter<string>(
    (items) =>
      new Promise((resolve, reject) => {
        groups.push({ items, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
    { ...bounds, weigh: (item) => item.length },
  );
  return { writer, groups };
}

const turn = () => new Promise(setImmediate);

/** Adds all of them at once; whom the writer has let go on. */
function addAll(writer: GroupWriter<string>, items: readonly string[]): string[] {
  const added: string[] = [];
  for (const item of items) writer.add(item).then(() => added.push(item));
  return added;
}

it('holds no more than what is being written and as much again, however many come', async () => {
  const { writer, groups } = slowWriter({ items: 3, weight: 100 });
  const all = Array.from({ length: 20 }, (_, at) => `item ${at}`);
  const added = addAll(writer, all);
  await turn();
  expect(groups.map(({ items }) => items)).toEqual([['item 0']]);
  expect(added).toEqual(all.slice(0, 4));
  for (let at = 0; groups[at] !== undefined; at++) {
    const written = groups.slice(0, at).flatMap(({ items }) => items).length;
    expect(added.length - written).toBeLessThanOrEqual(6);
    groups[at]?.end();
    await turn();
  }
  await writer.end();
  expect(groups.flatMap(({ items }) => items)).toEqual(all);
});

it('a heavy item waits alone, and later items wait for room', async () => {
  const { writer, groups } = slowWriter({ items: 10, weight: 10 });
  const added = addAll(writer, ['a', 'b', 'heavy and more than that', 'c', 'd']);
  await turn();
  expect(added).toEqual(['a', 'b']);
  for (let at = 0; groups[at] !== undefined; at++) {
    groups[at]?.end();
    await turn();
  }
  const together = groups.map(({ items }) => items);
  expect(together.find((items) => items.includes('heavy and more than that'))).toHaveLength(1);
  expect(together.flat().toSorted()).toEqual(['a', 'b', 'c', 'd', 'heavy and more than that']);
});

it('a writer continues once its item is written', async () => {
  const { writer, groups } = slowWriter({ items: 3, weight: 100 });
  addAll(writer, ['a']);
  let written = false;
  const writing = writer.write('b').then(() => {
    written = true;
  });
  groups[0]?.end();
  await turn();
  expect(written).toBe(false);
  expect(groups[1]?.items).toEqual(['b']);
  groups[1]?.end();
  await writing;
  await writer.end();
});

it('after a failure nothing is written, and everybody learns of it', async () => {
  const { writer, groups } = slowWriter({ items: 1, weight: 100 });
  const failure = new Error('no');
  addAll(writer, ['a']);
  const waiting = expect(writer.write('b')).rejects.toBe(failure);
  const wantsRoom = expect(writer.add('c')).rejects.toBe(failure);
  await turn();
  groups[0]?.end(failure);
  await Promise.all([waiting, wantsRoom]);
  await expect(writer.add('d')).rejects.toBe(failure);
  await expect(writer.end()).rejects.toBe(failure);
  expect(groups).toHaveLength(1);
});
