/** `npm run simulate -- --count 2000` plays runs with seeded faults on a stand-in for Temporal. `--help` lists the options. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@temporalio/workflow'
      ? { url: new URL('./sdk/api.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

const { main } = await import('./command.ts');
process.exitCode = await main(process.argv.slice(2));
