import { coreOf, errorsLeftOut, fitCosts, kindsOfWork, type MeasuredWork } from './cost-model.ts';
import { forecasts } from './forecast.ts';

/** What one of each kind of work is, and what is counted of it: bytes by the thousand. */
const words = {
  messages: ['a message that comes in', 1],
  flushes: ['a batch of one stream for one cohort of its players', 1],
  writes: ['a batch that is written to one player', 1],
  plainBytes: ['1,000 bytes to a player', 1000],
  tlsBytes: ['1,000 bytes to a player over TLS', 1000],
} as const;

/** The costs, how well they fit and what they say, as Markdown. @param where - what they were measured on */
export function pageOf(where: string, measured: readonly MeasuredWork[]): string {
  const costs = fitCosts(measured);
  const leftOut = errorsLeftOut(measured);
  const worst = Math.max(...leftOut.map(Math.abs));
  return [
    `${where}.`,
    table(
      ['work', 'CPU time, µs'],
      kindsOfWork.map((kind) => [words[kind][0], (costs[kind] * 1e6 * words[kind][1]).toFixed(2)]),
    ),
    table(
      ['load', 'measured, % of a core', 'by the costs', 'error', 'error when it is left out'],
      measured.map(({ name, work, core }, index) => {
        const computed = coreOf(work, costs);
        return [
          name,
          percent(core),
          percent(computed),
          signed(computed / core - 1),
          signed(leftOut[index] ?? Number.NaN),
        ];
      }),
    ),
    `The last column is that of costs that were found without the load itself: at most ${(100 * worst).toFixed(0)} % either way.`,
    table(
      ['plan', 'by the costs'],
      forecasts(costs).map(({ question, answer }) => [question, answer]),
    ),
  ].join('\n\n');
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...lines.map(line)].join('\n');
}

function percent(part: number): string {
  return (part * 100).toFixed(1);
}

function signed(part: number): string {
  return `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(0)} %`;
}
