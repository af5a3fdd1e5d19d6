import { sql } from 'kysely';
import { assemble } from '../../../src/assemble.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { migrateAll } from '../../../src/prepare.ts';
import { createDatabase } from '../../../tools/servers/database.ts';
import { contentsOf, seed } from '../../support/corpus.ts';
import type { Fault } from '../fault.ts';

/** A copy says that it is the same installation. Its worker would take half of the run's work and do it there. */
export const otherDatabase: Fault = {
  name: 'other-database',
  title: 'a worker on a copy of the database, which says that it is the same installation',
  disturb: async (scene) => {
    const { installation, servers, crew, corpus } = scene.world;
    const [share = 0] = scene.shares(1);
    if (!(await scene.reached(share))) return;
    const copy = await createDatabase(servers.postgres.url);
    const parts = await assemble(loadConfig({ ...installation.env, DATABASE_URL: copy.url }), copy.url, 'chaos');
    try {
      await migrateAll(parts);
      const original = await installation.parts.db
        .selectFrom('coppice.installation')
        .selectAll()
        .executeTakeFirstOrThrow();
      await parts.db.updateTable('coppice.installation').set(original).execute();
      if (scene.world.store === 'postgres') await seed(parts, corpus.documents.slice(0, 200));
      const before = await contentsOf(parts);
      const refusal = await crew.start({ env: { DATABASE_URL: copy.url } }).then(
        () => 'it started',
        (error: Error) => error.message,
      );
      if (!refusal.includes('is a copy of')) scene.differences.push(`the worker on the copy: ${refusal}`);
      scene.injected += 1;
      await scene.ended();
      const { rows } = await sql`select from coppice.runs`.execute(parts.db);
      if (rows.length > 0) scene.differences.push('the copy has a run');
      if ((await contentsOf(parts)).documents.length !== before.documents.length) {
        scene.differences.push('the copy was changed');
      }
    } finally {
      await crew.dismiss('odd');
      await parts.close();
      await copy.drop();
    }
  },
};
