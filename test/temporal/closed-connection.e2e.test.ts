import { expect, it } from 'vitest';
import { connectClient } from '../../src/temporal/connection.ts';
import { describeEndToEnd } from '../support/requires.ts';

describeEndToEnd('a connection to Temporal', (servers) => {
  it('that closes while calls are open ends them, and nothing is thrown later', async () => {
    const address = servers.temporalAddress;
    const client = await connectClient({ address, namespace: 'default', options: { address }, codec: null });
    const calls = Array.from({ length: 20 }, () => client.workflowService.getSystemInfo({}));
    await client.connection.close();
    const ends = await Promise.allSettled(calls);
    const refused = ends.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
  });
});
