import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startTestApi, type TestApi } from '../../api/support/test-api.ts';
import type { Installation } from '../../support/installation.ts';
import { type BrowserServers, openPage, type Watched } from './browser.ts';
import { type ConsoleWorld, createConsoleWorld, fillConsoleWorld } from './console-world.ts';

/** A console with something in every view, and a browser, for the tests of a suite. Its parts exist once the tests run. */
export class ConsoleStage {
  installation!: Installation;
  api!: TestApi;
  world!: ConsoleWorld;
  browser!: Browser;

  constructor({ launch, ...servers }: BrowserServers) {
    beforeAll(async () => {
      this.installation = await createConsoleWorld(servers);
      this.api = await startTestApi(this.installation);
      this.world = await fillConsoleWorld(this.installation, this.api);
      this.browser = await launch();
    });
    afterAll(async () => {
      await this.browser?.close();
      await this.api?.close();
      await this.installation?.close();
    });
  }

  /** A page of a browser that nobody has used yet. */
  async open(path: string, token: string): Promise<Watched> {
    return openPage(await this.browser.newContext(), `${this.api.url}${path}`, token);
  }
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
