/** Which parts of a page are its text. */

const dropped = new Set(
  (
    'script style noscript template svg canvas iframe object embed audio video map nav footer dialog button select ' +
    'input textarea datalist progress meter rt rp annotation area'
  ).split(' '),
);
const droppedRoles = new Set(
  'navigation search menu menubar dialog alertdialog contentinfo toolbar tooltip'.split(' '),
);

/** Elements that begin and end a block of text. */
export const blockElements: ReadonlySet<string> = new Set(
  (
    'address article aside body center dd details div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6 header ' +
    'hgroup hr html legend li main menu ol p pre section summary blockquote table tbody td tfoot th thead tr ul caption'
  ).split(' '),
);

/** What is not shown, or is there to move about the site. Inside of an article an aside is a note, outside a bar. */
export function isDropped(name: string, attributes: Readonly<Record<string, string>>, inContent: boolean): boolean {
  if (dropped.has(name) || (name === 'aside' && !inContent)) return true;
  const role = attributes.role?.toLowerCase() ?? '';
  if (droppedRoles.has(role)) return true;
  if (attributes['aria-hidden'] === 'true' || /display\s*:\s*none/i.test(attributes.style ?? '')) return true;
  // Panels behind tabs are text that one click shows.
  return 'hidden' in attributes && attributes.hidden !== 'until-found' && role !== 'tabpanel';
}

/** `h2` is 2; 0 for what is no heading. */
export function headingLevel(name: string): number {
  return /^h[1-6]$/.test(name) ? Number(name[1]) : 0;
}

/** The language that highlighters write into the class of code. */
export function languageOf(attributes: Readonly<Record<string, string>>): string {
  return /(?:^|\s)(?:language-|lang-|highlight-source-)([A-Za-z0-9+#_-]{1,30})/.exec(attributes.class ?? '')?.[1] ?? '';
}
