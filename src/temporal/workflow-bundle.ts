import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundleOption } from '@temporalio/worker';

/** Words in the bundle that say how it works, and what they become. */
const words = {
  encrypts: ['coppice-failures-plain', 'coppice-failures-sealed'],
  traces: ['coppice-spans-off', 'coppice-spans-on'],
} as const;

/** Built ahead by `npm run build`; a worker that bundled at start would differ from the one that was tested. */
export function workflowBundle(
  uses: Readonly<Record<keyof typeof words, boolean>>,
  codePath: string = baseBundlePath(),
): WorkflowBundleOption {
  const changes = [...(uses.encrypts ? [words.encrypts] : []), ...(uses.traces ? [words.traces] : [])];
  if (changes.length === 0) return { codePath };
  let code = readFileSync(codePath, 'utf8');
  for (const [from, to] of changes) {
    if (!code.includes(from)) throw new Error(`the workflow bundle has no word '${from}': run \`npm run build\``);
    code = code.replaceAll(from, to);
  }
  return { code };
}

/** The bundle of Coppice's own workflows, in the folder of the compiled code. */
export function baseBundlePath(): string {
  const inPackage = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  const inCheckout = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  const found = [inPackage, inCheckout].find((path) => existsSync(path));
  if (found === undefined) throw new Error('the workflow bundle is missing: run `npm run build`');
  return found;
}
