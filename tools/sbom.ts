/**
 * `npm run sbom` writes `sbom.cdx.json`, the bill of materials of a release in CycloneDX: what `npm sbom` finds without the tools
 * of development, and the packages that are part of the console's bundle, which npm takes for such tools.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ShippedPackage, shippedPackages } from './packages/shipped.ts';

const root = dirname(import.meta.dirname);

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
}

interface Bom {
  metadata: { component: { name: string } };
  components: Component[];
  dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** The document, with the console's packages. */
export function billOfMaterials(): Bom {
  const args = ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx'];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const bom: Bom = JSON.parse(stdout);
  const bundled = shippedPackages().filter(({ how }) => how === 'bundled');
  // npm takes the name of the folder.
  bom.metadata.component.name = 'coppice';
  bom.components.push(...bundled.map(component));
  bom.dependencies.push(...bundled.map((one) => ({ ref: component(one)['bom-ref'], dependsOn: [] })));
  return bom;
}

function component({ name, version, licence }: ShippedPackage) {
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: licence } }],
  };
}

if (process.argv[1] === import.meta.filename) {
  const file = join(root, 'sbom.cdx.json');
  const bom = billOfMaterials();
  writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(`${file}: ${bom.components.length} components\n`);
}
