const longestWord = 100;
const [head, tail] = [60, 20];

/** Words of a message that are too long to read, such as the name of a host, without their middle. */
export function withShortWords(message: string): string {
  if (message.length <= longestWord) return message;
  return message.replaceAll(/\S+/g, (word) =>
    word.length <= longestWord ? word : `${word.slice(0, head)}…${word.slice(-tail)}`,
  );
}
