import type { InspectionAnswer, ThreadHoldings } from './inspection.ts';

/** What is measured of a relay when all guests have left. */
export interface Sample {
  /** Since the soak began, hours. */
  readonly hours: number;
  readonly round: number;
  /** Guests that have come so far, players and publishers. */
  readonly guests: number;
  readonly figures: Readonly<Record<FigureName, number>>;
}

/** How a figure is shown and judged. */
export interface Figure {
  readonly title: string;
  readonly unit: 'KiB' | '';
  /** Growth over the time that is judged counts from so much on: a share of what there is, and so much at the least. */
  readonly matters: { readonly share: number; readonly least: number };
}

const count = { unit: '', matters: { share: 0, least: 1 } } as const;
/** Of what is kept for a moment, such as connections to a hook, there are some more or less each time. */
const fluctuating = { unit: '', matters: { share: 0, least: 10 } } as const;

const names = [
  'heap',
  'code',
  'external',
  'arrayBuffers',
  'resident',
  'files',
  'timers',
  'handles',
  'sessions',
  'streams',
] as const;

/** A figure, by its name in the JSON. */
export type FigureName = (typeof names)[number];

/** What is judged. */
export const figures: Readonly<Record<FigureName, Figure>> = {
  heap: { title: 'heap after collection, without code', unit: 'KiB', matters: { share: 0.02, least: 256 } },
  code: { title: 'compiled code', unit: 'KiB', matters: { share: 0.5, least: 8192 } },
  external: { title: 'external memory', unit: 'KiB', matters: { share: 0.1, least: 1024 } },
  arrayBuffers: { title: 'array buffers', unit: 'KiB', matters: { share: 0.1, least: 1024 } },
  resident: { title: 'resident memory', unit: 'KiB', matters: { share: 0.1, least: 8192 } },
  files: { title: 'file descriptors', ...fluctuating },
  timers: { title: 'timers', ...fluctuating },
  handles: { title: 'other active handles', ...fluctuating },
  sessions: { title: 'sessions left', ...count },
  streams: { title: 'streams left', ...count },
};

/** Of {@link figures}, in the order in which they are shown. */
export const figureNames: readonly FigureName[] = names;

/**
 * What the threads hold together.
 * @param isJudged - whether a thread has lived as long as the relay: what others hold says nothing of growth
 */
export function heldBy(
  { threads, residentBytes }: InspectionAnswer,
  isJudged: (thread: ThreadHoldings) => boolean,
): Pick<
  Sample['figures'],
  'heap' | 'code' | 'external' | 'arrayBuffers' | 'resident' | 'timers' | 'handles'
> {
  const judged = threads.filter(isJudged);
  const sum = (read: (thread: ThreadHoldings) => number): number =>
    judged.reduce((total, thread) => total + read(thread), 0);
  const isTimer = (kind: string): boolean => kind === 'Timeout' || kind === 'Immediate';
  const resources = (wanted: (kind: string) => boolean): number =>
    sum((thread) =>
      Object.entries(thread.resources).reduce((total, [kind, n]) => total + (wanted(kind) ? n : 0), 0),
    );
  return {
    heap: sum(({ heap }) => heap) / 1024,
    code: sum(({ code }) => code) / 1024,
    external: sum(({ external }) => external) / 1024,
    arrayBuffers: sum(({ arrayBuffers }) => arrayBuffers) / 1024,
    resident: residentBytes / 1024,
    timers: resources(isTimer),
    handles: resources((kind) => !isTimer(kind)),
  };
}
