/** Rules for the parts of a page that are its text. */

export type Attributes = Readonly<Record<string, string>>;

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const dropped = words(
  'script style noscript noframes noembed svg canvas iframe object embed audio video map nav footer dialog select input ' +
    'textarea datalist progress meter rt rp annotation annotation-xml area search',
);
const droppedRoles = words('navigation search menu menubar dialog alertdialog contentinfo toolbar tooltip');

/** Elements that begin and end a block of text. */
export const blockElements = words(
  'address article aside body center dd details dir div dl dt fieldset figcaption figure form h1 h2 h3 h4 h5 h6 header ' +
    'hgroup hr html legend li listing main menu ol p pre section summary blockquote table tbody td tfoot th thead tr ul ' +
    'caption xmp',
);

/** Inline elements whose end changes how the text is written. */
export const meaningfulInline = words('a button code kbd samp tt sup sub ruby math slot template');

export const voidElements = words('area base br col embed hr img input link meta param source track wbr');

/** Not shown, or there to navigate the site. Inside of an article an aside is a note, outside a sidebar. */
export function isDropped(name: string, attributes: Attributes, inContent: boolean): boolean {
  if (dropped.has(name) || (name === 'aside' && !inContent)) return true;
  if (name === 'template') return !isShadowRoot(attributes);
  const role = attributes.role?.toLowerCase() ?? '';
  if (droppedRoles.has(role)) return true;
  if (attributes['aria-hidden'] === 'true' || /display\s*:\s*none/i.test(attributes.style ?? '')) return true;
  // Panels behind tabs are text that one click shows.
  return 'hidden' in attributes && attributes.hidden !== 'until-found' && role !== 'tabpanel';
}

/** Browsers show what is in such a template in place of what else its element holds. */
function isShadowRoot(attributes: Attributes): boolean {
  return /^(?:open|closed)$/i.test(attributes.shadowrootmode ?? attributes.shadowroot ?? '');
}

/** Returns the kind of an element, by its role where that counts: `<div role="heading" aria-level="3">` is an `h3`. */
export function kindOf(name: string, attributes: Attributes): string {
  if (attributes.role === undefined) return isRaised(name, attributes) ?? name;
  const role = attributes.role.toLowerCase();
  if (role === 'main' || role === 'article') return role;
  if (role !== 'heading') return name;
  return `h${/^[1-6]$/.test(attributes['aria-level'] ?? '') ? attributes['aria-level'] : '2'}`;
}

function isRaised(name: string, { style }: Attributes): string | null {
  if (style === undefined || name !== 'span') return null;
  const align = /vertical-align\s*:\s*(super|sub)\b/i.exec(style)?.[1]?.toLowerCase();
  return align === undefined ? null : align === 'super' ? 'sup' : 'sub';
}

/** `h2` is 2; 0 for an element that is no heading. */
export function headingLevel(name: string): number {
  return /^h[1-6]$/.test(name) ? Number(name[1]) : 0;
}

/** The language that highlighters write into the class of code. */
export function languageOf(attributes: Attributes): string {
  return /(?:^|\s)(?:language-|lang-|highlight-source-)([A-Za-z0-9+#_-]{1,30})/.exec(attributes.class ?? '')?.[1] ?? '';
}
