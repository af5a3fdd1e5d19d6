import { defaultRetry } from './defaults.ts';
import type { SweepJob } from './job.ts';
import { modelParameters } from './model-parameters.ts';

export const profileMaintenance = {
  id: 'profile-maintenance',
  title: 'Consolidate the attributes of profiles',
  description:
    'Merges attributes that say the same, settles contradictions in favour of the later value and drops noise, entity by ' +
    'entity. Rules find what is plain; a language model, where one is configured, proposes the rest, and every proposal is ' +
    'checked against the lines that it names before it is stored. A profile is asked about once as long as it does not ' +
    'change. A run applies proposals to profiles that are as they were shown, and what it replaces is kept, so that ' +
    '`coppice undo` can put it back.',
  workflow: 'profileMaintenance',
  target: 'rows',
  effect: 'replaces',
  undo: true,
  needs: { attributes: ['key', 'value'] },
  partition: 'entity',
  item: { one: 'attribute', many: 'attributes' },
  counts: {
    done: ['attributes_before', 'attributes_after', 'maintained_profiles', 'removed_attributes', 'added_attributes'],
    undone: ['restored_attributes', 'deleted_attributes', 'refused'],
    progress: ['removed_attributes', 'restored_attributes'],
  },
  lease_by: 'bot_id',
  parameters: {
    entity_id: {
      type: 'string',
      default: null,
      description: 'Only these entities: ids with commas between them, or a JSON array of ids. Without it, all.',
    },
    entity_type: {
      type: 'string',
      default: 'user',
      description: 'Only entities of this type; `*`: of all types.',
    },
    bot_id: {
      type: 'string',
      default: '*',
      description:
        'Only attributes of this bot; `*`: of all bots. Runs for different bots have leases of their own and do not wait for ' +
        'one another.',
    },
    max_share: {
      type: 'number',
      default: 0.5,
      minimum: 0,
      maximum: 1,
      description:
        'At most this share of the lines of a profile disappears without a line in their place. An answer beyond it changes ' +
        'nothing.',
    },
    ...modelParameters,
  },
  schedules: [{ every_seconds: 3_600, catch_up_window_seconds: 3_600 }],
  brake: { max_share: 0.25, max_partition_share: 1, max_weekly_share: 0.5, floor_rows: 100 },
  retry: defaultRetry,
  concurrency: 3,
} as const satisfies SweepJob;
