import type { SourceOrigin } from '../../../stream/source.ts';

/** A number with its noun: `1 player`, `5 players`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A time as people say it: `1.9 s`, `45 s`, `3 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** Where a stream comes from. */
export function origin(source: SourceOrigin | null): string {
  if (source === null) return 'another source';
  if (source.type === 'pull') return source.url;
  const client = source.client === '' ? '' : `, ${source.client}`;
  return `${source.peer} (${source.protocol}${client})`;
}
