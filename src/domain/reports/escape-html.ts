const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it appears in HTML, in an element or an attribute. */
export function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (found) => entities[found] ?? found);
}
