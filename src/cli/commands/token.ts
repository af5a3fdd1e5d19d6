import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Scope, scopes, viewLists } from '../../domain/access.ts';
import type { TokenJson } from '../../operations/access/tokens.ts';
import { collect, withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

interface CreateOptions {
  readonly scope: Scope;
  readonly workspace: string[];
  readonly group: string[];
  readonly user: string[];
  readonly entity: string[];
  readonly content?: true;
  readonly expiresInDays?: number;
}

export function tokenCommand(program: Command): void {
  const tokens = program.command('token').description('who may use the HTTP API');
  tokens
    .command('create')
    .description('make a token and print it, once: only its hash is kept')
    .argument('<name>', 'whose it is, for lists and records')
    .addOption(new Option('--scope <scope>', 'each includes those before it').choices(scopes).default('read'))
    .option('--workspace <name>', 'see only this workspace; may be given several times', collect, [])
    .option('--group <name>', 'see only this group; may be given several times', collect, [])
    .option('--user <name>', 'see only this user; may be given several times', collect, [])
    .option('--entity <name>', 'see only this entity; may be given several times', collect, [])
    .option('--content', 'show what the ledger holds of rows, not only their ids')
    .option('--expires-in-days <days>', 'until when it may be used (default: until it is revoked)', days)
    .addHelpText('after', '\nExample: coppice token create dashboard --scope read --expires-in-days 90')
    .action((name: string, options: CreateOptions, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { scope, content = false, expiresInDays = null } = options;
        // A token that is limited to groups alone sees no workspace, and the other way round.
        const view = {
          workspaces: listOrNull(options.workspace),
          groups: listOrNull(options.group),
          users: listOrNull(options.user),
          entities: listOrNull(options.entity),
        };
        const { createToken } = await import('../../operations/access/tokens.ts');
        const created = await createToken(context, { name, scope, content, ...view, expiresInDays });
        output.result(created, () => [created.token]);
        output.note(`token '${created.name}' (${created.id}), scope ${scope}; it is shown only now`);
        return exitCodes.success;
      }),
    );
  tokens
    .command('list')
    .description('list them, revoked and expired ones too; never the tokens themselves')
    .action((_options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listTokens } = await import('../../operations/access/tokens.ts');
        const found = await listTokens(context);
        output.result(found, () => table([['id', 'name', 'scope', 'sees', 'since', 'state'], ...found.map(row)]));
        return exitCodes.success;
      }),
    );
  tokens
    .command('revoke')
    .description('from now on it opens nothing')
    .argument('<token>', 'its id or name')
    .action((idOrName: string, _options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { dropToken } = await import('../../operations/access/tokens.ts');
        const revoked = await dropToken(context, idOrName);
        output.result(revoked, () => [`token '${revoked.name}' (${revoked.id}) is revoked`]);
        return exitCodes.success;
      }),
    );
}

function row(token: TokenJson): string[] {
  const { revoked_at, expires_at } = token;
  const sees = Object.values(viewLists).flatMap((list) => {
    const names = token[list];
    return names === null ? [] : [`${list}: ${names.map(printable).join(', ')}`];
  });
  const expired = expires_at !== null && expires_at <= new Date().toISOString();
  const state = revoked_at !== null ? 'revoked' : expired ? 'expired' : 'in use';
  const shown = sees.length === 0 ? 'everything' : sees.join('; ');
  const scope = token.content ? `${token.scope}, content` : token.scope;
  return [token.id, token.name, scope, shown, token.created_at.slice(0, 19), state];
}

function listOrNull(names: readonly string[]): readonly string[] | null {
  return names.length === 0 ? null : names;
}

function days(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 36_500)) throw new InvalidArgumentError('must be a number of days, above 0.');
  return number;
}
