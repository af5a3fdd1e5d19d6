import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSamples } from '../../src/demo/load-samples.ts';
import { onNative, type Place } from '../support/load-places.ts';
import { describeWithServers } from '../support/requires.ts';

describeWithServers('the samples of the demo', ['postgres'], () => {
  let place: Place;
  beforeEach(async () => {
    const kinds = { documents: 'documents', memories: 'memories', questions: 'queries', profiles: 'attributes' };
    const collections = Object.entries(kinds).map(([name, kind]) => [name, { kind }]);
    place = await onNative({ collections: Object.fromEntries(collections), graphs: { graph: {} } });
  });
  afterEach(() => place?.close());

  it('are loaded once', async () => {
    const context = {
      ...{ parts: place.parts, namespace: 'default', requestedBy: 'test' },
      client: () => Promise.reject(new Error('nothing here needs Temporal')),
    };
    const loaded = await loadSamples(context, new Date());
    expect(loaded).toMatchObject({ memories: 152, questions: 315, attributes: 16 });
    expect(loaded.entities).toBeGreaterThan(100);
    expect(await loadSamples(context, new Date())).toEqual({ memories: 0, questions: 0, attributes: 0, entities: 0 });
  });
});
