import type { Parameter } from './job.ts';

/** Parameters of every job that may ask a language model. */
export const modelParameters = {
  model: {
    type: 'string',
    default: '',
    description: 'The model to ask at the endpoint of `model.url`. Empty: `model.name`.',
  },
  max_calls: {
    type: 'integer',
    default: 1_000,
    minimum: 0,
    maximum: 1_000_000,
    unit: 'calls',
    description: 'Calls of the model that a run may make, with those that are tried again. Then it goes on without it.',
  },
  max_tokens: {
    type: 'integer',
    default: 2_000_000,
    minimum: 0,
    maximum: 1_000_000_000,
    unit: 'tokens',
    description: 'Tokens that a run may use, of questions and answers. Then it goes on without the model.',
  },
  apply: {
    type: 'string',
    default: 'all',
    choices: ['all', 'accepted'],
    description: '`accepted`: a run applies only what a person has accepted (`coppice proposals accept`).',
  },
  reask: {
    type: 'boolean',
    default: false,
    description:
      'Asks again about data that were asked about with another prompt or model. A preview with it asks nothing and ' +
      'reports how many questions a run would ask.',
  },
  dry_run: {
    type: 'boolean',
    default: false,
    description: 'Proposals are made and stored, and none is applied.',
  },
} as const satisfies Readonly<Record<string, Parameter>>;
