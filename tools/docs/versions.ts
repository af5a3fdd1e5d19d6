import { combinations, untested } from '../versions/combinations.ts';
import { table } from './markdown.ts';

/** The tested and the untested combinations, for docs/versions.md. */
export function testedVersions(): string {
  return [
    table(
      ['system', 'version', 'tested'],
      [
        ...combinations.map(({ system, version, role }) => [system, version, role]),
        ...untested.map(({ system, version, reason }) => [system, version, `untested: ${reason}`]),
      ],
    ),
  ].join('\n');
}
