import type { GrantsJson } from '../operations/setup/grants.ts';

/** A script for psql, with everything that is no statement as a comment. */
export function describeGrants({ database, roles, statements, notes }: GrantsJson): string[] {
  const titles = {
    owner: `${roles.owner}: runs coppice migrate`,
    worker: `${roles.worker}: runs coppice worker, with database.migrations: off`,
    reader: `${roles.reader}: coppice preview, doctor, runs`,
  };
  let at: string | null = null;
  const lines = [
    `-- Coppice in database ${oneLine(database)}. Printed, never run. Run it as a superuser, or as the owner of these tables`,
    `-- who is a member of ${oneLine(roles.owner)}; then coppice migrate as that role.`,
    ...notes.map((note) => `-- Note: ${oneLine(note)}`),
  ];
  for (const { role, sql, why } of statements) {
    const title = role === null ? 'Before' : titles[role];
    if (title !== at) lines.push('', `-- ${oneLine(title)}`);
    at = title;
    lines.push(`${sql} -- ${why}`);
  }
  return lines;
}

/** A comment ends with its line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
