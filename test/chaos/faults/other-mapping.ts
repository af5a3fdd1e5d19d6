import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { Fault } from '../fault.ts';

/** By its configuration everything is due: what it took up, it would remove. */
export const otherMapping: Fault = {
  name: 'other-mapping',
  title: 'a worker with another mapping on the same queue, at times alone',
  disturb: async (scene) => {
    const { crew, installation } = scene.world;
    const file = String(installation.env.COPPICE_CONFIG);
    const settings = parse(readFileSync(file, 'utf8'));
    const other = { ...settings.collections.documents, max_age_days: 1 };
    writeFileSync(`${file}.other`, stringify({ ...settings, collections: { documents: other } }));
    try {
      for (const share of scene.shares(2)) {
        // Begun and surveyed: from there on it is a run of the first one's configuration.
        if (!(await scene.reached(Math.max(share, 0.05)))) return;
        await crew.start({ env: { COPPICE_CONFIG: `${file}.other` } });
        scene.injected += 1;
        if (scene.random() < 0.5) {
          for (const member of crew.members) if (member.plain) await crew.kill(member);
          await scene.pause(500, 2500);
          await crew.ensure();
        }
      }
      await scene.pause(500, 4000);
    } finally {
      await crew.dismiss('odd');
      await crew.ensure();
    }
  },
};
