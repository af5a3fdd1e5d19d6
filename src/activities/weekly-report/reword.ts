import { type Report, type ReportSection, type Sentence, sections } from '../../domain/reports/report.ts';
import { isRewording } from '../../domain/reports/rewording.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { wordingQuestion } from '../../language/prompts/weekly-report.ts';
import { isFinal, isWithoutAnswer, ModelFailures } from '../model-failures.ts';

export interface Rewording {
  /** `null`: none is configured, and every report keeps its wording. */
  readonly model: Model | null;
  /** `null`: the configured one. */
  readonly modelName: string | null;
  readonly budget: ModelBudget;
  readonly signal: AbortSignal;
}

/** Asks a model for the wording of reports, report by report, until the budget is spent or the endpoint fails. */
export class Rewriter {
  readonly #rewording: Rewording;
  readonly #failures = new ModelFailures();

  constructor(rewording: Rewording) {
    this.#rewording = rewording;
  }

  /** The report in the model's words; `null`: the model was not asked, or gave no sentence that states the same. */
  async reword(report: Report): Promise<Report | null> {
    const { model, modelName, budget, signal } = this.#rewording;
    const places = sections.flatMap((section) => report[section].map((sentence) => ({ section, sentence })));
    if (model === null || places.length === 0 || this.#failures.isOver) return null;
    signal.throwIfAborted();
    const shown = places.map(({ section, sentence }, at) => ({ line: at + 1, section, text: sentence.text }));
    try {
      const { value } = await model.ask(wordingQuestion(shown, modelName), budget, signal);
      this.#failures.answered();
      return withWording(report, places, value.sentences);
    } catch (error) {
      if (!isWithoutAnswer(error)) throw error;
      this.#failures.failed(isFinal(error));
      return null;
    }
  }
}

interface Place {
  readonly section: ReportSection;
  readonly sentence: Sentence;
}

/** A line that is given twice, or that states something else, keeps its wording. */
function withWording(
  report: Report,
  places: readonly Place[],
  answers: readonly { readonly line: number; readonly text: string }[],
): Report | null {
  const given = Map.groupBy(answers, ({ line }) => line);
  const worded = places.map(({ section, sentence }, at) => {
    const [only, ...others] = given.get(at + 1) ?? [];
    const text = only?.text.trim();
    const isTaken =
      text !== undefined && others.length === 0 && text !== sentence.text && isRewording(sentence, text, report.data);
    return { section, isTaken, sentence: isTaken ? { ...sentence, text } : sentence };
  });
  if (!worded.some(({ isTaken }) => isTaken)) return null;
  const of = (section: ReportSection) =>
    worded.filter((one) => one.section === section).map(({ sentence }) => sentence);
  return {
    ...report,
    executive_summary: of('executive_summary'),
    insights: of('insights'),
    trends: of('trends'),
    recommendations: of('recommendations'),
    method: 'model',
  };
}
