/** Short words for the jobs on memories, in the order in which `coppice run all` runs them. */
export const memoryWords = { decay: 'memory-decay', dedup: 'memory-dedup', cleanup: 'memory-cleanup' } as const;

export type MemoryWord = keyof typeof memoryWords;
export const memoryWordList = Object.keys(memoryWords).filter((word): word is MemoryWord => word in memoryWords);

export function isMemoryWord(word: string): word is MemoryWord {
  return word in memoryWords;
}

/** Whether a job is one of those on memories, by its full name. */
export function isMemoryJob(id: string): boolean {
  return memoryWordList.some((word) => memoryWords[word] === id);
}
