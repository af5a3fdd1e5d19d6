import type { Attribute } from './attribute.ts';
import { normalisedValue, snakeCase } from './text.ts';

/**
 * Values that state nothing lasting: the code's own list, which docs/profiles.md prints. A value counts only as a whole, so
 * "tired of his job" stays. Attributes of category `health` stay whatever they say.
 */
const greetings: readonly string[] = [
  'hello',
  'hi',
  'hey',
  'hi there',
  'hello there',
  'good morning',
  'good afternoon',
  'good evening',
  'good night',
  'good day',
  'how are you',
  'how are you doing',
  "what's up",
  'bye',
  'goodbye',
  'see you',
  'see you later',
  'thanks',
  'thank you',
  'thank you very much',
  'you are welcome',
  'ok',
  'okay',
];

/** As they are, or after "is", "feels" or "feeling", or before "right now", "today" and the like. */
const passingStates: readonly string[] = [
  'tired',
  'sleepy',
  'hungry',
  'thirsty',
  'bored',
  'busy',
  'in a hurry',
  'in a meeting',
  'on the phone',
  'on the way',
  'on the way home',
  'at lunch',
  'having lunch',
  'having dinner',
  'having breakfast',
  'having coffee',
  'waiting',
  'waiting for the bus',
  'waiting for the train',
  'online',
  'offline',
  'away',
  'back soon',
  'be right back',
  'typing',
  'in a good mood',
  'in a bad mood',
];

const greetingSet = new Set(greetings);
const stateSet = new Set(passingStates);

export function passingReason({ category, value }: Attribute): 'greeting' | 'passing' | null {
  if (snakeCase(category) === 'health') return null;
  const text = normalisedValue(value);
  if (greetingSet.has(text)) return 'greeting';
  const state = text
    .replace(/^(the )?(user|he|she|they|i|i'm|i am) /, '')
    .replace(/^(is|are|am|was|feels|feel|feeling|currently|just) /, '')
    .replace(/^(is|feeling|currently|just) /, '')
    .replace(/,? (right now|now|today|at the moment|currently|this morning|this evening|tonight)$/, '');
  return stateSet.has(state) ? 'passing' : null;
}
