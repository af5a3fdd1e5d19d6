import type { Command } from 'commander';
import type { InitJson } from '../../operations/setup/init.ts';
import { outputOf } from '../command.ts';
import { databaseAddressOf } from '../database-address.ts';
import { green, yellow } from '../style.ts';

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('look at a database, recognise what is known, and write coppice.yaml; changes nothing in the database')
    .option('--output <file>', 'the file to write', 'coppice.yaml')
    .option('--force', 'write over a file that is there', false)
    .addHelpText(
      'after',
      `
Recognises mem0, LangChain's PGVector, LlamaIndex's PGVectorStore and Coppice's own default schema. Tables of other
kinds that say until when a row lasts become mappings to uncomment. Needs SELECT only. No value of a row and no password
is written.`,
    )
    .action(async (options: { output: string; force: boolean }, command: Command) => {
      const { init } = await import('../../operations/setup/init.ts');
      const result = await init({ ...options, databaseUrl: await databaseAddressOf(command) });
      outputOf(command).result(result, () => describe(result));
    });
}

function describe(result: InitJson): string[] {
  const unreadable = result.collections.filter((one) => !one.readable);
  return [
    ...(result.collections.length === 0
      ? ['No table of a known kind was found: the file is a template to fill in, see docs/mapping.md.']
      : result.collections.map((one) => `${green('found')}  ${one.name}: ${one.shape}, table ${one.table}`)),
    ...unreadable.map((one) => `${yellow('note')}   this role may not read ${one.table}`),
    ...result.candidates.map((one) => `perhaps ${one.table}, by ${one.expires_at}: uncomment it if that is meant`),
    ...result.left_alone.map((one) => `left alone: ${one.table}, ${one.why}`),
    ...result.not_mappable.map((one) => `${yellow('not mappable')}: ${one.table}: ${one.why}`),
    ...(result.other_tables === 0
      ? []
      : [`${result.other_tables} other tables, in which no column holds an expiry date`]),
    `wrote ${result.output}`,
    '',
    'Next:',
    `  export DATABASE_URL='${result.database}'   # with the password`,
    ...(result.output === 'coppice.yaml' ? [] : [`  export COPPICE_CONFIG='${result.output}'`]),
    '  coppice doctor',
    '  coppice preview ttl-cleanup',
  ];
}
