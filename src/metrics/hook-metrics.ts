import { Histogram } from './histogram.ts';
import type { LabelValues, MetricsSource } from './metrics-source.ts';
import { NamedCounts } from './named-counts.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** What was asked of a hook. */
interface AskedHook {
  readonly questions: NamedCounts;
  readonly answerTimes: Histogram;
}

/** The largest value of each bucket, seconds. */
const ANSWER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Hooks: what became of questions and events, and what waits. */
export class HookMetrics {
  readonly #hooks = new Map<string, AskedHook>();
  readonly #outcomes: readonly string[];

  constructor(
    show: ShownMetrics,
    source: Pick<MetricsSource, 'askedHooks' | 'toldHooks'>,
    values: Pick<LabelValues, 'questionOutcomes' | 'breakerStates'>,
  ) {
    this.#outcomes = values.questionOutcomes;
    for (const { hook } of source.askedHooks()) this.#hook(hook);
    this.#addQuestions(show);
    addAsked(show, source, values.breakerStates);
    addTold(show, source);
  }

  /** @param ms - undefined where nobody was asked */
  onAsked(hook: string, outcome: string, ms: number | undefined): void {
    const { questions, answerTimes } = this.#hook(hook);
    questions.add(outcome);
    if (ms !== undefined) answerTimes.observe(ms / 1000);
  }

  #hook(name: string): AskedHook {
    const known = this.#hooks.get(name);
    if (known !== undefined) return known;
    const hook = { questions: new NamedCounts(this.#outcomes), answerTimes: new Histogram(ANSWER_SECONDS) };
    this.#hooks.set(name, hook);
    return hook;
  }

  #addQuestions(show: ShownMetrics): void {
    const hooks = this.#hooks;
    const questions = {
      name: 'streampump_hook_questions_total',
      help: 'Questions to hooks, by what became of them.',
      labels: ['hook', 'outcome'],
    } as const;
    show.counter(questions, function* () {
      for (const [hook, { questions }] of hooks)
        for (const [labels, count] of questions.shown('outcome')) yield [{ hook, ...labels }, count];
    });
    const answerTimes = {
      name: 'streampump_hook_answer_seconds',
      help: 'Time from a question to a hook to its answer, or until none can come any more.',
      labels: ['hook'],
    } as const;
    show.histogram(answerTimes, function* () {
      for (const [hook, { answerTimes }] of hooks) yield [{ hook }, answerTimes];
    });
  }
}

function addAsked(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'askedHooks'>,
  states: readonly string[],
): void {
  const breakers = {
    name: 'streampump_hook_breakers',
    help: 'Workers by whether they ask the hook: closed as always, open not at all, half-open once to see.',
    labels: ['hook', 'state'],
  } as const;
  show.gauge(breakers, function* () {
    for (const { hook, breaker } of source.askedHooks())
      for (const state of states) yield [{ hook, state }, state === breaker ? 1 : 0];
  });
  const waiting = {
    name: 'streampump_hook_waiting_questions',
    help: 'Questions to hooks that wait for their turn.',
    labels: ['hook'],
  } as const;
  show.gauge(waiting, function* () {
    for (const sample of source.askedHooks()) yield [{ hook: sample.hook }, sample.waiting];
  });
}

function addTold(show: ShownMetrics, { toldHooks }: Pick<MetricsSource, 'toldHooks'>): void {
  const events = {
    name: 'streampump_hook_events_total',
    help: 'Events that hooks were to be told, by what became of them.',
    labels: ['hook', 'outcome'],
  } as const;
  show.counter(events, function* () {
    for (const { hook, counts } of toldHooks())
      for (const [outcome, count] of Object.entries(counts)) yield [{ hook, outcome }, count];
  });
  const waiting = {
    name: 'streampump_hook_waiting_events',
    help: 'Events that wait to be told.',
    labels: ['hook'],
  } as const;
  show.gauge(waiting, function* () {
    for (const { hook, queueLength } of toldHooks()) yield [{ hook }, queueLength];
  });
}
