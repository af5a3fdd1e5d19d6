import { sql } from 'kysely';
import type { Fault } from '../fault.ts';

export const backends: Fault = {
  name: 'backends',
  title: "the workers' database sessions ended (pg_terminate_backend)",
  disturb: async (scene) => {
    const { db } = scene.world.installation.parts;
    for (const share of scene.shares(6)) {
      if (!(await scene.reached(share))) return;
      const { rows } = await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'worker-%'`.execute(db);
      if (rows.length > 0) scene.injected += 1;
    }
  },
};
