#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, isNewEnough, runWithNode } from '../tools/node.mjs';

const main = new URL('../dist/cli/main.js', import.meta.url);

if (!existsSync(main)) {
  process.stderr.write('coppice: not built yet (dist/cli/main.js is missing): run `npm run build`\n');
  process.exit(1);
} else if (isNewEnough()) {
  // Compiled code of the last start, in a folder of this user: a third of the CPU of a short command is compiling.
  module.enableCompileCache(join(cacheDir(), 'compiled'));
  await import(main.href);
} else {
  await runWithNode([fileURLToPath(import.meta.url), ...process.argv.slice(2)]).catch(({ message }) => {
    process.stderr.write(`coppice: ${message}\n`);
    process.exit(1);
  });
}
