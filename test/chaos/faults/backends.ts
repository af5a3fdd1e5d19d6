import { sql } from 'kysely';
import type { Fault } from '../fault.ts';

export const backends: Fault = {
  name: 'backends',
  title: "the workers' database sessions ended (pg_terminate_backend)",
  disturb: async (scene) => {
    const { db } = scene.world.installation.parts;
    await scene.strike(6, async () => {
      const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'worker-%'`.execute(db);
      return rows.length > 0;
    });
  },
};
