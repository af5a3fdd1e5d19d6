import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { sendAlerts } from '../../src/activities/health-check/send.ts';
import { keepAlerts } from '../../src/state/monitoring/alerts.ts';
import { describeOnDatabase } from '../support/stores.ts';

describeOnDatabase('embedded', 'an alert that the webhook refuses', (database) => {
  it('does not keep back those after it, and is sent again', async () => {
    const { db } = database;
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      const { alert } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      seen.push(alert.subject);
      response.writeHead(alert.subject === 'refused' ? 400 : 204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const webhook = { url, format: 'coppice', secret: null, routingKey: null } as const;
    try {
      const of = (subject: string) => ({ rule: 'dead_letters', subject, message: 'm' }) as const;
      await keepAlerts(db, [of('refused'), of('taken')], ['dead_letters']);
      await sql`update coppice.alerts set fired_at = fired_at - interval '1 minute' where subject = 'refused'`.execute(
        db,
      );
      const send = () => sendAlerts({ db, webhook, installation: 'i1' });
      await expect(send()).rejects.toThrow('the webhook answered 400');
      expect(seen).toEqual(['refused', 'taken']);
      await expect(send()).rejects.toThrow('the webhook answered 400');
      expect(seen).toEqual(['refused', 'taken', 'refused']);
    } finally {
      server.close();
    }
  });
});
