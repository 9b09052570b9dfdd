import { Counter, Histogram, type Registry } from 'prom-client';
import type { LabelValues, MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Hooks: what became of questions and events, and what waits. */
export class HookMetrics {
  readonly #questions: Counter<'hook' | 'outcome'>;
  readonly #answerTimes: Histogram<'hook'>;

  constructor(
    registry: Registry,
    show: ShownMetrics,
    source: Pick<MetricsSource, 'askedHooks' | 'toldHooks'>,
    values: Pick<LabelValues, 'questionOutcomes' | 'breakerStates'>,
  ) {
    this.#questions = new Counter({
      name: 'streampump_hook_questions_total',
      help: 'Questions to hooks, by what became of them.',
      labelNames: ['hook', 'outcome'],
      registers: [registry],
    });
    this.#answerTimes = new Histogram({
      name: 'streampump_hook_answer_seconds',
      help: 'Time from a question to a hook to its answer, or until none can come any more.',
      labelNames: ['hook'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    for (const { hook } of source.askedHooks()) {
      for (const outcome of values.questionOutcomes) this.#questions.inc({ hook, outcome }, 0);
      this.#answerTimes.zero({ hook });
    }
    addAsked(show, source, values.breakerStates);
    addTold(show, source);
  }

  /** @param ms - undefined where nobody was asked */
  onAsked(hook: string, outcome: string, ms: number | undefined): void {
    this.#questions.inc({ hook, outcome });
    if (ms !== undefined) this.#answerTimes.observe({ hook }, ms / 1000);
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
