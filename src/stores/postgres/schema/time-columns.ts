import type { TimeField, TimeType } from '../../../domain/mapping.ts';

const timestamp = { timestamptz: 'timestamp with time zone', naive: 'timestamp without time zone' };
const typeOfColumn: Readonly<Record<string, TimeType>> = {
  [timestamp.timestamptz]: 'timestamptz',
  [timestamp.naive]: 'naive',
  date: 'date',
};
const numbers = /^(smallint|integer|bigint|real|double precision|numeric)$/;
const texts = /^(text|character varying|character)$/;

/**
 * Why a column is not of the type as which it is mapped; `null`: it is. A column of another type would be converted by the
 * session's time zone: a `date` would end as its day begins.
 *
 * @param setting of the mapping, with its path
 */
export function timeProblem(columnType: string, field: TimeField, table: string, setting: string): string | null {
  const type = columnType.replace(/\([\d,-]+\)/, '');
  if (field.keys.length > 0 || canHold(type, field.type)) return null;
  const right = numbers.test(type) ? 'epoch_s or epoch_ms' : (typeOfColumn[type] ?? 'iso_text');
  return (
    `${table}.${field.column} is of type ${type}, but is mapped as ${field.type}: set ` +
    `${setting}: {column: ${field.column}, type: ${right}}`
  );
}

/** Whether a column of the type can hold times that are written so. */
function canHold(columnType: string, time: TimeType): boolean {
  switch (time) {
    case 'timestamptz':
    case 'naive':
      return columnType === timestamp[time];
    case 'iso_text':
    case 'date':
      return !numbers.test(columnType);
    case 'epoch_s':
    case 'epoch_ms':
      return numbers.test(columnType) || texts.test(columnType);
  }
}
