import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [plain, sealed] = ['coppice-failures-plain', 'coppice-failures-sealed'];

/** Built ahead by `npm run build`; a worker that bundled at start would differ from the one that was tested. */
export function workflowBundle(encrypts: boolean): { codePath: string } | { code: string } {
  const codePath = bundlePath();
  if (!encrypts) return { codePath };
  const code = readFileSync(codePath, 'utf8');
  if (!code.includes(plain)) throw new Error('the workflow bundle cannot encrypt failures: run `npm run build`');
  return { code: code.replaceAll(plain, sealed) };
}

function bundlePath(): string {
  const inPackage = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
  const inCheckout = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
  const found = [inPackage, inCheckout].find((path) => existsSync(path));
  if (found === undefined) throw new Error('the workflow bundle is missing: run `npm run build`');
  return found;
}
