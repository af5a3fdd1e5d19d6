#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNewEnough, runWithNode } from '../tools/node.mjs';

const main = new URL('../dist/cli/main.js', import.meta.url);

if (!existsSync(main)) {
  process.stderr.write('coppice: not built yet (dist/cli/main.js is missing): run `npm run build`\n');
  process.exit(1);
} else if (isNewEnough()) {
  await import(main.href);
} else {
  await runWithNode([fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
}
