import { expect, it } from 'vitest';
import { includesScope, type Scope, type View } from '../../src/domain/access.ts';
import { describeWithBrowser } from './support/browser.ts';
import { button, ConsoleStage } from './support/stage.ts';

type Limit = keyof View;

interface Action {
  readonly name: string;
  readonly scope: Scope;
  /** Limits within which a token may do it, beside one without limits. */
  readonly limits: readonly Limit[];
}

const action = (name: string, scope: Scope, ...limits: Limit[]): Action => ({ name, scope, limits });

describeWithBrowser('rights in the console', (servers) => {
  const stage = new ConsoleStage(servers);
  const open = stage.open.bind(stage);

  /** Everything that changes something, by view. */
  const views = (): readonly (readonly [path: string, ...Action[]])[] => [
    [`/runs/${stage.world.held}`, action('Approve', 'admin'), action('Reject', 'admin')],
    [`/runs/${stage.world.removed}`, action('Undo', 'run')],
    ['/jobs', action('Pause', 'admin'), action('Resume', 'admin')],
    [
      '/jobs/ttl-cleanup',
      action('Preview', 'read', 'workspaces', 'groups'),
      action('Run now', 'run'),
      action('Pause', 'admin'),
    ],
    ['/dead-letters?job=ttl-cleanup', action('Try again', 'run', 'workspaces'), action('Drop', 'admin', 'workspaces')],
    ['/holds?partition=crimson', action('Lift these holds', 'admin', 'workspaces')],
    ['/groups', action('Maintain scarlet', 'run', 'groups')],
    ['/reports', action('Write a report', 'run', 'users')],
    [
      `/merges/${stage.world.merge}`,
      action('Merge them y', 'admin', 'groups'),
      action('Keep apart n', 'admin', 'groups'),
    ],
    [
      `/review/${stage.world.proposal}`,
      ...[action('Accept y', 'admin'), action('Reject n', 'admin'), action('Never ask again x', 'admin')],
    ],
  ];

  it.each<[Scope, Partial<View>]>([
    ['read', {}],
    ['run', {}],
    ['admin', {}],
    ['admin', { workspaces: ['crimson'] }],
    ['admin', { groups: ['scarlet'] }],
  ])('a token of scope %s, limited to %o, is offered what it can do and nothing else', async (scope, view) => {
    const [limit] = Object.keys(view);
    const { page, faults } = await open('/', await stage.api.token(scope, view));
    for (const [path, ...actions] of views()) {
      await page.goto(`${stage.api.url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      const rows = page.getByRole('checkbox', { name: /^Choose / });
      if ((await rows.count()) > 0) await rows.first().check();
      const offered: string[] = [];
      for (const { name } of actions) if ((await button(page, name).count()) > 0) offered.push(name);
      const may = actions.filter(
        (one) => includesScope(scope, one.scope) && (limit === undefined || one.limits.some((of) => of === limit)),
      );
      expect(offered, path).toEqual(may.map(({ name }) => name));
    }
    expect(faults).toEqual([]);
  });

  it('a token of a lesser scope, or of one workspace, sees and offers what is its own', async () => {
    const reader = await open(`/runs/${stage.world.held}`, await stage.api.token('read'));
    await reader.page.getByText('What it would do').waitFor();
    expect(await reader.page.getByRole('button', { name: /Approve|Reject|Undo/ }).count()).toBe(0);
    await reader.page.goto(`${stage.api.url}/jobs/ttl-cleanup`);
    await button(reader.page, 'Preview').waitFor();
    expect(await reader.page.getByRole('button', { name: /Run now|Pause|Resume/ }).count()).toBe(0);
    // A task has nothing to preview.
    await reader.page.goto(`${stage.api.url}/jobs/weekly-report`);
    await reader.page.getByText('Your token may not start it.').waitFor();
    expect(await reader.page.getByLabel('report_type').isEnabled()).toBe(false);
    const limited = await open('/', await stage.api.token('admin', { workspaces: ['crimson'] }));
    await limited.page.getByText('ttl-cleanup is held').waitFor();
    expect(await limited.page.locator('.needs').getByText('is held').count()).toBe(1);
    expect(await limited.page.getByRole('link', { name: 'Stores' }).count()).toBe(0);
    await limited.page.goto(`${stage.api.url}/runs/${stage.world.removed}`);
    await limited.page.getByText('there is no run').waitFor();
    await limited.page.goto(`${stage.api.url}/holds`);
    await limited.page.getByText('crimson').first().waitFor();
    expect(await limited.page.getByText('azure').count()).toBe(0);
    await limited.page.goto(`${stage.api.url}/reports`);
    await limited.page.getByText('No report was written yet.').waitFor();
    expect(await button(limited.page, 'Write a report').count()).toBe(0);
    expect([...reader.faults, ...limited.faults]).toEqual([]);
  });

  it('a token of one user writes reports about that user alone', async () => {
    const { page, faults } = await open('/reports', await stage.api.token('run', { users: ['bob'] }));
    await button(page, 'Write a report').click();
    expect(await page.getByLabel('About').locator('option').allTextContents()).toEqual(['bob']);
    await button(page, 'Write it').click();
    await page.getByText('About bob').waitFor();
    expect(faults).toEqual([]);
    const refused = await stage.api.ask('POST', '/api/v2/reports/generate', {
      token: await stage.api.token('run', { workspaces: ['crimson'] }),
      body: {},
    });
    expect(refused).toMatchObject({ status: 403, json: { name: 'LimitedTokenError' } });
  });
});
