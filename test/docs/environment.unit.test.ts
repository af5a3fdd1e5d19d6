import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environment } from '../../src/config/environment.ts';

const root = join(import.meta.dirname, '../..');

/** Of the operating system, not of Coppice. */
const ofTheSystem = new Set(['PATH', 'HOME', 'LOCALAPPDATA', 'XDG_CACHE_HOME']);

describe('environment variables', () => {
  it('the list names exactly those that the sources read', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const read = files.flatMap((file) =>
      [...readFileSync(join(root, 'src', file), 'utf8').matchAll(/\benv\.([A-Z][A-Z0-9_]*)/g)].map(
        ([, name = '']) => name,
      ),
    );
    const own = new Set(read.filter((name) => !ofTheSystem.has(name)));
    expect(new Set(environment.filter((one) => one.readBy === 'coppice').map((one) => one.name))).toEqual(own);
  });

  it("Temporal's are those of its configuration library", () => {
    const folder = join(root, 'node_modules/@temporalio/envconfig/lib');
    const all = readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const known = new Set(all.flatMap((text) => text.match(/TEMPORAL_[A-Z_]+/g) ?? []));
    for (const { name, readBy } of environment) if (readBy === 'temporal') expect(known).toContain(name);
  });
});
