import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config, ConfiguredPlugin } from '../config/config.ts';
import { baseBundlePath } from '../temporal/workflow-bundle.ts';
import { bundleFilesOf, digestOfFile, type Manifest } from './bundle-files.ts';
import { messageOf, PluginError } from './errors.ts';

export interface BuiltPlugin {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  /** Of the bundle. */
  readonly digest: string;
}

/** Bundles the workflows of every configured plugin with those of Coppice that they build on. */
export async function buildPlugins({ file, plugins }: Config): Promise<BuiltPlugin[]> {
  const built = [];
  if (file !== null) for (const plugin of plugins) built.push(await buildPlugin(file, plugin));
  return built;
}

async function buildPlugin(configFile: string, plugin: ConfiguredPlugin): Promise<BuiltPlugin> {
  const { name, version, digest } = plugin;
  const files = bundleFilesOf(configFile, name);
  mkdirSync(dirname(files.bundle), { recursive: true, mode: 0o755 });
  await requireWorkflows(plugin);
  const code = await bundle(plugin, `${files.bundle}.entry.mjs`);
  writeFileSync(`${files.bundle}.new`, code, { mode: 0o644 });
  renameSync(`${files.bundle}.new`, files.bundle);
  const manifest: Manifest = {
    ...{ plugin: name, version, code: digest, coppice: digestOfFile(baseBundlePath()) },
    bundle: digestOfFile(files.bundle),
  };
  writeFileSync(files.manifest, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 });
  return { name, version, file: files.bundle, digest: manifest.bundle };
}

async function bundle({ specifier, workflows }: ConfiguredPlugin, entry: string): Promise<string> {
  // Compiled, also in a checkout: the folder that holds the bundle of Coppice's own workflows.
  const compiled = dirname(baseBundlePath());
  const exported = [join(compiled, 'workflows', 'undo.js'), workflows];
  writeFileSync(entry, exported.map((file) => `export * from ${JSON.stringify(file)};\n`).join(''));
  const output: string[] = [];
  try {
    const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
    const { code } = await bundleWorkflowCode({
      workflowsPath: entry,
      failureConverterPath: join(compiled, 'temporal', 'workflow-failures.js'),
      workflowInterceptorModules: [join(compiled, 'temporal', 'workflow-spans.js')],
      webpackConfigHook: (config) => ({
        ...config,
        resolve: { ...config.resolve, alias: { ...config.resolve?.alias, ...ownModules(compiled) } },
      }),
      logger: new DefaultLogger('ERROR', ({ message }) => output.push(...message.split('\n'))),
    });
    return code;
  } catch (error) {
    const said = output.find((line) => /not found|can't resolve|error:|disallowed/i.test(line));
    throw new PluginError(specifier, `its workflows cannot be bundled: ${said?.trim() ?? messageOf(error)}`);
  } finally {
    rmSync(entry, { force: true });
  }
}

/**
 * Modules that are taken from this installation of Coppice, wherever the plugin is: a second copy of the workflow package would
 * not know the sandbox that it runs in.
 */
function ownModules(compiled: string): Record<string, string> {
  const own = createRequire(join(compiled, 'workflow-bundle.js'));
  const packages = ['workflow', 'common', 'activity'].map((name) => `@temporalio/${name}`);
  return {
    ...Object.fromEntries(packages.map((name) => [name, dirname(own.resolve(`${name}/package.json`))])),
    'coppice/workflows$': join(compiled, 'public', 'workflows.js'),
  };
}

/** Every job's workflow is a function of the module: a job without one would start runs that never proceed. */
async function requireWorkflows({ specifier, workflows, jobs }: ConfiguredPlugin): Promise<void> {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await import(pathToFileURL(workflows).href);
  } catch (error) {
    throw new PluginError(specifier, `its workflows cannot be imported: ${messageOf(error)}`);
  }
  const missing = jobs.find(({ workflow }) => typeof module[workflow] !== 'function');
  if (missing !== undefined)
    throw new PluginError(
      specifier,
      `${workflows} exports no function '${missing.workflow}', the workflow of job '${missing.id}'`,
    );
}
