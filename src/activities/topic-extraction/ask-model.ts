import type { Model, ModelBudget } from '../../language/model/port.ts';
import { topicQuestion } from '../../language/prompts/topic-extraction.ts';
import type { AnalysedText, Phrase, TextAnalyser } from '../../language/words/analyse-text.ts';
import type { DueQuestion } from '../../stores/ports/query-table.ts';
import { isFinal, isWithoutAnswer, ModelFailures } from '../model-failures.ts';

export interface AnalysedQuestion {
  readonly question: DueQuestion;
  readonly analysed: AnalysedText;
}

export interface AskingModel {
  readonly model: Model;
  /** `null`: the configured one. */
  readonly modelName: string | null;
  readonly budget: ModelBudget;
  readonly analyser: TextAnalyser;
  readonly signal: AbortSignal;
}

const questionsAtOnce = 20;
const mostPhrases = 5;
const mostCharactersShown = 1_000;

/**
 * Returns the phrases that the model gave for questions, by their ids; questions without a usable answer are missing. A
 * prompt holds questions of one user.
 */
export async function phrasesByModel(
  asking: AskingModel,
  all: readonly AnalysedQuestion[],
): Promise<ReadonlyMap<string, readonly Phrase[]>> {
  const found = new Map<string, readonly Phrase[]>();
  const failures = new ModelFailures();
  for (const own of Map.groupBy(all, ({ question }) => question.user).values()) {
    for (let at = 0; at < own.length; at += questionsAtOnce) {
      asking.signal.throwIfAborted();
      const asked = own.slice(at, at + questionsAtOnce);
      try {
        for (const [id, phrases] of await ask(asking, asked)) found.set(id, phrases);
        failures.answered();
      } catch (error) {
        if (!isWithoutAnswer(error)) throw error;
        if (failures.failed(isFinal(error))) return found;
      }
    }
  }
  return found;
}

async function ask(
  { model, modelName, budget, analyser, signal }: AskingModel,
  asked: readonly AnalysedQuestion[],
): Promise<[string, readonly Phrase[]][]> {
  const shown = asked.map(({ question }, at) => {
    return { line: at + 1, question: question.text.slice(0, mostCharactersShown) };
  });
  const { value } = await model.ask(topicQuestion(shown, modelName), budget, signal);
  return asked.flatMap(({ question, analysed }, at) => {
    const answers = value.questions.filter(({ line }) => line === at + 1);
    const [only] = answers;
    if (only === undefined || answers.length > 1) return [];
    const phrases = checked(only.phrases, analysed, analyser);
    return phrases === null ? [] : [[question.id, phrases] satisfies [string, readonly Phrase[]]];
  });
}

/** `null`: a phrase has a word that the question does not have, or there are too many. Nothing of such an answer is used. */
function checked(
  phrases: readonly string[],
  { phrases: known }: AnalysedText,
  analyser: TextAnalyser,
): Phrase[] | null {
  if (phrases.length === 0 || phrases.length > mostPhrases) return null;
  const words = new Map(known.filter(({ term }) => !term.includes(' ')).map((phrase) => [phrase.term, phrase]));
  const chosen = new Map<string, Phrase>();
  const parts = new Map<string, Phrase>();
  for (const given of phrases) {
    const terms = analyser.analyse(given).phrases.filter(({ term }) => !term.includes(' '));
    const own = terms.flatMap(({ term }) => words.get(term) ?? []);
    if (own.length === 0 || own.length !== terms.length || own.length > 3) return null;
    const term = own.map((word) => word.term).join(' ');
    chosen.set(term, { term, text: own.map((word) => word.text).join(' ') });
    for (const word of own) parts.set(word.term, word);
  }
  // The words by themselves are what questions are grouped by.
  return [...chosen.values(), ...[...parts.values()].filter(({ term }) => !chosen.has(term))];
}
