/**
 * `npm run sbom` writes `sbom.cdx.json`, the bill of materials of a release in CycloneDX: those components that a user receives, of
 * all that `npm sbom` finds. (With `--omit dev`, npm 11 leaves out packages that development needs too.)
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shippedPackages } from './packages/shipped.ts';

const root = dirname(import.meta.dirname);

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

interface Bom {
  readonly metadata: { readonly component: { readonly 'bom-ref': string; readonly name: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** The document, without the tools of development. */
export function billOfMaterials(): Bom {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const bom: Bom = JSON.parse(stdout);
  const shipped = new Set(shippedPackages().map(({ name, version }) => `${name}@${version}`));
  const components = bom.components.filter(({ name, version }) => shipped.has(`${name}@${version}`));
  const refs = new Set(components.map((one) => one['bom-ref']));
  const { component } = bom.metadata;
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref) || ref === component['bom-ref'])
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  // npm takes the name of the folder.
  return {
    ...bom,
    metadata: { ...bom.metadata, component: { ...component, name: 'coppice' } },
    components,
    dependencies,
  };
}

if (process.argv[1] === import.meta.filename) {
  const file = join(root, 'sbom.cdx.json');
  const bom = billOfMaterials();
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(`${file}: ${bom.components.length} components\n`);
}
