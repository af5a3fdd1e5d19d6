/** The statement without each of its privileges and columns in turn; without its only one it is nothing. */
export function lessThan(sql: string): string[] {
  const [, privileges = '', rest = ''] = /GRANT ([A-Z, ]+?)( \(.*?\) ON| ON)/.exec(sql) ?? [];
  const words = privileges.split(', ');
  const columns = /"/.test(rest) ? rest.slice(2, rest.indexOf(')')).split(', ') : [];
  return [
    ...(words.length < 2
      ? ['']
      : words.map((word) => sql.replace(privileges, words.filter((one) => one !== word).join(', ')))),
    ...(columns.length < 2
      ? []
      : columns.map((column) => sql.replace(columns.join(', '), columns.filter((one) => one !== column).join(', ')))),
  ];
}
