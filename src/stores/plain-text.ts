/** Whether a database that keeps JSON can hold it as it is: it knows no `\0`, and no half of a surrogate pair. */
export function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
